"""The file of agents of the bench tests is trusted, as if it had been given on a command line."""

from pathlib import Path

import pytest

from swarm_env import trusted_code
from tests.bench import bench_agents


@pytest.fixture(autouse=True)
def trusted_agents():
    trusted_code.remember([Path(bench_agents.__file__).resolve()])
