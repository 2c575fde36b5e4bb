"""Briefs and perceptions of agents: the map around them in symbols, as the published benchmark logs it.

`Codes` are perceptions as arrays, for agents that can use them.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.agent import Brief, Perception, View
from swarm_env.config import WorldConfig
from swarm_env.engine.map.sight import write_numbers
from swarm_env.engine.state import EMPTY, PRESENT, ROUND, SIGHT
from swarm_env.engine.world import World
from swarm_env.envs.decision_codec import Channel
from swarm_env.frame import Layer

Floors = tuple[tuple[tuple[float, ...], ...], ...]


class SymbolMap:
    """One world's map now, in the symbols of views, which are written when the first view is asked for."""

    def __init__(self, world: World, w: int = 0) -> None:
        """Copy the codes of the map and where its agents stand."""
        arrays = world.arrays
        self._scenario, self._view_size = world.scenario, world.config.view_size
        self._margin = self._view_size // 2 + 1
        self._codes, self._places = world.map_codes(w).copy(), arrays.position[w].tolist()
        self._active, self._marks = arrays.active[w].tolist(), arrays.mark[w].tolist()
        self._floors = world.all_floors()[w].copy()
        self._sights = arrays.agents[:, SIGHT].tolist() if world.scenario.are_unlike else ()

    @cached_property
    def _rows(self) -> list[list[str]]:
        """Rows of short strings with a margin of "*" wide enough for any view.

        An agent is its number, with "$" before it if it is unmarked; with teams, with the symbol of its kind
        before it. A free cell shows the first layer of the floor that lies there.
        """
        scenario, margin = self._scenario, self._margin
        symbols = [kind.symbol for kind in scenario.kinds]
        beyond = ["*"] * margin
        rows = [beyond + [symbols[code] for code in line] + beyond for line in self._codes.tolist()]
        for layer, amounts in zip(scenario.floor[::-1], self._floors[::-1], strict=True):
            for row, col in np.argwhere((amounts > 0) & (self._codes == EMPTY)).tolist():
                rows[row][col + margin] = _floor_symbol(layer, float(amounts[row, col]))
        for a, (row, col) in enumerate(self._places):
            if self._active[a] == PRESENT:
                before = "$" if scenario.has_marks and not self._marks[a] else ""
                before = symbols[self._codes[row, col]] if scenario.agent_symbols else before
                rows[row][col + margin] = f"{before}{a}"
        full = ["*"] * (self._codes.shape[1] + 2 * margin)
        return [full] * margin + rows + [full] * margin

    def view(self, a: int) -> View:
        """The view of an agent, k rows of k short strings; of a departed one, around its last place."""
        k, (row, col) = self._view_size, self._places[a]
        top, left = row + self._margin - k // 2, col + self._margin - k // 2
        seen = tuple([tuple(line[left : left + k]) for line in self._rows[top : top + k]])
        return self._within_sight(seen, a) if self._sights else seen

    def _within_sight(self, view: View, a: int) -> View:
        """A view in which what lies beyond the sight of agent `a` looks like outside."""
        near = self._near(a)
        return tuple(
            tuple(symbol if y in near and x in near else "*" for x, symbol in enumerate(row))
            for y, row in enumerate(view)
        )

    def _near(self, a: int) -> range:
        """The rows and columns of the view of agent `a` that it sees."""
        half = self._view_size // 2
        sight = self._sights[a] if self._sights else half
        return range(half - sight, half + sight + 1)

    def floor(self, a: int) -> Floors:
        """What an agent sees of the floor: for each layer k rows of k amounts; zeros beyond its sight."""
        if not len(self._floors):
            return ()
        k, (row, col), margin, near = self._view_size, self._places[a], self._margin, self._near(a)
        padded = np.pad(self._floors, ((0, 0), (margin, margin), (margin, margin)))
        top, left = row + margin - k // 2, col + margin - k // 2
        seen = np.zeros((len(padded), k, k))
        inner = np.s_[:, near.start : near.stop, near.start : near.stop]
        seen[inner] = padded[:, top : top + k, left : left + k][inner]
        return tuple(tuple(map(tuple, layer)) for layer in seen.tolist())

    def whole(self) -> View:
        """The whole map."""
        margin = self._margin
        return tuple(tuple(row[margin:-margin]) for row in self._rows[margin:-margin])


def _floor_symbol(layer: Layer, amount: float) -> str:
    """The symbol of an amount above 0: that of the layer, with a digit from 1 to 9 if amounts differ."""
    tenths = max(1, min(9, round(9 * amount / layer.most)))
    return layer.symbol if layer.most == 1 else f"{layer.symbol}{tenths}"


def views_of(world: World, agents: Iterable[int], w: int = 0) -> list[View]:
    """The views of some agents of one world, k rows of k short strings each."""
    drawn = SymbolMap(world, w)
    return [drawn.view(a) for a in agents]


def has_commander(config: WorldConfig) -> bool:
    """Whether agent_0 sees the whole map."""
    return config.message != "none" and config.message_topology == "commander"


def brief_of(world: World) -> Brief:
    """The task, as every agent receives it before the first round."""
    config, scenario = world.config, world.scenario
    return Brief(
        scenario=config.scenario,
        words=scenario.words(),
        actions=scenario.actions,
        symbols=scenario.symbols,
        view_size=config.view_size,
        max_rounds=config.max_rounds,
        message=config.message,
        message_shape=Channel.of_scenario(scenario).shape,
        message_range=config.hearing if config.message != "none" else 0,
        facts=scenario.facts(),
        message_topology=config.topology_name,
        message_delay=config.message_delay,
        message_noise=config.message_noise,
        message_cost=config.message_cost if config.message != "none" else 0.0,
        sender=config.sender,
        heard=config.heard_as if config.message in ("tokens", "vector") else "",
        heard_slots=config.heard_slots if config.heard == "slots" else 0,
        phrases=config.phrases or (),
        observation_version=config.observation_version,
        senses={sense.name: sense.meaning for sense in scenario.senses},
        teams={f"agent_{a}": scenario.teams[t] for a, t in enumerate(scenario.team_of) if scenario.teams},
        floor={layer.name: layer.most for layer in scenario.floor},
        agent_symbols=scenario.agent_symbols,
        private=scenario.private,
        has_prompts=scenario.has_prompts,
        drives=scenario.drives if config.action == "box" else (),
        field=(config.field, config.field_rings, config.field_sectors)
        if scenario.is_continuous
        else ("", 0, 0),
    )


def perceive(world: World, texts: Mapping[int, tuple[str, ...]], w: int = 0) -> list[Perception]:
    """The perceptions of all agents in play, in order; `texts` were heard this round, by agent."""
    arrays, config = world.arrays, world.config
    present = np.flatnonzero(arrays.active[w] == PRESENT).tolist()
    drawn = SymbolMap(world, w)
    places, marks, time = arrays.position[w].tolist(), arrays.mark[w].tolist(), int(arrays.clock[w, 0])
    allowed, senses = arrays.allowed[w].astype(bool).tolist(), arrays.sense[w].tolist()
    heard: dict[int, tuple[str, ...] | tuple[int, ...] | tuple[float, ...]] = dict(texts)
    if config.message in ("tokens", "vector"):
        kind = int if config.message == "tokens" and config.heard_as == "sum" else float
        heard = {a: tuple(kind(x) for x in arrays.heard[w, a].tolist()) for a in present}
    looks: list[Any] = [partial(drawn.view, a) for a in present]  # views are made when they are first read
    score, payoffs = float(arrays.score[w]), arrays.payoff[w].tolist()
    may_speak = [True] * config.num_agents
    fields = arrays.field[w].tolist()
    if arrays.sizes.limits_speech:
        may_speak = (arrays.may_speak[w] & arrays.speakers).astype(bool).tolist()
    commander = 0 if has_commander(config) else None
    return [
        Perception(
            name=f"agent_{a}",
            round=time,
            position=(places[a][0], places[a][1]),
            mark=marks[a],
            view=look,
            heard=heard.get(a, ()),
            allowed=tuple(allowed[a]),
            senses=tuple(senses[a]),
            score=score,
            map=drawn.whole() if a == commander else (),
            may_speak=may_speak[a],
            floor=drawn.floor(a),
            payoff=payoffs[a] if payoffs else 0.0,
            field=tuple(fields[a]) if fields else (),
        )
        for a, look in zip(present, looks, strict=True)
    ]


class Codes:
    """What some agents of one world perceive in this round, as arrays of a row per agent.

    Attributes:
        agents: (n,) their numbers: 3 for "agent_3".
    """

    def __init__(self, world: World, agents: NDArray[np.intp], w: int = 0) -> None:
        """Take the numbers of agents in play; rows are copied when they are asked for."""
        self.agents, self._world, self._w = agents, world, w

    def _rows(self, name: str) -> NDArray[Any]:
        rows: NDArray[Any] = getattr(self._world.arrays, name)[self._w].take(self.agents, axis=0)
        return rows

    @property
    def round(self) -> int:
        """Rounds played so far, from 0."""
        return int(self._world.arrays.clock[self._w, ROUND])

    @property
    def score(self) -> float:
        """The team's score so far."""
        return float(self._world.arrays.score[self._w])

    @property
    def views(self) -> NDArray[np.uint8]:
        """(n, k, k) codes of the cells around each agent, as those of `obs="codes"`."""
        n, k = self._world.config.num_agents, self._world.config.view_size
        views: NDArray[np.uint8] = self._world.arrays.views[self._w].reshape(n, k, k)[self.agents]
        return views

    @property
    def numbers(self) -> NDArray[np.int32]:
        """(n, k, k) the numbers of the agents on the cells of `views`, -1 where there is none."""
        config, arrays, w = self._world.config, self._world.arrays, self._w
        k = config.view_size
        who = np.full((config.height + k - 1, config.width + k - 1), -1, np.int32)
        seen = np.empty((len(self.agents), k, k), np.int32)
        write_numbers(arrays.position[w], arrays.active[w], self.agents, who, seen)
        return seen

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbol of each code of `views`; codes from `first_agent` on are agents."""
        return tuple(kind.symbol for kind in self._world.scenario.kinds)

    @property
    def first_agent(self) -> int:
        """Code of an agent with mark 0."""
        return self._world.scenario.first_agent

    @property
    def has_marks(self) -> bool:
        """Whether the code of an agent tells its mark: `first_agent` + mark."""
        return self._world.scenario.has_marks

    @property
    def floor(self) -> NDArray[np.float32]:
        """(n, layers, k, k) how much lies on the floor of the cells around each agent."""
        n, k = self._world.config.num_agents, self._world.config.view_size
        floor: NDArray[np.float32] = self._world.arrays.floor_views[self._w].reshape(n, -1, k, k)[self.agents]
        return floor

    @property
    def positions(self) -> NDArray[np.int32]:
        """(n, 2) own row and column [cells]."""
        return self._rows("position")

    @property
    def marks(self) -> NDArray[np.uint8]:
        """(n,) own mark."""
        return self._rows("mark")

    @property
    def allowed(self) -> NDArray[np.uint8]:
        """(n, moves) 1 where a move is allowed."""
        return self._rows("allowed")

    @property
    def senses(self) -> NDArray[np.uint8]:
        """(n, senses) numbers that only this agent perceives."""
        return self._rows("sense")

    @property
    def field(self) -> NDArray[np.float32]:
        """(n, numbers) what each perceives of those near, in continuous space; (n, 0) on a grid."""
        fields: NDArray[np.float32] = self._world.arrays.field[self._w]
        return fields[self.agents] if len(fields) else np.zeros((len(self.agents), 0), np.float32)

    @property
    def heard(self) -> NDArray[np.float32]:
        """(n, heard numbers) counts of tokens, or the mean vector."""
        return self._rows("heard")
