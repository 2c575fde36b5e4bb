"""Gather into the outline of a square.

An outer ring of walls; agents at random inner cells. The target is the outline of a square of side s =
floor(n / 4) + 1 cells for n agents. The distance of the agents to it is the least, over translations of the
outline, of the cheapest assignment of agents to its cells in Manhattan distance (rectangular where the counts
differ). The score is how much less than at the start the distance has ever been. The episode is over when the
distance is 0.

Quirk of the rules, kept: the translations tried are those that put some cell of the outline exactly on some
agent. With fewer than 4 agents the outline is one cell, the distance always 0 and the episode over after the
first round.

For up to 256 agents. On one core of a server a round of random play takes 0.1 us per agent with 10 agents, 1
to 2 us with 20 to 40, 5 us with 80 and 30 us with 256 (on maps of which they fill a tenth or less).

Only whether any translation beats the best so far matters. Bounds decide most of them: no assignment costs
less than the agents' distances to the outline together, without the largest of as many agents as have no
cell, and that is first looked up for each axis alone. What they leave (0.9 of 196 translations a round for 10
agents, 160 of 3 600 for 80) is bounded by the prices of the last assignment, and a half to a fifth of that is
assigned exactly by shortest augmenting paths.

Reward `shaped` adds the change of a potential: minus the distance now over the number of agents [cells]. (Our
choice; the published task has no reward but its score.)

Rules: arXiv 2505.04364 and its released system.
"""

from swarm_env.scenarios.flocking.scenario import Flocking

SCENARIO = Flocking
