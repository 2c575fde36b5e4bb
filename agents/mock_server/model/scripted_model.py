"""The scripted mind of the local server: reads a prompt, asks the scripted expert, answers as a model would.

It knows nothing but the text of one request: the expert is made anew for each and taken through the rounds
that the prompt shows, so equal prompts get equal answers and the server keeps nothing about its callers.
Experts that profit from a long memory play less well so than with one (`docs/llm-agents.md` has figures).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from swarm_env.agents.llm.prompt import MEMORY
from swarm_env.agents.llm.prompt_reader import Reading, Unreadable, read_prompt
from swarm_env.agents.mock_server.model.wall_following import follow_wall, is_lost
from swarm_env.agents.scripted import find_expert

from swarm_env.agent import Brief, Decision, Perception
from swarm_env.errors import SwarmEnvError

FARTHEST = 512  # rows and columns beyond which experts are not asked [cells]
GREATEST = 256  # numbers of a task beyond which experts are not asked
WIDEST = 31  # side of the largest view that experts are shown [cells]
WAITED = 10  # rounds before those shown that somebody who stood still is taken to have stood there
MAX_DEPTH = 8  # levels of a schema that are looked into
PLAIN = (".", "*", "W")  # symbols that are not worth a word
POLITE = (
    "I am the scripted mind of a local test server. I can only play the scenarios of swarm-env: send me the "
    "prompt of one of its agents."
)


def answer(messages: Sequence[Mapping[str, Any]], schema: Mapping[str, Any] | None = None) -> str:
    """Answer a request for a chat completion.

    Args:
        messages: As the request has them: "role" and "content", which is a text or a list of parts.
        schema: JSON schema that the answer has to follow; None: the form that the prompt asks for.

    Returns:
        The text of the answer: JSON if a schema is given.
    """
    try:
        reading = read_prompt(_texts(messages))
    except Unreadable:
        return POLITE if schema is None else json.dumps(_instance(schema, POLITE))
    decision = decide(reading)
    action, message = reading.brief.actions[decision.move], str(decision.message or "")
    if schema is not None or reading.form == "json":
        fields = {"action": action, "message": message}
        if schema is None:
            wanted = ("action", "message") if reading.brief.message == "text" else ("action",)
            return json.dumps({name: fields[name] for name in wanted}, ensure_ascii=False)
        return json.dumps(_instance(schema, message, fields), ensure_ascii=False)
    thought = "I looked again and stand by this." if reading.reviewing else "I have looked around."
    talk = f"\nMSG: {message}" if reading.brief.message == "text" else ""
    return f"{thought}\nACTION: {action}{talk}"


def decide(reading: Reading) -> Decision:
    """Decide as the scripted expert of the scenario would who remembers only what the prompt shows.

    Args:
        reading: What the prompt says.

    Returns:
        The expert's move, or, where there is no expert or it can make nothing of the prompt, one drawn by
        what the prompt says; in worlds with texts also something to say.
    """
    brief, now = reading.brief, reading.perceptions[-1]
    move = _ask_expert(reading)
    if move is None or not 0 <= move < len(brief.actions) or not now.allowed[move]:
        legal = [index for index, fine in enumerate(now.allowed) if fine] or [0]
        move = Random(repr(reading.perceptions)).choice(legal)
    return Decision(move, _say(reading, move) if brief.message == "text" else None)


def _ask_expert(reading: Reading) -> int | None:
    """The expert's move, or None."""
    brief, perceptions = reading.brief, reading.perceptions
    if not brief.scenario.isidentifier() or not _plausible(brief, perceptions):
        return None
    if is_lost(brief.scenario, perceptions):
        return follow_wall(perceptions[-1], reading.deeds)
    try:
        expert = find_expert(brief.scenario)()
        expert.reset(brief, [perceptions[0].name], perceptions[0].round)
        moves = [expert.decide([perception])[0].move for perception in _relived(perceptions)]
    except (SwarmEnvError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError):
        return None  # a prompt may say anything, and no more was promised to the expert than a real game's
    return int(moves[-1])


def _relived(perceptions: Sequence[Perception]) -> Sequence[Perception]:
    """What the expert is taken through: who stood still in all that is shown is taken to have waited long."""
    if len(perceptions) < MEMORY or len({perception.position for perception in perceptions}) > 1:
        return perceptions
    first = perceptions[0]
    waited = [replace(first, round=first.round - back) for back in range(min(WAITED, first.round), 0, -1)]
    return [*waited, *perceptions]


def _plausible(brief: Brief, perceptions: Sequence[Perception]) -> bool:
    """Whether an expert may be asked without fear for time and memory."""
    numbers = [value for value in brief.facts.values() if isinstance(value, int | float)]
    return (
        all(abs(number) <= GREATEST for number in numbers)
        and brief.view_size <= WIDEST
        and all(max(map(abs, perception.position)) <= FARTHEST for perception in perceptions)
    )


def _say(reading: Reading, move: int) -> str:
    """What is worth telling the neighbours: where one is and goes, and the nearest thing seen."""
    brief, now = reading.brief, reading.perceptions[-1]
    row, col = now.position
    word = ("AGREE: " if now.heard else "PROPOSE: ") if reading.debating else ""
    text = f"{word}I am at row {row}, column {col} and do {brief.actions[move]}"
    things = sorted(_things(now))
    if things:
        _, there, symbol = things[0]
        text += f"; {brief.symbols.get(symbol, symbol)} at row {there[0]}, column {there[1]}"
    limit = brief.message_shape[0]
    return f"{text}."[:limit]


def _things(now: Perception) -> Iterator[tuple[int, tuple[int, int], str]]:
    """Steps to, place and symbol of what is in sight besides agents, walls and floor."""
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
    """Something that a plain JSON schema allows: known fields as given, others as small as may be."""
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
