"""Speed of the simulation on this machine, and of a minimal simulator (the floor) to compare with.

The floor moves an agent if the cell ahead is free and writes its view: no pushing, no rules, no resets, sizes
fixed at compile time. Speeds differ between machines and over time; compare the ratio to a floor measured
right before in the same process.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import numba
import numpy as np
from numpy.typing import NDArray

N_AGENTS, SIDE, VIEW = 10, 12, 5
MARGIN = VIEW // 2
STRIDE = 16  # SIDE + 2 * MARGIN
# With few sets of moves agents run in cycles, branches become predictable and every figure is wrong.
ACTION_SETS = 1021
MOST_ACTIONS = 2**26  # moves drawn in advance for all rounds, at most 64 MB
FREE, AGENT, OUTSIDE = 0, 2, 255
ROW_STEP = np.array([0, -1, 1, 0, 0, 0, 0, 0])
COLUMN_STEP = np.array([0, 0, 0, -1, 1, 0, 0, 0])


@numba.njit(fastmath=True, boundscheck=False, error_model="numpy", nogil=True)  # type: ignore[untyped-decorator]
def floor_round(
    grid: NDArray[np.uint8],  # (worlds, STRIDE, STRIDE), with a margin of OUTSIDE
    places: NDArray[np.int8],  # (worlds, N_AGENTS, 2) row, column
    moves: NDArray[np.int8],  # (worlds, N_AGENTS), 0 to 4
    views: NDArray[np.uint8],  # (worlds, N_AGENTS, VIEW, VIEW), written
    seen_from: NDArray[np.uint8],  # (worlds, N_AGENTS, 2), written
    rewards: NDArray[np.float32],  # (worlds, N_AGENTS), written: 1 where the agent could move
) -> None:
    """One round of all worlds: every agent in turn, then all views. Changes its arguments in place."""
    for world in range(grid.shape[0]):
        for agent in range(N_AGENTS):
            row, column = np.int64(places[world, agent, 0]), np.int64(places[world, agent, 1])
            move = moves[world, agent] & 7
            to_row, to_column = row + ROW_STEP[move], column + COLUMN_STEP[move]
            free = grid[world, to_row + MARGIN, to_column + MARGIN] == FREE
            if not free:
                to_row, to_column = row, column
            grid[world, row + MARGIN, column + MARGIN] = FREE
            grid[world, to_row + MARGIN, to_column + MARGIN] = AGENT
            places[world, agent, 0], places[world, agent, 1] = to_row, to_column
            rewards[world, agent] = np.float32(free)
        for agent in range(N_AGENTS):
            top, left = np.uint64(places[world, agent, 0]), np.uint64(places[world, agent, 1])
            for i in range(np.uint64(VIEW)):
                for j in range(np.uint64(VIEW)):
                    views[world, agent, i, j] = grid[world, top + i, left + j]
            seen_from[world, agent, 0], seen_from[world, agent, 1] = top, left


def random_moves(worlds: int, rng: np.random.Generator, n_actions: int = 5) -> NDArray[np.int8]:
    """(ACTION_SETS, worlds, N_AGENTS) int8 moves drawn in advance, 0 to `n_actions` - 1."""
    return rng.integers(0, n_actions, (ACTION_SETS, worlds, N_AGENTS), dtype=np.int8)


class Floor:
    """Worlds that only move and see; `seed` is that of the places and moves."""

    def __init__(self, worlds: int, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.grid = np.full((worlds, STRIDE, STRIDE), OUTSIDE, np.uint8)
        inner = slice(MARGIN, MARGIN + SIDE)
        self.grid[:, inner, inner] = FREE
        cells = np.argsort(rng.random((worlds, SIDE * SIDE)), axis=1)[:, :N_AGENTS]
        self.places = np.stack(np.divmod(cells, SIDE), axis=-1).astype(np.int8)
        which = np.arange(worlds)[:, None]
        self.grid[which, self.places[..., 0] + MARGIN, self.places[..., 1] + MARGIN] = AGENT
        self.views = np.zeros((worlds, N_AGENTS, VIEW, VIEW), np.uint8)
        self.seen_from = np.zeros((worlds, N_AGENTS, 2), np.uint8)
        self.rewards = np.zeros((worlds, N_AGENTS), np.float32)
        self.moves = random_moves(worlds, rng)

    def step(self, number: int) -> None:
        """Play round `number` with the moves drawn in advance."""
        moves = self.moves[number % ACTION_SETS]
        floor_round(self.grid, self.places, moves, self.views, self.seen_from, self.rewards)


class DictFloor(Floor):
    """The least that a PettingZoo API must do for ten agents: five dictionaries a round, the plain way."""

    def __init__(self, seed: int = 0) -> None:
        super().__init__(1, seed)
        self.agents = [f"agent_{i}" for i in range(N_AGENTS)]

    def step_dicts(self, actions: dict[str, int]) -> tuple[dict[str, Any], ...]:
        """Play one round with a move, 0 to 4, per agent; returns what `ParallelEnv.step` does."""
        agents = self.agents
        self.moves[0, 0] = [actions[agent] for agent in agents]
        floor_round(self.grid, self.places, self.moves[0], self.views, self.seen_from, self.rewards)
        views, seen_from = self.views[0].copy(), self.seen_from[0].copy()
        observations = {a: {"view": views[i], "position": seen_from[i]} for i, a in enumerate(agents)}
        rewards = dict(zip(agents, self.rewards[0].tolist(), strict=True))
        ends, cuts = dict.fromkeys(agents, False), dict.fromkeys(agents, False)
        return observations, rewards, ends, cuts, {agent: {} for agent in agents}


@dataclass(frozen=True, slots=True)
class Measurement:
    """The speed of one way to run one scenario.

    Attributes:
        api: "vector" (many worlds, observations as codes) or "parallel" (one world, PettingZoo's
            dictionaries).
        agents: Agents in a world.
        rate: Agent-steps per second [1/s]: rounds per second times agents, over all worlds.
        floor: The same of the floor: `Floor` with as many worlds on one thread, or `DictFloor`.
    """

    scenario: str
    api: str
    worlds: int
    agents: int
    threads: int
    rate: float
    floor: float

    @property
    def times_floor(self) -> float:
        """Time of a round relative to the floor."""
        return self.floor / self.rate


def rate(step: Callable[[int], object], agents: int, seconds: float) -> float:
    """Agent-steps per second [1/s] of something that plays rounds.

    `step` plays round number t = 0, 1, …, in which `agents` act in all worlds together. It is measured for
    `seconds` [s] after one round that does not count.
    """
    step(0)
    rounds, start = 0, time.perf_counter()
    while (passed := time.perf_counter() - start) < seconds:
        step(rounds)
        rounds += 1
    return rounds * agents / passed


def vector_player(
    scenario: str, worlds: int = 4096, threads: int = 1, **settings: Any
) -> tuple[Callable[[int], object], int]:
    """The vector API on random moves drawn in advance, reset with seed 0.

    Returns what plays round number t, and the agent-steps in a round. `settings` are those of `vector_env`;
    unless said otherwise ten agents and views as codes.
    """
    from swarm_env.envs.vector import vector_env

    settings = dict[str, Any](obs="codes", num_agents=N_AGENTS) | settings
    env = vector_env(scenario, num_worlds=worlds, num_threads=threads, **settings)
    env.reset(seed=0)
    space: Any = env.single_action_space
    rng, sets = np.random.default_rng(1), max(16, min(ACTION_SETS, MOST_ACTIONS // env.num_envs))
    if settings.get("message", "none") == "tokens":
        moves = rng.integers(0, space.nvec, (sets // 2, env.num_envs, len(space.nvec)), dtype=np.int8)
    else:
        moves = rng.integers(0, space.n, (sets, env.num_envs), dtype=np.int8)
    return lambda t: env.step(moves[t % len(moves)]), env.num_envs


def parallel_player(scenario: str, **settings: Any) -> tuple[Callable[[int], object], int]:
    """The PettingZoo API on random moves drawn in advance; finished episodes are followed by the next.

    Returns what plays round number t, and the agent-steps in a round with all ten agents in play. `settings`
    are those of `parallel_env` besides their number.
    """
    from swarm_env.envs.parallel import parallel_env

    env = parallel_env(scenario, **settings, num_agents=N_AGENTS)
    env.reset(seed=0)
    n_actions = int(cast(Any, env.action_space(env.agents[0])).n)
    moves = _as_dicts(random_moves(1, np.random.default_rng(1), n_actions), env.possible_agents)

    def play(number: int) -> None:
        chosen, living = moves[number % ACTION_SETS], env.agents
        env.step(chosen if len(living) == N_AGENTS else {agent: chosen[agent] for agent in living})
        if not env.agents:
            env.reset()

    return play, N_AGENTS


def dict_floor_player() -> tuple[Callable[[int], object], int]:
    """`parallel_player` for `DictFloor`."""
    least = DictFloor()
    moves = _as_dicts(random_moves(1, np.random.default_rng(1)), least.agents)
    return lambda t: least.step_dicts(moves[t % ACTION_SETS]), N_AGENTS


def _as_dicts(moves: NDArray[np.int8], agents: list[str]) -> list[dict[str, int]]:
    return [dict(zip(agents, row, strict=True)) for row in moves[:, 0].tolist()]


def measure_vector(
    scenario: str, worlds: int = 4096, threads: int = 1, seconds: float = 1.0, **settings: Any
) -> Measurement:
    """Measure the vector API on random moves, right after the floor, each for `seconds` [s].

    `settings` are those of `vector_env`, but for the number of agents, which is ten; views are written as
    codes.
    """
    floor = rate(Floor(worlds).step, worlds * N_AGENTS, seconds)
    play, steps = vector_player(scenario, worlds, threads, **settings)
    return Measurement(scenario, "vector", worlds, N_AGENTS, threads, rate(play, steps, seconds), floor)


def measure_parallel(scenario: str, seconds: float = 1.0) -> Measurement:
    """Measure the PettingZoo API in one world on random moves, right after the floor, each for `seconds` [s].

    Resets of finished episodes count as part of a round.
    """
    floor = rate(*dict_floor_player(), seconds)
    measured = rate(*parallel_player(scenario), seconds)
    return Measurement(scenario, "parallel", 1, N_AGENTS, 1, measured, floor)
