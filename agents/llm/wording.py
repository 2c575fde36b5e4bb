"""The texts and lines of prompts; `prompt.py` fills them, `prompt_reader.py` parses them.

The content is that of the published benchmark (arXiv 2505.04364): task, symbols, actions, pushing, messages,
form of the answer. The words are ours, as are the personas and the ways of thinking: studies of collaboration
vary both, and there is no standard wording.
"""

PERSONAS = {
    "none": "",
    "calm": (
        "You are calm. You act on what you have seen, say plainly when you are not sure, take your time to "
        "understand the others, and readily give up your own plan for a better one."
    ),
    "overconfident": (
        "You are very sure of yourself. You trust your own judgement more than what others tell you, never "
        "say that you might be wrong, and expect the others to follow your plan."
    ),
}

THINKING = {
    "plain": "",
    "reflect": (
        "You will be asked twice: your first answer is a draft. You will see it once more and may change it "
        "before it counts."
    ),
    "debate": (
        "Plans are made by talking. Weigh every proposal that you heard: does it fit what you see, and does "
        "it serve the team better than your own idea? Act on the better one and answer it in your message: "
        "AGREE and the plan you follow, or COUNTER and a better plan with its reason. If nobody proposed "
        "anything, begin your message with PROPOSE and say what you and your neighbours should do next."
    ),
}

REVIEW = (
    "That was your draft. Check it before it counts: Is the cell you go to where you believe it is in your "
    "latest view? Will anything stop you, and what did your last actions come to? Does it fit what the "
    "others do and say? Keep the action or change it, and give your final answer in the form asked for."
)

ROLE = (
    "You are one of several agents on a grid, a team without a leader. All of you act at the same moment, "
    "round by round. Nobody has a map: you see only the cells around you, and you decide only for yourself."
)

ROLE_TEAMS = (
    "You are one of several agents on a grid, in teams without leaders that play against each other. All of "
    "you act at the same moment, round by round. Nobody has a map: you see only the cells around you, and "
    "you decide only for yourself."
)

ROLE_ALONE = (
    "You are one of several agents on a grid. Each gets what it earns itself. All of you act at the same "
    "moment, round by round. Nobody has a map: you see only the cells around you, and you decide only for "
    "yourself."
)

ROLE_COMMANDED = (
    "You are one of several agents on a grid, a team that agent_0 leads. All of you act at the same moment, "
    "round by round. Only agent_0 sees the whole map: the others see the cells around them and do what it "
    "tells them."
)

PLACES = (
    "Places are given as row and column. Row 0 is the top row and rows count downwards; column 0 is the "
    "leftmost column and columns count to the right. You see the {k} x {k} cells around you as a table, with "
    "row numbers at its left and column numbers above it. You are in its middle."
)

MOVES = {
    "STAY": "remain where you are",
    "UP": "one row up (row - 1)",
    "DOWN": "one row down (row + 1)",
    "LEFT": "one column to the left (column - 1)",
    "RIGHT": "one column to the right (column + 1)",
}
OWN_MOVE = "see the task"

# Lines of one round or list.
NUMBERS = "Numbers of the task: {facts}"
SYMBOLS = "Symbols:"
SYMBOL = "{symbol} = {meaning}"
SENSES = "You alone sense these numbers:"
SENSE = "- {name}: {meaning}"
ACTION = "{index} {name}: {meaning}"
MAP = "The whole map now:"
STATE = "You are {name} (number {number}) at row {row}, column {column}."
VIEW = "Round {round}{now}, you at row {row}, column {column}:"
SENSED = "You sense: {values}"
NUMBERED = " (number {number})"
FLOOR = " on the floor"
AMOUNT = "{name} on the floor, from 1 (little) to 9 (most)"
TEAM = " You are of team {team}; its agents are shown as {symbols} and their number."
UNDER = "On the floor where you stand: {values}"
PAYOFF = "You have got {payoff:g} so far."
DID = "Round {round}: {action}, {result}"
STAYED = "you did not move"
HEARD = "What you hear:"
BARRED = "Not possible now: {names}"

PUSHING = (
    "Pushing: who moves towards something pushes it. Each agent has mass 1 and pushes with force 2, so one "
    "that moves has a force of 1 to spare. Force is handed on through all that touch in the direction of the "
    "push, and the forces of those who push the same way add up. Of what is pushed, the largest part moves "
    "whose masses the force can bear; the rest stays. Who moves the opposite way resists with 2 more mass. A "
    "thing of c cells has mass floor(sqrt(c)) unless the task says otherwise. Walls and other fixed things "
    "never move. In a round all moves UP come first, then DOWN, then LEFT, then RIGHT."
)

TALKING = (
    "Messages: with your action you may send a message of at most {limit} characters; what is longer is cut. "
    "{hearers} {sender}"
)
HEARERS = {
    "range": (
        "Every other agent that is at most {reach} rows and {reach} columns away from you after this round's "
        "moves reads it {when}."
    ),
    "all": "All other agents, however far away, read it {when}.",
    "ring": (
        "The agents with the next lower and the next higher number (after the highest comes the lowest) read "
        "it {when}, however far away they are."
    ),
    "chain": (
        "The agents with the next lower and the next higher number read it {when}, however far away they are."
    ),
    "star": (
        "agent_0 reads what the others send, and they read what agent_0 sends, {when}, however far away."
    ),
    "links": "The agents that have a link from you read it {when}, however far away they are.",
    "commander": ("agent_0 reads what the others send, and they read its orders, {when}, however far away."),
}
CHOOSING = (
    "Messages: with your action you may send one of these, by number or in words, or nothing. {hearers} "
    "{sender}"
)
PHRASE = "{number}: {phrase}"
ANONYMOUS = "Nobody learns who sent a message."
SIGNED = "A message arrives with the name of its sender in front."
COSTS = " Each message costs you {cost:g}."
MUTE = "You cannot send a message now."
NEXT = "in the next round"
LATER = "{low} to {high} rounds later"
NOISY = " Some messages arrive garbled."

ANSWER_TEXT = "Answer: think as long as you need, then end your answer with {lines}:\nACTION: <{actions}>"
ANSWER_TEXT_MESSAGE = "\nMSG: <your message, or nothing>"
ANSWER_WORD = "Answer with the name of your action alone: {actions}."
ANSWER_SCORED = "Answer with one of these and nothing else: {labels}."
ANSWER_JSON = 'Answer with one JSON object and nothing else:\n{{"action": "<{actions}>"{message}}}'
ANSWER_JSON_MESSAGE = ', "message": "<your message, or nothing>"'

DEFAULT_TEMPLATE = """\
{role}

{persona}

Task: {scenario}
{task}
{numbers}
A game has at most {rounds} rounds.

{places}

{legend}

{actions}

{pushing}

{talking}

{thinking}

{format}
---
Round {round} of {rounds}. Rounds left after this one: {rounds_left}.
{state}

{views}

{taken}

{heard}

{said}

{barred}

Decide for round {round}.
"""

LAST = "Last: {action}{blocked}."
SENSED_SHORT = "Sensed: {values}."
HEARD_SHORT = "Heard: {texts}."

# Templates with a name: `prompt=compact`, `prompt=terse`.
COMPACT_TEMPLATE = """\
{role}

{persona}

Task: {scenario}
{task}
{numbers}
A game has at most {rounds} rounds.

{legend}

{actions}

{talking}

{thinking}

Each round you are given the way to the nearest thing of each kind that you have seen lately.

{format}
---
Round {round}. {mark} {position}. {near}. {last} {sensed} {hears} {can}
"""
TERSE_TEMPLATE = """\
{scenario}
---
{mark} {position}. {near}. {last} {sensed} {hears} {can}
"""
