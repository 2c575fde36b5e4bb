"""Answers by log-probabilities: one of several labels, scored by what a model would begin its answer with.

One forward pass scores all labels: the endpoint is asked for one token and for the likeliest tokens in its
place. A token counts for the label that it is the beginning of; labels must differ in their first character.
The chosen label and the log-probabilities of all become the answer's text, so ledgers and viewers have them.
"""

import json
import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

from swarm_env.chat.request import Unusable

AROUND = " \t\n\"'`*_.,:;([{<Ġ▁"  # characters around a label that do not count
DIGITS = 4  # of a log-probability in the answer's text


def first_token(choice: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    """The likeliest first tokens of an answer with their log-probabilities; () if the server gave none.

    Args:
        choice: An item of "choices" of a chat completion.
    """
    try:
        first = choice["logprobs"]["content"][0]
        listed = {str(one["token"]): float(one["logprob"]) for one in (first, *first["top_logprobs"])}
    except (KeyError, IndexError, TypeError, ValueError):
        return ()
    return tuple((token, value) for token, value in listed.items() if value <= 0.01)


def scores(tokens: Sequence[tuple[str, float]], labels: Sequence[str]) -> dict[str, float]:
    """Log-probability of each label that tokens begin; labels without such a token are left out."""
    found: dict[str, float] = {}
    for token, value in tokens:
        label = _label(token, labels)
        if label is not None:
            before = found.get(label, -math.inf)
            high, low = max(before, value), min(before, value)
            found[label] = high + math.log1p(math.exp(low - high))
    return found


def scored_text(
    tokens: Sequence[tuple[str, float]], text: str, labels: Mapping[str, str], temperature: float, key: str
) -> str:
    """The answer as JSON: the action whose label was chosen, and the log-probability of each action.

    Args:
        tokens: Of `first_token`.
        text: Of the answer; it decides if there are no log-probabilities.
        labels: Action by label.
        temperature: 0 takes the likeliest action; else actions are drawn by their probabilities to the power
            of 1 / temperature.
        key: What a draw depends on.

    Raises:
        Unusable: None of the tokens begins a label.
    """
    found = scores(tokens, tuple(labels))
    if not found:
        label = _label(text, tuple(labels))
        if label is None:
            raise Unusable(f"none of the likeliest tokens begins one of {', '.join(labels)}: {text[:40]!r}")
        return json.dumps({"action": labels[label]})
    best = max(found, key=lambda one: found[one])
    if temperature > 0:
        weights = [math.exp((value - found[best]) / temperature) for value in found.values()]
        best = random.Random(key).choices(list(found), weights)[0]
    listed = {labels[label]: round(value, DIGITS) for label, value in found.items()}
    return json.dumps({"action": labels[best], "logprobs": listed}, ensure_ascii=False)


def _label(token: str, labels: Sequence[str]) -> str | None:
    """The label that a token begins, or that it begins with."""
    text = token.strip(AROUND).casefold()
    for label in labels if text else ():
        name = label.casefold()
        if name.startswith(text) or (text.startswith(name) and not text[len(name)].isalnum()):
            return label
    return None
