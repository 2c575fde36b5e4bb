"""Writes the picture of the page for browsers that the documents show: `python docs/make_page_image.py`.

It needs Chromium, which the tests of the page use as well. Models are played by the scripted server.
"""

import base64
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # `tests` is found from here, wherever this is started

from swarm_env.cli.html_option import write_page  # noqa: E402
from swarm_env.playing.runner import play  # noqa: E402
from tests.viz.browser import browsing  # noqa: E402

MOMENT = "#round=33&agent=2"


def main() -> None:
    """Play, write the page, open it, take its picture."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as given:
        folder = Path(given)
        play("foraging", "llm", seed=4, out=folder / "run", max_rounds=60)
        write_page(folder / "run", folder / "run.html", 0, None)
        with browsing(folder / "browser") as browser:
            browser.open(folder / "run.html", fragment=MOMENT)
            shot = browser.call("Page.captureScreenshot", format="png")
    (ROOT / "docs" / "images" / "page.png").write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    main()
