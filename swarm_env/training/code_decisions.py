"""Decisions from arrays: a team whose agents all have `decide_codes` needs neither strings nor objects."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from swarm_env.agent import Brief
from swarm_env.engine.state import PRESENT
from swarm_env.engine.world import World
from swarm_env.envs.decision_codec import Channel
from swarm_env.envs.perception import Codes
from swarm_env.errors import ContractError


class CodeDecisions:
    """Asks the agents of a team for arrays, and writes these into a world."""

    def __init__(self, brief: Brief, players: Sequence[tuple[str, Any, NDArray[np.intp]]]) -> None:
        """Take the task, and of each agent its name, itself and the numbers of those that it controls."""
        self._channel, self._players = Channel.of(brief), players

    @classmethod
    def of(cls, brief: Brief, players: Sequence[tuple[str, Any, Sequence[str]]]) -> Self | None:
        """Make them for `AgentPool.players`; None with texts, or if one has no `decide_codes`."""
        able = all(callable(getattr(agent, "decide_codes", None)) for _, agent, _ in players)
        if not able or not players or brief.message == "text":
            return None
        numbers = [[int(name.rpartition("_")[2]) for name in names] for *_, names in players]
        shares = zip(players, numbers, strict=True)
        return cls(brief, [(name, agent, np.array(share)) for (name, agent, _), share in shares])

    def write(self, world: World) -> None:
        """Let all agents in play decide, and write what they decide into the only world of a batch.

        Raises `ContractError` if an agent violates the protocol; decisions of others may be written then.
        """
        arrays = world.arrays
        all_there = arrays.active.tobytes().count(PRESENT) == arrays.active.size
        for name, agent, numbers in self._players:
            agents = numbers if all_there else numbers[arrays.active[0, numbers] == PRESENT]
            if not agents.size:
                continue
            try:
                moves, said = agent.decide_codes(Codes(world, agents))
                self._channel.write_codes(arrays, agents, moves, said)
            except ContractError as error:
                raise ContractError(f"The agent {name!r} returned {error}.") from None
            except Exception as error:
                error.add_note(f"raised by decide_codes of the agent {name!r}")
                raise
