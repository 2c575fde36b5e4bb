"""Tokens of this server: four characters each.

Our choice: the rule of thumb for English text, so that a rehearsal costs about what the real thing costs. It
needs no vocabulary, and the pieces put together give the text.
"""

CHARACTERS = 4
PER_MESSAGE = 3  # marks around a message: our choice, near what real models use


def count(text: str) -> int:
    """Tokens of a text."""
    return -(-len(text) // CHARACTERS)


def pieces(text: str) -> list[str]:
    """The tokens of a text, in order; joined they give the text."""
    return [text[start : start + CHARACTERS] for start in range(0, len(text), CHARACTERS)]


def first(text: str, number: int) -> str:
    """The first tokens of a text."""
    return text[: CHARACTERS * number]
