"""Background lookups, so that the window does not wait for slow queries."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from swarm_env.errors import SwarmEnvError

KEPT = 64  # results cached


class Lookup:
    """Cache filled by a thread. Only the latest request is looked up, so scrubbing skips those between."""

    def __init__(self) -> None:
        self.found = 0  # number of completed lookups
        self._known: OrderedDict[Hashable, Any] = OrderedDict()
        self._wanted: tuple[Hashable, Callable[[], Any]] | None = None
        self._ready = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="lookup", daemon=True)
        self._thread.start()

    def get(self, key: Hashable, find: Callable[[], Any]) -> tuple[bool, Any]:
        """Return (whether the result is known, the result), and request it if it is not.

        The result of a key must never change. `find` computes it in the other thread; the result is None if
        that raises a SwarmEnvError.
        """
        with self._ready:
            if key in self._known:
                self._known.move_to_end(key)
                return True, self._known[key]
            self._wanted = (key, find)
            self._ready.notify()
        return False, None

    def close(self) -> None:
        """End the thread after its current lookup."""
        with self._ready:
            self._closed = True
            self._ready.notify()

    def _work(self) -> None:
        while True:
            with self._ready:
                self._ready.wait_for(lambda: self._closed or self._wanted is not None)
                if self._closed or self._wanted is None:
                    return
                (key, find), self._wanted = self._wanted, None
            try:
                found = find()
            except SwarmEnvError:  # the recording is broken there: shown as unknown
                found = None
            with self._ready:
                self._known[key] = found
                self.found += 1
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)
