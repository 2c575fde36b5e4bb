"""The base class of scenarios: a scenario is one class with four compiled functions.

Everything else (APIs, messages, pushing, runs, renderers, prompts) is the same for all scenarios and reads
what the class declares. `docs/adding-a-scenario.md` shows how to write one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from swarm_env.config import WorldConfig
from swarm_env.engine.scenario_state import ScenarioState
from swarm_env.engine.state import WorldArrays
from swarm_env.frame import Event, Kind

__all__ = ["Event", "Kernel", "Kind", "NoOptions", "Scenario", "Sense"]

Kernel = Callable[[WorldArrays, int, int], None]


@dataclass(frozen=True, slots=True)
class Sense:
    """A number that only the agent itself perceives.

    Attributes:
        name: One word.
        meaning: What it means, in a few words.
        most: Its greatest value, 1 to 255; the least is 0.
    """

    name: str
    meaning: str
    most: int


FREE = Kind(".", "free cell", (245, 243, 238))
OFF_MAP = Kind("*", "outside the map", (40, 40, 46))
WALL_KIND = Kind("W", "wall", (88, 88, 96))
AGENT = Kind("A", "agent", (0, 114, 178))
UNMARKED = Kind("a", "unmarked agent", (86, 180, 233))


class NoOptions(BaseModel):
    """Options of a scenario without options; base of all `Options`.

    Attributes:
        aliases: Earlier names of options that files and flags may still have, and their current names.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    aliases: ClassVar[Mapping[str, str]] = {}


class Scenario:
    """Base of all scenarios.

    A subclass sets the class attributes it needs and the four kernels. Each is a `kernel(RANGE)` with
    arguments (world, first, last) and handles every world in range(first, last):

    - `reset`: put walls, objects and agents on the empty map of a new episode, with the helpers in
      `swarm_env.engine`;
    - `begin`: fill the `State` from the map, which was drawn or comes from a picture;
    - `update`: after the pushes of a round, change the world and the `score`; set `over` when the task is
      done;
    - `potential`: write how good each agent's state is into `potential`; the shaped reward is the gain in
      score plus the change of potential (A. Ng, D. Harada, S. Russell, "Policy invariance under reward
      transformations", ICML 1999, with discount 1).

    Attributes:
        name: Name in the registry.
        statics: Kinds that never move, besides walls.
        movables: Kinds that can be pushed.
        agents: Kinds of agents by mark: one for no marks, or (unmarked, marked).
        extra_actions: Names of moves after RIGHT.
        senses: Numbers that only the agent itself perceives; the kernels write them into `sense`.
        masks: Whether `update` and `begin` write `allowed`.
        defaults: Settings of the world, by name, that it has if they are not given.
        events: Events that viewers mark on the timeline.
        scripted: The scenario's expert as `--agents` takes it (path/file.py:Name); experts of built-in
            scenarios are found by name.
        Options: The scenario's settings, numbers only; they are in `world.options` in this order.
        State: The scenario's state and scratch, by name; `State(world, w)` in kernels.
    """

    name: ClassVar[str]
    statics: ClassVar[tuple[Kind, ...]] = ()
    movables: ClassVar[tuple[Kind, ...]] = ()
    agents: ClassVar[tuple[Kind, ...]] = (AGENT,)
    extra_actions: ClassVar[tuple[str, ...]] = ()
    senses: ClassVar[tuple[Sense, ...]] = ()
    masks: ClassVar[bool] = False
    defaults: ClassVar[Mapping[str, Any]] = {}
    events: ClassVar[tuple[Event, ...]] = (Event("score", "score"),)
    scripted: ClassVar[str | None] = None
    Options: ClassVar[type[BaseModel]] = NoOptions
    State: ClassVar[type[ScenarioState]] = ScenarioState

    reset: ClassVar[Kernel]
    begin: ClassVar[Kernel]
    update: ClassVar[Kernel]
    potential: ClassVar[Kernel]

    def __init__(self, config: WorldConfig) -> None:
        """Keep the settings.

        Raises:
            ConfigError: If the scenario does not work with them.
        """
        self.config = config
        self.options = self.Options.model_validate(dict(config.options))
        self.check()

    # Methods that a subclass may override.

    def check(self) -> None:
        """Raise `ConfigError` for settings that do not work, naming some that do."""

    def words(self) -> str:
        """The task in plain words, for prompts."""
        return ""

    def facts(self) -> Mapping[str, Any]:
        """The numbers in `words`, by name."""
        return {}

    def rankings(self) -> tuple[str, ...]:
        """Names of the rankings that the kernels call, in the order of `world.rules`."""
        return ()

    def votes(self) -> tuple[str, ...]:
        """Names of the votes that the kernels call; in `world.rules` they follow the rankings."""
        return ()

    def num_objects(self) -> int:
        """Number of objects: rigid bodies besides agents."""
        return 0

    def num_object_cells(self) -> int:
        """Number of cells of all objects."""
        return 0

    def margin(self) -> int:
        """How far a part of an object may be outside the map [cells]; at least 1."""
        return 1

    def memory_size(self) -> int:
        """Length of `memory` (int64 per world); more than `State` needs only for a layout of your own."""
        return self.State.arrange(self.config, 0)[0]

    def table_size(self, num_cells: int) -> int:
        """Length of `table` (int32 per world), for a padded map of `num_cells` cells."""
        return self.State.arrange(self.config, num_cells)[1]

    def check_objects(self, objects: tuple[tuple[int, tuple[tuple[int, int], ...]], ...]) -> None:
        """Raise `ConfigError` for a picture with objects (code, cells) that the scenario cannot handle."""

    def object_mass(self, symbol: str, num_cells: int) -> int:
        """Mass of an object in a picture; default floor(sqrt(cells)) (arXiv 2505.04364)."""
        return max(int(num_cells**0.5), 1)

    def score_bounds(self, rounds: int) -> tuple[float, float] | None:
        """Least and greatest score that can occur within a number of rounds; None: do not rely on any.

        Intervals of mean scores then hold for every distribution between these bounds, and are the wider the
        further the bounds are from the scores: declare only bounds that a team can come near.
        """
        return None

    # Derived from the declarations.

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """All kinds; the code of a cell is an index into this tuple."""
        return (FREE, OFF_MAP, WALL_KIND, *self.statics, *self.movables, *self.agents)

    @property
    def first_movable(self) -> int:
        """Code of the first kind that may move."""
        return 3 + len(self.statics)

    @property
    def first_agent(self) -> int:
        """Code of an agent with mark 0."""
        return self.first_movable + len(self.movables)

    @cached_property
    def has_marks(self) -> bool:
        """Whether agents of different marks look different."""
        return len(self.agents) > 1

    @property
    def actions(self) -> tuple[str, ...]:
        """Names of all moves."""
        return ("STAY", "UP", "DOWN", "LEFT", "RIGHT", *self.extra_actions)

    @property
    def symbols(self) -> dict[str, str]:
        """Meaning of each symbol in a picture."""
        return {kind.symbol: kind.name for kind in self.kinds}
