"""What hostile input is given to. Each target draws an input from a seed and tries it.

`run` raises only what a crash raises: a refusal by an error of this package is a pass. Where an environment
refuses something, its state must not have changed.
"""

import functools
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np
from swarm_env.agents.llm.parse import read_answer

import swarm_env
from benchmarks.fuzz.inputs import changed, decoded, text, value
from benchmarks.fuzz.worlds import draw_world, run_world
from swarm_env.agent import Decision
from swarm_env.bench.plan import read_plan
from swarm_env.chat.request import Unusable
from swarm_env.errors import SwarmEnvError
from swarm_env.runs.verify import verify

GAMES = ("foraging", "transport", "pursuit", "nest_site", "battle", "commons", "ants", "levels", "junction",
         "scout")  # fmt: skip
CHANNELS = ("none", "tokens", "vector", "text")
MORE: dict[str, dict[str, Any]] = {  # settings of messages, by channel
    "tokens": {"message_delay": (0, 2), "heard": "slots", "sender": True},
    "vector": {"message_noise": 0.3, "may_speak": [0, 2]},
    "text": {"message_delay": (1, 2), "message_topology": [[0, 1], [2, 0]]},
}
RUNS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("pursuit", {"num_agents": 3, "message": "tokens"}),
    ("battle", {"num_agents": 4, "sides": (1, 3), "message_topology": [[0, 1]], **MORE["vector"]}),
    ("ants", {"num_agents": 2, "phrases": ["food", "no"], "message": "tokens", "sense_presence": True}),
)
ANSWERS = (
    '{"message": "food north", "action": "UP"}',
    '```json\n{"action": "LEFT", "message": ""}\n```',
    '<think>{"action": "DOWN"}</think>\nACTION: UP',
    'Reasoning: moving LEFT is blocked.\n**Action:** STAY\nMessage: hold {"action": "UP"}',
    "I would go right, then up. Final answer: \\boxed{RIGHT}",
    "1. UP\n2. DOWN\nDecision: STAY",
)
BENCH = """\
scenarios = ["battle", "tag"]
teams = ["scripted", "random*2, scripted", "llm:m@http://127.0.0.1:9/v1"]
seeds = [0, 3]
repeats = 2
parallel = 2
reference = "scripted"
max_fallback = 0.05

[settings.small]
num_agents = 4
height = 8
width = 8
max_rounds = 5
sides = [1, 3]
message = "tokens"
message_delay = [0, 2]
phrases = ["here", "gone"]

[calls]
max_tokens = 1000
deadline = 2.5

[total]
max_dollars = 1.0
"""


class Target(NamedTuple):
    """One kind of input.

    Attributes:
        draw: An input, plain JSON, from random numbers.
        run: Try an input; returns whether it is refused, and raises if it is a crash.
    """

    draw: Callable[[Random], Any]
    run: Callable[[Any], bool]


class Changed(AssertionError):
    """An environment refused something and is different from before."""


@functools.cache
def environment(scenario: str, message: str = "none") -> Any:
    """A small environment, the same one each time."""
    return swarm_env.parallel_env(
        scenario, num_agents=3, height=8, width=9, max_rounds=6, message=message, death="ghost",
        **MORE.get(message, {}),
    )  # fmt: skip


@functools.cache
def batch(scenario: str, message: str) -> Any:
    """A small batch of worlds, the same one each time."""
    return swarm_env.vector_env(
        scenario, num_worlds=2, num_agents=3, height=8, width=9, max_rounds=6, message=message,
        **MORE.get(message, {}),
    )  # fmt: skip


@functools.cache
def picture(scenario: str) -> Sequence[str]:
    """The map of a scenario at the start."""
    env = environment(scenario)
    env.reset(seed=3)
    return list(env.grid())


def draw_reset(rng: Random) -> Any:
    """A scenario, and reset options that begin as allowed ones."""
    scenario = rng.choice(GAMES)
    options: dict[str, Any] = {"layout": list(picture(scenario))}
    if rng.random() < 0.3:
        options["agents"] = [[rng.randrange(-1, 9), rng.randrange(10)] for _ in range(3)]
    if rng.random() < 0.2:
        options["marks"] = [rng.randrange(-1, 3) for _ in range(3)]
    if rng.random() < 0.2:
        options["respawns"] = [[rng.randrange(9), rng.randrange(9)] for _ in range(rng.randrange(3))]
    for _ in range(rng.choice((0, 1, 1, 2, 4))):
        options = changed(rng, options)
    return [scenario, options, rng.choice((0, 1, 5, value(rng)))]


def run_reset(given: Any) -> bool:
    """Reset, and if that is allowed play to the end."""
    scenario, options, seed = given
    env = environment(scenario)
    env.reset(seed=1)
    before = env.digest()
    try:
        env.reset(seed=decoded(seed), options=decoded(options))
    except SwarmEnvError:
        if env.digest() != before:
            raise Changed("reset") from None
        return True
    rng = np.random.default_rng(0)
    while env.agents:
        env.step({name: int(rng.integers(5)) for name in env.agents})
    return False


def draw_layout(rng: Random) -> Any:
    """A scenario and a picture: mutated by characters, or random with the scenario's symbols."""
    scenario = rng.choice(GAMES)
    rows = list(picture(scenario))
    if rng.random() < 0.3:
        symbols = sorted(set("".join(rows)) - {"A", "B"}) + ["W", "."] * 3
        rows = ["".join(rng.choice(symbols) for _ in range(9)) for _ in range(8)]
    for _ in range(rng.choice((0, 1, 2, 3, 9))):
        row, at = rng.randrange(len(rows)), rng.randrange(9)
        one = rows[row]
        keeps_size = rng.random() < 0.7
        rows[row] = one[:at] + rng.choice("WW...ABFNP*") + one[at + 1 :] if keeps_size else text(rng, one)
    if rng.random() < 0.1:
        rows = rng.sample(rows, rng.randrange(len(rows) + 1))
    maps = ("\n".join(rows), [rows], rows, rows)
    return [scenario, {"layout": rng.choice(maps)}, rng.randrange(4)]


def draw_actions(rng: Random) -> Any:
    """An environment and an action for each of its agents, some of them changed."""
    channel = rng.choice(CHANNELS)
    said = {"tokens": [1], "vector": [0.5] * 4, "text": "here"}.get(channel)
    move = rng.randrange(5)
    one = move if said is None else {"move": move, "message": said}
    actions: Any = {f"agent_{a}": [move, 1] if channel == "tokens" else one for a in range(3)}
    for name in rng.sample(sorted(actions), rng.choice((0, 1, 1, 3))):
        actions[name] = _action(rng)
    return [rng.choice(GAMES), channel, actions if rng.random() < 0.8 else changed(rng, actions)]


def _action(rng: Random) -> Any:
    move = rng.randrange(-1, 7) if rng.random() < 0.7 else value(rng)
    message = draw_message(rng)
    form = rng.randrange(4)
    return (move, ["tuple", [move, message]], {"move": move, "message": message}, value(rng))[form]


def draw_message(rng: Random) -> Any:
    """A message of some kind, or none at all."""
    kind = rng.randrange(4)
    if kind == 0:
        return [rng.randrange(-1, 9) for _ in range(rng.randrange(3))]
    if kind == 1:
        return [rng.choice((0.5, -1.0, 1, 1.0001, ["float", "nan"])) for _ in range(rng.choice((4, 4, 3, 0)))]
    return text(rng, "food at the north gate") if kind == 2 else value(rng)


def run_actions(given: Any) -> bool:
    """Step once."""
    scenario, message, actions = given
    env = environment(scenario, message)
    env.reset(seed=2)
    before = env.digest()
    try:
        env.step(decoded(actions))
    except SwarmEnvError:
        if env.digest() != before:
            raise Changed("step") from None
        return True
    return False


def draw_decision(rng: Random) -> Any:
    """An environment and what an agent decides, as objects of the agents' protocol."""
    move = rng.randrange(5) if rng.random() < 0.8 else value(rng)
    return [rng.choice(GAMES), rng.choice(CHANNELS), move, draw_message(rng)]


def run_decision(given: Any) -> bool:
    """Step once."""
    scenario, message, move, said = given
    env = environment(scenario, message)
    env.reset(seed=2)
    before = env.digest()
    try:
        env.step_decisions({name: Decision(decoded(move), decoded(said)) for name in env.agents})
    except SwarmEnvError:
        if env.digest() != before:
            raise Changed("step_decisions") from None
        return True
    return False


def draw_batch(rng: Random) -> Any:
    """A batch of worlds and its actions."""
    slots = rng.choice((6, 6, 6, 6, 5, 0))
    wrong = 0.02 if rng.random() < 0.5 else 0.0
    moves: Any = [-1 if rng.random() < wrong else rng.randrange(5) for _ in range(slots)]
    said = [[2.0 if rng.random() < wrong else rng.uniform(-1, 1) for _ in range(4)] for _ in range(slots)]
    channel = rng.choice(CHANNELS[:3])
    forms = {"none": moves, "tokens": [[1, rng.randrange(9)] for _ in range(slots)]}
    given = forms.get(channel, {"move": moves, "message": said}) if rng.random() < 0.8 else value(rng)
    return [rng.choice(GAMES), channel, changed(rng, given) if rng.random() < 0.4 else given]


def run_batch(given: Any) -> bool:
    """Step all worlds once."""
    scenario, message, actions = given
    env = batch(scenario, message)
    env.reset(seed=2)
    before = env.digests()
    try:
        env.step(decoded(actions))
    except SwarmEnvError:
        if env.digests() != before:
            raise Changed("step") from None
        return True
    return False


def draw_answer(rng: Random) -> Any:
    """A model's answer."""
    given = rng.choice(ANSWERS)
    for _ in range(rng.choice((0, 1, 2, 5))):
        given = text(rng, given)
    return given + text(rng, rng.choice(ANSWERS)) if rng.random() < 0.2 else given


def run_answer(given: Any) -> bool:
    """Read it: an action that exists and a message that can be sent, or the error for unusable answers."""
    env = environment("foraging", "text")
    try:
        answer = read_answer(given, tuple(env.channel.actions))
    except Unusable:
        return True
    decision = env.channel.check(Decision(answer.move, answer.message))
    str(decision.message).encode()
    return False


@functools.cache
def recorded(number: int) -> tuple[str, str, str]:
    """The files of a small run of `RUNS`."""
    scenario, settings = RUNS[number]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        swarm_env.play(scenario, "random", seed=5, out=out, max_rounds=4, **settings)
        run, rounds, result = (
            (out / name).read_text() for name in ("run.json", "rounds.jsonl", "result.json")
        )
    info = json.loads(run) | {"created": "2026-11-30T00:00:00+00:00", "versions": {}}  # the same each time
    return json.dumps(info, indent=2), rounds, result


def draw_run(rng: Random) -> Any:
    """The three files of a run, one of them changed: as text, or a value of its JSON."""
    files = list(recorded(rng.randrange(len(RUNS))))
    which = rng.randrange(3)
    if rng.random() < 0.4:
        files[which] = text(rng, files[which])
    elif which == 1:
        lines = files[1].splitlines()
        line = rng.randrange(len(lines))
        lines[line] = json.dumps(changed(rng, json.loads(lines[line])))
        files[1] = "\n".join(lines) + "\n"
    else:
        files[which] = json.dumps(changed(rng, json.loads(files[which])))
    return files


def run_run(given: Any) -> bool:
    """Verify it: the verdict may be anything, but it is a verdict."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        for name, content in zip(("run.json", "rounds.jsonl", "result.json"), given, strict=True):
            (Path(folder) / name).write_text(content, encoding="utf-8", errors="surrogatepass")
        try:
            return not verify(folder)[0].agrees
        except SwarmEnvError:
            return True


def draw_bench(rng: Random) -> Any:
    """The text of a bench file."""
    lines = BENCH.splitlines()
    if rng.random() < 0.5:
        at = rng.randrange(len(lines))
        key, equals, _ = lines[at].partition(" = ")
        if equals:
            lines[at] = f"{key} = {json.dumps(value(rng, 2))}"
    else:
        at = rng.randrange(len(lines))
        lines[at] = text(rng, lines[at])
    return "\n".join(lines) + "\n"


def run_bench(given: Any) -> bool:
    """Plan it."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        file = Path(folder) / "bench.toml"
        file.write_text(given, encoding="utf-8", errors="surrogatepass")
        try:
            read_plan(file)
        except SwarmEnvError:
            return True
    return False


TARGETS = {
    "layouts": Target(draw_layout, run_reset),
    "resets": Target(draw_reset, run_reset),
    "actions": Target(draw_actions, run_actions),
    "messages": Target(draw_decision, run_decision),
    "batches": Target(draw_batch, run_batch),
    "answers": Target(draw_answer, run_answer),
    "runs": Target(draw_run, run_run),
    "benches": Target(draw_bench, run_bench),
    "worlds": Target(draw_world, run_world),
}
