"""Starting a Ray cluster on this machine, or joining one that runs."""

import importlib
import os
import re
import secrets
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from swarm_env.errors import ConfigError, MissingExtraError

LOCAL = "local"
OPTION = "--ray"
PATIENCE = 5.0  # for a head to answer [s]
_ADDRESS = re.compile(r"auto|local|ray://\S+|\[?[\w.:-]+\]?:\d{1,5}")
_SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",  # nothing is reported to anybody
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # the coming default, so that Ray does not warn of it
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that this process has joined.

    Attributes:
        address: As it was given; "local": it was started here and ends with this process.
        nodes: Machines, or processes that stand for one.
        cores: Of all nodes together, as Ray counts them.
        seconds: What it took to start or to join it [s].
    """

    address: str
    nodes: int
    cores: int
    seconds: float

    def __str__(self) -> str:
        nodes = f"{self.nodes} node{'s' * (self.nodes != 1)}, {self.cores} core{'s' * (self.cores != 1)}"
        if self.address == LOCAL:
            return f"Started a Ray cluster on this machine in {self.seconds:.1f} s: {nodes}."
        return f"Joined the Ray cluster at {self.address}: {nodes}."


def library(what: str = OPTION) -> Any:
    """The library Ray.

    Args:
        what: What needs it.

    Raises:
        MissingExtraError: It is not installed.
    """
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    try:
        return importlib.import_module("ray")
    except ModuleNotFoundError as error:
        if error.name != "ray":
            raise
        raise MissingExtraError(what, "ray", "ray") from None


@contextmanager
def joined(address: str) -> Iterator[Cluster]:
    """A cluster for the length of a context; one that was started here ends with it.

    Args:
        address: "local" to start one on this machine, "auto" for the one this machine belongs to, or
            "HOST:PORT" of its head.

    Yields:
        The cluster.

    Raises:
        MissingExtraError: Ray is not installed.
        ConfigError: There is no such cluster, or it has no processors to give.
    """
    began = time.monotonic()
    if address == LOCAL and "ray" not in sys.modules:  # which reads this when it is imported
        # The ports are open to the network: who connects must know a token, which is kept in no file.
        os.environ.setdefault("RAY_AUTH_MODE", "token")
        os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    ray = library()
    settings: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
    if address == LOCAL:
        settings |= {"include_dashboard": False, "num_cpus": os.cpu_count() or 1}
        settings |= {"address": LOCAL, "_node_ip_address": "127.0.0.1"}
    else:
        settings["address"] = address
    try:
        _check_reachable(address)
        ray.init(**settings)
        cores = int(ray.cluster_resources().get("CPU", 0))
        nodes = sum(bool(node["Alive"]) for node in ray.nodes())
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        ray.shutdown()
        raise _unusable(address, error) from None
    with _silence():  # also at the end: what Ray has held back until then it would write now
        try:
            if not cores:
                raise ConfigError(f"{OPTION} {address}: this cluster has no processors to play on.")
            yield Cluster(address, nodes, cores, time.monotonic() - began)
        finally:
            ray.shutdown()


def _check_reachable(address: str) -> None:
    """Refuse an address where nobody listens at once: Ray would try for minutes.

    Raises:
        OSError: Nobody listens.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), PATIENCE).close()


def _unusable(address: str, error: Exception) -> ConfigError:
    return ConfigError(
        f"{OPTION} {address}: no cluster can be used there ({' '.join(str(error).split()):.200}). Begin one "
        f"with `ray start --head`, or leave the address out to start one on this machine."
    )


@contextmanager
def _silence() -> Iterator[None]:
    """Keep Ray from writing to standard output whenever a machine dies.

    No setting does that; its own debugger turns the same switch. A Ray that does not know it writes on.
    """
    worker: Any = importlib.import_module("ray._private.worker")
    before = getattr(worker, "_worker_logs_enabled", True)
    worker._worker_logs_enabled = False
    try:
        yield
    finally:
        worker._worker_logs_enabled = before


def lost_errors() -> tuple[type[Exception], ...]:
    """What Ray raises when a task was lost with the process or the machine it ran on."""
    errors = importlib.import_module("ray.exceptions")
    return (
        errors.WorkerCrashedError,
        errors.NodeDiedError,
        errors.LocalRayletDiedError,
        errors.ObjectLostError,
        errors.OutOfMemoryError,
        errors.RayActorError,
    )


def with_address(arguments: Sequence[str]) -> list[str]:
    """The arguments of a command line with an address behind each `--ray` that has none.

    Args:
        arguments: As they were given. What follows `--ray` is its address if it looks like one.

    Returns:
        The same, with `--ray=local` where none follows.

    Example:
        >>> with_address(["bench", "--ray", "my.toml"])
        ['bench', '--ray=local', 'my.toml']
    """
    after = [*arguments[1:], ""]
    return [
        f"{OPTION}={LOCAL}" if one == OPTION and not _ADDRESS.fullmatch(next_one) else one
        for one, next_one in zip(arguments, after, strict=True)
    ]
