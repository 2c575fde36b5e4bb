"""The dictionaries by agent that `ParallelSwarmEnv.step` returns.

With few agents most of a round's time goes into making arrays and dictionaries. So the arrays of the world
are looked up once, each is copied once a round, and numpy cuts the copy into an array per agent while `zip`
iterates over it. The names come first in each `zip` and end it (all columns have the same length): an array
that is asked for one row too many, as `strict=True` does, raises an error, which costs as much as four rows.
"""

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine.state import ROUND
from swarm_env.engine.world import World
from swarm_env.envs.channel.hearing import write_hears
from swarm_env.envs.channel.message_kinds import MessageKind
from swarm_env.envs.channel.text_delivery import Texts
from swarm_env.envs.observation import Observation, Rows
from swarm_env.envs.perception import has_commander

_copy: Rows = np.ndarray.copy


class Dictionaries:
    """Makes the dictionaries of a batch of one world, fresh ones each time.

    Every method takes the names of the agents concerned, and their numbers in the same order. When the world
    allocates other `arrays`, make another object.
    """

    def __init__(self, world: World, kind: type[Observation], messages: MessageKind) -> None:
        """Look up the arrays."""
        scenario, arrays = world.scenario, world.arrays
        self.arrays, self._world = arrays, world
        self._observation, self._messages = kind(world, messages), messages
        self._all = world.config.num_agents
        self._commanded = has_commander(world.config)
        self._allowed = arrays.allowed[0].view(np.int8)
        self._all_legal = None if scenario.masks else np.ones(len(scenario.actions), np.int8)
        self._reward = arrays.reward[0]
        self._payoff = arrays.payoff[0] if scenario.private else None
        self._team = scenario.team_of if scenario.teams else None
        self._terminated, self._ended = arrays.terminated[0].data, arrays.ended.data

    def rewards(self, names: Sequence[str], numbers: NDArray[np.intp]) -> dict[str, float]:
        """Reward of each agent."""
        reward = self._reward if len(names) == self._all else self._reward[numbers]
        return dict(zip(names, reward.tolist(), strict=False))

    def any_done(self) -> bool:
        """Whether the episode ended in the last round, or an agent left."""
        return b"\x01" in self._terminated.tobytes() or bool(self._ended[0])

    def observe(
        self, names: Sequence[str], numbers: NDArray[np.intp], texts: Texts
    ) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """Observation and info of each agent; `texts` are those of the world."""
        rows: Rows = _copy if len(names) == self._all else itemgetter(numbers)
        if self._all_legal is None:
            masks = list(rows(self._allowed))
        else:  # all agents share one fresh mask a round
            masks = [self._all_legal.copy()] * len(names)
        flags = self._observation.may_speak()
        may_speak = None if flags is None else rows(flags)
        observations = self._observation.by_agent(names, numbers, masks, rows)
        infos = self._observation.infos(names, self._messages.masks_to_sample(masks, may_speak), rows)
        if may_speak is not None:
            for info, may in zip(infos.values(), may_speak.tolist(), strict=False):
                info["may_speak"] = bool(may)
        if self._team is not None or self._payoff is not None:
            self._add_sides(infos, numbers)
        if self._messages.name == "text":
            for a, info in zip(numbers.tolist(), infos.values(), strict=False):
                info["heard"] = texts.heard.get(a, ())
        if self._world.arrays.sizes.hears:
            write_hears(infos.values(), numbers, self.arrays, texts.hears)
        if self._commanded and "agent_0" in infos:
            infos["agent_0"]["map"] = self._world.map_codes().copy()
        return observations, infos

    def _add_sides(self, infos: Mapping[str, dict[str, Any]], numbers: NDArray[np.intp]) -> None:
        """Add the team and the payoff of each agent, and the final payoff of those whose episode is over."""
        done = self._terminated.tolist() if self.arrays.clock[0, ROUND] else None
        ended = bool(self._ended[0])
        for a, info in zip(numbers.tolist(), infos.values(), strict=False):
            if self._team is not None:
                info["team"] = self._team[a]
            if self._payoff is not None:
                info["payoff"] = float(self._payoff[a])
                if done is not None and (ended or done[a]):
                    info["final_payoff"] = info["payoff"]
