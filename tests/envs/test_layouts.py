"""Worlds from layouts: the map is as drawn, and bad layouts are refused before anything changes."""

from typing import Any

import pytest

import swarm_env
from swarm_env.errors import ConfigError, SwarmEnvError

ROWS = ["WWWWWWWW", "WA...a.W", "W..A...W", "W......W", "W...a..W", "W......W", "W......W", "WWWWWWWW"]
SETTINGS: dict[str, Any] = {"num_agents": 4, "height": 8, "width": 8}


def lights(**settings):
    return swarm_env.parallel_env("synchronization", **{**SETTINGS, **settings})


def test_agents_are_placed_row_by_row_or_as_given():
    env = lights()
    env.reset(seed=1, options={"layout": ROWS})
    assert list(env.positions().values()) == [(1, 1), (1, 5), (2, 3), (4, 4)]
    env.reset(seed=1, options={"layout": ROWS, "agents": [(4, 4), (2, 3), (1, 5), (1, 1)]})
    assert list(env.positions().values()) == [(4, 4), (2, 3), (1, 5), (1, 1)]
    assert env.grid() == ROWS


@pytest.mark.parametrize(
    "picture",
    [ROWS, tuple(ROWS), "\n".join(ROWS), [list(row) for row in ROWS], [tuple(row) for row in ROWS]],
    ids=["list", "tuple", "text", "lists", "tuples"],
)
def test_a_layout_may_be_rows_or_text_or_cells(picture):
    env = lights()
    env.reset(seed=1, options={"layout": picture})
    assert env.grid() == ROWS


def test_letters_set_marks_and_marks_overrule_them():
    env = lights()
    env.reset(seed=1, options={"layout": ROWS})
    assert [p.mark for p in env.perceptions()] == [1, 0, 1, 0]
    env.reset(seed=1, options={"layout": ROWS, "marks": [False, True, True, True]})
    assert [p.mark for p in env.perceptions()] == [0, 1, 1, 1]
    assert env.grid()[1] == "Wa...A.W"


def test_the_seed_changes_later_draws_but_not_the_layout():
    env = swarm_env.parallel_env("pursuit", num_agents=2, height=12, width=12)
    rows = ["WWWWWWWWWWWW", "WPA........W", "WA.........W", *["W..........W"] * 8, "WWWWWWWWWWWW"]
    appeared = set()
    for seed in range(10):
        env.reset(seed=seed, options={"layout": rows})
        assert env.grid() == rows
        env.step({"agent_0": 0, "agent_1": 0})
        appeared.add(tuple(env.grid()))
    assert len(appeared) > 1


def test_preys_appear_at_the_respawns_in_order_then_at_random():
    rows = ["WWWWWWWW", "WPA....W", "WA.....W", *["W......W"] * 4, "WWWWWWWW"]
    env = swarm_env.parallel_env("pursuit", **{**SETTINGS, "num_agents": 2})
    env.reset(seed=1, options={"layout": rows, "respawns": [(6, 6)]})
    env.step({"agent_0": 0, "agent_1": 0})
    assert env.grid()[6] == "W.....PW"
    env.reset(seed=1, options={"layout": rows})
    env.step({"agent_0": 0, "agent_1": 0})
    assert sum(row.count("P") for row in env.grid()) == 1


@pytest.mark.parametrize("place", [(1, 2), (2, 1), (0, 0), (1, 1)])
def test_a_respawn_that_is_not_free_never_puts_two_things_in_one_cell(place):
    rows = ["WWWWWWWW", "WPA....W", "WA.....W", *["W......W"] * 4, "WWWWWWWW"]
    env = swarm_env.parallel_env("pursuit", **{**SETTINGS, "num_agents": 2})
    try:
        env.reset(seed=1, options={"layout": rows, "respawns": [place]})
    except ConfigError as refused:
        assert "respawns" in str(refused)
        return
    for _ in range(5):
        env.step({"agent_0": 0, "agent_1": 0})
        text = "".join(env.grid())
        assert text.count("P") == 1 and text.count("A") == 2 and text.count("W") == 28
        for agent, (i, j) in env.positions().items():
            assert env.grid()[i][j] == "A", agent


def test_a_reset_after_a_layout_draws_worlds_as_without_one():
    env, other = lights(), lights()
    env.reset(seed=3, options={"layout": ROWS})
    env.step(dict.fromkeys(env.agents, 1))
    env.reset(seed=9)
    other.reset(seed=9)
    assert env.digest() == other.digest()
    for _ in range(10):
        env.step(dict.fromkeys(env.agents, 2))
        other.step(dict.fromkeys(other.agents, 2))
        assert env.digest() == other.digest()


def test_a_reset_after_a_layout_with_more_boxes_draws_worlds_as_without_one():
    rows = [
        "WWWWWWWWWW",
        "WBB..BB.AW",
        "WBB..BB..W",
        "W....BB..W",
        "W........W",
        "WBBBBBBB.W",
        *["W........W"] * 3,
    ]
    rows.append("WWWWWWWWWW")
    env = swarm_env.parallel_env("transport", num_agents=1, height=10, width=10)
    other = swarm_env.parallel_env("transport", num_agents=1, height=10, width=10)
    for seed in range(5):
        env.reset(seed=seed, options={"layout": rows})
        assert env.grid() == rows
        env.step({"agent_0": 2})
        env.reset(seed=seed)
        other.reset(seed=seed)
        assert env.grid() == other.grid()
        for move in (1, 2, 3, 4, 1, 3):
            env.step({"agent_0": move})
            other.step({"agent_0": move})
        assert env.grid() == other.grid()


def test_a_layout_starts_all_worlds_of_a_batch():
    batch = swarm_env.vector_env("synchronization", num_worlds=3, **SETTINGS)
    batch.reset(seed=1, options={"layout": ROWS})
    assert all(batch.grid(w) == ROWS for w in range(3))


def changed(row, text):
    return [*ROWS[:row], text, *ROWS[row + 1 :]]


BAD = [
    ("a row too few", {"layout": ROWS[1:]}, ["layout", "7", "8"]),
    ("a row too many", {"layout": [*ROWS, "WWWWWWWW"]}, ["layout", "9", "8"]),
    ("a short row", {"layout": changed(3, "W.....W")}, ["layout", "7", "8"]),
    ("a long row", {"layout": changed(3, "W.......W")}, ["layout", "9", "8"]),
    ("an unknown symbol", {"layout": changed(3, "W..X...W")}, ["layout", "'X'", "row 3", "column 3"]),
    ("another task's symbol", {"layout": changed(3, "W..P...W")}, ["layout", "'P'", "synchronization"]),
    ("outside inside", {"layout": changed(3, "W..*...W")}, ["layout", "'*'"]),
    ("a letter beyond one byte", {"layout": changed(3, "W..😀...W")}, ["layout", "😀"]),
    ("an agent too many", {"layout": changed(3, "W..A...W")}, ["5", "4", "num_agents"]),
    ("an agent too few", {"layout": changed(2, "W......W")}, ["3", "4", "num_agents"]),
    ("no rows", {"layout": []}, ["layout", "0", "8"]),
    ("a number", {"layout": 7}, ["layout", "7"]),
    ("rows of numbers", {"layout": [1, 2, 3]}, ["layout"]),
    ("rows of None", {"layout": [None] * 8}, ["layout", "None"]),
    ("a dict", {"layout": {"rows": ROWS}}, ["layout"]),
    ("empty text", {"layout": ""}, ["layout", "0", "8"]),
    (
        "an agent elsewhere",
        {"layout": ROWS, "agents": [(1, 1), (1, 5), (2, 3), (4, 5)]},
        ["agents", "(4, 5)"],
    ),
    ("an agent twice", {"layout": ROWS, "agents": [(1, 1), (1, 1), (2, 3), (4, 4)]}, ["agents", "(1, 1)"]),
    ("too few places", {"layout": ROWS, "agents": [(1, 1)]}, ["agents"]),
    ("a place outside", {"layout": ROWS, "agents": [(1, 1), (1, 5), (2, 3), (8, 0)]}, ["agents", "(8, 0)"]),
    (
        "a negative place",
        {"layout": ROWS, "agents": [(1, 1), (1, 5), (2, 3), (-1, 0)]},
        ["agents", "(-1, 0)"],
    ),
    ("places of three", {"layout": ROWS, "agents": [(1, 1, 1)] * 4}, ["agents", "(row, column)"]),
    ("places as text", {"layout": ROWS, "agents": "here"}, ["agents", "'here'"]),
    ("places of fractions", {"layout": ROWS, "agents": [(1.0, 1)] * 4}, ["agents", "1.0"]),
    ("a number of places", {"layout": ROWS, "agents": 4}, ["agents", "4"]),
    ("too few marks", {"layout": ROWS, "marks": [1, 0]}, ["marks", "4"]),
    ("marks beyond one", {"layout": ROWS, "marks": [0, 1, 2, 0]}, ["marks", "0 to 1"]),
    ("marks as text", {"layout": ROWS, "marks": "1010"}, ["marks", "1010"]),
    ("marks as a number", {"layout": ROWS, "marks": 1}, ["marks", "1"]),
    ("a respawn outside", {"layout": ROWS, "respawns": [(9, 9)]}, ["respawns", "(9, 9)"]),
    ("a gigantic respawn", {"layout": ROWS, "respawns": [(2**70, 1)]}, ["respawns"]),
    ("places without a picture", {"agents": [(1, 1)] * 4}, ["agents", "layout"]),
    ("options as a list", [ROWS], ["options"]),
    ("options as text", "layout", ["options"]),
]


@pytest.mark.parametrize(("options", "words"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_bad_layouts_are_refused_and_change_nothing(options, words):
    env = lights()
    env.reset(seed=1)
    env.step(dict.fromkeys(env.agents, 1))
    before, agents = env.digest(), list(env.agents)
    with pytest.raises(SwarmEnvError) as refused:
        env.reset(seed=2, options=options)
    for word in words:
        assert word in str(refused.value), str(refused.value)
    assert len(str(refused.value)) < 700
    assert env.digest() == before and env.agents == agents and env.round == 1
    twin = lights()
    twin.reset(seed=1)
    for world in (env, twin):
        if world is twin:
            world.step(dict.fromkeys(world.agents, 1))
        world.step(dict.fromkeys(world.agents, 2))
    assert env.digest() == twin.digest()


def test_several_preys_are_refused_and_none_is_allowed():
    env = swarm_env.parallel_env("pursuit", **{**SETTINGS, "num_agents": 1})
    with pytest.raises(ConfigError, match="P"):
        env.reset(options={"layout": ["PA.....P", *["........"] * 7]})
    env.reset(seed=1, options={"layout": [".A......", *["........"] * 7]})
    for _ in range(3):
        env.step({"agent_0": 2})
    assert env.score == 0
