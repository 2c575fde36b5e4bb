"""What holds for all tests: no network, and the same random examples every time."""

import atexit
import os
import shutil
import signal
import socket
import tempfile
import zlib

import pytest
from hypothesis import HealthCheck, settings

# No window opens by itself; tests of the window bring their own display.
for display in ("DISPLAY", "WAYLAND_DISPLAY"):
    os.environ.pop(display, None)
# Output is as in a pipe: pytest-xdist gives its workers the width of the terminal, which would wrap lines.
os.environ.pop("COLUMNS", None)
# What is started in the background of a shell ignores Ctrl-C, and so would all programs that tests start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# Tests share the cores already (-n auto): threads of linear algebra that wait for each other only take turns.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Not the files of the person who runs the tests.
for folder in ("XDG_CONFIG_HOME", "XDG_STATE_HOME"):
    os.environ[folder] = tempfile.mkdtemp(prefix="swarm-tests-")
    atexit.register(shutil.rmtree, os.environ[folder], ignore_errors=True)
# The folders of the tests are below one with a space and an umlaut, as those of many people.
_root = os.path.join(tempfile.gettempdir(), "swarm tests ü")
os.makedirs(_root, exist_ok=True)
os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", _root)
# Ray reads its token once in a process, so all tests that use it share one.
os.environ.update(RAY_AUTH_MODE="token", RAY_AUTH_TOKEN="0123456789abcdef" * 4)

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
    """Leave tests marked `rl` out unless asked for (`-m rl`): they need libraries that not everybody has.

    Then mark cases as slow, so that `-m 'not slow'` is quick.
    """
    if "rl" not in (config.option.markexpr or ""):
        left_out = [item for item in items if item.get_closest_marker("rl")]
        items[:] = [item for item in items if not item.get_closest_marker("rl")]
        config.hook.pytest_deselected(items=left_out)
    for item in slow_cases(items):
        item.add_marker(pytest.mark.slow)


QUICK_CASES = 2  # of a test with many cases; `quick_cases` says another number
SLOW_CASES = (  # pages whose commands or code take long
    "test_the_commands_of_a_page_do_what_is_shown[docs/consensus/codef.md]",
    "test_the_commands_of_a_page_do_what_is_shown[docs/consensus/nest_site.md]",
    "test_the_commands_of_a_page_do_what_is_shown[docs/evaluating.md]",
    "test_the_python_of_a_page_runs_from_top_to_bottom[docs/physics.md]",
)


def slow_cases(items):
    """Cases that the quick run leaves out: of a test with many, all but a few that lie evenly among them.

    Where the first lies depends on the test's name, so that two tests over the same cases do not leave
    out the same ones.
    """
    cases: dict[str, list[pytest.Item]] = {}
    for item in items:
        cases.setdefault(item.nodeid.partition("[")[0], []).append(item)
    for name, found in cases.items():
        marker = found[0].get_closest_marker("quick_cases")
        number = min(marker.args[0] if marker else QUICK_CASES, len(found))
        first = zlib.crc32(name.encode()) % len(found)
        quick = {(first + k * len(found) // number) % len(found) for k in range(number)}
        for place, item in enumerate(found):
            if place not in quick or item.nodeid.endswith(SLOW_CASES):
                yield item
