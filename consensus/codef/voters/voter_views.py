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
    """A question: one row of one table.

    Attributes:
        asker: The name she gives.
        table: Number of the table.
        key: Key of the row.
        wording: How often she has asked this before, in other words.
    """

    asker: str
    table: int
    key: str
    wording: int = 0


class Entry(NamedTuple):
    """A past question, as its reader knows it.

    Attributes:
        question: The question.
        verdict: The verdict; None: not shown to the reader.
        reply: One value, several possible ones, or none; None: not shown to the reader.
    """

    question: Question
    verdict: Verdict | None
    reply: tuple[str, ...] | None


class Sight(NamedTuple):
    """What a defence shows its voters.

    Attributes:
        policy: Which tables are sensitive together.
        questions: What the asker asked all defenders. (Without: nothing of the past.)
        replies: Also what they replied. (A voter always knows its own replies.)
        pooled: The past of all askers together, instead of each name's own.
    """

    policy: bool = False
    questions: bool = False
    replies: bool = False
    pooled: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """Everything that a voter is shown.

    Attributes:
        voter: Entity that votes, from 1.
        entities: Names of all entities.
        schemas: Schemas of all tables.
        own: The voter's own tables, by number.
        policy: Numbers of the tables that are sensitive together; None: not shown.
        history: The past as far as it is shown, oldest first.
        question: The question to judge.
    """

    voter: int
    entities: tuple[str, ...]
    schemas: tuple[Schema, ...]
    own: tuple[tuple[int, Table], ...]
    policy: tuple[int, ...] | None
    history: tuple[Entry, ...]
    question: Question


def view_of(scenario: Scenario, voter: int, past: Sequence[Entry], question: Question, sight: Sight) -> View:
    """What one voter is shown: the only place where views are made.

    Args:
        scenario: The scenario.
        voter: Entity that votes, from 1.
        past: The whole past, with verdicts and replies.
        question: The question to judge.
        sight: What the defence shows.

    Returns:
        The view. Of others' tables it has the schemas, and only those rows that their owners revealed.
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
