"""The setting `layout` of a batch of worlds: fixed maps, or a function that draws them."""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swarm_env.engine.settings.layout import Layout, check_map, drawable
from swarm_env.engine.settings.map_text import FORMS, Rows, read_maps
from swarm_env.engine.settings.setting_functions import find_function, takes
from swarm_env.errors import ConfigError, ContractError
from swarm_env.trusted_code import FILE, absolute_name, name_of

if TYPE_CHECKING:
    from swarm_env.scenario import Scenario


def read_setting(given: Any, symbols: Mapping[str, str], scenario: str) -> Any:
    """The setting `layout` as `WorldConfig` keeps it: tuples of rows, a function, or 'path/file.py:Name'.

    Args:
        given: What the user gives.
        symbols: The symbols that a map may hold, and what they mean.
        scenario: Name of the scenario, for messages.

    Raises:
        ConfigError: It has none of the forms, or holds no map or an unknown symbol.
    """
    if callable(given) or (isinstance(given, str) and FILE.fullmatch(given)):
        return absolute_name(given)
    if isinstance(given, str) and "\n" not in given and not set(given) <= symbols.keys():
        given = Path(given)  # a text of one row has symbols of the scenario only
        if not os.path.isfile(given):
            raise ConfigError(f"layout={str(given)!r:.80}: there is no such file. `layout` must be {FORMS}.")
    maps = read_maps(given, symbols, scenario)
    if not maps or None in maps or not (maps[0] and maps[0][0]):
        raise ConfigError(f"layout={given!r:.80}: must hold at least one map, and None for none of them.")
    return tuple(maps)


def sizes_of(maps: Sequence[Rows], agents: Sequence[str], num_teams: int) -> Mapping[str, Any]:
    """The settings that the first map implies: height, width [cells], agents and sides if it has any.

    `agents` are the symbols of agents, those of the first team first.
    """
    rows, each = maps[0], len(agents) // max(num_teams, 1)
    drawn = [sum(row.count(symbol) for row in rows) for symbol in agents]
    found: dict[str, Any] = {"height": len(rows), "width": max(map(len, rows))}
    found |= {"num_agents": sum(drawn)} if any(drawn) else {}
    sides = tuple(sum(drawn[t * each : (t + 1) * each]) for t in range(num_teams))
    return found | {"sides": sides} if num_teams and all(sides) else found


class StartMaps:
    """The maps that a scenario's worlds start from.

    Attributes:
        fixed: The maps of the setting; empty if there are none, or a function draws them.
    """

    def __init__(self, scenario: "Scenario") -> None:
        """Check the maps.

        Raises:
            ConfigError: One does not fit the scenario's settings.
            ContractError: The function that draws them takes other arguments.
        """
        layout = scenario.config.layout
        self._scenario = scenario
        self._draw: Any = None
        self.fixed: tuple[Layout, ...] = ()
        if isinstance(layout, tuple):
            several = len(layout) > 1
            self.fixed = tuple(
                check_map(rows, scenario, number if several else None) for number, rows in enumerate(layout)
            )
        elif layout is not None:
            self._draw = find_function("layout", layout)
            self._takes_episode = takes(self._draw, "seed", "episode")
            if not self._takes_episode and not takes(self._draw, "seed"):
                raise ContractError(f"layout={name_of(layout):.200}: must take (seed) or (seed, episode).")

    @property
    def draws(self) -> bool:
        """Whether a function draws the maps."""
        return self._draw is not None

    def draw(self, seed: int, episode: int) -> Layout:
        """The map that the function draws for an episode of a world.

        Raises `ConfigError` if it is none, or does not fit the scenario's settings.
        """
        scenario = self._scenario
        more = (episode,) if self._takes_episode else ()
        rows = read_maps(self._draw(seed, *more), drawable(scenario), scenario.name)
        if len(rows) != 1 or rows[0] is None:
            raise ConfigError(
                f"layout: the function returned {len(rows)} maps for seed {seed}, episode {episode}; it must "
                "return one, a list of strings."
            )
        return check_map(rows[0], scenario)

    def rows(self, seed: int, episode: int = 0) -> Rows:
        """The map of an episode, as rows of symbols."""
        layout = self.draw(seed, episode) if self.draws else self.fixed[(seed + episode) % len(self.fixed)]
        return layout.rows(self._scenario)

    def room(
        self, margin: int, objects: int, cells: int, more: Iterable[Layout] = ()
    ) -> tuple[int, int, int]:
        """Margin [cells], objects and their cells: at least those given, and enough for all maps."""
        scenario = self._scenario
        if self.draws and scenario.movables:
            margin = max(margin, scenario.config.height, scenario.config.width)  # for objects of any size
        for one in (*self.fixed, *more):
            margin = max(margin, one.extent)
            objects, cells = max(objects, len(one.objects)), max(cells, one.num_object_cells)
        return margin, objects, cells
