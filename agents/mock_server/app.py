"""The web application: its routes, and errors in OpenAI's format for all other paths."""

import importlib
from typing import TYPE_CHECKING, Any

from swarm_env.agents.mock_server.api_error import Rejection
from swarm_env.agents.mock_server.completions import ChatCompletions
from swarm_env.agents.mock_server.faults import Faults
from swarm_env.agents.mock_server.host_check import HostCheck
from swarm_env.agents.mock_server.model_thread import AnswerFunction, ModelThread
from swarm_env.agents.mock_server.served_models import MODELS, find_model
from swarm_env.agents.mock_server.server_stats import ServerStats

from swarm_env.errors import needing

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

WHAT = "The mock server of `swarm serve`"
HOST = "127.0.0.1"


def create_app(
    model: AnswerFunction | None = None, faults: Faults | None = None, host: str = HOST
) -> "FastAPI":
    """Create the web application of a mock server.

    Args:
        model: Function from messages (each with role and content) and the JSON schema of the answer (None for
            text) to the answer. It may be a coroutine function; a plain one is never called concurrently.
            None: the scripted model, which plays the scenario in the prompt.
        faults: None: no faults.
        host: Name or address that it is served at; requests to other hosts are rejected (`HostCheck`).

    Returns:
        The application. `app.state.stats` counts requests; `app.state.model_thread.close()` ends its thread.

    Raises:
        MissingExtraError: FastAPI is not installed.
    """
    with needing(WHAT, "fastapi", "serve"):
        from fastapi import FastAPI
        from starlette.exceptions import HTTPException
        from starlette.responses import JSONResponse

    thread, stats = ModelThread(model or scripted_model()), ServerStats()

    async def other_page(request: "Request", error: Exception) -> "Response":
        assert isinstance(error, HTTPException)
        message = f"{error.detail}: {request.method} {request.url.path}. Known: {', '.join(known)}."
        rejection = Rejection(error.status_code, message)
        return JSONResponse(rejection.as_dict(), error.status_code, headers=error.headers)

    app = FastAPI(
        title="swarm serve",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        exception_handlers={HTTPException: other_page},
    )
    app.state.stats, app.state.model_thread = stats, thread
    pages = _pages(stats, ChatCompletions(thread, faults or Faults(), stats))
    known = sorted({getattr(page, "path", "") for page in pages})
    app.router.routes.extend(pages)
    app.add_middleware(HostCheck, host=host)
    return app


def scripted_model() -> AnswerFunction:
    """The model that answers the prompts of llm agents with the moves of the scripted experts."""
    model: AnswerFunction = importlib.import_module("swarm_env.agents.mock_server.scripted_model").answer
    return model


def _pages(stats: ServerStats, chat: ChatCompletions) -> "list[BaseRoute]":
    from starlette.responses import JSONResponse
    from starlette.routing import Route

    async def list_models(_: "Request") -> "Response":
        return JSONResponse({"object": "list", "data": [_model(name) for name in MODELS]})

    async def show_model(request: "Request") -> "Response":
        name = request.path_params["name"]
        try:
            find_model(name)
        except Rejection as rejection:
            return JSONResponse(rejection.as_dict(), rejection.status)
        return JSONResponse(_model(name))

    async def show_stats(request: "Request") -> "Response":
        more = {"by_body": stats.by_request()} if "bodies" in request.query_params else {}
        return JSONResponse(stats.as_dict() | more)

    async def clear_stats(_: "Request") -> "Response":
        stats.clear()
        return JSONResponse(stats.as_dict())

    async def health(_: "Request") -> "Response":
        return JSONResponse({"status": "ok"})

    return [
        Route("/v1/chat/completions", chat, methods=["POST"]),
        Route("/v1/models", list_models, methods=["GET"]),
        Route("/v1/models/{name:path}", show_model, methods=["GET"]),
        Route("/stats", show_stats, methods=["GET"]),
        Route("/stats", clear_stats, methods=["DELETE"]),
        Route("/health", health, methods=["GET"]),
    ]


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "swarm-env"}
