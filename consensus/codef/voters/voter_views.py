"""What a defender is given when it is to judge a question: plain records, made in one place.

Nothing here refers to a scenario or to another defender's table. A view holds the judge's own tables, what
everybody knows, and of the past what its defence shares: questions, or questions and replies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from swarm_env.consensus.codef.cases import Scenario, Schema, Table
from swarm_env.consensus.codef.tally import Verdict


class Question(NamedTuple):
    """What an asker wants to know: one row of one table.

    Attributes:
        asker: The name she gives.
        table: Which table.
        key: Which row.
        wording: 0 for the first time she asks this, then 1, 2, …: she says it in other words.
    """

    asker: str
    table: int
    key: str
    wording: int = 0


class Entry(NamedTuple):
    """A question of the past, as the reader of it knows it.

    Attributes:
        question: What was asked.
        verdict: What it was ruled; None: the reader is not told.
        reply: What was told: one value, several that it may be, or none; None: the reader is not told.
    """

    question: Question
    verdict: Verdict | None
    reply: tuple[str, ...] | None


class Sight(NamedTuple):
    """What a defence shows its voters.

    Attributes:
        policy: Which tables are sensitive together.
        questions: What the asker asked everybody. (Without: nothing of the past.)
        replies: Also what she was told. (A voter always knows what it told her itself.)
        pooled: The past of all askers together, instead of each name's own.
    """

    policy: bool = False
    questions: bool = False
    replies: bool = False
    pooled: bool = False


@dataclass(frozen=True, slots=True)
class View:
    """All that a voter is given.

    Attributes:
        voter: Entity who votes, from 1.
        entities: Names of all.
        schemas: What everybody knows of the tables.
        own: The voter's own tables, by number.
        policy: Numbers of the tables that are sensitive together; None: it is not told.
        history: The past as far as it is told, oldest first.
        question: What is asked now.
    """

    voter: int
    entities: tuple[str, ...]
    schemas: tuple[Schema, ...]
    own: tuple[tuple[int, Table], ...]
    policy: tuple[int, ...] | None
    history: tuple[Entry, ...]
    question: Question


def view_of(scenario: Scenario, voter: int, past: Sequence[Entry], question: Question, sight: Sight) -> View:
    """What one voter is given: the only place where views are made.

    Args:
        scenario: Where it happens.
        voter: Entity who votes, from 1.
        past: All that happened, with verdicts and replies.
        question: What is asked now.
        sight: What the defence shows.

    Returns:
        The view. Of others' tables it has the schemas, and rows only where their owner told them.
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
