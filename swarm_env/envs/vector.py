"""The vector API: many worlds at once, one slot per agent, arrays in and arrays out."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from swarm_env.config import WorldConfig, integer
from swarm_env.engine.saved_state import Snapshot
from swarm_env.engine.state import EPISODE
from swarm_env.engine.world import World
from swarm_env.envs.autoreset import AUTORESETS, read_autoreset_mode
from swarm_env.envs.channel.hearing import hears_infos, read_hears
from swarm_env.envs.decision_codec import Channel
from swarm_env.envs.frames import Display, WithPicture, frame_of_world, setting_of
from swarm_env.envs.make import (
    check_choice,
    check_flag,
    check_threads,
    make_config,
    make_scenario,
    read_options,
    read_reset_mask,
    read_seeds,
)
from swarm_env.envs.observation import OBSERVATIONS, Observation, reads_bytes
from swarm_env.envs.perception import has_commander
from swarm_env.envs.state_vector import WithState
from swarm_env.errors import ConfigError

Arrays = NDArray[Any] | dict[str, NDArray[Any]]
Branches = int | Sequence[int]  # of each world, or of all
RENDER_MODES = ("rgb_array", "ansi")
MOST_SHOWN = 16  # worlds in a picture


class VectorSwarmEnv(WithState, WithPicture, VectorEnv[Any, Any, Any]):
    """`num_worlds` worlds as a `gymnasium.vector.VectorEnv`: slot w * num_agents + a is agent a of world w.

    All slots of a world reset together. With `AutoresetMode.SAME_STEP` (default) they do in the step that
    ends its episode; their last observations are then in `infos["final_obs"]`, for the slots where
    `infos["_final_obs"]` is true. With NEXT_STEP they do in place of the next round, with reward 0; with
    DISABLED when `reset` is called with a mask. The slot of an agent that leaves is `terminated`; until its
    world ends it has reward 0, a zero view, `infos["active"]` false, and its actions are ignored. In the step
    that ends its world it is `terminated` again, with all other slots.

    Observations, rewards and the arrays in `infos` are reused: the next step overwrites them. Use copy=True
    for fresh ones.

    `infos` always holds "active" and "action_mask" (num_envs, moves; with `flat_actions` and tokens all
    actions); with teams "team" (num_envs,), their numbers; with private payoffs "payoff" (num_envs,) and,
    when a world ended, "final_payoff"; with obs="codes" also "position"
    (num_envs, 2), "mark" and "heard" (num_envs, heard numbers); when a world ended "final_obs", "_final_obs",
    "final_score" and "_final_score", each with an entry per slot. With `may_speak` limited also "may_speak"
    (num_envs,), with a commander "map" (num_worlds, height, width), with `info_hears` "hears", "final_hears".
    """

    closed = True  # until it is made: Gymnasium closes what a refused constructor leaves behind

    def __init__(
        self,
        config: WorldConfig,
        num_worlds: int = 1,
        num_threads: int = 1,
        obs: str = "planes",
        copy: bool = False,
        flat_actions: bool = False,
        autoreset_mode: AutoresetMode | str = AutoresetMode.SAME_STEP,
        render_mode: str | None = None,
        render_worlds: int = MOST_SHOWN,
        obs_dtype: str = "float32",
        info_hears: bool | str = False,
    ) -> None:
        """Make the worlds, as `vector_env` does, from checked settings."""
        check_choice("render_mode", render_mode, (None, *RENDER_MODES))
        as_bytes = reads_bytes(obs, obs_dtype, config)
        if config.message == "text":
            raise ConfigError(
                "message='text': the vector API has arrays only. Use message='tokens' or 'vector', or "
                "parallel_env."
            )
        number = integer(num_worlds)
        if number is None or not 1 <= number <= 2**24:
            raise ConfigError(f"num_worlds={num_worlds!r}: must be a whole number from 1 to {2**24}.")
        self.config = config
        self.scenario = make_scenario(config)
        self.num_worlds, self.num_agents = number, config.num_agents
        self.num_envs = self.num_worlds * self.num_agents
        self._mode = read_autoreset_mode(autoreset_mode)
        self.metadata = {
            "render_modes": list(RENDER_MODES),
            "render_fps": 8,
            "autoreset_mode": self._mode,
            "name": f"{self.scenario.name}_v0",
        }
        self._team = np.tile(np.array(self.scenario.team_of, np.int32), number)
        self.render_mode = render_mode
        self._choices: dict[str, Any] = {
            "num_threads": num_threads, "obs": obs, "copy": copy, "flat_actions": flat_actions,
            "autoreset_mode": autoreset_mode, "render_mode": render_mode, "render_worlds": render_worlds,
            "obs_dtype": obs_dtype, "info_hears": info_hears,
        }  # fmt: skip
        self._shown = _shown(render_worlds, number)
        self._kind, self._copy = OBSERVATIONS[obs], copy
        features, threads = self._kind.features, check_threads(num_threads)
        self._hears = read_hears(info_hears, self.scenario, number)
        self._world = World(
            self.scenario, number, threads, features=features, as_bytes=as_bytes, hears=self._hears,
            autoreset=AUTORESETS[self._mode],
        )  # fmt: skip
        self._channel = Channel.of_scenario(self.scenario, check_flag("flat_actions", flat_actions))
        observation = self._observation = self._kind(self._world, self._channel.messages)
        self._setting, self._display = setting_of(self._world), Display(render_mode, RENDER_MODES)
        self.single_observation_space = observation.space()
        self.single_action_space = self._channel.space()
        self.observation_space = batch_space(self.single_observation_space, self.num_envs)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.closed = False

    # Playing.

    def reset(
        self, *, seed: int | Sequence[int] | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin a new episode in all worlds, or in those of a mask.

        Args:
            seed: s gives world w the seed s + w; a list has a seed per world; None starts the next episodes
                (of drawn seeds at first).
            options: "layout", "agents", "marks", "respawns" as for `parallel_env`, for this episode of all
                worlds that begin; or "layout": a list of `num_worlds` maps, one per world, None for a world
                that starts as its settings say. "reset_mask": (num_envs,) bool, all slots of the worlds that
                begin; the others stay as they are. Names that are near one of these are refused, others
                ignored.

        Returns:
            Observations (num_envs, …) and infos.

        Raises:
            ConfigError: If a seed or an option is not allowed; nothing has changed then.
        """
        seeds = read_seeds(seed, self.num_worlds)
        layouts = read_options(options, self.scenario, self.num_worlds)
        mask = None if options is None else options.get("reset_mask")
        chosen = read_reset_mask(mask, self.num_worlds, self.num_agents)
        if self._world.arrays.clock[0, EPISODE] < 0:
            if chosen is not None:
                raise ConfigError("reset_mask: no episode has begun; call reset() without it first.")
            seeds = read_seeds(secrets.randbits(63), self.num_worlds) if seeds is None else seeds
        self._world.reset(seeds, layouts, chosen)
        return self._read().batch(self._copy), self._infos()

    def step(self, actions: Any) -> tuple[Any, NDArray[Any], NDArray[Any], NDArray[Any], dict[str, Any]]:
        """Play one round of every world.

        Args:
            actions: (num_envs,) moves; (num_envs, 1 + L) moves and tokens; or {"move": (num_envs,),
                "message": (num_envs, D)}.

        Returns:
            Observations, rewards (num_envs,) float32, terminations and truncations (num_envs,) bool, infos.

        Raises:
            ConfigError: If an action of an agent in play lies outside its space, or a world has ended and the
                autoreset mode is DISABLED; nothing has changed then.
        """
        if self._world.arrays.clock[0, EPISODE] < 0:
            raise ConfigError("step() before reset(): call reset() first.")
        if self._mode is AutoresetMode.DISABLED and self._world.arrays.ended.any():
            raise ConfigError(
                f"The episodes of the worlds {np.flatnonzero(self._world.arrays.ended)[:12].tolist()} are "
                "over, and the autoreset mode is DISABLED: call reset() with options={'reset_mask': …}."
            )
        self._channel.write_batch(self._world, actions)
        self._world.step()
        arrays = self._world.arrays
        reward = arrays.reward.reshape(-1)
        terminated = arrays.terminated.view(bool).reshape(-1)
        truncated = arrays.truncated.view(bool).reshape(-1)
        infos = self._infos()
        if arrays.ended.any():
            infos |= self._final()
        if self._copy:
            reward, terminated, truncated = reward.copy(), terminated.copy(), truncated.copy()
        return self._read().batch(self._copy), reward, terminated, truncated, infos

    def _read(self) -> Observation:
        """The observations of the arrays that the worlds have now."""
        if self._observation is None or self._observation.arrays is not self._world.arrays:
            self._observation = self._kind(self._world, self._channel.messages)
        return self._observation

    def _infos(self) -> dict[str, Any]:
        arrays, n, messages = self._world.arrays, self.num_envs, self._channel.messages
        allowed = arrays.allowed.view(np.int8).reshape(n, -1)
        may_speak = self._read().may_speak()
        infos: dict[str, Any] = {
            "active": self._world.acting().reshape(n),
            "action_mask": messages.mask(allowed, may_speak) if messages.in_one else allowed,
            **({"team": self._team} if self.scenario.teams else {}),
            **({"payoff": arrays.payoff.reshape(n)} if self.scenario.private else {}),
            **self._read().batch_infos(),
            **hears_infos(arrays.hears, arrays.edges, self._hears),
        }
        if may_speak is not None:
            infos["may_speak"] = may_speak.astype(bool)
        if has_commander(self.config):
            infos["map"] = self._world.all_codes()
        return {name: array.copy() for name, array in infos.items()} if self._copy else infos

    def _final(self) -> dict[str, Any]:
        """Last observations and scores of the worlds that ended in this round."""
        arrays = self._world.arrays
        slots = arrays.ended.astype(bool).repeat(self.num_agents)
        infos = {"final_score": arrays.final_score.repeat(self.num_agents), "_final_score": slots}
        if self.scenario.private:
            infos |= {"final_payoff": arrays.final_payoff.reshape(-1).copy(), "_final_payoff": slots.copy()}
        if self._mode is AutoresetMode.SAME_STEP:
            infos |= {"final_obs": self._read().final(self._copy), "_final_obs": slots.copy()}
            last = hears_infos(arrays.final_hears, arrays.final_edges, self._hears, arrays.ended)
            infos |= {f"final_{name}": array for name, array in last.items()}
        return infos

    # State of the worlds.

    @property
    def worlds(self) -> World:
        """All worlds, as agents perceive them (`perceive`, `Codes`)."""
        return self._world

    @property
    def scores(self) -> NDArray[np.float64]:
        """(num_worlds,) the scenario's own score of each current episode."""
        return self._world.arrays.score.copy()

    @property
    def payoffs(self) -> NDArray[np.float64]:
        """(num_worlds, num_agents) what each agent has got in the current episode, if payoffs are private."""
        return self._world.arrays.payoff.copy()

    def state(self) -> NDArray[np.float32]:
        """(num_worlds, D) all that the digests hold but for the seeds, an element of `state_space`.

        Row w is what `ParallelSwarmEnv.state` of a world with its seed is. A fresh array.
        """
        return self._state_vector().write()

    @property
    def single_state_space(self) -> spaces.Box:
        """Space of one world's state, as `ParallelSwarmEnv.state_space`."""
        return self._state_vector().space

    @property
    def state_space(self) -> spaces.Space[Any]:
        """Space of `state`."""
        return batch_space(self.single_state_space, self.num_worlds)

    def digests(self) -> list[str]:
        """A 128-bit digest of the complete state of each world, as 32 hexadecimal digits."""
        return [self._world.digest(w) for w in range(self.num_worlds)]

    def grid(self, world: int = 0) -> list[str]:
        """The map of one world, a string per row, in the scenario's symbols.

        Raises `ConfigError` if there is no world of that number.
        """
        number = integer(world)
        if number is None or not 0 <= number < self.num_worlds:
            raise ConfigError(f"world={world!r:.80}: must be a number from 0 to {self.num_worlds - 1}.")
        return self._world.grid(number)

    def snapshot(self) -> Snapshot:
        """The complete state of the worlds; picklable."""
        return self._world.snapshot()

    def fork(self, branches: Branches = 2) -> "VectorSwarmEnv":
        """A new environment with copies of the worlds as they are now, made as this one.

        Copies of a world (`branches`: how many, or a number for each world) follow one another. They draw the
        same random numbers from now on, so they differ in nothing but what is done in them.

        Raises:
            ConfigError: If a number is not whole and 0 or more, or all are 0.

        Example:
            >>> env = vector_env("foraging", num_worlds=2, num_agents=3)
            >>> observations, infos = env.reset(seed=1)
            >>> env.fork(4).num_worlds
            8
        """
        snapshot = self.snapshot().branched(branches)
        forked = VectorSwarmEnv(self.config, len(snapshot.arrays["seed"]), **self._choices)
        forked.restore(snapshot)
        return forked

    def restore(
        self, snapshot: Snapshot, *, seed: int | Sequence[int] | None = None, branches: Branches = 1
    ) -> None:
        """Go back to a snapshot of as many worlds, or branches of worlds, with the same settings.

        Args:
            snapshot: The snapshot.
            branches: How often each world of the snapshot is taken, as for `fork`.
            seed: Other seeds (as for `reset`), from which all that is drawn from now on follows: another
                future of the same states. None: the seeds of the snapshot, and its future.

        Raises:
            ConfigError: If it is no snapshot or has other settings, or a seed is not allowed; nothing has
                changed then.
        """
        snapshot = snapshot.branched(branches) if isinstance(snapshot, Snapshot) else snapshot
        self._world.restore(snapshot, read_seeds(seed, self.num_worlds))

    def __getstate__(self) -> dict[str, Any]:
        """Pickle everything but references into the arrays of these worlds."""
        return {**self.__dict__, "_observation": None, "_states": None}

    def render(self) -> tuple[Any, ...] | None:
        """The first `render_worlds` worlds now: one (H, W, 3) uint8 image ("rgb_array"), or text ("ansi").

        Returns:
            The image or text `num_envs` times, as Gymnasium's `RecordVideo(record_first_only=True)` expects.
        """
        frames = [frame_of_world(self._world, self._setting, w) for w in range(self._shown)]
        return (self._display.show(frames),) * self.num_envs

    def close_extras(self, **_: Any) -> None:
        """End the threads."""
        self._world.close()
        self._display.close()


def vector_env(
    scenario: str,
    num_worlds: int = 1,
    num_threads: int = 1,
    obs: str = "planes",
    copy: bool = False,
    flat_actions: bool = False,
    autoreset_mode: AutoresetMode | str = AutoresetMode.SAME_STEP,
    render_mode: str | None = None,
    render_worlds: int = MOST_SHOWN,
    obs_dtype: str = "float32",
    info_hears: bool | str = False,
    **settings: Any,
) -> VectorSwarmEnv:
    """A Gymnasium vector environment with a slot per agent.

    Args:
        scenario: Name in the registry, or path/file.py:Name.
        num_worlds: Number of worlds; num_envs is num_worlds * num_agents.
        num_threads: Threads that share a round; results do not depend on it.
        obs: "planes", "codes", "dict" or "masked", as for `parallel_env`.
        copy: Whether every step returns fresh arrays.
        flat_actions: As for `parallel_env`.
        autoreset_mode: Gymnasium's SAME_STEP, NEXT_STEP or DISABLED, see `VectorSwarmEnv`.
        render_mode: "rgb_array", "ansi" or None.
        render_worlds: Worlds in a picture, 1 to 16: the first ones, in rows.
        obs_dtype: As for `parallel_env`.
        info_hears: Whether `infos` say who hears whom in the observation just given. True: "hears", bool
            (num_worlds, N, N) as [world, hearer, speaker], and with `message_delay` "hears_by_delay", bool
            (num_worlds, R, N, N) as [world, delay, hearer, speaker]. "edges", for large worlds: "hears",
            int32 (E, 4), rows of world, hearer, speaker, delay. With "final_" before them: of the worlds that
            ended, before their reset (False, or no row, for the others).
        **settings: Fields of `WorldConfig` and of the scenario's own options.

    Returns:
        The environment; `reset` must follow.

    Raises:
        UnknownNameError: If there is no such scenario.
        ConfigError: If an argument or setting is unknown or not allowed, or `message` is "text" (arrays hold
            no texts).

    Example:
        >>> env = vector_env("foraging", num_worlds=2, num_agents=3)
        >>> observations, infos = env.reset(seed=1)
        >>> observations.shape[0]
        6
    """
    return VectorSwarmEnv(
        make_config(scenario, settings), num_worlds, num_threads, obs, copy, flat_actions, autoreset_mode,
        render_mode, render_worlds, obs_dtype, info_hears,
    )  # fmt: skip


def _shown(given: Any, num_worlds: int) -> int:
    """Check `render_worlds`."""
    number = integer(given)
    if number is None or not 1 <= number <= MOST_SHOWN:
        raise ConfigError(f"render_worlds={given!r:.80}: must be a whole number from 1 to {MOST_SHOWN}.")
    return min(number, num_worlds)
