"""Observation arrays against the map in symbols."""

from typing import Any

import numpy as np
import pytest

import swarm_env
from swarm_env.engine.state import SIGHT, index
from tests.envs.batches import SCENARIOS

SETTINGS: dict[str, Any] = {"num_agents": 6, "height": 9, "width": 12, "max_rounds": 8}


def window(grid, place, size):
    """The symbols around a place, `*` outside the map."""
    height, width, half = len(grid), len(grid[0]), size // 2
    return [
        [
            grid[i][j] if 0 <= i < height and 0 <= j < width else "*"
            for j in range(place[1] - half, place[1] + half + 1)
        ]
        for i in range(place[0] - half, place[0] + half + 1)
    ]


def seen_by(scenario, number, around):
    """The codes one agent sees of a window: own team first, nothing beyond its sight, the floor as free."""
    free = {layer.symbol: "." for layer in scenario.floor}
    around = [[free.get(symbol, symbol) for symbol in row] for row in around]
    if not scenario.are_unlike:
        return around
    half, agents = len(around) // 2, [kind.symbol for kind in scenario.agents]
    sight = scenario.agent_table()[number][SIGHT]
    shift = scenario.team_of[number] * scenario.looks if scenario.teams else 0
    relative = {symbol: agents[i - shift] for i, symbol in enumerate(agents)}
    return [
        [
            relative.get(symbol, symbol) if max(abs(i - half), abs(j - half)) <= sight else "*"
            for j, symbol in enumerate(row)
        ]
        for i, row in enumerate(around)
    ]


def floor_seen_by(env, number, place, size):
    """The amounts of each layer around a place, 0 outside the map and beyond the agent's sight."""
    sight = env.scenario.agent_table()[number][SIGHT] if env.scenario.are_unlike else size
    arrays, half = env._world.arrays, size // 2
    found = np.zeros((arrays.floor.shape[1], size, size))
    for i, row in enumerate(range(place[0] - half, place[0] + half + 1)):
        for j, col in enumerate(range(place[1] - half, place[1] + half + 1)):
            inside = 0 <= row < arrays.sizes.height and 0 <= col < arrays.sizes.width
            if inside and max(abs(i - half), abs(j - half)) <= sight:
                found[:, i, j] = arrays.floor[0, :, index(arrays, row, col)]
    return found


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("view_size", [1, 3, 5, 7, 9, 13, 31])
def test_codes_planes_and_parts_show_the_window_around_each_agent(scenario, view_size):
    envs = {
        obs: swarm_env.parallel_env(scenario, obs=obs, view_size=view_size, **SETTINGS)
        for obs in ("codes", "planes", "dict")
    }
    scenario = envs["codes"].scenario
    symbols, layers = [kind.symbol for kind in scenario.kinds], [layer.most for layer in scenario.floor]
    most = [sense.most for sense in envs["codes"].scenario.senses]
    drawn = 0 if scenario.is_continuous else len(symbols) - 1  # planes of codes
    rng = np.random.default_rng(1)
    seen = {obs: env.reset(seed=3)[0] for obs, env in envs.items()}
    infos = envs["codes"].reset(seed=3)[1]
    for _ in range(6):
        grid, places = envs["codes"].grid(), envs["codes"].positions()
        marks = {p.name: p.mark for p in envs["codes"].perceptions()}
        felt = {p.name: list(p.senses) for p in envs["codes"].perceptions()}
        for agent, place in places.items():
            codes = seen["codes"][agent]
            around, number = window(grid, place, view_size), envs["codes"].possible_agents.index(agent)
            assert [[symbols[code] for code in row] for row in codes] == seen_by(scenario, number, around)
            assert infos[agent]["position"].tolist() == list(place) and infos[agent]["mark"] == marks[agent]
            parts = seen["dict"][agent]
            assert np.array_equal(parts["view"], codes)
            assert parts["position"].tolist() == list(place) and parts["mark"].tolist() == [marks[agent]]
            for shown in (infos[agent], parts):
                assert list(shown.get("sense", ())) == felt[agent]
            planes = seen["planes"][agent]
            area = view_size * view_size
            stack = planes[: drawn * area].reshape(-1, view_size, view_size)
            for code in range(1, drawn + 1):  # free cells need no plane: there all are 0
                assert np.array_equal(stack[code - 1], codes == code)
            lies = planes[drawn * area :][: len(layers) * area].reshape(-1, view_size, view_size)
            own = planes[(drawn + len(layers)) * area :]
            if layers:
                amounts = np.array(layers)[:, None, None] * lies
                for shown in (infos[agent], parts):
                    assert shown["floor"] == pytest.approx(amounts, abs=1e-4)
                lying = floor_seen_by(envs["codes"], number, place, view_size)
                assert lying == pytest.approx(amounts, abs=1e-4)
            assert own == pytest.approx(
                [
                    place[0] / 8,
                    place[1] / 11,
                    marks[agent],
                    *np.divide(felt[agent], most),
                    *parts.get("field", ()),
                ]
            )
        moves = {agent: int(rng.integers(0, 5)) for agent in envs["codes"].agents}
        steps = {obs: env.step({a: moves[a] for a in env.agents}) for obs, env in envs.items()}
        seen = {obs: step[0] for obs, step in steps.items()}
        infos = steps["codes"][4]


@pytest.mark.parametrize("message", ["none", "tokens", "vector"])
@pytest.mark.parametrize("obs", ["codes", "planes", "dict"])
def test_batches_show_what_single_worlds_show(obs, message):
    settings = {**SETTINGS, "obs": obs, "message": message, "vocabulary": 3}
    batch = swarm_env.vector_env("synchronization", num_worlds=3, **settings)
    worlds = [swarm_env.parallel_env("synchronization", **settings) for _ in range(3)]
    rng = np.random.default_rng(2)
    observations, infos = batch.reset(seed=1)
    singles: list[Any] = [world.reset(seed=1 + w) for w, world in enumerate(worlds)]
    for _ in range(7):
        for w, world in enumerate(worlds):
            for a, agent in enumerate(world.possible_agents):
                slot, own, shown = 6 * w + a, singles[w][0][agent], singles[w][-1][agent]
                if obs == "dict":
                    assert observations.keys() == own.keys()
                    assert all(np.array_equal(observations[key][slot], own[key]) for key in own)
                else:
                    assert np.array_equal(observations[slot], own)
                if obs == "codes":
                    assert np.array_equal(infos["position"][slot], shown["position"])
                    assert infos["mark"][slot] == shown["mark"]
                    if message != "none":
                        assert np.array_equal(infos["heard"][slot], shown["heard"])
        moves, tokens = rng.integers(0, 6, 18), rng.integers(0, 3, 18)
        said = rng.uniform(-1, 1, (18, 4)).astype(np.float32)
        actions = {
            "none": moves,
            "tokens": np.stack([moves, tokens], axis=1),
            "vector": {"move": moves, "message": said},
        }[message]
        observations, _, _, _, infos = batch.step(actions)
        for w, world in enumerate(worlds):
            chosen = {}
            for a, agent in enumerate(world.agents):
                slot = 6 * w + a
                chosen[agent] = {
                    "none": moves[slot],
                    "tokens": [moves[slot], tokens[slot]],
                    "vector": {"move": moves[slot], "message": said[slot]},
                }[message]
            singles[w] = world.step(chosen)


@pytest.mark.parametrize("obs", ["codes", "dict"])
def test_observations_follow_layouts_and_snapshots_of_other_sizes(obs):
    # More boxes than a drawn world has.
    rows = ["WWWWWWWW", "W.B.BB.W", "WAB.B.AW", *["W......W"] * 4, "WWWWW..W"]
    env = swarm_env.parallel_env("transport", obs=obs, num_agents=2, height=8, width=8, view_size=3)
    symbols = [kind.symbol for kind in env.scenario.kinds]

    def check(observations):
        for agent, place in env.positions().items():
            seen = observations[agent] if obs == "codes" else observations[agent]["view"]
            assert [[symbols[code] for code in row] for row in seen] == window(env.grid(), place, 3)

    check(env.reset(seed=1)[0])
    drawn = env.snapshot()
    check(env.reset(seed=1, options={"layout": rows})[0])
    check(env.step(dict.fromkeys(env.agents, 2))[0])
    pictured = env.snapshot()
    for saved in (drawn, pictured, drawn):
        env.restore(saved)
        check(env.step(dict.fromkeys(env.agents, 1))[0])
        check(env.step(dict.fromkeys(env.agents, 4))[0])


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize(("view_size", "obs"), [(1, "planes"), (5, "masked"), (9, "planes")])
def test_bytes_hold_what_floats_hold(scenario, view_size, obs):
    """Planes alike; floor, row, column, mark and senses before they are divided; counts up to 255."""
    floats: Any
    whole: Any
    settings = {**SETTINGS, "view_size": view_size, "obs": obs, "message": "tokens", "num_worlds": 3}
    if swarm_env.vector_env(scenario, **settings).scenario.is_continuous:
        with pytest.raises(swarm_env.ConfigError, match="in continuous space observations are fractions"):
            swarm_env.vector_env(scenario, **settings, obs_dtype="uint8")
        return
    floats, whole = (
        swarm_env.vector_env(scenario, **settings, obs_dtype=dtype) for dtype in ("float32", "uint8")
    )
    scale = np.ones(
        whole.single_observation_space.shape or whole.single_observation_space["observation"].shape
    )
    lies = (len(whole.scenario.kinds) - 1) * view_size**2
    layers = np.repeat([layer.most for layer in whole.scenario.floor], view_size**2)
    own = lies + len(layers)
    scale[lies:own] = layers
    scale[own : own + 2] = SETTINGS["height"] - 1, SETTINGS["width"] - 1
    senses = whole.scenario.senses
    scale[own + 3 : own + 3 + len(senses)] = [sense.most for sense in senses]
    rng, nvec = np.random.default_rng(2), whole.single_action_space.nvec

    def alike(one, other):
        one, other = (seen["observation"] if obs == "masked" else seen for seen in (one, other))
        assert one.dtype == np.float32 and other.dtype == np.uint8
        one = one * scale
        one[:, lies:own] = np.floor(one[:, lies:own] + 1e-4)  # amounts on the floor need not be whole
        assert np.array_equal(np.rint(one), other)

    alike(floats.reset(seed=4)[0], whole.reset(seed=4)[0])
    for _ in range(2 * SETTINGS["max_rounds"]):
        actions = rng.integers(0, nvec, (whole.num_envs, len(nvec)))
        one, other = floats.step(actions), whole.step(actions)
        alike(one[0], other[0])
        seen = other[0]["observation"][0] if obs == "masked" else other[0][0]
        space = whole.single_observation_space
        assert (space["observation"] if obs == "masked" else space).contains(seen)
        if "final_obs" in one[4]:
            alike(one[4]["final_obs"], other[4]["final_obs"])


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"obs_dtype": "float64"}, "must be one of"),
        ({"obs_dtype": "uint8", "obs": "codes"}, "already"),
        ({"obs_dtype": "uint8", "message": "vector"}, "fractions"),
        ({"obs_dtype": "uint8", "width": 257}, "257"),
    ],
)
@pytest.mark.parametrize("make", [swarm_env.parallel_env, swarm_env.vector_env, swarm_env.gym_env])
def test_bytes_are_refused_where_they_lose_something(make, settings, word):
    with pytest.raises(swarm_env.ConfigError, match=word):
        make("foraging", **settings)
