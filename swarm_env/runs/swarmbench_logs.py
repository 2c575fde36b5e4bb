"""Games recorded by SwarmBench, read from its native log folders.

One folder holds `meta_log.json` and, for each stamp it names, `game_log_<stamp>.json` and
`agent_log_<stamp>.json`, each plain or gzipped. A file is not trusted until every part of it was looked at:
whatever is wrong ends in a `RunError` that names the file and the place in it.
"""

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
    """Where one recorded game lies.

    Attributes:
        folder: The log folder.
        stamp: What the names of the game's files end with, before `.json`.
    """

    folder: Path
    stamp: str

    def __str__(self) -> str:
        return f"{self.folder} ({self.stamp})"


@dataclass(frozen=True, slots=True, eq=False)
class RecordedGame:
    """One game as SwarmBench logged it. `R` is the number of rounds played, `N` the number of agents.

    Attributes:
        files: Where it was read from.
        scenario: Our name of its task.
        model: Who played, in the words of the log.
        num_agents: N.
        height: Rows of the map [cells].
        width: Columns of the map [cells].
        view_size: Side of a view [cells].
        max_rounds: Rounds after which a game ends at the latest.
        seed: Seed in the log, which our random numbers have nothing in common with.
        grids: The map before each round and after the last: R + 1 times `height` rows of `width` symbols.
        positions: (R + 1, N, 2) int32 row, col [cells]; agents that left keep a place outside the map.
        scores: (R + 1,) float64, the score so far.
        actions: (R, N) int8, indices into `ACTIONS`.
        views: R times N tables of `view_size` x `view_size` short strings: what each agent saw before it
            acted.
        messages: R times N texts said in that round; "" for silence.
        heralded: R + 1 tuples of (agent, text): what the map's log says was said in the round before.
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
    heralded: tuple[tuple[tuple[int, str], ...], ...]

    @property
    def rounds(self) -> int:
        """Number of rounds played."""
        return len(self.actions)

    def respawns(self) -> list[tuple[int, int]]:
        """Where each new prey of Pursuit appeared, in order: the one thing that the rules leave to chance.

        Returns:
            (row, col) [cells] of the prey after every round that raised the score; empty for other scenarios.

        Raises:
            RunError: A map right after a catch does not show exactly one prey.
        """
        if self.scenario != "pursuit":
            return []
        caught = np.flatnonzero(np.diff(self.scores) > 0) + 1
        return [_only_prey(self.files, int(state), self.grids[state]) for state in caught]

    def options(self) -> dict[str, Any]:
        """The reset options that start a world of ours as this game started.

        Returns:
            `layout`, `agents` and, for Pursuit, `respawns`.

        Raises:
            RunError: See `respawns`.
        """
        start: dict[str, Any] = {
            "layout": list(self.grids[0]),
            "agents": [(int(row), int(col)) for row, col in self.positions[0]],
        }
        respawns = self.respawns()
        return {**start, "respawns": respawns} if respawns else start


def find_games(folder: Path | str) -> list[GameFiles]:
    """The games of a log folder, whole or broken.

    Args:
        folder: The folder that holds the log files.

    Returns:
        One entry per stamp that `meta_log.json` names or that a file's name ends with, sorted by stamp.

    Raises:
        RunError: There is no such folder, or its `meta_log` cannot be read and no game's file is there
            either.
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
    """Read one game and check that its three files agree with one another.

    Args:
        files: As `find_games` gives it.

    Returns:
        The game. Entries of a last round that was never finished are left out.

    Raises:
        RunError: A file is missing, too large, truncated or not of the right form; the message names it and
            the place.
    """
    folder, stamp = files
    meta = _meta(folder, stamp)
    game_path, agent_path = (find_file(folder, f"{kind}_log_{stamp}") for kind in ("game", "agent"))
    states = read_entries(game_path, GameEntry, meta)
    places = [_check_state(game_path, r, entry, meta) for r, entry in enumerate(states)]
    turns = _by_round(agent_path, read_entries(agent_path, AgentEntry, meta), len(states) - 1, meta)
    actions = [[_ACTION_NUMBER[entry.action] for entry in turn] for turn in turns]
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
        actions=np.array(actions, np.int8).reshape(len(turns), meta.num_agents),
        views=tuple(tuple(entry.view for entry in turn) for turn in turns),
        messages=tuple(tuple(entry.message for entry in turn) for turn in turns),
        heralded=tuple(_heralded(game_path, r, entry, meta) for r, entry in enumerate(states)),
    )


def _heralded(path: Path, index: int, entry: GameEntry, meta: Meta) -> tuple[tuple[int, str], ...]:
    """Who is said to have said what in the round before a state."""
    return tuple(
        (_agent_number(path, f"[{index}].messages[{number}]", message.agent_name, meta), message.message)
        for number, message in enumerate(entry.messages)
    )


def _meta(folder: Path, stamp: str) -> Meta:
    """The entry of one game in `meta_log`."""
    metas = read_meta(folder)
    if stamp not in metas:
        raise RunError(f"{folder}: meta_log says nothing about the game {stamp!r}.")
    meta = metas[stamp]
    if meta.task.lower() not in SCENARIOS:
        raise RunError(
            f"{folder}: meta_log, {stamp}.task: no task named {meta.task!r}; known: {', '.join(SCENARIOS)}."
        )
    return meta


def _check_state(path: Path, index: int, entry: GameEntry, meta: Meta) -> list[tuple[int, int]]:
    """Check one entry of a game log.

    Returns:
        (row, col) of each agent in order.
    """
    if entry.round != index:
        raise RunError(f"{path}: [{index}].round: expected {index}, found {entry.round}.")
    if index > meta.max_round:
        raise RunError(f"{path}: [{index}]: a round after the last one, {meta.max_round}.")
    _check_task(path, f"[{index}]", entry.task, meta)
    widths = {len(row) for row in entry.grid}
    if len(entry.grid) != meta.height or widths != {meta.width}:
        raise RunError(f"{path}: [{index}].grid: not {meta.height} rows of {meta.width} cells.")
    places: dict[int, tuple[int, int]] = {}
    for number, agent in enumerate(entry.agents):
        who = _agent_number(path, f"[{index}].agents[{number}]", agent.id, meta)
        if who in places:
            raise RunError(f"{path}: [{index}].agents[{number}]: {agent.id} stands here twice.")
        places[who] = (agent.y, agent.x)
    if len(places) != meta.num_agents:
        raise RunError(f"{path}: [{index}].agents: {len(places)} agents instead of {meta.num_agents}.")
    for number, message in enumerate(entry.messages):
        if message.round != index - 1:
            raise RunError(
                f"{path}: [{index}].messages[{number}].round: expected {index - 1}, found {message.round}."
            )
    return [places[who] for who in range(meta.num_agents)]


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
            raise RunError(
                f"{path}: {place}.round: found {entry.round} where {latest} to {rounds} can stand."
            )
        latest = entry.round
        who = _agent_number(path, f"{place}.agent_id", entry.agent_id, meta)
        if who in table[latest]:
            raise RunError(f"{path}: {place}: a second entry of {entry.agent_id} for round {latest}.")
        if entry.action not in _ACTION_NUMBER:
            raise RunError(
                f"{path}: {place}.action: no action named {entry.action!r}; there are {', '.join(ACTIONS)}."
            )
        if len(entry.view) != meta.view_size or {len(row) for row in entry.view} != {meta.view_size}:
            raise RunError(f"{path}: {place}.view: not {meta.view_size} rows of {meta.view_size} cells.")
        table[latest][who] = entry
    for r, turn in enumerate(table[:rounds]):
        missing = [who for who in range(meta.num_agents) if who not in turn]
        if missing:
            raise RunError(f"{path}: no entry of Agent_{missing[0]} for round {r}.")
    return [tuple(turn[who] for who in range(meta.num_agents)) for turn in table[:rounds]]


def _check_task(path: Path, place: str, task: str, meta: Meta) -> None:
    if task != meta.task:
        raise RunError(f"{path}: {place}.task: expected {meta.task!r}, found {task!r}.")


def _agent_number(path: Path, place: str, name: str, meta: Meta) -> int:
    """The number in "Agent_7"."""
    digits = name.removeprefix("Agent_")
    if name != f"Agent_{digits}" or not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise RunError(f"{path}: {place}: {name!r} is not an agent's name such as 'Agent_0'.")
    number = int(digits)
    if name != f"Agent_{number}" or number >= meta.num_agents:
        raise RunError(f"{path}: {place}: {name!r} is none of the {meta.num_agents} agents.")
    return number


def _only_prey(files: GameFiles, state: int, grid: tuple[str, ...]) -> tuple[int, int]:
    cells = [(row, col) for row, line in enumerate(grid) for col, symbol in enumerate(line) if symbol == "P"]
    if len(cells) != 1:
        raise RunError(
            f"{files}: game_log [{state}].grid: the score rose, but the map shows {len(cells)} preys."
        )
    return cells[0]
