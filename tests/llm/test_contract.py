"""What holds for every agent holds for language models, asked over HTTP, of the server in this process."""

import asyncio
import pickle
from typing import Any

import pytest

import swarm_env
from swarm_env.envs.decision_codec import Channel
from tests.agents.games import CHANNELS, SEED
from tests.llm.histories import SCENARIOS, histories

scenarios = pytest.mark.parametrize("scenario", SCENARIOS)


@pytest.fixture(autouse=True)
def no_key(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def decide(games, shares):
    """What agents decide on the perceptions of a game, each for its share of the agents."""
    brief, past = games
    rounds = max((len(history) for history in past.values()), default=0)  # nobody may be on the map
    decided = {}
    for share in shares:
        player: Any = swarm_env.make_agent("llm")
        player.reset(brief, share, SEED)
        for number in range(rounds):
            seen = [past[name][number].perception for name in share if number < len(past[name])]
            for perception, decision in zip(seen, asyncio.run(player.decide(seen)), strict=True):
                decided[perception.name, number] = Channel.of(brief).check(decision)
        assert not player.fallbacks
    return decided


@scenarios
@pytest.mark.parametrize("message", CHANNELS)
def test_every_body_gets_a_decision_of_the_right_kind(scenario, message):
    brief, past = histories(scenario, rounds=0, message=message)
    decided = decide((brief, past), [list(past)])
    assert len(decided) == len(past)
    assert all((decision.message is not None) == (message == "text") for decision in decided.values())


@scenarios
def test_bodies_share_nothing_but_messages_and_perceptions_are_all_that_is_needed(scenario):
    games = histories(scenario, rounds=3, message="text")
    names = list(games[1])
    together = decide(games, [names])
    assert together == decide(pickle.loads(pickle.dumps(games)), [names[:3], names[3:]])


def test_a_second_episode_remembers_nothing_of_the_first():
    brief, past = histories("foraging", rounds=4, message="text")
    player: Any = swarm_env.make_agent("llm")
    answers: list[Any] = []
    for _ in range(2):
        player.reset(brief, list(past), SEED)
        episode: list[Any] = []
        for number in range(4):
            seen = [history[number].perception for history in past.values()]
            episode.append(asyncio.run(player.decide(seen)))
        answers.append(episode)
    assert answers[0] == answers[1]


def test_the_same_seed_plays_the_same_and_a_recorded_run_verifies(tmp_path):
    from swarm_env.runs.verify import verify

    results = [
        swarm_env.play("pursuit", "llm*3, scripted*3, random*4", seed=SEED, max_rounds=8, out=tmp_path / name)
        for name in ("one", "other")
    ]
    assert results[0].score == results[1].score
    one, other = ((tmp_path / name / "rounds.jsonl").read_text() for name in ("one", "other"))
    assert one == other
    assert all(verdict.agrees for verdict in verify(tmp_path / "one"))
