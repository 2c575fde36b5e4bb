"""Checked maps: the setting `layout`, and the reset options "layout", "agents", "marks" and "respawns"."""

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.settings.map_text import read_maps
from swarm_env.errors import ConfigError
from swarm_env.frame import drawn

if TYPE_CHECKING:
    from swarm_env.scenario import Scenario

Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """A checked picture.

    Attributes:
        codes: (height, width) uint8 codes of what cannot move; agents' and objects' cells are empty.
        objects: Code and cells of each object.
        masses: Mass of each object.
        agents: Cell of each agent.
        marks: Mark of each agent.
        respawns: Cells of the next preys.
        floor: (layers, height * width) float32 amounts on the floor.
    """

    codes: NDArray[np.uint8]
    objects: tuple[tuple[int, tuple[Cell, ...]], ...]
    masses: tuple[int, ...]
    agents: tuple[Cell, ...]
    marks: tuple[int, ...]
    respawns: tuple[Cell, ...]
    floor: NDArray[np.float32]

    @property
    def extent(self) -> int:
        """How far any object may come to stand outside the map before it has left it [cells]."""
        reach = [max(np.ptp(np.array(cells), axis=0)) for _, cells in self.objects]
        return int(max(reach, default=0)) + 1

    @property
    def num_object_cells(self) -> int:
        """Cells of all objects."""
        return sum(len(cells) for _, cells in self.objects)

    def rows(self, scenario: "Scenario") -> tuple[str, ...]:
        """The map in the scenario's symbols; agents are drawn by their teams and marks."""
        codes = self.codes.copy()
        for code, cells in self.objects:
            for cell in cells:
                codes[cell] = code
        for cell, mark, team in zip(self.agents, self.marks, scenario.team_of, strict=True):
            codes[cell] = scenario.first_agent + team * scenario.looks + mark
        return tuple(
            drawn(
                codes, scenario.kinds, self.floor.reshape(len(scenario.floor), *codes.shape), scenario.floor
            )
        )


START_OPTIONS = ("layout", "agents", "marks", "respawns")  # reset options about the map


def read_start(options: Any, scenario: "Scenario", num_worlds: int = 1) -> list[Layout | None]:
    """Check the reset options "layout", "agents", "marks" and "respawns"; other names are ignored.

    Args:
        options: The reset options, a mapping.
        scenario: The scenario, with its settings.
        num_worlds: Number of worlds that are reset.

    Returns:
        Empty if there is no option "layout"; else a map for each world, None where the option has None.

    Raises:
        ConfigError: If anything does not fit the scenario's settings.
    """
    if not isinstance(options, Mapping):
        raise ConfigError(f"options={options!r:.80}: must be a mapping such as {{'layout': [...]}}.")
    given = options.get("layout")
    more = {name: options[name] for name in START_OPTIONS[1:] if options.get(name) is not None}
    if given is None:
        for name in more:
            raise ConfigError(
                f"The reset option {name!r} needs a picture: give "
                f"options={{'layout': [...], {name!r}: [...]}}."
            )
        return []
    maps = read_maps(given, drawable(scenario), scenario.name)
    if len(maps) == 1 and maps[0] is not None:
        return [check_map(maps[0], scenario, **more)] * num_worlds
    if len(maps) != num_worlds:
        raise ConfigError(
            f"layout={given!r:.80}: holds {len(maps)} maps for {num_worlds} worlds. Give one map for all, or "
            "one per world (None: as without this option)."
        )
    if more:
        raise ConfigError(f"{', '.join(more)}: go with one map for all worlds, not with a list of maps.")
    return [None if rows is None else check_map(rows, scenario, number=w) for w, rows in enumerate(maps)]


def drawable(scenario: "Scenario") -> dict[str, str]:
    """The symbols that a map may hold, and what they mean."""
    return {symbol: name for symbol, name in scenario.symbols.items() if symbol != "*"}


def check_map(
    rows: Sequence[str],
    scenario: "Scenario",
    number: int | None = None,
    agents: Any = None,
    marks: Any = None,
    respawns: Any = (),
) -> Layout:
    """Check one map, whose symbols are known.

    Args:
        rows: The map, in the scenario's symbols.
        scenario: The scenario, with its settings.
        number: Number of the map in its list, for messages.
        agents: Place of each agent, (N, 2) rows and columns; None: row by row, as drawn.
        marks: Mark of each agent; None: as drawn.
        respawns: Places of the next preys.

    Raises:
        ConfigError: If it does not fit the scenario's settings.
    """
    config = scenario.config
    place = "layout" if number is None else f"layout: map {number}"
    if len(rows) != config.height or any(len(row) != config.width for row in rows):
        given = f"{len(rows)} rows of {sorted({len(row) for row in rows})} cells"
        raise ConfigError(
            f"{place}: the picture has {given}, the map {config.height} rows of {config.width}. Set height "
            "and width to those of the picture, and make all its rows equally long."
        )
    by_symbol = {kind.symbol: code for code, kind in enumerate(scenario.kinds)}
    by_symbol |= dict.fromkeys((layer.symbol for layer in scenario.floor), 0)
    floor = np.array(
        [
            [layer.most * (symbol == layer.symbol) for row in rows for symbol in row]
            for layer in scenario.floor
        ],
        np.float32,
    ).reshape(len(scenario.floor), config.height * config.width)
    codes = np.array([[by_symbol[symbol] for symbol in row] for row in rows], np.uint8)
    drawn = [(int(i), int(j)) for i, j in np.argwhere(codes >= scenario.first_agent)]
    drawn.sort(key=lambda cell: (int(codes[cell]) - scenario.first_agent) // scenario.looks)  # team by team
    places = _read_agents(agents, drawn, scenario, place)
    looks = [int(codes[cell]) - scenario.first_agent for cell in places]
    _check_teams(looks, scenario, place)
    given_marks = [look % scenario.looks for look in looks]
    if marks is not None:
        given_marks = _read_marks(marks, scenario)
    objects = []
    for code in range(scenario.first_movable, scenario.first_agent):
        objects += [(code, cells) for cells in _connected(codes == code)]
    scenario.check_objects(tuple(objects))
    cells_of_preys = _read_cells("respawns", respawns, scenario)
    codes[codes >= scenario.first_movable] = 0
    for cell in cells_of_preys:
        if codes[cell]:
            raise ConfigError(
                f"respawns: on {cell} stands a {scenario.kinds[codes[cell]].name}, which never moves; "
                f"choose another cell."
            )
    masses = tuple(scenario.object_mass(scenario.kinds[code].symbol, len(cells)) for code, cells in objects)
    stand = (tuple(places), tuple(given_marks), tuple(cells_of_preys))
    return Layout(codes, tuple(objects), masses, *stand, floor)


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


def _read_agents(given: Any, drawn: list[Cell], scenario: "Scenario", place: str) -> list[Cell]:
    n = scenario.config.num_agents
    if scenario.is_continuous and given is not None:
        return _read_sharing(given, drawn, scenario)
    if len(drawn) != n:
        raise ConfigError(
            f"{place}: the picture shows {len(drawn)} agents, num_agents is {n}. Draw {n}, or set "
            f"num_agents={len(drawn)}."
        )
    if given is None:
        return drawn
    places = _read_cells("agents", given, scenario)
    if sorted(places) != sorted(drawn):
        wrong = [place for place in places if place not in drawn]
        wrong = wrong or sorted({place for place in places if places.count(place) > 1})
        raise ConfigError(
            f"agents: the cells must be those of the picture's {n} agents, each once; "
            f"{wrong[:3] or places[:3]} do not fit, the picture has {drawn[:12]}{'…' if n > 12 else ''}."
        )
    return places


def _read_sharing(given: Any, drawn: list[Cell], scenario: "Scenario") -> list[Cell]:
    """Cells that agents in continuous space may share; the picture shows one agent in each of them."""
    n, places = scenario.config.num_agents, _read_cells("agents", given, scenario)
    if len(places) != n or set(places) != set(drawn):
        raise ConfigError(
            f"agents: give the cell of each of the {n} agents; they may share cells, and the picture must "
            f"show one agent in each cell that is used. It has {drawn[:12]}{'…' if len(drawn) > 12 else ''}."
        )
    return places


def _check_teams(looks: Sequence[int], scenario: "Scenario", place: str) -> None:
    """Raise `ConfigError` if an agent is drawn as one of another team than its own."""
    for a, (look, team) in enumerate(zip(looks, scenario.team_of, strict=True)):
        if scenario.teams and look // scenario.looks != team:
            sides = zip(scenario.teams, scenario.team_sizes, strict=True)
            counts = ", ".join(f"{n} of {name}" for name, n in sides)
            raise ConfigError(
                f"{place}: agent {a} is of team {scenario.teams[team]}, and stands there as a "
                f"{scenario.agents[look].name}. Draw {counts}, or set sides."
            )


def _read_marks(given: Any, scenario: "Scenario") -> list[int]:
    n, most = scenario.config.num_agents, scenario.looks - 1
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
