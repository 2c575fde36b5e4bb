"""How a compiled scenario asks a rule of `consensus/`: votes in plain arrays, called by address.

A scenario names its rules (`Scenario.rules`). When worlds are built, each is looked up in the registry, its
compiled kernel `decide` is checked against `DECIDE`, and its address put into `world.rules`, from where a
scenario's kernel calls it: `decide_by(world.rules[0], choice, winner, ...)`. Rules thus know no world and
scenarios no rule.
"""

from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from swarm_env.engine.compiler import COMPILED, address
from swarm_env.errors import ContractError
from swarm_env.registry import load

WHOLES, REALS = types.Array(types.int32, 1, "C"), types.Array(types.float64, 1, "C")
# What a rule's `decide` takes. R raters, n items, room for V votes. It allocates nothing, keeps nothing but
# `standing`, reads no number of `work` before it wrote it, and its scores are finite whatever the votes.
DECIDE = types.void(
    WHOLES,  # choice (R,): the item each rater holds to be the best, -1 for none
    WHOLES,  # winner (V,): the item a vote prefers
    WHOLES,  # loser (V,): the item it was compared with
    WHOLES,  # rater (V,): who voted
    types.int64,  # how many of the votes count, from the first
    types.int64,  # which question: 0 for the first of an episode, when `standing` means nothing yet
    REALS,  # standing (R,): the rule's own number about each rater, kept from question to question
    REALS,  # scores (n,): becomes how good each item is; higher is better, only the order matters
    REALS,  # work (at least `room(n, R, V)`,): room to work in
)


def room(num_items: int, num_raters: int, num_votes: int) -> int:
    """Length of `work` that every rule can count on.

    Args:
        num_items: n.
        num_raters: R.
        num_votes: V.

    Returns:
        4 n² + 16 n + 4 R + V.
    """
    return 4 * num_items * num_items + 16 * num_items + 4 * num_raters + num_votes


def decide_kernel(name: str) -> Any:
    """The compiled kernel of a rule.

    Args:
        name: Of the rule, as the registry takes it.

    Returns:
        Its `decide`, ready to be called from Python too.

    Raises:
        UnknownNameError: There is no such rule.
        ContractError: The rule has no kernel of the signature `DECIDE`.
    """
    rule = load("rule", name)
    found = getattr(rule, "decide", None)
    if not callable(found) or (COMPILED and getattr(found, "swarm_signature", None) != DECIDE):
        raise ContractError(
            f"rule {name!r}: worlds can only be decided by a rule whose class has `decide`, a function under "
            f"@kernel(DECIDE, wrapped=True) (see swarm_env/engine/rule_calls.py); that of {name!r} is {found!r:.80}."
        )
    return found


def rule_address(name: str) -> Any:
    """Where the machine code of a rule's kernel lies, for `decide_by`; with the compiler off the function."""
    return address(decide_kernel(name))


if COMPILED:

    @intrinsic  # type: ignore[untyped-decorator]
    def decide_by(
        typingctx: Any, where: Any, choice: Any, winner: Any, loser: Any, rater: Any, votes: Any,
        question: Any, standing: Any, scores: Any, work: Any,
    ) -> Any:  # fmt: skip
        """Call the rule whose kernel lies at `where`; the other arguments as in `DECIDE`."""

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            kind = context.call_conv.get_function_type(types.void, DECIDE.args)
            pointer = builder.inttoptr(args[0], kind.as_pointer())
            status, _ = context.call_conv.call_function(builder, pointer, types.void, DECIDE.args, args[1:])
            with cgutils.if_unlikely(builder, status.is_error):
                context.call_conv.return_status_propagate(builder, status)
            return context.get_dummy_value()

        return types.void(types.int64, *DECIDE.args), codegen

else:

    def decide_by(where: Any, *given: Any) -> None:
        """Call the rule `where`."""
        where(*given)
