"""An OpenAI-compatible server on this machine whose replies a test writes, over real HTTP."""

import json
import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = str | dict[str, float] | None  # a text; probabilities of the first token; None: an error 500


@contextmanager
def server(reply: Callable[[str], Reply], log_probabilities: bool = True) -> Iterator[str]:
    """The address of a server that replies to what the user says."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            said = reply(request["messages"][-1]["content"])
            data = json.dumps(_completion(said, log_probabilities)).encode()
            self.send_response(500 if said is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/v1"
        running.shutdown()


def _completion(said: Reply, log_probabilities: bool) -> dict[str, Any]:
    if said is None:
        return {"error": {"message": "no"}}
    given = None
    if isinstance(said, dict):
        top = [{"token": token, "logprob": math.log(p), "bytes": None} for token, p in said.items()]
        given = {"content": [{**top[0], "top_logprobs": top}]}
        said = str(top[0]["token"])
    choice = {
        "index": 0, "finish_reason": "stop", "logprobs": given if log_probabilities else None,
        "message": {"role": "assistant", "content": said},
    }  # fmt: skip
    return {"id": "1", "object": "chat.completion", "created": 0, "model": "m", "choices": [choice]}
