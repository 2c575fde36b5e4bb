"""Estimate tokens without a tokenizer, for dry runs.

A word counts as one token per 8 letters; each group of up to 3 digits, each other character and each run of
line ends as one. For English text and tables the result is close to common tokenizers and rather too high.
The rule and the lengths of answers are our choice.
"""

import re
from collections.abc import Iterable

PER_MESSAGE = 4  # for the role and the separators of messages
ACTION, MESSAGE, THOUGHT = 10, 30, 80  # tokens of the parts of an answer

_PIECES = re.compile(r"[^\W\d_]{1,8}|\d{1,3}|\n+|[^\w\s]|_")


def count(text: str) -> int:
    """Estimated tokens of a text."""
    return sum(1 for _ in _PIECES.finditer(text))


def of_messages(messages: Iterable[tuple[str, str]]) -> int:
    """Estimated tokens of a prompt, given role and text of each message."""
    return sum(count(text) + PER_MESSAGE for _, text in messages)


def of_answer(talks: bool, thinks: bool, most: int | None) -> int:
    """Estimated tokens of an answer, at most `most`, without the hidden reasoning of reasoning models."""
    tokens = ACTION + MESSAGE * talks + THOUGHT * thinks
    return tokens if most is None else min(tokens, most)
