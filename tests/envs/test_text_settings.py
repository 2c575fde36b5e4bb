"""Delay, noise and topology of texts, against a slow reference of who hears what when."""

import pickle
import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import swarm_env
from swarm_env.config import WorldConfig
from swarm_env.frame import Frame
from swarm_env.playback.playback import Playback
from swarm_env.playing.runner import resume
from swarm_env.runs.recording import frames
from swarm_env.runs.verify import verify
from tests.runs.agents import Talker, team

TOPOLOGIES = ("range", "all", "ring", "star", "chain", "commander")
OPEN = [
    "A..A..A..A",
    *[".........."] * 2,
    "A..A..A..A",
    "..BB......",
    *[".........."] * 2,
    "A.AA...A..",
]  # no walls
N = 12


def talking(**more):
    return swarm_env.parallel_env(
        "transport", message="text", num_agents=N, height=8, width=10, max_rounds=25, **more
    )


def linked(topology, a, b):
    """Whether two agents hear each other at any distance."""
    if topology in ("star", "commander"):
        return a == 0 or b == 0
    if topology == "ring":
        return (a - b) % N in (1, N - 1)
    return topology == "all" or (topology == "chain" and abs(a - b) == 1)


def near(places, a, b, reach):
    return all(abs(i - j) <= reach for i, j in zip(places[f"agent_{a}"], places[f"agent_{b}"], strict=True))


def played(env, seed, say):
    """Play at random; yields for each round (texts by speaker, places after it, what each agent heard)."""
    rng = random.Random(seed)
    _, infos = env.reset(seed=seed, options={"layout": OPEN})
    while env.agents:
        said = {int(name[6:]): say(rng, name, env.round) for name in env.agents}
        moves = {name: rng.randrange(5) for name in env.agents}
        _, _, _, _, infos = env.step(
            {name: {"move": moves[name], "message": said[int(name[6:])]} for name in env.agents}
        )
        yield said, env.positions(), {int(name[6:]): infos[name]["heard"] for name in env.agents}


@settings(max_examples=25)
@given(
    topology=st.sampled_from(TOPOLOGIES),
    low=st.integers(0, 4),
    spread=st.integers(0, 3),
    reach=st.sampled_from([0, 1, 3, 20, None]),
    seed=st.integers(0, 1000),
)
def test_every_text_is_heard_once_by_the_right_agents_in_time(topology, low, spread, reach, seed):
    delay = (low, low + spread)
    env = talking(message_topology=topology, message_delay=delay, message_range=reach)
    reach = 2 if reach is None else reach

    def say(rng, name, now):
        return f"{name} in {now}" if rng.random() < 0.6 else ""

    rounds = list(played(env, seed, say))
    for sent, (said, places, _) in enumerate(rounds):
        for speaker, text in said.items():
            here = [int(name[6:]) for name in places]
            hearers = {
                a
                for a in here
                if text and a != speaker and speaker in here
                and (near(places, a, speaker, reach) if topology == "range" else linked(topology, a, speaker))
            }  # fmt: skip
            arrivals = {  # the rounds in which each agent heard it
                a: [late for late, (_, _, heard) in enumerate(rounds[sent:]) if text in heard.get(a, ())]
                for a in range(N)
            }
            if not text:
                continue
            delays = {late for found in arrivals.values() for late in found}
            assert len(delays) <= 1 and delays <= set(range(delay[0], delay[1] + 1))
            assert all(len(found) <= 1 for found in arrivals.values())
            got = {a for a, found in arrivals.items() if found}
            assert got <= hearers
            late = next(iter(delays), None)
            if late is None:  # still under way at the end, or no hearer was left
                assert (
                    not hearers or sent + delay[1] >= len(rounds) - 1 or _left(rounds, sent, hearers, delay)
                )
            else:
                there = {int(name[6:]) for name in rounds[sent + late][1]}
                assert got == hearers & there & rounds[sent + late][2].keys()


def _left(rounds, sent, hearers, delay):
    """Whether all hearers had left the map before a text could arrive."""
    last = min(sent + delay[1], len(rounds) - 1)
    return not any(f"agent_{a}" in rounds[last][1] for a in hearers)


def test_delays_are_spread_evenly_and_follow_the_seed():
    def delays(seed):
        env = swarm_env.parallel_env(
            "synchronization", message="text", message_topology="all", message_delay=(1, 4), max_rounds=200
        )
        env.reset(seed=seed)
        found = []
        while env.agents:
            now = env.round
            _, _, _, _, infos = env.step(
                {name: {"move": 0, "message": f"{now} {name}"} for name in env.agents}
            )
            for text in infos["agent_0"]["heard"] if env.agents else ():
                found.append(now - int(text.split()[0]))
        return found

    once = delays(1)
    assert once == delays(1) != delays(2)
    counted = Counter(once)
    assert set(counted) == {1, 2, 3, 4} and min(counted.values()) > 0.8 * max(counted.values())


def test_noise_garbles_the_share_of_texts_that_it_says_for_all_hearers_alike():
    text = "the prey is at row 3, column 4 and runs left"
    env = swarm_env.parallel_env(
        "synchronization", message="text", message_topology="all", message_noise=0.2, max_rounds=150
    )
    env.reset(seed=4)
    garbled, differing, letters = 0, 0, 0
    while env.agents:
        _, _, _, _, infos = env.step(
            {name: {"move": 0, "message": f"{name[6:]} {text}"[:40]} for name in env.agents}
        )
        if not env.agents:
            break
        heard = [infos[name]["heard"] for name in ("agent_0", "agent_1")]
        assert all(len(one) == 9 for one in heard)
        assert len(set(heard[0]) & set(heard[1])) == 8  # all but their own
        for one in heard[0]:
            assert len(one) == 40 and one.isascii() and one.isprintable()
            wrong = min(sum(a != b for a, b in zip(one, f"{a} {text}", strict=False)) for a in range(10))
            garbled += wrong > 0
            differing, letters = differing + wrong * (wrong > 0), letters + 40 * (wrong > 0)
    assert 0.16 < garbled / (9 * 149) < 0.24
    assert 0.44 < differing / letters < 0.55


def test_the_commander_sees_the_whole_map_and_nobody_else():
    env = swarm_env.parallel_env("foraging", message="text", message_topology="commander")
    _, infos = env.reset(seed=1)
    commander, *others = env.perceptions()
    assert (infos["agent_0"]["map"] == env._world.map_codes()).all()
    assert len(commander.map) == len(commander.map[0]) == 12 and not any(one.map for one in others)
    assert all("map" not in infos[name] for name in env.agents[1:])
    for seen in (commander, *others):
        row, col = seen.position
        assert commander.map[row][col] == seen.view[2][2]
    half = swarm_env.parallel_env("foraging", message="text", message_topology="star")
    half.reset(seed=1)
    assert not any(one.map for one in half.perceptions())


SETTINGS: dict[str, Any] = {"message_delay": (0, 3), "message_noise": 0.3, "message_topology": "ring"}


def test_saved_worlds_keep_the_texts_under_way():
    env, other = talking(**SETTINGS), talking(**SETTINGS)
    game = played(env, 5, lambda rng, name, now: f"{name} in {now}")
    for _ in range(6):
        next(game)
    saved = pickle.loads(pickle.dumps(env.snapshot()))
    other.restore(saved)
    assert other.digest() == env.digest() and (other.state() == env.state()).all()
    assert saved.extra[1].under_way
    for _ in range(5):
        quiet = {name: {"move": 1, "message": ""} for name in env.agents}
        assert env.step(quiet)[4].keys() == other.step(quiet)[4].keys()
        assert env.perceptions() == other.perceptions() and env.digest() == other.digest()


@pytest.mark.parametrize("more", [SETTINGS, {"message_delay": (2, 2)}, {"message_topology": "commander"}])
def test_runs_with_them_verify_resume_and_can_be_seeked(tmp_path, more):
    live: list[Frame] = []
    whole = tmp_path / "whole"
    world: dict[str, Any] = {"num_agents": 6, "max_rounds": 40, "message": "text", "seed": 4}
    swarm_env.play("transport", team((Talker, None)), out=whole, observer=live.append, **world, **more)
    (verdict,) = verify(whole)
    assert verdict.agrees and verdict.rounds == len(live) - 1
    assert any(frame.heard for frame in live)
    order = [33, 34, 2, 40, 17, 0, 39]
    with Playback(whole) as playback:
        assert [playback.frame(number) for number in order] == [live[number] for number in order]
    stopped = tmp_path / "stopped"
    swarm_env.play(
        "transport",
        team((Talker, None)),
        out=stopped,
        observer=lambda frame: frame.round < 13,
        **world,
        **more,
    )
    assert resume(stopped, team((Talker, None))).rounds == 40
    assert (stopped / "rounds.jsonl").read_bytes() == (whole / "rounds.jsonl").read_bytes()
    assert list(frames(stopped))[1:] == list(frames(whole))[1:]


def test_the_default_costs_and_changes_nothing():
    config = WorldConfig(scenario="pursuit")
    assert (config.message_delay, config.message_noise, config.message_topology) == ((0, 0), 0.0, "range")
    plain, named = talking(), talking(message_delay=[0, 0], message_noise=0, message_topology="range")
    for one, other in zip(*(played(env, 2, lambda *_: "hi") for env in (plain, named)), strict=True):
        assert one == other
    assert plain.digest() == named.digest()
