"""What is computed for all rounds at once is what one computes pair by pair, and does not depend on names."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from swarm_env.measures import MEASURES
from swarm_env.measures.declare import GameStatistics
from swarm_env.measures.definitions import conformity, contacts
from swarm_env.measures.definitions.particles import ELSEWHERE
from swarm_env.measures.game import game_of
from swarm_env.runs.recording import open_recording
from tests.measures import plain
from tests.measures.games import games, random_game
from tests.reference.recordings import DATA

RECORDED = sorted((DATA / "swarmbench").iterdir(), key=lambda path: path.name)


def fast(game):
    stats = GameStatistics(game)
    found = {name: measure.compute(stats) for name, measure in MEASURES.items()}
    assert set(plain.NAMES) <= set(found)
    return found


def same(one, other):
    for name in plain.NAMES:
        assert np.allclose(one[name], other[name], rtol=1e-9, atol=1e-9, equal_nan=True), name


@given(games())
@settings(max_examples=150)
def test_texts(game):
    same(fast(game), plain.measures(game))


@given(games(loses=True))
@settings(max_examples=40)
def test_worlds_that_lose_messages(game):
    same(fast(game), plain.measures(game))


@given(st.sampled_from(["tokens", "vector"]).flatmap(lambda channel: games(channel)))
@settings(max_examples=60)
def test_messages_of_numbers(game):
    same(fast(game), plain.measures(game))


@pytest.mark.parametrize("agents", [5, 24])
def test_adding_up_over_the_map_and_over_pairs_is_the_same(agents):
    rng = np.random.default_rng(agents)
    total = 0
    for _ in range(10):
        game = random_game(rng, 6, agents, 7, 4)
        turns, inside, plan = np.arange(5), game.inside, conformity.plans(game)
        one, other = (conformity._heard(game, plan, inside, turns, by_map) for by_map in (True, False))
        assert np.array_equal(one, other)
        total += one.sum()
    assert total > 50


@pytest.mark.parametrize("block", [1, 7, 40])
def test_the_size_of_a_block_changes_nothing(block, monkeypatch):
    game = random_game(np.random.default_rng(4), 9, 6, 5, 5)
    whole = fast(game)
    monkeypatch.setattr(contacts, "_BLOCK", block)
    monkeypatch.setattr(conformity, "_BLOCK", block)
    parts = fast(game)
    assert all(np.array_equal(whole[name], parts[name], equal_nan=True) for name in MEASURES)


@pytest.mark.quick_cases(2)
@pytest.mark.parametrize("folder", RECORDED, ids=lambda path: path.name)
def test_recorded_games(folder):
    game = game_of(open_recording(folder))
    found = fast(game)
    for name, measure in MEASURES.items():
        series = found[name]
        assert series.shape == (game.rounds,) and series.dtype == np.float64
        defined = series[~np.isnan(series)]
        assert len(defined) or measure.undefined == ELSEWHERE, name
        assert (defined >= measure.low).all() and (defined <= measure.high).all(), name
        assert measure.undefined or len(defined) == game.rounds, name
    few = slice(0, 8)  # the reference is slow
    short = dataclasses.replace(
        game,
        positions=game.positions[:9],
        actions=game.actions[few],
        said=game.said[few],
        scores=game.scores[:9],
    )
    same(fast(short), plain.measures(short))


@given(games(), st.randoms(use_true_random=False))
def test_who_is_called_what_does_not_matter(game, random):
    order = list(range(game.positions.shape[1]))
    random.shuffle(order)
    renamed = dataclasses.replace(
        game, positions=game.positions[:, order], actions=game.actions[:, order], said=game.said[:, order]
    )
    same(fast(game), fast(renamed))


@given(games(), st.integers(0, 9), st.integers(0, 9))
def test_where_the_game_lies_on_a_larger_map_does_not_matter(game, down, right):
    if not game.inside.all():
        return  # who leaves a map does not leave a larger one
    moved = dataclasses.replace(
        game,
        positions=game.positions + np.array([down, right], np.int32),
        height=game.height + 20,
        width=game.width + 20,
    )
    same(fast(game), fast(moved))


@pytest.mark.slow
@given(games(), st.randoms(use_true_random=False))
def test_the_numbers_of_the_messages_do_not_matter(game, random):
    order = list(range(len(game.messages)))
    random.shuffle(order)
    renumbered = dataclasses.replace(
        game,
        messages=tuple(game.messages[number] for number in order),
        said=np.array([*np.argsort(order), -1])[game.said],
    )
    same(fast(game), fast(renumbered))


@pytest.mark.slow
@given(games())
def test_a_quarter_turn_of_the_map_changes_nothing(game):
    turned = dataclasses.replace(
        game,
        height=game.width,
        width=game.height,
        positions=np.stack([game.width - 1 - game.positions[..., 1], game.positions[..., 0]], axis=2),
        actions=np.where(game.actions < 0, game.actions, np.array([0, 3, 4, 2, 1, 5])[game.actions]),
    )
    one, other = fast(game), fast(turned)
    for name in set(plain.NAMES) - {"conformity"}:  # texts still name the old directions
        assert np.allclose(one[name], other[name], equal_nan=True), name
