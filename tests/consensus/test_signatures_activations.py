"""Proofs of activations: what they are, and the weaknesses of the published construction (W1 to W6)."""

import dataclasses
import math
from typing import Any

import numpy as np
import pytest
from swarm_env.consensus.verification import Context, build, chain, check, chunks, mean_distance

from swarm_env import ConfigError
from tests.consensus.networks import (
    Network,
    bfloat16,
    float16,
    float32,
    float64,
    heavy_tailed,
    prompt,
    quantised,
)
from tests.consensus.proofs import CONTEXT, centred, chosen, forged, reference, sealed, unit, written

FULL = (32, 4096)


@pytest.mark.parametrize("shape", [FULL, (32, 64), (40, 100), (1, 64), (2, 7), (3, 1), (32, 65), (200, 96)])
def test_a_proof_is_as_the_plain_encoder_writes_it(shape):
    for seed in range(4):
        x = heavy_tailed(shape[0], shape[1], seed)
        proof, plain = build(x, CONTEXT), reference(x, CONTEXT)
        assert len(proof) == len(plain)
        if proof != plain:  # a mean in another order of summing may move a value over the edge of a step
            assert check(plain, x, CONTEXT).wrong <= 1


def test_a_proof_of_32_tokens_has_258_bytes():
    assert len(build(heavy_tailed(*FULL), CONTEXT)) == 258


def test_ones_own_activations_agree_whatever_their_type():
    x = heavy_tailed(32, 512)
    proof = build(x, CONTEXT)
    for own in (x, x.astype(np.float64), np.asfortranarray(x), np.repeat(x, 2, axis=1)[:, ::2]):
        assert check(proof, own, CONTEXT) == ("", 128, 0, 0, 0.0)
    assert check(proof, x.astype(np.float16), CONTEXT).distance < 0.1


def test_differences_are_seen_as_finely_as_asked():
    x = heavy_tailed(*FULL)
    own = x * (1 + 0.002 * np.random.default_rng(1).normal(size=x.shape)).astype(np.float32)
    found = [check(build(x, CONTEXT, steps=s), own, CONTEXT, steps=s).distance for s in (4, 16, 64, 255)]
    assert found == sorted(found) and found[0] < 0.05 and found[-1] > 0.3


@pytest.mark.parametrize("spread", [0.5, 1.0, 2.0])
def test_w1_no_honest_chunk_is_rejected_whatever_places_it_has(spread):
    """There, places collided, and some 5% of honest chunks were read wrong. Here is no modulus."""
    for seed in range(30):
        x = heavy_tailed(*FULL, seed=seed, spread=spread)
        assert check(build(x, CONTEXT), x, CONTEXT).wrong == 0
    long = heavy_tailed(700, 1024, seed=99, spread=spread)  # a prompt of 700 tokens as one chunk
    assert check(build(long, CONTEXT), long, CONTEXT).wrong == 0


def test_w2_a_malformed_proof_is_refused_and_nothing_else_happens():
    x = heavy_tailed(32, 512)
    good = build(x, CONTEXT)
    rng = np.random.default_rng(0)
    bad: list[Any] = [
        b"",
        b"\0" * 258,
        b"\xff" * len(good),
        good[:-1],
        good + b"\0",
        good[:9],
        bytearray(good),
        None,
        "text",
    ]
    bad += [rng.bytes(len(good)) for _ in range(50)]
    for place in range(len(good)):
        bad.append(good[:place] + bytes([good[place] ^ (1 << place % 8)]) + good[place + 1 :])
    for proof in bad:
        found = check(proof, x, CONTEXT)
        assert found.refused and found.distance == 1.0 and found.wrong == found.k == 128


def test_w2_a_body_of_random_bits_under_a_right_tag_is_refused():
    x = heavy_tailed(32, 512)
    length = len(build(x, CONTEXT)) - 18
    rng = np.random.default_rng(1)
    bodies = [rng.bytes(length) for _ in range(300)] + [b"\0" * length, b"\xff" * length]
    for body in bodies:
        assert check(sealed(body, x.shape, CONTEXT), x, CONTEXT).distance >= 0.6


@pytest.mark.parametrize("size", [32 * 512, 131, 1000])
def test_w2_a_list_of_places_has_one_form(size):
    """Equal, falling or too large places, and spare bits, are no list: no place can count twice."""
    shape = (1, size)
    x = heavy_tailed(1, size, 5)
    k = min(128, size // 4)
    good = chosen(centred(x), k)
    assert check(forged(x, good, CONTEXT, shape), x, CONTEXT).wrong == 0
    twice, beyond = [*good[:-1], good[-2]], [*good[:-1], size]
    for places in (twice, [good[0]] * k, beyond):
        body = written(places, [0] * k, size)
        assert check(sealed(body, shape, CONTEXT, k=k), x, CONTEXT).refused
    body = written(good, [0] * k, size)
    spare = -(k * 3) % 8
    if spare:
        changed = body[:-1] + bytes([body[-1] | 1])
        assert check(sealed(changed, shape, CONTEXT, k=k), x, CONTEXT).refused


@pytest.mark.parametrize("parameter", ["k", "steps", "version", "tokens", "width"])
def test_w3_a_prover_does_not_choose_the_parameters(parameter):
    """There, the prover's choice of the modulus turned 128 values into one."""
    x = heavy_tailed(32, 512)
    values = centred(x)
    shape, k, steps, version = list(x.shape), 128, 16, 1
    if parameter == "k":
        k = 1
    elif parameter == "steps":
        steps = 1
    elif parameter == "version":
        version = 0
    else:
        shape[parameter == "width"] -= 1
    places = chosen(values, k)
    body = written(places, [0] * k, values.size)
    proof = sealed(body, tuple(shape), CONTEXT, steps, k, version)
    assert check(proof, x, CONTEXT).refused


def gaussian(tokens, width, seed):
    return np.random.default_rng(seed).normal(size=(tokens, width)).astype(np.float32)


@pytest.mark.parametrize("activations", [heavy_tailed, gaussian])
def test_w3_a_proof_made_without_the_model_agrees_by_chance_only(activations):
    """There, a constant was accepted in 92% of chunks of Gaussian activations."""
    for seed in range(20):
        x = activations(*FULL, seed=seed)
        typical = float(np.median(np.sort(np.abs(centred(x)).ravel())[-128:]))
        blind = np.linspace(500, x.size - 500, 128).astype(int).tolist()
        claimed = np.full(x.shape, typical, np.float32)
        assert check(forged(claimed, blind, CONTEXT, x.shape), x, CONTEXT).distance > 0.9
        right = chosen(centred(x), 128)  # even if all places were known
        assert check(forged(claimed, right, CONTEXT, x.shape), x, CONTEXT).distance > 0.6


def test_w4_a_table_of_channels_is_worth_nothing():
    """There, means of channels came near to acceptance. Here what a table knows is subtracted."""
    found = []
    for seed in range(20):
        x = heavy_tailed(*FULL, seed=seed)
        table = np.broadcast_to(x.mean(axis=0), x.shape)
        scales = np.broadcast_to(np.abs(centred(x)).mean(axis=0), x.shape)
        widest = np.argsort(-scales[0])[:4]
        places = sorted((t * 4096 + c) for t in range(32) for c in widest.tolist())
        for values in (table, scales, 3 * scales, -scales):
            found.append(check(forged(values, places, CONTEXT, x.shape), x, CONTEXT).distance)
        noise = np.random.default_rng(seed + 1000).standard_t(3, x.shape)
        found.append(check(build(table + scales * noise, CONTEXT), x, CONTEXT).distance)
    assert min(found) > 0.7 and np.mean(found) > 0.85


def test_w4_channels_that_are_large_and_constant_do_not_stand_out():
    x = heavy_tailed(32, 512, seed=3)
    x[:, 7] = 1e4 + 0.01 * x[:, 7]
    assert 7 not in {place % 512 for place in chosen(centred(x), 128)}
    other = heavy_tailed(32, 512, seed=4)
    other[:, 7] = x[:, 7]
    assert check(build(other, CONTEXT), x, CONTEXT).distance > 0.9


def test_w5_signs_count():
    x = heavy_tailed(*FULL)
    assert check(build(-x, CONTEXT), x, CONTEXT).wrong == 128
    values = centred(x)
    flipped = values.copy().ravel()
    places = chosen(values, 128)
    flipped[places[:40]] *= -1
    found = check(forged(flipped, places, CONTEXT, x.shape), x, CONTEXT)
    assert 40 <= found.wrong <= 41


@pytest.mark.parametrize(
    "other",
    [{"request": "another"}, {"model": "another"}, {"chunk": 4}, {"worker": "another"}, {"text": b"another"}],
)
def test_w6_a_proof_is_bound_to_its_context(other):
    x = heavy_tailed(32, 512)
    moved = dataclasses.replace(CONTEXT, **other)
    assert "bound to another" in check(build(x, CONTEXT), x, moved).refused
    body = build(x, CONTEXT)[18:]  # put under a right tag, the values are those of another context still
    found = check(sealed(body, x.shape, moved), x, moved)
    assert not found.refused and found.distance > 0.7


def test_w6_fields_of_a_context_do_not_run_into_each_other():
    contexts = [Context("ab", "c"), Context("a", "bc"), Context("abc", ""), Context("ab", "", worker="c")]
    contexts += [Context("ab", "c", text=b"d"), Context("ab", "c", worker="d"), Context("ab", "c", chunk=1)]
    assert len({context.digest() for context in contexts}) == len(contexts)


def test_w6_a_chain_stands_for_all_proofs_and_their_order():
    proofs = [build(heavy_tailed(32, 64, seed=i), CONTEXT) for i in range(3)]
    digests = {chain(proofs), chain(proofs[::-1]), chain(proofs[:2]), chain([b"".join(proofs)]), chain([])}
    assert len(digests) == 5 and chain(proofs) == chain(list(proofs))


def test_places_that_should_not_have_been_selected_are_strangers():
    x = heavy_tailed(*FULL, seed=8)
    values = centred(x)
    order = np.argsort(-np.abs(values), axis=None)
    low = sorted(order[20_000:20_128].tolist())
    found = check(forged(values, low, CONTEXT, x.shape), x, CONTEXT)
    assert found.strangers == found.wrong == 128 and found.error < 0.1  # the values themselves are right


# Frauds and honest workers, on a network with heavy tails.

NETWORK = Network(0)
HONEST: dict[str, dict[str, Any]] = {
    "float64": {"round_to": float64},
    "float16": {"round_to": float16},
    "bfloat16": {"round_to": bfloat16},
    "other order": {"back_to_front": True},
    "bfloat16, other order": {"round_to": bfloat16, "back_to_front": True},
}
FRAUDS = {
    "other weights": Network(1),
    "int8": NETWORK.changed(lambda w: quantised(w, 8)),
    "int4": NETWORK.changed(lambda w: quantised(w, 4)),
    "fewer layers": NETWORK.changed(lambda w: w, 3),
}
THRESHOLD = 0.13  # between bfloat16 (0.09) and int8 (0.17) on this network


def distance(worker, verifier):
    agreements = []
    for i, (claimed, own) in enumerate(zip(chunks(worker), chunks(verifier), strict=True)):
        context = Context("request", "model", i)
        agreements.append(check(build(claimed, context), own, context))
    return mean_distance(agreements)


@pytest.fixture(scope="module")
def own():
    return {seed: NETWORK.run(prompt(seed)) for seed in (1, 2)}


@pytest.mark.parametrize("name", HONEST)
@pytest.mark.parametrize("seed", [1, 2])
def test_no_honest_worker_is_rejected(name, seed, own):
    assert len(chunks(own[seed])) == 32
    assert distance(NETWORK.run(prompt(seed), **HONEST[name]), own[seed]) < THRESHOLD


@pytest.mark.parametrize("name", FRAUDS)
@pytest.mark.parametrize("precision", [float32, bfloat16])
def test_every_fraud_is_caught_at_32_chunks(name, precision, own):
    assert distance(FRAUDS[name].run(prompt(1), precision), own[1]) > THRESHOLD


@pytest.mark.parametrize("spare", [4, 16, 64])
def test_a_prover_gains_nothing_by_telling_only_what_it_is_surest_of(spare, own):
    """Values in the middle of a step are the safest: the proof gives the 128 most central of its largest."""
    key = int.from_bytes(CONTEXT.digest()[:8], "big")
    plain, picked = [], []
    for claimed, mine in zip(chunks(FRAUDS["int8"].run(prompt(1))), chunks(own[1]), strict=True):
        values = centred(claimed).ravel()
        places = chosen(values, 128 + spare)
        turned = [16 * math.log2(abs(float(values[p]))) + 8 * unit(key, p) for p in places]
        central = np.argsort([abs(at % 1 - 0.5) for at in turned])[:128]
        proof = forged(values, sorted(places[i] for i in central), CONTEXT, claimed.shape)
        picked.append(check(proof, mine, CONTEXT))
        plain.append(check(build(claimed, CONTEXT), mine, CONTEXT))
    assert mean_distance(picked) > mean_distance(plain) > THRESHOLD


def test_another_prompt_and_a_copied_answer_are_caught(own):
    assert distance(own[2], own[1]) > 0.9
    assert distance(np.roll(own[1], 32, axis=0), own[1]) > 0.9


def test_means_over_chunks_detect_what_worst_chunks_do_not(own):
    def each(worker):
        found = []
        for claimed, mine in zip(chunks(worker), chunks(own[1]), strict=True):
            found.append(check(build(claimed, CONTEXT), mine, CONTEXT).distance)
        return found

    honest = each(NETWORK.run(prompt(1), round_to=bfloat16))
    fraud = each(FRAUDS["int8"].run(prompt(1)))
    assert max(honest) > min(fraud) and np.mean(honest) + 0.04 < np.mean(fraud)


# What is refused, and how answers are cut up.


@pytest.mark.parametrize(
    ("activations", "message"),
    [
        (np.full((32, 8), np.nan, np.float32), "not finite"),
        (np.where(np.arange(256) == 77, np.inf, 1.0).reshape(32, 8), "not finite"),
        (np.where(np.arange(64) == 7, np.nan, 1.0).reshape(1, 64), "not finite"),
        (np.full((32, 8), 1e300), "not finite"),
        (np.ones((32, 8)), "stands out"),
        (np.zeros((1, 8)), "stands out"),
        (np.ones((32, 8), np.int64), "floats"),
        (np.ones(8), "floats"),
        (np.ones((0, 8)), "floats"),
        (np.ones((1 << 16, 1)), "too many"),
    ],
)
def test_activations_that_prove_nothing_are_refused(activations, message):
    with pytest.raises(ConfigError, match=message):
        build(activations, CONTEXT)
    with pytest.raises(ConfigError, match=message):
        good = np.asarray(activations)
        check(b"" if message in ("floats", "too many") else _any_proof(good), activations, CONTEXT)


def _any_proof(x):
    k = max(1, min(128, x.size // 4))
    return sealed(written(list(range(k)), [0] * k, x.size), x.shape, CONTEXT, k=k)


@pytest.mark.parametrize("given", [{"k": 0}, {"k": 1.5}, {"k": 1 << 16}, {"steps": 0}, {"steps": 256}])
def test_parameters_that_are_none_are_refused(given):
    with pytest.raises(ConfigError, match=next(iter(given))):
        build(heavy_tailed(4, 8), CONTEXT, **given)


def test_a_chunk_has_a_number():
    wrong: list[Any] = [-1, 1.0, 1 << 32]
    for chunk in wrong:
        with pytest.raises(ConfigError, match="chunk"):
            Context("r", "m", chunk)


@pytest.mark.parametrize(
    ("tokens", "lengths"),
    [
        (1, [1]),
        (31, [31]),
        (32, [32]),
        (47, [47]),
        (48, [32, 16]),
        (64, [32, 32]),
        (79, [32, 47]),
        (80, [32, 32, 16]),
    ],
)
def test_an_answer_is_cut_into_chunks(tokens, lengths):
    x = heavy_tailed(tokens, 4)
    cut = chunks(x)
    assert [len(part) for part in cut] == lengths
    assert np.array_equal(np.concatenate(cut), x)


def test_single_tokens_may_be_chunks():
    assert [len(part) for part in chunks(heavy_tailed(3, 4), tokens=1)] == [1, 1, 1]
    with pytest.raises(ConfigError, match="tokens must be a whole number from 1"):
        chunks(heavy_tailed(3, 4), tokens=0)
    with pytest.raises(ConfigError, match="at least one chunk"):
        mean_distance([])
