"""The state of worlds as one vector each, for centralised critics (MAPPO, QMIX).

A vector holds what the digest of a world holds but for its seed: two states of one world are equal exactly if
its digests are. All numbers are float32, so what could lose digits is split:

- a whole number without a known range becomes four numbers: its 16-bit parts p, lowest first, each as
  log2(1 + p) / 16 from 0 to 1 (negative numbers in two's complement);
- a real number becomes three: it is the sum of all three, and the first alone is its nearest float32.

All of this is our choice.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from swarm_env.engine.space.angles import UNIT
from swarm_env.engine.state import (
    ALIVE,
    AWAY,
    EPISODE,
    FIRST_CELL,
    MASS,
    NUM_CELLS,
    PRESENT,
    ROUND,
    STATIC,
    WALL,
)
from swarm_env.engine.world import World
from swarm_env.envs.channel.hearing import heard_bounds
from swarm_env.envs.channel.text_delivery import SILENCE, Texts, UnderWay
from swarm_env.errors import UnknownNameError

PARTS, SUMMANDS = 4, 3  # of a whole number, of a real number
GREATEST = float(np.finfo(np.float32).max)
PART = (np.log2(1.0 + np.arange(2**16)) / 16.0).astype(np.float32)  # value of each 16-bit part
Piece = tuple[str, NDArray[Any], float, float]  # name, (B, numbers), least and greatest number


class StateVector:
    """Writes the states of a batch of worlds, and describes them.

    Attributes:
        slices: Where each part of a vector lies, by name.
        space: A Box (D,) of one state.
        size: D.
    """

    def __init__(self, world: World) -> None:
        """Describe the states of a batch. While `fits` is false, make another object."""
        self._world, self._shape = world, _shape_of(world)
        columns = world.scenario.State.columns(world.config)
        self._columns = [(f"task.{name}", words, real) for name, words, real in columns]
        self.slices: dict[str, slice] = {}
        low, high, at = [], [], 0
        for name, numbers, least, greatest in self._pieces(SILENCE):
            count = numbers.shape[1]
            self.slices[name] = slice(at, at + count)
            low.append(np.full(count, least, np.float32))
            high.append(np.full(count, greatest, np.float32))
            at += count
        self.size = at
        self.space = spaces.Box(np.concatenate(low), np.concatenate(high), dtype=np.float32)

    def fits(self) -> bool:
        """Whether the worlds have as much room for objects and given cells as when this was made."""
        return self._shape == _shape_of(self._world)

    def write(self, texts: Texts = SILENCE) -> NDArray[np.float32]:
        """(B, D) states, a fresh array; `texts` are those of the only world."""
        states = np.empty((self._world.num_worlds, self.size), np.float32)
        for name, numbers, _, _ in self._pieces(texts):
            states[:, self.slices[name]] = numbers
        return states

    def _pieces(self, texts: Texts) -> Iterator[Piece]:
        """All parts of the state, in order; parts that these worlds do not have are left out."""
        for name, numbers, low, high in (*self._map(), *self._agents(texts), *self._objects(), *self._task()):
            flat = numbers.reshape(self._world.num_worlds, -1)
            if flat.shape[1]:
                yield name, flat, low, high

    def _map(self) -> Iterator[Piece]:
        """The clock, and a plane for each kind of thing that can be on the map."""
        world, arrays, config = self._world, self._world.arrays, self._world.config
        yield "round", arrays.clock[:, ROUND] / np.float32(config.max_rounds), 0.0, 1.0
        yield "round_exact", parts(arrays.clock[:, ROUND]), 0.0, 1.0
        yield "episode", parts(arrays.clock[:, EPISODE]), 0.0, 1.0
        codes = np.arange(WALL, len(world.scenario.kinds), dtype=np.uint8)
        if world.scenario.floor:
            yield "floor", world.all_floors(), 0.0, np.inf
        yield "cells", world.all_codes()[:, None] == codes[:, None, None], 0.0, 1.0

    def _agents(self, texts: Texts) -> Iterator[Piece]:
        """Who is where, in play or not, and what each agent carries, senses, may do, says and hears."""
        arrays, config, scenario = self._world.arrays, self._world.config, self._world.scenario
        extent = np.array([config.height, config.width], np.float32)
        yield "position", (arrays.position + 1) / (extent + 1), 0.0, 1.0  # -1 and beyond: just off the map
        place, heading = parts(arrays.place), arrays.heading / np.float32(UNIT)
        yield "place", place[..., :2], 0.0, 1.0  # of four parts of 16 bits
        yield "heading", heading, -1.0 - 1 / UNIT, 1.0 + 1 / UNIT
        yield "present", arrays.active == PRESENT, 0.0, 1.0
        if scenario.returns:
            yield "away", arrays.active == AWAY, 0.0, 1.0
        yield "payoff", summands(arrays.payoff), -np.inf, np.inf
        yield "mark", arrays.mark / np.float32(max(len(scenario.agents) - 1, 1)), 0.0, 1.0
        yield "sense", arrays.sense / arrays.sense_most.astype(np.float32), 0.0, 1.0
        if scenario.masks:
            yield "allowed", arrays.allowed, 0.0, 1.0
            yield "masked", parts(arrays.masked), 0.0, 1.0
        low, high = (np.asarray(bound, np.float32) for bound in heard_bounds(config))
        least = float(low.min())
        said = np.float32(config.vocabulary - 1 or 1 if config.message == "tokens" else 1.0)
        vectors = config.message == "vector"
        yield "said", arrays.said / said, -1.0 if vectors else 0.0, 1.0
        yield "heard", arrays.heard / high, -1.0 if least < 0 else 0.0, 1.0
        if vectors and config.observation_version > 1:
            yield "speaks", arrays.speaks, 0.0, 1.0
        yield "may_speak", arrays.may_speak, 0.0, 1.0
        if arrays.sent.shape[1]:
            yield "sent", arrays.sent / said, -1.0 if vectors else 0.0, 1.0
            yield "sent_from", (arrays.sent_from[..., :2] + 1) / (extent + 1), 0.0, 1.0
            yield "sent_due", parts(arrays.sent_from[..., 2]), 0.0, 1.0
            yield "sent_key", parts(arrays.sent_key.view(np.int64)), 0.0, 1.0
        if config.message == "text":
            yield "texts", _digests_of(texts.heard, config.num_agents), 0.0, 1.0
            if config.message_delay[1]:
                yield "texts_under_way", _digests_of(_by_hearer(texts.under_way), config.num_agents), 0.0, 1.0

    def _objects(self) -> Iterator[Piece]:
        """Bodies besides agents, and given cells of a picture."""
        world, arrays, objects = self._world, self._world.arrays, self._world.arrays.objects
        yield "object_alive", objects[..., ALIVE], 0.0, 1.0
        yield "object_static", objects[..., STATIC], 0.0, 1.0
        yield "object_numbers", parts(objects[..., [MASS, FIRST_CELL, NUM_CELLS]]), 0.0, 1.0
        yield "object_cells", _places(self._used_cells(), world), 0.0, 1.0
        yield "places", _places(arrays.places, world), 0.0, 1.0

    def _used_cells(self) -> NDArray[np.int32]:
        """Cells of objects; room that a larger picture left holds none."""
        world, cells = self._world, self._world.arrays.object_cells
        own = max(world.scenario.num_object_cells(), world.scenario.num_objects())
        if cells.shape[1] == own:
            return cells
        first, count = world.arrays.objects[..., FIRST_CELL], world.arrays.objects[..., NUM_CELLS]
        used = np.maximum(np.where(count > 0, first + count, 0).max(axis=1, initial=0), own)
        there = np.arange(cells.shape[1]) < used[:, None]
        return np.where(there[..., None], cells, np.int32(-world.margin))

    def _task(self) -> Iterator[Piece]:
        """The score, and the scenario's own state."""
        arrays, config = self._world.arrays, self._world.config
        unit = 2.0 ** int(config.max_rounds).bit_length()  # a power of two changes no digit
        yield "score", summands(arrays.score / unit), -np.inf, np.inf
        yield "over", arrays.over[:, None], 0.0, 1.0
        if arrays.sizes.shaped:
            yield "potential", summands(arrays.potential), -np.inf, np.inf
        whole = parts(arrays.memory)  # of all words at once, since that is faster
        for name, words, real in self._columns:
            if real:
                yield name, summands(arrays.memory[:, words].view(np.float64)), -np.inf, np.inf
            else:
                yield name, whole[:, words], 0.0, 1.0


class WithState:
    """What environments share that give the states of their worlds, and measures of them."""

    _world: World
    _states: StateVector | None = None

    @property
    def state_slices(self) -> dict[str, slice]:
        """Where each part of a state lies, by name (see docs/observations.md)."""
        return dict(self._state_vector().slices)

    def measure(self, name: str) -> float:
        """A number that says how the world is now, or its mean over the worlds.

        Args:
            name: One of the scenario's `measures`: "order" in `vicsek`.

        Raises:
            UnknownNameError: If the scenario has no such measure.
        """
        measures = self._world.scenario.measures(self._world.arrays)
        if name not in measures:
            raise UnknownNameError("measure", name, measures)
        return float(measures[name].mean())

    def _state_vector(self) -> StateVector:
        if self._states is None or not self._states.fits():
            self._states = StateVector(self._world)
        return self._states


def _shape_of(world: World) -> tuple[Any, ...]:
    arrays = world.arrays
    return world.margin, arrays.objects.shape, arrays.object_cells.shape, arrays.places.shape


def parts(numbers: NDArray[Any]) -> NDArray[np.float32]:
    """Whole numbers (…) as (…, 4) values of their 16-bit parts, lowest first."""
    words = np.ascontiguousarray(numbers, "<i8")[..., None].view("<u2")
    found: NDArray[np.float32] = PART[words]
    return found


def summands(numbers: NDArray[Any]) -> NDArray[np.float32]:
    """Real numbers (…) as (…, 3) float32 that add up to them."""
    found = np.zeros((*numbers.shape, SUMMANDS), np.float32)
    rest = numbers
    if not np.all(np.abs(numbers) <= GREATEST):
        rest = np.clip(np.nan_to_num(numbers), -GREATEST, GREATEST)
    for i in range(SUMMANDS):
        found[..., i] = rest
        rest = rest - found[..., i]
    return found


def _places(cells: NDArray[np.int32], world: World) -> NDArray[np.float32]:
    """Rows and columns, which may lie in the margin around the map, from 0 to 1."""
    config, margin = world.config, world.margin
    extent = np.array([config.height, config.width], np.float32) + (2 * margin - 1)
    scaled: NDArray[np.float32] = ((cells + margin) / extent).astype(np.float32)
    return scaled


def _by_hearer(under_way: Sequence[UnderWay]) -> dict[int, list[UnderWay]]:
    """The texts that are under way to each hearer, by number."""
    found: dict[int, list[UnderWay]] = {}
    for text in under_way:
        found.setdefault(text.hearer, []).append(text)
    return found


def _digests_of(texts: Mapping[int, Sequence[object]], num_agents: int) -> NDArray[np.float32]:
    """(1, N, 4) a 64-bit digest of the texts of each agent, in parts; zeros for none."""
    numbers = np.zeros((1, num_agents), np.int64)
    for a, own in texts.items():
        if own:
            digest = hashlib.blake2b(repr(own).encode("utf-8", "backslashreplace"), digest_size=8).digest()
            numbers[0, a] = int.from_bytes(digest, "little", signed=True)
    return parts(numbers)
