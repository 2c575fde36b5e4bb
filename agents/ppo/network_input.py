"""Convert perceptions to the observations that a network was trained on (`planes`)."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from swarm_env.agent import Brief, Perception
from swarm_env.envs.perception import Codes
from swarm_env.training.memory_features import OWN, MemoryLayout

UNMARKED = "$"  # before the number of an agent without the mark


class NetworkInput:
    """Converts the perceptions of a task."""

    def __init__(self, brief: Brief, layout: MemoryLayout, most: tuple[int, ...]) -> None:
        """Prepare for a task; `most` has the maximum of each sense."""
        self._layout, self._most = layout, np.array(most, np.float32)
        self._crop = (brief.view_size - layout.view_size) // 2
        # Planes are in the order of the symbols, without the free cell, which is the first symbol; those of
        # the floor come last.
        symbols = list(brief.symbols)
        self._most_floor = np.array(list(brief.floor.values()), np.float32)
        self._kinds = len(symbols) - len(brief.floor)
        self._planes: Mapping[str, int] = {symbol: i - 1 for i, symbol in enumerate(symbols[: self._kinds])}
        self._planes |= dict.fromkeys(symbols[self._kinds :], -1)
        self._brief = brief

    def observation(self, perception: Perception) -> NDArray[np.float32]:
        """The observation of one agent, (observed,) of the layout; of a larger view the middle."""
        layout, k = self._layout, self._layout.view_size
        seen = np.zeros(layout.observed, np.float32)
        planes = self._of_team(perception.name)
        for y in range(k):
            row = perception.view[y + self._crop]
            for x in range(k):
                plane = self._plane(row[x + self._crop], planes)
                if plane >= 0:
                    seen[(plane * k + y) * k + x] = 1.0
        for layer, amounts in enumerate(perception.floor):
            start, crop = (self._kinds - 1 + layer) * k * k, slice(self._crop, self._crop + k)
            seen[start : start + k * k] = np.array(amounts)[crop, crop].ravel() / self._most_floor[layer]
        at = layout.own
        seen[at] = perception.position[0] / max(layout.height - 1, 1)
        seen[at + 1] = perception.position[1] / max(layout.width - 1, 1)
        seen[at + 2] = perception.mark
        at += OWN
        if layout.senses:
            seen[at : at + layout.senses] = np.array(perception.senses, np.float32) / self._most
        if layout.heard:
            seen[at + layout.senses :] = perception.heard
        return seen

    def observations(self, codes: Codes) -> NDArray[np.float32]:
        """The same of some agents, (n, observed), from arrays."""
        layout, inner = self._layout, slice(self._crop, self._crop + self._layout.view_size)
        n = len(codes.agents)
        kinds = np.arange(1, self._kinds)[:, None, None]
        planes = codes.views[:, None, inner, inner] == kinds
        parts = [planes.reshape(n, -1)]
        if len(self._most_floor):
            floor = codes.floor[:, :, inner, inner] / self._most_floor[:, None, None]
            parts.append(floor.reshape(n, -1))
        parts += [
            codes.positions / np.maximum([layout.height - 1, layout.width - 1], 1),
            codes.marks[:, None],
        ]
        if layout.senses:
            parts.append(codes.senses / self._most)
        if layout.heard:
            parts.append(codes.heard)
        return np.concatenate(parts, axis=1, dtype=np.float32)

    def _of_team(self, name: str) -> Mapping[str, int]:
        """The planes by symbol, in which the own team's agents come first."""
        brief, symbols = self._brief, self._brief.agent_symbols
        if not symbols:
            return self._planes
        teams = list(dict.fromkeys(brief.teams.values()))
        shift = teams.index(brief.teams[name]) * (len(symbols) // len(teams))
        first = self._planes[symbols[0]]
        own = {symbol: first + (i - shift) % len(symbols) for i, symbol in enumerate(symbols)}
        return {**self._planes, **own}

    def _plane(self, symbol: str, planes: Mapping[str, int]) -> int:
        """The plane of a symbol; -1: none."""
        plane = planes.get(symbol)
        if plane is None and not symbol.isdigit():  # an agent of a team, or an amount: a symbol and a number
            plane = planes.get(symbol[0])
        if plane is None:  # the last kinds are marked agents, and before them unmarked ones
            return self._kinds - 1 - (2 if symbol.startswith(UNMARKED) else 1)
        return plane
