"""Read games from SwarmBench's native log folders.

A folder holds `meta_log.json` and, for each stamp in it, `game_log_<stamp>.json` and
`agent_log_<stamp>.json`, each plain or gzipped. Files are untrusted: every part is validated, and any error
is a `RunError` that names the file and the place in it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from swarm_env.errors import RunError
from swarm_env.runs.swarmbench_files import (
    AgentEntry,
    GameEntry,
    Meta,
    find_file,
    read_entries,
    read_meta,
    role_of,
)

SCENARIOS = ("transport", "flocking", "pursuit", "synchronization", "foraging")
ACTIONS = ("STAY", "UP", "DOWN", "LEFT", "RIGHT", "SWITCH")
_ACTION_NUMBER = {name: number for number, name in enumerate(ACTIONS)}

View = tuple[tuple[str, ...], ...]


class GameFiles(NamedTuple):
    """Location of one recorded game: the log folder, and the end of its files' names before `.json`."""

    folder: Path
    stamp: str

    def __str__(self) -> str:
        return f"{self.folder} ({self.stamp})"


@dataclass(frozen=True, slots=True, eq=False)
class RecordedGame:
    """One game as SwarmBench logged it, of R rounds and N agents.

    Attributes:
        files: What it was read from.
        scenario: Name of the scenario.
        model: The player, as logged.
        num_agents: N.
        height: Rows of the map [cells].
        width: Columns of the map [cells].
        view_size: Side of a view [cells].
        max_rounds: Largest number of rounds.
        seed: Seed in the log, of a random generator that is not reproduced here.
        grids: The map before each round and after the last: R + 1 times `height` rows of `width` symbols.
        positions: (R + 1, N, 2) int32 row, col [cells]; those of departed agents are outside the map.
        scores: (R + 1,) float64, score so far.
        actions: (R, N) int8, indices into `ACTIONS`.
        views: R times N tables of `view_size` x `view_size` short strings: each agent's view before it
            acted.
        messages: R times N texts sent in that round, from the agent log; "" for silence.
        reported: R + 1 tuples of (agent, text): messages of the round before, from the game log.
    """

    files: GameFiles
    scenario: str
    model: str
    num_agents: int
    height: int
    width: int
    view_size: int
    max_rounds: int
    seed: int
    grids: tuple[tuple[str, ...], ...]
    positions: NDArray[np.int32]
    scores: NDArray[np.float64]
    actions: NDArray[np.int8]
    views: tuple[tuple[View, ...], ...]
    messages: tuple[tuple[str, ...], ...]
    reported: tuple[tuple[tuple[int, str], ...], ...]

    @property
    def rounds(self) -> int:
        """Number of rounds played."""
        return len(self.actions)

    def respawns(self) -> list[tuple[int, int]]:
        """(row, col) [cells] of the new prey of Pursuit after every round that raised the score, in order.

        That is the only random event of its rules; empty in other scenarios. Raises `RunError` if a map right
        after a catch does not show exactly one prey.
        """
        if self.scenario != "pursuit":
            return []
        caught = np.flatnonzero(np.diff(self.scores) > 0) + 1
        return [_only_prey(self.files, int(state), self.grids[state]) for state in caught]

    def options(self) -> dict[str, Any]:
        """Reset options for a world that starts as this game did: layout, agents, respawns of Pursuit."""
        start: dict[str, Any] = {
            "layout": list(self.grids[0]),
            "agents": [(int(row), int(col)) for row, col in self.positions[0]],
        }
        respawns = self.respawns()
        return {**start, "respawns": respawns} if respawns else start


def find_games(folder: Path | str) -> list[GameFiles]:
    """Find the games of a log folder, also broken ones, sorted by stamp.

    There is one per stamp that `meta_log.json` names or that a file's name ends with. Raises `RunError` if
    there is no such folder, or it has neither a readable `meta_log` nor a game's file.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise RunError(f"{folder} is not a folder of SwarmBench logs.")
    stamps = {stamp for path in folder.iterdir() if (stamp := role_of(path.name))} - {"meta_log"}
    try:
        stamps |= read_meta(folder).keys()
    except RunError:
        if not stamps:
            raise
    if not stamps:
        raise RunError(f"{folder} holds no recorded game.")
    return [GameFiles(folder, stamp) for stamp in sorted(stamps)]


def read_game(files: GameFiles) -> RecordedGame:
    """Read one game without entries of an unfinished last round; its three files must be consistent.

    Raises `RunError`, which names the file and the place, if one is missing, too large, truncated or invalid.
    """
    folder, stamp = files
    meta = _meta(folder, stamp)
    game_path, agent_path = (find_file(folder, f"{kind}_log_{stamp}") for kind in ("game", "agent"))
    states = read_entries(game_path, GameEntry, meta)
    places = [_check_state(game_path, r, entry, meta) for r, entry in enumerate(states)]
    rounds = _by_round(agent_path, read_entries(agent_path, AgentEntry, meta), len(states) - 1, meta)
    actions = [[_ACTION_NUMBER[entry.action] for entry in row] for row in rounds]
    return RecordedGame(
        files=files,
        scenario=meta.task.lower(),
        model=meta.model,
        num_agents=meta.num_agents,
        height=meta.height,
        width=meta.width,
        view_size=meta.view_size,
        max_rounds=meta.max_round,
        seed=meta.seed,
        grids=tuple(tuple("".join(row) for row in entry.grid) for entry in states),
        positions=np.array(places, np.int32).reshape(len(states), meta.num_agents, 2),
        scores=np.array([entry.score for entry in states], np.float64),
        actions=np.array(actions, np.int8).reshape(len(rounds), meta.num_agents),
        views=tuple(tuple(entry.view for entry in row) for row in rounds),
        messages=tuple(tuple(entry.message for entry in row) for row in rounds),
        reported=tuple(_reported(game_path, r, entry, meta) for r, entry in enumerate(states)),
    )


def _reported(path: Path, index: int, entry: GameEntry, meta: Meta) -> tuple[tuple[int, str], ...]:
    """(agent, text) of the messages in one entry of a game log."""
    return tuple(
        (_agent_number(path, f"[{index}].messages[{number}]", message.agent_name, meta), message.message)
        for number, message in enumerate(entry.messages)
    )


def _meta(folder: Path, stamp: str) -> Meta:
    """The entry of one game in `meta_log`."""
    metas = read_meta(folder)
    if stamp not in metas:
        raise RunError(f"{folder}: meta_log has no entry for the game {stamp!r}.")
    meta = metas[stamp]
    if meta.task.lower() not in SCENARIOS:
        raise RunError(
            f"{folder}: meta_log, {stamp}.task: unknown task {meta.task!r}; known: {', '.join(SCENARIOS)}."
        )
    return meta


def _check_state(path: Path, index: int, entry: GameEntry, meta: Meta) -> list[tuple[int, int]]:
    """Check one entry of a game log; returns (row, col) of each agent in order."""
    if entry.round != index:
        raise RunError(f"{path}: [{index}].round: expected {index}, found {entry.round}.")
    if index > meta.max_round:
        raise RunError(f"{path}: [{index}]: a round after the last one, {meta.max_round}.")
    _check_task(path, f"[{index}]", entry.task, meta)
    widths = {len(row) for row in entry.grid}
    if len(entry.grid) != meta.height or widths != {meta.width}:
        raise RunError(f"{path}: [{index}].grid: not {meta.height} rows of {meta.width} cells.")
    places: dict[int, tuple[int, int]] = {}
    for number, found in enumerate(entry.agents):
        agent = _agent_number(path, f"[{index}].agents[{number}]", found.id, meta)
        if agent in places:
            raise RunError(f"{path}: [{index}].agents[{number}]: {found.id} occurs twice.")
        places[agent] = (found.y, found.x)
    if len(places) != meta.num_agents:
        raise RunError(f"{path}: [{index}].agents: {len(places)} agents instead of {meta.num_agents}.")
    for number, message in enumerate(entry.messages):
        if message.round != index - 1:
            raise RunError(
                f"{path}: [{index}].messages[{number}].round: expected {index - 1}, found {message.round}."
            )
    return [places[agent] for agent in range(meta.num_agents)]


def _by_round(
    path: Path, entries: Sequence[AgentEntry], rounds: int, meta: Meta
) -> list[tuple[AgentEntry, ...]]:
    """Sort an agent log into `rounds` tuples of one entry per agent, checking each."""
    table: list[dict[int, AgentEntry]] = [{} for _ in range(rounds + 1)]
    latest = 0
    for index, entry in enumerate(entries):
        place = f"[{index}]"
        _check_task(path, place, entry.task, meta)
        if not latest <= entry.round <= rounds:
            raise RunError(f"{path}: {place}.round: found {entry.round}; expected {latest} to {rounds}.")
        latest = entry.round
        agent = _agent_number(path, f"{place}.agent_id", entry.agent_id, meta)
        if agent in table[latest]:
            raise RunError(f"{path}: {place}: a second entry of {entry.agent_id} for round {latest}.")
        if entry.action not in _ACTION_NUMBER:
            raise RunError(
                f"{path}: {place}.action: unknown action {entry.action!r}; known: {', '.join(ACTIONS)}."
            )
        if len(entry.view) != meta.view_size or {len(row) for row in entry.view} != {meta.view_size}:
            raise RunError(f"{path}: {place}.view: not {meta.view_size} rows of {meta.view_size} cells.")
        table[latest][agent] = entry
    for r, row in enumerate(table[:rounds]):
        missing = [agent for agent in range(meta.num_agents) if agent not in row]
        if missing:
            raise RunError(f"{path}: no entry of Agent_{missing[0]} for round {r}.")
    return [tuple(row[a] for a in range(meta.num_agents)) for row in table[:rounds]]


def _check_task(path: Path, place: str, task: str, meta: Meta) -> None:
    if task != meta.task:
        raise RunError(f"{path}: {place}.task: expected {meta.task!r}, found {task!r}.")


def _agent_number(path: Path, place: str, name: str, meta: Meta) -> int:
    """7 for "Agent_7"."""
    match = re.fullmatch(r"Agent_(0|[1-9][0-9]{0,8})", name)
    if match is None or int(match[1]) >= meta.num_agents:
        raise RunError(f"{path}: {place}: {name!r} is not one of Agent_0 to Agent_{meta.num_agents - 1}.")
    return int(match[1])


def _only_prey(files: GameFiles, state: int, grid: tuple[str, ...]) -> tuple[int, int]:
    cells = [(row, col) for row, line in enumerate(grid) for col, symbol in enumerate(line) if symbol == "P"]
    if len(cells) != 1:
        raise RunError(
            f"{files}: game_log [{state}].grid: the score rose, but the map shows {len(cells)} preys."
        )
    return cells[0]
