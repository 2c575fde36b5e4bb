"""Frames of worlds for viewers, copied out of their arrays, and what `render` makes of them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.config import integer
from swarm_env.engine.compiler import ready
from swarm_env.engine.messages.hearers import rank_hearers
from swarm_env.engine.space.angles import UNIT
from swarm_env.engine.space.moving import SIDE
from swarm_env.engine.state import GONE, PRESENT, ROUND, TEAM
from swarm_env.engine.world import World
from swarm_env.envs.decision_codec import in_words
from swarm_env.errors import ConfigError
from swarm_env.frame import Frame, Renderer, Setting
from swarm_env.registry import load

RENDERERS = {"human": "screen", "rgb_array": "picture"}
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
        topology=config.topology_name,
        badges=scenario.badges,
        task=scenario.words(),
        space=scenario.space,
        floor=scenario.floor,
        teams=scenario.teams,
        team_of=scenario.team_of if scenario.teams else (),
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
        marks=_kinds_of(world, w),
        moves=moves,
        senses=arrays.sense[w].copy(),
        messages=messages,
        heard=_heard(world, w, texts or {}),
        hears=_hears(world, w, messages),
        caption=caption,
        floor=world.all_floors()[w].copy() if setting.floor else (),
        payoffs=tuple(arrays.payoff[w].tolist()),
        points=arrays.place[w] * (np.array(arrays.sizes[:2]) / SIDE) if setting.space != "grid" else (),
        headings=(arrays.heading[w] / UNIT).astype(np.float32) if setting.space != "grid" else (),
        badges=_badges(world, w, moves) if setting.badges and len(moves) <= MOST_LISTENERS else (),
    )


def _badges(world: World, w: int, moves: NDArray[np.int8]) -> tuple[tuple[int, ...], ...]:
    """The numbers of each badge of the scenario."""
    scenario = world.scenario
    state, senses = scenario.State(world.arrays, w), [sense.name for sense in scenario.senses]
    found = []
    for badge in scenario.badges:
        values: NDArray[Any] = moves
        if badge.field in senses:
            values = world.arrays.sense[w, :, senses.index(badge.field)]
        elif badge.field != "move":
            values = getattr(state, badge.field)
        found.append(tuple(values.tolist()))
    return tuple(found)


def _kinds_of(world: World, w: int) -> NDArray[np.uint8]:
    """The kind of each agent of one world, among those of agents: its mark, counted on from team to team."""
    marks: NDArray[np.uint8] = world.arrays.mark[w].copy()
    if world.scenario.teams:
        marks += world.arrays.agents[:, TEAM].astype(np.uint8) * np.uint8(world.scenario.looks)
    return marks


def _heard(world: World, w: int, texts: Mapping[int, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """What each agent of one world heard, as text."""
    channel, num_agents = world.config.message, world.config.num_agents
    if channel == "text":
        return {f"agent_{a}": heard for a, heard in sorted(texts.items()) if heard}
    if channel == "none" or num_agents > MOST_LISTENERS:
        return {}
    numbers = world.arrays.heard[w]
    return {f"agent_{a}": (in_words(numbers[a].tolist()),) for a in np.flatnonzero(numbers.any(axis=1))}


def _hears(world: World, w: int, messages: Sequence[tuple[str, str]]) -> tuple[tuple[int, int], ...]:
    """(speaker, hearer) of the messages of the last round of one world."""
    arrays, num_agents = world.arrays, world.config.num_agents
    if not messages or num_agents > MOST_LISTENERS:
        return ()
    names = {f"agent_{a}": a for a in range(num_agents)}
    speakers = [names[name] for name, said in messages if said.strip() and name in names]
    rank, found = np.zeros(num_agents, np.uint64), []
    for speaker in speakers:
        silenced = arrays.sizes.limits_speech and not arrays.speaks[w, speaker]
        if arrays.active[w, speaker] == PRESENT and not silenced:
            ready(rank_hearers)(world.handle, w, speaker, rank)
            found += [(speaker, hearer) for hearer in np.flatnonzero(rank).tolist()]
    return tuple(found)


def picture_of(frame: Frame) -> Any:
    """A frame as a picture that notebooks display; its `array` is (H, W, 3) uint8 RGB."""
    made = load("renderer", "picture")()
    made.show(frame)
    return made


def picture_of_world(world: World, setting: Setting, number: int) -> Any:
    """`picture_of` one of the worlds of a batch. Raises `ConfigError` if there is no such world."""
    count = len(world.arrays.score)
    w = integer(number)
    if w is None or not 0 <= w < count:
        raise ConfigError(f"world={number!r}: must be a whole number from 0 to {count - 1}.")
    return picture_of(frame_of_world(world, setting, w))


class WithPicture:
    """The method `show` of environments of several worlds."""

    _world: World
    _setting: Setting

    def show(self, world: int = 0) -> Any:
        """One of the worlds now, see `ParallelSwarmEnv.show`. Raises `ConfigError` for an unknown world."""
        return picture_of_world(self._world, self._setting, world)


class Display:
    """What `render` of an environment shows, in its render mode. Copies start closed."""

    def __init__(self, mode: str | None, modes: Sequence[str]) -> None:
        """Set the render mode; `modes` are those that the environment has."""
        self._mode, self._modes = mode, tuple(modes)
        self._renderers: list[Renderer] = []

    def show(self, frames: Sequence[Frame]) -> Any:
        """Show a frame of each of some worlds.

        Returns:
            Text ("ansi"), a (H, W, 3) uint8 image with the worlds in rows ("rgb_array"), None ("human").

        Raises:
            ConfigError: If there is no render mode.
        """
        if self._mode is None:
            raise ConfigError(
                f"render_mode is None: make the environment with render_mode= one of {self._modes}."
            )
        if self._mode == "ansi":
            return "\n\n".join("\n".join((frame.headline, *frame.grid)) for frame in frames)
        while len(self._renderers) < len(frames):  # each sees the moves of one world
            self._renderers.append(load("renderer", RENDERERS[self._mode])())
        for renderer, frame in zip(self._renderers, frames, strict=True):
            renderer.show(frame)
        images = [getattr(renderer, "array", None) for renderer in self._renderers]
        return None if images[0] is None else tiled(images)  # windows have no array

    def close(self) -> None:
        """Close the window, if there is one."""
        for renderer in self._renderers:
            renderer.close()

    def __reduce__(self) -> Any:
        return Display, (self._mode, self._modes)


def tiled(images: Sequence[Any]) -> NDArray[np.uint8]:
    """Images (H, W, 3) of one size in rows, with as many columns as rows or one more; the rest is black."""
    if len(images) == 1:
        return images[0]  # type: ignore[no-any-return]
    columns = math.ceil(math.sqrt(len(images)))
    rows = -(-len(images) // columns)
    height, width, _ = images[0].shape
    sheet = np.zeros((rows * height, columns * width, 3), np.uint8)
    for number, image in enumerate(images):
        top, left = number // columns * height, number % columns * width
        sheet[top : top + height, left : left + width] = image
    return sheet
