"""Walking along walls: a search that needs no memory but the direction of the last step.

Experts remember the map; what a prompt shows is too little for that, and they would look for a thing where
they have looked before. Who keeps a wall at the right hand comes by everything that stands at walls which
hang together, whatever it forgets.
"""

from collections.abc import Sequence
from random import Random

from swarm_env.agents.llm.prompt_reader import Deed
from swarm_env.agents.scripted.expert import FREE, OPPOSITE, RIGHT_HAND, STAY, STEPS, UP, is_agent

from swarm_env.agent import Perception

PATIENCE = 2  # rounds without a step until chance decides

# What has to be found, by scenario and own mark, so that the expert knows its way.
WANTED = {"foraging": ("F", "N"), "transport": ("B", "B")}


def is_lost(scenario: str, perceptions: Sequence[Perception]) -> bool:
    """Whether a thing is looked for that no view shows.

    Args:
        scenario: Name of the scenario.
        perceptions: What is remembered, the present last.
    """
    wanted = WANTED.get(scenario)
    if wanted is None:
        return False
    thing = wanted[min(perceptions[-1].mark, 1)]
    return not any(thing in cells for perception in perceptions for cells in perception.view)


def follow_wall(now: Perception, deeds: Sequence[Deed]) -> int:
    """The next step along the wall at the right hand; straight on where there is none.

    Args:
        now: What the body perceives.
        deeds: What it did, the last one last.

    Returns:
        The move; STAY between four walls.
    """
    middle = len(now.view) // 2
    if middle == 0:
        return STAY

    def is_open(down: int, across: int) -> bool:
        symbol = now.view[middle + down][middle + across]
        return symbol == FREE or is_agent(symbol)

    stuck = [deed.moved for deed in deeds[-PATIENCE:]] == [False] * PATIENCE
    chance = Random(f"{now.name} {now.round}")
    if stuck:
        free = [move for move, (i, j) in STEPS.items() if now.view[middle + i][middle + j] == FREE]
        return chance.choice(free or list(STEPS))
    steps = [deed.move for deed in deeds if deed.moved and deed.move in STEPS]
    number = int(now.name.rpartition("_")[2]) if now.name[-1].isdecimal() else 0
    heading = steps[-1] if steps else UP + number % len(STEPS)
    right, back = RIGHT_HAND[heading], OPPOSITE[heading]
    turns = [heading, OPPOSITE[right], right, back]
    behind = (STEPS[right][0] + STEPS[back][0], STEPS[right][1] + STEPS[back][1])
    if is_open(*STEPS[right]) and not is_open(*behind):  # the wall ends here
        turns = [right, heading, OPPOSITE[right], back]
    return next((move for move in turns if is_open(*STEPS[move])), STAY)
