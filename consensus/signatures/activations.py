"""Proofs that a model was run: what stands out among the activations of a chunk, in 258 bytes per 32 tokens.

The idea is TOPLOC's (J. M. Ong et al., arXiv 2501.16007): the largest of the last hidden states distinguish
models, prompts and precisions, survive other hardware and other orders of summing, and can be checked by a
single prefill. The construction is ours, see docs/consensus/verification.md for what differs and why.

    proof = build(activations, Context("request 7", "model", chunk=0))
    agreement = check(proof, own_activations, Context("request 7", "model", chunk=0))
    agreement.distance  # share of values that disagree: near 0 for the same model, 7/8 for anything else
"""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from swarm_env.consensus.ballots import checked_number
from swarm_env.consensus.signatures.encoding import body_length, compare, encode, low_bits
from swarm_env.consensus.signatures.selection import room

from swarm_env.errors import ConfigError

TOKENS, SELECTED, STEPS = 32, 128, 16
VERSION, HEADER, TAG_BYTES = 1, struct.Struct(">BBHHI"), 8
MOST_STEPS, MOST_ACTIVATIONS = 255, 1 << 27
_PROBLEMS = {
    1: "an activation is not finite",
    2: "no activation stands out from the mean of its channel",
    3: "its places are not an ascending list",
}


@dataclass(frozen=True, slots=True)
class Context:
    """What a proof is bound to.

    Attributes:
        request: The request it answers.
        model: The model that was to be run: a name, or better the digest of its weights.
        chunk: Number of the part of the answer, from 0.
        worker: Who made it; "" binds it to no worker.
        text: Digest of the tokens up to the end of the chunk, to bind them, too.
    """

    request: str
    model: str
    chunk: int = 0
    worker: str = ""
    text: bytes = b""

    def __post_init__(self) -> None:
        checked_number("chunk", self.chunk, 0, 2**32 - 1)

    def digest(self) -> bytes:
        """16 bytes: BLAKE2b over all fields, each with its length."""
        parts = [self.request.encode(), self.model.encode(), self.worker.encode(), self.text]
        state = hashlib.blake2b(struct.pack(">I", self.chunk), digest_size=16, person=b"swarm context")
        for part in parts:
            state.update(struct.pack(">I", len(part)) + part)
        return state.digest()


class Agreement(NamedTuple):
    """The result of a check.

    Attributes:
        refused: Why the proof cannot be compared at all; "" if it was.
        k: Number of activations that were compared.
        strangers: Number of the proof's places that are not among the checker's own k largest. They count as
            wrong whatever their value is: else a prover could choose the values that it is surest of.
        wrong: Number of values that disagree, strangers included.
        error: Mean distance of the checker's values from the steps in the proof, in steps, 0 to 3.5; 1.53 for
            unrelated values.
    """

    refused: str
    k: int
    strangers: int
    wrong: int
    error: float

    @property
    def distance(self) -> float:
        """Share of the values that disagree, 0 to 1; 1 for a proof that was refused."""
        return 1.0 if self.refused else self.wrong / self.k


class Shape(NamedTuple):
    """The parameters of a proof, in the order of its first bytes.

    Attributes:
        steps: Steps in which a magnitude doubles, 1 to 255: the more, the smaller differences are seen.
        k: Selected activations.
        tokens: Tokens of the chunk.
        width: Channels.
    """

    steps: int
    k: int
    tokens: int
    width: int

    @property
    def size(self) -> int:
        """Length of the proof in bytes."""
        return HEADER.size + TAG_BYTES + body_length(self.tokens * self.width, self.k)


def build(activations: ArrayLike, context: Context, k: int = SELECTED, steps: int = STEPS) -> bytes:
    """Make the proof of a chunk.

    Args:
        activations: (tokens, width) last hidden states of a chunk's 1 to 65535 tokens, of any float type;
            they are read as float32.
        context: What to bind the proof to.
        k: Number of activations it holds, 1 to 65535; at most a quarter of all.
        steps: Steps in which a magnitude doubles, 1 to 255.

    Returns:
        The proof: 258 bytes for 32 x 4096 activations and k = 128.

    Raises:
        ConfigError: An argument is not allowed, or the activations are not finite or all the same.
    """
    x = _checked(activations)
    shape = shape_of(x, k, steps)
    bound = context.digest()
    body = np.empty(shape.size - HEADER.size - TAG_BYTES, np.uint8)
    problem = encode(*_arguments(x, shape, bound, body))
    if problem:
        raise ConfigError(f"There is nothing to prove: {_PROBLEMS[problem]}.")
    header, payload = HEADER.pack(VERSION, *shape), body.tobytes()
    return header + _tag(header, bound, payload) + payload


def check(
    proof: bytes, activations: ArrayLike, context: Context, k: int = SELECTED, steps: int = STEPS
) -> Agreement:
    """Compare a proof with one's own activations of the same tokens.

    Args:
        proof: What a worker sent; arbitrary bytes.
        activations: (tokens, width) own activations: those of one prefill over prompt and answer.
        context: What the proof must be bound to.
        k: See `build`; a proof with other parameters is refused.
        steps: See `build`.

    Returns:
        How well they agree. What is enough must be calibrated: see `calibrate`.

    Raises:
        ConfigError: The own activations or parameters are not allowed.
    """
    x = _checked(activations)
    shape = shape_of(x, k, steps)
    bound = context.digest()
    reason = _refusal(proof, shape, bound)
    if reason:
        return Agreement(reason, shape.k, shape.k, shape.k, 3.5)
    result = np.empty(3)
    body = np.frombuffer(proof, np.uint8, offset=HEADER.size + TAG_BYTES)
    problem = compare(*_arguments(x, shape, bound, body, result))
    if problem == 3:
        return Agreement(_PROBLEMS[problem], shape.k, shape.k, shape.k, 3.5)
    if problem:
        raise ConfigError(f"There is nothing to check against: {_PROBLEMS[problem]}.")
    return Agreement("", shape.k, int(result[0]), int(result[1]), float(result[2]))


def shape_of(activations: NDArray[Any], k: int = SELECTED, steps: int = STEPS) -> Shape:
    """The parameters of a proof of such activations; raises `ConfigError` if they are not allowed."""
    tokens, width = activations.shape
    checked_number("k", k, 1, 65535)
    checked_number("steps", steps, 1, MOST_STEPS)
    return Shape(steps, max(1, min(k, tokens * width // 4)), tokens, width)


def chunks(activations: ArrayLike, tokens: int = TOKENS) -> list[NDArray[np.float32]]:
    """Cut the activations (all tokens, width) of an answer into chunks, at least one.

    All have `tokens` tokens (at least 1) except the last, which has half to 1.5 times as many, or all there
    are. Raises `ConfigError` if there is no token.
    """
    checked_number("tokens", tokens, 1, MOST_ACTIVATIONS)
    x = _checked(activations, limit=False)
    count = max(1, len(x) // tokens + (len(x) % tokens >= (tokens + 1) // 2 and tokens > 1))
    cuts = [i * tokens for i in range(count)] + [len(x)]
    return [x[begin:end] for begin, end in zip(cuts, cuts[1:], strict=False)]


def chain(proofs: Sequence[bytes]) -> bytes:
    """32 bytes that commit a worker to the proofs of all chunks and their order."""
    state = hashlib.blake2b(digest_size=32, person=b"swarm proofs")
    for proof in proofs:
        state.update(struct.pack(">I", len(proof)) + proof)
    return state.digest()


def mean_distance(agreements: Sequence[Agreement]) -> float:
    """The distance of a whole answer: the mean over all chunks that were checked, at least one.

    Chunks scatter, so that the worst of many honest chunks is as far as a good one of a fraud's; means are
    not (see docs/consensus/verification.md).
    """
    if not agreements:
        raise ConfigError("mean_distance needs at least one chunk.")
    return sum(found.distance for found in agreements) / len(agreements)


def _checked(activations: ArrayLike, limit: bool = True) -> NDArray[np.float32]:
    x = np.asarray(activations)
    if x.ndim != 2 or x.dtype.kind != "f" or not x.size:
        raise ConfigError(
            f"Activations are floats of shape (tokens, width), not {x.dtype} of shape {x.shape}."
        )
    if limit and (len(x) >= 1 << 16 or x.size > MOST_ACTIVATIONS):
        raise ConfigError(f"{len(x)} x {x.shape[1]} activations are too many for one proof: cut them up.")
    if x.dtype == np.float32:
        return np.ascontiguousarray(x)
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(x, np.float32)


def _arguments(x: NDArray[np.float32], shape: Shape, bound: bytes, *last: Any) -> tuple[Any, ...]:
    """Arguments of the kernels."""
    return (
        x, shape.steps, np.uint64(int.from_bytes(bound[:8], "big")), low_bits(x.size, shape.k),
        np.empty(shape.width, np.float32), np.empty(shape.width, np.float32),
        np.empty(min(shape.k, shape.width), np.int32),
        np.empty((2, room(shape.tokens, shape.width, shape.k)), np.int32), np.empty(shape.k, np.int64), *last,
    )  # fmt: skip


def _tag(header: bytes, bound: bytes, body: bytes) -> bytes:
    return hashlib.blake2b(header + bound + body, digest_size=TAG_BYTES, person=b"swarm activation").digest()


def _refusal(proof: bytes, wanted: Shape, bound: bytes) -> str:
    """Why a proof cannot be compared; "" if it can."""
    if not isinstance(proof, bytes) or len(proof) < HEADER.size + TAG_BYTES:
        return "it is no proof"
    version, *parameters = HEADER.unpack_from(proof)
    if version != VERSION:
        return f"its version is {version}, not {VERSION}"
    if Shape(*parameters) != wanted:
        return f"its parameters are {tuple(parameters)}, not {tuple(wanted)} (steps, k, tokens, width)"
    if len(proof) != wanted.size:
        return f"it has {len(proof)} bytes, not {wanted.size}"
    header, tag = proof[: HEADER.size], proof[HEADER.size : HEADER.size + TAG_BYTES]
    if tag != _tag(header, bound, proof[HEADER.size + TAG_BYTES :]):
        return "it is bound to another request, model, chunk, worker or text, or was changed"
    return ""
