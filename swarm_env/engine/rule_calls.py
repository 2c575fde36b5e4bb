"""How a compiled scenario asks a rule of `consensus/`: votes in plain arrays, called by address.

A ranking scores items by comparisons; a vote gives a verdict. A scenario names its rules
(`Scenario.rankings`, `Scenario.votes`). When worlds are made, each is looked up in the registry, the
signature of its kernel is checked, and the kernel's address is put into `world.rules`, rankings first. A
scenario's kernel calls it there by `rank_by(world.rules[0], …)` or `vote_by(world.rules[0], …)`.
So rules know no world, and scenarios know no rule.
"""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from swarm_env.engine.compiler import COMPILED, calling, function_at, in_kernels
from swarm_env.errors import ContractError
from swarm_env.rules import make_rule

WHOLES, REALS = types.Array(types.int32, 1, "C"), types.Array(types.float64, 1, "C")
# R raters, V comparisons, n items. Kernels of both kinds allocate nothing, keep nothing but `standing`, and
# expect nothing in it at question 0.
RANKING = types.void(
    WHOLES,  # choice (R,): the item that each rater takes for the best, -1 for none
    WHOLES,  # winner (V,): the item that a comparison prefers
    WHOLES,  # loser (V,): the other item of the comparison
    WHOLES,  # rater (V,): the rater that compared them
    types.int64,  # question: 0 for the first of an episode
    REALS,  # standing (R,): the rule's own number of each rater, kept from question to question
    REALS,  # scores (n,), written: finite, higher is better; only the order matters
    REALS,  # work (at least `room(n, R, V)`,): scratch memory of any content
)
VOTE = types.int64(  # the verdict, a number of the rule's own
    WHOLES,  # choice (R,): how each rater votes, -1 if it does not
    types.int64,  # question: 0 for the first of an episode
    REALS,  # standing (R,): the rule's own number of each rater, kept from question to question
)
Wholes = NDArray[np.int32]
Reals = NDArray[np.float64]
RankingKernel = Callable[[Wholes, Wholes, Wholes, Wholes, int, Reals, Reals, Reals], None]
VoteKernel = Callable[[Wholes, int, Reals], int]


def room(num_items: int, num_raters: int, num_votes: int) -> int:
    """Length of `work` that every ranking can count on: 4 n² + 16 n + 4 R + V."""
    return 4 * num_items * num_items + 16 * num_items + 4 * num_raters + num_votes


def ranking_kernel(name: str) -> RankingKernel:
    """The compiled kernel of a ranking; Python can call it, too.

    Args:
        name: Name of the rule, with options if it takes them.

    Raises:
        UnknownNameError: There is no such rule.
        ConfigError: The rule has no such option, or no kernel for it.
        ContractError: The rule has no kernel of the signature `RANKING`.
    """
    found: RankingKernel = _kernel(name, "ranking_kernel", RANKING, "RANKING")
    return found


def vote_kernel(name: str) -> VoteKernel:
    """The compiled kernel of a vote; arguments and errors as for `ranking_kernel`."""
    found: VoteKernel = _kernel(name, "vote_kernel", VOTE, "VOTE")
    return found


def _kernel(name: str, attribute: str, signature: Any, signature_name: str) -> Any:
    found = getattr(make_rule(name), attribute, None)
    if not callable(found) or (COMPILED and getattr(found, "swarm_signature", None) != signature):
        raise ContractError(
            f"rule {name!r}: a world can only ask a rule that has `{attribute}`, a function under "
            f"@kernel({signature_name}, wrapped=True) (see swarm_env/engine/rule_calls.py); that of {name!r} "
            f"is {found!r:.80}."
        )
    return found


def rule_kernels(rankings: Iterable[str], votes: Iterable[str]) -> list[Any]:
    """The kernels whose addresses are put into `world.rules`."""
    return [*map(ranking_kernel, rankings), *map(vote_kernel, votes)]


def _ranking_call(
    context: Any, where: Any, choice: Any, winner: Any, loser: Any, rater: Any, question: Any,
    standing: Any, scores: Any, work: Any,
) -> Any:  # fmt: skip
    return calling(RANKING)


def _vote_call(context: Any, where: Any, choice: Any, question: Any, standing: Any) -> Any:
    return calling(VOTE)


@in_kernels(_ranking_call)
def rank_by(where: Any, *arguments: Any) -> None:
    """Call the ranking whose kernel lies at `where`; the other arguments as in `RANKING`."""
    function_at(where)(*arguments)


@in_kernels(_vote_call)
def vote_by(where: Any, *arguments: Any) -> Any:
    """Call the vote whose kernel lies at `where`; the other arguments and the result as in `VOTE`."""
    return function_at(where)(*arguments)
