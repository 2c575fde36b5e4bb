"""The shortest program: one world, random moves, the map at the end."""

import swarm_env

env = swarm_env.parallel_env("pursuit", num_agents=10, render_mode="ansi")  # a pettingzoo.ParallelEnv
observations, infos = env.reset(seed=42)
while env.agents:
    actions = {
        agent: env.action_space(agent).sample(infos[agent]["action_mask"])  # 0 STAY, 1 UP, 2 DOWN, …
        for agent in env.agents
    }
    observations, rewards, terminations, truncations, infos = env.step(actions)
print(env.render())
