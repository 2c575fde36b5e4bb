"""Agents and a world make a run; runs are resumed and forked."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import swarm_env
from swarm_env.agent import Decision
from swarm_env.errors import ConfigError, ContractError, ReplayMismatch, RunError, UnknownNameError
from swarm_env.frame import Frame
from swarm_env.playing import runner
from swarm_env.playing.runner import RunInterrupted, fork, play, resume
from swarm_env.playing.team import Team, TeamEntry
from swarm_env.runs.files import read_run
from swarm_env.runs.recording import frames
from swarm_env.runs.verify import verify
from swarm_env.runs.writer import RunWriter
from tests.runs.agents import AsyncCounter, Counter, Person, team

ROOT = Path(__file__).resolve().parents[2]
WORLD: dict[str, Any] = {"num_agents": 4, "height": 10, "width": 10, "view_size": 3, "max_rounds": 12}
COUNTERS = f"{ROOT}/tests/runs/agents.py:Counter"
TALKERS = f"{ROOT}/tests/runs/agents.py:Talker"
SCENARIOS = ["transport", "flocking", "pursuit", "synchronization", "foraging"]


def digests(folder):
    return [record.digest for record in read_run(folder).rounds()]


def actions(folder):
    return [(record.actions, record.messages) for record in read_run(folder).rounds()]


def result_of(folder):
    result: Any = read_run(folder).result
    return result


class Stop:
    """An observer that does something when a round is reached."""

    def __init__(self, round, action):
        self.round, self.action = round, action
        self.seen = []

    def __call__(self, frame):
        self.seen.append(frame.round)
        return self.action() if frame.round == self.round else None


def interrupt():
    raise KeyboardInterrupt


def play_part(out, round=5, agents=COUNTERS, **more):
    """A run that is stopped when a number of rounds are played."""
    return play("foraging", agents, seed=3, out=out, observer=Stop(round, lambda: False), **{**WORLD, **more})


def play_all(out, agents=COUNTERS, **more):
    return play("foraging", agents, seed=3, out=out, **{**WORLD, **more})


# Playing.


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_same_seed_plays_the_same_run_and_another_one_another(tmp_path, scenario):
    results = [
        play(scenario, COUNTERS, seed=s, out=tmp_path / n, **WORLD) for s, n in ((3, "a"), (3, "b"), (4, "c"))
    ]
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert digests(tmp_path / "a")[0] != digests(tmp_path / "c")[0]
    assert results[0].score == results[1].score
    assert all(verdict.agrees for verdict in verify(tmp_path))


@pytest.mark.parametrize("message", ["none", "tokens", "vector", "text"])
def test_every_channel_is_recorded_and_verified(tmp_path, message):
    result = play_all(tmp_path, TALKERS, message=message)
    assert result.counts["messages"] == (
        0 if message == "none" else sum(m is not None for _, ms in actions(tmp_path) for m in ms)
    )
    assert (result.counts["messages"] > 0) == (message != "none")
    (verdict,) = verify(tmp_path)
    assert verdict.agrees, verdict


def test_the_result_is_what_the_folder_says(tmp_path):
    result = play_all(tmp_path / "run")
    read, written = read_run(tmp_path / "run"), result_of(tmp_path / "run")
    assert (result.scenario, result.seed, result.rounds) == ("foraging", 3, 12)
    assert (result.folder, result.interrupted) == (tmp_path / "run", False)
    assert (written.status, written.score, written.rounds) == ("finished", result.score, 12)
    assert read.info.team == f"{COUNTERS}*4"
    assert read.info.config["num_agents"] == 4
    assert swarm_env.WorldConfig.model_validate(read.info.config).max_rounds == 12


def test_nothing_is_written_unless_a_folder_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = play("pursuit", team((Counter, None)), seed=1, **WORLD)
    assert result.folder is None
    assert os.listdir(tmp_path) == []


def test_without_a_seed_one_is_drawn():
    seeds = {play("foraging", team((Counter, None)), **{**WORLD, "max_rounds": 1}).seed for _ in range(3)}
    assert len(seeds) == 3


def test_async_agents_play_the_same_run(tmp_path):
    play_all(tmp_path / "a", team((Counter, None)))
    play_all(tmp_path / "b", team((AsyncCounter, None)))
    assert digests(tmp_path / "a") == digests(tmp_path / "b")


def test_runs_are_played_inside_a_running_loop():
    async def notebook():
        return play("foraging", team((AsyncCounter, None)), seed=3, **WORLD)

    assert asyncio.run(notebook()).rounds == 12


def test_a_team_of_two_controls_its_own_agents(tmp_path):
    class Still(Counter):
        def decide(self, perceptions):
            return [Decision(0) for _ in perceptions]

    play_all(tmp_path, team((Still, 3), (Counter, 1)))
    moves = np.array([moves for moves, _ in actions(tmp_path)])
    assert not moves[:, :3].any()
    assert moves[:, 3].any()


def test_agents_get_different_seeds(tmp_path):
    seeds = {}

    class Noting(Counter):
        def reset(self, brief, agents, seed):
            super().reset(brief, agents, seed)
            seeds[agents] = seed

    play("foraging", team((Noting, 1), (Noting, 3)), seed=3, **WORLD)
    first = dict(seeds)
    play("foraging", team((Noting, 1), (Noting, 3)), seed=4, **WORLD)
    assert len({*first.values(), *seeds.values()}) == 4


def test_an_observer_sees_every_round_and_may_stop_the_run(tmp_path):
    stop = Stop(5, lambda: False)
    result = play("foraging", COUNTERS, seed=3, out=tmp_path, observer=stop, **WORLD)
    assert stop.seen == [0, 1, 2, 3, 4, 5]
    assert (result.interrupted, result.rounds) == (True, 5)
    assert len(digests(tmp_path)) == 5
    assert verify(tmp_path)[0].agrees
    watching = Stop(99, lambda: None)
    play("foraging", COUNTERS, seed=3, observer=watching, **WORLD)
    assert watching.seen == list(range(13))


def test_an_agent_that_leaves_is_asked_no_more(tmp_path):
    """The wall of the map has a gap: agents walk out one by one."""
    rows = ["WWWWWWWW", *["W......W"] * 2, "W..AA...", *["W......W"] * 3, "WWWWWWWW"]
    asked = []

    class East(Counter):
        def decide(self, perceptions):
            asked.append(len(perceptions))
            return [Decision(4) for _ in perceptions]

    result = play(
        "transport",
        team((East, None)),
        seed=1,
        options={"layout": rows},
        out=tmp_path,
        num_agents=2,
        height=8,
        width=8,
        max_rounds=30,
    )
    assert asked == [2, 2, 2, 2, 1]  # the one behind pushes the one in front
    assert [moves for moves, _ in actions(tmp_path)][-1] == (4, None)
    assert result.rounds == 5
    assert verify(tmp_path)[0].agrees
    assert [frame.positions.keys() for frame in frames(tmp_path)][4] == {"agent_0"}


# What goes wrong before a run begins leaves nothing behind.


@pytest.mark.parametrize(
    ("error", "arguments"),
    [
        (UnknownNameError, {"world": "foragin"}),
        (UnknownNameError, {"agents": "nobody"}),
        (ConfigError, {"agents": "a*3, b*3"}),
        (ConfigError, {"agents": ""}),
        (ConfigError, {"num_agents": 0}),
        (ConfigError, {"num_agents": 10_000}),
        (ConfigError, {"colour": "red"}),
        (ConfigError, {"seed": -1}),
        (ConfigError, {"seed": 2**63}),
        (ConfigError, {"seed": 1.5}),
        (ConfigError, {"seed": True}),
        (ConfigError, {"seed": "7"}),
        (ConfigError, {"options": {"layout": ["WW"]}}),
        (ConfigError, {"options": {"layout": 5}}),
        (ConfigError, {"options": {"agents": [(1, 1)]}}),
        (ConfigError, {"options": {"snapshot": object()}}),
        (ConfigError, {"world": swarm_env.WorldConfig.model_validate({"scenario": "foraging"})}),
    ],
)
def test_errors_name_the_cause_and_nothing_is_written(tmp_path, error, arguments):
    out = tmp_path / "deep" / "run"
    with pytest.raises(error):
        play(**{"world": "foraging", "agents": COUNTERS, "seed": 3, "out": out, **WORLD, **arguments})
    assert os.listdir(tmp_path) == []


def test_options_of_numpy_are_recorded_as_plain_numbers(tmp_path):
    rows = ["WWWWW", "WA.AW", "W...W", "W...W", "WWWWW"]
    play(
        "synchronization",
        team((Counter, None)),
        seed=1,
        out=tmp_path,
        options={"layout": np.array([list(row) for row in rows]), "agents": np.array([[1, 3], [1, 1]])},
        num_agents=2,
        height=5,
        width=5,
        max_rounds=3,
    )
    assert read_run(tmp_path).info.options["agents"] == [[1, 3], [1, 1]]
    assert verify(tmp_path)[0].agrees


# Ctrl-C, errors, kill -9.


def test_ctrl_c_leaves_a_run_that_can_be_resumed(tmp_path):
    play_all(tmp_path / "whole")
    with pytest.raises(RunInterrupted) as caught:
        play("foraging", COUNTERS, seed=3, out=tmp_path / "part", observer=Stop(5, interrupt), **WORLD)
    result = caught.value.result
    assert (result.rounds, result.interrupted, result.folder) == (5, True, tmp_path / "part")
    assert verify(tmp_path / "part")[0].agrees
    assert result_of(tmp_path / "part").status == "interrupted"
    assert resume(tmp_path / "part") == runner.Result(
        "foraging", 3, 12, 0.0, tmp_path / "part", False, {"masked": 0, "messages": 0}
    )
    assert digests(tmp_path / "part") == digests(tmp_path / "whole")
    assert not isinstance(caught.value, Exception)


def test_ctrl_c_while_a_round_is_being_written_waits_for_its_end(tmp_path, monkeypatch):
    append = RunWriter.append

    def pressed(self, record):
        if record.round == 4:
            os.kill(os.getpid(), signal.SIGINT)
            assert signal.SIGINT not in signal.sigpending()
        append(self, record)

    monkeypatch.setattr(RunWriter, "append", pressed)
    with pytest.raises(RunInterrupted) as caught:
        play_all(tmp_path)
    assert caught.value.result.rounds == 5
    assert len(digests(tmp_path)) == 5
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_ctrl_c_while_an_agent_thinks_ends_the_wait(tmp_path):
    class Endless(Counter):
        async def decide(self, perceptions):
            if perceptions[0].round == 2:
                os.kill(os.getpid(), signal.SIGINT)
                await asyncio.Event().wait()
            return [Decision(0) for _ in perceptions]

    with pytest.raises(RunInterrupted):
        play_all(tmp_path, team((Endless, None)))
    assert len(digests(tmp_path)) == 2


def test_an_error_of_an_agent_leaves_the_rounds_before_it(tmp_path):
    class Breaks(Counter):
        def decide(self, perceptions):
            return [Decision(0)] * (len(perceptions) - (perceptions[0].round == 5))

    with pytest.raises(
        ContractError, match=r"'Breaks' returned a list of length 3 in round 5; .*4 decisions"
    ):
        play_all(tmp_path, team((Breaks, None)))
    assert result_of(tmp_path).rounds == 5
    assert verify(tmp_path)[0].agrees


KILLED = """
import os, signal, sys
from swarm_env.playing.runner import play, resume
def kill(frame):
    if frame.round == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] == "play":
    play("pursuit", sys.argv[4], seed=5, out=sys.argv[2], observer=kill, message="tokens", max_rounds=30)
else:
    resume(sys.argv[2], observer=kill)
"""


@pytest.mark.slow
def test_a_killed_process_loses_nothing_but_the_round_it_was_in(tmp_path):
    part, whole = tmp_path / "part", tmp_path / "whole"
    for number, (what, round) in enumerate((("play", 7), ("resume", 19))):
        killed = subprocess.run(
            [sys.executable, "-c", KILLED, what, str(part), str(round), TALKERS], cwd=ROOT
        )
        assert killed.returncode == -signal.SIGKILL
        assert len(digests(part)) == round
        assert read_run(part).result is None
        assert "no result" in verify(part)[0].note
        with (part / "rounds.jsonl").open("ab") as file:
            file.write(b'{"round":%d,"acti' % round if number else b"")
    assert resume(part).rounds == 30
    play("pursuit", TALKERS, seed=5, out=whole, message="tokens", max_rounds=30)
    for name in ("rounds.jsonl", "result.json"):
        assert (part / name).read_bytes() == (whole / name).read_bytes()


# Resuming.


def test_resuming_counts_and_watches_from_where_it_goes_on(tmp_path):
    whole = play_all(tmp_path / "whole", TALKERS, message="text")
    play_part(tmp_path / "part", agents=TALKERS, message="text")
    watch = Stop(99, lambda: None)
    assert resume(tmp_path / "part", observer=watch).counts == whole.counts
    assert watch.seen == list(range(5, 13))


def test_a_run_that_was_killed_at_its_very_end_gets_its_result(tmp_path):
    whole = play_all(tmp_path)
    (tmp_path / "result.json").unlink()
    before = (tmp_path / "rounds.jsonl").read_bytes()
    assert resume(tmp_path) == whole
    assert (tmp_path / "rounds.jsonl").read_bytes() == before


def test_a_run_that_was_killed_before_its_first_round_begins_again(tmp_path):
    play_all(tmp_path / "whole")
    play_part(tmp_path / "part", round=0)
    (tmp_path / "part" / "rounds.jsonl").write_bytes(b'{"rou')
    resume(tmp_path / "part")
    assert digests(tmp_path / "part") == digests(tmp_path / "whole")


def test_what_cannot_be_resumed(tmp_path):
    play_all(tmp_path / "done")
    with pytest.raises(RunError, match="is finished.*fork"):
        resume(tmp_path / "done")
    with pytest.raises(RunError, match="not the folder of a run"):
        resume(tmp_path)
    with pytest.raises(RunError, match="not the folder of a run"):
        resume(ROOT / "tests/data/swarmbench/flocking-expert-199448")
    play_part(tmp_path / "part")
    with RunWriter.reopen(tmp_path / "part"), pytest.raises(RunError, match="another process"):
        resume(tmp_path / "part")


def tamper(folder, round, change):
    path = folder / "rounds.jsonl"
    lines = path.read_text().splitlines()
    record = json.loads(lines[round])
    change(record)
    lines[round] = json.dumps(record)
    path.write_text("\n".join(lines) + "\n")


def other_move(record):
    record["actions"][1] = (record["actions"][1] + 1) % 5


def other_digest(record):
    record["digest"] = "0" * 32


@pytest.mark.parametrize("change", [other_move, other_digest])
def test_a_recording_that_differs_is_not_resumed_and_not_changed(tmp_path, change):
    play_part(tmp_path)
    tamper(tmp_path, 2, change)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(ReplayMismatch, match="Round 2 goes differently") as caught:
        resume(tmp_path)
    assert caught.value.round == 2
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda record: record["actions"].pop(), "3 actions for 4 agents"),
        (lambda record: record["actions"].append(0), "5 actions for 4 agents"),
        (lambda record: record["actions"].__setitem__(0, 99), "move 99"),
        (lambda record: record["actions"].__setitem__(0, None), "no move of agent_0, which has not left"),
        (lambda record: record.update(messages=["hi"]), "1 messages for 4 agents"),
    ],
)
def test_a_line_that_does_not_fit_the_world_is_an_error_with_its_round(tmp_path, change, word):
    play_part(tmp_path)
    tamper(tmp_path, 2, change)
    with pytest.raises(RunError, match=f"[Rr]ound 2.*{word}"):
        resume(tmp_path)
    (verdict,) = verify(tmp_path)
    assert "cannot be verified: round 2: " in str(verdict)
    assert word in str(verdict)
    with pytest.raises(RunError, match=word):
        list(frames(tmp_path))


def test_rounds_after_the_end_are_not_believed(tmp_path):
    play_all(tmp_path)
    (tmp_path / "result.json").unlink()
    lines = (tmp_path / "rounds.jsonl").read_text().splitlines()
    with (tmp_path / "rounds.jsonl").open("a") as file:
        file.write(json.dumps({**json.loads(lines[-1]), "round": 12}) + "\n")
    with pytest.raises(ReplayMismatch, match="the game is over"):
        resume(tmp_path)


def test_the_start_is_compared_too(tmp_path):
    play_part(tmp_path)
    info = json.loads((tmp_path / "run.json").read_text())
    (tmp_path / "run.json").write_text(json.dumps({**info, "seed": 4}))
    with pytest.raises(ReplayMismatch, match="Round 0"):
        resume(tmp_path)


def test_a_person_is_not_asked_again_but_informed(tmp_path):
    play_part(tmp_path, agents=team((Person, 1), (Counter, 3)))
    decided, people = Person.decided, []

    def person():
        people.append(Person())
        return people[-1]

    resume(tmp_path, Team((TeamEntry("Person", 1, person), TeamEntry("Counter", 3, Counter))))
    assert Person.decided == decided + 7
    ((informed,),) = ([person.informed for person in people],)
    assert [(round, moves[0]) for round, _, moves in informed] == [
        (round, moves[0]) for round, (moves, _) in enumerate(actions(tmp_path)[:5])
    ]


# Forking.


def test_a_fork_equals_its_parent_before_the_round_and_others_play_on(tmp_path):
    play_all(tmp_path / "parent")

    class North(Counter):
        def decide(self, perceptions):
            return [Decision(1) for _ in perceptions]

    for round in (0, 5, 12):
        child = tmp_path / f"fork{round}"
        if round < 12:
            fork(tmp_path / "parent", round, team((North, None)), out=child)
            assert actions(child)[round:] == [((1,) * 4, None)] * (12 - round)
        else:
            fork(tmp_path / "parent", round, out=child)
        assert digests(child)[:round] == digests(tmp_path / "parent")[:round]
        assert verify(child)[0].agrees
        origin: Any = read_run(child).info.origin
        assert origin.round == round


def test_a_fork_with_the_same_team_is_the_same_run(tmp_path):
    play_all(tmp_path / "parent", TALKERS, message="vector")
    for agents in (None, TALKERS):
        fork(tmp_path / "parent", 5, agents, out=tmp_path / "child", force=True)
        assert digests(tmp_path / "child") == digests(tmp_path / "parent")
        assert read_run(tmp_path / "child").info.decided_from == (0,)


def test_entries_that_stay_are_compared_and_new_ones_are_not(tmp_path):
    play_all(tmp_path / "parent", f"{COUNTERS}*2, {COUNTERS}*2")
    fork(tmp_path / "parent", 5, f"{COUNTERS}*2, {TALKERS}*2", out=tmp_path / "child")
    assert read_run(tmp_path / "child").info.decided_from == (0, 5)
    fork(tmp_path / "child", 3, f"{COUNTERS}*1, {TALKERS}*3", out=tmp_path / "grandchild")
    assert read_run(tmp_path / "grandchild").info.decided_from == (3, 3)
    with pytest.raises(ReplayMismatch):  # the record of the first two is not what they decide
        tamper(tmp_path / "parent", 2, other_move)
        fork(tmp_path / "parent", 5, f"{COUNTERS}*2, {TALKERS}*2")


def test_a_fork_can_be_interrupted_and_resumed(tmp_path):
    play_all(tmp_path / "parent")
    fork(tmp_path / "parent", 4, f"{COUNTERS}*1, {TALKERS}*3", out=tmp_path / "whole")
    stop = Stop(8, lambda: False)
    fork(tmp_path / "parent", 4, f"{COUNTERS}*1, {TALKERS}*3", out=tmp_path / "part", observer=stop)
    assert stop.seen == [4, 5, 6, 7, 8]
    resume(tmp_path / "part")
    assert digests(tmp_path / "part") == digests(tmp_path / "whole")


def test_a_native_game_can_be_forked(tmp_path):
    game = ROOT / "tests/data/swarmbench/flocking-expert-199448"
    with pytest.raises(ConfigError, match="say which agents"):
        fork(game, 10)
    result = fork(game, 10, COUNTERS, out=tmp_path)
    assert result.rounds > 10
    assert verify(tmp_path)[0].agrees
    assert read_run(tmp_path).info.team == f"{COUNTERS}*8"


def test_what_cannot_be_forked(tmp_path):
    play_part(tmp_path / "parent")
    for round in (-1, 6, 10**9):
        with pytest.raises(ConfigError, match="rounds 0 to 5"):
            fork(tmp_path / "parent", round, out=tmp_path / "child")
    with pytest.raises(ConfigError, match="the world has 4"):
        fork(tmp_path / "parent", 2, f"{COUNTERS}*5", out=tmp_path / "child")
    with pytest.raises(RunError):
        fork(tmp_path, 2, out=tmp_path / "child")
    assert sorted(os.listdir(tmp_path)) == ["parent"]
    play_part(tmp_path / "other")
    with pytest.raises(ConfigError, match="not empty"):
        fork(tmp_path / "parent", 2, out=tmp_path / "other")


def test_a_run_is_not_forked_onto_itself(tmp_path):
    play_part(tmp_path)
    before = digests(tmp_path)
    with pytest.raises(ConfigError, match="itself"):
        fork(tmp_path, 2, out=tmp_path, force=True)
    assert digests(tmp_path) == before


# Watching again.


def test_frames_show_what_the_observer_saw(tmp_path):
    seen: list[Frame] = []
    play_all(tmp_path, TALKERS, message="text", observer=seen.append)
    assert list(frames(tmp_path)) == seen
    assert [frame.round for frame in seen] == list(range(13))
    assert all(text for frame in seen[1:] for _, text in frame.messages)


def test_native_games_are_shown_by_the_same_code():
    shown = list(frames(ROOT / "tests/data/swarmbench/pursuit-expert-578047"))
    assert (len(shown), shown[-1].score, shown[-1].scenario) == (101, 4.0, "pursuit")
    assert shown[3].messages
