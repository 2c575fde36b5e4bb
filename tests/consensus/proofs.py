"""A second encoder of proofs, in plain Python: the reference, and the tool of forgers."""

import hashlib
import math
import struct

import numpy as np
from swarm_env.consensus.signatures.activations import Context

MASK = (1 << 64) - 1
GOLDEN, MIX1, MIX2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def mixed(x):
    x = ((x ^ (x >> 30)) * MIX1) & MASK
    x = ((x ^ (x >> 27)) * MIX2) & MASK
    return x ^ (x >> 31)


def unit(key, i):
    return (mixed((key + (i + 1) * GOLDEN) & MASK) >> 11) / 2**53


def chosen(centred, k):
    """The places of the k largest magnitudes, ascending."""
    return sorted(np.argsort(-np.abs(centred), axis=None, kind="stable")[:k].tolist())


def centred(x):
    x = np.asarray(x, np.float32)
    return x - x.mean(axis=0, dtype=np.float32) if len(x) > 1 else x


def symbol(value, place, key, steps):
    turned = steps * math.log2(max(abs(value), 1e-30)) + 8 * unit(key, place) + (4 if value < 0 else 0)
    return math.floor(turned) % 8


def written(places, symbols, size):
    """Bits of a body: low bits, high parts in unary, symbols; each of the two parts filled up to bytes."""
    k = len(places)
    low = max(0, (size // k).bit_length() - 1)
    bits = "".join(format(p & ((1 << low) - 1), f"0{low}b") if low else "" for p in places)
    unary = ["0"] * (k + ((size - 1) >> low))
    for i, p in enumerate(places):
        if (p >> low) + i < len(unary):
            unary[(p >> low) + i] = "1"
    parts = [bits + "".join(unary), "".join(format(s, "03b") for s in symbols)]
    return b"".join(
        int(part.ljust(-(-len(part) // 8) * 8, "0"), 2).to_bytes(-(-len(part) // 8), "big") for part in parts
    )


def sealed(body, shape, context, steps=16, k=128, version=1):
    header = struct.pack(">BBHHI", version, steps, k, *shape)
    tag = hashlib.blake2b(
        header + context.digest() + body, digest_size=8, person=b"swarm activation"
    ).digest()
    return header + tag + body


def forged(values, places, context, shape, steps=16, key_context=None):
    """A proof of these centred values, (tokens, width), at these places."""
    key = int.from_bytes((key_context or context).digest()[:8], "big")
    flat = np.asarray(values).ravel()
    symbols = [symbol(float(flat[p]), p, key, steps) for p in places]
    body = written(places, symbols, shape[0] * shape[1])
    return sealed(body, shape, context, steps, len(places))


def reference(x, context, k=128, steps=16):
    """What `build` should give."""
    values = centred(x)
    k = max(1, min(k, values.size // 4))
    return forged(values, chosen(values, k), context, x.shape, steps)


CONTEXT = Context("request", "model", 3, "worker", b"text")
