"""With the compiler switched off (for a debugger) every world gives the same results, only slowly."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import swarm_env

ROOT = Path(__file__).parent.parent.parent
PROGRAM = """
import numpy as np
import swarm_env
for scenario in swarm_env.list_scenarios():
    for channel in ("none", "tokens", "vector"):
        batch = swarm_env.vector_env(
            scenario, num_worlds=2, num_agents=5, height=9, width=9, max_rounds=3, message=channel,
            message_loss=0.3, reward="shaped",
        )
        batch.reset(seed=1)
        rng = np.random.default_rng(1)
        for _ in range(4):
            moves = rng.integers(0, 5, 10)
            said = rng.integers(0, 2, (10, 4))
            spoken = {"move": moves, "message": said}
            actions = {"none": moves, "tokens": np.stack([moves, said[:, 0]], 1), "vector": spoken}
            seen = batch.step(actions[channel])
            print(scenario, channel, batch.digests(), float(np.abs(seen[0]).sum()), seen[1].tolist())
bodies = [{"cells": [[0, j]], "mass": 1, "static": False, "force": 2 * (j % 2)} for j in range(6)]
bodies += [{"cells": [[0, 6], [1, 6]], "mass": 1, "static": False, "force": 0}]
print(swarm_env.resolve_push(2, 8, [0, 1], bodies))
"""


def output(**environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore:overflow", "-c", PROGRAM],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.mark.slow
def test_without_the_compiler_the_results_are_the_same():
    compiled = output()
    assert compiled.count("\n") == 1 + 3 * 4 * len(swarm_env.list_scenarios())
    assert output(NUMBA_DISABLE_JIT="1") == compiled
