"""Random pictures of worlds: rings with gaps, inner walls, odd boxes, crowds."""

import random
from dataclasses import dataclass

from tests.reference.pushing import Cell
from tests.reference.simulator import neighbours

LOOKS = {  # symbols of the agents of each team, where they are not one team of "A"
    **dict.fromkeys(("synchronization", "foraging", "secrets", "audit", "ants"), ("Aa",)),
    "battle": ("Rr", "Bb"),
    "carriers": ("cCsS",),
    "levels": ("wms",),
    "tag": ("H", "P"),
}


@dataclass(frozen=True)
class Picture:
    """A map to start from.

    Attributes:
        rows: The map, in the symbols of the rules.
        agents: The agents' places, in order.
    """

    rows: list[str]
    agents: list[Cell]


def random_picture(scenario: str, seed: int) -> Picture:
    """A map that the scenario could be asked to start from; most have gaps in the outer wall."""
    rng = random.Random(f"{scenario} {seed}")
    height, width = rng.randint(8, 13), rng.randint(8, 13)
    symbols = {(i, j): "." for i in range(height) for j in range(width)}
    holes = rng.choice([0.0, 0.1, 0.3, 1.0])
    for i, j in symbols:
        on_ring = i in (0, height - 1) or j in (0, width - 1)
        if (on_ring and rng.random() >= holes) or (not on_ring and rng.random() < 0.07):
            symbols[i, j] = "W"
    if scenario == "transport":
        for _ in range(rng.choice([1, 1, 1, 2, 3])):
            _grow(symbols, "B", rng.randint(1, 14), rng)
    if scenario == "pursuit":
        _grow(symbols, "P", 1, rng)
    if scenario == "foraging":
        for symbol in "FN":
            for _ in range(rng.randint(1, 3)):
                _grow(symbols, symbol, rng.randint(1, 4), rng)
    if scenario == "nest_site":
        for symbol in "PQRSTU"[: rng.randint(0, 6)]:
            _grow(symbols, symbol, rng.randint(1, 3), rng)
    if scenario == "audit":
        for _ in range(rng.randint(0, 3)):
            _grow(symbols, "J", rng.randint(1, 3), rng)
    free = [cell for cell, symbol in symbols.items() if symbol == "."]
    teams = LOOKS.get(scenario, ("A",))
    fewest, most = len(teams), 16 if scenario == "hats" else 20
    agents = rng.sample(free, min(len(free), rng.randint(fewest, most)))
    for number, cell in enumerate(agents):
        symbols[cell] = rng.choice(teams[number * fewest // len(agents)])
    rows = ["".join(symbols[i, j] for j in range(width)) for i in range(height)]
    return Picture(rows, agents)


def crowded_boxes(seed: int) -> Picture:
    """Small boxes in a dense crowd, so that boxes push boxes and agents push through them."""
    rng = random.Random(f"boxes {seed}")
    height, width = rng.randint(8, 12), rng.randint(8, 12)
    symbols = {(i, j): "." for i in range(height) for j in range(width)}
    for cell in symbols:
        if rng.random() < 0.03:
            symbols[cell] = "W"
    for _ in range(rng.randint(2, 8)):
        _grow(symbols, "B", rng.choice([1, 2, 3, 4, 6, 9]), rng)
    free = [cell for cell, symbol in symbols.items() if symbol == "."]
    most = (height - 2) * (width - 2) - 9  # as many as a drawn world could hold
    agents = rng.sample(free, min(most, int(len(free) * rng.choice([0.4, 0.6, 0.8, 1.0]))))
    for cell in agents:
        symbols[cell] = "A"
    rows = ["".join(symbols[i, j] for j in range(width)) for i in range(height)]
    return Picture(rows, agents)


def _grow(symbols: dict[Cell, str], symbol: str, size: int, rng: random.Random) -> None:
    """Put a connected thing of about this many cells on free cells."""
    cells = [rng.choice([cell for cell, here in symbols.items() if here == "."])]
    for _ in range(4 * size):
        beside = rng.choice(neighbours(rng.choice(cells)))
        if len(cells) < size and symbols.get(beside) == "." and beside not in cells:
            cells.append(beside)
    for cell in cells:
        symbols[cell] = symbol
