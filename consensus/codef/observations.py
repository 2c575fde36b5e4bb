"""Observations of the questioning environment, as numbers (the table is in `questioning_env.py`)."""

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.codef.cases import PERSON, Scenario, Schema
from swarm_env.consensus.codef.generator import NUM_PEOPLE
from swarm_env.consensus.codef.voters.voter_views import Entry, View

MOST_ROWS = max(NUM_PEOPLE)

Codes = dict[str, int]
Row = NDArray[np.int16]


def encode(view: View, codes: Codes, num_tables: int, memory: int, is_open: bool) -> Row:
    """A defender's observation, from its view alone.

    `codes` has the number of each name and value; there is room for the latest `memory` entries of the past;
    `is_open` says whether there is a question to vote on.
    """
    rows = num_tables * MOST_ROWS
    out = np.zeros(4 * num_tables + 2 * rows + 3 + 4 * memory, np.int16)
    out[: 4 * num_tables] = schema_row(view.schemas, view.policy)
    values = out[4 * num_tables :]
    for number, table in view.own:
        for key, value in table.rows.items():
            values[number * MOST_ROWS + codes[key] - 1] = codes[value]
    at = 4 * num_tables + 2 * rows
    if is_open:
        out[at : at + 3] = (view.question.table + 1, codes[view.question.key], min(view.question.wording, 99))
    out[at + 3 :] = past_row(view.history, codes, memory)
    return out


def schema_row(schemas: tuple[Schema, ...], policy: tuple[int, ...] | None) -> Row:
    """Schemas of the tables, and which of them are sensitive if `policy` is given."""
    source = {schema.tells: number + 1 for number, schema in enumerate(schemas)}
    return np.array(
        [
            (schema.owner + 1, source.get(schema.asks, 0), int(policy is not None and number in policy), 0)
            for number, schema in enumerate(schemas)
        ],
        np.int16,
    ).ravel()


def past_row(entries: tuple[Entry, ...], codes: Codes, memory: int) -> Row:
    """The latest entries, oldest first."""
    out = np.zeros((memory, 4), np.int16)
    for row, (question, verdict, reply) in zip(out, entries[-memory:], strict=False):
        value = codes[reply[0]] if reply is not None and len(reply) == 1 else 0
        row[:] = (question.table + 1, codes[question.key], 0 if verdict is None else verdict + 1, value)
    return out.ravel()


def codes_of(scenario: Scenario) -> Codes:
    """Number of each name and of each value: its place in the alphabet among those of its kind."""
    kinds = [sorted(scenario.people), *(sorted(set(table.rows.values())) for table in scenario.tables)]
    return {text: number for kind in kinds for number, text in enumerate(kind, 1)}


def keys_of(scenario: Scenario) -> list[list[str]]:
    """The keys of each table, by number."""
    values = {table.schema.tells: sorted(set(table.rows.values())) for table in scenario.tables}
    values[PERSON] = sorted(scenario.people)
    return [values[schema.asks] for schema in scenario.schemas]
