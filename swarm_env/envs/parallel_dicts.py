"""What the agents of the PettingZoo face get in a round, as dictionaries by agent.

With few agents most of a round's time goes into making arrays and dictionaries. So the arrays of the world
are looked up once, each is copied once a round, and numpy cuts the copy into an array per agent while `zip`
walks through it. The names come first in each `zip` and end it (all columns are of one length): an array that
is asked for a row more than it has, as `strict=True` does, makes an error, which takes as long as four rows.
"""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.state import GONE, PRESENT
from swarm_env.engine.world import World

Numbers = NDArray[np.intp]  # of agents
Rows = Callable[[NDArray[Any]], Any]  # makes a fresh array with some rows of another

_ONE, _GONE = b"\x01", bytes([GONE])
_copy: Rows = np.ndarray.copy


class Dictionaries:
    """Makes the dictionaries of one world, fresh ones each time.

    Every method is told for whom: the names of the agents, and their numbers in the same order.

    Attributes:
        arrays: The arrays of the world that it looks at. When the world takes others, make another one.
    """

    def __init__(self, world: World, obs: str) -> None:
        """Look up the arrays.

        Args:
            world: The world, of which the first is shown.
            obs: "planes", "codes" or "dict".
        """
        config, scenario, arrays = world.config, world.scenario, world.arrays
        n, k = config.num_agents, config.view_size
        self.arrays = arrays
        self._obs, self._config, self._all = obs, config, n
        self._seen: NDArray[Any] = arrays.features[0] if obs == "planes" else arrays.views[0].reshape(n, k, k)
        self._position, self._mark, self._active = arrays.position[0], arrays.mark[0], arrays.active[0]
        self._marks = self._mark.reshape(n, 1)
        self._heard = arrays.heard[0] if world.parts[2] else None
        self._sense = arrays.sense[0] if scenario.senses else None
        self._allowed = arrays.allowed[0].view(np.int8)
        self._all_legal = None if scenario.masks else np.ones(len(scenario.actions), np.int8)
        self._reward = arrays.reward[0]
        self._terminated, self._ended = arrays.terminated[0].data, arrays.ended.data

    def rewards(self, names: Sequence[str], numbers: Numbers) -> dict[str, float]:
        """What each agent is paid."""
        reward = self._reward if len(names) == self._all else self._reward[numbers]
        return dict(zip(names, reward.tolist(), strict=False))

    def somebody_is_done(self) -> bool:
        """Whether the episode ended in the last round, or an agent left."""
        return _ONE in self._terminated.tobytes() or bool(self._ended[0])

    def told(
        self, names: Sequence[str], numbers: Numbers, texts: Mapping[int, tuple[str, ...]]
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """What each agent observes, and its info.

        Args:
            names: Names of the agents.
            numbers: Their numbers.
            texts: The texts that are heard, by number of the hearer.

        Returns:
            Observations and infos.
        """
        rows: Rows = _copy if len(names) == self._all else itemgetter(numbers)
        seen = rows(self._seen)
        if self._obs == "dict":
            observations = self._parts(names, numbers, rows, seen)
        else:
            observations = dict(zip(names, seen, strict=False))
        infos = self._infos(names, rows)
        if self._config.message == "text":
            for a, info in zip(numbers.tolist(), infos.values(), strict=False):
                info["heard"] = texts.get(a, ())
        return observations, infos

    def _parts(
        self, names: Sequence[str], numbers: Numbers, rows: Rows, views: NDArray[np.uint8]
    ) -> dict[str, dict[str, Any]]:
        """Observations with obs="dict"."""
        places, marks = rows(self._position), rows(self._marks)
        if _GONE in self._active.tobytes():  # who left shows nothing
            gone = self._active[numbers] != PRESENT
            places[gone], marks[gone] = 0, 0
        if self._config.message == "none":
            columns = zip(names, views, places, marks, rows(self._allowed), strict=False)
            silent: dict[str, dict[str, Any]] = {
                name: {"view": view, "position": place, "mark": mark, "action_mask": mask}
                for name, view, place, mark, mask in columns
            }
            self._add_heard(silent, rows)
            return silent
        parts: dict[str, dict[str, Any]] = {
            name: {"view": view, "position": place, "mark": mark}
            for name, view, place, mark in zip(names, views, places, marks, strict=False)
        }
        self._add_heard(parts, rows)
        return parts

    def _infos(self, names: Sequence[str], rows: Rows) -> dict[str, dict[str, Any]]:
        """Masks always; position, mark and numbers heard where the observation does not hold them."""
        if self._all_legal is not None and self._obs != "codes" and self._config.message == "none":
            mask = self._all_legal.copy()  # the usual case of what follows
            return {name: {"action_mask": mask} for name in names}
        masks = self._masks(rows, len(names))
        if self._obs != "codes":
            return {name: {"action_mask": mask} for name, mask in zip(names, masks, strict=False)}
        columns = zip(names, masks, rows(self._position), rows(self._mark).tolist(), strict=False)
        infos: dict[str, dict[str, Any]] = {
            name: {"action_mask": mask, "position": place, "mark": mark}
            for name, mask, place, mark in columns
        }
        self._add_heard(infos, rows)
        return infos

    def _add_heard(self, parts: Mapping[str, dict[str, Any]], rows: Rows) -> None:
        """Add to what each agent is told what it senses and the numbers it heard, where there are such."""
        if self._sense is not None:
            for part, sense in zip(parts.values(), rows(self._sense), strict=False):
                part["sense"] = sense
        if self._heard is not None:
            for part, heard in zip(parts.values(), rows(self._heard), strict=False):
                part["heard"] = heard

    def _masks(self, rows: Rows, count: int) -> list[Any]:
        """The mask of each of `count` agents, in the form that its action space's `sample` takes."""
        config = self._config
        if self._all_legal is None:
            masks = list(rows(self._allowed))
        else:  # everything is always allowed: one fresh mask a round will do for all
            masks = [self._all_legal.copy()] * count
        if config.message == "tokens":
            free = np.ones(config.vocabulary, np.int8)
            return [(mask, *[free] * config.message_length) for mask in masks]
        if config.message in ("vector", "text"):
            return [{"move": mask, "message": None} for mask in masks]
        return masks
