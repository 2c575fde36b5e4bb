"""RLlib on a cluster: all nodes play worlds, the policy is trained where this runs.

    pip install '.[rl,rllib]' && python examples/train_rllib_cluster.py [ADDRESS]

Without the address of a cluster's head, one is started on this machine.
"""

import sys
from typing import Any

import ray
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.env.wrappers.pettingzoo_env import ParallelPettingZooEnv
from ray.tune.registry import register_env

import swarm_env

PLAYERS, ITERATIONS = 2, 2
WORLD: dict[str, Any] = {"num_agents": 4, "height": 8, "width": 8, "max_rounds": 50, "reward": "shaped"}


def where_it_is_played(worker: Any) -> str:
    """The process of an env runner, which plays worlds."""
    return f"{ray.get_runtime_context().get_node_id()[:8]}, worker {worker.worker_index}"


def make(_: Any) -> ParallelPettingZooEnv:
    """A world for RLlib; in synchronization no agent leaves before the end."""
    return ParallelPettingZooEnv(swarm_env.parallel_env("synchronization", **WORLD))


if __name__ == "__main__":
    ray.init(address=sys.argv[1] if len(sys.argv) > 1 else "local")
    register_env("swarm", make)
    config = (
        PPOConfig()
        .environment("swarm")
        .env_runners(num_env_runners=PLAYERS, rollout_fragment_length=100)
        .learners(num_learners=0)
        .multi_agent(policies={"team"}, policy_mapping_fn=lambda agent, episode, **_: "team")
        .training(train_batch_size_per_learner=200 * PLAYERS, minibatch_size=100, num_epochs=2)
        .debugging(seed=1)
    )
    algorithm = config.build_algo()
    for iteration in range(ITERATIONS):
        result = algorithm.train()["env_runners"]
        print(f"iteration {iteration + 1}: mean return {result['episode_return_mean']:.2f}")
    assert algorithm.env_runner_group is not None
    for place in algorithm.env_runner_group.foreach_env_runner(where_it_is_played, local_env_runner=False):
        print(f"played on node {place}")
    algorithm.stop()
    ray.shutdown()
