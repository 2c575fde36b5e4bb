"""Who is compared with whom, and what a row says."""

import dataclasses
import itertools

import pytest

from swarm_env.envs.make import make_config
from swarm_env.errors import ConfigError
from swarm_env.leaderboard import published_scores
from swarm_env.leaderboard.comparisons import compare
from swarm_env.leaderboard.export import to_json
from swarm_env.leaderboard.leaderboard import make_leaderboard, score_folders
from swarm_env.leaderboard.scored_run import NATIVE
from swarm_env.leaderboard.statistics import summarise
from swarm_env.leaderboard.text_tables import to_text
from swarm_env.leaderboard.world_setting import WorldSetting, channel_of
from swarm_env.runs.files import Usage
from tests.leaderboard.made import SMALL, scored


def rows(board):
    (table,) = board.tables
    return {row.team: row for row in table.all_rows}


def test_teams_are_ranked_by_their_mean_and_equal_means_share_a_rank():
    scores = {"good": [5, 7], "fair": [4, 4], "also fair": [3, 5], "bad": [0, 1]}
    played = [scored(team, seed, score) for team, both in scores.items() for seed, score in enumerate(both)]
    (table,) = make_leaderboard(played).tables
    assert [(row.rank, row.team) for row in table.rows] == [
        (1, "good"),
        (2, "also fair"),
        (2, "fair"),
        (4, "bad"),
    ]
    assert table.rows[0].score == summarise([5, 7])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("scenario", "foraging"),
        ("num_agents", 5),
        ("height", 9),
        ("width", 9),
        ("view_size", 7),
        ("max_rounds", 30),
        ("options", (("preys", 2.0),)),
        ("start", "abcd"),
    ],
)
def test_different_worlds_are_never_mixed(field, value):
    other = dataclasses.replace(SMALL, **{field: value})
    board = make_leaderboard([scored("scripted", 1, 3.0), scored("scripted", 2, 9.0, setting=other)])
    assert len(board.tables) == 2
    assert all(row.score.n == 1 for table in board.tables for row in table.rows)


def test_a_commander_is_no_silent_team_like_others():
    config = make_config("pursuit", {"message_topology": "commander"})
    assert channel_of(config) == "none, commander" and channel_of(make_config("pursuit", {})) == "none"


def test_teams_that_talk_differently_share_a_table_and_no_row():
    board = make_leaderboard([scored("a", 1, 3.0), scored("a", 1, 5.0, channel="text")])
    (table,) = board.tables
    assert [(row.channel, row.score.mean) for row in table.rows] == [("text", 5.0), ("none", 3.0)]


def test_differences_are_paired_by_seed_also_where_seeds_are_missing():
    base = {1: 2.0, 2: 9.0, 3: 4.0, 5: 1.0}
    ours = {1: 3.0, 2: 11.0, 4: 100.0, 5: 4.0}
    played = [scored("scripted", seed, score) for seed, score in base.items()]
    played += [scored("model", seed, score) for seed, score in ours.items()]
    row = rows(make_leaderboard(played))["model"]
    assert row.difference == compare([1.0, 2.0, 3.0])  # seeds 1, 2 and 5
    assert row.score.n == 4
    assert rows(make_leaderboard(played))["scripted"].difference is None


def test_without_a_common_seed_there_is_no_difference():
    board = make_leaderboard([scored("scripted", 1, 3.0), scored("model", 2, 5.0)])
    assert rows(board)["model"].difference is None


def test_seeds_of_native_logs_are_not_ours():
    played = [scored("scripted", 1, 3.0), scored("swarmbench:m", 1, 5.0, recorded_by=NATIVE)]
    assert rows(make_leaderboard(played))["swarmbench:m"].difference is None


def test_the_reference_is_the_one_named_or_scripted_or_the_first_by_name():
    played = [scored(team, 1, score) for team, score in (("best", 9.0), ("scripted", 5.0), ("low", 1.0))]
    (table,) = make_leaderboard(played).tables
    assert table.reference == "scripted"
    (table,) = make_leaderboard(played, reference="low").tables
    assert table.reference == "low"
    assert [row.difference.mean for row in table.rows if row.difference] == [8.0, 4.0]
    (table,) = make_leaderboard(played[::2]).tables
    assert table.reference == "best"  # for its name: the best would be chosen by its luck
    (table,) = make_leaderboard([scored("a", 1, 1.0), scored("b", 1, 5.0)]).tables
    assert table.reference == "a"
    with pytest.raises(ConfigError, match=r"reference 'scriptid'\. Did you mean 'scripted'\?"):
        make_leaderboard(played, reference="scriptid")


def test_a_seed_counts_once_however_often_it_is_played():
    scores = {1: [1.0, 3.0, 2.5, 1.5], 2: [8.0, 6.0], 3: [5.0]}
    played = [scored("m", seed, score) for seed, own in scores.items() for score in own]
    row = rows(make_leaderboard(played))["m"]
    assert row.score == summarise([2.0, 7.0, 5.0]) and len(row.runs) == 7


def test_the_p_of_a_table_are_corrected_for_its_rows():
    played = [scored("scripted", seed, 0.0) for seed in range(8)]
    for number in range(3):
        played += [scored(f"m{number}", seed, 1.0 + seed + number) for seed in range(8)]
    played += [
        scored("failing", seed, 9.0, usage=Usage(decisions=1, fallbacks={"http": 1})) for seed in range(8)
    ]
    found = rows(make_leaderboard(played))
    assert found["failing"].difference is None
    assert [found[f"m{number}"].difference.p for number in range(3)] == [2 / 2**8] * 3
    assert [found[f"m{number}"].difference.p_adjusted for number in range(3)] == [3 * 2 / 2**8] * 3


def test_the_reference_that_talks_alike_is_taken():
    played = [scored("scripted", 1, 3.0), scored("scripted", 1, 4.0, channel="text")]
    played += [scored("model", 1, 9.0, channel="text")]
    difference = rows(make_leaderboard(played))["model"].difference
    assert difference is not None and difference.mean == 5.0


def test_runs_with_too_many_failures_of_the_endpoint_are_invalid():
    good, edge, bad = (Usage(decisions=100, fallbacks={"timeout": n}) for n in (0, 5, 6))
    played = [scored("m", 1, 3.0, usage=good), scored("m", 2, 5.0, usage=edge)]
    played += [scored("m", 3, 100.0, usage=bad), scored("scripted", 3, 1.0)]
    board = make_leaderboard(played)
    (table,) = board.tables
    assert [(row.team, row.score.mean, row.rank) for row in table.rows] == [
        ("m", 4.0, 1),
        ("scripted", 1.0, 2),
    ]
    assert [(row.team, row.score.mean, row.rank) for row in table.invalid] == [("m", 100.0, None)]
    assert not board.is_clean
    assert make_leaderboard(played, max_fallback=0.06).is_clean
    (table,) = make_leaderboard(played, max_fallback=0.0).tables
    assert table.invalid[0].score.n == 2


def test_usage_unknown_for_one_run_is_unknown_for_the_row():
    known = Usage(decisions=10, calls=10, prompt_tokens=100, cost=0.1, seconds=20.0)
    dear = known.model_copy(update={"prompt_tokens": 300, "cost": 0.3})
    board = make_leaderboard([scored("m", 1, 1.0, usage=known), scored("m", 2, 1.0, usage=dear)])
    row = rows(board)["m"]
    assert (row.usage.prompt_tokens, row.usage.cost) == (200.0, pytest.approx(0.2))
    assert row.seconds_per_decision == pytest.approx(2.0)
    unpriced = known.model_copy(update={"cost": None})
    row = rows(make_leaderboard([scored("m", 1, 1.0, usage=known), scored("m", 2, 1.0, usage=unpriced)]))["m"]
    assert row.usage.cost is None and row.usage.prompt_tokens == 100.0
    row = rows(make_leaderboard([scored("scripted", 1, 1.0)]))["scripted"]
    assert row.fallback_rate is None and row.seconds_per_decision is None and set(row.usage) == {None}


def test_excluded_runs_are_listed():
    reasons = {"unfinished: it plays": True, "a fork: of another": False}
    played = [scored("m", 1, 1.0, excluded=why) for why in reasons]
    board = make_leaderboard(played)
    assert not board.tables and {left.why: left.is_fault for left in board.left_out} == reasons
    assert not board.is_clean


def test_the_order_of_the_runs_changes_nothing():
    played = [
        scored(team, seed, score)
        for team, seed, score in zip("aabbc", [1, 2, 1, 2, 1], [3, 1, 4, 1, 5], strict=True)
    ]
    boards = [
        make_leaderboard(order) for order in itertools.islice(itertools.permutations(played), 0, 120, 17)
    ]
    for board in boards:
        assert [(r.team, r.score, r.difference) for r in board.tables[0].rows] == [
            (r.team, r.score, r.difference) for r in boards[0].tables[0].rows
        ]


PUBLISHED = WorldSetting("pursuit", 10, 10, 10, 5, 100)


def published(setting, **settings):
    """What a leaderboard with one run shows of published scores."""
    board = make_leaderboard([scored("m", 1, 1.0, setting=setting)], **settings)
    return to_text(board).partition("ublished")[2], to_json(board)["published"]


@pytest.mark.parametrize("task", published_scores.TASKS)
def test_published_scores_stand_beside_their_own_task_when_asked_for(task):
    world = dataclasses.replace(PUBLISHED, scenario=task)
    assert published(world) == ("", [])
    text, (found,) = published(world, published="swarmbench")
    assert f"{task}: mean and standard deviation of 5 runs" in text
    assert ("doubled" in text) == (task == "flocking")
    scores = {one["model"]: (one["mean"], one["sd"]) for one in found["scores"]}
    expected = {"pursuit": (8.8, 1.6), "flocking": (18.8, 1.6), "transport": (0.0, 0.0)}
    assert len(scores) == 13 and scores["gemini-2.0-flash"] == expected.get(task, scores["gemini-2.0-flash"])


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            {"height": 12},
            "for 10 agents, 10 x 10 cells, view 5, 100 rounds (or 12 agents), and these runs for 10 agents",
        ),
        ({"num_agents": 11}, "these runs for 11 agents"),
        ({"view_size": 7}, "view 7"),
        ({"max_rounds": 50}, "50 rounds"),
        ({"options": (("speed", 1.0),)}, "speed=1"),
        ({"start": "0a"}, "picture 0a"),
        ({"scenario": "garden.py:Garden"}, "no task garden.py:Garden"),
        ({"scenario": "secrets"}, "no task secrets"),
    ],
)
def test_published_scores_of_another_world_are_not_shown_and_the_reason_is(change, why):
    text, found = published(dataclasses.replace(PUBLISHED, **change), published="swarmbench")
    assert not found and why in text.splitlines()[0] and "o4-mini" not in text


ALIKE = "llm:m?preset=swarmbench"


@pytest.mark.parametrize(
    ("team", "channel", "why"),
    [
        (ALIKE, "text", ""),
        ("scripted", "none", ""),
        ("llm:m", "text", "the prompt is not that of --preset swarmbench"),
        ("llm:m?preset=swarmbench*5, llm:m*5", "text", "the prompt is not that of --preset swarmbench"),
        (ALIKE, "text, noise 0.2", "messages are text, noise 0.2"),
        (ALIKE, "text, delay 0 to 4", "messages are text, delay 0 to 4"),
        (ALIKE, "text, commander", "messages are text, commander"),
        ("ppo", "tokens 8 x 1", "messages are tokens 8 x 1"),
    ],
)
def test_rows_that_are_not_comparable_with_published_scores_are_named(team, channel, why):
    one = scored(team, 1, 1.0, setting=PUBLISHED, channel=channel)
    alone = make_leaderboard([one], published="swarmbench")
    assert bool(to_json(alone)["published"]) == (not why)
    assert (f"No published scores: these runs differ: {why}" in to_text(alone)) == bool(why)
    mixed = make_leaderboard([one, scored("random", 1, 1.0, setting=PUBLISHED)], published="swarmbench")
    (found,) = to_json(mixed)["published"]
    assert list(found["not_comparable"].values()) == [why] * bool(why) and "o4-mini" in to_text(mixed)
    assert ("Not comparable with them" in to_text(mixed)) == bool(why)


def test_games_of_the_released_system_are_comparable():
    one = scored("swarmbench:llm", 1, 1.0, setting=PUBLISHED, channel="text", recorded_by=NATIVE)
    assert to_json(make_leaderboard([one], published="swarmbench"))["published"]


def test_only_known_benchmarks_have_published_scores(tmp_path):
    with pytest.raises(ConfigError, match="published='other'.*'swarmbench'"):
        score_folders([tmp_path], published="other")
