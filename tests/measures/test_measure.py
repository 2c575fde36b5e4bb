"""From what lies on disk to measures: runs, native logs, and what is refused."""

import itertools
import json
import pickle
import sys
import types

import numpy as np
import pytest

import swarm_env
from swarm_env import ConfigError, Decision, RunError
from swarm_env.errors import UnknownNameError
from swarm_env.measures import MEASURES, measure
from swarm_env.measures.game import game_of
from swarm_env.runs.import_swarmbench import import_game
from swarm_env.runs.recording import find_recordings, open_recording
from swarm_env.runs.swarmbench_logs import find_games, read_game
from tests.measures import plain
from tests.measures.test_against_plain import RECORDED, fast, same
from tests.runs.logs import Log


def equal(one, other):
    assert one.names == other.names == tuple(MEASURES)
    assert np.array_equal(one.score, other.score)
    for name in one.names:
        assert np.array_equal(one.values[name], other.values[name], equal_nan=True), name


class Talker:
    """Says where it goes, asks now and then, and is silent now and then."""

    def reset(self, brief, agents, seed):
        self.brief, self.rng = brief, np.random.default_rng(seed)

    def decide(self, perceptions):
        return [self.answer() for _ in perceptions]

    def answer(self):
        move = int(self.rng.integers(len(self.brief.actions)))
        text = f"{self.brief.actions[self.rng.integers(len(self.brief.actions))]} {self.rng.integers(20)}"
        return Decision(move, [None, "  ", text, text + "?", text][self.rng.integers(5)])


@pytest.fixture
def talked(tmp_path, monkeypatch):
    """Plays a run of talkers and gives its folder."""
    monkeypatch.setitem(swarm_env.registry._registered, ("agent", "talker"), Talker)
    numbers = itertools.count()

    def play(scenario, **settings):
        chosen = {"seed": 3, "max_rounds": 12, "message": "text", **settings}
        return swarm_env.play(scenario, "talker", out=tmp_path / str(next(numbers)), **chosen).folder

    return play


# A log and a run of the same game.


@pytest.mark.quick_cases(2)
@pytest.mark.parametrize("folder", RECORDED, ids=lambda path: path.name)
def test_a_native_game_and_its_import_have_the_same_measures(folder, tmp_path):
    (files,) = find_games(folder)
    native, ours = measure(files), measure(import_game(files, tmp_path / "run"))
    assert (native.kind, ours.kind) == ("swarmbench", "run")
    assert native.rounds == ours.rounds and native.scenario == ours.scenario == folder.name.split("-")[0]
    equal(native, ours)


def test_a_live_run_of_the_same_answers_has_the_same_measures(tmp_path, monkeypatch):
    """Agents that give a recorded game's answers play it again, live, from its start."""
    (files,) = find_games(next(path for path in RECORDED if path.name.startswith("transport-expert")))
    recording, log = open_recording(files), read_game(files)

    class Parrot:
        def reset(self, brief, agents, seed):
            pass

        def decide(self, perceptions):
            return [self.answer(seen.round, int(seen.name.removeprefix("agent_"))) for seen in perceptions]

        def answer(self, turn, who):
            return Decision(int(log.actions[turn, who]), log.messages[turn][who] or None)

    monkeypatch.setitem(swarm_env.registry._registered, ("agent", "parrot"), Parrot)
    config = {**recording.config.model_dump(exclude={"scenario", "options"}), **recording.config.options}
    result = swarm_env.play(
        "transport", "parrot", seed=1, options=recording.options, out=tmp_path / "run", **config
    )
    assert result.folder is not None
    equal(measure(files), measure(result.folder))


@pytest.mark.parametrize("scenario", ["transport", "synchronization", "pursuit"])
def test_a_run_of_ours_against_the_reference(talked, scenario):
    folder = talked(scenario, num_agents=6)
    game = game_of(open_recording(folder))
    assert len(game.messages) > 5 and (game.said == -1).any()
    found = measure(folder)
    same(found.values, plain.measures(game))
    assert np.isfinite(found.values["conformity"]).any()


def test_lost_messages_have_no_effect(talked):
    """What arrives in a world that loses messages is taken from what the agents perceived."""
    folder = talked("synchronization", num_agents=8, height=7, width=7, message_loss=0.5)
    game = game_of(open_recording(folder))
    assert game.heard is not None
    same(fast(game), plain.measures(game))
    spoken = {(r, what) for r in range(game.rounds) for what in game.said[r].tolist() if what >= 0}
    assert {(turn, what) for turn, _, what in game.heard.tolist()} <= spoken
    # Nothing is lost with probability 0, and everything with 1.
    sure = game_of(open_recording(talked("synchronization", num_agents=8, height=7, width=7)))
    assert sure.heard is None and len(game.heard) > 0
    deaf = game_of(open_recording(talked("synchronization", num_agents=8, message_loss=1.0)))
    assert deaf.heard is not None and len(deaf.heard) == 0
    assert np.isnan(measure(talked("synchronization", message_loss=1.0)).values["conformity"]).all()


@pytest.mark.parametrize(
    "more", [{"message_topology": "ring"}, {"message_delay": (1, 3)}, {"message_noise": 0.5}]
)
def test_what_was_heard_late_garbled_or_afar_is_what_agents_perceived(talked, more):
    game = game_of(open_recording(talked("synchronization", num_agents=8, height=7, width=7, **more)))
    assert game.heard is not None and len(game.heard) > 0
    same(fast(game), plain.measures(game))
    if "message_topology" in more:
        assert len(game.heard) == 2 * (game.said[:-1] >= 0).sum()


@pytest.mark.parametrize(("channel", "similar"), [("none", False), ("tokens", True), ("vector", True)])
def test_channels_without_text(tmp_path, channel, similar):
    settings = {"seed": 2, "max_rounds": 8, "message": channel}
    swarm_env.play("flocking", "random", out=tmp_path / "run", **settings)
    found = measure(tmp_path / "run")
    assert np.isfinite(found.values["message_similarity"]).any() == similar
    for name in ("message_length", "question_share", "digit_share", "conformity"):
        assert np.isnan(found.values[name]).all()
    assert np.isfinite(found.values["stillness"]).all()


# What is given back.


def test_what_measures_say_of_the_run(talked):
    folder = talked("synchronization", num_agents=5)
    found = measure(folder)
    assert (found.scenario, found.seed, found.rounds, found.words) == ("synchronization", 3, 12, "tfidf")
    assert found.team == "talker*5" and found.config.num_agents == 5 and found.source == str(folder)
    assert found.final_score == found.score[-1] and found.score.shape == (12,)
    assert found.means()["stillness"] == pytest.approx(found.values["stillness"].mean())
    assert np.isnan(measure(folder).values["conformity"][0])
    equal(found, pickle.loads(pickle.dumps(found)))
    with pytest.raises(UnknownNameError, match="Did you mean 'stillness'"):
        found.mean("stilness")


def test_the_mean_leaves_undefined_rounds_out(talked):
    found = measure(talked("flocking"))
    series = found.values["conformity"]
    assert found.mean("conformity") == pytest.approx(np.nanmean(series))
    silent = measure(talked("flocking", message="none"))
    assert np.isnan(silent.mean("message_length"))


def test_a_run_that_was_broken_off_is_measured_as_far_as_it_goes(talked):
    folder = talked("flocking")
    whole = measure(folder)
    (folder / "result.json").unlink()
    lines = (folder / "rounds.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "rounds.jsonl").write_bytes(b"".join(lines[:5]) + b'{"torn')
    part = measure(folder)
    assert part.rounds == 5
    for name in ("stillness", "pushes", "cells_visited", "conformity", "digit_share"):
        assert np.array_equal(part.values[name], whole.values[name][:5], equal_nan=True)
    (folder / "rounds.jsonl").write_bytes(b"")
    empty = measure(folder)
    assert empty.rounds == 0 and empty.final_score == 0 and np.isnan(empty.mean("pushes"))


def test_every_form_of_a_source_is_taken(talked):
    folder = talked("flocking")
    (run,) = find_recordings(folder)
    for source in (str(folder), run, open_recording(folder)):
        equal(measure(folder), measure(source))


def test_a_run_that_was_tampered_with_is_refused(talked):
    folder = talked("flocking")
    lines = (folder / "rounds.jsonl").read_text().splitlines()
    record = json.loads(lines[4])
    record["actions"] = [(move + 1) % 5 for move in record["actions"]]
    (folder / "rounds.jsonl").write_text("\n".join([*lines[:4], json.dumps(record), *lines[5:]]) + "\n")
    with pytest.raises(RunError, match="Round 4 goes differently"):
        measure(folder)


def test_a_log_with_a_move_that_its_task_does_not_have_is_refused(tmp_path):
    log = Log()
    log.agent[3]["action"] = "SWITCH"
    with pytest.raises(RunError, match="SWITCH is not a move of flocking"):
        measure(log.write(tmp_path / "log"))


def test_what_a_log_says_of_agents_that_had_left_does_not_count(tmp_path):
    log = Log("transport-expert-824072", rounds=None)
    untouched = measure(log.write(tmp_path / "one"))
    last = {agent["id"]: agent for agent in log.game[-2]["agents"]}
    width, height = log.meta["width"], log.meta["height"]
    gone = [name for name, at in last.items() if not (0 <= at["x"] < width and 0 <= at["y"] < height)]
    assert gone
    for entry in log.agent:
        if entry["round"] == log.game[-2]["round"] and entry["agent_id"] in gone:
            entry["action"], entry["message"] = "UP", "UP 12345?"
    equal(untouched, measure(log.write(tmp_path / "other")))


def test_a_long_text_in_a_log_counts_as_it_is_sent(tmp_path):
    log = Log()
    for entry in log.agent:
        entry["message"] = "12345 " * 40
    found = measure(log.write(tmp_path / "log"))
    assert set(found.values["message_length"]) == {123.0}
    assert found.values["digit_share"] == pytest.approx(100 / 123)


# Words.


def test_a_function_may_turn_texts_into_vectors(talked):
    folder = talked("synchronization", num_agents=5)

    def direction(texts):
        return [[2.0 * text.startswith("UP"), 3.0 * (not text.startswith("UP"))] for text in texts]

    found = measure(folder, words=direction)
    assert found.words == "direction"
    game = game_of(open_recording(folder))
    up = [str(message).startswith("UP") for message in game.messages]
    for r in range(game.rounds):
        spoken = [up[what] for what in game.said[r].tolist() if what >= 0]
        pairs = [one == other for one, other in itertools.combinations(spoken, 2)]
        if pairs:
            assert found.values["message_similarity"][r] == pytest.approx(np.mean(pairs))


def test_a_text_without_a_vector_is_like_no_other(talked):
    found = measure(talked("flocking", num_agents=5), words=lambda texts: np.zeros((len(texts), 3)))
    similar = found.values["message_similarity"]
    assert set(similar[~np.isnan(similar)]) == {0.0}


@pytest.mark.parametrize(
    "result",
    [lambda t: np.zeros(3), lambda t: np.zeros((1, 2)), lambda t: "no", lambda t: [[np.nan]] * len(t)],
)
def test_a_function_that_gives_something_else_is_refused(talked, result):
    with pytest.raises(ConfigError, match="finite numbers"):
        measure(talked("flocking"), words=result)


@pytest.mark.parametrize("words", ["tf-idf", "embedding:", "", 3])
def test_other_words_are_refused(tmp_path, words):
    with pytest.raises(ConfigError, match="must be 'tfidf', 'embedding'"):
        measure(tmp_path, words=words)


def test_embedding_without_the_library_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ConfigError, match="pip install sentence-transformers"):
        measure(tmp_path, words="embedding")


@pytest.mark.parametrize(("words", "model"), [("embedding", "all-mpnet-base-v2"), ("embedding:tiny", "tiny")])
def test_embedding_asks_the_model_for_each_text_once(talked, monkeypatch, words, model):
    loaded, asked = [], []

    class SentenceTransformer:
        def __init__(self, name):
            loaded.append(name)

        def encode(self, texts, show_progress_bar, convert_to_numpy):
            assert convert_to_numpy and not show_progress_bar
            asked.extend(texts)
            return np.array([[len(text), 1.0] for text in texts], np.float32)

    library = types.ModuleType("sentence_transformers")
    library.SentenceTransformer = SentenceTransformer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", library)
    folder = talked("flocking")
    found = measure(folder, words=words)
    assert found.words == f"embedding:{model}" and len(asked) == len(set(asked)) > 0
    measure(folder, words=words)
    assert loaded == [model]  # once per process
    silent = measure(talked("flocking", message="none"), words=words)
    assert np.isnan(silent.mean("message_similarity"))
