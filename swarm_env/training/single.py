"""The Gymnasium API: one agent learns, a team controls the other agents."""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gymnasium

from swarm_env.agent import Agent
from swarm_env.config import WorldConfig
from swarm_env.engine.saved_state import Snapshot
from swarm_env.engine.world import World
from swarm_env.envs.make import make_config, read_seed
from swarm_env.envs.parallel import RENDER_MODES, ParallelSwarmEnv
from swarm_env.errors import ConfigError, RunError
from swarm_env.playing.agent_pool import AgentPool
from swarm_env.playing.team import Team, as_team
from swarm_env.playing.team_counts import for_sides
from swarm_env.training.code_decisions import CodeDecisions


@dataclass(frozen=True, slots=True)
class SingleSnapshot:
    """A `SingleAgentEnv` at one moment.

    Attributes:
        world: Its world.
        agents: The agents of the team, in order; None if no episode has begun or there is no team.
        seed: Seed of the team.
        np_random: The environment's own generator, from which seeds are drawn.
    """

    world: Snapshot
    agents: tuple[Agent, ...] | None
    seed: int
    np_random: Any


class SingleAgentEnv(gymnasium.Env[Any, Any]):
    """One agent of a world as a `gymnasium.Env`; a team of agents controls all others.

    The episode ends for the learner when its agent leaves the map or the world's episode ends.

    Attributes:
        parallel: The world, as a `ParallelSwarmEnv`.
        agent: Name of the learner's agent.
    """

    metadata = {"render_modes": list(RENDER_MODES), "render_fps": 8}

    def __init__(
        self, config: WorldConfig, others: str | Team = "scripted", agent: str | None = None,
        obs: str = "planes", render_mode: str | None = None, flat_actions: bool = False,
        obs_dtype: str = "float32", side: str | None = None,
    ) -> None:  # fmt: skip
        """Make the world, as `gym_env` does, from checked settings."""
        self.parallel = ParallelSwarmEnv(
            config, obs=obs, render_mode=render_mode, flat_actions=flat_actions, obs_dtype=obs_dtype
        )
        self.agent, self.render_mode = self._choose(agent, side), render_mode
        self.observation_space = self.parallel.observation_space(self.agent)
        self.action_space = self.parallel.action_space(self.agent)
        self._others = [name for name in self.parallel.possible_agents if name != self.agent]
        self._team = as_team(others)
        if self._team.sides:
            teams = [self.parallel.teams.get(name, "") for name in self._others]
            sizes = {team: teams.count(team) for team in self.parallel.scenario.teams}
            self._team = for_sides(self._team, sizes, rest="scripted")
        if self._others:
            with AgentPool(self._team, self._others, 0):
                pass  # refuses an invalid team here, not at the first reset
        self._pool: AgentPool | None = None
        self._codes: CodeDecisions | None = None  # of the pool, if its agents can
        self._seed = 0  # of the pool

    def _choose(self, agent: str | None, side: str | None) -> str:
        """The learner's agent: the named one, or the first of a side. Raises `ConfigError` if it is none."""
        env, teams = self.parallel, self.parallel.teams
        names = [name for name in env.possible_agents if side is None or teams.get(name) == side]
        if not names:
            known = ", ".join(env.scenario.teams) or "none"
            raise ConfigError(f"side={side!r:.40}: must be a team of {env.scenario.name}. It has: {known}.")
        if agent is None:
            return names[0]
        if agent not in names:
            allowed = f"'{names[0]}' to '{names[-1]}'"
            raise ConfigError(f"agent={agent!r}: must be one of {allowed}{f', of {side}' if side else ''}.")
        return agent

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin a new episode.

        Args:
            seed: 0 to 2**64 - 1, for the world and the team; None draws one from this environment's
                generator.
            options: As for `parallel_env`. A "snapshot" of this API restores the team too.

        Returns:
            The learner's observation and info.

        Raises:
            ConfigError: If the seed or an option is not allowed; nothing has changed then.
        """
        given = read_seed(seed)
        saved = options.get("snapshot") if isinstance(options, Mapping) else None
        if isinstance(saved, SingleSnapshot):
            return self._reset_to(saved, given)
        super().reset(seed=given)
        number = int(self.np_random.integers(2**63)) if given is None else given
        world_seed = number if saved is None else given
        observations, infos = self.parallel.reset(seed=world_seed, options=options)
        self._close_pool()
        if self._others:
            self._seed, self._pool = number, AgentPool(self._team, self._others, number)
            self._pool.reset(self.parallel.brief())
            self._codes = CodeDecisions.of(self.parallel.brief(), self._pool.players())
        return observations[self.agent], infos[self.agent]

    def _reset_to(self, saved: "SingleSnapshot", seed: int | None) -> tuple[Any, dict[str, Any]]:
        """Restore a snapshot; returns the learner's observation and info."""
        if self.agent not in saved.world.extra[0]:
            raise ConfigError(f"snapshot: the episode is over for {self.agent}. Use restore().")
        self.restore(saved, seed=seed)
        observations, infos = self.parallel.reset(seed=seed, options={"snapshot": saved.world})
        return observations[self.agent], infos[self.agent]

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Play one round.

        Args:
            action: The learner's action.

        Returns:
            Observation, reward, terminated, truncated, info of the learner.

        Raises:
            RunError: If the episode is over or has not begun.
            ConfigError: If the action lies outside its space; nothing has changed then.
        """
        world = self.parallel
        if self.agent not in world.agents:
            raise RunError("The episode is over or has not begun. Call reset() first.")
        me, own = self.agent, world.channel.check_action(self.agent, action)
        if self._pool is None or self._codes is not None:
            step = world.step_beside(me, own, _alone if self._codes is None else self._codes.write)
        else:
            perceptions = [p for p in world.perceptions() if p.name != me]
            decisions = self._pool.decide(perceptions) if perceptions else {}
            step = world.step_decisions({me: own, **decisions}, checked=True)
        observations, rewards, terminations, truncations, infos = step
        return observations[me], rewards[me], terminations[me], truncations[me], infos[me]

    # Saving.

    def snapshot(self) -> "SingleSnapshot":
        """The complete state of the episode, with the team; picklable if the team's agents are.

        Raises:
            ConfigError: An agent of the team cannot be copied.
        """
        agents = None if self._pool is None else tuple(self._pool.agents())
        return SingleSnapshot(self.parallel.snapshot(), agents, self._seed, copy.deepcopy(self._np_random))

    def restore(self, snapshot: "SingleSnapshot", *, seed: int | None = None) -> None:
        """Go back to a snapshot of an environment with the same settings and team.

        Args:
            snapshot: The snapshot.
            seed: As for `ParallelSwarmEnv.restore`: another future of the same state. Agents of the team that
                have the method `reseed` draw otherwise too.

        Raises:
            ConfigError: If it is no snapshot or has other settings, or the seed is not allowed; nothing has
                changed then.
        """
        number = read_seed(seed)
        if not isinstance(snapshot, SingleSnapshot):
            raise ConfigError(f"snapshot={snapshot!r:.80}: must come from snapshot() of a gym_env.")
        self.parallel.restore(snapshot.world, seed=number)
        self._np_random = copy.deepcopy(snapshot.np_random)
        self._seed = snapshot.seed
        self._close_pool()
        self._continue(snapshot.agents, number)

    def _continue(self, agents: Sequence[Agent] | None, seed: int | None) -> None:
        """Let copies of these agents go on in the episode; None: it has not begun."""
        if agents is not None:
            self._pool = AgentPool(self._team, self._others, self._seed)
            self._pool.adopt(self.parallel.brief(), agents, seed)
            self._codes = CodeDecisions.of(self.parallel.brief(), self._pool.players())

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the agents of the team in place of their services."""
        agents = None if self._pool is None else self._pool.agents()
        return {**self.__dict__, "_pool": agents, "_codes": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore a copy, possibly in another process."""
        agents = state["_pool"]
        self.__dict__.update(state, _pool=None)
        self._continue(agents, None)

    def render(self) -> Any:
        """As `ParallelSwarmEnv.render`."""
        return self.parallel.render()

    def show(self) -> Any:
        """As `ParallelSwarmEnv.show`."""
        return self.parallel.show()

    def _close_pool(self) -> None:
        if self._pool is not None:
            self._pool.__exit__()
            self._pool = self._codes = None

    def close(self) -> None:
        """Close the team and the window, if there is one."""
        self._close_pool()
        self.parallel.close()


def _alone(world: World) -> None:
    """There are no others."""


def gym_env(
    scenario: str, others: str | Team = "scripted", agent: str | None = None, obs: str = "planes",
    render_mode: str | None = None, flat_actions: bool = False, obs_dtype: str = "float32",
    side: str | None = None, **settings: Any,
) -> SingleAgentEnv:  # fmt: skip
    """A Gymnasium environment in which one agent learns and a team controls the others.

    Args:
        scenario: Name in the registry, or path/file.py:Name.
        others: The team of the other agents, as the command line's `--agents`. With sides, as
            "blue=random" or "red=ppo; blue=random", `scripted` plays those that it does not name; the
            learner's own side is without the learner.
        agent: Name of the learner's agent; None: the first of its side.
        obs: As for `parallel_env`.
        render_mode: As for `parallel_env`.
        flat_actions: As for `parallel_env`.
        obs_dtype: As for `parallel_env`.
        side: The team for which the learner plays, as "red"; None: any.
        **settings: Fields of `WorldConfig` and of the scenario's own options.

    Returns:
        The environment; `reset` must follow.

    Raises:
        UnknownNameError: If there is no such scenario or agent.
        ConfigError: If an argument or setting is unknown or not allowed.
    """
    return SingleAgentEnv(
        make_config(scenario, settings), others, agent, obs, render_mode, flat_actions, obs_dtype, side
    )
