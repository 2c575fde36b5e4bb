"""Continuous space at the APIs: numbers as actions, what agents perceive, messages that wrap around."""

import copy
import math
import warnings
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.utils.env_checker import check_env

import swarm_env
from swarm_env.agent import Decision
from swarm_env.errors import ConfigError, ContractError
from swarm_env.playing.team import TeamEntry
from swarm_env.runs.verify import verify

with warnings.catch_warnings():  # its import warns
    warnings.simplefilter("ignore")
    from pettingzoo.test import parallel_api_test

SMALL: dict[str, Any] = {"num_agents": 6, "height": 3, "width": 4, "max_rounds": 12}
KINDS = ("none", "tokens", "vector", "text")
CHANNELS: list[dict[str, Any]] = [{"message": kind} if kind != "none" else {} for kind in KINDS]
CELL, UNIT = 2**14, 2.0**15


@pytest.mark.parametrize("channel", CHANNELS, ids=KINDS)
@pytest.mark.parametrize("name", ["vicsek", "aggregation"])
def test_numbers_are_actions_of_pettingzoo(name, channel):
    env = swarm_env.parallel_env(name, action="box", obs="dict", **SMALL, **channel)
    parallel_api_test(env, num_cycles=15)
    space = env.action_space("agent_0")
    box = space if isinstance(space, spaces.Box) else space["move"]
    assert box.shape == ((1,) if name == "vicsek" else (2,)) and box.dtype == np.float32
    if not channel:
        turns = swarm_env.env(name, action="box", **SMALL)
        turns.reset(seed=1)
        for agent in turns.agent_iter(20):
            *_, terminated, truncated, _ = turns.last()
            turns.step(None if terminated or truncated else turns.action_space(agent).sample())


@pytest.mark.parametrize("others", ["scripted", "random"])
def test_numbers_are_actions_of_gymnasium(others):
    env = swarm_env.gym_env("aggregation", others, action="box", **SMALL)
    check_env(env, skip_render_check=True)
    assert env.action_space == spaces.Box(-1.0, 1.0, (2,), np.float32)


@pytest.mark.parametrize("channel", CHANNELS[:3], ids=KINDS[:3])
def test_all_apis_play_the_same_numbers(channel):
    settings = {**SMALL, **channel, "action": "box", "obs": "codes"}
    many = swarm_env.vector_env("vicsek", num_worlds=3, **settings)
    one = swarm_env.parallel_env("vicsek", **settings)
    many.reset(seed=4)
    _, infos = one.reset(seed=5)
    many.action_space.seed(1)
    for _ in range(5):
        actions = many.action_space.sample()
        many.step(actions)
        row = slice(6, 12)
        if channel:
            each = [{key: part[a] for key, part in actions.items()} for a in range(6, 12)]
        else:
            each = list(actions[row])
        _, _, _, _, infos = one.step(dict(zip(one.agents, each, strict=True)))
        assert many.digests()[1] == one.digest()
    assert infos["agent_0"]["field"].shape == (39,)


def test_numbers_turn_by_their_share():
    env = swarm_env.vector_env("vicsek", num_agents=5, action="box", noise=0.0, turn=0.8, speed=0.0)
    env.reset(seed=1)
    before = env.worlds.arrays.heading[0].astype(float)
    numbers = np.array([[0.0], [0.25], [-1.0], [1.0], [-0.5]])
    env.step(numbers)
    now = env.worlds.arrays.heading[0].astype(float)
    turned = np.angle((now[:, 1] - 1j * now[:, 0]) / (before[:, 1] - 1j * before[:, 0]))
    assert turned == pytest.approx(0.8 * numbers[:, 0], abs=1e-4)


@pytest.mark.parametrize("wrong", [[2.0], [math.nan], [0.1, 0.2], 0, "1", [], {"move": [0.0]}])
def test_wrong_numbers_are_refused_and_change_nothing(wrong):
    env = swarm_env.parallel_env("vicsek", action="box", **SMALL)
    env.reset(seed=1)
    digest = env.digest()
    with pytest.raises(ConfigError, match="agent_3: .*1 number from -1 to 1"):
        env.step({**{a: np.zeros(1) for a in env.agents}, "agent_3": wrong})
    many = swarm_env.vector_env("vicsek", num_worlds=2, action="box", **SMALL)
    many.reset(seed=1)
    for actions in (np.zeros(12), np.full((12, 1), 1.5), np.zeros((12, 2)), np.zeros((12, 1), str)):
        with pytest.raises(ConfigError, match="1 number from -1 to 1"):
            many.step(actions)
    assert env.digest() == digest


class Wobbler:
    """Chooses numbers, moves, and now and then nothing that can be."""

    def __init__(self, drive: Any = None) -> None:
        self._drive, self._rounds = drive, 0

    def reset(self, brief, agents, seed):
        assert brief.drives == ("turn", "speed") and brief.field == ("histogram", 2, 8)

    def decide(self, perceptions):
        self._rounds += 1
        assert all(len(one.field) == 39 for one in perceptions)
        drive = ((self._rounds % 7) / 7.0, 0.3) if self._drive is None else self._drive
        return [Decision(0, drive=drive) if a % 2 else Decision(a % 6) for a in range(len(perceptions))]


def test_runs_record_numbers_and_verify(tmp_path):
    team = [TeamEntry("wobbler", 6, Wobbler)]
    result = swarm_env.play("aggregation", team, seed=1, action="box", out=tmp_path / "run", **SMALL)
    (verdict,) = verify(tmp_path / "run", trust_code=True)
    assert verdict.agrees and verdict.rounds == 12 == result.rounds, str(verdict)
    lines = (tmp_path / "run" / "rounds.jsonl").read_text().splitlines()
    assert '"drives":[[0.0,1.0],[0.1428571492433548,0.30000001192092896],[-0.5,1.0]' in lines[0]
    (tmp_path / "run" / "rounds.jsonl").write_text(
        "\n".join([lines[0].replace("0.1428", "0.2428"), *lines[1:]])
    )
    (verdict,) = verify(tmp_path / "run", trust_code=True)
    assert verdict.difference is not None


def test_decisions_are_checked():
    turns, box = (swarm_env.parallel_env("vicsek", action=kind, **SMALL) for kind in ("turns", "box"))
    assert box.channel.check(Decision(1)).drive == (0.5,)
    assert box.channel.check(Decision(0, drive=(0.1,))).drive == (float(np.float32(0.1)),)
    for env, decision in (
        (turns, Decision(0, drive=(0.1,))),
        (box, Decision(0, drive=(1.1,))),
        (box, Decision(9)),
    ):
        with pytest.raises(ContractError):
            env.channel.check(decision)


@pytest.mark.parametrize(
    "setting", [{"action": "box"}, {"field": "kernels"}, {"field_rings": 3}, {"field_sectors": 4}]
)
def test_grids_refuse_settings_of_continuous_space(setting):
    with pytest.raises(ConfigError, match="is on a grid"):
        swarm_env.parallel_env("pursuit", **setting)


def test_flat_actions_and_bytes_are_refused():
    with pytest.raises(ConfigError, match="flat_actions"):
        swarm_env.parallel_env("vicsek", action="box", message="vector", flat_actions=True)
    with pytest.raises(ConfigError, match="obs_dtype"):
        swarm_env.vector_env("vicsek", obs_dtype="uint8")
    assert swarm_env.parallel_env("vicsek", action="box", flat_actions=True).action_space(
        "agent_0"
    ).shape == (1,)


def others_of(arrays, sides, wraps, a):
    """Ways from agent `a` to the others near it, ahead and to the left [cells], and their turns (n, 2)."""
    at = arrays.place[0].astype(np.int64) * np.array(sides) >> 18
    away, whole = at - at[a], np.array(sides) * CELL
    if wraps:
        away = np.where(2 * away > whole, away - whole, np.where(2 * away < -whole, away + whole, away))
    near = ((away**2).sum(axis=1) <= CELL**2) & (np.arange(len(at)) != a)
    frame = arrays.heading[0, a] / UNIT
    left = np.array([-frame[1], frame[0]])
    turned = [(v @ frame, v @ left) for v in arrays.heading[0, near] / UNIT]
    return away[near] / CELL @ np.stack([frame, left], 1), np.array(turned).reshape(-1, 2)


def tables_of(ways, turned, kind, rings, sectors):
    """The two tables of `field`, in real numbers."""
    found = []
    middles = 2 * np.pi * np.arange(sectors) / sectors
    for vectors in (turned, ways):
        distance, angles = np.hypot(*ways.T), np.arctan2(vectors[:, 1], vectors[:, 0])
        off = (angles[:, None] - middles + np.pi) % (2 * np.pi) - np.pi
        if kind == "histogram":
            ring = np.clip(np.ceil(distance * rings).astype(int) - 1, 0, rings - 1)
            table = np.zeros((rings, sectors))
            np.add.at(table, (ring, np.abs(off).argmin(axis=1)), 1.0)
        else:
            sharp = (sectors / (2 * np.pi)) ** 2
            far = np.exp(-(((distance[:, None] * rings - np.arange(rings) - 0.5) * 2) ** 2) / 2)
            table = far.T @ np.exp(sharp * (np.cos(off) - 1))
        found.append(table.ravel() / max(len(ways), 1))
    return np.concatenate(found)


@pytest.mark.parametrize("kind", ["moments", "histogram", "kernels"])
@pytest.mark.parametrize(("name", "sides"), [("vicsek", (4, 5)), ("vicsek", (1, 2)), ("aggregation", (4, 3))])
def test_agents_perceive_those_near_in_their_own_frame(name, sides, kind):
    height, width = sides
    env = swarm_env.vector_env(
        name, num_agents=24, height=height, width=width, field=kind, field_rings=3, field_sectors=5, noise=0.5
    )
    env.reset(seed=2)
    for _ in range(2):
        seen, *_ = env.step(np.arange(24) % 5)
        arrays = env.worlds.arrays
        assert np.array_equal(seen[:, 3:], arrays.field[0]) and env.observation_space.contains(seen)
        for a in range(24):
            ways, turned = others_of(arrays, sides, name == "vicsek", a)
            n = len(ways)
            means = [turned.mean(axis=0), ways.mean(axis=0)] if n else [np.zeros(2)] * 2
            wanted = np.concatenate([arrays.heading[0, a] / UNIT, [n / (n + 8)], *means])
            assert arrays.field[0, a, :7] == pytest.approx(wanted, abs=1e-3)
            if kind != "moments":
                tables = tables_of(ways, turned, kind, 3, 5)
                off = np.abs(arrays.field[0, a, 7:] - tables)
                assert off.max() < 1e-3 or (kind == "histogram" and (off > 1e-3).sum() <= 2), a  # on an edge


@pytest.mark.parametrize("wraps", [True, False])
@pytest.mark.parametrize(
    "more",
    [{}, {"message_loss": 1e-12}, {"heard": "slots", "heard_slots": 40}, {"message_delay": (1, 1)}],
    ids=["sums", "each", "slots", "late"],
)
def test_messages_wrap_at_the_edge_of_a_torus(wraps, more):
    name, n, height, width, reach = "vicsek" if wraps else "aggregation", 40, 5, 7, 1
    env = swarm_env.vector_env(
        name, num_agents=n, height=height, width=width, message="tokens", vocabulary=4, message_range=reach,
        obs="codes", speed=0.0, **more,
    )  # fmt: skip
    env.reset(seed=3)
    for _ in range(2):  # a message may be late
        *_, infos = env.step(np.stack([np.zeros(n, int), np.arange(n) % 4], 1))
    at = env.worlds.arrays.position[0]
    away = np.abs(at[:, None] - at[None])
    if wraps:
        away = np.minimum(away, [height, width] - away)
    hears = (away <= reach).all(axis=2) & ~np.eye(n, dtype=bool)
    wanted = hears.astype(int) @ np.eye(4, dtype=int)[np.arange(n) % 4]
    wanted[:, 0] = 0
    heard = infos["heard"]
    if more.get("heard") == "slots":
        slots = heard.reshape(n, 40, -1)
        assert np.array_equal(slots[:, :, 4:].sum(axis=1), wanted)
        assert np.abs(slots[:, :, 1] * (height - 1)).max() <= reach
    else:
        assert np.array_equal(heard, wanted)


@pytest.mark.slow
def test_counts_of_more_than_65535_in_shared_cells_are_right():
    n = 70_000
    env = swarm_env.vector_env(
        "vicsek", num_agents=n, height=1, width=1, message="tokens", vocabulary=3, message_range=0, law=1,
        obs="codes", view_size=1,
    )  # fmt: skip
    env.reset(seed=1)
    said = np.where(np.arange(n) < 69_990, 1, 2)
    *_, infos = env.step(np.stack([np.zeros(n, int), said], 1))
    assert infos["heard"][0].tolist() == [0, 69_989, 10] and infos["heard"][-1].tolist() == [0, 69_990, 9]


def test_all_in_one_cell_are_heard_as_edges():
    env = swarm_env.vector_env(
        "vicsek", num_agents=30, height=1, width=1, message="tokens", message_range=0, info_hears="edges"
    )
    env.reset(seed=1)
    *_, infos = env.step(np.stack([np.zeros(30, int), np.ones(30, int)], 1))
    assert len(infos["hears"]) == 30 * 29
    with pytest.raises(ConfigError, match="too many"):
        swarm_env.vector_env("vicsek", num_agents=10**5, message="tokens", info_hears="edges")


def test_presence_wraps_and_texts_do():
    env = swarm_env.parallel_env(
        "vicsek", num_agents=2, height=3, width=9, message="text", message_range=1, sense_presence=True,
        speed=0.0, obs="dict",
    )  # fmt: skip
    seen, _ = env.reset(seed=1, options={"layout": ["A.......A", ".........", "........."]})
    assert seen["agent_0"]["sense"].tolist() == [1]
    *_, infos = env.step({"agent_0": {"move": 0, "message": "hi"}, "agent_1": {"move": 0, "message": ""}})
    assert infos["agent_1"]["heard"] == ("hi",)


def test_snapshots_and_copies_keep_what_agents_perceive():
    env = swarm_env.vector_env("couzin", num_worlds=2, num_agents=6, action="box")
    seen, _ = env.reset(seed=1)
    kept = env.snapshot()
    numbers = np.full((12, 1), 0.3, np.float32)
    first = env.step(numbers)[0].copy()
    env.restore(kept)
    assert np.array_equal(env.step(numbers)[0], first)
    forked = env.fork()
    assert np.array_equal(forked.worlds.arrays.field[0], forked.worlds.arrays.field[1])
    single = swarm_env.parallel_env("couzin", num_agents=3, action="box")
    single.reset(seed=1)
    assert copy.deepcopy(single).digest() == single.digest()


def test_several_agents_start_in_one_cell():
    env = swarm_env.parallel_env("vicsek", num_agents=3, height=2, width=4, obs="dict")
    places = [(0, 0), (0, 2), (0, 0)]
    seen, _ = env.reset(seed=1, options={"layout": ["A.A.", "...."], "agents": places})
    for wrong in ([(0, 0), (0, 0)], [(0, 0), (0, 0), (0, 0)], [(0, 0), (0, 2), (1, 1)]):
        with pytest.raises(ConfigError, match="agents: give the cell of each of the 3 agents"):
            env.reset(seed=1, options={"layout": ["A.A.", "...."], "agents": wrong})
    assert [seen[a]["position"].tolist() for a in env.agents] == [[0, 0], [0, 2], [0, 0]]
