"""Settings of channels: silence, cost, who may speak, presence, edges, what is under way, codebooks."""

import pickle
from typing import Any

import numpy as np
import pytest

import swarm_env
from swarm_env.agent import Brief, Decision
from swarm_env.envs.channel.codebook import Codebook, words_of
from swarm_env.envs.frames import frame_of_world, setting_of
from swarm_env.errors import ConfigError
from swarm_env.runs.verify import verify
from tests.runs.agents import team

LATE: dict[str, Any] = {
    "message_delay": (0, 3),
    "message_noise": 0.3,
    "message_loss": 0.2,
    "message_range": 6,
}
SETTINGS: list[dict[str, Any]] = [
    LATE,
    {"message_topology": "ring", "may_speak": (0, 2)},
    {"heard": "slots", "sender": True, "message_cost": 0.5, **LATE},
    {"message_topology": ((0, 1), (2, 1)), "heard": "mean"},
    {"observation_version": 1},
]


def batch(message: str = "tokens", worlds: int = 2, threads: int = 1, **more: Any) -> Any:
    return swarm_env.vector_env("foraging", worlds, threads, message=message, **more)


def test_muted_and_silent_teams_observe_the_same():
    quiet, muted = batch(obs="dict"), batch(obs="dict", may_speak=())
    first, _ = quiet.reset(seed=1)
    second, _ = muted.reset(seed=1)
    rng = np.random.default_rng(1)
    for _ in range(5):
        moves, tokens = rng.integers(5, size=20), rng.integers(8, size=20)
        first, *_ = quiet.step(np.stack([moves, 0 * tokens], axis=1))
        second, *_ = muted.step(np.stack([moves, tokens], axis=1))
        for key in ("view", "position", "heard"):
            assert np.array_equal(first[key], second[key])
    assert not first["heard"].any()
    assert not second["action_mask"][:, 6:].any() and second["action_mask"][:, 5].all()


@pytest.mark.parametrize("flat", [False, True])
def test_masks_leave_silence_to_agents_that_may_not_speak(flat):
    env = batch(obs="masked", vocabulary=3, may_speak=(4,), flat_actions=flat)
    observations, infos = env.reset(seed=1)
    mask = observations["action_mask"].reshape(2, 10, -1)
    talks = np.arange(10) == 4
    if flat:
        assert np.array_equal(mask, infos["action_mask"].reshape(2, 10, -1))
        mask = mask.reshape(2, 10, 5, 3)
        assert mask[..., 0].all() and (mask[..., 1:].all(axis=(2, 3)) == talks).all()
        assert not mask[:, ~talks, :, 1:].any()
    else:
        assert mask[..., 5].all() and (mask[..., 6:] == talks[:, None]).all()
    assert np.array_equal(infos["may_speak"].reshape(2, 10), [talks, talks])


def test_one_speaker_among_silent_ones_is_heard_in_full():
    env = batch("vector", 1, obs="dict", message_topology="all", message_dim=2)
    env.reset(seed=1)
    action = {"move": np.zeros(10, int), "message": np.zeros((10, 2), np.float32), "speak": np.zeros(10, int)}
    action["message"][3], action["speak"][3] = (0.5, -1.0), 1
    observations, *_ = env.step(action)
    assert (np.delete(observations["heard"], 3, axis=0) == (0.5, -1.0)).all()
    assert not observations["heard"][3].any()


@pytest.mark.parametrize("message", ["tokens", "vector", "text"])
@pytest.mark.parametrize("reward", ["score", "shaped", lambda world: np.zeros(world.reward.shape)])
def test_a_message_costs_its_speaker(message, reward):
    costs, free = (
        swarm_env.parallel_env("foraging", message=message, message_cost=cost, reward=reward, message_dim=2)
        for cost in (0.25, 0.0)
    )
    silent: Any = {"tokens": [0, 0], "text": {"move": 0, "message": ""}}.get(
        message, {"move": 0, "message": np.zeros(2, np.float32), "speak": 0}
    )
    loud: Any = {"tokens": [0, 1], "text": {"move": 0, "message": "hi"}}.get(
        message, {"move": 0, "message": np.zeros(2, np.float32), "speak": 1}
    )
    rewards = []
    for env in (costs, free):
        env.reset(seed=1)
        rewards.append(env.step({name: loud if name == "agent_2" else silent for name in env.agents})[1])
    paid = {name: rewards[1][name] - rewards[0][name] for name in rewards[0]}
    assert paid == {name: 0.25 * (name == "agent_2") for name in paid}


def test_texts_of_agents_that_may_not_speak_are_not_heard():
    env = swarm_env.parallel_env(
        "foraging", message="text", message_topology="all", may_speak=[1], sender=True
    )
    _, infos = env.reset(seed=1)
    assert [info["may_speak"] for info in infos.values()] == [name == "agent_1" for name in infos]
    assert [seen.may_speak for seen in env.perceptions()] == [info["may_speak"] for info in infos.values()]
    *_, infos = env.step({name: {"move": 0, "message": f"I am {name}"} for name in env.agents})
    assert infos["agent_0"]["heard"] == ("agent_1: I am agent_1",)


def test_presence_is_a_sense_of_its_own():
    env = batch("none", obs="dict", sense_presence=True, message_range=3)
    observations, _ = env.reset(seed=2)
    for _ in range(3):
        places = observations["position"].reshape(2, 10, 2)
        near = (np.abs(places[:, :, None] - places[:, None]) <= 3).all(axis=-1).sum(axis=-1) - 1
        assert np.array_equal(observations["sense"].reshape(2, 10), near)
        observations, *_ = env.step(env.action_space.sample())


@pytest.mark.parametrize(
    "more", [{}, LATE, {"heard": "slots", "heard_slots": 2}, {"message_topology": "star"}]
)
def test_edges_are_the_matrix_and_endings_have_their_own(more):
    matrix, edges = (batch(info_hears=how, max_rounds=4, **more) for how in (True, "edges"))
    matrix.reset(seed=3)
    edges.reset(seed=3)
    rng = np.random.default_rng(3)
    for number in range(1, 6):
        action = np.stack([rng.integers(5, size=20), rng.integers(8, size=20)], axis=1)
        one, other = matrix.step(action)[-1], edges.step(action)[-1]
        for prefix in ("", "final_") if number == 4 else ("",):
            found = one.get(f"{prefix}hears_by_delay", one[f"{prefix}hears"][:, None])
            world, late, hearer, speaker = np.nonzero(found)
            expected = set(zip(world, hearer, speaker, late, strict=True))
            assert set(map(tuple, other[f"{prefix}hears"].tolist())) == expected
            assert expected or more or (number == 4 and not prefix)


@pytest.mark.parametrize("message", ["tokens", "vector"])
@pytest.mark.parametrize("more", [*SETTINGS, {"num_agents": 80, "message_range": 1}], ids=str)
def test_threads_and_batches_change_nothing(message, more):
    one, many, threads = batch(message, 1, **more), batch(message, 3, **more), batch(message, 3, 2, **more)
    for env, seed in ((one, 8), (many, 7), (threads, 7)):
        env.reset(seed=seed)
    n = one.num_agents
    many.action_space.seed(1)
    for _ in range(6):
        action = many.action_space.sample()
        part = {k: v[n : 2 * n] for k, v in action.items()} if isinstance(action, dict) else action[n : 2 * n]
        seen, rewards = many.step(action)[:2]
        again, paid = threads.step(action)[:2]
        alone, got = one.step(part)[:2]
        assert np.array_equal(seen, again) and np.array_equal(rewards, paid)
        assert np.array_equal(seen[n : 2 * n], alone) and np.array_equal(rewards[n : 2 * n], got)
    assert many.digests() == threads.digests() and many.digests()[1] == one.digests()[0]


@pytest.mark.parametrize("message", ["tokens", "vector"])
def test_snapshots_hold_what_is_under_way(message):
    env, other = batch(message, **LATE), batch(message, **LATE)
    env.reset(seed=5)
    env.action_space.seed(5)
    for _ in range(4):
        env.step(env.action_space.sample())
    other.restore(pickle.loads(pickle.dumps(env.snapshot())))
    assert np.array_equal(env.state(), other.state())
    quiet = env.action_space.sample()
    if message == "tokens":
        quiet[:, 1] = 0
    else:
        quiet["speak"][:] = 0
    heard = 0.0
    for _ in range(3):
        seen, again = env.step(quiet)[0], other.step(quiet)[0]
        assert np.array_equal(seen, again) and env.digests() == other.digests()
        heard += np.abs(env._world.arrays.heard).sum()
    assert heard > 0


@pytest.mark.parametrize("message", ["tokens", "vector"])
@pytest.mark.parametrize("more", SETTINGS, ids=str)
def test_runs_verify_with_each_setting(message, more, tmp_path):
    swarm_env.play(
        "foraging",
        "random",
        out=tmp_path / "run",
        seed=3,
        num_agents=4,
        max_rounds=9,
        message=message,
        **more,
    )
    (verdict,) = verify(tmp_path / "run")
    assert verdict.agrees and verdict.rounds == 9


PHRASES = ("food north", "food south", "food")


def book(length: int = 1) -> Codebook:
    return Codebook(PHRASES, length)


def test_a_codebook_reads_numbers_and_phrases():
    for text in ("2", "2: food south", "Food South!", "token 2", "I say: food south", "2) whatever"):
        assert book().tokens(text) == (2,), text
    assert book().tokens("food") == (3,)
    for text in ("", "hello", "9", "prey at 1 2"):
        assert book().tokens(text) is None, text
    assert book(2).tokens("3; food north") == (3, 1) and book(2).tokens("2") == (2, 0)
    assert book(2).text((3, 1)) == "3: food; 1: food north" and book().heard((0, 2, 0, 1)) == (
        "1: food north", "1: food north", "3: food",
    )  # fmt: skip


class Echo:
    """Talks in texts; says what it heard."""

    message = "text"

    def reset(self, brief: Brief, agents: Any, seed: int) -> None:
        assert brief.message == "text" and brief.phrases == PHRASES

    def decide(self, perceptions: Any) -> list[Decision]:
        return [Decision(0, seen.heard[0] if seen.heard else "food south") for seen in perceptions]


def test_text_agents_and_token_agents_talk_in_one_team(tmp_path):
    world: dict[str, Any] = {"num_agents": 4, "max_rounds": 4, "message": "tokens", "phrases": PHRASES}
    swarm_env.play(
        "foraging", team((Echo, None)), out=tmp_path / "run", seed=1, message_topology="all", **world
    )
    assert verify(tmp_path / "run")[0].agrees
    text = (tmp_path / "run" / "rounds.jsonl").read_text()
    assert text.count('"messages":[[2],[2],[2],[2]]') == 4
    brief = swarm_env.parallel_env("foraging", **world).brief()
    assert brief.message == "tokens" and isinstance(words_of(Echo(), brief, 4), Codebook)
    assert not isinstance(words_of(object(), brief, 4), Codebook)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"message": "tokens", "sender": True}, "sender=True needs heard='slots'"),
        ({"message": "text", "heard": "sum"}, "heard is a setting of tokens and vectors"),
        ({"may_speak": [10]}, "may_speak names agent 10.*0 to 9"),
        ({"message_topology": [[0, 11]]}, "message_topology names agent 11"),
        ({"message_topology": "rnig"}, "message_topology='rnig'.*Did you mean 'ring'"),
        ({"message": "text", "phrases": ["a"]}, "phrases need message='tokens'"),
        ({"message": "tokens", "phrases": ["a", "A"]}, "must differ"),
        ({"message": "tokens", "phrases": ["a", "7"]}, "no number"),
        ({"message": "tokens", "observation_version": 1, "message_noise": 0.5}, "observation_version=1"),
    ],
    ids=str,
)
def test_settings_that_do_not_fit_are_refused(settings, words):
    with pytest.raises(ConfigError, match=words):
        swarm_env.parallel_env("foraging", **settings)


def test_a_matrix_of_very_many_agents_is_refused():
    with pytest.raises(ConfigError, match="info_hears='edges'"):
        batch(num_agents=50_000, height=400, width=400, info_hears=True)
    with pytest.raises(ConfigError, match="there are no messages"):
        batch("none", info_hears=True)


def test_links_are_read_from_a_file_and_kept_in_runs(tmp_path):
    (tmp_path / "links.txt").write_text("# speaker hearer\n0 1\n3, 2\n")
    env = swarm_env.parallel_env("foraging", message="text", message_topology=str(tmp_path / "links.txt"))
    assert env.config.message_topology == ((0, 1), (3, 2))
    env.reset(seed=1)
    *_, infos = env.step({name: {"move": 0, "message": name} for name in env.agents})
    assert {name: info["heard"] for name, info in infos.items() if info["heard"]} == {
        "agent_1": ("agent_0",), "agent_2": ("agent_3",),
    }  # fmt: skip
    (tmp_path / "links.txt").write_text("0 1 2\n")
    with pytest.raises(ConfigError, match="line 1"):
        swarm_env.parallel_env("foraging", message="text", message_topology=str(tmp_path / "links.txt"))


@pytest.mark.parametrize("reach", [2, 4, 12])
def test_sums_over_the_map_are_the_counts_of_all_pairs(reach):
    sizes: dict[str, Any] = {"num_agents": 150, "height": 16, "width": 15, "message_length": 3}
    sums = batch(obs="dict", message_range=reach, **sizes)
    each = batch(obs="dict", message_range=reach, info_hears=True, **sizes)
    assert sums._world.arrays.sizes.delivery != each._world.arrays.sizes.delivery
    sums.reset(seed=1)
    each.reset(seed=1)
    sums.action_space.seed(1)
    for _ in range(3):
        action = sums.action_space.sample()
        assert np.array_equal(sums.step(action)[0]["heard"], each.step(action)[0]["heard"])


@pytest.mark.parametrize("message", ["tokens", "vector", "text"])
@pytest.mark.parametrize(
    "more",
    [
        {"message_range": 4},
        {"message_topology": "ring", "message_loss": 0.4},
        {"message_topology": ((0, 1), (2, 1)), "may_speak": (2,)},
        {"message_topology": "commander", "message_range": 1},
    ],
)
def test_frames_and_the_single_learner_know_who_hears_whom(message, more):
    """What viewers draw as lines, and `gym_env` gives, is what `parallel_env` gives with `info_hears`."""
    world = {"message": message, "num_agents": 6, "others": "random", **more}
    one = swarm_env.gym_env("foraging", agent="agent_1", obs="dict", info_hears=True, **world)
    one.reset(seed=5)
    moves = one.parallel.action_space("agent_0")
    moves.seed(5)
    del world["others"]
    env: Any = swarm_env.parallel_env("foraging", info_hears=True, **world)
    env.reset(seed=5)
    texts = tuple((f"agent_{b}", "x") for b in range(6))
    for _ in range(4):
        *_, info = one.step(moves.sample())
        assert info["hears"].shape == (6,) and info["hears"].dtype == bool
        said = {name: moves.sample() for name in env.agents}
        if message == "text":
            said = {name: {"move": 0, "message": f"I am {name}"} for name in env.agents}
        *_, infos = env.step(said)
        rows = [infos[f"agent_{a}"]["hears"].tolist() for a in range(6)]
        hears = {(b, a) for a in range(6) for b in range(6) if rows[a][b]}
        drawn = set(frame_of_world(env._world, setting_of(env._world), 0, texts).hears)
        assert drawn == hears if message == "text" else drawn >= hears  # some of the others are silent
