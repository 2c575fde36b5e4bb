"""Policies that ship: what they read is what they were trained on, and they need nothing but numpy."""

import json
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from swarm_env.agents.ppo.agent import PpoAgent
from swarm_env.agents.ppo.network_input import NetworkInput
from swarm_env.agents.ppo.policy import read_policy, shipped

import swarm_env
from swarm_env.errors import ConfigError
from swarm_env.training.memory_features import OWN, MemoryFeatures
from tests.agents.games import decide_again, make, mean_score, play

SHIPPED = sorted(shipped())


@pytest.mark.parametrize("message", ["none", "tokens"])
@pytest.mark.parametrize("scenario", SHIPPED)
def test_a_body_in_a_run_reads_what_a_slot_of_the_vector_face_reads(scenario, message):
    settings = {"message": message, "max_rounds": 30, "message_range": 12}
    batch = swarm_env.vector_env(scenario, num_worlds=2, **settings)
    single = swarm_env.parallel_env(scenario, **settings)
    observations, _ = batch.reset(seed=6)
    single.reset(seed=7)
    recall = MemoryFeatures.of(batch)
    seen, layout = recall.begin(observations), recall.layout
    most = tuple(sense.most for sense in batch.scenario.senses)
    alone, network_input = MemoryFeatures(layout, np.arange(10)), NetworkInput(single.brief(), layout, most)
    rng = np.random.default_rng(1)
    while not single.done:
        seen_alone = np.zeros((10, layout.observed), np.float32)
        for perception in single.perceptions():
            seen_alone[int(perception.name.removeprefix("agent_"))] = network_input.observation(perception)
        alone.at_round(single.round)
        np.testing.assert_array_equal(alone.step(seen_alone, np.zeros(10, bool)), seen[10:])
        acts = rng.integers(4 if message == "tokens" else 5, size=(20, 2))
        acts[:10] = 0
        moves = acts if message == "tokens" else acts[:, 0]
        single.step({name: moves[10 + int(name.removeprefix("agent_"))] for name in single.agents})
        observations, *_ = batch.step(moves)
        if not single.done:
            seen = recall.step(observations, np.zeros(20, bool))


def test_recall_forgets_at_the_start_and_judges_the_end_by_what_it_saw():
    env = swarm_env.vector_env("foraging", num_worlds=3, max_rounds=5)
    observations, _ = env.reset(seed=2)
    recall, fresh = MemoryFeatures.of(env), MemoryFeatures.of(env)
    recall.begin(observations)
    for _ in range(4):
        observations, *_ = env.step(np.full(30, 4))
        recall.step(observations, np.zeros(30, bool))
    before = recall.array.copy()
    observations, _, _, _, infos = env.step(np.full(30, 4))
    last = recall.last(infos["final_obs"], infos["_final_obs"])
    np.testing.assert_array_equal(recall.array, before)
    clock = recall.layout.observed + 12 + 12 + 10
    assert (last[:, clock] == 1.0).all() and (last[:, clock + 1] == 1).all()  # 5 of 5 rounds; the bit of 5
    kept = [clock + 4 + 4 * kind for kind in range(2)]
    assert (last[:, kept] >= before[:, kept]).all() and before[:, kept].any()
    began = recall.step(observations, infos["_final_obs"])
    np.testing.assert_array_equal(began, fresh.begin(observations))


def test_the_numbers_about_oneself_are_those_of_the_views():
    from swarm_env.engine import observe

    assert observe.OWN == OWN


def test_the_five_published_tasks_have_a_policy():
    assert {"flocking", "foraging", "pursuit", "synchronization", "transport"} <= set(SHIPPED)


@pytest.mark.parametrize("scenario", SHIPPED)
def test_weights_are_small_and_say_what_they_are(scenario):
    file = shipped()[scenario]
    policy = read_policy(file)
    assert policy.about.scenario == scenario and file.stat().st_size < 300_000
    assert (
        policy.about.training["measured"]["seconds"] <= 3600
    )  # processor time, the bar: 30 minutes on two cores


@pytest.mark.parametrize(
    ("scenario", "least"), [("foraging", 8), ("pursuit", 20), ("synchronization", 50), ("flocking", 13)]
)
def test_what_was_learned_beats_its_bar(scenario, least):
    if scenario in SHIPPED:
        assert mean_score("ppo", scenario, range(3)) >= least


def test_other_worlds_are_played_too():
    scenario = SHIPPED[0]
    for settings in ({"num_agents": 14, "height": 9, "width": 20}, {"num_agents": 3, "view_size": 7}):
        assert play("ppo", scenario, max_rounds=10, **settings).rounds


def test_an_agent_that_takes_over_knows_what_it_saw():
    game = play("ppo", "pursuit", max_rounds=30)
    heir = make("ppo")
    heir.reset(game.brief, game.names, 4)
    for perceptions, decisions in game.rounds[:20]:
        heir.replay(perceptions, decisions)
    assert [heir.decide(perceptions) for perceptions, _ in game.rounds[20:]] == [
        d for _, d in game.rounds[20:]
    ]
    assert decide_again(game, "ppo", [game.names]) == [decisions for _, decisions in game.rounds]


def test_the_likeliest_move_needs_no_draw():
    def still():
        return PpoAgent.from_argument("", temperature="0")

    one, other = (play(still, "pursuit", max_rounds=20) for _ in range(2))
    game = decide_again(one, still, [one.names], seed=99)
    assert one == other and game == [decisions for _, decisions in one.rounds]


@pytest.mark.parametrize(
    ("team", "settings", "message"),
    [
        ("ppo:some.npz", {}, r"write ppo\?weights=some.npz"),
        ("ppo?temperature=-1", {}, "a number from 0 on"),
        ("ppo?temperature=warm", {}, "a number from 0 on"),
        ("ppo?weights=nowhere.npz", {}, "cannot be read as a policy"),
        ("ppo", {"view_size": 3}, "needs a view of 5 cells or more, not 3"),
    ],
)
def test_what_does_not_fit_is_refused(team, settings, message):
    with pytest.raises(ConfigError, match=message):
        swarm_env.play("pursuit", team, max_rounds=2, **settings)


def test_a_scenario_without_a_policy_is_named():
    with pytest.raises(
        ConfigError, match=r"no policy for the scenario .*garden.* Train one with examples/ppo.py"
    ):
        swarm_env.play("examples/garden.py", "ppo", max_rounds=2)


@pytest.mark.parametrize("harm", ["other", "text", "short", "pickle"])
def test_a_spoilt_file_is_refused(harm, tmp_path):
    file, good = tmp_path / "bad.npz", shipped()["pursuit"]
    with np.load(good, allow_pickle=False) as found:
        parts = {name: found[name] for name in found.files}
    if harm == "other":
        parts["about"] = np.array(
            json.dumps(json.loads(str(parts["about"])) | {"vocabulary": 3, "observation_version": 2})
        )
    elif harm == "text":
        parts["about"] = np.array("no json")
    elif harm == "short":
        parts["actor.2.weight"] = parts["actor.2.weight"][:, :-1]
    else:
        parts["about"] = np.array([{"a": 1}], object)
    np.savez(file, **parts)
    with pytest.raises(ConfigError, match=r"cannot be read as a policy|do not fit together"):
        read_policy(file)


def test_playing_needs_no_torch():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "import swarm_env; swarm_env.play('pursuit', 'ppo', max_rounds=3)\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_policies_of_earlier_token_observations_are_refused_by_name(tmp_path):
    with np.load(shipped()["pursuit"], allow_pickle=False) as found:
        parts = {name: found[name] for name in found.files}
    about = json.loads(str(parts["about"])) | {"vocabulary": 3}  # says no version: it is of version 1
    np.savez(tmp_path / "old.npz", **parts | {"about": np.array(json.dumps(about))})
    with pytest.raises(ConfigError, match="old.npz hears tokens as observations of version 1 .* version 2"):
        read_policy(tmp_path / "old.npz")


def test_what_was_heard_is_remembered_with_its_age():
    env = swarm_env.vector_env("foraging", 1, message="tokens", vocabulary=3, message_topology="all")
    memory = MemoryFeatures.of(env)
    seen = [memory.begin(env.reset(seed=1)[0]).copy()]
    for token in (2, 0, 0):
        said = np.zeros((10, 2), int)
        said[0, 1] = token
        seen.append(memory.step(env.step(said)[0], np.zeros(10, bool)).copy())
    values, fresh = (np.stack(seen)[:, :, -6:].reshape(4, 10, 2, 3)[:, :, i] for i in (0, 1))
    assert values[:, 5].tolist() == [[0, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1]]
    assert np.allclose(fresh[:, 5, 2], [0, 1, np.exp(-1 / 8), np.exp(-2 / 8)]) and not fresh[:, 5, :2].any()
    assert not values[:, 0].any() and not fresh[:, 0].any()  # nobody hears itself


@pytest.mark.slow
def test_a_policy_that_talks_ships_for_scout():
    for option, least in (("", 0.97), ("?signs=true", 0.97)):
        scores = [
            swarm_env.play("scout", f"ppo{option}", seed=seed, message="vector").score for seed in range(20)
        ]
        assert np.mean(scores) / 5 >= least
    with pytest.raises(swarm_env.ConfigError, match="message=vector and message_dim=4"):
        swarm_env.play("scout", "ppo", message="tokens")


def test_signs_is_true_or_false():
    with pytest.raises(swarm_env.ConfigError, match="signs='no'"):
        swarm_env.play("scout", "ppo?signs=no", message="vector")


@pytest.mark.slow
def test_the_policy_for_battle_holds_its_own_on_both_sides():
    world: dict[str, Any] = {"num_agents": 12, "view_size": 7}
    for side, other, sign in (("red", "blue", 1), ("blue", "red", -1)):
        team = f"{side}=ppo; {other}=scripted"
        leads = [sign * swarm_env.play("battle", team, seed=seed, **world).score for seed in range(16)]
        assert sum(lead > 0 for lead in leads) >= 7  # about 10 of 16, see docs/matches.md
    with pytest.raises(ConfigError, match="view of 7"):
        swarm_env.play("battle", "red=ppo; blue=scripted", max_rounds=1)
