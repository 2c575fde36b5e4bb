"""Words that name an action, and the one action that a value names."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

LONGEST = 200  # characters of a value that are read
LONGEST_CLAUSE = 80  # characters; a longer clause is prose and names no action

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
WEAK = {"none", "pass", "stop", "rest", "hold"}  # mean an action only if they are the whole value

_MARKUP = re.compile(r"[*`\"'“”„‘’«»「」『』《》<>\[\]{}|\\#~\ufe0f]+")
_BLANKS = re.compile(r"[\s_\-‐‑–—/]+")
_LIST_NUMBER = re.compile(r"^\(?\d{1,3}[.):]?\s+(?=\D)")
REASONS = (
    "because", "since", "as", "due to", "while", "although", "though", "even though", "if", "unless", "when",
    "whereas", "instead of", "rather than", "before", "after", "given", "so that", "in order", "for",
)  # fmt: skip
_SENTENCE_END = re.compile(r"[.!?。！？](?:\s|$)|\n")
_CLAUSE_END = re.compile(rf"[,:;()，、；：（）]|\b(?:so|then|but|towards?|{'|'.join(REASONS)})\b")
_REASON = re.compile(rf"\W*(?:{'|'.join(REASONS)}|but|towards?)\b")
_NOT = re.compile(r"\b(?:not|never|cannot|avoid|without|dont|cant|wont|no longer)\b|n t\b")
_MORE = re.compile(
    r"(?:(?:so|then|and|or|but|maybe|perhaps|possibly|next|later|after that|also|finally|i|we|ll|will|"
    r"move|moving|go|going|step|head|to|the|one|cell)\b\W*)*"
)
_EDGES = " .,;:!?()。，；：！？、"


class Vocabulary:
    """The words for the actions of a scenario.

    The names of the actions take precedence over synonyms of the five common moves. A text that could mean
    two actions means none.
    """

    def __init__(self, actions: tuple[str, ...]) -> None:
        self._size = len(actions)
        self._words: dict[str, int] = {}
        for index, name in enumerate(actions):
            self._words.setdefault(plain(name), index)
        for index, name in enumerate(actions):
            for word in SYNONYMS.get(name, ()):
                self._words.setdefault(plain(word), index)
        found = [word for word in self._words if word not in WEAK]
        self.pattern = _alternatives(found)  # of any word that names an action in a sentence
        self._any = re.compile(self.pattern)
        self._own = re.compile(_alternatives(actions))
        self._names = {name: index for index, name in enumerate(actions)}

    def exact(self, value: str, weak: bool = True) -> int | None:
        """Index of the action if the value is a word for it (of `WEAK` only if `weak`), apart from markup."""
        word = _LIST_NUMBER.sub("", plain(value[:LONGEST])).strip(_EDGES)
        return self._words.get(word) if weak or word not in WEAK else None

    def number(self, value: str) -> int | None:
        """Index of the action if the value is its number; else None."""
        digits = plain(value[:LONGEST]).strip(_EDGES)
        if digits.isascii() and digits.isdigit() and len(digits) <= 3 and int(digits) < self._size:
            return int(digits)
        return None

    def choice(self, value: str) -> int | None:
        """Index of the one action that the value of a label ("ACTION: …") names.

        Returns:
            None if it names none or several, or negates the action.
        """
        index = self.exact(value)
        if index is None:
            index = self.number(value)
        if index is not None:
            return index
        words = _LIST_NUMBER.sub("", plain(value[:LONGEST], keep="|/")).strip(_EDGES)
        end = _SENTENCE_END.search(words)
        clauses = _clauses(words[: end.start()] if end else words)
        first = next(clauses, "")
        if len(first) > LONGEST_CLAUSE or _NOT.search(first):
            return None
        if any(self._is_another(clause) for clause in clauses):
            return None
        return self.only(first)

    def _is_another(self, clause: str) -> bool:
        """Whether a later clause is one more action, rather than a reason or a remark."""
        if _REASON.match(clause) or _NOT.search(clause):
            return False
        rest = clause[_MORE.match(clause.strip(_EDGES)).end() :]  # type: ignore[union-attr]
        return self.exact(rest) is not None

    def only(self, text: str) -> int | None:
        """Index of the only action that a lower-case text names; None if it names none or several."""
        named = self.named(text)
        return named.pop() if len(named) == 1 else None

    def own(self, text: str) -> set[int]:
        """Indices of the actions whose exact names occur in a text."""
        return {self._names[match[0]] for match in self._own.finditer(text)}

    def named(self, text: str) -> set[int]:
        """Indices of all actions that a lower-case text names."""
        return {self._words[match[0]] for match in self._any.finditer(text)}


@lru_cache(maxsize=64)
def vocabulary(actions: tuple[str, ...]) -> Vocabulary:
    """The vocabulary of some actions, cached."""
    return Vocabulary(actions)


def plain(text: str, keep: str = "") -> str:
    """A short text in lower case, with single blanks and without markup other than `keep`."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = _MARKUP.sub(lambda match: "".join(c if c in keep else " " for c in match[0]), text)
    blanks = _BLANKS.sub(lambda match: " / " if "/" in match[0] and "/" in keep else " ", text)
    return blanks.strip()


def _clauses(sentence: str) -> Iterator[str]:
    """The clauses of a sentence, each with the word that joins it to the one before."""
    start = 0
    for match in _CLAUSE_END.finditer(sentence):
        if match.start() > start or start == 0:
            yield sentence[start : match.start()].strip(_EDGES)
        start = match.end() if not match[0][0].isalpha() else match.start()
    yield sentence[start:].strip(_EDGES)


def _alternatives(words: tuple[str, ...] | list[str]) -> str:
    """A pattern for any of some whole words, the longest first."""
    return "|".join(
        rf"(?<!\w){re.escape(word)}(?!\w)" for word in sorted(words, key=lambda word: (-len(word), word))
    )
