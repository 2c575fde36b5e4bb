"""Kinds of observations: what `obs=` names. Each is one class, so that adding one is adding a class here.

An observation object reads the arrays of one batch. Slot w * num_agents + a is agent a of world w.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from swarm_env.config import WorldConfig
from swarm_env.engine.observe import MOST
from swarm_env.engine.space.field import field_bounds
from swarm_env.engine.state import GONE, PRESENT
from swarm_env.engine.world import World
from swarm_env.envs.channel.hearing import heard_bounds
from swarm_env.envs.channel.message_kinds import Flags, MessageKind
from swarm_env.envs.make import check_choice, make_scenario
from swarm_env.errors import ConfigError

Rows: TypeAlias = Callable[[NDArray[Any]], Any]  # copies the rows of some agents out of an array of all slots
_GONE = bytes([GONE])


class Observation:
    """Base of all kinds of observations: reads one array per slot, and adds no infos.

    Attributes:
        features: Whether it reads `WorldArrays.features` or `feature_bytes` (else `views`).
        arrays: The arrays that it reads. When the world allocates others, make another object.
    """

    features: ClassVar[bool] = False

    def __init__(self, world: World, messages: MessageKind) -> None:
        """Look up the arrays, as (slots, …); `messages` says what the mask of an action is."""
        config, scenario, arrays = world.config, world.scenario, world.arrays
        slots, k = world.num_worlds * config.num_agents, config.view_size
        self.world, self.arrays, self.slots = world, arrays, slots
        self.shape = (slots, -1) if self.features else (slots, k, k)
        self._name = "views" if not self.features else "feature_bytes" if world.as_bytes else "features"
        self.seen: NDArray[Any] = getattr(arrays, self._name).reshape(self.shape)
        self.position, self.mark = arrays.position.reshape(slots, 2), arrays.mark.reshape(slots)
        self.mark_column = arrays.mark.reshape(slots, 1)
        self.allowed = arrays.allowed.reshape(slots, -1).view(np.int8)
        self.final_allowed = arrays.final_allowed.reshape(-1, len(scenario.actions)).view(np.int8)
        self.messages = messages
        # Parts that only some worlds have.
        self.numbers: dict[str, NDArray[Any]] = {}
        if scenario.senses:
            self.numbers["sense"] = arrays.sense.reshape(slots, -1)
        if scenario.floor and not self.features:
            self.numbers["floor"] = arrays.floor_views.reshape(slots, -1, k, k)
        if arrays.field.shape[2]:
            self.numbers["field"] = arrays.field.reshape(slots, -1)
        if world.parts[2]:
            self.numbers["heard"] = arrays.heard.reshape(slots, -1)

    def space(self) -> spaces.Space[Any]:
        """Space of one agent's observations."""
        raise NotImplementedError

    # Many worlds at once.

    def batch(self, copy: bool) -> Any:
        """(slots, …) observations; views of the world's arrays unless `copy`."""
        return self.seen.copy() if copy else self.seen

    def batch_infos(self) -> dict[str, NDArray[Any]]:
        """(slots, …) entries of `infos` besides "active" and "action_mask", as views."""
        return {}

    def final(self, copy: bool) -> Any:
        """(slots, …) last observations of the worlds that ended in this round."""
        last: NDArray[Any] = getattr(self.arrays, f"final_{self._name}").reshape(self.shape)
        return last.copy() if copy else last

    # One world, by agent.

    def by_agent(
        self, names: Sequence[str], living: NDArray[np.intp], masks: Sequence[NDArray[np.int8]], rows: Rows
    ) -> dict[str, Any]:
        """Fresh observations of agents by name, with the legal moves of each.

        `rows` copies the rows of these agents out of an array.
        """
        return dict(zip(names, rows(self.seen), strict=False))

    def infos(self, names: Sequence[str], masks: Sequence[Any], rows: Rows) -> dict[str, dict[str, Any]]:
        """Fresh infos of agents by name, with the "action_mask" of each."""
        return {name: {"action_mask": mask} for name, mask in zip(names, masks, strict=False)}

    def mask_of(self, allowed: NDArray[np.int8], may_speak: Flags = None) -> NDArray[np.int8]:
        """Fresh masks of actions, from (…, moves) legal moves and (…,) who may speak."""
        mask = self.messages.mask(allowed, may_speak)
        return mask.copy() if mask is allowed else mask

    def may_speak(self, last: bool = False) -> Flags:
        """(slots,) whether each agent may speak now (or might at the end), fresh; None: all may."""
        arrays = self.arrays
        flags = arrays.final_may_speak if last else arrays.may_speak
        return (flags & arrays.speakers).reshape(-1) if arrays.speakers.size else None

    def _masks(self, masks: Sequence[NDArray[np.int8]], rows: Rows) -> Sequence[NDArray[np.int8]]:
        """Masks of actions of some agents of one world, from those of their moves."""
        flags = self.may_speak()
        if flags is None:
            return self.messages.masks_to_observe(masks)
        return list(self.messages.mask(np.array(masks), rows(flags)))

    def _mask_space(self) -> spaces.Space[Any]:
        size = self.messages.mask(np.ones(len(self.world.scenario.actions), np.int8)).shape
        return spaces.Box(0, 1, size, np.int8)

    def _view_space(self) -> spaces.Space[Any]:
        k = self.world.config.view_size
        return spaces.Box(0, len(self.world.scenario.kinds) - 1, (k, k), np.uint8)

    def _add_numbers(self, parts: dict[str, dict[str, Any]], rows: Rows) -> dict[str, dict[str, Any]]:
        """Add what each agent senses and hears, in worlds that have such numbers."""
        for key, numbers in self.numbers.items():
            for part, row in zip(parts.values(), rows(numbers), strict=False):
                part[key] = row
        return parts


class Planes(Observation):
    """One plane per kind of thing, then own row, column and mark, senses and numbers heard, in one vector."""

    features = True

    def space(self) -> spaces.Space[Any]:
        """A Box."""
        world, config = self.world, self.world.config
        planes, own, _ = world.parts
        dtype: Any = np.uint8 if world.as_bytes else np.float32
        low, high = np.zeros(world.num_features, dtype), np.ones(world.num_features, dtype)
        hears = planes * config.view_size**2 + own
        if world.as_bytes:
            marks, senses = max(len(world.scenario.agents) - 1, 1), world.scenario.senses
            lies = high[(planes - len(world.scenario.floor)) * config.view_size**2 : hears - own]
            most = [min(layer.most, MOST) for layer in world.scenario.floor]
            lies[:] = np.repeat(most, config.view_size**2)
            high[hears - own : hears] = [
                config.height - 1, config.width - 1, marks, *[sense.most for sense in senses]
            ]  # fmt: skip
            high[hears:] = np.minimum(heard_bounds(config)[1], MOST)
        else:
            low[hears:], high[hears:] = heard_bounds(config)
            high[hears - own + 2] = max(world.scenario.looks - 1, 1)  # the mark
            fields = self.arrays.field.shape[2]
            low[hears - fields : hears], high[hears - fields : hears] = field_bounds(fields)
        return spaces.Box(low, high, dtype=dtype)


class Masked(Planes):
    """PettingZoo's form for legal actions: a dict of the planes as "observation" and "action_mask"."""

    def space(self) -> spaces.Space[Any]:
        """A Dict."""
        return spaces.Dict({"observation": super().space(), "action_mask": self._mask_space()})

    def batch(self, copy: bool) -> Any:
        """The planes as they are, and fresh masks."""
        return {
            "observation": super().batch(copy),
            "action_mask": self.mask_of(self.allowed, self.may_speak()),
        }

    def final(self, copy: bool) -> Any:
        """The planes as they are, and fresh masks."""
        return {
            "observation": super().final(copy),
            "action_mask": self.mask_of(self.final_allowed, self.may_speak(last=True)),
        }

    def by_agent(
        self, names: Sequence[str], living: NDArray[np.intp], masks: Sequence[NDArray[np.int8]], rows: Rows
    ) -> dict[str, Any]:
        """A dict per agent."""
        columns = zip(names, rows(self.seen), self._masks(masks, rows), strict=False)
        return {name: {"observation": seen, "action_mask": mask} for name, seen, mask in columns}


class Codes(Observation):
    """The view as codes of kinds; position, mark, senses and numbers heard are in the infos."""

    def space(self) -> spaces.Space[Any]:
        """A Box (k, k)."""
        return self._view_space()

    def batch_infos(self) -> dict[str, NDArray[Any]]:
        """Position (slots, 2), mark (slots,) and the numbers sensed and heard."""
        return {"position": self.position, "mark": self.mark, **self.numbers}

    def infos(self, names: Sequence[str], masks: Sequence[Any], rows: Rows) -> dict[str, dict[str, Any]]:
        """Position, mark and the numbers sensed and heard."""
        columns = zip(names, masks, rows(self.position), rows(self.mark).tolist(), strict=False)
        infos: dict[str, dict[str, Any]] = {
            name: {"action_mask": mask, "position": place, "mark": mark}
            for name, mask, place, mark in columns
        }
        return self._add_numbers(infos, rows)


class Parts(Observation):
    """A dict of the view as codes, position, mark, senses, numbers heard and the mask of actions."""

    def space(self) -> spaces.Space[Any]:
        """A Dict; "sense" and "heard" only in worlds that have them."""
        world, config, scenario = self.world, self.world.config, self.world.scenario
        corner = np.array([config.height, config.width], np.int32)
        parts: dict[str, spaces.Space[Any]] = {
            "view": self._view_space(),
            "position": spaces.Box(np.array([-1, -1], np.int32), corner, dtype=np.int32),
            "mark": spaces.Box(0, max(len(scenario.agents) - 1, 1), (1,), np.uint8),
        }
        if scenario.senses:
            most = np.array([sense.most for sense in scenario.senses], np.uint8)
            parts["sense"] = spaces.Box(np.zeros_like(most), most, dtype=np.uint8)
        if scenario.floor:
            high = np.ones((len(scenario.floor), config.view_size, config.view_size), np.float32)
            high *= np.array([layer.most for layer in scenario.floor], np.float32)[:, None, None]
            parts["floor"] = spaces.Box(np.zeros_like(high), high, dtype=np.float32)
        if fields := self.arrays.field.shape[2]:
            parts["field"] = spaces.Box(*field_bounds(fields), dtype=np.float32)
        if world.parts[2]:
            least, most_heard = (np.full(world.parts[2], bound, np.float32) for bound in heard_bounds(config))
            parts["heard"] = spaces.Box(least, most_heard, dtype=np.float32)
        parts["action_mask"] = self._mask_space()
        return spaces.Dict(parts)

    def batch(self, copy: bool) -> Any:
        """A dict of fresh arrays, but for the views."""
        arrays, present = self.arrays, self.arrays.active == PRESENT
        places, marks = np.where(present[..., None], arrays.position, 0), np.where(present, arrays.mark, 0)
        mask = self.mask_of(self.allowed, self.may_speak())
        return self._columns(super().batch(copy), places, marks, self.numbers, mask)

    def final(self, copy: bool) -> Any:
        """A dict of fresh arrays, but for the views."""
        arrays = self.arrays
        numbers: dict[str, NDArray[Any]] = {
            "sense": arrays.final_sense,
            "field": arrays.final_field,
            "heard": arrays.final_heard,
            "floor": arrays.final_floor_views,
        }
        last = {key: numbers[key] for key in self.numbers}
        places, marks = arrays.final_position, arrays.final_mark
        mask = self.mask_of(self.final_allowed, self.may_speak(last=True))
        return self._columns(super().final(copy), places, marks, last, mask)

    def _columns(
        self, views: Any, places: Any, marks: Any, numbers: Mapping[str, NDArray[Any]], mask: Any
    ) -> dict[str, NDArray[Any]]:
        n = self.slots
        return {
            "view": views,
            "position": places.reshape(n, 2).astype(np.int32),
            "mark": marks.reshape(n, 1).astype(np.uint8),
            **{key: array.reshape(self.numbers[key].shape).copy() for key, array in numbers.items()},
            "action_mask": mask,
        }

    def by_agent(
        self, names: Sequence[str], living: NDArray[np.intp], masks: Sequence[NDArray[np.int8]], rows: Rows
    ) -> dict[str, Any]:
        """A dict per agent; no position and mark (zeros) of agents that are not on the map."""
        views, places, marks = rows(self.seen), rows(self.position), rows(self.mark_column)
        if self.world.scenario.returns or _GONE in self.arrays.active.tobytes():
            gone = self.arrays.active[0, living] != PRESENT
            places[gone], marks[gone] = 0, 0
        shown = self._masks(masks, rows)
        columns = zip(names, views, places, marks, shown, strict=False)
        parts: dict[str, dict[str, Any]] = {
            name: {"view": view, "position": place, "mark": mark, "action_mask": mask}
            for name, view, place, mark, mask in columns
        }
        return self._add_numbers(parts, rows) if self.numbers else parts


OBS_DTYPES = ("float32", "uint8")  # of feature vectors
OBSERVATIONS: dict[str, type[Observation]] = {
    "planes": Planes,
    "codes": Codes,
    "dict": Parts,
    "masked": Masked,
}


def reads_bytes(obs: str, obs_dtype: str, config: WorldConfig) -> bool:
    """Check the arguments `obs` and `obs_dtype` of an API; returns whether feature vectors are bytes.

    Raises:
        ConfigError: If one is not allowed, or the numbers of these worlds do not fit into bytes.
    """
    check_choice("obs", obs, tuple(OBSERVATIONS))
    check_choice("obs_dtype", obs_dtype, OBS_DTYPES)
    if obs_dtype == "float32":
        return False
    if not OBSERVATIONS[obs].features:
        raise ConfigError(f"obs_dtype='uint8': obs={obs!r} has codes, which are uint8 already. Leave it out.")
    if make_scenario(config).is_continuous:
        raise ConfigError("obs_dtype='uint8': in continuous space observations are fractions. Use 'float32'.")
    if config.message == "vector" or (config.message == "tokens" and config.heard_as != "sum"):
        raise ConfigError(
            f"obs_dtype='uint8': message={config.message!r}, heard={config.heard_as!r} gives fractions. "
            "Use sums of tokens, or obs_dtype='float32'."
        )
    if max(config.height, config.width) > MOST + 1:
        raise ConfigError(
            f"obs_dtype='uint8': holds rows and columns up to {MOST:.0f}, and the map is {config.height} x "
            f"{config.width} cells. Use obs_dtype='float32'."
        )
    return True
