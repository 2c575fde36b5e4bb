"""From what a body perceives to what a network was trained on: the observation `planes`, rebuilt."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from swarm_env.agent import Brief, Perception
from swarm_env.training.memory_features import OWN, MemoryLayout

UNMARKED = "$"  # before the number of an agent without the mark


class Eyes:
    """Writes perceptions as the network's observations."""

    def __init__(self, brief: Brief, layout: MemoryLayout, most: tuple[int, ...]) -> None:
        """Learn the symbols of a task.

        Args:
            brief: The task.
            layout: Sizes of the observation.
            most: Greatest value of each sense.
        """
        self._layout, self._most = layout, np.array(most, np.float32)
        self._crop = (brief.view_size - layout.view_size) // 2
        # Planes go by the order of the symbols, and have none for the free cell, which is the first.
        self._planes: Mapping[str, int] = {symbol: i - 1 for i, symbol in enumerate(brief.symbols)}

    def see(self, perception: Perception) -> NDArray[np.float32]:
        """One observation.

        Args:
            perception: Of one body.

        Returns:
            (observed,) of the layout: what `vector_env(obs="planes")` would give this body on the map that
            was trained on; of a larger view its middle.
        """
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

    def _plane(self, what: str) -> int:
        """The plane that shows something; -1: none."""
        plane = self._planes.get(what)
        if plane is None:  # the number of an agent; the marked are the last kind, the unmarked the one before
            return self._layout.planes - (2 if what.startswith(UNMARKED) else 1)
        return plane
