"""Texts and lines of the preset's prompt.

What they say, and in which order, is what the prompt released with the benchmark says (arXiv 2505.04364 and
the system released with it); the wording is ours. Task descriptions say less than those of the scenarios: for
example, not how the prey chooses its way.
"""

SYSTEM = "You are one agent among several. Cooperate with the others and complete the task you are given."

INTRODUCTION = (
    "You are agent {name} in a world with many agents. Reach the goal of the task by exploring and by "
    "working together."
)

TASKS = {
    "transport": (
        "Walls (W) surround the map, except for a gap through which one gets outside (*). An obstacle (B) "
        "blocks the gap.\nFirst find the obstacle (B), then push it out through the gap with five agents at "
        "the same moment, and at last leave the map (*) yourselves."
    ),
    "flocking": (
        "Line up on the map so that you and the other agents form this shape (A stands for an "
        "agent):\n{shape}"
    ),
    "pursuit": (
        "Somewhere on the map is a prey (P). Hunt it down together with the other agents. It is caught "
        "only when agents (A) or walls (W) are on its four sides:\n.,A/W,.\nA/W,P,A/W\n.,A/W,.\nIt is "
        "faster than any of you: it takes 2 steps in a round. A catch earns you a point, and a new prey "
        "appears somewhere on the map."
    ),
    "synchronization": (
        "Every agent has a light, which is on or off. All of you must bring the lights to the same state: "
        "all on, or all off. You earn a point when the lights of all agents, those out of your sight "
        "included, are equal. For the next point all lights must come to the opposite state: after a "
        "point for all on the next one is for all off, and the other way round.\nThere is one more "
        "action: SWITCH. It changes your light to the other state. In your view agents whose light is on "
        "look as usual, and those whose light is off have a dollar sign ($) before their number."
    ),
    "foraging": (
        "You are in a maze; walls (W) stand in your way. Find a path and carry food (F) to your nest (N). "
        "For each piece of food:\n1. While you carry none, find the food (F), take a piece and leave. "
        "There is always more food, and you can carry one piece at a time.\n2. While you carry one, find "
        "a path to the nest (N), drop it there and leave. This earns you a point.\nBring as many pieces "
        "to the nest as you can. Only agents directly beside F or N can take or drop food. Agents that "
        "carry food look as usual, the others have a dollar sign ($) before their number."
    ),
}

# Lines of one round or list.
ROUND = "Round: {round}"
VIEWS = "What you saw in the last {memory} steps (never the whole map):"
NOW = "Current step:"
BEFORE = "{steps} steps before:"
OWN = "What you observe now:"
FACT = "{name}: {value}"
HEARD = "Messages that you received:"
MESSAGE = "Message: {text}"
HISTORY = "Your actions so far:"
ACTED = "Round {round}: Action: {action}, Message: {text}"
NO_ACTION = "NONE"  # in place of an action that could not be read
MAP = "The whole map now:"

SYMBOLS = {
    "a number": "the agent with this number (the numbers of rows and columns are not agents)",
    "Y": 'you; the others see your number instead of "Y"',
    "W": "wall",
    "B": "obstacle that can be pushed (by at least 5 agents that push in the same direction)",
    ".": "free cell, which you can enter",
    "*": "place outside the map",
}
LEGEND = "Symbols:"
SYMBOL = "- {symbol}: {meaning}"
MORE_SYMBOLS = "The task may name more symbols."

ACTIONS = """\
Actions:
1. UP: go up
2. DOWN: go down
3. LEFT: go left
4. RIGHT: go right
5. STAY: stay where you are"""
SPEAKING = "6. MSG: send a message"
MORE_ACTIONS = "The task may name more actions."

PHYSICS = """\
Rules of pushing:
1. You weigh 1, and you can push with a force of up to 2.
2. A thing, you included, is pushed only if the whole force in one direction is at least its weight.
3. What is fixed, such as W (walls), cannot be pushed. Only B can.
4. Force is passed on, but only between things that touch. So you can help an agent that pushes by pushing \
it from behind.
5. Things can be pushed only, not pulled and not dragged along. To move one to the right you must be at its \
left side and take the action RIGHT."""

TALKING = """\
Rules of messages:
1. A message is a text with what you want to tell the others.
2. {hearers}
3. Messages go to everybody there. Nobody learns who sent one.
4. Write only what is needed, and nothing ambiguous.
5. A message has at most {limit} characters; what is longer is replaced by "..."."""

CHOOSING = "6. A message is one of these, given by its number or in words:"
NEAR = (
    "All agents at most {reach} rows and {reach} columns away receive your message, and you receive theirs."
)
# Who hears whom, by topology. The benchmark knows the first, and in one experiment the last.
HEARERS = {
    "range": "All agents in your view receive your message, and you receive theirs.",
    "all": "All agents receive your message, and you receive those of all agents.",
    "ring": (
        "The agents with the next lower and the next higher number receive your message, and you receive "
        "theirs; the lowest and the highest number are neighbours."
    ),
    "chain": (
        "The agents with the next lower and the next higher number receive your message, and you receive "
        "theirs."
    ),
    "star": (
        "Agent agent_0 receives all messages, and its own go to all agents. Nobody else hears the others."
    ),
    "links": "Agents receive the messages of those that have a link to them, however far away.",
    "commander": (
        "Agent agent_0 is the commander: it alone sees the whole map, and it decides what all agents do. It "
        "receives all messages, and its own go to all agents; nobody else hears the others. All follow its "
        "orders."
    ),
}

PLACES = """\
Further rules:
1. Places are written (i, j): row i, column j. Your views show rows and columns of the whole map; use these.
2. i grows downwards, j grows to the right.
3. What is wholly outside the map (*) is removed."""

ANSWER = """\
Think carefully, then choose your next action. To complete the task you must work together with the others.

Your answer should contain:
1. your analysis of the situation
2. your decision and the reasons for it{message}

End it clearly with the action you choose: "ACTION: [YOUR_ACTION]"{ending}"""
ANSWER_MESSAGE = "\n3. the message that you send, if any"
ANSWER_ENDING = ' and/or "MSG: [your message, without line breaks]"'
