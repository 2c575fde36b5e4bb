"""The file of a bench: allowed content, and error messages for anything else."""

import pytest

from swarm_env.bench.plan import read_plan
from swarm_env.chat import Budget
from swarm_env.envs.make import as_of_today
from swarm_env.errors import ConfigError

GOOD = 'scenarios = ["pursuit"]\nteams = ["scripted"]\nseeds = 2\n'


def plan(tmp_path, text, **arguments):
    file = tmp_path / "bench.toml"
    file.write_text(text) if isinstance(text, str) else file.write_bytes(text)
    return read_plan(file, **arguments)


def test_every_scenario_setting_team_and_seed_is_played(tmp_path):
    found = plan(
        tmp_path,
        """
        scenarios = ["pursuit", "foraging"]
        teams = ["scripted", "random*3, scripted", "random"]
        seeds = [5, 3]
        [settings.small]
        num_agents = 4
        [settings.talking]
        message = "tokens"
        vocabulary = 3
        """,
    )
    assert len(found.runs) == len({run.name for run in found.runs}) == 2 * 2 * 3 * 2
    assert [run.seed for run in found.runs] == [5] * 12 + [3] * 12
    small = [run for run in found.runs if run.setting == "small"]
    assert {run.config.num_agents for run in small} == {4}
    assert {str(run.team) for run in small} == {"scripted*4", "random*3, scripted*1", "random*4"}
    assert {run.config.message for run in found.runs if run.setting == "talking"} == {"tokens"}
    assert found.parallel == 4 and found.max_fallback == 0.05


def test_teams_may_be_tables(tmp_path):
    text = GOOD.replace(
        '["scripted"]', '[{agent = "random"}, [{agent = "random", count = 3}, {agent = "scripted"}]]'
    )
    assert {str(run.team) for run in plan(tmp_path, text).runs} == {"random*10", "random*3, scripted*7"}


def test_models_talk_by_default(tmp_path):
    text = GOOD.replace('["scripted"]', '["scripted", "llm:m@http://localhost:1/v1"]')
    assert {run.label: run.config.message for run in plan(tmp_path, text).runs} == {
        "scripted": "none",
        "llm:m@http://localhost:1/v1": "text",
    }


def test_names_of_folders_do_not_depend_on_what_else_there_is(tmp_path):
    alone = plan(tmp_path, GOOD)
    more = plan(tmp_path, GOOD.replace('["scripted"]', '["random", "scripted"]').replace("2", "[7, 1, 0]"))
    assert {run.name for run in alone.runs} < {run.name for run in more.runs}


def test_the_command_line_wins(tmp_path):
    found = plan(tmp_path, GOOD + 'out = "there"\nparallel = 9\n')
    assert (str(found.out), found.parallel) == ("there", 9)
    found = plan(tmp_path, GOOD + 'out = "there"\nparallel = 9\n', out=tmp_path / "here", parallel=2)
    assert (found.out, found.parallel) == (tmp_path / "here", 2)
    assert str(plan(tmp_path, GOOD).out) == "runs/bench"


def test_limits_of_calls_are_those_of_the_runner(tmp_path):
    found = plan(
        tmp_path, GOOD + "[calls]\nmax_dollars = 0.5\nattempt_time = 5.0\ndeadline = 10.0\nconcurrency = 7\n"
    )
    assert found.calls.budget is not None and found.calls.limits is not None
    assert (found.calls.budget.dollars, found.calls.budget.calls) == (0.5, None)
    assert (found.calls.limits.deadline, found.calls.limits.attempt, found.calls.limits.concurrency) == (
        10,
        5,
        7,
    )
    assert plan(tmp_path, GOOD).calls.budget == Budget()  # none, also for runs that began with one


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("seeds = 2", "seads = 2"), "there is no 'seads'. Did you mean 'seeds'?"),
        (("seeds = 2", ""), "seeds is missing"),
        (("seeds = 2", "seeds = 0"), "a number of seeds"),
        (("seeds = 2", "seeds = true"), "a number of seeds"),
        (("seeds = 2", "seeds = 2.0"), "a number of seeds"),
        (("seeds = 2", "seeds = [1, 1]"), "seeds: 1 is named twice"),
        (("seeds = 2", "seeds = [-1]"), "a number of seeds"),
        (("seeds = 2", "seeds = [9223372036854775808]"), "a number of seeds"),
        (("seeds = 2", "seeds = 100000000000"), "a number of seeds"),
        (("seeds = 2", "seeds = 1979-05-27"), "a number of seeds"),
        (("seeds = 2", "seeds = 99999\n[settings.a]\n[settings.b]"), "100000 are the most"),
        (('["pursuit"]', '"pursuit"'), "a list of names"),
        (('["pursuit"]', "[]"), "a list of names"),
        (('["pursuit"]', '["pursuid"]'), "Did you mean 'pursuit'?"),
        (('["scripted"]', '["scriptid"]'), "Did you mean 'scripted'?"),
        (('["scripted"]', '["scripted*3"]'), "names 3 agents"),
        (('["scripted"]', '["scripted", "scripted*10"]'), "but the same meaning"),
        (('["scripted"]', "[3]"), "a list of teams"),
        (("seeds = 2", 'seeds = 2\nreference = "random"'), "must be one of the teams: scripted"),
        (("seeds = 2", "seeds = 2\nparallel = 0"), "a number of runs at a time"),
        (("seeds = 2", "seeds = 2\nrepeats = 0"), "a number of runs of each seed"),
        (("seeds = 2", "seeds = 2\nrepeats = 50001"), "100002 runs; 100000 are the most"),
        (("seeds = 2", "seeds = 2\nrepeats = 2\n[calls]\ncache = 'x'"), "cannot go together"),
        (("seeds = 2", "seeds = 2\nmax_fallback = nan"), "a fraction from 0 to 1"),
        (("seeds = 2", "seeds = 2\n[settings.small]\nnum_agnts = 3"), "Did you mean 'num_agents'?"),
        (("seeds = 2", "seeds = 2\n[settings.small]\nview_size = 4"), "must be odd"),
        (("seeds = 2", "seeds = 2\n[settings.'../up']"), "a name has letters"),
        (("seeds = 2", "seeds = 2\n[calls]\nmax_dolars = 1.0"), "no 'max_dolars' in [calls]. Did you mean"),
        (("seeds = 2", "seeds = 2\n[calls]\nmax_dollars = inf"), "calls.max_dollars"),
        (("seeds = 2", 'seeds = 2\n[total]\nmax_tokens = "many"'), "total.max_tokens"),
        (("seeds = 2", "seeds = 2\nseeds = 3"), "is not TOML"),
        (("seeds = 2", "seeds = " + "[" * 5000), "is not TOML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, change, said):
    with pytest.raises(ConfigError) as caught:
        plan(tmp_path, GOOD.replace(*change))
    assert said in str(caught.value) and "bench.toml" in str(caught.value)
    assert len(str(caught.value)) < 700


def test_repeats_play_every_seed_several_times_in_folders_of_their_own(tmp_path):
    once, twice = (plan(tmp_path, GOOD + more) for more in ("", "repeats = 2\n"))
    assert len(twice.runs) == 2 * len(once.runs) == len({run.name for run in twice.runs})
    assert twice.runs[: len(once.runs)] == once.runs  # a bench may be given repeats later
    again = twice.runs[len(once.runs)]
    assert again.name == f"{once.runs[0].name}-again-1" and again.title.endswith("seed 0 again (1)")
    assert again.identity() == once.runs[0].identity()


def test_the_reference_is_the_first_team_if_none_is_named(tmp_path):
    assert plan(tmp_path, GOOD.replace('["scripted"]', '["random", "scripted"]')).reference == "random"


def test_what_is_no_text_or_too_much_of_it_is_refused(tmp_path):
    for content, said in ((b"\xff\xfe\x00", "is not text"), (b"#" * 2**21, "larger than")):
        with pytest.raises(ConfigError, match=said):
            plan(tmp_path, content)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_plan(tmp_path / "nothing.toml")


def test_agents_that_take_the_terminal_cannot_play(tmp_path):
    agent = tmp_path / "asker.py"
    agent.write_text("class Asker:\n    takes_terminal = True\n\n\nAGENT = Asker\n")
    with pytest.raises(ConfigError, match="asks a person"):
        plan(tmp_path, GOOD.replace("scripted", str(agent)), trust_code=True)


PRESET = GOOD.replace('["scripted"]', '["scripted", "llm:m@http://localhost:1/v1"]')


@pytest.mark.parametrize(
    ("text", "flag"), [('preset = "swarmbench"\n' + PRESET, None), (PRESET, "swarmbench")]
)
def test_a_preset_is_a_word_in_the_file_or_on_the_command_line(tmp_path, text, flag):
    found = plan(tmp_path, f"{text}[settings.own]\nheight = 14\n[settings.usual]\npreset = ''\n", preset=flag)
    sizes = {(run.setting, run.config.height, run.config.width, run.config.preset) for run in found.runs}
    assert sizes == {("own", 14, 10, "swarmbench"), ("usual", 12, 12, "")}
    teams = {(run.setting, run.label) for run in found.runs}
    assert teams == {
        ("own", "scripted"),
        ("usual", "scripted"),
        ("own", "llm:m@http://localhost:1/v1?preset=swarmbench"),
        ("usual", "llm:m@http://localhost:1/v1"),
    }


def test_memory_and_sampling_can_be_swept(tmp_path):
    team = '{agent = "llm", model = "m", base_url = "http://localhost:1/v1"'
    teams = ", ".join(
        [f"{team}, temperature = {t}}}" for t in (0, 0.5, 1.5)] + [f"{team}, memory = {m}}}" for m in (1, 10)]
    )
    found = plan(tmp_path, f'preset = "swarmbench"\n{GOOD}'.replace('["scripted"]', f"[{teams}]"))
    labels = list(dict.fromkeys(run.label.partition("?")[2] for run in found.runs))
    assert labels == [
        *(f"preset=swarmbench&temperature={t}" for t in ("0", "0.5", "1.5")),
        *(f"memory={m}&preset=swarmbench" for m in (1, 10)),
    ]


def test_a_bench_goes_on_where_it_began_before_there_was_a_setting(tmp_path):
    found = plan(tmp_path, GOOD)
    run = found.runs[0]
    new = ("message_delay", "message_noise", "message_topology", "preset")
    recorded = {key: value for key, value in run.identity().items() if key not in new}
    assert as_of_today(recorded) == run.identity()
