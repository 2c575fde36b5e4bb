"""When worlds of a batch begin their next episode: in the same step, in the next one, or by `reset_mask`."""

import copy
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from gymnasium.wrappers import vector as vector_wrappers

import swarm_env
from swarm_env.errors import ConfigError
from swarm_env.registry import names
from swarm_env.training.episode_statistics import EpisodeStatistics
from tests.contract.worlds import same
from tests.envs.batches import drawn_actions, vector
from tests.rl.learners import DOOR

N, WORLDS = 6, 5
DOORS: dict[str, Any] = {"num_agents": 4, "height": 6, "width": 7, "max_rounds": 15}


def slots_of(*worlds):
    mask = np.zeros(WORLDS * N, bool)
    for w in worlds:
        mask[w * N : (w + 1) * N] = True
    return mask


@pytest.mark.parametrize("scenario", names("scenario"))
@pytest.mark.parametrize("obs", ["planes", "codes", "dict", "masked"])
def test_a_mask_resets_whole_worlds_and_touches_no_other(scenario, obs):
    env = vector(scenario, WORLDS, obs=obs, copy=True, message="tokens")
    rest = vector(scenario, WORLDS, obs=obs, copy=True, message="tokens")
    rng = np.random.default_rng(1)
    for batch in (env, rest):
        batch.reset(seed=5)
    for _ in range(4):
        actions = drawn_actions(env, rng)
        before, *_, acted = env.step(actions)
        rest.step(actions)
    digests, acted = env.digests(), acted["active"].copy()
    mask = slots_of(0, 3, 4)
    given = {"reset_mask": mask}
    observations, infos = env.reset(options=given)
    assert "reset_mask" in given, "the caller's options stay as they are"
    assert env.observation_space.contains(observations)
    after, begun = rest.reset()  # the next episode of all
    assert begun["active"].all() or env.scenario.returns, "only where agents can be away"
    for w in range(WORLDS):
        chosen = w in (0, 3, 4)
        assert env.digests()[w] == (rest.digests()[w] if chosen else digests[w])
        mine = slice(w * N, (w + 1) * N)
        assert np.array_equal(infos["active"][mine], (begun["active"] if chosen else acted)[mine])
        for part, fresh, old in zip(*map(leaves, (observations, after, before)), strict=True):
            assert np.array_equal(part[mine], (fresh if chosen else old)[mine])
    _, rewards, *_ = env.step(drawn_actions(env, rng))
    assert env.observation_space.contains(observations) and len(rewards) == WORLDS * N


def leaves(observations):
    return list(observations.values()) if isinstance(observations, dict) else [observations]


def test_a_mask_with_seeds_gives_these_worlds_their_seeds():
    env, other = vector("pursuit", WORLDS), vector("pursuit", WORLDS)
    env.reset(seed=5)
    other.reset(seed=70)
    kept = env.digests()
    env.reset(seed=70, options={"reset_mask": slots_of(1, 2)})
    fresh = other.digests()
    assert env.digests() == [kept[0], fresh[1], fresh[2], kept[3], kept[4]]


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (slots_of(1) & (np.arange(30) != 8), ["5 of the 6 slots of world 1", "6 to 11"]),
        (np.arange(30) == 29, ["1 of the 6 slots of world 4"]),
        (np.zeros(30, bool), ["no slot"]),
        (np.ones(29, bool), ["29", "30"]),
        (np.ones((5, 6), bool), ["(5, 6)"]),
        (np.ones(30, int), ["int64", "bool"]),
        ([True] * 30, ["NumPy array"]),
        ("all", ["'all'"]),
    ],
    ids=range(8),
)
def test_other_masks_are_refused_and_change_nothing(mask, words):
    env = vector("pursuit", WORLDS)
    with pytest.raises(ConfigError, match="reset_mask"):
        env.reset(options={"reset_mask": slots_of(1)})  # before the first reset
    env.reset(seed=5)
    before = env.digests()
    with pytest.raises(ConfigError) as refused:
        env.reset(options={"reset_mask": mask})
    assert all(word in str(refused.value) for word in ("reset_mask", *words)), str(refused.value)
    assert env.digests() == before


def test_a_mask_with_a_picture_starts_only_these_worlds_from_it():
    rows = ["WWWWWWWWWWWW", "W.AAAAAA...W", *["W..........W"] * 7, "WWWWWWWWWWWW"]
    env = vector("synchronization", WORLDS)
    env.reset(seed=5)
    before = env.digests()
    env.reset(options={"reset_mask": slots_of(2), "layout": rows})
    assert env.grid(2) == rows and env.digests()[:2] == before[:2] and env.digests()[3:] == before[3:]


@pytest.mark.parametrize("num_threads", [1, 2])
@pytest.mark.parametrize("scenario", [*names("scenario"), DOOR])
def test_the_modes_play_the_same_episodes(scenario, num_threads):
    """SAME_STEP and NEXT_STEP differ only in when a world begins again."""
    settings = DOORS if scenario == DOOR else {}
    make = {"num_threads": num_threads, "copy": True, **settings}
    same_step = vector(scenario, WORLDS, **make)
    next_step = vector(scenario, WORLDS, autoreset_mode=AutoresetMode.NEXT_STEP, **make)
    n = same_step.num_agents
    first, _ = same_step.reset(seed=3)
    shown, _ = next_step.reset(seed=3)
    assert np.array_equal(first, shown)
    # Each mode's steps of each world; an action is a function of world, agent and step of the world.
    table = np.random.default_rng(4).integers(0, len(same_step.scenario.actions), (60, WORLDS, n))
    episodes: list[list[list[Any]]] = [[[] for _ in range(WORLDS)] for _ in range(2)]
    for env, found in zip((same_step, next_step), episodes, strict=True):
        played, begins = [0] * WORLDS, [False] * WORLDS
        for _ in range(40):
            actions = np.stack([table[played[w], w] for w in range(WORLDS)])
            observations, rewards, terminated, truncated, infos = env.step(actions.reshape(-1))
            ended = infos.get("_final_score", np.zeros(WORLDS * n, bool))[::n]
            for w in range(WORLDS):
                mine = slice(w * n, (w + 1) * n)
                if begins[w]:
                    assert not rewards[mine].any() and not (terminated | truncated)[mine].any()
                    assert infos["active"][mine].all() or env.scenario.returns
                    assert not ended[w]
                    found[w].append((observations[mine], infos["active"][mine].copy()))
                else:
                    last = observations
                    if ended[w] and env is same_step:
                        last = infos["final_obs"]
                        assert infos["active"][mine].all() or env.scenario.returns
                    elif ended[w]:
                        assert not infos["active"][mine].any()
                    found[w].append((last[mine], rewards[mine], terminated[mine], truncated[mine]))
                    if ended[w]:
                        found[w][-1] += (infos["final_score"][mine],)
                        if env is same_step:
                            found[w].append((observations[mine], infos["active"][mine].copy()))
                    played[w] += 1
                begins[w] = bool(ended[w]) and env is next_step
    for w in range(WORLDS):
        shared = min(len(episodes[0][w]), len(episodes[1][w]))
        assert shared > 36 and same(episodes[0][w][:shared], episodes[1][w][:shared])


@pytest.mark.parametrize("mode", ["NextStep", "Disabled"])
def test_statistics_are_the_same_in_every_mode(mode):
    counted = []
    for chosen in ("SAME_STEP", mode):
        env: Any = EpisodeStatistics(
            swarm_env.vector_env(DOOR, WORLDS, autoreset_mode=chosen, **DOORS), buffer_length=10**6
        )
        env.reset(seed=2)
        found: dict[int, list[Any]] = {w: [] for w in range(WORLDS)}
        played, begins = np.zeros(WORLDS, int), np.zeros(WORLDS, bool)
        table = np.random.default_rng(4).integers(0, 6, (90, WORLDS, 4))
        for _ in range(60):
            actions = np.stack([table[played[w], w] for w in range(WORLDS)]).reshape(-1)
            played += ~begins
            *_, infos = env.step(actions)
            for slot in np.flatnonzero(infos.get("_episode", [])).tolist():
                row = (slot, infos["episode"]["l"][slot], round(infos["episode"]["r"][slot], 4))
                found[slot // 4].append(row)
            ended = infos.get("_final_score", np.zeros(WORLDS * 4, bool))
            begins = ended[::4] & (chosen == "NextStep")
            if chosen == "Disabled" and ended.any():
                env.reset(options={"reset_mask": ended})
        counted.append(found)
    for w in range(WORLDS):
        one, other = (sorted(found[w][:12]) for found in counted)
        assert len(one) == 12 and one == other


def test_a_step_after_the_end_is_refused_where_nothing_resets():
    env = vector("synchronization", WORLDS, autoreset_mode="disabled")
    assert env.metadata["autoreset_mode"] is AutoresetMode.DISABLED
    env.reset(seed=1)
    env.reset(options={"reset_mask": slots_of(0)})
    for _ in range(8):
        env.step(np.zeros(30, int))
    env.reset(options={"reset_mask": slots_of(0, 1, 2)})
    *_, infos = env.step(np.zeros(30, int))
    assert np.array_equal(infos["_final_score"], slots_of(3, 4)) and "final_obs" not in infos
    before = env.digests()
    with pytest.raises(ConfigError, match=r"\[3, 4\].*reset_mask"):
        env.step(np.zeros(30, int))
    assert env.digests() == before
    env.reset(options={"reset_mask": infos["_final_score"]})
    env.step(np.zeros(30, int))


def test_actions_of_the_step_that_resets_are_ignored():
    env = vector("synchronization", 2, autoreset_mode="NEXT_STEP", max_rounds=2)
    env.reset(seed=1)
    env.step(np.zeros(12, int))
    env.step(np.zeros(12, int))
    env.step(np.full(12, 99))
    with pytest.raises(ConfigError, match="99"):
        env.step(np.full(12, 99))


def test_observation_wrappers_of_gymnasium_work_in_the_next_step_mode():
    env = vector("pursuit", 2, autoreset_mode="NextStep", copy=True)
    wrapped: Any = vector_wrappers.NormalizeObservation(vector_wrappers.RecordEpisodeStatistics(env))
    wrapped.reset(seed=1)
    lengths: list[int] = []
    for _ in range(20):
        *_, infos = wrapped.step(np.zeros(12, int))
        lengths += infos["episode"]["l"][infos["_episode"]].tolist() if "_episode" in infos else []
    assert lengths == [9] * 24


@pytest.mark.parametrize("given", ["later", 3, None, "", AutoresetMode])
def test_other_modes_are_refused(given):
    with pytest.raises(ConfigError, match="autoreset_mode.*NEXT_STEP"):
        vector("pursuit", 2, autoreset_mode=given)


def test_modes_and_pictures_by_name():
    env: Any = gymnasium.make_vec(
        "swarm_env/pursuit-v0", num_envs=40, num_agents=4, render_mode="rgb_array", autoreset_mode="NextStep",
        height=6, width=6, view_size=3,
    )  # fmt: skip
    env.reset(seed=1)
    images = env.render()
    assert len(images) == 40 and all(image is images[0] for image in images)
    sheet = images[0]
    single = swarm_env.parallel_env(
        "pursuit", num_agents=4, height=6, width=6, view_size=3, render_mode="rgb_array"
    )
    for w in range(10):
        single.reset(seed=1 + w)
        one = single.render()
        top, left = w // 4 * one.shape[0], w % 4 * one.shape[1]
        assert np.array_equal(sheet[top : top + one.shape[0], left : left + one.shape[1]], one)
    assert sheet.shape == (3 * one.shape[0], 4 * one.shape[1], 3)
    assert copy.deepcopy(env.unwrapped).render()[0].shape == sheet.shape
    env.close()


def test_the_first_worlds_are_shown():
    env = vector("pursuit", 20, render_mode="ansi", render_worlds=2)
    env.reset(seed=1)
    (text, *_) = env.render()
    assert text.count("pursuit") == 2 and "\n".join(env.grid(1)) in text
    for wrong in (0, 17, 1.5, "all"):
        with pytest.raises(ConfigError, match="render_worlds"):
            vector("pursuit", 20, render_mode="ansi", render_worlds=wrong)
    with pytest.raises(ConfigError, match="render_mode"):
        vector("pursuit", 2).render()
    with pytest.raises(ConfigError, match="render_mode"):
        vector("pursuit", 2, render_mode="human")
