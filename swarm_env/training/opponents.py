"""Opponents from a pool: in each world of a vector environment a member plays against the learner."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.state import PRESENT
from swarm_env.envs.perception import Codes, brief_of, perceive
from swarm_env.envs.vector import VectorSwarmEnv
from swarm_env.errors import ConfigError
from swarm_env.playing.agent_pool import AgentPool
from swarm_env.playing.team import Team
from swarm_env.pool import Member, Pool


class Opponents:
    """Plays the teams that the learner does not play.

    In episode e of world w the learner plays team (w + e) modulo the number of teams. The episode's opponent
    is drawn from the pool and plays all other teams. Equal seeds and pools give equal opponents.

    Attributes:
        pool: The pool; results are recorded in it, by the sign of the score (above 0: the first team won).
        learns: (num_envs,) bool, the slots that the learner plays.
    """

    def __init__(self, env: VectorSwarmEnv, pool: Pool, sampling: str, seed: int) -> None:
        """Draw the first opponents; call it after the environment's `reset`.

        Raises `ConfigError` if the scenario has no teams or there are messages, or the pool is empty.
        """
        if len(env.scenario.teams) < 2 or env.config.message != "none":
            raise ConfigError(
                f"{env.scenario.name} with message={env.config.message!r}: opponents need a scenario with "
                "two teams or more, as battle, and message='none'."
            )
        self.pool, self.learns = pool, np.zeros(env.num_envs, bool)
        self._env, self._sampling, self._seed, self._drawn = env, sampling, seed, 0
        self._team = np.array(env.scenario.team_of)
        self._episode = np.zeros(env.num_worlds, int)
        self._members: list[Member | None] = [None] * env.num_worlds
        self._agents: list[AgentPool | None] = [None] * env.num_worlds
        for w in range(env.num_worlds):
            self._begin(w)

    def act(self, actions: NDArray[Any]) -> None:
        """Write the opponents' moves over those in `actions`, (num_envs,) or (num_envs, 1)."""
        world, by_world = self._env.worlds, actions.reshape(self._env.num_worlds, -1)
        there = world.arrays.active == PRESENT
        for w, agents in enumerate(self._agents):
            assert agents is not None
            numbers = np.flatnonzero(there[w] & ~self.learns.reshape(by_world.shape)[w])
            players = agents.players()
            if not numbers.size:
                continue
            if all(callable(getattr(one, "decide_codes", None)) for _, one, _ in players):
                for _, player, names in players:
                    agent: Any = player
                    own = np.intersect1d(numbers, [int(name.rpartition("_")[2]) for name in names])
                    if own.size:
                        by_world[w, own] = agent.decide_codes(Codes(world, own, w))[0]
                continue
            chosen = {f"agent_{a}" for a in numbers}
            seen = [one for one in perceive(world, {}, w) if one.name in chosen]
            for name, decision in agents.decide(seen).items():
                by_world[w, int(name.rpartition("_")[2])] = decision.move

    def end(self, worlds: NDArray[np.intp], scores: NDArray[np.float64]) -> None:
        """Note the results of episodes that ended, (n,) worlds and scores; draw new opponents for them."""
        for w, score in zip(worlds.tolist(), scores.tolist(), strict=True):
            first = self._side(w) == 0
            won = 0.5 if score == 0 else float((score > 0) == first)
            member = self._members[w]
            assert member is not None
            self.pool.record(member.name, won)
            self._episode[w] += 1
            self._begin(w)

    def close(self) -> None:
        """Close the agents, and write the results into the pool."""
        for agents in self._agents:
            if agents is not None:
                agents.close()
        self.pool.save()

    def _side(self, w: int) -> int:
        return int(w + self._episode[w]) % len(self._env.scenario.teams)

    def _begin(self, w: int) -> None:
        """Draw the opponent of a new episode."""
        if (before := self._agents[w]) is not None:
            before.close()
        own, n = self._team == self._side(w), self._env.num_agents
        self.learns[w * n : (w + 1) * n] = own
        member = self._members[w] = self.pool.sample(self._sampling, self._seed, self._drawn)
        names = [f"agent_{a}" for a in np.flatnonzero(~own)]
        agents = AgentPool(Team.parse(self.pool.agent(member)), names, self._seed + self._drawn)
        agents.reset(brief_of(self._env.worlds))
        self._agents[w], self._drawn = agents, self._drawn + 1
