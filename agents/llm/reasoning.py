"""Takes out of an answer what a model only thought."""

import re

_NAMES = "think|thinking|thought|thoughts|reasoning|reflection|scratchpad|analysis"
_TAG = re.compile(
    rf"<(?P<a>/?)(?:{_NAMES})>|◁(?P<b>/?)think▷|\[(?P<c>/?)think\]|<\|(?P<d>/?)think\|>", re.IGNORECASE
)
_FINAL = "<|channel|>final<|message|>"  # of the answers of gpt-oss, where a server passes them on raw


def without_thoughts(text: str) -> str:
    """The text without what stands between <think> and </think> and their like.

    A tag that is never closed takes everything behind it (the answer was cut off); one that was never opened
    everything before it (the opening was part of the question).

    Args:
        text: An answer.

    Returns:
        What is left.
    """
    if _FINAL in text:
        text = text.rpartition(_FINAL)[2]
    pieces: list[str] = []
    end, start = 0, -1  # end of the last thought; start of the one that is open
    for match in _TAG.finditer(text):
        closes = any(match.groups())
        if closes and start < 0 and end == 0 and not pieces:
            end = match.end()
        elif closes and start >= 0:
            end, start = match.end(), -1
        elif not closes and start < 0:
            start = match.start()
            pieces.append(text[end:start])
    if start < 0:
        pieces.append(text[end:])
    return "\n".join(pieces)
