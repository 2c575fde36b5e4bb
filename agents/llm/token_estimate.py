"""How many tokens a text may have, without a tokenizer: for rehearsals only, never for accounts.

Each word of up to 8 letters counts as one token, longer ones as several; each group of up to 3 digits, each
other sign and each run of line ends as one. On English text and on tables this is near what usual tokenizers
count and rather too high. The rule and the lengths of answers are our choice.
"""

import re
from collections.abc import Iterable

PER_MESSAGE = 4  # for the role, and what parts messages
ACTION, MESSAGE, THOUGHT = 10, 30, 80  # of an answer: the action in its form, a message, thoughts before it

_PIECES = re.compile(r"[^\W\d_]{1,8}|\d{1,3}|\n+|[^\w\s]|_")


def count(text: str) -> int:
    """Tokens of a text, estimated."""
    return sum(1 for _ in _PIECES.finditer(text))


def of_messages(messages: Iterable[tuple[str, str]]) -> int:
    """Tokens of a question, estimated.

    Args:
        messages: Role and text of each.
    """
    return sum(count(text) + PER_MESSAGE for _, text in messages)


def of_answer(talks: bool, thinks: bool, most: int | None) -> int:
    """Tokens of an answer, estimated; what reasoning models think beforehand is not in it.

    Args:
        talks: Whether it holds a message.
        thinks: Whether thoughts are asked for.
        most: Limit of the request, if it has one.
    """
    tokens = ACTION + MESSAGE * talks + THOUGHT * thinks
    return tokens if most is None else min(tokens, most)
