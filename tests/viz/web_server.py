"""Servers of pages for tests, in threads of this process."""

import http.server
import threading
from contextlib import contextmanager
from functools import partial

import pytest

from tests.viz.browser import CHROMIUM

wsproto = pytest.importorskip("wsproto", reason="not installed: wsproto (extra serve)")
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="not installed: chromium")


@contextmanager
def guarded(make):
    """Serve the application that `make(port)` returns; yields its `Gate`."""
    from swarm_env.viz.web.gate import Gate
    from swarm_env.viz.web.server import listen, make_server

    listener = listen(0)
    gate = Gate(make(), listener.getsockname()[1])
    server = make_server(gate)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield gate
    finally:
        server.should_exit = True
        thread.join(10)


@contextmanager
def files(folder):
    """Serve a folder as any web host does; yields its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
