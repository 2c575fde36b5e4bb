"""What unlike agents see, and what lies on the floor, against slow plain code."""

from pathlib import Path

import numpy as np
import pytest
from swarm_env.agents.llm.prompt import Moment, Writer
from swarm_env.agents.ppo.network_input import NetworkInput

import swarm_env
from swarm_env.training.memory_features import MemoryFeatures
from tests.envs import scented

TEAMS, SCENTED = (str(Path(__file__).parent / name) for name in ("two_teams.py", "scented.py"))
MAP = ["WWWWWWWW", "W.R..B.W", "WR.RB.BW", "W......W", "WWWWWWWW"]


def seen_by(env, obs):
    """(agents, C, k, k) planes of each agent's view."""
    k = env.config.view_size
    planes = env.scenario.looks * 2 + 2
    return {a: row[: planes * k * k].reshape(planes, k, k) for a, row in obs.items()}


def test_mirrored_worlds_give_mirrored_planes():
    env = swarm_env.parallel_env(TEAMS, layout=MAP, num_agents=6)
    mirrored = [row[::-1].translate(str.maketrans("RB", "BR")) for row in MAP]
    other = swarm_env.parallel_env(TEAMS, layout=mirrored, num_agents=6)
    one, two = seen_by(env, env.reset(seed=0)[0]), seen_by(other, other.reset(seed=0)[0])
    partner = {place: a for a, place in other.positions().items()}
    for agent, (row, col) in env.positions().items():
        if agent != "agent_5" and partner[row, 7 - col] != "agent_5":  # agent 5 sees less
            assert np.array_equal(one[agent], two[partner[row, 7 - col]][:, :, ::-1])
            assert one[agent][2, 2, 2] == 1  # itself, among its own


def test_codes_and_planes_agree_and_far_cells_look_like_outside():
    codes = swarm_env.parallel_env(TEAMS, layout=MAP, num_agents=6, obs="codes")
    planes = swarm_env.parallel_env(TEAMS, layout=MAP, num_agents=6)
    views, seen = codes.reset(seed=0)[0], seen_by(planes, planes.reset(seed=0)[0])
    for agent, view in views.items():
        for code in range(1, 5):
            assert np.array_equal(seen[agent][code - 1], view == code)
    inner = views["agent_5"].copy()
    assert (inner == 1).sum() == 16  # the rim of 5 x 5
    whole = [codes.config.view_size // 2] * 2
    assert inner[1:4, 1:4].min() == 0 and inner[whole[0], whole[1]] == 3


def test_texts_tell_friend_from_foe():
    env = swarm_env.parallel_env(TEAMS, layout=MAP, num_agents=6)
    env.reset(seed=0)
    brief, perceptions = env.brief(), env.perceptions()
    assert brief.teams["agent_5"] == "blue"
    assert perceptions[0].view[2] == ("W", ".", "R0", ".", ".")
    assert {cell for row in perceptions[5].view for cell in row} <= {"*", ".", "W", "B3", "B4", "B5"}
    text = "\n".join(text for _, text in Writer(brief).write([Moment(perceptions[3])]))
    assert "You are of team blue; its agents are shown as B and their number." in text
    assert "R7 = red agent (number 7)" in text and "B4" in text and "play against each other" in text


@pytest.mark.parametrize("game", [TEAMS, SCENTED])
def test_perceptions_hold_what_planes_hold(game):
    batch = swarm_env.vector_env(game, num_agents=6)
    observations, _ = batch.reset(seed=3)
    env = swarm_env.parallel_env(game, num_agents=6)
    env.reset(seed=3)
    layout, rng = MemoryFeatures.of(batch).layout, np.random.default_rng(0)
    reader = NetworkInput(env.brief(), layout, ())
    for _ in range(5):
        for perception, row in zip(env.perceptions(), observations, strict=True):
            assert np.allclose(reader.observation(perception), row, atol=1e-6)
        moves = rng.integers(0, 5, 6)
        env.step({f"agent_{a}": int(move) for a, move in enumerate(moves)})
        observations = batch.step(moves)[0]


def plain_diffuse(floor, walls):
    """One round of scent in plain Python: (height, width) amounts."""
    height, width = floor.shape
    new = np.zeros_like(floor)
    for i in range(height):
        for j in range(width):
            if walls[i, j]:
                continue
            near = [(i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)]
            for y, x in near:
                inside = 0 <= y < height and 0 <= x < width and not walls[y, x]
                new[(y, x) if inside else (i, j)] += scented.SPREAD / 4 * floor[i, j]
            new[i, j] += (1 - scented.SPREAD) * floor[i, j]
    new *= scented.KEEP
    return np.where(new < scented.LEAST, 0.0, new)


def test_scent_spreads_and_fades_as_written_down():
    env = swarm_env.parallel_env(SCENTED, num_agents=3, obs="dict", height=7, width=9)
    observations, _ = env.reset(seed=1)
    walls = np.array([list(row) for row in env.grid()]) == "W"
    floor, rng = np.zeros(walls.shape), np.random.default_rng(1)
    for _ in range(25):
        before = {(row, col) for row, col in np.argwhere(apples(env) > 0).tolist()}
        score = env.score
        observations, *_ = env.step({a: int(rng.integers(0, 5)) for a in env.agents})
        places = list(env.positions().values())
        assert env.score - score == len(before & set(places))  # who stands on an apple eats it
        for place in places:
            floor[place] = min(floor[place] + 1, scented.MOST)
        floor = plain_diffuse(floor, walls)
        assert np.allclose(env.frame().floor[scented.SCENT], floor, atol=1e-5)
        for agent, (row, col) in env.positions().items():
            view, sight = observations[agent]["floor"][scented.SCENT], 1 if agent == "agent_0" else 2
            padded = np.pad(floor, 3)[row + 1 : row + 6, col + 1 : col + 6].copy()
            far = np.maximum.outer(abs(np.arange(-2, 3)), abs(np.arange(-2, 3))) > sight
            padded[far] = 0
            assert np.allclose(view, padded, atol=1e-5)
            assert env.observation_space(agent).contains(observations[agent])


def apples(env):
    return env.frame().floor[scented.APPLE]


def test_pushes_do_not_know_the_floor_and_maps_hold_it():
    rows = ["WWWWWW", "WAAo.W", "WWWWWW"]
    env = swarm_env.parallel_env(SCENTED, layout=rows)
    env.reset(seed=0)
    assert env.grid() == rows
    env.step({"agent_0": 4, "agent_1": 0})  # pushes the other onto the apple
    assert env.positions() == {"agent_0": (1, 2), "agent_1": (1, 3)} and env.score == 1
    env.step({"agent_0": 0, "agent_1": 0})
    assert env.grid() == ["WWWWWW", "WsAAsW", "WWWWWW"]
    assert env.perceptions()[1].view[2] == ("s1", "0", "1", "s1", "W")


def test_the_floor_is_in_snapshots_digests_and_states():
    env = swarm_env.parallel_env(SCENTED, num_agents=4)
    env.reset(seed=5)
    env.step(dict.fromkeys(env.agents, 1))
    saved, digest, state = env.snapshot(), env.digest(), env.state()
    later = [env.step(dict.fromkeys(env.agents, 2))[0]["agent_1"].tobytes() for _ in range(3)]
    env.restore(saved)
    assert env.digest() == digest and np.array_equal(env.state(), state)
    assert later == [env.step(dict.fromkeys(env.agents, 2))[0]["agent_1"].tobytes() for _ in range(3)]
    env._world.arrays.floor[0, 1, 40] += 0.5
    assert env.digest() != digest
    batch = swarm_env.vector_env(SCENTED, num_worlds=2, num_agents=4, max_rounds=2, obs="dict")
    batch.reset(seed=5)
    last = [batch.step(np.full(8, move)) for move in (1, 2)][-1]
    env.restore(saved)
    assert last[4]["final_obs"]["floor"].shape == (8, 2, 5, 5) and last[4]["final_obs"]["floor"].any()
