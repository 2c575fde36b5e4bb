"""Actions that stand alone: in a box, or on a line of their own."""

import re
from collections.abc import Iterator

from swarm_env.agents.llm.answers.vocabulary import Vocabulary

BARE_LINES = 40  # last lines in which a single word counts
LONGEST_LINE = 60  # characters

_BOXED = re.compile(r"\\boxed\{(?:\\text\w{0,2}\{)?([^{}\n]{1,40})\}")


def boxed(text: str, words: Vocabulary) -> int | None:
    """The action in the last LaTeX box that names one."""
    moves = [move for match in _BOXED.finditer(text) if (move := words.choice(match[1])) is not None]
    return moves[-1] if moves else None


def bare_lines(text: str, words: Vocabulary) -> set[int]:
    """The actions that lines of nothing else name; a number counts only if it is the whole answer."""
    lines = list(_last_lines(text))
    named = [words.exact(line, weak=False) for line in lines if len(line) <= LONGEST_LINE]
    moves = {move for move in named if move is not None}
    number = words.number(lines[0]) if len(lines) == 1 and not moves else None
    return moves if number is None else {number}


def _last_lines(text: str) -> Iterator[str]:
    """The last lines that are not empty, last one first."""
    end = len(text)
    count = 0
    while end > 0 and count < BARE_LINES:
        start = text.rfind("\n", 0, end) + 1
        line = text[start:end].strip()
        if line:
            yield line
            count += 1
        end = start - 1
