"""Convert perceptions to the observations that a network was trained on (`planes`)."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from swarm_env.agent import Brief, Perception
from swarm_env.training.memory_features import OWN, MemoryLayout

UNMARKED = "$"  # before the number of an agent without the mark


class NetworkInput:
    """Converts the perceptions of a task."""

    def __init__(self, brief: Brief, layout: MemoryLayout, most: tuple[int, ...]) -> None:
        """Prepare for a task; `most` has the maximum of each sense."""
        self._layout, self._most = layout, np.array(most, np.float32)
        self._crop = (brief.view_size - layout.view_size) // 2
        # Planes are in the order of the symbols, without the free cell, which is the first symbol.
        self._planes: Mapping[str, int] = {symbol: i - 1 for i, symbol in enumerate(brief.symbols)}

    def observation(self, perception: Perception) -> NDArray[np.float32]:
        """The observation of one agent, (observed,) of the layout; of a larger view the middle."""
        layout, k = self._layout, self._layout.view_size
        seen = np.zeros(layout.observed, np.float32)
        for y in range(k):
            row = perception.view[y + self._crop]
            for x in range(k):
                plane = self._plane(row[x + self._crop])
                if plane >= 0:
                    seen[(plane * k + y) * k + x] = 1.0
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

    def _plane(self, symbol: str) -> int:
        """The plane of a symbol; -1: none."""
        plane = self._planes.get(symbol)
        if plane is None:  # an agent: the last plane shows marked ones, the one before unmarked ones
            return self._layout.planes - (2 if symbol.startswith(UNMARKED) else 1)
        return plane
