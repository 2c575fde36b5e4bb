"""Which bodies move when all push at once: the definition as an integer program, and a slow plain answer.

One direction is considered. Body `u` *pushes on* body `w` when a cell of `w` lies directly ahead of a cell
of `u`. A set of bodies *can move* when

1. no static body is in it,
2. everything that a member pushes on is in it,
3. force can be routed along the contacts inside it so that each member's own force and what it receives,
   less what it passes on, is at least its mass.

All bodies of the largest such set move one cell, no other body does. An agent that pushes against the
direction has no force and as much more mass; since only the difference counts, that is simply a
negative force.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

Cell = tuple[int, int]


@dataclass(frozen=True)
class Rigid:
    """A rigid body as one push sees it.

    Attributes:
        cells: The (row, column) cells it covers.
        mass: What it takes to move it.
        static: Whether it never moves.
        force: Its own force along the direction; negative when it pushes against it.
    """

    cells: frozenset[Cell]
    mass: int
    static: bool = False
    force: int = 0


def rigid_bodies(records: Iterable[dict[str, Any]]) -> list[Rigid]:
    """The bodies of one record of `pushes.json.gz`."""
    return [
        Rigid(frozenset((i, j) for i, j in r["cells"]), r["mass"], r["static"], r["force"]) for r in records
    ]


def contacts(bodies: Sequence[Rigid], direction: Cell) -> list[tuple[int, int]]:
    """All pairs (u, w), by number, where body u pushes on body w."""
    owner = {cell: number for number, body in enumerate(bodies) for cell in body.cells}
    pairs = set()
    for (i, j), u in owner.items():
        w = owner.get((i + direction[0], j + direction[1]))
        if w is not None and w != u:
            pairs.add((u, w))
    return sorted(pairs)


def movable_by_integer_program(bodies: Sequence[Rigid], direction: Cell) -> list[int]:
    """The largest set that can move, straight from the definition: HiGHS chooses members and flows.

    Unknowns: for each body `member` (0 or 1), for each contact the `flow` it carries (any number >= 0).
    """
    pairs = contacts(bodies, direction)
    n, n_pairs = len(bodies), len(pairs)
    if n == 0:
        return []
    plenty = 1 + sum(max(body.force, 0) for body in bodies)  # no contact ever needs to carry more
    rows: list[np.ndarray] = []  # each row: coefficients whose sum with the unknowns must be >= 0
    for v, body in enumerate(bodies):  # own force + received - passed on >= mass, if a member
        row = np.zeros(n + n_pairs)
        row[v] = body.force - body.mass
        for p, (u, w) in enumerate(pairs):
            row[n + p] += (w == v) - (u == v)
        rows.append(row)
    for p, (u, w) in enumerate(pairs):
        closed = np.zeros(n + n_pairs)  # a member's load is a member too
        closed[u], closed[w] = -1, 1
        inside = np.zeros(n + n_pairs)  # only members pass force on
        inside[u], inside[n + p] = plenty, -1
        rows += [closed, inside]
    is_member = np.arange(n + n_pairs) < n
    upper = np.full(n + n_pairs, np.inf)
    upper[:n] = [0 if body.static else 1 for body in bodies]
    answer = milp(
        c=-is_member.astype(float),
        integrality=is_member.astype(int),
        bounds=Bounds(0, upper),
        constraints=LinearConstraint(np.array(rows), lb=0),
    )
    assert answer.success, answer.message
    return [v for v in range(n) if answer.x[v] > 0.5]


def movable(bodies: Sequence[Rigid], direction: Cell) -> list[int]:
    """The largest set that can move, by taking out whatever cannot until the rest can.

    First go all static bodies and all that pushes on what has gone. Then the surplus force of the strong is
    sent to the weak along the contacts as far as it goes (a maximum flow); if some weak body stays short,
    it goes, and so does every body whose whole force could not help it, and again all that pushes on what
    has gone.
    """
    pairs = contacts(bodies, direction)
    candidates = {v for v, body in enumerate(bodies) if not body.static}
    while True:
        candidates = _closed(candidates, pairs)
        doomed = _short_of_force(bodies, candidates, pairs)
        if not doomed:
            return sorted(candidates)
        candidates -= doomed


def _closed(candidates: set[int], pairs: list[tuple[int, int]]) -> set[int]:
    """Without everything that pushes, directly or through other bodies, on a body that is not a candidate."""
    while True:
        blocked = {u for u, w in pairs if u in candidates and w not in candidates}
        if not blocked:
            return candidates
        candidates = candidates - blocked


def _short_of_force(bodies: Sequence[Rigid], inside: set[int], pairs: list[tuple[int, int]]) -> set[int]:
    """The bodies that can reach an unmet need after all possible force was routed; none if all is met."""
    spare = {v: bodies[v].force - bodies[v].mass for v in inside}  # > 0: has force to give, < 0: needs force
    flow = {(u, w): 0 for u, w in pairs if u in inside and w in inside}
    while True:
        path = _path_from_giver_to_needy(spare, flow)
        if path is None:
            break
        giver, needy = path[0], path[-1]
        amount = min([spare[giver], -spare[needy]] + [flow[b, a] for a, b in _steps_back(path, flow)])
        for a, b in zip(path, path[1:], strict=False):
            if (a, b) in flow:
                flow[a, b] += amount
            else:
                flow[b, a] -= amount
        spare[giver] -= amount
        spare[needy] += amount
    doomed = {v for v in inside if spare[v] < 0}
    while (
        True
    ):  # nodes that could still send to a doomed body: along a contact, or by taking back what it gave
        more = {u for u, w in flow if w in doomed}
        more |= {w for (u, w), carried in flow.items() if u in doomed and carried > 0}
        if more <= doomed:
            return doomed
        doomed |= more


def _path_from_giver_to_needy(spare: dict[int, int], flow: dict[tuple[int, int], int]) -> list[int] | None:
    """From a body with spare force to one in need, each step along a contact or back along a carrying one."""
    came_from: dict[int, int | None] = {v: None for v in spare if spare[v] > 0}
    queue = deque(came_from)
    while queue:
        v = queue.popleft()
        if spare[v] < 0:
            path = [v]
            while (before := came_from[path[0]]) is not None:
                path.insert(0, before)
            return path
        forward = [w for u, w in flow if u == v]
        back = [u for (u, w), carried in flow.items() if w == v and carried > 0]
        for w in forward + back:
            if w not in came_from:
                came_from[w] = v
                queue.append(w)
    return None


def _steps_back(path: list[int], flow: dict[tuple[int, int], int]) -> list[tuple[int, int]]:
    """The steps of the path that only take back flow (there is no contact in their direction)."""
    return [(a, b) for a, b in zip(path, path[1:], strict=False) if (a, b) not in flow]
