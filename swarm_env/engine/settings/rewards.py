"""The setting `reward`: "score", "shaped", or a function of the user's, compiled or plain.

A compiled function, `(world, first, last)` under `@kernel(RANGE)` or `numba.njit`, is called in the compiled
round and writes `world.reward` of worlds first … last - 1, see `WorldArrays`. A plain function is called once
per round with an `Outcome` of all worlds, and returns their rewards. Both are called after the scenario's
update, before worlds that ended are reset; `reward` then holds the gain in score.
"""

import functools
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from swarm_env.engine import compiler
from swarm_env.engine.settings.setting_functions import Function, find_function, num_parameters
from swarm_env.engine.state import EPISODE, GONE, RANGE, ROUND, WorldArrays
from swarm_env.errors import ContractError
from swarm_env.trusted_code import name_of

BUILT_IN = ("score", "shaped")


class Outcome(NamedTuple):
    """What a plain reward function is given: B worlds of N agents after a round, read-only.

    Attributes:
        reward: (B, N) float32, the gain in score of this round; 0 for agents that left before it.
        score: (B,) float64, the scenario's score.
        round: (B,) int64, rounds played in this episode.
        episode: (B,) int64, number of the episode of its seed, from 0.
        action: (B, N) uint8, the moves of this round; forbidden moves are STAY.
        position: (B, N, 2) int32, row and column [cells].
        mark: (B, N) uint8.
        sense: (B, N, S) uint8, the scenario's senses.
        present: (B, N) bool, whether an agent is on the map.
        terminated: (B, N) bool, whether it left in this round, or its task is done.
        truncated: (B, N) bool, whether its episode was cut off in this round.
        ended: (B,) bool, whether the episode ended in this round.
        cells: (B, height, width) uint8, the codes of the map: indices into `env.scenario.kinds`.
        said: (B, N, L) float32, tokens or vector of this round.
    """

    reward: NDArray[np.float32]
    score: NDArray[np.float64]
    round: NDArray[np.int64]
    episode: NDArray[np.int64]
    action: NDArray[np.uint8]
    position: NDArray[np.int32]
    mark: NDArray[np.uint8]
    sense: NDArray[np.uint8]
    present: NDArray[np.bool_]
    terminated: NDArray[np.bool_]
    truncated: NDArray[np.bool_]
    ended: NDArray[np.bool_]
    cells: NDArray[np.uint8]
    said: NDArray[np.float32]


def reward_of(given: Any) -> Function | None:
    """The user's function; None for the rewards "score" and "shaped".

    Raises:
        UnknownNameError: There is no such file.
        ContractError: It is no function, or takes other arguments.
    """
    if isinstance(given, str) and given in BUILT_IN:
        return None
    function = find_function("reward", given)
    if num_parameters(function) != (3 if is_compiled(function) else 1):
        raise ContractError(
            f"reward={name_of(given):.200}: a compiled function takes (world, first, last), under "
            "@kernel(RANGE) or numba.njit; a plain one takes the outcome of the round, see docs/learning.md."
        )
    return function


def is_compiled(function: Function | None) -> bool:
    """Whether a reward function is called in the compiled round."""
    if function is None:
        return False
    if not compiler.COMPILED:
        return num_parameters(function) == 3
    return hasattr(function, "py_func")


@functools.cache
def reward_kernel(function: Function) -> Any:
    """The kernel of a compiled reward function. Like all kernels from outside it is tried with bounds checks.

    Raises:
        ContractError: It cannot be compiled for `(world, first, last)`.
    """
    made: Any = function
    if compiler.COMPILED and getattr(function, "swarm_signature", None) != RANGE:
        made = compiler.kernel(RANGE)(made.py_func)
    compiler.ready(made, checked=True)
    return made


def outcome_of(world: WorldArrays) -> Outcome:
    """Views of the state after a round."""
    sizes = world.sizes
    rows, cols = (slice(sizes.margin, sizes.margin + n) for n in (sizes.height, sizes.width))
    padded = world.cells.reshape(len(world.cells), -1, sizes.stride)
    outcome = Outcome(
        world.reward.copy(), world.score.view(), world.clock[:, ROUND], world.clock[:, EPISODE],
        world.action.view(), world.position.view(), world.mark.view(), world.sense.view(),
        world.active != GONE, world.terminated.view(bool), world.truncated.view(bool), world.ended.view(bool),
        padded[:, rows, cols], world.said.view(),
    )  # fmt: skip
    for array in outcome:
        array.flags.writeable = False
    return outcome


def apply_plain(function: Function, world: WorldArrays) -> None:
    """Set the rewards of a round by a plain function.

    Raises:
        ContractError: It returned no numbers, or not (B, N) of them.
    """
    given = function(outcome_of(world))
    try:
        rewards = np.broadcast_to(np.asarray(given, np.float32), world.reward.shape)
    except (TypeError, ValueError):
        what = f"an array {np.shape(given)}" if hasattr(given, "shape") else f"{given!r:.80}"
        raise ContractError(
            f"reward={name_of(function):.200}: returned {what}; it must be {world.reward.shape} numbers, "
            "(worlds, agents), or broadcast to them."
        ) from None
    if not np.isfinite(rewards).all():
        raise ContractError(f"reward={name_of(function):.200}: returned a number that is not finite.")
    played = world.clock[:, ROUND, None] > 0  # others have just begun an episode
    world.reward[:] = np.where(played & (world.last_potential > 0.0), rewards, np.float32(0.0))
