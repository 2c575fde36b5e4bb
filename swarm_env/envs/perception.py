"""Briefs and perceptions of agents: the map around them in symbols, as the published benchmark logs it."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from swarm_env.agent import Brief, Perception
from swarm_env.engine.state import EMPTY, PRESENT, SIGHT
from swarm_env.engine.world import World
from swarm_env.envs.decision_codec import Channel
from swarm_env.frame import Layer

View = tuple[tuple[str, ...], ...]
Floors = tuple[tuple[tuple[float, ...], ...], ...]


def write_map(world: World, w: int = 0) -> tuple[list[list[str]], int]:
    """One world's map as short strings with a margin of "*" wide enough for any view.

    Returns the rows, and the width of the margin [cells]. An agent is its number, with "$" before it if it is
    unmarked; with teams the symbol of its kind stands before its number.
    """
    config, scenario = world.config, world.scenario
    margin = config.view_size // 2 + 1
    symbols, codes = [kind.symbol for kind in scenario.kinds], world.map_codes(w).tolist()
    beyond = ["*"] * margin
    full = ["*"] * (config.width + 2 * margin)
    rows = [beyond + [symbols[code] for code in line] + beyond for line in codes]
    for layer, amounts in zip(scenario.floor[::-1], world.all_floors()[w][::-1], strict=True):
        for row, col in np.argwhere(amounts > 0).tolist():
            if codes[row][col] == EMPTY:
                rows[row][col + margin] = _floor_symbol(layer, float(amounts[row, col]))
    active, marks = world.arrays.active[w].tolist(), world.arrays.mark[w].tolist()
    for a, (row, col) in enumerate(world.arrays.position[w].tolist()):
        if active[a] == PRESENT:
            before = "$" if scenario.has_marks and not marks[a] else ""
            rows[row][col + margin] = f"{symbols[codes[row][col]] if scenario.teams else before}{a}"
    above = [list(full) for _ in range(margin)]
    return above + rows + [list(full) for _ in range(margin)], margin


def _floor_symbol(layer: Layer, amount: float) -> str:
    """The symbol of an amount above 0: that of the layer, with a digit from 1 to 9 if amounts differ."""
    tenths = max(1, min(9, round(9 * amount / layer.most)))
    return layer.symbol if layer.most == 1 else f"{layer.symbol}{tenths}"


def views_of(world: World, agents: Iterable[int], w: int = 0) -> list[View]:
    """The views of some agents of one world, k rows of k short strings each.

    Those of departed agents lie around their place off the map.
    """
    rows, margin = write_map(world, w)
    places, k = world.arrays.position[w].tolist(), world.config.view_size
    views = []
    for a in agents:
        top, left = places[a][0] + margin - k // 2, places[a][1] + margin - k // 2
        view = tuple(tuple(row[left : left + k]) for row in rows[top : top + k])
        views.append(_within_sight(view, world, a))
    return views


def _within_sight(view: View, world: World, a: int) -> View:
    """A view in which what lies beyond the sight of agent `a` looks like outside."""
    half = len(view) // 2
    sight = int(world.arrays.agents[a, SIGHT]) if world.scenario.are_unlike else half
    if sight >= half:
        return view
    near = range(half - sight, half + sight + 1)
    return tuple(
        tuple(symbol if y in near and x in near else "*" for x, symbol in enumerate(row))
        for y, row in enumerate(view)
    )


def floors_of(world: World, agents: Sequence[int], w: int = 0) -> list[Floors]:
    """What some agents of one world see of the floor: for each layer k rows of k amounts."""
    k, layers = world.config.view_size, len(world.scenario.floor)
    if not layers:
        return [()] * len(agents)
    half = k // 2
    padded = np.pad(world.all_floors()[w], ((0, 0), (half + 1, half + 1), (half + 1, half + 1)))
    found = []
    for a in agents:
        row, col = world.arrays.position[w, a] + 1
        sight = int(world.arrays.agents[a, SIGHT]) if world.scenario.are_unlike else half
        seen = np.zeros((layers, k, k))
        near = slice(half - sight, half + sight + 1)
        seen[:, near, near] = padded[:, row : row + k, col : col + k][:, near, near]
        found.append(tuple(tuple(map(tuple, layer)) for layer in seen.tolist()))
    return found


def whole_map(world: World, w: int = 0) -> View:
    """The map of one world in the symbols of views."""
    rows, margin = write_map(world, w)
    return tuple(tuple(row[margin:-margin]) for row in rows[margin:-margin])


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
        message_shape=Channel.of_config(config, scenario.actions).shape,
        message_range=config.hearing if config.message != "none" else 0,
        facts=scenario.facts(),
        message_topology=config.message_topology,
        message_delay=config.message_delay,
        message_noise=config.message_noise,
        senses={sense.name: sense.meaning for sense in scenario.senses},
        teams={f"agent_{a}": scenario.teams[t] for a, t in enumerate(scenario.team_of) if scenario.teams},
        floor={layer.name: layer.most for layer in scenario.floor},
        agent_symbols=tuple(kind.symbol for kind in scenario.agents if scenario.teams),
        private=scenario.private,
    )


def perceive(world: World, texts: Mapping[int, tuple[str, ...]], w: int = 0) -> list[Perception]:
    """The perceptions of all agents in play, in order; `texts` were heard this round, by agent."""
    arrays, config = world.arrays, world.config
    present = np.flatnonzero(arrays.active[w] == PRESENT).tolist()
    views = views_of(world, present, w)
    places, marks, time = arrays.position[w].tolist(), arrays.mark[w].tolist(), int(arrays.clock[w, 0])
    allowed, senses = arrays.allowed[w].astype(bool).tolist(), arrays.sense[w].tolist()
    heard: dict[int, tuple[str, ...] | tuple[int, ...] | tuple[float, ...]] = dict(texts)
    if config.message in ("tokens", "vector"):
        kind = int if config.message == "tokens" else float
        heard = {a: tuple(kind(x) for x in arrays.heard[w, a].tolist()) for a in present}
    score, payoffs = float(arrays.score[w]), arrays.payoff[w].tolist()
    commander = 0 if config.message == "text" and config.message_topology == "commander" else None
    return [
        Perception(
            name=f"agent_{a}",
            round=time,
            position=(places[a][0], places[a][1]),
            mark=marks[a],
            view=view,
            heard=heard.get(a, ()),
            allowed=tuple(allowed[a]),
            senses=tuple(senses[a]),
            score=score,
            map=whole_map(world, w) if a == commander else (),
            floor=floor,
            payoff=payoffs[a] if payoffs else 0.0,
        )
        for a, view, floor in zip(present, views, floors_of(world, present, w), strict=True)
    ]
