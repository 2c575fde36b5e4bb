import json
from pathlib import Path

import numpy as np
import pytest

from swarm_env.chat import Limits
from swarm_env.errors import ConfigError, ReplayMismatch, RunError
from swarm_env.frame import Event, Frame
from swarm_env.playback.playback import LivePlayback, Playback
from swarm_env.playback.timeline_events import FALLBACK, MOST_AT_ONCE, Mark, Situation, marks_between
from swarm_env.playing.run_services import Calls
from swarm_env.playing.runner import play
from swarm_env.runs.recording import frames
from tests.reference.recordings import DATA
from tests.runs import asking
from tests.runs.agents import Talker, team
from tests.runs.asking import server
from tests.runs.logs import Log

ORDER = [40, 39, 0, 17, 16, 40, 31, 33, 1, 32]  # forwards, backwards, beside kept moments and on them


@pytest.mark.parametrize("message", ["none", "tokens", "vector", "text"])
@pytest.mark.parametrize("scenario", ["pursuit", "transport"])
def test_any_round_is_as_when_played_in_order(tmp_path, scenario, message):
    live: list[Frame] = []
    play(
        scenario,
        team((Talker, None)),
        seed=4,
        out=tmp_path,
        max_rounds=40,
        message=message,
        observer=live.append,
    )
    with Playback(tmp_path) as playback:
        assert [playback.frame(number) for number in ORDER] == [live[number] for number in ORDER]
        assert (
            [playback.frame(number) for number in range(playback.last + 1)] == list(frames(tmp_path)) == live
        )


def test_rounds_are_right_when_few_snapshots_are_kept(tmp_path):
    play("foraging", "random", seed=4, out=tmp_path, max_rounds=300)
    expected = list(frames(tmp_path))
    with Playback(tmp_path, memory=0) as playback:
        playback.gather()
        assert all(playback.frame(number) == expected[number] for number in (300, 7, 150, 299, 64, 65))


@pytest.mark.parametrize("game", ["transport-expert-824072", "pursuit-expert-578047"])
def test_native_logs_can_be_played_back(game):
    folder = DATA / "swarmbench" / game
    with Playback(folder) as playback:
        assert [playback.frame(number) for number in reversed(range(playback.last + 1))] == [*frames(folder)][
            ::-1
        ]
        playback.gather()
        event = {"transport": "escape", "pursuit": "capture"}[playback.setting.scenario]
        assert playback.recording.game is not None
        rises = np.flatnonzero(np.diff(playback.recording.game.scores) > 0) + 1
        assert {mark.round for mark in playback.marks() if mark.name == event} == set(rises.tolist())
        assert playback.scores()[:, 1].tolist() == playback.recording.game.scores.tolist()


def test_marks_and_scores_are_gathered_aside(tmp_path):
    seen: list[Frame] = []
    play("foraging", "scripted", seed=1, out=tmp_path, max_rounds=60, observer=seen.append)
    with Playback(tmp_path) as playback:
        playback.gather_aside()
        playback.gather()  # waits for it
        marks = playback.marks()
        assert playback.scores().tolist() == [[frame.round, frame.score] for frame in seen]
    deliveries = [mark for mark in marks if mark.name == "delivery"]
    assert len(deliveries) == seen[-1].score > 0
    for mark in deliveries:
        assert [int(seen[at].marks[mark.agent]) for at in (mark.round - 1, mark.round)] == [1, 0]


def test_a_live_playback_shows_the_same_and_forgets_the_oldest(tmp_path):
    seen: list[Frame] = []
    play("foraging", "scripted", seed=1, out=tmp_path, max_rounds=60, observer=seen.append)
    live, short = LivePlayback(seen[0]), LivePlayback(seen[0], memory=50_000)
    for frame in seen[1:]:
        live.add(frame)
        short.add(frame)
    with Playback(tmp_path) as playback:
        playback.gather()
        assert (live.first, live.last, live.marks()) == (0, playback.last, playback.marks())
        assert live.scores().tolist() == playback.scores().tolist()
        assert live.frame(33) == playback.frame(33)
    assert 0 < short.first < short.last == 60
    assert short.frame(short.first) == seen[short.first]
    with pytest.raises(ConfigError, match=rf"round 0: there are rounds {short.first} to 60"):
        short.frame(0)
    with pytest.raises(ConfigError, match="there are rounds 61 to 61"):
        live.add(seen[3])


def test_a_broken_recording_raises_where_it_is_shown(tmp_path):
    play("pursuit", "random", seed=5, out=tmp_path, max_rounds=50)
    file = tmp_path / "rounds.jsonl"
    lines = file.read_text().splitlines(keepends=True)
    changed = json.loads(lines[20])
    changed["actions"][0] = (changed["actions"][0] + 1) % 5
    file.write_text("".join([*lines[:20], json.dumps(changed) + "\n", *lines[21:], '{"torn']))
    with Playback(tmp_path) as playback:
        assert playback.last == 50
        playback.frame(20)
        with pytest.raises(ReplayMismatch, match="Round 20"):
            playback.frame(21)
    for actions, reason in (([9] * 10, "move 9"), ([1] * 9, "9 actions"), ([None] * 10, "no move")):
        changed["actions"] = actions
        file.write_text("".join([*lines[:20], json.dumps(changed) + "\n", *lines[21:]]))
        with Playback(tmp_path) as playback, pytest.raises(RunError, match=reason):
            playback.frame(40)
        with Playback(tmp_path) as playback, pytest.raises(RunError, match=reason):
            playback.gather()


def test_a_recording_of_another_start_is_refused(tmp_path):
    play("pursuit", "random", seed=5, out=tmp_path, max_rounds=2)
    file = tmp_path / "run.json"
    file.write_text(file.read_text().replace('"seed": 5', '"seed": 6'))
    with pytest.raises(ReplayMismatch, match="Round 0"):
        Playback(tmp_path)


def test_a_native_log_without_rounds(tmp_path):
    with Playback(Log(rounds=0).write(tmp_path / "log")) as playback:
        assert (playback.first, playback.last) == (0, 0)
        assert playback.frame(0) == next(frames(tmp_path / "log"))


def test_what_models_were_asked_and_answered(tmp_path):
    shown: list[Frame] = []
    with server(rates={"nonsense": 0.4}) as rote:
        asker = f"{Path(asking.__file__)}:Asker?base_url={rote.url}"
        play(
            "pursuit", f"{asker}*2, llm?thinking=reflect, scripted*7", seed=2, out=tmp_path, max_rounds=9,
            observer=shown.append, calls=Calls(limits=Limits(attempts=1)), num_agents=10,
        )  # fmt: skip
    calls = shown[0].model_calls
    assert calls is not None
    with Playback(tmp_path) as playback:
        assert [playback.frame(number) for number in range(10)] == shown  # what it has cost, too
        playback.gather()
        assert playback.model_calls is not None
        failed = set()
        for number, agent in [(8, 2), *((number, agent) for number in range(9) for agent in range(4))]:
            thought = playback.model_calls.thought(agent, number)
            assert thought == calls.thought(agent, number)
            assert (thought is not None) == (agent < 3)
            if thought is not None and thought.failed:
                failed.add((number + 1, agent))
        assert {(mark.round, mark.agent) for mark in playback.marks() if mark.name == FALLBACK} == failed
        assert 0 < len(failed) < 27
        live = LivePlayback(shown[0])
        for frame in shown[1:]:
            live.add(frame)
        assert set(live.marks()) == set(playback.marks())
        thought = playback.model_calls.thought(2, 5)
        assert thought is not None
        reviewed = thought.prompt
        assert reviewed[-2][0] == "assistant" and "(the draft)" not in reviewed[-2][1]


def test_events_of_very_many_are_one_mark():
    there, gone = np.ones(100, bool), np.zeros(100, bool)
    dark = np.zeros(100, np.uint8)
    events = (Event("escape", "left"), Event("lit", "marked"))
    few = there.copy()
    few[[3, 7]] = False
    before = Situation(0.0, there, dark)
    assert marks_between(events, before, Situation(1.0, few, dark + 1), 5)[:2] == (
        Mark(5, "escape", 3),
        Mark(5, "escape", 7),
    )
    assert len(there) > MOST_AT_ONCE
    assert marks_between(events, before, Situation(1.0, gone, dark), 5) == (Mark(5, "escape"),)
