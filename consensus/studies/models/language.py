"""Text from the study's language model, computed with numpy on any `Hardware`.

`write` continues prompts symbol by symbol and caches keys and values, as servers do; `read` computes the same
for a whole text at once, as a verifier does. Both return the last layer, from which proofs are made.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from swarm_env.consensus.studies.models.hardware import Array, Hardware
from swarm_env.consensus.studies.models.model_sizes import SYMBOLS, TEXT
from swarm_env.consensus.studies.models.weights import Weights

_EACH = TEXT.width // TEXT.heads
Memory = list[tuple[Array, Array]]  # of each block: keys and values, (n, heads, places, each)


class Written(NamedTuple):
    """The text, and the model's activations at every symbol of it."""

    symbols: NDArray[np.int64]  # (n, length)
    thoughts: NDArray[np.float32]  # (n, length, width) last layer from which each symbol was chosen


def encode(texts: list[str]) -> NDArray[np.int64]:
    """Texts of one length as symbols, (n, length)."""
    return np.array([[SYMBOLS.index(c) for c in text] for text in texts], np.int64)


def decode(symbols: ArrayLike) -> list[str]:
    """Symbols (n, length) as texts."""
    return ["".join(SYMBOLS[s] for s in row) for row in np.asarray(symbols).tolist()]


def write(
    weights: Weights,
    prompts: NDArray[np.int64],
    length: int,
    hardware: Hardware,
    temperature: float = 0.0,
    seed: ArrayLike = 0,
) -> Written:
    """Continue prompts (n, p) by `length` symbols, greedily or by drawing.

    Prompts and symbols are together at most the model's context. Temperature 0: always the likeliest symbol
    (the first of equals); else of the draws, whose seeds are (n,) or one for all.
    """
    seeds = np.broadcast_to(np.asarray(seed), len(prompts))
    own = hardware.weights(weights)

    def part(which: slice) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        chance = luck(seeds[which], length) if temperature else None
        memory: Memory = []
        next_read, symbols, thoughts = prompts[which], [], []
        for place in range(length):
            last = forward(own, next_read, hardware, memory)[:, -1]
            scores = hardware.dot(last, own["symbols"].T)
            if chance is not None:
                scores = scores.astype(np.float64) / temperature + chance[:, place]
            chosen = scores.argmax(axis=1)
            symbols.append(chosen)
            thoughts.append(last.astype(np.float32))
            next_read = chosen[:, None]
        return np.stack(symbols, 1), np.stack(thoughts, 1)

    return Written(*hardware.in_batches(part, len(prompts)))


def luck(seeds: ArrayLike, length: int) -> NDArray[np.float64]:
    """(n, length, symbols) numbers to add to scores so that the largest is a draw (Gumbel)."""
    shape = (length, TEXT.symbols)
    return np.stack([np.random.default_rng([int(s), 7]).gumbel(size=shape) for s in np.asarray(seeds)])


def beam(
    weights: Weights, prompts: NDArray[np.int64], length: int, hardware: Hardware, width: int = 4
) -> NDArray[np.int64]:
    """Continue prompts by the likeliest text of a beam search of this width, (n, length)."""
    own = hardware.weights(weights)

    def part(which: slice) -> tuple[NDArray[np.int64]]:
        n = len(prompts[which])
        memory: Memory = []
        scores = _log_chance(own, forward(own, prompts[which], hardware, memory)[:, -1], hardware)
        memory[:] = [(np.repeat(k, width, 0), np.repeat(v, width, 0)) for k, v in memory]
        best = np.argsort(-scores, axis=1, kind="stable")[:, :width]
        total = np.take_along_axis(scores, best, 1)
        texts = best[:, :, None]
        for _ in range(length - 1):
            last = forward(own, texts[:, :, -1].reshape(-1, 1), hardware, memory)[:, -1]
            each = (total[:, :, None] + _log_chance(own, last, hardware).reshape(n, width, -1)).reshape(n, -1)
            pick = np.argsort(-each, axis=1, kind="stable")[:, :width]
            total = np.take_along_axis(each, pick, 1)
            came, symbol = np.divmod(pick, TEXT.symbols)
            texts = np.concatenate([np.take_along_axis(texts, came[:, :, None], 1), symbol[:, :, None]], 2)
            rows = (came + np.arange(n)[:, None] * width).ravel()
            memory[:] = [(k[rows], v[rows]) for k, v in memory]
        return (texts[:, 0],)

    return hardware.in_batches(part, len(prompts))[0]


def read(
    weights: Weights, prompts: NDArray[np.int64], answers: NDArray[np.int64], hardware: Hardware
) -> NDArray[np.float32]:
    """The last layer at every symbol of given answers, (n, length, width), all places at once."""
    own = hardware.weights(weights)
    known = np.concatenate([prompts, answers[:, :-1]], axis=1)

    def part(which: slice) -> tuple[NDArray[np.float32]]:
        return (forward(own, known[which], hardware, [])[:, prompts.shape[1] - 1 :].astype(np.float32),)

    return hardware.in_batches(part, len(prompts))[0]


def forward(w: dict[str, Array], symbols: NDArray[Any], hardware: Hardware, memory: Memory) -> Array:
    """The last layer (n, new, width) at new symbols (n, new) after those in `memory`, which grows."""
    n, new = symbols.shape
    before = memory[0][0].shape[2] if memory else 0
    h = hardware.round(w["symbols"][symbols] + w["places"][before : before + new])
    scale = h.dtype.type(1 / np.sqrt(_EACH))
    hidden = np.triu(np.full((new, before + new), -np.inf, h.dtype), before + 1)
    for i in range(TEXT.blocks):
        qkv = hardware.dot(hardware.round(hardware.norm(h) * w[f"gain_a{i}"]), w[f"qkv{i}"])
        q, k, v = qkv.reshape(n, new, 3, TEXT.heads, _EACH).transpose(2, 0, 3, 1, 4)
        if before:
            k, v = np.concatenate([memory[i][0], k], 2), np.concatenate([memory[i][1], v], 2)
            memory[i] = (k, v)
        else:
            memory.append((k, v))
        looked = hardware.softmax(hardware.dot(q, k.swapaxes(-1, -2)) * scale + hidden)
        seen = hardware.dot(looked, v).transpose(0, 2, 1, 3).reshape(n, new, TEXT.width)
        h = hardware.round(h + hardware.dot(seen, w[f"mix{i}"]))
        up = hardware.dot(hardware.round(hardware.norm(h) * w[f"gain_m{i}"]), w[f"up{i}"])
        h = hardware.round(h + hardware.dot(hardware.silu(up), w[f"down{i}"]))
    return hardware.round(hardware.norm(h) * w["gain"])


def _log_chance(w: dict[str, Array], last: Array, hardware: Hardware) -> Array:
    scores = hardware.dot(last, w["symbols"].T)
    top = scores - scores.max(axis=1, keepdims=True)
    return hardware.round(top - np.log(np.exp(top).sum(axis=1, keepdims=True)))
