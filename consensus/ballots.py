"""The two kinds of rules: a ranking scores items by ballots, a vote gives a verdict; and the ballots."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from swarm_env.errors import ConfigError

# In kernels: scores that differ by less, relative to the largest in size (at least 1), count as equal.
TIED = 1e-9
UNKNOWN = -1  # in `first`: it is not known which item stood first
_NEEDS = {
    "rater": "who voted",
    "answer_of": "which items give the same answer",
    "author": "who wrote each item",
    "record": "the record of each item's author",
}
_TIE_BREAK = 20_303  # keeps the draw apart from others of the same seed
VotesT = TypeVar("VotesT", contravariant=True)
VerdictT = TypeVar("VerdictT", covariant=True)


@dataclass(frozen=True, slots=True, eq=False)
class Ballots:
    """The answers (items) to one question, and the votes between pairs of them.

    Make one with `Ballots.of`, which checks everything and fills in what is left out.

    Attributes:
        num_items: Number of items; they are numbered from 0.
        winner: (V,) int32, the better item of each vote; of a tie, either.
        loser: (V,) int32, the other item.
        weight: (V,) float64, at least 0 and finite: how much a vote counts; default 1 each.
        tie: (V,) bool, whether neither is better: half a win for each; default no ties.
        rater: (V,) int32, at least 0: number of the node that voted; None: not known.
        first: (V,) int32, the item that stood first when it was judged; default -1, not known.
        answer_of: (num_items,) int32, class of each item: items that give the same answer share a class;
            None: not known.
        author: (num_items,) int32, number of the node that wrote each item, in the numbers of `rater` (not of
            items); None: not known.
        record: (num_items,) float64, what was known of each item's author before the question, such as the
            share of right answers to earlier questions. Higher is better; None: nothing was known.

    A rule that needs what is not known asks for it by `known`, which raises `ConfigError`.
    """

    num_items: int
    winner: NDArray[np.int32]
    loser: NDArray[np.int32]
    weight: NDArray[np.float64]
    tie: NDArray[np.bool_]
    first: NDArray[np.int32]
    rater: NDArray[np.int32] | None
    answer_of: NDArray[np.int32] | None
    author: NDArray[np.int32] | None
    record: NDArray[np.float64] | None

    @classmethod
    def of(
        cls,
        num_items: int,
        winner: ArrayLike = (),
        loser: ArrayLike = (),
        *,
        weight: ArrayLike | None = None,
        tie: ArrayLike | None = None,
        rater: ArrayLike | None = None,
        first: ArrayLike | None = None,
        answer_of: ArrayLike | None = None,
        author: ArrayLike | None = None,
        record: ArrayLike | None = None,
    ) -> "Ballots":
        """Make ballots of whatever numpy takes for an array; the arguments are the attributes of the class.

        Raises:
            ConfigError: An array has another length or other values than allowed.
        """
        if isinstance(num_items, bool) or not isinstance(num_items, int | np.integer) or num_items < 0:
            raise ConfigError(f"num_items must be a whole number, at least 0, not {num_items!r}.")
        n = int(num_items)
        won, lost = checked_pairs(winner, loser, n)
        votes = len(won)
        none = np.full(votes, UNKNOWN, np.int32)
        stood = none if first is None else whole("first", first, votes, UNKNOWN, n)
        wrong = (stood != UNKNOWN) & (stood != won) & (stood != lost)
        if wrong.any():
            raise ConfigError(f"first of vote {int(np.argmax(wrong))} is neither of its two items (nor -1).")
        return cls(
            n,
            won,
            lost,
            np.ones(votes) if weight is None else real("weight", weight, votes, 0.0),
            np.zeros(votes, np.bool_) if tie is None else truth("tie", tie, votes),
            stood,
            None if rater is None else whole("rater", rater, votes, 0),
            None if answer_of is None else whole("answer_of", answer_of, n, 0),
            None if author is None else whole("author", author, n, 0),
            None if record is None else real("record", record, n),
        )

    def known(self, name: str, rule: str) -> NDArray[Any]:
        """What a rule needs: "rater", "answer_of", "author" or "record".

        Raises:
            ConfigError: These ballots do not say; the message names the rule.
        """
        values: NDArray[Any] | None = getattr(self, name)
        if values is None:
            raise ConfigError(
                f"The rule {rule!r} needs {_NEEDS[name]} (`{name}`), which these votes do not say. Choose "
                f"another rule, such as bradley_terry."
            )
        return values


class Ranking(Protocol):
    """A rule that scores items by ballots. Its file exports the class as `RULE`; `RULE()` is the rule.

    Contract (tested for every registered ranking): the scores follow the items when these are renumbered, and
    change neither with the order of the votes nor with the numbers of raters and authors; they are finite
    whatever the ballots, or a `ConfigError` says why there are none. A ranking that compiled worlds can ask
    has a `ranking_kernel`, too (`swarm_env.engine.rule_calls`).
    """

    @property
    def name(self) -> str:
        """The name it is registered by."""
        ...

    def scores(self, ballots: Ballots, seed: int) -> NDArray[np.float64]:
        """Score the items.

        Args:
            ballots: The votes.
            seed: Seed of the question, for rules that draw.

        Returns:
            (num_items,) float64, higher is better, finite. Only the order matters.
        """
        ...


class Vote(Protocol[VotesT, VerdictT]):
    """A rule that gives one verdict by votes. Its file exports the class as `RULE`; `RULE()` is the rule.

    A vote that compiled worlds can ask has a `vote_kernel`, too (`swarm_env.engine.rule_calls`).
    """

    @property
    def name(self) -> str:
        """The name it is registered by."""
        ...

    def verdict(self, votes: VotesT) -> VerdictT:
        """The verdict of some votes; raises `ConfigError` for votes that the rule does not know."""
        ...


def tied_for_first(scores: ArrayLike) -> NDArray[np.intp]:
    """Indices of the items whose score is the best except for rounding (see `TIED`), ascending."""
    values = real("scores", scores, None)
    if not len(values):
        return np.zeros(0, np.intp)
    return np.flatnonzero(values >= values.max() - TIED * max(1.0, float(np.abs(values).max())))


def winner_of(scores: ArrayLike, seed: int) -> int:
    """The item with the best score; ties are drawn by the question's seed.

    Args:
        scores: (n,) finite numbers, n at least 1.
        seed: Seed of the question; it always draws the same of the same number of tied items.

    Raises:
        ConfigError: There is no item, or a score is not finite.
    """
    best = tied_for_first(scores)
    if not len(best):
        raise ConfigError("There is no winner among no items.")
    if len(best) == 1:
        return int(best[0])
    return int(np.random.default_rng([seed % 2**64, _TIE_BREAK]).choice(best))


def checked_number(name: str, value: Any, least: float, most: float) -> None:
    """Raise `ConfigError` unless an option is a finite number from `least` to `most`.

    If `least` is an int the value must be one, too.
    """
    whole = isinstance(least, int)
    kinds = int | np.integer if whole else int | float | np.integer | np.floating
    fits = isinstance(value, kinds) and not isinstance(value, bool)
    if not fits or not math.isfinite(value) or not least <= value <= most:
        what = f"a whole number from {least} to {most}" if whole else f"a number from {least:g} to {most:g}"
        raise ConfigError(f"{name} must be {what}, not {value!r}.")


def checked_pairs(
    winner: ArrayLike, loser: ArrayLike, below: int | None
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The items of votes (V,), integers from 0 and below a limit, as int32.

    Raises `ConfigError` if they are anything else, of different lengths, or a vote is of an item with itself.
    """
    won, lost = whole("winner", winner, None, 0, below), whole("loser", loser, None, 0, below)
    if len(lost) != len(won):
        raise ConfigError(f"winner has {len(won)} votes and loser {len(lost)}: they must be as long.")
    if (won == lost).any():
        at = int(np.argmax(won == lost))
        raise ConfigError(f"Vote {at} is of item {won[at]} with itself.")
    return won, lost


def whole(
    name: str, values: ArrayLike, length: int | None, least: int, below: int | None = None
) -> NDArray[np.int32]:
    """An argument that must be an array of integers, as contiguous int32 (length,); None: of any length.

    Raises `ConfigError`, which names the argument, unless all are from `least` to `below` - 1 (None: what
    int32 can hold).
    """
    array = _shaped(name, values, length)
    if array.size and array.dtype.kind not in "iu":
        raise ConfigError(f"{name} must hold whole numbers, not {array.dtype}.")
    limit = 2**31 if below is None else below
    if array.size and (array.min() < least or array.max() >= limit):
        at = int(np.argmax((array < least) | (array >= limit)))
        raise ConfigError(f"{name}[{at}] is {array[at]}; allowed are {least} to {limit - 1}.")
    return np.ascontiguousarray(array, np.int32)


def real(
    name: str, values: ArrayLike, length: int | None, least: float | None = None, *,
    dims: tuple[int, ...] | None = (1,), infinite: bool = False,
) -> NDArray[np.float64]:  # fmt: skip
    """As `whole`, for numbers of at least `least`, finite unless `infinite`.

    `dims` are the numbers of dimensions that are allowed; None: any.
    """
    array = _shaped(name, values, length, dims)
    if array.size and array.dtype.kind not in "biuf":
        raise ConfigError(f"{name} must hold numbers, not {array.dtype}.")
    result = np.ascontiguousarray(array, np.float64)
    good = ~np.isnan(result) if infinite else np.isfinite(result)
    if least is not None:
        good &= result >= least
    if not good.all():
        at = np.unravel_index(int(np.argmin(good)), good.shape)
        allowed = (
            ("" if infinite else "finite ") + "numbers" + ("" if least is None else f" from {least:g} on")
        )
        raise ConfigError(f"{name}[{', '.join(map(str, at))}] is {result[at]}; allowed are {allowed}.")
    return result


def truth(name: str, values: ArrayLike, length: int) -> NDArray[np.bool_]:
    """As `whole`, for booleans."""
    array = _shaped(name, values, length)
    if array.size and array.dtype.kind != "b":
        raise ConfigError(f"{name} must hold booleans, not {array.dtype}.")
    return np.ascontiguousarray(array, np.bool_)


def _shaped(
    name: str,
    values: ArrayLike | Sequence[Any],
    length: int | None,
    dims: tuple[int, ...] | None = (1,),
) -> NDArray[Any]:
    if np.ma.isMaskedArray(values):
        raise ConfigError(f"{name} is a masked array: leave out what is masked.")
    try:
        array = np.asarray(values)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{name} cannot be read as an array ({error}).") from None
    if dims is not None and array.ndim not in dims:
        allowed = " or ".join(("no", "one", "two", "three")[number] for number in dims)
        raise ConfigError(f"{name} must have {allowed} dimension{'s' * (dims != (1,))}, not {array.ndim}.")
    if length is not None and len(array) != length:
        raise ConfigError(f"{name} has {len(array)} entries; it must have {length}.")
    return array
