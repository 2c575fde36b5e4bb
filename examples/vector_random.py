"""Many worlds at once: arrays in, arrays out, one slot per agent."""

import numpy as np

import swarm_env

ROUNDS = 250

env = swarm_env.vector_env("foraging", num_worlds=64, num_agents=10, obs="codes")
observations, infos = env.reset(seed=42)  # world w has the seed 42 + w
rng = np.random.default_rng(0)
scores: list[float] = []
for _ in range(ROUNDS):
    moves = rng.integers(5, size=env.num_envs)
    observations, rewards, terminations, truncations, infos = env.step(moves)
    if "final_score" in infos:  # some worlds ended; they are reset already
        first_slots = infos["_final_score"][:: env.num_agents]
        scores += infos["final_score"][:: env.num_agents][first_slots].tolist()
env.close()
print(f"{observations.shape=}, {len(scores)} episodes, mean score {np.mean(scores):.2f}")
