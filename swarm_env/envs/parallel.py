"""The PettingZoo API: one world, all agents act at once, dictionaries by agent."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, cast

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray
from pettingzoo import AECEnv, ParallelEnv
from pettingzoo.utils.conversions import parallel_to_aec_wrapper
from pettingzoo.utils.wrappers import OrderEnforcingWrapper

from swarm_env.agent import Brief, Decision, Perception
from swarm_env.config import WorldConfig
from swarm_env.engine.saved_state import Snapshot
from swarm_env.engine.state import AWAY, PRESENT, ROUND
from swarm_env.engine.world import World
from swarm_env.envs.channel.hearing import read_hears
from swarm_env.envs.channel.text_delivery import SILENCE, Texts, deliver_texts, digest_of
from swarm_env.envs.decision_codec import Channel
from swarm_env.envs.frames import Display, frame_of_world, picture_of, setting_of
from swarm_env.envs.make import (
    check_choice,
    check_flag,
    make_config,
    make_scenario,
    read_options,
    read_seed,
)
from swarm_env.envs.observation import OBSERVATIONS, reads_bytes
from swarm_env.envs.parallel_dicts import Dictionaries
from swarm_env.envs.perception import brief_of, perceive, views_of
from swarm_env.envs.state_vector import WithState
from swarm_env.errors import ConfigError, RunError, UnknownNameError
from swarm_env.frame import Frame
from swarm_env.scenario import Scenario

RENDER_MODES = ("human", "rgb_array", "ansi")
NOT_IN_PLAY = "No agent is in play: the episode is over or has not begun. Call reset() first."

# Observations, rewards, terminations, truncations and infos by agent.
Step: TypeAlias = tuple[
    dict[str, Any], dict[str, float], dict[str, bool], dict[str, bool], dict[str, dict[str, Any]]
]


class ParallelSwarmEnv(WithState, ParallelEnv):  # type: ignore[misc]
    """One world as a `pettingzoo.ParallelEnv`.

    `step` returns dictionaries keyed by the agents that were in play before it; `agents` then shrinks. With
    death="remove" an agent that leaves the map is gone, with "ghost" it stays in the dictionaries to the end
    with a zero view and reward 0. Observations are views of one array that is
    new every round. Moves of `infos[agent]["action_mask"]` that are 0 act as STAY and are counted.

    Attributes:
        config: Settings of the world.
        scenario: Its scenario.
        channel: What its agents can do and send.
        possible_agents: "agent_0" … "agent_{n-1}".
        agents: Names of the agents in play.
    """

    metadata = {
        "render_modes": list(RENDER_MODES),
        "name": "swarm_env",
        "is_parallelizable": True,
        "render_fps": 8,
    }

    def __init__(
        self,
        config: WorldConfig,
        obs: str = "planes",
        death: str = "remove",
        render_mode: str | None = None,
        flat_actions: bool = False,
        obs_dtype: str = "float32",
        info_hears: bool = False,
    ) -> None:
        """Make the world, as `parallel_env` does, from checked settings."""
        as_bytes = reads_bytes(obs, obs_dtype, config)
        check_choice("death", death, ("remove", "ghost"))
        check_choice("render_mode", render_mode, (None, *RENDER_MODES))
        self.config = config
        self.scenario: Scenario = make_scenario(config)
        self.render_mode = render_mode
        self.metadata = {**type(self).metadata, "name": f"{self.scenario.name}_v0"}
        self._observation, self._death = OBSERVATIONS[obs], death
        features = self._observation.features
        hears = read_hears(check_flag("info_hears", info_hears), self.scenario)
        self._world = World(self.scenario, features=features, as_bytes=as_bytes, hears=hears)
        self.channel = Channel.of_scenario(self.scenario, check_flag("flat_actions", flat_actions))
        self.possible_agents = [f"agent_{a}" for a in range(config.num_agents)]
        self._numbers = {name: a for a, name in enumerate(self.possible_agents)}
        self._set_agents([])
        self._dictionaries: Dictionaries | None = None
        self._texts = SILENCE
        self.action_spaces = dict.fromkeys(self.possible_agents, self.channel.space())
        observation_space = self._observation(self._world, self.channel.messages).space()
        self.observation_spaces = dict.fromkeys(self.possible_agents, observation_space)
        self._setting = setting_of(self._world)
        self._said: tuple[tuple[str, str], ...] = ()
        self._display = Display(render_mode, RENDER_MODES)

    # Spaces.

    def observation_space(self, agent: str) -> Any:
        """Space of an agent's observations, the same object each time. Raises `UnknownNameError`."""
        return self._space(self.observation_spaces, agent)

    def action_space(self, agent: str) -> Any:
        """Space of an agent's actions, the same object each time. Raises `UnknownNameError`."""
        return self._space(self.action_spaces, agent)

    def _space(self, spaces: Mapping[str, Any], agent: str) -> Any:
        try:
            return spaces[agent]
        except (KeyError, TypeError):
            raise UnknownNameError("agent", str(agent), self.possible_agents) from None

    # Playing.

    def reset(
        self, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """Begin a new episode.

        Args:
            seed: 0 to 2**64 - 1; the same seed and actions give the same episode. None starts the next
                episode of the last seed (a drawn seed at first).
            options: "layout": rows of symbols to start this episode from, in place of the setting `layout`;
                with it "agents": places in order, "marks": 0 or 1 in order, "respawns": places of Pursuit's
                next prey. "snapshot": a snapshot to start from, with this seed if one is given (see
                `restore`). Names that are near one of these are refused, others ignored.

        Returns:
            Observations and infos by agent.

        Raises:
            ConfigError: If the seed or an option is not allowed; nothing has changed then.
        """
        number = read_seed(seed)
        layouts = read_options(options, self.scenario)
        if options is not None and options.get("snapshot") is not None:
            self.restore(options["snapshot"], seed=number)
            return self._observe()
        if number is None and self._world.arrays.clock[0, 1] < 0:
            number = secrets.randbits(64)
        self._world.reset(None if number is None else [number], layouts)
        self._texts, self._said = SILENCE, ()
        self._set_agents(list(self.possible_agents))
        return self._observe()

    def step(self, actions: Mapping[str, Any]) -> Step:
        """Play one round.

        Args:
            actions: An action for every agent in play, each within its space.

        Returns:
            Observations, rewards, terminations, truncations and infos of the agents that acted.

        Raises:
            RunError: The episode is over or has not begun.
            ConfigError: If an agent is unknown or missing, or an action outside its space; nothing has
                changed then.
        """
        if not self.agents:
            raise RunError(NOT_IN_PLAY)
        texts = self.channel.write_actions(self._world.arrays, self.agents, self._numbers, actions)
        return self._play_round(texts)

    def step_decisions(self, decisions: Mapping[str, Decision], *, checked: bool = False) -> Step:
        """Play one round, given what agents of the project's own protocol decide.

        Args:
            decisions: A decision for every agent in play.
            checked: Whether each is what `channel.check` has returned; those are not checked again.

        Returns:
            As `step`.

        Raises:
            ConfigError: If an agent is unknown or missing; nothing has changed then.
            ContractError: If a decision is outside the range; nothing has changed then.
        """
        if not self.agents:
            raise RunError(NOT_IN_PLAY)
        if self.scenario.returns:  # who is away perceives nothing and decides nothing
            decisions = dict.fromkeys(self._away(), Decision(0)) | dict(decisions)
        if not checked:
            decisions = self.channel.check_all(self.agents, self._numbers, decisions)
        return self._play_round(self.channel.write(self._world.arrays, self._numbers, decisions))

    def _away(self) -> list[str]:
        """Names of the agents that are off the map and will come back."""
        active = self._world.arrays.active[0].tolist()
        return [name for name in self.agents if active[self._numbers[name]] == AWAY]

    def step_beside(self, agent: str, decision: Decision, others: Callable[[World], object]) -> Step:
        """Play one round in which all agents but one are moved by a function that writes into the arrays.

        Args:
            agent: The name of the one.
            decision: What it does, as `channel.check` has returned it.
            others: Writes the moves and messages of all other agents in play.

        Returns:
            As `step`; observations, rewards and infos of this agent alone.
        """
        texts = self.channel.write(self._world.arrays, self._numbers, {agent: decision})
        others(self._world)
        return self._play_round(texts, agent)

    def _play_round(self, texts: Mapping[int, str], only: str | None = None) -> Step:
        """Play one round with the written actions; `texts` are sent, by number of the sender.

        With `only`, observations, rewards and infos are of this agent alone.
        """
        world, names = self._world, self.agents
        shown = names if only is None else [only]
        living = self._living if only is None else np.array([self._numbers[only]], np.intp)
        world.step()
        under_way = self._texts.under_way
        self._texts, self._said = SILENCE, ()
        if texts or under_way:
            self._texts = deliver_texts(world, texts, under_way)
            self._said = tuple((self.possible_agents[a], text) for a, text in texts.items())
        made = self._dictionaries
        if made is None or made.arrays is not world.arrays:
            made = self._make_dictionaries()
        observations, infos = made.observe(shown, living, self._texts)
        rewards = made.rewards(shown, living)
        if made.any_done():
            terminations, truncations = self._endings()
            self._set_agents([name for name in names if not (terminations[name] or truncations[name])])
        else:
            terminations, truncations = self._none_done.copy(), self._none_done.copy()
        return observations, rewards, terminations, truncations, infos

    def _make_dictionaries(self) -> Dictionaries:
        """Make the maker of dictionaries for the arrays that the world has now."""
        self._dictionaries = made = Dictionaries(self._world, self._observation, self.channel.messages)
        return made

    def _observe(self) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """Observations and infos of the agents in play."""
        return self._make_dictionaries().observe(self.agents, self._living, self._texts)

    def _endings(self) -> tuple[dict[str, bool], dict[str, bool]]:
        """Terminations and truncations; a ghost has them only when the episode ends."""
        arrays = self._world.arrays
        over, ended = bool(arrays.over[0]), bool(arrays.ended[0])
        if self._death == "ghost":
            return dict.fromkeys(self.agents, over), dict.fromkeys(self.agents, ended and not over)
        terminated = arrays.terminated[0, self._living].astype(bool).tolist()
        truncated = arrays.truncated[0, self._living].astype(bool).tolist()
        return dict(zip(self.agents, terminated, strict=True)), dict(zip(self.agents, truncated, strict=True))

    def _set_agents(self, names: list[str]) -> None:
        """Set the agents in play."""
        self.agents = names
        self._none_done = dict.fromkeys(names, False)
        self._living = np.array([self._numbers[name] for name in names], np.intp)

    # State of the world.

    @property
    def score(self) -> float:
        """The scenario's own score so far."""
        return float(self._world.arrays.score[0])

    @property
    def payoffs(self) -> dict[str, float]:
        """What each agent has got so far; empty unless the scenario pays each agent by itself."""
        return dict(zip(self.possible_agents, self._world.arrays.payoff[0].tolist(), strict=False))

    @property
    def teams(self) -> dict[str, str]:
        """The name of each agent's team; empty without teams."""
        names = self.scenario.teams
        of = zip(self.possible_agents, self.scenario.team_of, strict=True)
        return {agent: names[team] for agent, team in of} if names else {}

    @property
    def round(self) -> int:
        """Rounds played in this episode."""
        return int(self._world.arrays.clock[0, ROUND])

    @property
    def done(self) -> bool:
        """Whether the episode is over."""
        return bool(self._world.arrays.ended[0])

    @property
    def masked_actions(self) -> int:
        """Illegal moves so far in this episode, each played as STAY."""
        return int(self._world.arrays.masked[0])

    def grid(self) -> list[str]:
        """The map, a string per row, in the scenario's symbols."""
        return self._world.grid()

    def positions(self) -> dict[str, tuple[int, int]]:
        """(row, column) [cells] of every agent on the map."""
        arrays = self._world.arrays
        places, active = arrays.position[0].tolist(), arrays.active[0].tolist()
        return {
            name: (places[a][0], places[a][1])
            for a, name in enumerate(self.possible_agents)
            if active[a] == PRESENT
        }

    def brief(self) -> Brief:
        """The task, as every agent receives it before the first round."""
        return brief_of(self._world)

    def perceptions(self) -> list[Perception]:
        """What each agent on the map perceives now."""
        return perceive(self._world, self._texts.heard)

    def native_views(self) -> list[list[list[str]]]:
        """The view of every possible agent as the published benchmark logs it: k rows of k short strings."""
        views = views_of(self._world, range(self.config.num_agents))
        return [[list(row) for row in view] for view in views]

    def native_positions(self) -> list[tuple[int, int]]:
        """(row, column) of every possible agent; a departed agent keeps its last place, off the map."""
        return [(row, col) for row, col in self._world.arrays.position[0].tolist()]

    def digest(self) -> str:
        """128-bit digest of the complete state of the world and of its texts, as 32 hex digits."""
        return digest_of(self._world.digest(), self._texts)

    def frame(self, messages: tuple[tuple[str, str], ...] = (), caption: str = "") -> Frame:
        """A frame of the current state, for viewers.

        Args:
            messages: (sender, text) of the messages of the last round.
            caption: A line that the caller adds.
        """
        return frame_of_world(self._world, self._setting, 0, messages, self._texts.heard, caption)

    def state(self) -> NDArray[np.float32]:
        """(D,) all that the digest holds but for the seed, as an element of `state_space`.

        For centralised critics; `state_slices` says where each part lies. A fresh array.
        """
        (state,) = self._state_vector().write(self._texts)
        return cast(NDArray[np.float32], state)

    @property
    def state_space(self) -> spaces.Box:
        """Space of `state`. It grows if a reset option gives more objects than the scenario has."""
        return self._state_vector().space

    # Saving.

    def snapshot(self) -> Snapshot:
        """The complete state of the episode; picklable."""
        return self._world.snapshot((list(self.agents), self._texts))

    def restore(self, snapshot: Snapshot, *, seed: int | None = None) -> None:
        """Go back to a snapshot of an environment with the same settings.

        Args:
            snapshot: The snapshot.
            seed: Another seed, from which all that is drawn from now on follows: another future of the same
                state. None: the seed of the snapshot, and its future.

        Raises:
            ConfigError: If it is no snapshot or has other settings, or the seed is not allowed; nothing has
                changed then.
        """
        number = read_seed(seed)
        if not isinstance(snapshot, Snapshot) or not isinstance(snapshot.extra, tuple):
            raise ConfigError(f"snapshot={snapshot!r:.80}: must come from snapshot() of a parallel_env.")
        self._world.restore(snapshot, None if number is None else [number])
        agents, texts = snapshot.extra
        self._texts, self._said = Texts(*texts), ()
        self._set_agents(list(agents))

    def __getstate__(self) -> dict[str, Any]:
        """Pickle everything but references into the arrays of this world."""
        return {**self.__dict__, "_dictionaries": None, "_states": None}

    # Rendering.

    def render(self) -> Any:
        """The map now: text ("ansi"), an (H, W, 3) uint8 image ("rgb_array"), or a window ("human")."""
        return self._display.show([self.frame(self._said)])

    def show(self) -> Any:
        """The map now as a picture that notebooks display, in any render mode; `array` has the pixels."""
        return picture_of(self.frame(self._said))

    def close(self) -> None:
        """Close the window, if there is one."""
        self._world.close()
        self._display.close()


def parallel_env(
    scenario: str,
    obs: str = "planes",
    death: str = "remove",
    render_mode: str | None = None,
    flat_actions: bool = False,
    obs_dtype: str = "float32",
    info_hears: bool = False,
    **settings: Any,
) -> ParallelSwarmEnv:
    """A PettingZoo parallel environment.

    Args:
        scenario: Name in the registry, or path/file.py:Name.
        obs: "planes" (a Box: one plane per kind of thing, own state, what was heard), "codes" (the raw view),
            "dict", or "masked" (a dict of the planes, "observation", and "action_mask").
        death: "remove" or "ghost".
        render_mode: "ansi" (text), "rgb_array" (an image), "human" (a window) or None.
        flat_actions: Whether an action with a message is one number (tokens) or one Box (vectors).
        obs_dtype: Of "planes" and "masked": "float32", or "uint8": a quarter of the bytes, row and column in
            cells, and all else in whole numbers. For maps of at most 256 x 256 cells, and no vectors.
        info_hears: Whether `infos[agent]["hears"]` says whom the agent hears in the observation just given:
            bool (N,), and with `message_delay` "hears_by_delay", bool (R, N) as [delay, speaker].
        **settings: Fields of `WorldConfig` and of the scenario's own options.

    Returns:
        The environment; `reset` must follow.

    Raises:
        UnknownNameError: If there is no such scenario.
        ConfigError: If an argument or setting is unknown or not allowed.

    Example:
        >>> env = parallel_env("synchronization", num_agents=3)
        >>> observations, infos = env.reset(seed=1)
        >>> sorted(observations)
        ['agent_0', 'agent_1', 'agent_2']
    """
    config = make_config(scenario, settings)
    return ParallelSwarmEnv(config, obs, death, render_mode, flat_actions, obs_dtype, info_hears)


def aec_env(scenario: str, **settings: Any) -> AECEnv:
    """The same as a PettingZoo AEC environment: agents act in turn, the last action plays the round.

    Args:
        scenario: Name in the registry, or path/file.py:Name.
        **settings: As for `parallel_env`.

    Returns:
        The converted environment.
    """
    return OrderEnforcingWrapper(_InTurns(parallel_env(scenario, **settings)))


class _InTurns(parallel_to_aec_wrapper):  # type: ignore[misc]
    """PettingZoo's conversion, with `show`."""

    def show(self) -> Any:
        """As `ParallelSwarmEnv.show`."""
        return self.env.show()
