"""TorchRL's PettingZooWrapper: PPO with masked moves, on the agents in play.

    pip install '.[recipes]' && python examples/train_torchrl.py

`use_mask=True` adds "mask" (agents in play) and "action_mask" (allowed moves); `done_on_any=False` continues
the episode when the first agent leaves.
"""

from pathlib import Path

import torch
from tensordict import TensorDict
from tensordict.nn import TensorDictModule
from torchrl.collectors import Collector
from torchrl.envs import PettingZooWrapper
from torchrl.modules import MLP, MaskedCategorical, ProbabilisticActor
from torchrl.objectives import ClipPPOLoss
from torchrl.objectives.value import GAE

import swarm_env

DOOR = str(Path(__file__).with_name("door.py"))
ROUNDS, UPDATES = 1000, 8

torch.set_num_threads(1)  # the networks are too small for more
torch.manual_seed(1)
world = swarm_env.parallel_env(DOOR, num_agents=4, height=7, width=7, max_rounds=50, reward="shaped")
env = PettingZooWrapper(
    world,
    use_mask=True,
    done_on_any=False,
    group_map={"team": world.possible_agents},
    categorical_actions=True,
    seed=1,
)
size, moves = world.observation_space("agent_0").shape[0], world.action_space("agent_0").n
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


def score(seed: int) -> float:
    """The scenario's own score of one episode."""
    env.set_seed(seed)
    with torch.no_grad():
        env.rollout(50, actor)
    return world.score


def mean_score() -> float:
    """Over 20 episodes."""
    return sum(map(score, range(20))) / 20


before = mean_score()
for batch in Collector(env, actor, frames_per_batch=ROUNDS, total_frames=ROUNDS * UPDATES):
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
