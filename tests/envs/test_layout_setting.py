"""The setting `layout`: maps of every episode, in every API, in text files, and in run folders."""

import json
import random
import subprocess
import sys
from typing import Any

import gymnasium
import numpy as np
import pytest

import swarm_env
from swarm_env.engine.settings.map_text import read_maps
from swarm_env.errors import ConfigError, ContractError, RunError
from swarm_env.runs.files import RUN_FILE, read_run
from swarm_env.runs.verify import verify_one
from tests.scenarios.pictures import random_picture

A = ["WWWWWW", "W.A..W", "WAP..W", "W.A..W", "W....W", "WWWWWW"]
B = ["WWWWWW", "W.A..W", "WA...W", "W.A..W", "W...PW", "WWWWWW"]
C = ["WWWWWW", "WA.A.W", "W....W", "W.A..W", "W.P..W", "WWWWWW"]
SYMBOLS = {".": "free cell", "W": "wall", "A": "agent", "P": "prey"}


def boxes(seed, episode):
    """A map for transport, with another number of boxes of other sizes each time."""
    rng = random.Random(100 * seed + episode)
    rows = [list("W......W") for _ in range(8)]
    for _ in range(rng.randint(0, 5)):
        i, j = rng.randrange(7), rng.randrange(1, 6)
        for y, x in ((i, j), (i + 1, j), (i, j + 1))[: rng.randint(1, 3)]:
            rows[y][x] = "B"
    for i, j in rng.sample([(i, j) for i in range(8) for j in range(8) if rows[i][j] == "."], 2):
        rows[i][j] = "A"
    return ["".join(row) for row in rows]


def walk(env, moves):
    """Play a world with one move for all, agents and rounds as they come; yields its map and digest."""
    for move in moves:
        if not env.agents:
            env.reset()
        else:
            env.step(dict.fromkeys(env.agents, move))
        yield env.grid(), env.digest()


@pytest.mark.parametrize("scenario", ["pursuit", "transport", "foraging", "synchronization", "audit"])
def test_a_map_plays_the_same_as_a_setting_and_as_a_reset_option(scenario):
    for seed in range(6):
        drawn = random_picture(scenario, seed)
        settings: dict[str, Any] = {"num_agents": len(drawn.agents), "max_rounds": 8}
        one = swarm_env.parallel_env(scenario, layout=drawn.rows, **settings)
        other = swarm_env.parallel_env(scenario, height=len(drawn.rows), width=len(drawn.rows[0]), **settings)
        one.reset(seed=seed)
        other.reset(seed=seed, options={"layout": drawn.rows})
        assert one.grid() == other.grid() and one.digest() == other.digest()
        for _ in range(6):
            if one.agents:
                one.step(dict.fromkeys(one.agents, 1 + seed % 4))
                other.step(dict.fromkeys(other.agents, 1 + seed % 4))
                assert one.digest() == other.digest()


def test_a_layout_gives_the_sizes_that_are_not_given():
    env = swarm_env.parallel_env("pursuit", layout=A)
    assert (env.config.height, env.config.width, env.config.num_agents) == (6, 6, 3)
    with pytest.raises(ConfigError, match="num_agents"):
        swarm_env.parallel_env("pursuit", layout=A, num_agents=4)


@pytest.mark.parametrize("layout", [[A, B, C], "\n\n".join("\n".join(rows) for rows in (A, B, C))])
def test_several_maps_take_turns_by_seed_and_episode_in_every_world(layout):
    vec = swarm_env.vector_env("pursuit", num_worlds=4, layout=layout, max_rounds=2)
    vec.reset(seed=5)
    alone = [swarm_env.parallel_env("pursuit", layout=layout, max_rounds=2) for _ in range(4)]
    for w, env in enumerate(alone):
        env.reset(seed=5 + w)
    for round_ in range(7):
        for w, env in enumerate(alone):
            assert vec.grid(w) == env.grid() and vec.digests()[w] == env.digest()
            if round_ % 2 == 0:
                assert vec.grid(w) == (A, B, C)[(5 + w + round_ // 2) % 3]
            env.step(dict.fromkeys(env.agents, 4))
            if env.done:
                env.reset()
        vec.step(np.full(12, 4))


@pytest.mark.parametrize("threads", [1, 2])
def test_a_function_draws_the_maps_of_all_episodes(threads):
    settings: dict[str, Any] = {"num_agents": 2, "height": 8, "width": 8, "max_rounds": 3, "layout": boxes}
    vec = swarm_env.vector_env("transport", num_worlds=3, num_threads=threads, **settings)
    vec.reset(seed=2)
    alone = [swarm_env.parallel_env("transport", **settings) for _ in range(3)]
    for w, env in enumerate(alone):
        env.reset(seed=2 + w)
        assert env.grid() == boxes(2 + w, 0) == vec.grid(w)
    saved: Any = None
    grids = []
    for round_ in range(14):
        if round_ == 4:
            saved = vec.snapshot()
        for env in alone:
            env.step(dict.fromkeys(env.agents, 1 + round_ % 4))
            if env.done:
                env.reset()
        vec.step(np.full(6, 1 + round_ % 4))
        assert [vec.grid(w) for w in range(3)] == [env.grid() for env in alone]
        assert vec.digests() == [env.digest() for env in alone]
        grids.append([vec.grid(w) for w in range(3)])
    vec.restore(saved)
    for round_ in range(4, 14):
        vec.step(np.full(6, 1 + round_ % 4))
        assert [vec.grid(w) for w in range(3)] == grids[round_]


def test_a_function_of_the_seed_alone_gives_a_world_one_map():
    settings: dict[str, Any] = {"num_agents": 3, "height": 6, "width": 6, "max_rounds": 1}
    vec = swarm_env.vector_env("pursuit", num_worlds=2, layout=lambda seed: (A, B)[seed % 2], **settings)
    vec.reset(seed=0)
    for _ in range(3):
        assert [vec.grid(0), vec.grid(1)] == [A, B]
        vec.step(np.zeros(6, int))


def test_only_the_episode_goes_to_a_second_argument_of_a_layout_function():
    calls = []

    def sized(seed, side=6):
        calls.append(side)
        return A

    def numbered(seed=0, episode=0):
        calls.append(episode)
        return A

    settings: dict[str, Any] = {"num_agents": 3, "height": 6, "width": 6}
    for function in (sized, numbered):
        env = swarm_env.parallel_env("pursuit", layout=function, **settings)
        env.reset(seed=1)
        env.reset()
    assert set(calls[: calls.index(0)]) == {6} and 1 in calls
    for wrong in (lambda: A, lambda seed, episode, more: A, lambda *, seed: A):
        with pytest.raises(ContractError, match=r"must take \(seed\) or \(seed, episode\)"):
            swarm_env.parallel_env("pursuit", layout=wrong, **settings)


def test_a_function_that_draws_no_map_changes_nothing():
    env = swarm_env.parallel_env(
        "pursuit", layout=lambda seed: A if seed < 5 else ["X"], num_agents=3, height=6, width=6
    )
    env.reset(seed=1)
    before = env.digest()
    with pytest.raises(ConfigError, match="'X'"):
        env.reset(seed=9)
    assert env.digest() == before and env.round == 0


def test_each_world_can_start_its_next_episode_from_a_map_of_its_own():
    vec = swarm_env.vector_env("pursuit", num_worlds=3, layout=A, max_rounds=1)
    vec.reset(seed=0, options={"layout": [C, None, B]})
    assert [vec.grid(w) for w in range(3)] == [C, A, B]
    vec.step(np.zeros(9, int))
    assert [vec.grid(w) for w in range(3)] == [A, A, A]
    before = vec.digests()
    for wrong in ([A, B], [A, B, C, A], [A, None, ["WW"]], [A, 3, B], [A, B, ["X" * 6] * 6]):
        with pytest.raises(ConfigError, match="layout"):
            vec.reset(seed=1, options={"layout": wrong})
    with pytest.raises(ConfigError, match="agents"):
        vec.reset(options={"layout": [A, B, C], "agents": [(1, 2), (2, 1), (3, 2)]})
    assert vec.digests() == before


def test_every_api_takes_a_layout():
    single: Any = gymnasium.make("swarm_env/pursuit-v0", others="random", layout=A)
    worlds: list[Any] = [
        swarm_env.gym_env("pursuit", others="random", layout=A).parallel,
        swarm_env.prompt_env("pursuit", layout=A).world,
        single.unwrapped.parallel,
        swarm_env.env("pursuit", layout=A).unwrapped,
    ]
    for world in worlds:
        world.reset(seed=1)
        assert world.grid() == A
    batch: Any = gymnasium.make_vec("swarm_env/pursuit-v0", num_envs=6, layout=[A, B])  # of 3 agents each
    batch.reset(seed=0)
    assert [batch.unwrapped.grid(w) for w in range(2)] == [A, B]


# Texts and files.


def test_a_file_holds_maps_between_blank_lines(tmp_path):
    file = tmp_path / "maps.txt"
    file.write_text("; two maps\n\n" + "\n".join(A) + "\n\n  \n; the second\n" + "\n".join(B) + "  \n")
    for layout in (file, str(file)):
        assert swarm_env.parallel_env("pursuit", layout=layout).config.layout == (tuple(A), tuple(B))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("WWW\nWXW\nWWW", ["'X'", "line 2, column 2"]),
        ("WWW\n\nW.W\n; no\nWA?", ["'?'", "line 5, column 3"]),
        ("WWW\nWW\n", ["line 2", "2 cells", "3"]),
        ("WWW\nW\u202eW", ["\\u202e", "line 2"]),
        ("WWW\nW W", ["' '", "line 2, column 2"]),
        ("\n; nothing\n", ["at least one map"]),
        ("nothing.txt", ["no such file"]),
    ],
)
def test_bad_texts_are_refused_with_line_and_column(text, words):
    with pytest.raises(ConfigError) as refused:
        swarm_env.parallel_env("pursuit", layout=text)
    assert all(word in str(refused.value) for word in words), refused.value


@pytest.mark.parametrize(
    "layout", [[], [[]], [None], [A, None], [A, B[:-1]], 7, {}, [A, [A]], b"WW", [["WW", 3]]]
)
def test_bad_settings_are_refused(layout):
    with pytest.raises(ConfigError, match="layout"):
        swarm_env.parallel_env("pursuit", layout=layout)


def test_any_text_is_read_or_refused():
    rng = random.Random(3)
    for _ in range(300):
        text = "".join(rng.choice("W.AP\n\n ;X\t\x00é") for _ in range(rng.randint(0, 40)))
        try:
            maps = read_maps(text, SYMBOLS, "pursuit")
        except ConfigError:
            continue
        assert all(rows is not None and set("".join(rows)) <= set(SYMBOLS) for rows in maps)


def test_arrays_of_symbols_and_of_rows_are_maps():
    expected = swarm_env.parallel_env("pursuit", layout=A).config
    for layout in (np.array(A), np.array([list(row) for row in A]), [list(row) for row in A], [A]):
        assert swarm_env.parallel_env("pursuit", layout=layout).config == expected


# Runs.


def test_a_run_keeps_its_maps_with_their_digest(tmp_path):
    for seed, rows in enumerate((A, B)):
        swarm_env.play("pursuit", "random", seed=seed, out=tmp_path / f"{seed}", layout=[A, B], max_rounds=4)
        info = read_run(tmp_path / f"{seed}").info
        assert info.config["layout"] == [A, B] and info.layout_digest
        env = swarm_env.parallel_env("pursuit", **{k: info.config[k] for k in ("layout", "max_rounds")})
        env.reset(seed=seed)
        assert env.grid() == rows and env.digest() == info.digest
        assert verify_one(tmp_path / f"{seed}").agrees
    file = tmp_path / "1" / RUN_FILE
    file.write_text(file.read_text().replace("W...PW", "W..P.W"))
    with pytest.raises(RunError, match="layout_digest"):
        read_run(tmp_path / "1")


def test_a_recorded_layout_names_no_file(tmp_path):
    swarm_env.play("pursuit", "random", seed=1, out=tmp_path / "run", layout=A, max_rounds=1)
    file, secret = tmp_path / "run" / RUN_FILE, tmp_path / "secret.txt"
    secret.write_text("hush\n")
    written = json.loads(file.read_text())
    written["config"]["layout"], written["layout_digest"] = str(secret), None
    file.write_text(json.dumps(written))
    verdict = verify_one(tmp_path / "run")
    assert verdict.error and "list of maps" in verdict.error and "'h'" not in verdict.error


def test_a_run_keeps_the_map_that_a_function_drew(tmp_path):
    settings: dict[str, Any] = {"num_agents": 2, "height": 8, "width": 8, "max_rounds": 4}
    swarm_env.play("transport", "random", seed=7, out=tmp_path / "run", layout=boxes, **settings)
    info = read_run(tmp_path / "run").info
    assert info.config["layout"] == [boxes(7, 0)] and info.functions == {"layout": f"{__name__}:boxes"}
    assert verify_one(tmp_path / "run").agrees


@pytest.mark.slow
def test_the_command_line_and_a_bench_take_maps(tmp_path):
    (tmp_path / "maps.txt").write_text("\n".join(A) + "\n\n" + "\n".join(B))
    (tmp_path / "maps.py").write_text(f"def mazes(seed):\n    return {B!r}\n")
    (tmp_path / "run.toml").write_text('scenario = "pursuit"\nlayout = "maps.txt"\nmax_rounds = 3\n')
    (tmp_path / "bench.toml").write_text(
        'scenarios = ["pursuit"]\nteams = ["random"]\nseeds = 2\nout = "bench"\n'
        '[settings.drawn]\nlayout = "maps.txt"\nmax_rounds = 3\n'
    )

    def swarm(*words):
        done = subprocess.run(
            [sys.executable, "-m", "swarm_env", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    small = ["--size", "6", "-n", "3", "-r", "3", "--quiet"]
    assert swarm("run", "pursuit", "--layout", "maps.txt", "-r", "3", "-s", "1", "-q", "-o", "a")[0] == 0
    assert swarm("run", "pursuit", "--layout", "maps.py:mazes", *small, "-o", "b")[0] == 0
    assert swarm("run", "--config", "run.toml", "-s", "1", "-q", "-o", "c")[0] == 0
    assert swarm("run", "--from", "a", "--round", "1", "--agents", "random", "-q", "-o", "d")[0] == 0
    assert swarm("bench", "bench.toml", "--quiet")[0] == 0
    assert swarm("verify", "a", "b", "c", "d", "bench")[0] == 0
    code, said = swarm("score", "a", "c", "bench")
    assert code == 0 and said.count("picture") == 1  # one world
    for file, words in (
        ("maps.txt", "line 9, column 1"),
        ("none.txt", "cannot be read"),
        ("maps.py:no", "no"),
    ):
        (tmp_path / "maps.txt").write_text("\n".join(A) + "\n\n\nXX")
        code, said = swarm("run", "pursuit", "--layout", file, *small)
        assert code == 2 and words in said and "Traceback" not in said, said


# Reset options.


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("layouts", "Did you mean 'layout'"),
        ("Layout", "Did you mean 'layout'"),
        ("agent", "Did you mean 'agents'"),
        ("respawn", "Did you mean 'respawns'"),
        ("snap_shot", "Did you mean 'snapshot'"),
        ("swarm_teams", "Known: layout"),
    ],
)
def test_misspelt_reset_options_are_refused(name, hint):
    for env in (swarm_env.parallel_env("pursuit", layout=A), swarm_env.vector_env("pursuit", layout=A)):
        env.reset(seed=1)
        with pytest.raises(ConfigError, match=hint):
            env.reset(seed=2, options={name: A})


def test_reset_options_of_others_are_ignored():
    env = swarm_env.parallel_env("pursuit", layout=A)
    env.reset(seed=1, options={"options": 1, "render": True, "maze": 3})
    assert env.grid() == A
