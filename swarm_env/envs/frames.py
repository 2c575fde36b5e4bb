"""Frames of a world for viewers, copied out of its arrays."""

from collections.abc import Mapping

import numpy as np

from swarm_env.engine.state import GONE, PRESENT, ROUND
from swarm_env.engine.world import World
from swarm_env.envs.decision_codec import in_words
from swarm_env.frame import Frame, Setting

MOST_LISTENERS = 1000  # in larger worlds frames do not hold the numbers that each agent heard: our choice


def setting_of(world: World) -> Setting:
    """The setting that all frames of a batch share."""
    config, scenario = world.config, world.scenario
    return Setting(
        scenario=scenario.name,
        kinds=scenario.kinds,
        first_movable=scenario.first_movable,
        first_agent=scenario.first_agent,
        actions=scenario.actions,
        max_rounds=config.max_rounds,
        view_size=config.view_size,
        message=config.message,
        hearing=config.hearing if config.message != "none" else 0,
        senses=tuple(sense.name for sense in scenario.senses),
        events=scenario.events,
    )


def frame_of_world(
    world: World,
    setting: Setting,
    w: int = 0,
    messages: tuple[tuple[str, str], ...] = (),
    texts: Mapping[int, tuple[str, ...]] | None = None,
    caption: str = "",
) -> Frame:
    """A frame of the current state of one world.

    `messages` are (sender, text) of the last round, `texts` what each agent heard, by number; the caption is
    a line that the caller adds.
    """
    arrays = world.arrays
    number, active = int(arrays.clock[w, ROUND]), arrays.active[w]
    present, moves = active == PRESENT, arrays.action[w].astype(np.int8)
    if not number:
        moves.fill(-1)
    elif not present.all():
        moves[active == GONE] = -1
    return Frame(
        setting=setting,
        round=number,
        score=float(arrays.score[w]),
        cells=world.map_codes(w).copy(),
        places=arrays.position[w].copy(),
        present=present,
        marks=arrays.mark[w].copy(),
        moves=moves,
        senses=arrays.sense[w].copy(),
        messages=messages,
        heard=_heard(world, w, texts or {}),
        caption=caption,
    )


def _heard(world: World, w: int, texts: Mapping[int, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """What each agent of one world heard, as text."""
    channel, num_agents = world.config.message, world.config.num_agents
    if channel == "text":
        return {f"agent_{a}": heard for a, heard in sorted(texts.items()) if heard}
    if channel == "none" or num_agents > MOST_LISTENERS:
        return {}
    numbers = world.arrays.heard[w]
    return {f"agent_{a}": (in_words(numbers[a].tolist()),) for a in np.flatnonzero(numbers.any(axis=1))}
