"""Reads what was recorded from the released SwarmBench system (`tests/data`)."""

import gzip
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent.parent / "data"
GAMES = sorted(folder.name for folder in (DATA / "swarmbench").iterdir())


@dataclass(frozen=True)
class RecordedRound:
    """One round of a recorded game, before anybody acts in it.

    Attributes:
        grid: Rows of symbols.
        positions: (row, column) of every agent, departed ones too.
        score: Score so far.
        views: What each agent saw, as rows of short strings; empty after the last action.
        actions: What each agent then chose; empty after the last action.
    """

    grid: list[str]
    positions: list[tuple[int, int]]
    score: float
    views: list[list[list[str]]]
    actions: list[str]


@dataclass(frozen=True)
class RecordedGame:
    """A whole recorded game; sizes in cells."""

    task: str
    num_agents: int
    height: int
    width: int
    view_size: int
    max_rounds: int
    rounds: list[RecordedRound]


def read(path: Path) -> Any:
    """The content of a gzipped JSON file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return json.load(file)


@cache
def pushes() -> list[dict[str, Any]]:
    """The 300 recorded pushes."""
    recorded: list[dict[str, Any]] = read(DATA / "pushes.json.gz")
    return recorded


@cache
def game(name: str) -> RecordedGame:
    """The recorded game in folder `name`."""
    folder = DATA / "swarmbench" / name
    (meta,) = read(folder / "meta_log.json.gz").values()
    states = read(next(folder.glob("game_log_*")))
    said = read(next(folder.glob("agent_log_*")))
    views: list[list[Any]] = [[None] * meta["num_agents"] for _ in states]
    actions: list[list[Any]] = [[None] * meta["num_agents"] for _ in states]
    for entry in said:
        number = int(entry["agent_id"].removeprefix("Agent_"))
        views[entry["round"]][number] = entry["view"]
        actions[entry["round"]][number] = entry["action"]
    rounds = []
    for number, state in enumerate(states):
        assert state["round"] == number
        assert [agent["id"] for agent in state["agents"]] == [f"Agent_{k}" for k in range(meta["num_agents"])]
        rounds.append(
            RecordedRound(
                grid=["".join(row) for row in state["grid"]],
                positions=[(agent["y"], agent["x"]) for agent in state["agents"]],
                score=state["score"],
                views=views[number] if None not in views[number] else [],
                actions=actions[number] if None not in actions[number] else [],
            )
        )
    return RecordedGame(
        task=meta["task"].lower(),
        num_agents=meta["num_agents"],
        height=meta["height"],
        width=meta["width"],
        view_size=meta["view_size"],
        max_rounds=meta["max_round"],
        rounds=rounds,
    )
