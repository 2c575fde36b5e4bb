"""The base class of scenarios: a scenario is one class with four compiled functions.

Everything else (APIs, messages, pushing, runs, renderers) reads what the class declares. How to write one:
`docs/adding-a-scenario.md`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from swarm_env.badge import Badge
from swarm_env.config import WorldConfig
from swarm_env.config.sides import check_space, team_sizes
from swarm_env.engine.messages.window_sums import MOST_SENSED
from swarm_env.engine.scenario_state import ScenarioState
from swarm_env.engine.state import WorldArrays
from swarm_env.frame import Event, Kind, Layer

__all__ = ["Badge", "Event", "Kernel", "Kind", "Layer", "NoOptions", "Scenario", "Sense", "Traits"]

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


@dataclass(frozen=True, slots=True)
class Traits:
    """What is fixed of one agent, in all episodes.

    Attributes:
        sight: How many cells it sees in each direction; None: as far as its view reaches. What lies beyond
            its sight but within its view looks like outside the map.
        pace: Share of the rounds in which it may step [%], 1 to 100. Kernels forbid the others (`may_step` in
            `scenarios/common.py`), in scenarios with `masks`.
    """

    sight: int | None = None
    pace: int = 100


FREE = Kind(".", "free cell", (245, 243, 238))
OFF_MAP = Kind("*", "outside the map", (40, 40, 46))
WALL_KIND = Kind("W", "wall", (88, 88, 96))
AGENT = Kind("A", "agent", (0, 114, 178))
TURNING = ("AHEAD", "LEFT", "RIGHT", "HARD_LEFT", "HARD_RIGHT")  # actions in continuous space
UNMARKED = Kind("a", "unmarked agent", (86, 180, 233))


class NoOptions(BaseModel):
    """Options of a scenario without options; base of all `Options`.

    `aliases` are earlier names of options that files and flags may still have, and their current names;
    `unwritten` options that settings leave out if they have their default: kernels cannot read them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    aliases: ClassVar[Mapping[str, str]] = {}
    unwritten: ClassVar[tuple[str, ...]] = ()


class Scenario:
    """Base of all scenarios.

    A subclass sets the class attributes it needs and the four kernels. Each is a `kernel(RANGE)` with
    arguments (world, first, last) and handles every world in range(first, last):

    - `reset`: put walls, objects and agents on the empty map of a new episode, with the helpers in
      `swarm_env.engine`;
    - `begin`: fill the `State` from the map, which was drawn or comes from a picture;
    - `update`: after the pushes of a round, change world and `score`; set `over` when the task is done;
    - `potential`: write how good each agent's state is into `potential`; the shaped reward is the gain in
      score plus the change of potential (A. Ng, D. Harada, S. Russell, "Policy invariance under reward
      transformations", ICML 1999, with discount 1).

    Attributes:
        name: Name in the registry.
        statics: Kinds that never move, besides walls.
        movables: Kinds that can be pushed.
        agents: Kinds of agents by mark: one for no marks, or (unmarked, marked). With teams: the kinds of the
            first team by mark, then as many of the second, and so on.
        teams: Names of the teams. The agents are dealt out in blocks, in order: as equal as possible, or as
            the setting `sides` says.
        private: Whether the kernels write what each agent has got into `payoff`; its reward is then the
            change, else that of `score`. `check` may set it by an option: ask `world.sizes.private` then.
        returns: Whether agents leave the map and come back (`take_away`).
        indexed: Whether `world.who` has the agent on each cell that holds one; else only with many agents.
        space: "grid": a cell holds one agent or object. "torus" or "open": agents have places and headings
            (`world.place`, `world.heading`), share cells and are not pushed; the kernels move them.
        drives: With action="box" (continuous space): names of the numbers that an agent chooses.
        has_prompts: Whether language models can play it: a prompt shows cells and what stands in them.
        floor: Layers of things that lie on the floor (apples, marks, scent), in `world.floor`.
        extra_actions: Names of moves after RIGHT (in continuous space: after HARD_RIGHT).
        senses: Numbers that only the agent itself perceives; the kernels write them into `sense`.
        masks, limits_speech: Whether `update` and `begin` write `allowed`, `may_speak`.
        defaults: Settings of the world, by name, that it has if they are not given.
        events: Events that viewers mark on the timeline.
        badges: Signs that viewers draw over agents and things, for what decides and is not on the map.
        scripted: The expert as `--agents` takes it (path/file.py:Name); built-in ones go by name.
        Options: The scenario's settings, numbers only; they are in `world.options` in this order.
        State: The scenario's state and scratch, by name; `State(world, w)` in kernels.
    """

    name: ClassVar[str]
    statics: ClassVar[tuple[Kind, ...]] = ()
    movables: ClassVar[tuple[Kind, ...]] = ()
    agents: ClassVar[tuple[Kind, ...]] = (AGENT,)
    teams: ClassVar[tuple[str, ...]] = ()
    private: bool = False
    returns: ClassVar[bool] = False
    indexed: ClassVar[bool] = False
    space: ClassVar[str] = "grid"
    drives: ClassVar[tuple[str, ...]] = ("turn",)
    has_prompts: ClassVar[bool] = True
    floor: ClassVar[tuple[Layer, ...]] = ()
    extra_actions: ClassVar[tuple[str, ...]] = ()
    senses: tuple[Sense, ...] = ()
    masks: ClassVar[bool] = False
    limits_speech: ClassVar[bool] = False
    defaults: ClassVar[Mapping[str, Any]] = {}
    events: ClassVar[tuple[Event, ...]] = (Event("score", "score"),)
    badges: ClassVar[tuple[Badge, ...]] = ()
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
        if config.sense_presence:
            self.senses += (Sense("in_range", "others in range", min(config.num_agents, MOST_SENSED)),)
        self.team_sizes = team_sizes(self.teams, config)
        check_space(config, self.space)
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

    def traits(self, a: int) -> Traits:
        """What is fixed of agent `a`; by default all are alike."""
        return Traits()

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

    def measures(self, world: WorldArrays) -> Mapping[str, NDArray[np.float64]]:
        """(B,) numbers that say how a world is now, by name, for `env.measure`."""
        return {}

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

    def roles(self, state: Any) -> tuple[str, ...]:
        """The hidden role of each agent, as "liar", by the `State` of a world; () if there are none."""
        return ()

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

    @property
    def looks(self) -> int:
        """Kinds of agents of one team."""
        return len(self.agents) // max(len(self.teams), 1)

    @cached_property
    def are_unlike(self) -> bool:
        """Whether agents differ in what is fixed of them."""
        return bool(self.teams) or type(self).traits is not Scenario.traits

    @cached_property
    def team_of(self) -> tuple[int, ...]:
        """The number of the team of each agent; all 0 without teams."""
        return tuple(t for t, size in enumerate(self.team_sizes) for _ in range(size))

    def agent_table(self) -> NDArray[np.int32]:
        """(N, 3) TEAM, SIGHT and PACE of each agent; (0, 3) if all are alike."""
        if not self.are_unlike:
            return np.zeros((0, 3), np.int32)
        farthest = self.config.view_size // 2
        each = [(team, self.traits(a)) for a, team in enumerate(self.team_of)]
        rows = [
            (team, farthest if one.sight is None else min(one.sight, farthest), one.pace)
            for team, one in each
        ]
        return np.array(rows, np.int32)

    @cached_property
    def agent_symbols(self) -> tuple[str, ...]:
        """Symbols of agents, where texts show them before numbers: with teams, or three and more marks."""
        return tuple(kind.symbol for kind in self.agents if self.teams or len(self.agents) > 2)

    @cached_property
    def has_marks(self) -> bool:
        """Whether agents of different marks look different."""
        return len(self.agents) > 1

    @property
    def actions(self) -> tuple[str, ...]:
        """Names of all moves."""
        moves = TURNING if self.is_continuous else ("STAY", "UP", "DOWN", "LEFT", "RIGHT")
        return (*moves, *self.extra_actions)

    @property
    def is_continuous(self) -> bool:
        """Whether agents have places between cells."""
        return self.space != "grid"

    @property
    def symbols(self) -> dict[str, str]:
        """Meaning of each symbol in a picture."""
        things: tuple[Kind | Layer, ...] = (*self.kinds, *self.floor)
        return {thing.symbol: thing.name for thing in things}
