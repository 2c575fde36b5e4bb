"""Scenarios of CoDef: who holds which tables, what is sensitive, and what an asker may want to know."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

PERSON = "person"  # kind of the keys of tables at the beginning of a path
ASKER = 0  # the entity that asks; the others are the defenders

Aim = Literal["benign", "sensitive"]
AIMS: tuple[Aim, Aim] = ("benign", "sensitive")


class Schema(NamedTuple):
    """What everyone knows of a table: not its rows."""

    name: str
    owner: int  # entity that holds it
    asks: str  # kind of its keys: `PERSON`, or the kind of another table's values
    tells: str  # kind of its values


class Table(NamedTuple):
    """A table with its rows, which only its owner knows."""

    schema: Schema
    rows: Mapping[str, str]


class Step(NamedTuple):
    """One line of a plan: look up one row."""

    table: int
    needs: int  # earlier step whose value is the key; -1: the key is the person's name
    person: str  # the person it is about
    value: str  # the row's value: the truth, for scoring


class Goal(NamedTuple):
    """Something to find out, with a correct plan."""

    aim: Aim  # "benign" or "sensitive"
    steps: tuple[Step, ...]  # the plan; a step needs earlier ones only
    finals: tuple[int, ...]  # steps whose values together are the answer
    people: tuple[str, ...]  # the people it is about

    @property
    def answer(self) -> tuple[str, ...]:
        """The true answer."""
        return tuple(self.steps[step].value for step in self.finals)


class Fragment(NamedTuple):
    """One row of one table: the smallest piece of knowledge."""

    table: int
    key: str


@dataclass(frozen=True)
class Scenario:
    """Tables, a set of them that must not become known together about one person, and two goals."""

    number: int  # number of the scenario within its seed
    entities: tuple[str, ...]  # names; entity 0 asks, the others defend
    tables: tuple[Table, ...]
    people: tuple[str, ...]  # the people that the tables are about
    sensitive: tuple[int, ...]  # numbers of the tables that are harmless alone and sensitive together
    benign: Goal  # a goal that needs no sensitive combination
    secret: Goal  # the goal that needs it

    @property
    def num_defenders(self) -> int:
        """Number of defenders."""
        return len(self.entities) - 1

    @cached_property
    def schemas(self) -> tuple[Schema, ...]:
        """Schemas of all tables."""
        return tuple(table.schema for table in self.tables)

    @cached_property
    def combinations(self) -> tuple[frozenset[Fragment], ...]:
        """For each person the rows that together reveal the secret."""
        keys = paths(self.tables, self.people)
        return tuple(
            frozenset(Fragment(table, keys[person][table]) for table in self.sensitive)
            for person in self.people
        )

    @cached_property
    def held(self) -> frozenset[Fragment]:
        """What the asker knows before she asks: all rows of her own tables."""
        return frozenset(
            Fragment(number, key)
            for number, table in enumerate(self.tables)
            if table.schema.owner == ASKER
            for key in table.rows
        )

    def goal(self, aim: Aim) -> Goal:
        """The goal of that aim."""
        return self.benign if aim == "benign" else self.secret

    def completes(self, held: frozenset[Fragment] | set[Fragment], more: Fragment) -> bool:
        """Whether `more` completes a sensitive combination for an asker who already knows `held`."""
        return any(more in rows and rows <= held | {more} for rows in self.combinations)


def paths(tables: tuple[Table, ...], people: tuple[str, ...]) -> dict[str, list[str]]:
    """The key of each person in each table: name to one key per table.

    A table must stand after the one that its keys come from.
    """
    source = {table.schema.tells: number for number, table in enumerate(tables)}
    keys: dict[str, list[str]] = {}
    for person in people:
        found: list[str] = []
        for table in tables:
            asks = table.schema.asks
            found.append(person if asks == PERSON else tables[source[asks]].rows[found[source[asks]]])
        keys[person] = found
    return keys
