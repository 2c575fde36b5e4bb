"""What a fault makes of an answer."""

REFUSAL = "I'm sorry, but I can't help with that."
WRONG_SCHEMA = '{"colour": "blue", "sizes": [3, null, {"unit": 7}]}'
_WORDS = (
    "blorp", "quazzle", "fnim", "ostrevax", "plonkit", "zibber", "mumfle", "crindle",
    "wexo", "tramblish", "gorpin", "yssel", "nockwit", "dravvy", "skoob", "umbrit",
)  # fmt: skip
_SENTENCE = 24  # words


def spoil(text: str, kind: str | None, dice: bytes) -> str:
    """The answer that is sent instead of a good one.

    Args:
        text: The good one.
        kind: A fault; those that are not of the text leave it as it is.
        dice: At least one byte, by which nonsense is chosen.

    Returns:
        The text to send.
    """
    if kind == "wrong_schema":
        return WRONG_SCHEMA
    if kind == "nonsense":
        return " ".join(_WORDS[dice[i % len(dice)] % len(_WORDS)] for i in range(_SENTENCE)) + "."
    if kind == "truncated":
        return text[: len(text) // 2]
    return text
