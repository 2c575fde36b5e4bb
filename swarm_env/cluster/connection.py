"""Starts a Ray cluster on this machine, or joins a running one."""

import importlib
import os
import re
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from swarm_env.errors import ConfigError, MissingExtraError

LOCAL = "local"
OPTION = "--ray"
TIMEOUT = 5.0  # for the connection to a head [s]
_ADDRESS = re.compile(r"auto|local|ray://\S+|\[?[\w.:-]+\]?:\d{1,5}")
_SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",  # no usage reports
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # the future default, so that Ray does not warn
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster that this process has joined.

    `address` is "local" if this process started it, and it ends with it. `cores` are those of all nodes, as
    Ray counts them; `seconds` is the time to start or join it [s].
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
    """The library Ray. Raises `MissingExtraError`, which names the feature `what`, if it is not installed."""
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
    """Join a cluster for the length of a context, or start one that ends with it.

    `address` is "local" to start one on this machine, "auto" for the cluster of this machine, or "HOST:PORT"
    of a head. Raises `MissingExtraError` if Ray is not installed, `ConfigError` if there is no such cluster,
    or it has no free cores.
    """
    began = time.monotonic()
    if address == LOCAL and "ray" not in sys.modules:  # Ray reads this when it is imported
        # The ports are open to the network: connections need this token, which is in no file.
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
    with _silence(), _terminated_as_interrupted():  # also at the end, when Ray would print held-back lines
        try:
            if not cores:
                raise ConfigError(f"{OPTION} {address}: this cluster has no cores to play on.")
            yield Cluster(address, nodes, cores, time.monotonic() - began)
        finally:
            ray.shutdown()


def _check_reachable(address: str) -> None:
    """Fail at once if the connection is refused: Ray would retry for minutes.

    Raises `OSError` if the connection failed.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), TIMEOUT).close()


def _unusable(address: str, error: Exception) -> ConfigError:
    return ConfigError(
        f"{OPTION} {address}: no usable cluster there ({' '.join(str(error).split()):.200}). Start one "
        f"with `ray start --head`, or leave the address out to start one on this machine."
    )


@contextmanager
def _silence() -> Iterator[None]:
    """Keep Ray from writing to standard output when a node dies.

    There is no setting for it; Ray's debugger uses the same attribute. Versions without it still write.
    """
    worker: Any = importlib.import_module("ray._private.worker")
    before = getattr(worker, "_worker_logs_enabled", True)
    worker._worker_logs_enabled = False
    try:
        yield
    finally:
        worker._worker_logs_enabled = before


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Answer SIGTERM as Ctrl-C: runs end after their rounds, and the cluster is left.

    Ray's own handler prints the stack of its C++ code.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before if before is not None else signal.SIG_DFL)


def lost_errors() -> tuple[type[Exception], ...]:
    """Ray's errors for a task that was lost with its process or machine."""
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
    """Command-line arguments with `--ray` replaced by `--ray=local` unless an address follows.

    Args:
        arguments: The arguments. The one after `--ray` is its address if it has that form.

    Example:
        >>> with_address(["bench", "--ray", "my.toml"])
        ['bench', '--ray=local', 'my.toml']
    """
    after = [*arguments[1:], ""]
    return [
        f"{OPTION}={LOCAL}" if one == OPTION and not _ADDRESS.fullmatch(next_one) else one
        for one, next_one in zip(arguments, after, strict=True)
    ]
