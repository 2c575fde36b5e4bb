"""Which action a few words name.

Names of the scenario's own actions come first; then other words for the five that all scenarios have, as far
as no action of that name exists. Whatever could mean two actions means none.
"""

import re
import unicodedata
from functools import lru_cache

LONGEST = 200  # characters of a value that are looked at
LONGEST_CLAUSE = 80  # beyond, what names an action is prose

SYNONYMS = {
    "STAY": (
        "stay put", "stay still", "stay here", "stand still", "wait", "remain", "hold", "hold position",
        "idle", "pass", "noop", "no op", "no move", "no action", "do nothing", "none", "rest", "stop",
    ),
    "UP": ("north", "upward", "upwards", "↑", "⬆", "▲", "🔼", "👆"),
    "DOWN": ("south", "downward", "downwards", "↓", "⬇", "▼", "🔽", "👇"),
    "LEFT": ("west", "leftward", "leftwards", "←", "⬅", "◀", "👈"),
    "RIGHT": ("east", "rightward", "rightwards", "→", "➡", "▶", "👉"),
}  # fmt: skip
WEAK = {"none", "pass", "stop", "rest", "hold"}  # mean an action only where nothing else is said

_MARKUP = re.compile(r"[*`\"'“”„‘’«»「」『』《》<>\[\]{}|\\#~\ufe0f]+")
_BLANKS = re.compile(r"[\s_\-‐‑–—/]+")
_LIST_NUMBER = re.compile(r"^\(?\d{1,3}[.):]?\s+(?=\D)")
_CLAUSE_END = re.compile(
    r"[,.;:!?(。；！？、]|\b(?:because|since|so|as|then|in order|for|while|but|due|towards?)\b"
)
_NOT = re.compile(r"\b(?:not|never|cannot|avoid|without|dont|cant|wont|no longer)\b|n t\b")
_GOES_ON = re.compile(r"\s*(?:$|[,/|]|or\b|and\b)")
_EDGES = " .,;:!?()。，；：！？、"


class Vocabulary:
    """The words for the actions of a scenario."""

    def __init__(self, actions: tuple[str, ...]) -> None:
        """Collect them.

        Args:
            actions: Names of the actions.
        """
        self._size = len(actions)
        self._words: dict[str, int] = {}
        for index, name in enumerate(actions):
            self._words.setdefault(plain(name), index)
        for index, name in enumerate(actions):
            for word in SYNONYMS.get(name, ()):
                self._words.setdefault(plain(word), index)
        found = [word for word in self._words if word not in WEAK]
        self._any = re.compile(_alternatives(found))
        self._own = re.compile(_alternatives(actions))
        self._names = {name: index for index, name in enumerate(actions)}

    def exact(self, value: str, weak: bool = True) -> int | None:
        """The action if the value is nothing but a word for it, with any decoration.

        Args:
            value: A few words.
            weak: Whether words count that mean an action only where one is asked for.

        Returns:
            Index of the action, or None.
        """
        word = _LIST_NUMBER.sub("", plain(value[:LONGEST])).strip(_EDGES)
        return self._words.get(word) if weak or word not in WEAK else None

    def number(self, value: str) -> int | None:
        """The action if the value is its number."""
        digits = plain(value[:LONGEST]).strip(_EDGES)
        if digits.isascii() and digits.isdigit() and len(digits) <= 3 and int(digits) < self._size:
            return int(digits)
        return None

    def choice(self, value: str) -> int | None:
        """The one action that a value names.

        Args:
            value: What stands behind "ACTION:".

        Returns:
            Index of the action; None if none or several are named, or one is only named to be ruled out.
        """
        index = self.exact(value)
        if index is None:
            index = self.number(value)
        if index is not None:
            return index
        words = _LIST_NUMBER.sub("", plain(value[:LONGEST], keep="|/")).strip(_EDGES)
        end = _CLAUSE_END.search(words)
        clause, rest = (words[: end.start()], words[end.end() :].lstrip()) if end else (words, "")
        if len(clause) > LONGEST_CLAUSE or _NOT.search(clause):
            return None
        another = self._any.match(rest)
        if another and _GOES_ON.match(rest, another.end()):  # a list to choose from
            return None
        return self.only(clause)

    def only(self, text: str) -> int | None:
        """The one action named by any of its words in a text of small letters."""
        named = {self._words[match[0]] for match in self._any.finditer(text)}
        return named.pop() if len(named) == 1 else None

    def own(self, text: str) -> set[int]:
        """The actions named exactly as the scenario writes them."""
        return {self._names[match[0]] for match in self._own.finditer(text)}


@lru_cache(maxsize=64)
def vocabulary(actions: tuple[str, ...]) -> Vocabulary:
    """The words for some actions, collected once."""
    return Vocabulary(actions)


def plain(text: str, keep: str = "") -> str:
    """A short text in small letters, without decoration, with single blanks.

    Args:
        text: The text.
        keep: Decoration that is kept.
    """
    text = unicodedata.normalize("NFKC", text).casefold()
    text = _MARKUP.sub(lambda match: "".join(c if c in keep else " " for c in match[0]), text)
    blanks = _BLANKS.sub(lambda match: " / " if "/" in match[0] and "/" in keep else " ", text)
    return blanks.strip()


def _alternatives(words: tuple[str, ...] | list[str]) -> str:
    """A pattern for any of some words, the longest first; letters must not go on at their ends."""
    return "|".join(
        rf"(?<!\w){re.escape(word)}(?!\w)" for word in sorted(words, key=lambda word: (-len(word), word))
    )
