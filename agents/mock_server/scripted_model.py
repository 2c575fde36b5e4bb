"""The scripted model of the mock server: parses a prompt, asks the scripted expert, answers like a model.

It is stateless: each request gets a new expert, which is led through the rounds in the prompt, so equal
prompts get equal answers. Experts that need a long memory play worse (figures in `docs/llm-agents.md`).
While the target is out of sight the model follows walls instead: experts would search where they have
searched before, and whoever keeps a wall at the right hand passes everything along connected walls.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from swarm_env.agents.llm.prompt import MEMORY
from swarm_env.agents.llm.prompt_reader import ParsedPrompt, PastAction, UnreadablePrompt, read_prompt
from swarm_env.agents.llm.swarmbench.preset_reader import is_preset_prompt, read_preset_prompt
from swarm_env.agents.scripted import find_expert
from swarm_env.agents.scripted.expert import FREE, OPPOSITE, RIGHT_HAND, STAY, STEPS, UP, is_agent

from swarm_env.agent import Brief, Decision, Perception
from swarm_env.errors import SwarmEnvError

FARTHEST = 512  # largest row and column for which experts are asked [cells]
GREATEST = 256  # largest number of a task for which experts are asked
WIDEST = 31  # side of the largest view for which experts are asked [cells]
WAITED = 10  # earlier rounds in which an agent that never moved is assumed to have stood still too
MAX_DEPTH = 8  # levels of a schema that are filled
PLAIN = (".", "*", "W")  # symbols not worth a message
STUCK_AFTER = 2  # rounds without a step until a random move

# The target by scenario and own mark; experts know the way once it is in sight.
TARGETS = {"foraging": ("F", "N"), "transport": ("B", "B")}
POLITE = (
    "I am the scripted model of a local test server. I can only play the scenarios of swarm-env: send me the "
    "prompt of one of its agents."
)


def answer(messages: Sequence[Mapping[str, Any]], schema: Mapping[str, Any] | None = None) -> str:
    """Answer a request for a chat completion.

    Args:
        messages: Each with "role" and "content", which is a text or a list of parts.
        schema: JSON schema of the answer; None: the form that the prompt asks for.

    Returns:
        The text of the answer: JSON if a schema is given.
    """
    try:
        texts = _texts(messages)
        prompt = read_preset_prompt(texts) if is_preset_prompt(texts) else read_prompt(texts)
    except UnreadablePrompt:
        return POLITE if schema is None else json.dumps(_instance(schema, POLITE))
    decision = decide(prompt)
    action, message = prompt.brief.actions[decision.move], str(decision.message or "")
    if schema is not None or prompt.form == "json":
        fields = {"action": action, "message": message}
        if schema is None:
            wanted = ("action", "message") if prompt.brief.message == "text" else ("action",)
            return json.dumps({name: fields[name] for name in wanted}, ensure_ascii=False)
        return json.dumps(_instance(schema, message, fields), ensure_ascii=False)
    thought = "I looked again and stand by this." if prompt.reviewing else "I have looked around."
    talk = f"\nMSG: {message}" if prompt.brief.message == "text" else ""
    return f"{thought}\nACTION: {action}{talk}"


def decide(prompt: ParsedPrompt) -> Decision:
    """Decide as the scripted expert of the scenario that knows only the rounds in the prompt.

    Returns:
        The expert's move; without an expert or its answer, a random allowed move, determined by the prompt.
        With a text channel also a message.
    """
    brief, now = prompt.brief, prompt.perceptions[-1]
    move = _ask_expert(prompt)
    if move is None or not 0 <= move < len(brief.actions) or not now.allowed[move]:
        legal = [index for index, fine in enumerate(now.allowed) if fine] or [0]
        move = Random(repr(prompt.perceptions)).choice(legal)
    return Decision(move, _say(prompt, move) if brief.message == "text" else None)


def _ask_expert(prompt: ParsedPrompt) -> int | None:
    """The expert's move; None without an expert, or if it fails."""
    brief, perceptions = prompt.brief, prompt.perceptions
    if not brief.scenario.isidentifier() or not _plausible(brief, perceptions):
        return None
    if is_lost(brief.scenario, perceptions):
        return follow_wall(perceptions[-1], prompt.actions)
    try:
        expert = find_expert(brief.scenario)()
        expert.reset(brief, [perceptions[0].name], perceptions[0].round)
        moves = [expert.decide([perception])[0].move for perception in _relived(perceptions)]
    except (SwarmEnvError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError):
        return None  # a prompt may hold anything, and experts are written for real games
    return int(moves[-1])


def is_lost(scenario: str, perceptions: Sequence[Perception]) -> bool:
    """Whether no view of the remembered rounds (the present one last) shows the scenario's target."""
    targets = TARGETS.get(scenario)
    if targets is None:
        return False
    target = targets[min(perceptions[-1].mark, 1)]
    return not any(target in cells for perception in perceptions for cells in perception.view)


def follow_wall(now: Perception, actions: Sequence[PastAction]) -> int:
    """The next step along the wall at the right hand; straight on without a wall, STAY between four."""
    middle = len(now.view) // 2
    if middle == 0:
        return STAY

    def is_open(down: int, across: int) -> bool:
        symbol = now.view[middle + down][middle + across]
        return symbol == FREE or is_agent(symbol)

    stuck = [action.moved for action in actions[-STUCK_AFTER:]] == [False] * STUCK_AFTER
    chance = Random(f"{now.name} {now.round}")
    if stuck:
        free = [move for move, (i, j) in STEPS.items() if now.view[middle + i][middle + j] == FREE]
        return chance.choice(free or list(STEPS))
    steps = [action.move for action in actions if action.moved and action.move in STEPS]
    number = int(now.name.rpartition("_")[2]) if now.name[-1].isdecimal() else 0
    heading = steps[-1] if steps else UP + number % len(STEPS)
    right, back = RIGHT_HAND[heading], OPPOSITE[heading]
    turns = [heading, OPPOSITE[right], right, back]
    behind = (STEPS[right][0] + STEPS[back][0], STEPS[right][1] + STEPS[back][1])
    if is_open(*STEPS[right]) and not is_open(*behind):  # the wall ends here
        turns = [right, heading, OPPOSITE[right], back]
    return next((move for move in turns if is_open(*STEPS[move])), STAY)


def _relived(perceptions: Sequence[Perception]) -> Sequence[Perception]:
    """The rounds for the expert: an agent that never moved is assumed to have waited longer."""
    if len(perceptions) < MEMORY or len({perception.position for perception in perceptions}) > 1:
        return perceptions
    first = perceptions[0]
    waited = [replace(first, round=first.round - back) for back in range(min(WAITED, first.round), 0, -1)]
    return [*waited, *perceptions]


def _plausible(brief: Brief, perceptions: Sequence[Perception]) -> bool:
    """Whether the numbers are small enough for an expert's time and memory."""
    numbers = [value for value in brief.facts.values() if isinstance(value, int | float)]
    return (
        all(abs(number) <= GREATEST for number in numbers)
        and brief.view_size <= WIDEST
        and all(max(map(abs, perception.position)) <= FARTHEST for perception in perceptions)
    )


def _say(prompt: ParsedPrompt, move: int) -> str:
    """A message to the neighbours: own position and move, and the nearest object in sight."""
    brief, now = prompt.brief, prompt.perceptions[-1]
    row, col = now.position
    if brief.phrases:
        number = Random(repr(now)).randrange(len(brief.phrases))
        return f"{number + 1}: {brief.phrases[number]}"
    word = ("AGREE: " if now.heard else "PROPOSE: ") if prompt.debating else ""
    text = f"{word}I am at row {row}, column {col} and do {brief.actions[move]}"
    things = sorted(_things(now))
    if things:
        _, there, symbol = things[0]
        text += f"; {brief.symbols.get(symbol, symbol)} at row {there[0]}, column {there[1]}"
    limit = brief.message_shape[0]
    return f"{text}."[:limit]


def _things(now: Perception) -> Iterator[tuple[int, tuple[int, int], str]]:
    """Distance, position and symbol of objects in sight other than agents, walls and floor."""
    half = len(now.view) // 2
    for i, cells in enumerate(now.view):
        for j, symbol in enumerate(cells):
            if symbol not in PLAIN and not symbol[-1].isdigit():
                place = (now.position[0] + i - half, now.position[1] + j - half)
                yield abs(i - half) + abs(j - half), place, symbol


def _texts(messages: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Role and text of each message."""
    texts = []
    for message in messages:
        content = message.get("content")
        if isinstance(content, list):
            parts = [part.get("text") for part in content if isinstance(part, Mapping)]
            content = "\n".join(part for part in parts if isinstance(part, str))
        texts.append((str(message.get("role", "user")), content if isinstance(content, str) else ""))
    return texts


def _instance(schema: Any, text: str, fields: Mapping[str, Any] | None = None, depth: int = 0) -> Any:
    """A minimal instance of a simple JSON schema; known fields have the given values."""
    if not isinstance(schema, Mapping) or depth > MAX_DEPTH:
        return None
    for name in ("anyOf", "oneOf"):
        if isinstance(schema.get(name), list) and schema[name]:
            return _instance(schema[name][0], text, fields, depth + 1)
    if "const" in schema:
        return schema["const"]
    if isinstance(schema.get("enum"), list) and schema["enum"]:
        return schema["enum"][0]
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) and kind else kind
    if kind == "object":
        properties = schema.get("properties")
        known = fields or {}
        if not isinstance(properties, Mapping) or not properties:
            return dict(known) or {"message": text}
        return {
            name: known[name] if name in known else _instance(part, text, fields, depth + 1)
            for name, part in properties.items()
        }
    if kind == "array":
        few = schema.get("minItems", 0)
        count = min(few, MAX_DEPTH) if isinstance(few, int) else 0
        return [_instance(schema.get("items"), text, fields, depth + 1) for _ in range(count)]
    least = schema.get("minimum", 0)
    numbers = {"integer": least, "number": least, "boolean": False, "null": None}
    return numbers.get(kind, text) if isinstance(kind, str) else text
