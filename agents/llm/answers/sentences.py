"""The action that prose decides on: the only one that a clause chooses, whatever reasons and others name."""

import re
from functools import lru_cache

from swarm_env.agents.llm.answers.vocabulary import REASONS, Vocabulary

PROSE = 2000  # last characters that are read
LONGEST = 200  # characters of a clause; a longer one decides nothing

_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+|\n+")
_CLAUSE = re.compile(
    rf"[,;:()—–。，；：、.!?]+|(?<!\w)(?=(?:so|then|but|{'|'.join(REASONS)})(?!\w))", re.IGNORECASE
)
_REASON = re.compile(rf"(?:{'|'.join(REASONS)})(?!\w)")
_NO = re.compile(
    r"(?<!\w)(?:not|never|cannot|(?:can|don|won|shouldn|wouldn|couldn|isn|doesn|mustn|needn) t|dont|wont|"
    r"cant|avoid|avoiding|neither|nor|no longer|impossible|wrong|bad|worse)(?!\w)"
)
_MAYBE = re.compile(r"(?<!\w)(?:could|might|may|can|either|option|options|possible|whether|or)(?!\w)")
_OTHERS = re.compile(
    r"(?<!\w)(?:agent \d+|said|says|say|told|tells|wrote|writes|heard|hears|suggest\w*|propos\w*|asked|asks|"
    r"wants|goes|they|he|she|you|everyone|everybody|others|all|message)(?!\w)"
)
_FACT = re.compile(
    r"(?<!\w)(?:is|are|was|were|has|have|had|see|sees|saw|lies|stands|blocked|wall|walls|obstacle|occupied)(?!\w)"
)
_FILLER = (
    r"(?:(?:so|then|and|but|or|therefore|thus|hence|ok|okay|well|now|yes|no|first|next|finally|also|maybe|"
    r"perhaps|answer|final|please|better|just) )*"
)
_SUBJECT = (
    r"(?:i|we|let s|lets|let me|me)(?: (?:ll|will|shall|am|m|re|are|going|gonna|must|should|have|need|want|"
    r"prefer|rather|decide|decided|choose|chose|to|now|therefore|thus|then|just|simply|also|still|better|d|"
    r"had|best|think|ought|plan|intend|would|i|we|it|do))*"
)
_VERB = (
    r"(?:(?:move|moving|go|going|head|heading|step|stepping|walk|walking|choose|choosing|chose|pick|picking|"
    r"select|selecting|take|taking|play|do|doing|turn)"
    r"(?: (?:one|a|1|cell|step|square|straight|back|to|the|action|move|of))* )?"
)
_NOUN = (
    r"(?:my |the |our )?(?:best |final |next |chosen |right |safest |only |other )*"
    r"(?:move|action|choice|decision|option|step|answer|plan)(?: now| here)? "
    r"(?:is|would be|will be|must be)(?: to)? "
)
_SHORT = (
    r"(?: (?:again|now|next|here|one|cell|cells|step|steps|instead|please|first|this|round|turn|too|it|is))*"
)
_LONG = (
    r"(?: (?:again|now|next|here|one|this|too|instead|and|to|from|toward|towards|in|with|by|away|where)"
    r"(?!\w).*)?"
)
_GOOD = (
    r" (?:is|seems|looks|appears)(?: to be)?(?: the| my)? (?:best|better|good|right|safest|safer|optimal)"
    r"(?!\w).*"
)


def decided(text: str, words: Vocabulary) -> int | None:
    """Index of the action that a text decides on; None if it is not clear.

    Clauses that give a reason, deny, weigh what is possible, or tell of others decide nothing. If no clause
    decides, the text must name exactly one action, in capitals, and not in such a clause.
    """
    tail = text[-PROSE:]
    chosen: set[int] = set()
    left: set[int] = set()
    named = words.own(tail)
    for sentence in _SENTENCE.split(tail):
        before_decides = True
        for clause in _CLAUSE.split(sentence):
            plain = re.sub(r"[^\w]+|_", " ", clause.casefold()).strip().removesuffix(" and")
            if not plain:
                continue
            goes_on = plain.startswith(("or ", "and "))
            if len(plain) > LONGEST or _decides_nothing(plain.removeprefix("or ")):
                before_decides = False
                continue
            if goes_on and not before_decides:
                continue
            before_decides = True
            moves = _choices(plain, words)
            chosen |= moves
            if not moves and not _FACT.search(plain.removesuffix(" it is")):
                left |= words.own(clause)
    if chosen:
        return chosen.pop() if len(chosen) == 1 else None
    return left.pop() if len(left) == 1 and named == left else None


def _decides_nothing(plain: str) -> bool:
    return bool(
        _REASON.match(plain)
        or _NO.search(plain)
        or _MAYBE.search(plain)
        or (_OTHERS.search(plain) and not plain.startswith(("i ", "we ", "so i ", "let s ")))
    )


def _choices(plain: str, words: Vocabulary) -> set[int]:
    """The actions that a clause chooses; if it chooses one, all that it names."""
    chooses = any(pattern.fullmatch(plain) for pattern in _patterns(words))
    return words.named(plain) if chooses else set()


@lru_cache(maxsize=64)
def _patterns(words: Vocabulary) -> list[re.Pattern[str]]:
    """Patterns of clauses that choose an action."""
    action = f"(?:{words.pattern})"
    forms = ((f"{_SUBJECT} {_VERB}", _LONG), (_VERB, _SHORT), (_NOUN, _LONG), ("", _GOOD))
    return [re.compile(f"{_FILLER}{before}{action}{after}") for before, after in forms]
