"""The application of `swarm view`: files of the site, JSON of the index, pages of runs, search in messages.

A static copy (`static_site`) has the same files at the same places, but for the search.
"""

import json
import time
from collections.abc import Callable
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from swarm_env.viz.page.template import in_one_function, read_part
from swarm_env.viz.web.index.follower import Follower

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from swarm_env.viz.web.run_page import PageStore

SCRIPTS = (
    "dom.js",
    "source.js",
    "table.js",
    "filters.js",
    "board.js",
    "runs.js",
    "run.js",
    "search.js",
    "app.js",
)
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'"
)
MOST_HITS = 200  # messages in one answer
SEARCH_SECONDS = 1.0  # after which an answer is sent with what was found
MAX_SOUGHT = 200  # characters


def site_files() -> dict[str, tuple[str, str]]:
    """The files of the site by name: media type and text."""
    style = read_part("theme.css") + _read("app.css")
    script = in_one_function((read_part("parts.js"), *map(_read, SCRIPTS)))
    return {
        "index.html": ("text/html", _read("index.html").replace("{{policy}}", POLICY)),
        "app.css": ("text/css", style),
        "app.js": ("text/javascript", script),
    }


def _read(name: str) -> str:
    return (resources.files("swarm_env.viz.web") / "site" / name).read_text(encoding="utf-8")


def make_app(follower: Follower, pages: Callable[[], "PageStore"]) -> Any:
    """The application, which must be served behind a `Gate`; `pages` is called when a run is first opened."""
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.exceptions import HTTPException
    from starlette.responses import Response
    from starlette.routing import Route

    files, store = site_files(), lru_cache(pages)

    async def file(request: "Request") -> "Response":
        kind, text = files[request.url.path[1:] or "index.html"]
        return Response(text, media_type=kind)

    async def state(_: "Request") -> "Response":
        return Response(follower.state(), media_type="application/json")

    async def tables(_: "Request") -> "Response":
        return Response(follower.shown.tables, media_type="application/json")

    async def runs(_: "Request") -> "Response":
        return Response(follower.shown.runs, media_type="application/json")

    async def run_page(request: "Request") -> "Response":
        row = await run_in_threadpool(follower.row, request.path_params["id"])
        if row is None:
            raise HTTPException(404, "No such run.")
        page = await run_in_threadpool(lambda: store().page(row))
        return Response(page, media_type="text/html")

    async def search(request: "Request") -> "Response":
        sought = request.query_params.get("q", "")[:MAX_SOUGHT].strip()
        chosen = request.query_params.get("runs", "").split(",")
        found = await run_in_threadpool(search_runs, follower, sought, chosen)
        return Response(json.dumps(found), media_type="application/json")

    return Starlette(
        routes=[
            *(Route(f"/{name}", file, methods=["GET"]) for name in ("", *files)),
            Route("/data/state.json", state, methods=["GET"]),
            Route("/data/tables.json", tables, methods=["GET"]),
            Route("/data/runs.json", runs, methods=["GET"]),
            Route("/runs/{id}.html", run_page, methods=["GET"]),
            Route("/search", search, methods=["GET"]),
        ]
    )


def search_runs(follower: Follower, sought: str, chosen: list[str]) -> dict[str, Any]:
    """Messages with a text in some runs, and how many runs were searched: the next call takes the rest."""
    from swarm_env.viz.web.index.message_search import messages_of

    until = time.monotonic() + SEARCH_SECONDS
    hits: list[list[Any]] = []
    for done, name in enumerate(chosen):
        if hits and (len(hits) >= MOST_HITS or time.monotonic() > until):
            return {"hits": hits, "searched": done}
        row = follower.row(name)
        if row is None or not sought:
            continue
        for message in messages_of(row.source, sought):
            hits.append([name, message.round, message.agent, follower.hidden.text(message.text)])
            if len(hits) >= MOST_HITS:
                break
    return {"hits": hits, "searched": len(chosen)}
