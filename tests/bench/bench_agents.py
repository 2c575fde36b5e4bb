"""Agents for benches, in a file of their own as users have them."""

import random
import time
from pathlib import Path

from swarm_env import Decision


class Slow:
    """Moves at random, and takes its time: a twentieth of a second per round."""

    pause = 0.05

    def reset(self, brief, agents, seed):
        self.moves, self.random = len(brief.actions), random.Random(seed)

    def decide(self, perceptions):
        time.sleep(self.pause)
        return [Decision(self.random.randrange(self.moves)) for _ in perceptions]


class Quick(Slow):
    """The same at once."""

    pause = 0.0


class Broken(Slow):
    """Fails in the third round, as long as there is a file `broken` in the working folder."""

    pause = 0.0

    def decide(self, perceptions):
        if perceptions[0].round == 2 and Path("broken").exists():
            raise ZeroDivisionError("an agent's own error")
        return super().decide(perceptions)


class Stuck(Slow):
    """Never comes back from its second round."""

    def decide(self, perceptions):
        if perceptions[0].round == 1:
            time.sleep(600)
        return super().decide(perceptions)
