"""A wrong value that a kernel of another file writes, and that the core relies on, is found on its trial."""

import re
from typing import Any

import numpy as np
import pytest

import swarm_env
from swarm_env.engine import compiler
from swarm_env.engine.compiled import bounds
from swarm_env.engine.compiled.values import FINE, wrong_value
from tests.docs.pages import ROOT
from tests.envs import wrong_values as wrong

FILE = str(ROOT / "tests" / "envs" / "wrong_values.py")
SMALL: dict[str, Any] = {"num_agents": 3, "height": 5, "width": 6, "max_rounds": 4, "view_size": 5}
STRIDE, MARGIN = 12, 3
pytestmark = pytest.mark.skipif(
    not compiler.COMPILED or compiler.BOUNDSCHECK is not None, reason="needs both builds"
)


@pytest.fixture(autouse=True)
def _nothing_has_passed(tmp_path, monkeypatch):
    monkeypatch.setattr(bounds, "_mark", lambda key: tmp_path / f"passed-{key}")
    monkeypatch.setattr(bounds, "_passed", set())


def flat(row, col):
    return (row + MARGIN) * STRIDE + col + MARGIN


def play(field, at=0, along=0, value=1.0, message="none", **settings):
    env = swarm_env.parallel_env(
        FILE, **SMALL | settings, message=message, field=field, at=at, along=along, value=value
    )
    env.reset(seed=1, options=settings.get("options"))
    action: Any = {"none": 0, "tokens": [0, 0], "vector": {"move": 0, "message": [0.0] * 4}}[message]
    while env.agents:
        env.step(dict.fromkeys(env.agents, action))
    return env


def play_batch(**settings):
    env = swarm_env.vector_env(FILE, num_worlds=1, **SMALL, **settings)
    env.reset(seed=1)
    for _ in range(2):
        env.step(np.zeros((3, 2), np.int64))


@pytest.mark.parametrize(
    ("field", "at", "along", "value", "found"),
    [
        (wrong.POSITION, 1, 0, 2_000_000_000, r"position\[0, 1, 0\] is 2000000000 \(agent_1\).* rows 0 to 4"),
        (wrong.POSITION, 1, 1, -1, r"world.position\[0, 1, 1\] is -1 .* columns 0 to 5"),
        (wrong.POSITION, 0, 1, 2, r"world.cells\[0, .*\(row 1, column 2\)"),
        (wrong.MARK, 2, 0, 2, r"world.mark\[0, 2\] is 2 \(agent_2\); allowed: 0 to 1"),
        (wrong.MARK, 2, 0, 1, r"world.cells\[0, .* its own code"),
        (wrong.ACTIVE, 0, 0, 7, r"world.active\[0, 0\] is 7 \(agent_0\); allowed: 0 \(GONE\)"),
        (wrong.ACTIVE, 0, 0, 0, r"world.cells\[0, .* only where one stands"),
        (wrong.CELLS, flat(0, 0), 0, 99, r"world.cells\[0, \d+\] is 99 \(row 0, column 0\).* codes 0 to 5"),
        (wrong.CELLS, flat(0, 0), 0, 4, r"is 4 \(row 0, column 0\).* only where one stands"),
        (wrong.CELLS, flat(0, 0), 0, 1, r"is 1 \(row 0, column 0\).* OUTSIDE \(1\) just around the map"),
        (wrong.CELLS, flat(3, 2), 0, 0, r"is 0 \(row 3, column 2\)"),
        (wrong.CELLS, 0, 0, 3, r"is 3 \(row -3, column -3\).* OUTSIDE \(1\) just around"),
        (wrong.WHO, 0, 0, 70_000, r"world.who\[0, 0\] is 70000 \(row -3, column -3\)"),
        (wrong.SENSE, 1, 0, 10, r"world.sense\[0, 1, 0\] is 10 \(agent_1\); allowed: 0 to 9"),
        (wrong.ALLOWED, 1, 2, 7, r"world.allowed\[0, 1, 2\] is 7 \(agent_1\); allowed: 0 or 1"),
        (wrong.OBJECTS, 0, 0, -5, r"world.objects\[0, 0, 0\] is -5; allowed: MASS 0 to"),
        (wrong.OBJECTS, 0, 1, 2, r"world.objects\[0, 0, 1\] is 2;.* STATIC"),
        (wrong.OBJECTS, 0, 2, 3, r"world.objects\[0, 0, 2\] is 3;.* ALIVE"),
        (wrong.OBJECTS, 0, 3, 1_000_000, r"world.objects\[0, 0, 3\] is 1000000;.* = 4"),
        (wrong.OBJECTS, 0, 4, 5, r"world.objects\[0, 0, 4\] is 5;.* = 4"),
        (wrong.OBJECTS, 0, 4, 0, r"world.objects\[0, 0, 4\] is 0;.* at least one cell"),
        (wrong.OBJECTS, 0, 4, 4, r"world.object_cells\[0, 3, 0\] is 0; .*at most margin\(\) = 3"),
        (wrong.OBJECT_CELLS, 1, 0, -900, r"world.object_cells\[0, 1, 0\] is -900; allowed: .* margin"),
        (wrong.OBJECT_CELLS, 2, 1, 4, r"object_cells\[0, 2, 1\] is 4; .*margin\(\) = 3 rows and columns"),
        (wrong.OBJECT_CELLS, 2, 1, 0, r"world.cells\[0, \d+\] is 0 \(row 3, column 0\)"),
        (wrong.OBJECT_CELLS, 2, 1, 2, r"world.object_cells\[0, 2, 0\] is 3; allowed: different cells"),
        (wrong.CLOCK, 0, 0, -3, r"world.clock\[0, 0\] is -3; allowed: what the core sets"),
        (wrong.CLOCK, 0, 0, 0, r"clock\[0\] is \[0, 0\]; allowed: \[1, 0\], since only the core"),
        (wrong.CLOCK, 1, 0, 5, r"world.clock\[0\] is \[1, 5\]"),
        (wrong.OVER, 0, 0, 9, r"world.over\[0\] is 9; allowed: 0 or 1"),
        (wrong.MAP_NEXT, 0, 0, 44, r"world.map_next\[0\] is 44"),
        (wrong.POTENTIAL, 1, 0, float("nan"), r"world.potential\[0, 1\] is nan \(agent_1\); allowed: finite"),
        (wrong.SCORE, 0, 0, float("inf"), r"world.score\[0\] is inf; allowed: finite"),
        (wrong.ACTION, 1, 0, 200, r"world.action\[0, 1\] is 200 \(agent_1\); allowed: 0 to 4"),
        (wrong.PLACE_AGENT, 1, 2, 0, r"is 4 \(row 1, column 2\).*only one in each cell"),
    ],
)  # fmt: skip
def test_the_error_names_scenario_kernel_round_value_and_range(field, at, along, value, found):
    with pytest.raises(swarm_env.ContractError) as raised:
        play(field, at, along, value)
    text = str(raised.value)
    assert re.search(found, text), text
    assert re.match(
        r"scenario '.*wrong_values.py', world 0, round 1: kernel `update` \(.*\) left a wrong", text
    )
    assert "\n" not in text


LATE = {"message_delay": (0, 2)}
SLOTS = {"heard": "slots", "message_noise": 0.5}
LIMITED = {"may_speak": [0, 2]}


@pytest.mark.parametrize(
    ("field", "value", "along", "message", "settings", "found"),
    [
        (wrong.SAID, 1e9, 0, "tokens", {}, r"said\[0, 2, 0\] is .*whole numbers from 0 to 7"),
        (wrong.SAID, float("nan"), 0, "tokens", {}, r"said\[0, 2, 0\] is nan .*whole numbers from 0 to 7"),
        (wrong.SAID, -2.0, 0, "vector", {}, r"said\[0, 2, 0\] is -2.0 \(agent_2\); allowed: -1 to 1"),
        (wrong.SENT, 8.0, 0, "tokens", LATE, r"sent\[0, 0, 2, 0\] is 8.0; allowed: whole .* 0 to 7"),
        (wrong.SENT, float("inf"), 3, "vector", LATE, r"sent\[0, 0, 2, 3\] is inf; allowed: -1 to 1"),
        (wrong.SENT_FROM, 5, 0, "vector", LATE, r"sent_from\[0, 0, 2, 0\] is 5; .* rows 0 to 4"),
        (wrong.SENT_FROM, 2_000_000_000, 0, "tokens", SLOTS, r"sent_from\[0, 0, 2, 0\] is 2000000000"),
        (wrong.SENT_FROM, -2, 1, "tokens", LATE, r"sent_from\[0, 0, 2, 1\] is -2; .* columns 0 to 5"),
        (wrong.SENT_FROM, 7, 2, "tokens", LATE, r"sent_from\[0, 0, 2, 2\] is 7; .* up to 4 \+ 2"),
        (wrong.HEARD, float("nan"), 0, "tokens", {}, r"heard\[0, 2, 0\] is nan \(agent_2\); allowed: finite"),
        (wrong.HEARS, 2, 1, "tokens", {"info_hears": True}, r"hears\[0, 0, 2, 1\] is 2; allowed: 0 or 1"),
        (wrong.EDGES, 3, 0, "tokens", {"info_hears": "edges"}, r"edges\[0, 2, 0, 0\] is 3 .*speaker"),
        (wrong.MAY_SPEAK, 2, 0, "tokens", LIMITED, r"may_speak\[0, 2\] is 2 \(agent_2\); allowed: 0 or 1"),
        (wrong.PAYOFF, float("inf"), 0, "none", {}, r"payoff\[0, 2\] is inf \(agent_2\); allowed: finite"),
        (wrong.FLOOR, 9.5, 0, "none", {}, r"floor\[0, 0, 2\] is 9.5; allowed: 0 to 9"),
    ],
)  # fmt: skip
def test_messages_payoffs_and_floors_stay_within_their_ranges(field, value, along, message, settings, found):
    with pytest.raises(swarm_env.ContractError, match=rf"kernel `update` .*: world\.{found}"):
        if settings.get("info_hears") == "edges":  # only in batches
            play_batch(field=field, at=2, along=along, value=value, message=message, **settings)
        play(field, 2, along, value, message, **settings)


def test_many_agents_are_checked_on_the_map():
    """With more than 32 agents the core keeps an index of the map, which must be right as well."""
    many = {"num_agents": 40, "height": 6, "width": 40}
    assert play(wrong.OVER, value=0, **many).score == 4
    with pytest.raises(swarm_env.ContractError, match=r"world.cells\[0, \d+\] .*\(row 1, column 7\)"):
        play(wrong.WHO, (1 + MARGIN) * 46 + 7 + MARGIN, 0, 5, **many)


@pytest.mark.parametrize("threads", [1, 2])
def test_the_worlds_are_as_before_the_round(threads):
    env = swarm_env.vector_env(
        FILE, num_worlds=40, num_threads=threads, **SMALL, field=wrong.POSITION, at=1, value=77
    )
    env.reset(seed=3)
    env.step(np.zeros(120, np.int64))
    before = env.digests()
    with pytest.raises(swarm_env.ContractError, match="world 0, round 1: kernel `update`"):
        env.step(np.zeros(120, np.int64))
    assert env.digests() == before
    env.close()


def test_right_values_pass_and_the_fast_build_goes_on():
    env = play(wrong.OVER, value=0)
    assert env.score == 4 and env._world._trial.passed
    env.reset(seed=2)
    assert env._world._trial is None and env._world._code[-1] == 0


def test_teams_floors_and_agents_that_come_back_are_right_values(tmp_path):
    """Scenarios of the tests with all that worlds can have play a trial to its end."""
    for name in ("scented", "two_teams"):
        file = ROOT / "tests" / "envs" / f"{name}.py"
        env = swarm_env.parallel_env(str(file), num_agents=6, max_rounds=5)
        env.reset(seed=1)
        while env.agents:
            env.step({agent: env.action_space(agent).sample() for agent in env.agents})
        trial = env._world._trial
        assert trial is not None and trial.passed


def test_what_kernels_may_not_change_cannot_be_compiled(tmp_path):
    source = (ROOT / "tests" / "envs" / "wrong_values.py").read_text()
    file = tmp_path / "writes.py"
    for line in ("world.options[0] = 1.0", "world.seed[0] = 4", "world.rules[0] = 4096"):
        file.write_text(source.replace("        world.score[w] += 1\n", f"        {line}\n"))
        with pytest.raises(swarm_env.ContractError, match=r"`update`.*writes.py.*cannot write into settings"):
            swarm_env.parallel_env(str(file), **SMALL)


@pytest.mark.slow
def test_our_own_scenarios_leave_no_wrong_value():
    for name in swarm_env.list_scenarios():
        env = swarm_env.parallel_env(name)
        env.reset(seed=1)
        for _ in range(3):
            env.step({agent: env.action_space(agent).sample() for agent in env.agents})
            assert wrong_value(env._world.arrays, 0) == FINE, name


def test_cars_in_one_cell_are_checked_and_are_no_wrong_value():
    """In a junction cars crash in one cell; the core moves nobody there."""
    env = swarm_env.parallel_env("junction", num_agents=12, height=7, width=7, arrival=1.0)
    env.reset(seed=1)
    crowded = 0
    while env.agents:
        env.step(dict.fromkeys(env.agents, env.scenario.actions.index("GAS")))
        stand = list(env.positions().values())
        crowded += len(set(stand)) < len(stand)
        assert wrong_value(env._world.arrays, 0) == FINE
    assert crowded
