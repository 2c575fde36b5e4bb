"""What holds for all tests: no network, and the same random examples every time."""

import os
import socket

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci",
    derandomize=True,  # the same examples in every run
    deadline=None,  # the first call of a kernel compiles it
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("explore", parent=settings.get_profile("ci"), derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Nothing in the tests may leave this machine; a server of our own on it may be reached."""
    connect = socket.socket.connect

    def guarded(self, address):
        host = address[0] if isinstance(address, tuple) else "localhost"
        if host not in ("127.0.0.1", "::1", "localhost"):
            raise RuntimeError(f"a test tried to reach {host!r}; tests use no network")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


def pytest_collection_modifyitems(config, items):
    """Tests marked `rl` run when they are asked for (`-m rl`): they need libraries that not everybody has."""
    if "rl" in (config.option.markexpr or ""):
        return
    left_out = [item for item in items if item.get_closest_marker("rl")]
    items[:] = [item for item in items if not item.get_closest_marker("rl")]
    config.hook.pytest_deselected(items=left_out)
