"""Gather into the outline of a square.

An outer ring of walls; agents at random inner cells. The target is the outline of a square of side s =
floor(n / 4) + 1 cells for n agents. The distance of the agents to it is the least, over translations of the
outline, of the cheapest assignment of agents to its cells in Manhattan distance (rectangular where the counts
differ). The score is how much less than at the start the distance has ever been. The episode is over when the
distance is 0.

Quirk of the rules, kept: the translations tried are those that put some cell of the outline exactly on some
agent. With fewer than 4 agents the outline is one cell, the distance always 0 and the episode over after the
first round.

Meant for up to 256 agents: a round's cost grows with the fourth power of their number in the worst case.

Only whether any translation beats the best so far matters. Bounds decide most of them: no assignment costs
less than the agents' distances to the outline together, without the largest of as many agents as have no
cell, and that is first looked up for each axis alone. What they leave (0.3 of 62 translations, measured in
random play) is assigned exactly by shortest augmenting paths.

Reward `shaped` adds the change of a potential: minus the distance now over the number of agents [cells]. (Our
choice; the published task has no reward but its score.)

Rules: arXiv 2505.04364 and its released system.
"""

from swarm_env.scenarios.flocking.scenario import Flocking

SCENARIO = Flocking
