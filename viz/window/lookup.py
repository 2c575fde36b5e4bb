"""Looking something up in a thread of its own, so that the window does not wait for it."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from swarm_env.errors import SwarmEnvError

KEPT = 64  # things that are remembered


class Lookup:
    """Answers by key. Only what was asked for last is looked up: who scrubs waits for nothing in between.

    Attributes:
        found: How many things have been found so far.
    """

    def __init__(self) -> None:
        self.found = 0
        self._known: OrderedDict[Hashable, Any] = OrderedDict()
        self._wanted: tuple[Hashable, Callable[[], Any]] | None = None
        self._ready = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="lookup", daemon=True)
        self._thread.start()

    def get(self, key: Hashable, find: Callable[[], Any]) -> tuple[bool, Any]:
        """Whether something is known, and what it is (None otherwise, and where it cannot be found).

        Args:
            key: Of the thing; what is known of it never changes.
            find: Looks it up, in the other thread.
        """
        with self._ready:
            if key in self._known:
                self._known.move_to_end(key)
                return True, self._known[key]
            self._wanted = (key, find)
            self._ready.notify()
        return False, None

    def close(self) -> None:
        """End the thread when it is done with what it is looking up."""
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
            except SwarmEnvError:  # a record that is broken there: shown as not known
                found = None
            with self._ready:
                self._known[key] = found
                self.found += 1
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)
