"""A Ray cluster of processes that stand for machines, and benches on it."""

import contextlib
import importlib
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.cli.programs import SWARM


class Nodes:
    """A head with some cores and, beside it, one node that can be killed and comes back."""

    def __init__(self, head_cores: int, node_cores: int) -> None:
        self._utils: Any = importlib.import_module("ray.cluster_utils")
        self._cluster = self._utils.Cluster(
            initialize_head=True, head_node_args={"num_cpus": head_cores, "include_dashboard": False}
        )
        self._cores = node_cores
        self._node = self._cluster.add_node(num_cpus=node_cores)
        self.address = self._cluster.address

    def kill(self) -> None:
        """Kill the node and all its processes, as a machine that loses its power."""
        self._cluster.remove_node(self._node, allow_graceful=False)
        self._node = None

    def processes(self, title):
        """Of Ray, on any node, by the beginning of their title."""
        pairs = [(int(path.parent.name), path) for path in Path("/proc").glob("[0-9]*/cmdline")]
        parents = {}
        for number, path in pairs:
            with contextlib.suppress(OSError):
                parents[number] = int(path.with_name("stat").read_text().rpartition(")")[2].split()[1])
        found = []
        for number, path in pairs:
            with contextlib.suppress(OSError):
                if path.read_bytes().startswith(title.encode()) and _is_below(number, parents):
                    found.append(number)
        return found

    def revive(self) -> None:
        self._node = self._cluster.add_node(num_cpus=self._cores)

    def close(self) -> None:
        with contextlib.suppress(AssertionError):
            self._cluster.shutdown()


def start_bench(folder, *arguments):
    """A bench in a process of its own."""
    return subprocess.Popen(
        [SWARM, "bench", "bench.toml", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"RAY_AUTH_MODE": "token"},
    )


def _is_below(process, parents):
    """Whether it was started by this one, at any remove."""
    while process in parents:
        if process == os.getpid():
            return True
        process = parents[process]
    return False
