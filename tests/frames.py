"""Frames made by hand, for tests of what shows them."""

import numpy as np

from swarm_env.frame import Frame, Kind, Setting

FREE, OFF_MAP = Kind(".", "free cell", (245, 243, 238)), Kind("*", "outside the map", (40, 40, 46))


def framed(
    grid, positions, kinds=(), *, scenario="pursuit", round=0, score=0.0, max_rounds=100, moves=None, **more
):
    """A frame of a picture in symbols; agents are numbered as in `positions`, marked where `A` stands."""
    kinds = (FREE, OFF_MAP, *kinds)
    code = {kind.symbol: number for number, kind in enumerate(kinds)}
    numbers = {int(name.removeprefix("agent_")): place for name, place in positions.items()}
    count = max(numbers, default=-1) + 1
    places = np.array([numbers.get(a, (-1, -1)) for a in range(count)], np.int32).reshape(-1, 2)
    first_agent = min((code[symbol] for symbol in "aA" if symbol in code), default=len(kinds))
    return Frame(
        setting=Setting(
            scenario, kinds, 3, first_agent, ("STAY", "UP", "DOWN", "LEFT", "RIGHT"), max_rounds, 5
        ),
        round=round,
        score=score,
        cells=np.array([[code[symbol] for symbol in row] for row in grid], np.uint8),
        places=places,
        present=np.array([a in numbers for a in range(count)]),
        marks=np.array(
            [a in numbers and grid[numbers[a][0]][numbers[a][1]] == "A" for a in range(count)], np.uint8
        ),
        moves=np.full(count, -1, np.int8) if moves is None else np.array(moves, np.int8),
        senses=np.zeros((count, 0), np.uint8),
        **more,
    )
