"""TorchRL: PPO with masked moves and messages, on the agents in play of 16 worlds.

    pip install '.[torchrl]' && python examples/train_torchrl.py

An action is a move and a token that all agents hear. "mask" is true for agents in play, "action_mask" for
allowed actions.
"""

from pathlib import Path
from typing import Any

import torch
from tensordict import TensorDict
from tensordict.nn import TensorDictModule
from torchrl.collectors import Collector
from torchrl.modules import MLP, MaskedCategorical, ProbabilisticActor
from torchrl.objectives import ClipPPOLoss
from torchrl.objectives.value import GAE

from swarm_env.training.torchrl import SwarmTorchEnv

DOOR = str(Path(__file__).with_name("door.py"))
ROUNDS, UPDATES = 3200, 12
WORLD: dict[str, Any] = {"num_agents": 4, "height": 7, "width": 7, "max_rounds": 50, "reward": "shaped"}
TALK: dict[str, Any] = {"message": "tokens", "vocabulary": 2, "message_range": 7}

torch.set_num_threads(1)  # the networks are too small for more
torch.manual_seed(1)
env = SwarmTorchEnv(DOOR, num_worlds=16, group="team", seed=1, **WORLD, **TALK)
size = env.observation_spec["team", "observation"].shape[-1]
moves = env.observation_spec["team", "action_mask"].shape[-1]
net = TensorDictModule(
    MLP(size, moves, num_cells=[64, 64]), in_keys=[("team", "observation")], out_keys=[("team", "logits")]
)
actor = ProbabilisticActor(
    net, in_keys={"logits": ("team", "logits"), "mask": ("team", "action_mask")}, out_keys=[("team",
    "action")], distribution_class=MaskedCategorical, return_log_prob=True, log_prob_key=("team", "log_prob"),
)  # fmt: skip
critic = TensorDictModule(
    MLP(size, 1, num_cells=[64, 64]), in_keys=[("team", "observation")], out_keys=[("team", "state_value")]
)
gae = GAE(gamma=0.95, lmbda=0.95, value_network=critic)
loss = ClipPPOLoss(actor, critic, entropy_coeff=0.01, normalize_advantage=True)
for part in (gae, loss):
    part.set_keys(
        value=("team", "state_value"), advantage=("team", "advantage"), value_target=("team", "value_target"),
        **({"action": ("team", "action"), "sample_log_prob": ("team", "log_prob")} if part is loss else {}),
        **({"reward": ("team", "reward"), "done": ("team", "done"), "terminated": ("team", "terminated")}),
    )  # fmt: skip
optimizer = torch.optim.Adam(loss.parameters(), lr=1e-3)


def mean_score(worlds: int = 20) -> float:
    """Mean of the scenario's own score over one episode of so many worlds."""
    games = SwarmTorchEnv(DOOR, num_worlds=worlds, group="team", seed=1000, **WORLD, **TALK)
    with torch.no_grad():
        played = games.rollout(50, actor, break_when_any_done=False)["next"]
    first = played["done"] & (played["done"].cumsum(1) == 1)
    return float(played["score"][first].mean())


before = mean_score()
for batch in Collector(env, actor, frames_per_batch=ROUNDS, total_frames=ROUNDS * UPDATES):
    after = batch["next"]
    left = ~after["team", "mask"].unsqueeze(-1) & ~after["done"].unsqueeze(
        -1
    )  # the agent, not the world, is done
    for end in ("done", "terminated"):
        after["team", end] = left | after[end].unsqueeze(-1)
    with torch.no_grad():
        gae(batch)
    rows = batch["team"][batch["team", "mask"]]  # without the zero slots of departed agents
    for _ in range(4):
        for chosen in torch.randperm(len(rows)).split(500):
            parts = loss(TensorDict({"team": rows[chosen]}, [len(chosen)]))
            optimizer.zero_grad()
            sum(part for name, part in parts.items() if name.startswith("loss_")).backward()
            optimizer.step()
print(f"mean score {before:.2f} before, {mean_score():.2f} after, of at most 4")
