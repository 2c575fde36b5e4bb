"""What the environment costs a learner: its share of the time, training beside a rival, memory over time.

The learner is examples/ppo.py. `share` trains a few updates of each scenario and prints the part of the wall
time that was spent in `env.step`. `rival` lets the same learner take turns on our pursuit and on PettingZoo's
SISL pursuit (`pip install pettingzoo[sisl]`), with as many agents, worlds and rounds per update. `memory`
plays 4 096 worlds of each scenario with random moves and prints how much the process grew after its first
minute.
"""

import importlib
import importlib.util
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

import swarm_env
from benchmarks.tables import Row, flags, say, show
from benchmarks.timing import Rival, take_turns
from swarm_env.registry import names

SHARE_BAR = 0.15  # of the wall time of training is the environment's at most
RIVAL_BAR = 5.0  # times as many training steps per second as on SISL pursuit
AGENTS, SIDE, VIEW, ROUNDS = 10, 12, 5, 100
WORLDS, STEPS = 8, 50  # of the comparison; both learners get the same
MANY_WORLDS = 4096


def load_ppo() -> ModuleType:
    """The module examples/ppo.py."""
    file = Path(__file__).resolve().parent.parent / "examples" / "ppo.py"
    spec = importlib.util.spec_from_file_location("examples_ppo", file)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["examples_ppo"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


class Plain:
    """`MemoryFeatures` for environments that it does not know: observations as they are."""

    def __init__(self, size: int) -> None:
        self.layout = type("Layout", (), {"size": size})

    def begin(self, observations: Any) -> Any:
        """The first observations."""
        return observations

    def step(self, observations: Any, began: Any) -> Any:
        """Later ones."""
        return observations

    def last(self, observations: Any, ended: Any) -> Any:
        """The last ones of episodes."""
        return observations[ended]


class SislBatch:
    """Some worlds of SISL pursuit with the vector API's slots and resets in the same step."""

    def __init__(self, worlds: int) -> None:
        pursuit = importlib.import_module("pettingzoo.sisl.pursuit_v5")
        sizes = {"x_size": SIDE, "y_size": SIDE, "n_pursuers": AGENTS, "n_evaders": AGENTS, "obs_range": VIEW}
        self.worlds = [pursuit.parallel_env(**sizes, max_cycles=ROUNDS) for _ in range(worlds)]
        self.num_worlds, self.num_agents, self.num_envs = worlds, AGENTS, worlds * AGENTS
        self.size = VIEW * VIEW * 3
        self.infos = {
            "active": np.ones(self.num_envs, bool),
            "action_mask": np.ones((self.num_envs, 5), np.int8),
        }

    def reset(self, seed: int) -> tuple[Any, dict[str, Any]]:
        """Begin."""
        return self._flat([world.reset(seed=seed + w)[0] for w, world in enumerate(self.worlds)]), self.infos

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """Play a round of each world."""
        seen, rewards, last, infos = [], [], {}, dict(self.infos)
        ended, truncated = np.zeros(self.num_envs, bool), np.zeros(self.num_envs, bool)
        for w, world in enumerate(self.worlds):
            agents = list(world.agents)  # a step empties it
            moves = actions[w * AGENTS : (w + 1) * AGENTS]
            observations, paid, terminated, cut, _ = world.step(
                dict(zip(agents, moves.tolist(), strict=True))
            )
            rewards += [paid[agent] for agent in agents]
            if not world.agents:
                here = slice(w * AGENTS, (w + 1) * AGENTS)
                ended[here], truncated[here] = True, any(cut.values())
                last[w] = observations
                observations = world.reset()[0]
            seen.append(observations)
        if last:
            infos["final_obs"] = self._flat([last.get(w, one) for w, one in enumerate(seen)])
            infos["_final_obs"], infos["final_score"] = ended, np.zeros(self.num_envs)
        return self._flat(seen), np.array(rewards, np.float32), ended & ~truncated, truncated, infos

    def _flat(self, dictionaries: list[dict[str, Any]]) -> Any:
        rows = [observation.reshape(-1) for found in dictionaries for observation in found.values()]
        return np.array(rows, np.float32)


def trainer(ppo: ModuleType, env: Any, recall: Any, steps: int) -> tuple[Rival, Any]:
    """A rival that plays and learns one update a round."""
    settings = ppo.Settings(steps=steps, worlds=env.num_worlds)
    moves = env.infos["action_mask"].shape[1] if isinstance(env, SislBatch) else len(env.scenario.actions)
    policy = ppo.Policy(recall.layout.size, moves, 0, settings.hidden)
    rollout, learner = ppo.Rollout(env, policy, steps, 1, recall), ppo.Learner(policy, settings)

    def play(_: int) -> None:
        rollout.play()
        learner.learn(rollout, left=1.0)

    return Rival(play, steps * env.num_envs), rollout


def share(ppo: ModuleType, updates: int) -> Iterator[Row]:
    """The environment's part of training with the learner's own settings."""
    for name in names("scenario"):
        settings = ppo.Settings(scenario=name)
        env = ppo.make_env(settings, settings.worlds, reward=settings.reward)
        rival, rollout = trainer(ppo, env, ppo.MemoryFeatures.of(env), settings.steps)
        rival.play(0)
        rollout.seconds, start = 0.0, time.perf_counter()
        for number in range(updates):
            rival.play(number)
        spent = time.perf_counter() - start
        part = rollout.seconds / spent
        yield {
            "scenario": name, "agent-steps/s": updates * rival.steps / spent, "environment": part,
            "bar": SHARE_BAR, "held": "yes" if part <= SHARE_BAR else "no",
        }  # fmt: skip


def rival(ppo: ModuleType, turns: int, worlds: int, steps: int) -> Iterator[Row]:
    """Our pursuit and SISL's, learned by the same learner in turns."""
    env = swarm_env.vector_env("pursuit", worlds, num_agents=AGENTS, height=SIDE, width=SIDE, view_size=VIEW)
    theirs = SislBatch(worlds)
    rivals = {
        "ours": trainer(ppo, env, ppo.MemoryFeatures.of(env), steps)[0],
        "sisl": trainer(ppo, theirs, Plain(theirs.size), steps)[0],
    }
    times = take_turns(rivals, turns, 0.1)
    ratio = times.ratio("sisl", "ours")
    low, high = times.spread("sisl", "ours")
    yield {
        "agents": AGENTS, "ours, steps/s": times.rate("ours"), "SISL, steps/s": times.rate("sisl"),
        "ratio": ratio, "quartiles": f"{low:.1f} to {high:.1f}", "bar": RIVAL_BAR,
        "held": "yes" if ratio >= RIVAL_BAR else "no",
    }  # fmt: skip


def memory(worlds: int, minutes: float) -> Iterator[Row]:
    """How much the process grows while it plays many worlds; the first fifth of the time does not count."""
    for name in names("scenario"):
        env = swarm_env.vector_env(name, worlds)
        env.reset(seed=1)
        rng = np.random.default_rng(1)
        moves = rng.integers(0, 5, (16, env.num_envs))
        start, rounds, first = time.perf_counter(), 0, 0
        while (spent := time.perf_counter() - start) < 60 * minutes or not first:
            env.step(moves[rounds % 16])
            rounds += 1
            if not first and spent > 12 * minutes:
                first = resident()
        env.close()
        yield {
            "scenario": name, "worlds": worlds, "minutes": minutes, "rounds": rounds,
            "MB at first": first / 1e6, "MB grown": (resident() - first) / 1e6,
        }  # fmt: skip


def resident() -> int:
    """Memory that the process holds now [bytes]; where the system does not report it, its peak."""
    status = Path("/proc/self/statm")
    if status.exists():
        return int(status.read_text().split()[1]) * resource.getpagesize()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measure(
    quick: bool = False, parts: str = "share,rival,memory", minutes: float = 30.0
) -> dict[str, list[Row]]:
    """The tables by title."""
    found: dict[str, list[Row]] = {}
    if "memory" in parts:
        say("memory")
        found["Memory of many worlds"] = list(
            memory(8 if quick else MANY_WORLDS, 0.002 if quick else minutes)
        )
    if "share" in parts or "rival" in parts:
        import torch

        torch.set_num_threads(1)
        ppo = load_ppo()
        if "share" in parts:
            say("share")
            found["The environment's share of training"] = list(share(ppo, 1 if quick else 4))
        if "rival" in parts:
            say("rival")
            found["Training on pursuit"] = list(rival(ppo, *((1, 1, 4) if quick else (11, WORLDS, STEPS))))
    return found


def main() -> None:
    """Measure and print."""
    parser = flags(__doc__)
    parser.add_argument("--parts", default="share,rival,memory", help="share, rival, memory, with commas")
    parser.add_argument("--minutes", type=float, default=30.0, help="of memory, for each scenario")
    given = parser.parse_args()
    show(measure(given.quick, given.parts, given.minutes), given.json)


if __name__ == "__main__":
    main()
