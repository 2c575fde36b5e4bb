"""Maps given as pictures: the reset options "layout", "agents", "marks" and "respawns"."""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.state import FIRST_CELL, NUM_CELLS, PRESENT, WorldArrays
from swarm_env.errors import ConfigError

if TYPE_CHECKING:
    from swarm_env.scenario import Scenario

Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """A checked picture.

    Attributes:
        codes: (height, width) uint8 codes of what cannot move; agents' and objects' cells are empty.
        objects: Code and cells of each object.
        agents: Cell of each agent.
        marks: Mark of each agent.
        respawns: Cells of the next preys.
    """

    codes: NDArray[np.uint8]
    objects: tuple[tuple[int, tuple[Cell, ...]], ...]
    agents: tuple[Cell, ...]
    marks: tuple[int, ...]
    respawns: tuple[Cell, ...]

    @property
    def extent(self) -> int:
        """How far any object may come to stand outside the map before it has left it [cells]."""
        reach = [max(np.ptp(np.array(cells), axis=0)) for _, cells in self.objects]
        return int(max(reach, default=0)) + 1

    def place(self, world: WorldArrays, w: int, scenario: "Scenario") -> None:
        """Set the cleared map of world `w` to the picture."""
        sizes = world.sizes
        for row in range(len(self.codes)):
            start = index_of(world, row, 0)
            world.cells[w, start : start + sizes.width] = self.codes[row]
        first = 0
        world.objects[w] = 0
        world.places[w, : len(self.respawns)] = np.array(self.respawns, np.int32).reshape(-1, 2)
        for o, (code, cells) in enumerate(self.objects):
            world.objects[w, o, FIRST_CELL], world.objects[w, o, NUM_CELLS] = first, len(cells)
            world.object_cells[w, first : first + len(cells)] = cells
            first += len(cells)
            put_object(world, w, o, code, scenario.object_mass(scenario.kinds[code].symbol, len(cells)))
        for a, (row, col) in enumerate(self.agents):
            put_agent(world, w, a, row, col, self.marks[a])


def index_of(world: WorldArrays, row: int, col: int) -> int:
    """Flat index of a cell, from Python."""
    sizes = world.sizes
    return int((row + sizes.margin) * sizes.stride + col + sizes.margin)


def put_agent(world: WorldArrays, w: int, a: int, row: int, col: int, mark: int) -> None:
    """Put agent `a` on a cell, from Python."""
    q = index_of(world, row, col)
    world.cells[w, q] = world.sizes.first_agent + mark
    world.who[w, q] = a
    world.position[w, a] = row, col
    world.mark[w, a] = mark
    world.active[w, a] = PRESENT


def put_object(world: WorldArrays, w: int, o: int, code: int, mass: int) -> None:
    """Put object `o`, whose cells are listed, on the map, from Python."""
    world.objects[w, o, :3] = mass, 0, 1
    first = world.objects[w, o, FIRST_CELL]
    for row, col in world.object_cells[w, first : first + world.objects[w, o, NUM_CELLS]]:
        q = index_of(world, row, col)
        world.cells[w, q] = code
        world.who[w, q] = world.sizes.num_agents + o


def read_layout(options: Any, scenario: "Scenario") -> Layout | None:
    """Check the reset options "layout", "agents", "marks" and "respawns"; other names are ignored.

    Returns:
        The picture, or None if there is no option "layout".

    Raises:
        ConfigError: If anything does not fit the scenario's settings.
    """
    if not isinstance(options, Mapping):
        raise ConfigError(f"options={options!r:.80}: must be a mapping such as {{'layout': [...]}}.")
    if options.get("layout") is None:
        for name in ("agents", "marks", "respawns"):
            if options.get(name) is not None:
                raise ConfigError(
                    f"The reset option {name!r} needs a picture: give "
                    f"options={{'layout': [...], {name!r}: [...]}}."
                )
        return None
    rows = _read_rows(options["layout"], scenario)
    by_symbol = {kind.symbol: code for code, kind in enumerate(scenario.kinds)}
    codes = np.array([[by_symbol[symbol] for symbol in row] for row in rows], np.uint8)
    drawn = [(int(i), int(j)) for i, j in np.argwhere(codes >= scenario.first_agent)]
    places = _read_agents(options.get("agents"), drawn, scenario)
    marks = [int(codes[place]) - scenario.first_agent for place in places]
    if options.get("marks") is not None:
        marks = _read_marks(options["marks"], scenario)
    objects = []
    for code in range(scenario.first_movable, scenario.first_agent):
        objects += [(code, cells) for cells in _connected(codes == code)]
    scenario.check_objects(tuple(objects))
    respawns = _read_cells("respawns", options.get("respawns", ()), scenario)
    codes[codes >= scenario.first_movable] = 0
    for place in respawns:
        if codes[place]:
            raise ConfigError(
                f"respawns: on {place} stands a {scenario.kinds[codes[place]].name}, which never moves; "
                f"choose another cell."
            )
    return Layout(codes, tuple(objects), tuple(places), tuple(marks), tuple(respawns))


def _connected(mask: NDArray[np.bool_]) -> list[tuple[Cell, ...]]:
    """The connected sets of cells in a mask (4-neighbourhood); sets and cells are in row-major order."""
    left = {(int(i), int(j)): None for i, j in np.argwhere(mask)}
    found = []
    while left:
        cells = [next(iter(left))]
        del left[cells[0]]
        for i, j in cells:  # grows during the loop
            for cell in ((i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)):
                if cell in left:
                    del left[cell]
                    cells.append(cell)
        found.append(tuple(sorted(cells)))
    return found


def _read_rows(picture: Any, scenario: "Scenario") -> list[str]:
    config = scenario.config
    if isinstance(picture, str):
        picture = picture.split()
    if not isinstance(picture, Sequence) or not all(isinstance(row, str | Sequence) for row in picture):
        raise ConfigError(f"layout={picture!r:.80}: must be a list of strings, one per row of the map.")
    rows = ["".join(str(cell) for cell in row) for row in picture]
    if len(rows) != config.height or any(len(row) != config.width for row in rows):
        given = f"{len(rows)} rows of {sorted({len(row) for row in rows})} cells"
        raise ConfigError(
            f"layout: the picture has {given}, the map {config.height} rows of {config.width}. Set height "
            "and width to those of the picture, and make all its rows equally long."
        )
    allowed = {kind.symbol: kind.name for kind in scenario.kinds if kind.symbol != "*"}
    for i, row in enumerate(rows):
        for j, symbol in enumerate(row):
            if symbol not in allowed:
                known = ", ".join(f"{s!r} {name}" for s, name in allowed.items())
                raise ConfigError(
                    f"layout: {symbol!r} at row {i}, column {j} is no symbol of {scenario.name}. Known: "
                    f"{known}."
                )
    return rows


def _read_agents(given: Any, drawn: list[Cell], scenario: "Scenario") -> list[Cell]:
    n = scenario.config.num_agents
    if len(drawn) != n:
        raise ConfigError(
            f"layout: the picture shows {len(drawn)} agents, num_agents is {n}. Draw {n}, or set "
            f"num_agents={len(drawn)}."
        )
    if given is None:
        return drawn
    places = _read_cells("agents", given, scenario)
    if sorted(places) != drawn:
        wrong = [place for place in places if place not in drawn]
        wrong = wrong or sorted({place for place in places if places.count(place) > 1})
        raise ConfigError(
            f"agents: the cells must be those of the picture's {n} agents, each once; "
            f"{wrong[:3] or places[:3]} do not fit, the picture has {drawn[:12]}{'…' if n > 12 else ''}."
        )
    return places


def _read_marks(given: Any, scenario: "Scenario") -> list[int]:
    n, most = scenario.config.num_agents, len(scenario.agents) - 1
    try:
        marks = [operator.index(mark) for mark in given]
    except TypeError:
        marks = []
    if len(marks) != n or not all(0 <= mark <= most for mark in marks):
        raise ConfigError(f"marks={given!r:.80}: must be {n} whole numbers from 0 to {most}, one per agent.")
    return marks


def _read_cells(name: str, given: Any, scenario: "Scenario") -> list[Cell]:
    height, width = scenario.config.height, scenario.config.width
    try:
        cells = [(operator.index(row), operator.index(col)) for row, col in given or ()]
    except (TypeError, ValueError):
        raise ConfigError(
            f"{name}={given!r:.80}: must be a list of (row, column) pairs of whole numbers."
        ) from None
    for cell in cells:
        if not (0 <= cell[0] < height and 0 <= cell[1] < width):
            raise ConfigError(
                f"{name}: {cell} lies outside the map of {height} x {width} (rows 0 to {height - 1}, columns "
                f"0 to {width - 1})."
            )
    return cells
