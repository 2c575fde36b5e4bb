"""Swarms in continuous space: a step of the law of Vicsek against scipy's KD-tree and against a bare kernel.

    python -m benchmarks.particles [--most 1000000] [--vmas]

All in this process, one after the other in turn, on one core; the numbers are medians of processor time. The
bare kernel is the loop that one would write with numba for this law alone: floats, sines of the library, no
state, no score. Both it and the tree are given agents in the order of their cells, as the scenario numbers
them. With --vmas also VMAS's flocking, if it is installed (pip install vmas; it is under the GPL, and never a
dependency): another task in floats with forces, collisions and observations, so not like for like.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.world import World
from swarm_env.envs.make import make_config, make_scenario

SIZES = ((1_000, 16), (100_000, 158), (1_000_000, 500))  # agents, side of the box [cells]
NOISE, SPEED = 1.0, 0.1
Floats = NDArray[np.float64]


@numba.njit(nogil=True)  # type: ignore[untyped-decorator]
def bare(
    place: Floats, angle: Floats, side: int, first: Any, order: Any, near: Floats, out: Floats, drawn: Floats
) -> None:
    """A round of the law, with drawn numbers (agents,) from 0 to 1."""
    n = len(angle)
    first[:] = 0
    for a in range(n):
        first[int(place[a, 0]) * side + int(place[a, 1])] += 1
    end = 0
    for c in range(side * side + 1):
        end += first[c]
        first[c] = end
    for a in range(n - 1, -1, -1):
        c = int(place[a, 0]) * side + int(place[a, 1])
        first[c] -= 1
        i = first[c]
        order[i] = a
        near[i, 0], near[i, 1], near[i, 2], near[i, 3] = (
            place[a, 0], place[a, 1], np.sin(angle[a]), np.cos(angle[a]),
        )  # fmt: skip
    for i in range(n):
        row, col, s, c = int(near[i, 0]), int(near[i, 1]), 0.0, 0.0
        for r in range(row - 1, row + 2):
            down = -side if r < 0 else side if r >= side else 0
            for k in range(col - 1, col + 2):
                right = -side if k < 0 else side if k >= side else 0
                cell = (r - down) * side + k - right
                for j in range(first[cell], first[cell + 1]):
                    y, x = near[j, 0] + down - near[i, 0], near[j, 1] + right - near[i, 1]
                    if y * y + x * x <= 1.0:
                        s += near[j, 2]
                        c += near[j, 3]
        out[order[i]] = np.arctan2(s, c) + NOISE * (drawn[order[i]] - 0.5)
    for a in range(n):
        place[a, 0] = (place[a, 0] + SPEED * np.sin(angle[a])) % side
        place[a, 1] = (place[a, 1] + SPEED * np.cos(angle[a])) % side
        angle[a] = out[a]


def with_tree(place: Floats, angle: Floats, side: int, rng: np.random.Generator) -> None:
    """A round of the law by scipy's KD-tree."""
    from scipy.spatial import cKDTree

    n = len(angle)
    pairs = cKDTree(place, boxsize=side).query_pairs(1.0, output_type="ndarray")
    heads = np.stack([np.sin(angle), np.cos(angle)], axis=1)
    sums = heads.copy()
    for one, other in ((0, 1), (1, 0)):
        for axis in (0, 1):
            sums[:, axis] += np.bincount(pairs[:, one], heads[pairs[:, other], axis], n)
    place[:] = (place + SPEED * heads) % side
    angle[:] = np.arctan2(sums[:, 0], sums[:, 1]) + NOISE * (rng.random(n) - 0.5)


def seconds(step: Callable[[], object], times: int) -> float:
    """Processor time of a step."""
    start = time.process_time()
    for _ in range(times):
        step()
    return (time.process_time() - start) / times


def compare(agents: int, side: int) -> dict[str, float]:
    """Nanoseconds an agent and round: scenario, bare kernel, tree."""
    settings = {"num_agents": agents, "height": side, "width": side, "law": 1, "noise": NOISE, "speed": SPEED}
    world = World(make_scenario(make_config("vicsek", settings | {"max_rounds": 10**6})), codes=False)
    world.reset([1])
    rng = np.random.default_rng(1)
    place, angle = rng.random((agents, 2)) * side, rng.random(agents) * 2 * np.pi
    place = place[np.argsort(place[:, 0].astype(int) * side + place[:, 1].astype(int))]
    room = (
        np.zeros(side * side + 1, np.int64),
        np.zeros(agents, np.int64),
        np.zeros((agents, 4)),
        np.zeros(agents),
    )
    own, treed = (place.copy(), angle.copy()), (place.copy(), angle.copy())
    steps: dict[str, Callable[[], object]] = {
        "scenario": world.step,
        "bare": lambda: bare(*own, side, *room, rng.random(agents)),
        "tree": lambda: with_tree(*treed, side, rng),
    }
    for step in steps.values():
        step()
    times = max(1, 30_000 // agents)
    found = [{name: seconds(step, times) for name, step in steps.items()} for _ in range(3)]
    return {name: float(np.median([row[name] for row in found])) / agents * 1e9 for name in steps}


def vmas_flocking(worlds: int = 1, agents: int = 1000) -> float:
    """Nanoseconds an agent and step of VMAS's flocking, on this processor."""
    import torch
    import vmas  # type: ignore[import-not-found]

    torch.set_num_threads(1)
    env = vmas.make_env("flocking", num_envs=worlds, n_agents=agents, device="cpu", continuous_actions=True)
    env.reset()
    actions = [torch.zeros(worlds, 2) for _ in range(agents)]
    env.step(actions)
    return seconds(lambda: env.step(actions), 1) / (worlds * agents) * 1e9


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--most", type=int, default=SIZES[-1][0], help="agents")
    parser.add_argument("--vmas", action="store_true", help="also VMAS's flocking")
    given = parser.parse_args()
    print("agents, then ns an agent and round: scenario, bare kernel, tree; tree / scenario, bare / scenario")
    for agents, side in SIZES:
        if agents <= given.most:
            row = compare(agents, side)
            ratios = row["tree"] / row["scenario"], row["bare"] / row["scenario"]
            print(
                agents, *(f"{row[name]:.0f}" for name in row), f"{ratios[0]:.1f} {ratios[1]:.2f}", flush=True
            )
    if given.vmas:
        for agents in (10, 30):
            print(f"vmas flocking, {agents} agents in 100 worlds: {vmas_flocking(100, agents):.0f} ns")


if __name__ == "__main__":
    main()
