"""Assembles the HTML file from style, script and data.

Its Content-Security-Policy allows only this style and script, by their digests, and no network access. The
data is compressed and base64-encoded, so that no text in it can be parsed as HTML; the script inserts texts
as text nodes.
"""

import base64
import hashlib
import html
import json
import re
import zlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

SCRIPTS = (
    "playback.js", "live_playback.js", "colours.js", "camera.js", "shapes.js", "map.js", "overlays.js",
    "badges.js", "timeline.js", "plots.js", "parts.js", "inspector.js", "messages.js", "player.js",
    "controls.js", "main.js",
)  # fmt: skip
STYLES = ("theme.css", "page.css")


def render_page(data: Mapping[str, Any], connect: bool = False) -> str:
    """The HTML of a page with the data of `PagePacker.data`; `connect` lets it reach its own server."""
    style, script = _style(), _script()
    own = "'self'" if connect else "'none'"
    values = {
        "policy": (
            f"default-src 'none'; style-src {_digest(style)}; script-src {_digest(script)}; "
            f"connect-src {own}; base-uri 'none'; form-action 'none'"
        ),
        "title": html.escape(f"{data['setting']['scenario']} · {data['caption']}"),
        "style": style,
        "script": script,
        "data": packed(data),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda found: values[found[1]], read_part("page.html"))


def packed(data: Mapping[str, Any]) -> str:
    """JSON, compressed with zlib and encoded in base64."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return base64.b64encode(zlib.compress(text.encode("utf-8", "replace"), 9)).decode()


@lru_cache(maxsize=1)
def _style() -> str:
    return "".join(read_part(name) for name in STYLES)


@lru_cache(maxsize=1)
def _script() -> str:
    return in_one_function(map(read_part, SCRIPTS))


def in_one_function(scripts: Iterable[str]) -> str:
    """All scripts in one function, so that they define no global names."""
    return '(() => {\n"use strict";\n' + "\n".join(scripts) + "\n})();\n"


def read_part(name: str) -> str:
    """The text of a file of this folder."""
    return (resources.files("swarm_env.viz.page") / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
