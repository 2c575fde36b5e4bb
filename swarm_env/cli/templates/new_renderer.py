"""Prints the score and the map of every round.

swarm run pursuit --render my_entry.py
swarm replay RUN --render my_entry.py
"""

import sys

from swarm_env.frame import Frame


class MyEntry:
    """Shows frames one after the other; it is made without arguments."""

    def open(self) -> None:
        """Prepare, before the first frame."""

    def show(self, frame: Frame) -> None:
        """Show the state after a round."""
        sys.stdout.write(f"{frame.headline}\n" + "\n".join(frame.grid) + "\n\n")

    def close(self) -> None:
        """Clean up. Called once, also after an error."""


RENDERER = MyEntry
