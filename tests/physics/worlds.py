"""Random worlds of rigid bodies for the property tests of the push physics."""

import random
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from swarm_env import resolve_push
from tests.reference.pushing import Cell, Rigid
from tests.reference.simulator import connected_parts

DIRECTIONS: list[Cell] = [(-1, 0), (1, 0), (0, -1), (0, 1)]


@dataclass(frozen=True)
class Push:
    """One question to the physics: which bodies move along `direction`?"""

    height: int
    width: int
    direction: Cell
    bodies: tuple[Rigid, ...]

    def records(self) -> list[dict[str, Any]]:
        """The bodies as `resolve_push` takes them."""
        return [
            {
                "cells": [list(cell) for cell in sorted(body.cells)],
                "mass": body.mass,
                "static": body.static,
                "force": body.force,
            }
            for body in self.bodies
        ]

    def resolve(self) -> list[int]:
        """What the compiled physics says."""
        return resolve_push(self.height, self.width, list(self.direction), self.records())


def picture(push: Push) -> str:
    """The world as text, one letter per object, for failing examples."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    owner = {cell: letters[n % len(letters)] for n, body in enumerate(push.bodies) for cell in body.cells}
    return "\n".join("".join(owner.get((i, j), ".") for j in range(push.width)) for i in range(push.height))


@st.composite
def drawn_pushes(draw, single_cells=False, max_side=7):
    """Small worlds drawn cell by cell: each cell is empty or belongs to one of a few colours.

    A colour is one body (then often in several parts, interlocked with another), or each of its connected
    parts is, or each of its cells.
    """
    height, width = draw(st.integers(1, max_side)), draw(st.integers(1, max_side))
    n_colours = draw(st.integers(1, 6))
    colours = draw(
        st.lists(
            st.integers(-draw(st.integers(0, 3)), n_colours - 1),
            min_size=height * width,
            max_size=height * width,
        )
    )
    split = "cells" if single_cells else draw(st.sampled_from(["colours", "parts", "cells"]))
    shapes: list[frozenset[Cell]] = []
    for colour in range(n_colours):
        painted = {(q // width, q % width) for q, drawn in enumerate(colours) if drawn == colour}
        if split == "cells":
            shapes += [frozenset([cell]) for cell in sorted(painted)]
        elif split == "parts":
            shapes += [frozenset(part) for part in connected_parts(painted)]
        elif painted:
            shapes.append(frozenset(painted))
    kinds = st.sampled_from([(1, 2), (1, 2), (1, 2), (1, 0), (1, -2), (2, 0), (2, 2), (3, 4), (5, 0), (1, 6)])
    bodies = []
    for cells in shapes:
        mass, force = draw(kinds)
        static = draw(st.integers(0, 11)) == 11
        bodies.append(Rigid(cells, mass, static, 0 if static else force))
    return Push(height, width, draw(st.sampled_from(DIRECTIONS)), tuple(bodies))


def grown_push(seed: int, side: int = 14, n_bodies: int = 40, single_cells: bool = False) -> Push:
    """A larger world in which bodies have grown from random cells until they touch each other."""
    rng = random.Random(seed)
    height, width = rng.randint(3, side), rng.randint(3, side)
    taken: set[Cell] = set()
    bodies = []
    for _ in range(rng.randint(1, n_bodies)):
        cells = {(rng.randrange(height), rng.randrange(width))}
        if cells & taken:
            continue
        for _ in range(0 if single_cells else rng.choice([0, 0, 0, 1, 2, 4, 8, 16])):
            i, j = rng.choice(sorted(cells))
            di, dj = rng.choice(DIRECTIONS)
            grown = (i + di, j + dj)
            if 0 <= grown[0] < height and 0 <= grown[1] < width and grown not in taken:
                cells.add(grown)
        taken |= cells
        static = rng.random() < 0.06
        force = rng.choice([2, 2, 2, 4, 0, -2])
        mass = rng.choice([1, 1, 1, 1, 2, 5, int(len(cells) ** 0.5)])
        bodies.append(Rigid(frozenset(cells), mass, static, 0 if static else force))
    return Push(height, width, rng.choice(DIRECTIONS), tuple(bodies))


def dense_push(seed: int, density: float, side: int = 20) -> Push:
    """A map of single cells that is almost or wholly full."""
    rng = random.Random(seed)
    height, width = rng.randint(1, side), rng.randint(1, side)
    bodies = []
    for i in range(height):
        for j in range(width):
            if rng.random() < density:
                static = rng.random() < 0.03
                force = rng.choice([2, 2, 2, 0, 0, -2])
                bodies.append(Rigid(frozenset([(i, j)]), 1, static, 0 if static else force))
    rng.shuffle(bodies)
    return Push(height, width, rng.choice(DIRECTIONS), tuple(bodies))
