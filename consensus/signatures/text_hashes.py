"""Hashes of texts that stay near each other when texts do: MinHash by the library datasketch, and SimHash.

Python's own `hash` of a text is salted anew in every process, so that two workers would never agree. Here
words are hashed by BLAKE2b.
"""

import hashlib
import importlib
import re
from typing import Any

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import checked_number
from swarm_env.consensus.signatures.signature import Signature

from swarm_env.errors import MissingExtraError

SLOTS, SHINGLE = 128, 3
SIMHASH_BITS = 64
_WORD = re.compile(r"\w+")


def shingles(text: str, words: int = SHINGLE) -> list[str]:
    """All runs of so many consecutive words (1 to 100, else `ConfigError`), in lower case.

    A shorter text is one run.
    """
    checked_number("words", words, 1, 100)
    found = _WORD.findall(text.lower())
    return [" ".join(found[i : i + words]) for i in range(max(1, len(found) - words + 1))]


def minhash(text: str, slots: int = SLOTS, words: int = SHINGLE, seed: int = 1) -> Signature:
    """MinHash over a text's runs of words (A. Broder, Compression and Complexity of SEQUENCES, 1997).

    Args:
        text: Any text.
        slots: Number of permutations, 2 to 2048; the error of a distance is about 0.5 / sqrt(slots).
        words: Length of a run.
        seed: Seed of the permutations, 0 to 2**32 - 1.

    Returns:
        The signature; its distance estimates 1 - Jaccard similarity of the sets of runs. The scheme of
        permutations, which differs between versions of datasketch, is one of its parameters.

    Raises:
        ConfigError: An argument is not allowed.
        MissingExtraError: datasketch is not installed.
    """
    try:
        library: Any = importlib.import_module("datasketch")
    except ImportError:
        raise MissingExtraError("hashing texts by MinHash", "datasketch", "consensus") from None
    checked_number("slots", slots, 2, 2048)
    checked_number("seed", seed, 0, 2**32 - 1)
    sketch = library.MinHash(num_perm=slots, seed=seed, hashfunc=_hash32)
    sketch.update_batch([run.encode() for run in shingles(text, words)])
    scheme = str(getattr(sketch, "scheme", "legacy"))
    parameters = (("scheme", scheme), ("seed", seed), ("slots", slots), ("words", words))
    values = np.asarray(sketch.hashvalues).astype(np.uint32)
    return Signature("minhash", parameters, 32 * slots, values.tobytes())


def simhash(text: str, words: int = SHINGLE) -> Signature:
    """SimHash of 64 bits over a text's runs of words (M. Charikar, STOC 2002); repeated runs count again.

    Its distance is the number of bits that differ. Raises `ConfigError` for a length that `shingles` refuses.
    """
    runs = shingles(text, words)
    digests = b"".join(hashlib.blake2b(run.encode(), digest_size=8).digest() for run in runs)
    flags = np.unpackbits(np.frombuffer(digests, np.uint8)).reshape(len(runs), SIMHASH_BITS)
    ahead: NDArray[np.bool_] = 2 * flags.sum(axis=0, dtype=np.int64) > len(runs)
    return Signature("simhash", (("words", words),), SIMHASH_BITS, np.packbits(ahead).tobytes())


def _hash32(run: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(run, digest_size=4).digest(), "little")
