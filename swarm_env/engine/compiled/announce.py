"""Says that something must be compiled, once in a process and before it takes its time."""

import functools
from collections.abc import Callable

from numba.core.event import Event, Listener, register


class _Announcer(Listener):  # type: ignore[misc]
    """Calls the function `announce` the first time something is compiled."""

    announce: Callable[[], None] | None = None
    _is_done = False

    def on_start(self, event: Event) -> None:
        """Called when numba starts to compile a function that is not in the cache."""
        if self.announce is not None and not self._is_done:
            self._is_done = True
            self.announce()

    def on_end(self, event: Event) -> None:
        """Called when numba has compiled a function."""


@functools.cache
def _announcer() -> _Announcer:
    announcer = _Announcer()
    register("numba:compile", announcer)
    return announcer


def on_first_compile(notify: Callable[[], None]) -> None:
    """Call `notify`, from the thread that compiles, when this process first has to compile a function.

    At most one call is made in a process: that of the last `notify` given before.
    """
    _announcer().announce = notify
