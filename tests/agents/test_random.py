"""The random agent: every allowed move, every token, vectors all over, no text."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.agents.games import decide_again, make, play


def test_moves_are_even():
    game = play("random", "synchronization", max_rounds=400)
    counts = Counter(decision.move for _, decisions in game.rounds for decision in decisions)
    assert set(counts) == set(range(6))
    assert all(550 < count < 790 for count in counts.values())  # 4000 / 6, six standard deviations


def test_only_allowed_moves():
    game = play("random", "synchronization", max_rounds=50)
    allowed = (False, True, False, False, True, False)
    rounds = [([replace(p, allowed=allowed) for p in seen], decided) for seen, decided in game.rounds]
    decided = decide_again(game._replace(rounds=rounds), "random", [game.names])
    assert {decision.move for decisions in decided for decision in decisions} == {1, 4}


def test_nothing_allowed_is_stay():
    game = play("random", "synchronization", max_rounds=1)
    seen = [replace(p, allowed=(False,) * 6) for p in game.rounds[0][0]]
    player = make("random")
    player.reset(game.brief, game.names, 0)
    assert [decision.move for decision in player.decide(seen)] == [0] * 10


@pytest.mark.parametrize(
    ("message", "said"), [("none", False), ("text", False), ("tokens", True), ("vector", True)]
)
def test_what_is_said(message, said):
    game = play("random", "synchronization", max_rounds=100, message=message, message_length=2, vocabulary=3)
    messages = [decision.message for _, decisions in game.rounds for decision in decisions]
    if not said:
        assert set(messages) == {None}
    elif message == "tokens":
        assert {token for tokens in messages if tokens for token in tokens} == {0, 1, 2}
    else:
        assert len(set(messages)) == len(messages)
        assert all(len(vector) == 4 and min(vector) >= -1 and max(vector) <= 1 for vector in messages)


def test_seeds_and_bodies_differ():
    game = play("random", "synchronization", max_rounds=50)
    columns = list(zip(*[[d.move for d in decisions] for _, decisions in game.rounds], strict=True))
    assert len(set(columns)) == 10
    other = decide_again(game, "random", [game.names], seed=5)
    assert [d.move for d in other[0]] != [d.move for d in game.rounds[0][1]] or other[1] != game.rounds[1][1]
