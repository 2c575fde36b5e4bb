"""Messages against a slow reference: agents in range after the moves hear them, one round late."""

import random
from typing import Any

import numpy as np
import pytest

import swarm_env

OPEN = ["A..A..A..A", "..........", "A..A..A..A", "..........", "A.AA...A..", *[".........."] * 2]
RANGES = [0, 1, 2, 3, 20, None]


def talking(message, **settings):
    """A world without walls for messages."""
    wanted = {"num_agents": 12, "height": 7, "width": 10, "view_size": 5, "max_rounds": 30, **settings}
    env = swarm_env.parallel_env("synchronization", message=message, obs="dict", **wanted)
    return env


def in_range(env, hearer, speaker):
    here = env.positions()
    reach = env.config.view_size // 2 if env.config.message_range is None else env.config.message_range
    if hearer == speaker or hearer not in here or speaker not in here:
        return False
    return all(abs(a - b) <= reach for a, b in zip(here[hearer], here[speaker], strict=True))


def played(env, seed, say, rounds=12):
    """Play at random; yields the messages of each round, and the observations and infos after it."""
    rng = random.Random(seed)
    observations, infos = env.reset(seed=seed, options={"layout": OPEN})
    yield {}, observations, infos
    for _ in range(rounds):
        if not env.agents:
            return
        said = {agent: say(rng) for agent in env.agents}
        moves = {agent: rng.randrange(6) for agent in env.agents}
        if env.config.message == "tokens":
            actions: Any = {agent: np.array([moves[agent], *said[agent]]) for agent in env.agents}
        else:
            actions = {agent: {"move": moves[agent], "message": said[agent]} for agent in env.agents}
        observations, _, _, _, infos = env.step(actions)
        yield said, observations, infos


@pytest.mark.parametrize("reach", RANGES)
def test_texts_reach_all_agents_in_range_after_the_moves(reach):
    env = talking("text", message_range=reach)
    for said, _, infos in played(env, 1, lambda rng: rng.choice(["", f"word {rng.random()}", "you?"])):
        for hearer in env.agents:
            expected = [text for speaker, text in said.items() if text and in_range(env, hearer, speaker)]
            assert sorted(infos[hearer]["heard"]) == sorted(expected)
            perception = next(p for p in env.perceptions() if p.name == hearer)
            assert perception.heard == tuple(infos[hearer]["heard"])


@pytest.mark.parametrize("reach", RANGES)
def test_tokens_are_heard_as_counts(reach):
    env = talking("tokens", message_range=reach, vocabulary=4, message_length=3)
    for said, observations, _ in played(env, 2, lambda rng: rng.choices(range(4), k=3)):
        for hearer in env.agents:
            expected = np.zeros((3, 4), np.float32)
            for speaker, tokens in said.items():
                if in_range(env, hearer, speaker):
                    for place, token in enumerate(tokens):
                        expected[place, token] += token > 0  # token 0 is silence
            assert np.array_equal(observations[hearer]["heard"].reshape(3, 4), expected)


@pytest.mark.parametrize("reach", RANGES)
def test_vectors_are_heard_as_their_mean(reach):
    env = talking("vector", message_range=reach, message_dim=3)

    def say(rng):
        return np.array([rng.uniform(-1, 1) for _ in range(3)], np.float32)

    for said, observations, _ in played(env, 3, say):
        for hearer in env.agents:
            near = [vector for speaker, vector in said.items() if in_range(env, hearer, speaker)]
            expected = np.mean(near, axis=0) if near else np.zeros(3)
            assert observations[hearer]["heard"] == pytest.approx(expected, abs=1e-6)


def test_large_and_small_worlds_deliver_the_same_messages():
    # Few agents are compared in pairs, many are looked up on the map: both must be the same rule.
    rng = random.Random(4)
    env = talking("tokens", num_agents=60, height=14, width=14, view_size=3, vocabulary=5)
    observations, _ = env.reset(seed=4)
    for _ in range(6):
        said = {agent: rng.randrange(5) for agent in env.agents}
        observations, *_ = env.step({a: np.array([rng.randrange(6), said[a]]) for a in env.agents})
        for hearer in env.agents:
            heard = [token for speaker, token in said.items() if token and in_range(env, hearer, speaker)]
            assert observations[hearer]["heard"].tolist() == [heard.count(token) for token in range(5)]


@pytest.mark.parametrize("message", ["tokens", "vector", "text"])
def test_a_message_is_heard_once_one_round_late(message):
    env = talking(message, vocabulary=3, message_dim=2)
    loud: Any = {"tokens": [2], "vector": np.ones(2, np.float32), "text": "hello"}[message]
    quiet: Any = {"tokens": [0], "vector": np.zeros(2, np.float32), "text": ""}[message]

    def anything_heard(observations, infos):
        if message == "text":
            return any(infos[agent]["heard"] for agent in env.agents)
        return any(observations[agent]["heard"][-1] > 0 for agent in env.agents)

    log = [anything_heard(*env.reset(seed=5, options={"layout": OPEN}))]
    for now in (quiet, loud, quiet, quiet):
        if message == "tokens":
            actions: Any = {agent: np.array([0, *now]) for agent in env.agents}
        else:
            actions = {agent: {"move": 0, "message": now} for agent in env.agents}
        observations, _, _, _, infos = env.step(actions)
        log.append(anything_heard(observations, infos))
    assert log == [False, False, True, False, False]


def test_nothing_is_heard_after_a_reset():
    env = talking("text")
    env.reset(seed=1, options={"layout": OPEN})
    env.step({agent: {"move": 0, "message": "hello"} for agent in env.agents})
    assert any(p.heard for p in env.perceptions())
    _, infos = env.reset(seed=1, options={"layout": OPEN})
    assert not any(info["heard"] for info in infos.values())
    assert not any(p.heard for p in env.perceptions())


def test_long_texts_are_cut_at_120_characters_and_marked():
    env = talking("text", message_range=20)
    env.reset(seed=1, options={"layout": OPEN})
    texts = {"agent_0": "x" * 120, "agent_1": "y" * 121, "agent_2": "ü€😀" * 60, "agent_3": "z" * 100_000}
    _, _, _, _, infos = env.step({a: {"move": 0, "message": texts.get(a, "")} for a in env.agents})
    assert sorted(infos["agent_4"]["heard"]) == sorted(
        ["x" * 120, "y" * 120 + "...", ("ü€😀" * 40) + "...", "z" * 120 + "..."]
    )


def test_the_order_of_texts_does_not_reveal_the_sender():
    env = talking("text", message_range=20)
    orders = set()
    for seed in range(20):
        env.reset(seed=seed, options={"layout": OPEN})
        _, _, _, _, infos = env.step({a: {"move": 0, "message": a} for a in env.agents})
        orders.add(infos["agent_0"]["heard"])
        assert infos["agent_0"]["heard"] != infos["agent_1"]["heard"][: len(infos["agent_0"]["heard"])]
    assert len(orders) == 20


def test_messages_change_neither_moves_nor_random_numbers():
    # The same moves, silent or talkative, lossy or not, lead to the same world.
    grids = set()
    for settings in ({}, {"message_loss": 0.5}, {"message_range": 0}):
        for text in ("", "hello"):
            env = talking("text", **settings)
            env.reset(seed=6)
            rng = random.Random(6)
            for _ in range(10):
                env.step({agent: {"move": rng.randrange(6), "message": text} for agent in env.agents})
            grids.add(tuple(env.grid()))
    assert len(grids) == 1


@pytest.mark.parametrize("message", ["tokens", "text"])
@pytest.mark.parametrize("loss", [0.0, 0.25, 0.9, 1.0])
def test_message_losses_have_the_given_rate_and_are_seeded(message, loss):
    def heard(seed):
        env = talking(message, message_range=20, message_loss=loss, vocabulary=2)
        counts = []
        env.reset(seed=seed, options={"layout": OPEN})
        for _ in range(10):
            if message == "tokens":
                observations, *_ = env.step({agent: np.array([0, 1]) for agent in env.agents})
                counts += [int(observations[agent]["heard"][1]) for agent in env.agents]
            else:
                _, _, _, _, infos = env.step({a: {"move": 0, "message": "hello"} for a in env.agents})
                counts += [len(infos[agent]["heard"]) for agent in env.agents]
        return counts

    counts = heard(1) + heard(2)
    sent = 2 * 10 * 12 * 11
    assert abs(sum(counts) - sent * (1 - loss)) <= 4 * (sent * loss * (1 - loss)) ** 0.5
    assert heard(1) == heard(1)
    if 0 < loss < 1:
        assert heard(1) != heard(2)
        assert len(set(counts)) > 2, "each pair is drawn by itself"


def test_tokens_and_texts_lose_the_same_messages():
    counted, read = (
        talking(kind, message_range=20, message_loss=0.5, vocabulary=2) for kind in ("tokens", "text")
    )
    for env in (counted, read):
        env.reset(seed=3, options={"layout": OPEN})
    for _ in range(5):
        observations, *_ = counted.step({agent: np.array([0, 1]) for agent in counted.agents})
        _, _, _, _, infos = read.step({agent: {"move": 0, "message": "hi"} for agent in read.agents})
        for agent in read.agents:
            assert observations[agent]["heard"][1] == len(infos[agent]["heard"])


def test_departed_agents_neither_send_nor_receive():
    env = talking("text", num_agents=3, height=3, width=10, message_range=20)
    env.reset(seed=0, options={"layout": ["A........A", "..........", "A........."]})
    _, _, terminations, _, infos = env.step({a: {"move": 1, "message": f"from {a}"} for a in env.agents})
    assert terminations["agent_0"] and terminations["agent_1"] and not terminations["agent_2"]
    assert infos["agent_2"]["heard"] == () and infos["agent_0"]["heard"] == ()


def test_the_brief_describes_the_messages():
    assert talking("none").brief().message_shape == ()
    assert talking("tokens", vocabulary=5, message_length=2).brief().message_shape == (5, 2)
    assert talking("vector", message_dim=3).brief().message_shape == (3,)
    assert talking("text").brief().message_shape == (120,)
    assert talking("text").brief().message_range == 2
    assert talking("text", message_range=7).brief().message_range == 7


def test_undelivered_texts_are_part_of_the_digest():
    digests = set()
    for text in ("", "left", "right"):
        env = talking("text", message_range=20)
        env.reset(seed=1, options={"layout": OPEN})
        env.step({agent: {"move": 0, "message": text} for agent in env.agents})
        digests.add(env.digest())
    assert len(digests) == 3


def test_nothing_is_heard_across_the_edges_of_a_crowded_map():
    rows = [*["AAAAAAAAA"] * 6, "A.......A", *["........."] * 3]
    settings: dict[str, Any] = {"num_agents": 56, "height": 10, "width": 9, "layout": rows, "vocabulary": 2}
    env = swarm_env.parallel_env(
        "synchronization", message="tokens", message_range=3, view_size=1, **settings
    )
    env.reset(seed=1)
    env.step(dict.fromkeys(env.agents, (0, 1)))
    place = env.positions()
    near = {a: [max(abs(y - i), abs(x - j)) <= 3 for y, x in place.values()] for a, (i, j) in place.items()}
    heard = {agent: int(env._world.arrays.heard[0, a].sum()) for a, agent in enumerate(env.agents)}
    assert heard == {agent: sum(flags) - 1 for agent, flags in near.items()}
