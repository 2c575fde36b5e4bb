import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from swarm_env.consensus.signatures.text_hashes import shingles
from swarm_env.consensus.verification import (
    METHODS,
    Signature,
    TokenSignature,
    divergence,
    minhash,
    picture_hash,
    picture_words,
    simhash,
)

from swarm_env import ConfigError
from swarm_env.errors import MissingExtraError

TEXT = "the quick brown fox jumps over the lazy dog and runs away from the river before the sun goes down"


def picture(seed, size=64):
    """Smooth and coloured."""
    grid = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(grid).resize((size, size), Image.Resampling.BICUBIC))


@pytest.mark.parametrize("method", METHODS)
def test_a_hash_of_a_picture_bears_noise_and_distinguishes_pictures(method):
    near, far = [], []
    for seed in range(8):
        one, noise = picture(seed), np.random.default_rng(seed + 100).normal(0, 2, (64, 64, 3))
        noisy = np.clip(one + noise, 0, 255).astype(np.uint8)
        near.append(picture_hash(one, method).distance(picture_hash(noisy, method)))
        far.append(picture_hash(one, method).distance(picture_hash(picture(seed + 50), method)))
    assert max(near) <= 6 and np.mean(near) < np.mean(far) / 3
    assert min(far) > max(near) or method == "colorhash"  # which knows shares of hues only


def test_a_hash_is_what_imagehash_says():
    import imagehash

    one = picture(1)
    theirs = imagehash.phash(Image.fromarray(one))
    ours = picture_hash(one, "phash")
    assert ours.value.hex() == str(theirs) and ours.bits == 64
    assert ours.words().tolist() == [int(str(theirs), 16)]
    other = imagehash.phash(Image.fromarray(picture(2)))
    assert ours.distance(picture_hash(picture(2), "phash")) == theirs - other


def test_pictures_may_be_images_greys_or_floats():
    one = picture(3)
    assert picture_hash(Image.fromarray(one)) == picture_hash(one) == picture_hash(one / 255.0)
    grey = one.mean(axis=2).astype(np.uint8)
    assert picture_hash(grey).distance(picture_hash(grey / 255.0)) == 0


def test_many_hashes_are_rows_of_words():
    pictures = [picture(seed) for seed in range(3)]
    assert picture_words(pictures, "dhash").shape == (3, 1)
    large = picture_words(pictures, "phash", size=16)
    assert large.shape == (3, 4) and large.dtype == np.uint64
    assert picture_words([], "phash").shape == (0, 1)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"method": "bhash"}, "bhash"),
        ({"size": 1}, "size must be a whole number from 2 to 64, not 1"),
        ({"size": 8.0}, "size must be a whole number from 2 to 64, not 8.0"),
        ({"method": "whash", "size": 12}, "power of two"),
        ({"picture": np.zeros((4, 4, 2))}, "no picture"),
        ({"picture": np.zeros((0, 4))}, "no picture"),
        ({"picture": np.full((4, 4), np.nan)}, "not finite"),
        ({"picture": np.zeros((4, 4), np.int64)}, "uint8"),
    ],
)
def test_what_cannot_be_hashed_is_refused(given, message):
    with pytest.raises(ConfigError, match=message):
        picture_hash(given.pop("picture", picture(0)), **given)


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        (lambda: picture_hash(picture(0), "ahash"), lambda: picture_hash(picture(0), "dhash"), "ahash"),
        (
            lambda: picture_hash(picture(0), size=8),
            lambda: picture_hash(picture(0), size=16),
            "size 8 and 16",
        ),
        (lambda: minhash(TEXT, seed=1), lambda: minhash(TEXT, seed=2), "seed 1 and 2"),
        (lambda: minhash(TEXT), lambda: simhash(TEXT), "simhash"),
        (lambda: simhash(TEXT, words=2), lambda: simhash(TEXT), "words 2 and 3"),
        (lambda: simhash(TEXT), lambda: TEXT, "str"),
    ],
)
def test_signatures_made_in_two_ways_are_not_compared(one, other, message):
    with pytest.raises(ConfigError, match=message):
        one().distance(other())


def test_a_signature_goes_through_text():
    for signature in (picture_hash(picture(0), "colorhash"), minhash(TEXT), simhash(TEXT)):
        assert Signature.from_text(signature.to_text()) == signature


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[1]",
        '{"method": "phash", "bits": 64, "value": "00", "parameters": {}}',
        '{"method": "phash", "bits": 8, "value": "0g", "parameters": {}}',
        '{"method": "phash", "bits": 7, "value": "ff", "parameters": {}}',
        '{"method": "phash", "bits": 8, "value": "ff", "parameters": {}, "more": 1}',
        '{"method": "phash", "bits": "8", "value": "ff", "parameters": {}}',
    ],
)
def test_what_is_no_signature_is_refused(text):
    with pytest.raises(ConfigError):
        Signature.from_text(text)


def test_minhash_estimates_the_jaccard_distance():
    words = TEXT.split()
    other = " ".join(words[:12] + ["something", "else"] + words[14:])
    a, b = set(shingles(TEXT)), set(shingles(other))
    truth = 1 - len(a & b) / len(a | b)
    found = minhash(TEXT, slots=2048).distance(minhash(other, slots=2048))
    assert abs(found - truth) < 0.05 and 0.3 < truth < 0.7
    assert minhash(TEXT).distance(minhash(TEXT.upper())) == 0.0


def test_simhash_is_nearer_for_a_small_change():
    near = simhash(TEXT).distance(simhash(TEXT + " again"))
    far = simhash(TEXT).distance(
        simhash("nothing of all this stands in that other text, which goes on and on")
    )
    assert near < 16 < far


@pytest.mark.slow
def test_texts_hash_alike_in_every_process():
    code = (
        "from swarm_env.consensus.verification import minhash, simhash\n"
        f"print(minhash({TEXT!r}).to_text(), simhash({TEXT!r}).to_text())"
    )
    here = f"{minhash(TEXT).to_text()} {simhash(TEXT).to_text()}\n"
    for salt in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=_environment(salt)
        )
        assert done.stdout == here


def _environment(salt):
    return {**os.environ, "PYTHONHASHSEED": salt}


@pytest.mark.parametrize("text", ["", "one", "...", "\x00\ud7ff"])
def test_any_text_has_a_hash(text):
    assert minhash(text).distance(minhash(text)) == 0 and simhash(text).bits == 64


@pytest.mark.parametrize("given", [{"slots": 1}, {"seed": -1}, {"words": 0}, {"words": 1.5}])
def test_what_minhash_refuses(given):
    with pytest.raises(ConfigError, match=next(iter(given))):
        minhash(TEXT, **given)


@pytest.mark.parametrize(
    ("library", "use"),
    [("imagehash", lambda: picture_hash(picture(0))), ("datasketch", lambda: minhash(TEXT))],
)
def test_the_error_for_a_missing_library_says_how_to_install_it(library, use, monkeypatch):
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtraError, match=r"pip install '\.\[consensus\]'"):
        use()


def test_sequences_of_tokens():
    assert divergence([1, 2, 3], [1, 2, 3]) == (True, 3, 1.0, 0.0, (3, 3))
    found = divergence([1, 2, 3, 4], [1, 2, 9, 4, 5])
    assert found == (False, 2, 0.4, 0.4, (4, 5)) and found.distance == 0.6
    assert divergence([], []).exact and divergence([], []).distance == 0.0
    assert divergence([], [7]) == (False, 0, 0.0, 1.0, (0, 1))


def test_sequences_of_two_vocabularies_or_decodings_are_not_compared():
    one = TokenSignature.of(np.array([5, 6], np.uint16), "digits", "greedy")
    assert one.compare(TokenSignature.of([5, 7], "digits", "greedy")).prefix == 1
    with pytest.raises(ConfigError, match="vocabulary 'digits' and 'letters'"):
        one.compare(TokenSignature.of([5, 6], "letters", "greedy"))
    with pytest.raises(ConfigError, match="decoding 'greedy' and 'beam 4'"):
        one.compare(TokenSignature.of([5, 6], "digits", "beam 4"))


def test_a_digest_stands_for_tokens_and_what_they_mean():
    made = [
        ((1, 2), "a", "bc"),
        ((1, 2), "ab", "c"),
        ((1,), "a", "bc"),
        ((1, 3), "a", "bc"),
        ((1, 2), "", "abc"),
    ]
    digests = {TokenSignature.of(*content).digest() for content in made}
    assert len(digests) == len(made)
    assert TokenSignature.of([1, 2]).digest() == TokenSignature.of(np.array([1, 2])).digest()


@pytest.mark.parametrize("tokens", [[[1]], [1.5], [-1], [1 << 32], ["a"], 3])
def test_what_is_no_sequence_of_tokens_is_refused(tokens):
    with pytest.raises(ConfigError):
        divergence([1], tokens)
