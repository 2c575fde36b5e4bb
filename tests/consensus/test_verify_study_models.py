"""The study's models: their weights, and that machines differ only as honest machines do."""

import numpy as np
import pytest
from swarm_env.consensus.studies.models import diffusion, language
from swarm_env.consensus.studies.models.hardware import HONEST, Hardware, bfloat16
from swarm_env.consensus.studies.models.model_sizes import SYMBOLS, TEXT
from swarm_env.consensus.studies.models.weights import FOLDER, load, quantised

from swarm_env.errors import ConfigError

FLOAT32 = Hardware("float32")


@pytest.mark.parametrize("name", ["digits-0", "digits-1", "text-0", "text-1"])
def test_weights_are_small_and_need_no_pickle(name):
    file = FOLDER / f"{name}.npz"
    assert file.stat().st_size < 500_000
    with np.load(file, allow_pickle=False) as stored:
        assert all(stored[key].dtype == np.float16 and np.isfinite(stored[key]).all() for key in stored.files)
    what, seed = name.split("-")
    assert load(what, int(seed))


def test_weights_that_are_missing_or_of_another_model_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load("digits", 0, tmp_path)
    np.savez(tmp_path / "digits-0.npz", out=np.zeros(3))
    with pytest.raises(ConfigError, match="does not hold"):
        load("digits", 0, tmp_path)
    np.savez(tmp_path / "text-0.npz", gain=np.array([{}], object))
    with pytest.raises(ConfigError, match="cannot be read"):
        load("text", 0, tmp_path)
    (tmp_path / "text-1.npz").write_bytes(b"PK\x03\x04 but not a zip")
    with pytest.raises(ConfigError, match="cannot be read"):
        load("text", 1, tmp_path)


def test_bfloat16_keeps_eight_bits_and_rounds_ties_to_even():
    x = np.array([1.0, 1 + 2**-9, 1 + 2**-8, 1 + 3 * 2**-8, -3.14159, 0.0], np.float32)
    assert bfloat16(x).tolist() == [1.0, 1.0, 1.0, 1 + 2**-6, -3.140625, 0.0]


def test_quantised_weights_have_so_many_levels():
    weights = load("text")
    for bits in (8, 4):
        worse = quantised(weights, bits)
        for name, value in worse.items():
            if value.ndim == 2:
                assert max(len(np.unique(column)) for column in value.T) <= 2**bits - 1
                assert not np.array_equal(value, weights[name])
            else:
                assert np.array_equal(value, weights[name])


@pytest.mark.parametrize("machine", HONEST, ids=str)
def test_honest_machines_draw_nearly_the_same(machine):
    weights, label, seed = load("digits"), np.arange(10), np.arange(10)
    drawn = diffusion.draw(weights, label, seed, machine, keep=True)
    reference = diffusion.draw(weights, label, seed, HONEST[0], keep=True)
    assert drawn.pictures.shape == (10, 16, 16) and drawn.thoughts.shape == (10, diffusion.STEPS, 144)
    assert np.abs(drawn.pictures.astype(int) - reference.pictures).max() < 32
    assert np.abs(drawn.thoughts - reference.thoughts).mean() < 0.02
    again = diffusion.draw(weights, label, seed, machine)
    assert np.array_equal(again.pictures, drawn.pictures)


def test_a_picture_follows_from_its_own_request_alone():
    weights = load("digits")
    many = diffusion.draw(weights, np.arange(10), np.arange(10), HONEST[0]).pictures
    one = diffusion.draw(weights, [7], [7], HONEST[0]).pictures
    assert np.abs(many[7].astype(int) - one[0]).max() <= 1
    assert np.abs(many[7].astype(int) - diffusion.draw(weights, [7], [8], HONEST[0]).pictures[0]).max() > 50


def test_pictures_look_like_their_digits():
    weights, label = load("digits"), np.repeat(np.arange(10), 30)
    drawn = diffusion.draw(weights, label, np.arange(300), FLOAT32).pictures.reshape(300, -1) / 255
    mean = np.stack([drawn[label == digit][::2].mean(axis=0) for digit in range(10)])
    rest, own = drawn[1::2], label[1::2]
    nearest = ((rest[:, None] - mean[None]) ** 2).sum(axis=2).argmin(axis=1)
    assert (nearest == own).mean() > 0.8


@pytest.mark.parametrize("machine", HONEST, ids=str)
def test_writing_and_reading_think_the_same(machine):
    weights = load("text")
    asked = language.encode(["The following statements", "If the function returns "])
    written = language.write(weights, asked, 20, machine)
    seen = language.read(weights, asked, written.symbols, machine)
    far = np.abs(seen - written.thoughts).mean() / np.abs(seen).mean()
    assert far < (0.02 if "16" in machine.precision else 1e-5)


def test_text_is_likelier_than_chance_and_like_its_source():
    weights = load("text")
    known = language.encode(["The with statement is used to wrap the execution of a block with methods."])
    last = language.read(weights, known[:, :10], known[:, 10:], FLOAT32)
    scores = last @ weights["symbols"].T
    chance = scores - np.log(np.exp(scores).sum(axis=-1, keepdims=True))
    assert -np.take_along_axis(chance, known[:, 10:, None], 2).mean() < 2.3  # a uniform guess: 4.6


def test_a_beam_of_one_is_greedy_and_a_wider_one_finds_likelier_text():
    weights = load("text")
    asked = language.encode(["The following statements", "If the function returns "])
    greedy = language.write(weights, asked, 24, HONEST[0]).symbols
    assert np.array_equal(language.beam(weights, asked, 24, HONEST[0], width=1), greedy)

    def chance(text):
        scores = language.read(weights, asked, text, HONEST[0]) @ weights["symbols"].T
        scores -= np.log(np.exp(scores).sum(axis=-1, keepdims=True))
        return np.take_along_axis(scores, text[:, :, None], 2).sum(axis=(1, 2))

    assert (chance(language.beam(weights, asked, 24, HONEST[0])) >= chance(greedy) - 1e-4).all()


def test_a_seed_says_what_is_drawn():
    weights, asked = load("text"), language.encode(["The following statements"] * 3)
    drawn = language.write(weights, asked, 30, HONEST[0], 0.8, [5, 5, 6]).symbols
    assert np.array_equal(drawn[0], drawn[1]) and not np.array_equal(drawn[0], drawn[2])
    assert language.luck([5], 3).shape == (1, 3, TEXT.symbols)


def test_symbols_are_a_text():
    assert language.decode(language.encode(["def f():\n"])) == ["def f():\n"] and len(SYMBOLS) == 96
