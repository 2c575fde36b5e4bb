"""What messages of runs were worth, by branching."""

import math

import pytest

import swarm_env
from swarm_env.measures.messages.influence import message_influence
from swarm_env.measures.messages.sampled import Cost, sampled_influence
from swarm_env.playback.playback import Playback
from swarm_env.runs.files import INFLUENCE_FILE
from swarm_env.runs.influence_file import read_influence, worth
from tests.cli.programs import swarm

CHAIN = {"message_range": 2, "height": 7, "vocabulary": 8}


def run(tmp_path, relays=0, agents="scripted", **settings):
    """A run of scout in which the workers stand at the edge of their site from the second period on."""
    world = {"message": "tokens", "num_agents": 3 + relays, "relays": relays, "max_rounds": 40, **settings}
    if relays:
        world = {**CHAIN, "width": 5 + 2 * relays, **world}
    folder = tmp_path / f"run-{relays}"
    swarm_env.play("scout", agents, seed=3, out=folder, **world)
    return folder


@pytest.mark.parametrize("relays", [0, 1])
def test_a_wrong_word_of_the_scout_costs_all_in_one_round_of_a_period(tmp_path, relays):
    """One round earlier for each relay; leaving out a message costs nothing, since the next repeats it."""
    found = [one for one in message_influence(run(tmp_path, relays)) if one.speaker == "agent_0"]
    assert len(found) == 40
    assert {one.silenced for one in found} == {0.0}
    worst = {one.round: one.worst_swap for one in found if one.round >= 24}
    cost = {number: gain for number, gain in worst.items() if gain < 0}
    assert set(cost) <= {30 - relays, 38 - relays} and cost
    assert min(cost.values()) == -1.0


def test_a_muted_scout_is_missed(tmp_path):
    found = message_influence(run(tmp_path), mute=8, rounds=range(40))
    scout = [one for one in found if one.speaker == "agent_0"]
    assert min(one.muted for one in scout) < 0.0
    assert all(0.0 <= one.listening <= 1.0 and one.information >= 0.0 for one in found)
    assert any(one.listening > 0 for one in scout)


def test_only_the_rounds_asked_for_are_measured_and_branches_end_with_the_run(tmp_path):
    folder = run(tmp_path)
    assert {one.round for one in message_influence(folder, rounds=[3, 39])} == {3, 39}
    every = {(one.round, one.speaker): one for one in message_influence(folder, horizon=1)}
    assert {one.silenced for one in every.values()} == {0.0}  # nothing is heard in the round itself


def test_learned_and_texts_and_silent_runs(tmp_path):
    assert message_influence(run(tmp_path, message="none")) == []
    texts = message_influence(run(tmp_path / "texts", message="text"), rounds=[30])
    assert str(texts[0].message).startswith("site") and not math.isnan(texts[0].worst_swap)


@pytest.mark.parametrize("wrong", [{"horizon": 21}, {"horizon": 0}, {"mute": 1.5}])
def test_numbers_that_are_not_allowed(tmp_path, wrong):
    with pytest.raises(swarm_env.ConfigError, match="from 1 to 20"):
        message_influence(run(tmp_path), **wrong)


@pytest.mark.slow
def test_language_models_are_sampled_after_their_cost_is_known(tmp_path):
    folder = tmp_path / "talked"
    swarm_env.play("pursuit", "llm:scripted@embedded", seed=1, out=folder, num_agents=3, max_rounds=6)
    asked = sampled_influence(folder, samples=3, horizon=3, approve=lambda cost: False)
    assert asked.gains == () and asked.cost.calls == 3 * 2 * 2 * 3 and asked.cost.prompt_tokens > 0
    costs: list[Cost] = []

    def keep(cost):
        costs.append(cost)
        return True

    found = sampled_influence(folder, samples=2, horizon=2, approve=keep, seed=4)
    assert len(found.gains) == len(found.messages) == 2 and len(costs) == 1
    assert found.error >= 0 or math.isnan(found.mean)
    with pytest.raises(swarm_env.ConfigError, match="samples=0"):
        sampled_influence(folder, samples=0)


def test_viewers_show_what_was_measured_until_the_run_is_played_anew(tmp_path, capsys):
    folder = run(tmp_path, max_rounds=16)
    assert swarm(capsys, "measure", str(folder), "--influence", "--horizon", "8").status == 0
    measured = {(one.round, one.speaker): one for one in message_influence(folder, horizon=8)}
    with Playback(folder) as playback:
        frames = [playback.frame(number) for number in range(17)]
    assert not frames[0].influence
    for frame in frames[1:]:
        assert frame.influence.keys() == {name for name, _ in frame.messages}
        for name, gains in frame.influence.items():
            one = measured[frame.round - 1, name]
            assert gains == (one.silenced, one.worst_swap, one.muted)
    assert worth((0.0, -1.0, math.nan)) == ("-1.00", "silenced +0.00, worst swap -1.00")
    (folder / INFLUENCE_FILE).write_text("{")
    assert read_influence(folder) == {}
    swarm_env.play("scout", seed=3, out=folder, force=True, message="tokens", max_rounds=4)
    assert not (folder / INFLUENCE_FILE).exists()
