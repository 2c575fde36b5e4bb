"""TorchRL: many worlds as one batched environment, with masks and the state of each world.

    pip install '.[torchrl]'

BenchMARL plays it too (`swarm_env.training.benchmarl`). A single world also works in TorchRL's own
`PettingZooWrapper`.
"""

from typing import Any

import torch
from gymnasium import spaces
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray
from tensordict import TensorDict, TensorDictBase
from torchrl.data import Binary, Bounded, Categorical, Composite, Unbounded
from torchrl.envs import EnvBase

from swarm_env.envs.vector import vector_env
from swarm_env.errors import ConfigError

STAY = 0
ENDS = ("done", "terminated", "truncated")
_TORCH = {"f4": torch.float32, "u1": torch.uint8}  # of observations, by NumPy's code of the type


class SwarmTorchEnv(EnvBase):
    """`num_worlds` worlds as a `torchrl.envs.EnvBase` of batch size (num_worlds,) with one group of agents.

    Entries of the group, (num_worlds, num_agents, …): "observation" (planes), "action_mask", "mask" (whether
    the agent is in play), "action", "reward" (…, 1). Entries of the worlds: "state" (num_worlds, D) of
    `vector_env`, "score" (num_worlds, 1) of the scenario so far, "done", "terminated" and "truncated"
    (num_worlds, 1).

    A world is done as a whole. An agent that has left has observations of zeros, reward 0, and may only STAY
    until then (our choice, as the worlds of a batch have a constant number of agents): leave its rows out by
    "mask", or let the critic learn that their value is 0.

    An action is one number; with message="tokens" it is a move and a message, and with message="vector" it
    is a Box of preferences for the moves and the vector (`flat_actions` of `vector_env`).

    Example:
        env = SwarmTorchEnv("foraging", num_worlds=32, num_agents=4, seed=1)
        env.rollout(100)
    """

    def __init__(
        self,
        scenario: str,
        num_worlds: int = 1,
        group: str = "agents",
        seed: int | None = None,
        device: Any = "cpu",
        num_threads: int = 1,
        **settings: Any,
    ) -> None:
        """Make the worlds.

        Args:
            scenario: Name in the registry, or path/file.py:Name.
            num_worlds: Number of worlds.
            group: Name of the group of agents.
            seed: World w begins with the seed `seed` + w; None: drawn.
            device: Of the tensors; the worlds are played on the CPU.
            num_threads: Threads that share a round.
            **settings: As for `vector_env`.

        Raises:
            UnknownNameError: If there is no such scenario.
            ConfigError: If an argument or setting is unknown or not allowed, or messages are texts.
        """
        super().__init__(device=device, batch_size=torch.Size([num_worlds]))
        self.worlds = vector_env(
            scenario,
            num_worlds,
            num_threads,
            copy=True,
            flat_actions=True,
            autoreset_mode=AutoresetMode.NEXT_STEP,  # of worlds that TorchRL steps without a reset
            **settings,
        )
        self.group, self._next_seed = group, seed
        self.agents = [f"agent_{a}" for a in range(self.worlds.num_agents)]
        self.group_map = {group: self.agents}
        self._team = torch.Size([num_worlds, len(self.agents)])
        self._make_specs()

    def _make_specs(self) -> None:
        """Describe observations, actions, rewards and ends."""
        worlds, team, batch, on = self.worlds, self._team, self.batch_size, {"device": self.device}
        seen, action = worlds.single_observation_space, worlds.single_action_space
        if not isinstance(seen, spaces.Box):
            raise ConfigError("obs: SwarmTorchEnv has one array per agent. Use obs='planes' or 'codes'.")
        if isinstance(action, spaces.Discrete):
            choices = int(action.n)
            act: Any = Categorical(choices, team, dtype=torch.int64, **on)
        else:
            choices = len(worlds.scenario.actions)
            act = Bounded(-1.0, 1.0, (*team, *(action.shape or ())), **on)
        agents = {
            "observation": Unbounded((*team, *seen.shape), dtype=_TORCH[seen.dtype.str[1:]], **on),
            "action_mask": Binary(choices, (*team, choices), dtype=torch.bool, **on),
            "mask": Categorical(2, team, dtype=torch.bool, **on),
        }
        of_worlds = {
            "state": Unbounded((*batch, *worlds.single_state_space.shape), **on),
            "score": Unbounded((*batch, 1), **on),
        }
        ends = {name: Categorical(2, (*batch, 1), dtype=torch.bool, **on) for name in ENDS}
        reward = Unbounded((*team, 1), **on)
        self.observation_spec = Composite(
            {self.group: Composite(agents, shape=team), **of_worlds}, shape=batch
        )
        self.action_spec = Composite({self.group: Composite({"action": act}, shape=team)}, shape=batch)
        self.reward_spec = Composite({self.group: Composite({"reward": reward}, shape=team)}, shape=batch)
        self.done_spec = Composite(ends, shape=batch)

    # What TorchRL calls.

    def _reset(self, tensordict: TensorDictBase | None = None, **_: Any) -> TensorDictBase:
        """Begin episodes where "_reset" is true, or in all worlds."""
        chosen = None if tensordict is None else tensordict.get("_reset", None)
        if chosen is None or bool(chosen.all()):
            seen, infos = self.worlds.reset(seed=self._next_seed)
            self._next_seed = None
        else:
            slots = chosen.reshape(-1).cpu().numpy().repeat(len(self.agents))
            seen, infos = self.worlds.reset(options={"reset_mask": slots})
        return self._situation(seen, infos)

    def _step(self, tensordict: TensorDictBase) -> TensorDictBase:
        """Play one round."""
        actions = tensordict.get((self.group, "action")).flatten(0, 1).cpu().numpy()
        seen, rewards, _, truncated, infos = self.worlds.step(actions)
        after = self._situation(seen, infos)
        after[self.group, "reward"] = self._tensor(rewards).unsqueeze(-1)
        if "_final_score" in infos:
            ended = self._tensor(infos["_final_score"]).any(1, keepdim=True)
            cut = ended & self._tensor(truncated).any(1, keepdim=True)
            after["done"], after["truncated"], after["terminated"] = ended, cut, ended & ~cut
        return after

    def _set_seed(self, seed: int | None) -> None:
        """Let the next reset of all worlds begin with these seeds."""
        self._next_seed = seed

    def _situation(self, seen: NDArray[Any], infos: dict[str, Any]) -> TensorDict:
        """What the agents and the critic see now; no world is done."""
        allowed, present = self._tensor(infos["action_mask"]).bool(), self._tensor(infos["active"])
        allowed[~present] = torch.arange(allowed.shape[-1], device=self.device) == STAY
        agents = {"observation": self._tensor(seen), "action_mask": allowed, "mask": present}
        of_worlds = {
            "state": torch.from_numpy(self.worlds.state()),
            "score": torch.from_numpy(self.worlds.scores).float().unsqueeze(-1),
            **{name: torch.zeros(*self.batch_size, 1, dtype=torch.bool) for name in ENDS},
        }
        return TensorDict(
            {self.group: TensorDict(agents, self._team), **of_worlds}, self.batch_size, device=self.device
        )

    def _tensor(self, slots: NDArray[Any]) -> torch.Tensor:
        """An array of all slots as (num_worlds, num_agents, …)."""
        return torch.from_numpy(slots).to(self.device).unflatten(0, self._team)

    def close(self, **_: Any) -> None:
        """End the threads."""
        self.worlds.close()
        super().close()
