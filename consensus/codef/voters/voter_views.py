"""What a defender is shown when it judges a question.

A view refers to no scenario and to no other defender's table. It holds the voter's own tables, public
knowledge, and the part of the past that its defence shares: questions, or questions and replies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from swarm_env.consensus.codef.cases import Scenario, Schema, Table
from swarm_env.consensus.codef.tally import Verdict


class Question(NamedTuple):
    """A question: one row of one table."""

    asker: str  # the name she gives
    table: int
    key: str
    wording: int = 0  # how often she has asked this before, in other words


class Entry(NamedTuple):
    """A past question, as its reader knows it."""

    question: Question
    verdict: Verdict | None  # the verdict; None: not shown to the reader
    reply: tuple[str, ...] | None  # one value, several possible ones, or none; None: not shown to the reader


class Sight(NamedTuple):
    """What a defence shows its voters."""

    policy: bool = False  # which tables are sensitive together
    questions: bool = False  # what the asker asked all defenders. (Without: nothing of the past.)
    replies: bool = False  # also what they replied. (A voter always knows its own replies.)
    pooled: bool = False  # the past of all askers together, instead of each name's own


@dataclass(frozen=True, slots=True)
class View:
    """Everything that a voter is shown."""

    voter: int  # entity that votes, from 1
    entities: tuple[str, ...]
    schemas: tuple[Schema, ...]
    own: tuple[tuple[int, Table], ...]  # the voter's own tables, by number
    policy: tuple[int, ...] | None  # numbers of the tables that are sensitive together; None: not shown
    history: tuple[Entry, ...]  # the past as far as it is shown, oldest first
    question: Question  # the question to judge


def view_of(scenario: Scenario, voter: int, past: Sequence[Entry], question: Question, sight: Sight) -> View:
    """What one voter (an entity, from 1) is shown: the only place where views are made.

    `past` is the whole past, with verdicts and replies. Of others' tables the view has the schemas, and only
    those rows that their owners revealed.
    """
    schemas = scenario.schemas
    return View(
        voter,
        scenario.entities,
        schemas,
        tuple((t, table) for t, table in enumerate(scenario.tables) if table.schema.owner == voter),
        scenario.sensitive if sight.policy else None,
        tuple(
            entry if sight.replies or schemas[entry.question.table].owner == voter
            else Entry(entry.question, None, None)
            for entry in past
            if sight.pooled or entry.question.asker == question.asker
        )
        if sight.questions
        else (),
        question,
    )  # fmt: skip
