"""Briefs and perceptions of agents: the map around them in symbols, as the published benchmark logs it."""

from collections.abc import Iterable, Mapping

import numpy as np

from swarm_env.agent import Brief, Perception
from swarm_env.config import WorldConfig
from swarm_env.engine.state import PRESENT
from swarm_env.engine.world import World
from swarm_env.envs.decision_codec import Channel

View = tuple[tuple[str, ...], ...]


def write_map(world: World, w: int = 0) -> tuple[list[list[str]], int]:
    """One world's map as short strings with a margin of "*" wide enough for any view.

    Returns the rows, and the width of the margin [cells]. An agent is its number, with "$" before it if it is
    unmarked.
    """
    config, scenario = world.config, world.scenario
    margin = config.view_size // 2 + 1
    symbols = [kind.symbol for kind in scenario.kinds]
    beyond = ["*"] * margin
    full = ["*"] * (config.width + 2 * margin)
    rows = [beyond + [symbols[code] for code in line] + beyond for line in world.map_codes(w).tolist()]
    active, marks = world.arrays.active[w].tolist(), world.arrays.mark[w].tolist()
    for a, (row, col) in enumerate(world.arrays.position[w].tolist()):
        if active[a] == PRESENT:
            rows[row][col + margin] = f"${a}" if scenario.has_marks and not marks[a] else str(a)
    above = [list(full) for _ in range(margin)]
    return above + rows + [list(full) for _ in range(margin)], margin


def views_of(world: World, agents: Iterable[int], w: int = 0) -> list[View]:
    """The views of some agents of one world, k rows of k short strings each.

    Those of departed agents lie around their place off the map.
    """
    rows, margin = write_map(world, w)
    places, k = world.arrays.position[w].tolist(), world.config.view_size
    views = []
    for a in agents:
        top, left = places[a][0] + margin - k // 2, places[a][1] + margin - k // 2
        views.append(tuple(tuple(row[left : left + k]) for row in rows[top : top + k]))
    return views


def whole_map(world: World, w: int = 0) -> View:
    """The map of one world in the symbols of views."""
    rows, margin = write_map(world, w)
    return tuple(tuple(row[margin:-margin]) for row in rows[margin:-margin])


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
        message_shape=Channel.of_config(config, scenario.actions).shape,
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
        kind = int if config.message == "tokens" and config.heard_as == "sum" else float
        heard = {a: tuple(kind(x) for x in arrays.heard[w, a].tolist()) for a in present}
    score = float(arrays.score[w])
    may_speak = [True] * config.num_agents
    if arrays.sizes.limits_speech:
        may_speak = (arrays.may_speak[w] & arrays.speakers).astype(bool).tolist()
    commander = 0 if has_commander(config) else None
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
            may_speak=may_speak[a],
        )
        for a, view in zip(present, views, strict=True)
    ]
