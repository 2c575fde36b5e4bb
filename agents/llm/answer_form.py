"""Forms of answers: what a prompt says of them, the JSON schema, and labels of actions."""

from collections.abc import Sequence
from typing import Any

from swarm_env.agents.llm import wording

from swarm_env.agent import Brief

FORMS = ("json", "text", "word", "scored")


def format_of(brief: Brief, form: str) -> str:
    """What a prompt says of the form of the answer."""
    talks, actions = brief.message == "text", " or ".join(brief.actions)
    if form == "scored":
        labels = labels_of(brief)
        named = ", ".join(
            labels if tuple(labels) == brief.actions else [f"{k} = {v}" for k, v in labels.items()]
        )
        return wording.ANSWER_SCORED.format(labels=named)
    if form == "word":
        return wording.ANSWER_WORD.format(actions=actions) + wording.ANSWER_TEXT_MESSAGE * talks
    if form == "text":
        lines = wording.ANSWER_TEXT.format(lines="these two lines" if talks else "this line", actions=actions)
        return lines + wording.ANSWER_TEXT_MESSAGE * talks
    return wording.ANSWER_JSON.format(actions=actions, message=wording.ANSWER_JSON_MESSAGE * talks)


def answer_schema(brief: Brief, bounded: bool = False) -> dict[str, Any]:
    """The JSON schema of an answer, valid for endpoints with strict schemas.

    Args:
        brief: Of the episode.
        bounded: Whether it limits the length of a message, which not every endpoint accepts: a small model
            that repeats itself would go on until the maximum tokens, and its answer be cut.
    """
    properties: dict[str, Any] = {"action": {"type": "string", "enum": list(brief.actions)}}
    if brief.message == "text":
        limit = brief.message_shape[0]
        what = "a number or a phrase" if brief.phrases else f"at most {limit} characters"
        properties["message"] = {"type": "string", "description": f"{what}; empty to say nothing"}
        if bounded:
            properties["message"]["maxLength"] = limit
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def labels_of(brief: Brief, allowed: Sequence[bool] = ()) -> dict[str, str]:
    """Action by label, for answers that are scored by their first token.

    A label is the action's name, or a letter if two names begin with the same one.

    Args:
        brief: Of the episode.
        allowed: Whether each action is allowed; (): all are.
    """
    names = brief.actions
    plain = len({name[0] for name in names}) == len(names)
    labels = {name if plain else chr(ord("A") + i): name for i, name in enumerate(names)}
    shown = zip(labels.items(), allowed or [True] * len(names), strict=False)
    return {label: name for (label, name), legal in shown if legal}
