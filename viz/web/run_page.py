"""The page of a recorded run, made when it is asked for."""

import html
import threading
from collections import OrderedDict

from swarm_env.viz.page import Page
from swarm_env.viz.page.template import render_page
from swarm_env.viz.web.index.hidden_paths import HiddenPaths
from swarm_env.viz.web.index.run_row import RunRow

from swarm_env.api import fill_page
from swarm_env.errors import SwarmEnvError
from swarm_env.playback.playback import Playback
from swarm_env.runs.recording import open_recording

MOST_KEPT = 128 * 2**20  # characters of pages that are kept: our choice
_FAILED = (
    '<!doctype html><html lang="en"><meta charset="utf-8">'
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'">'
    '<title>Cannot be shown</title><p id="failure">{reason}</p></html>'
)


def make_page(row: RunRow, hidden: HiddenPaths, trust_code: bool = False) -> str:
    """The HTML of a run; of one that cannot be replayed, a page that says why."""
    page = Page()
    try:
        with Playback(open_recording(row.source, trust_code)) as playback:
            fill_page(page, playback, range(playback.last + 1))
            return render_page(hidden.value(page.data()))
    except SwarmEnvError as error:
        return _FAILED.format(reason=html.escape(hidden.text(f"This run cannot be shown: {error}")))


class PageStore:
    """The pages that were asked for last. Makes one at a time; thread-safe."""

    def __init__(self, hidden: HiddenPaths, trust_code: bool = False) -> None:
        """Keep none yet."""
        self._hidden, self._trust_code = hidden, trust_code
        self._pages: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._lock = threading.Lock()

    def page(self, row: RunRow) -> str:
        """The page of a run, as its files are now."""
        key = (row.id, row.signature)
        with self._lock:
            if key not in self._pages:
                self._pages[key] = make_page(row, self._hidden, self._trust_code)
            self._pages.move_to_end(key)
            while len(self._pages) > 1 and sum(map(len, self._pages.values())) > MOST_KEPT:
                self._pages.popitem(last=False)
            return self._pages[key]
