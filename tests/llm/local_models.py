"""A stand-in for llama.cpp: a module `xllamacpp` that serves the answers of a script over real HTTP."""

from pathlib import Path

MODULE = """
import json, os, threading, types
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class CommonParams:
    def __init__(self):
        self.model = types.SimpleNamespace(path="")
        self.lora_adapters = []
        self.cpuparams = types.SimpleNamespace(n_threads=0)
        self.cpuparams_batch = types.SimpleNamespace(n_threads=0)

class CommonAdapterLoraInfo:
    def __init__(self, path, scale):
        self.path = path

class Server:
    def __init__(self, settings):
        if open(settings.model.path, "rb").read().endswith(b"broken"):
            raise RuntimeError("the file cannot be parsed")
        requests = open(settings.model.path + ".requests", "a")
        for adapter in settings.lora_adapters:
            open(settings.model.path + ".adapter", "w").write(adapter.path)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def log_message(self, *args):
                pass
            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
                allowed = self.headers["authorization"] == "Bearer " + settings.api_keys[0]
                requests.write(json.dumps(asked) + chr(10))
                requests.flush()
                said = {"choices": [{"index": 0, "finish_reason": "stop", "message": {
                    "role": "assistant", "content": json.dumps({"action": "STAY", "message": "hello"})}}],
                    "model": list(settings.model_alias)[0], "object": "chat.completion",
                    "usage": {"prompt_tokens": settings.n_ctx, "completion_tokens": settings.n_parallel,
                              "total_tokens": 1}}
                text = json.dumps(said if allowed else {"error": {"message": "no key"}}).encode()
                self.send_response(200 if allowed else 401)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.listening_address = "http://127.0.0.1:%d" % self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        open(settings.model.path + ".pid", "w").write(str(os.getpid()))
"""


def install_stand_in(folder: Path, monkeypatch) -> Path:
    """Make `import xllamacpp` find the stand-in, here and in child processes; return the folder of models."""
    (folder / "lib").mkdir()
    (folder / "lib" / "xllamacpp.py").write_text(MODULE)
    monkeypatch.syspath_prepend(folder / "lib")
    monkeypatch.setenv("PYTHONPATH", str(folder / "lib"))
    models = folder / "models"
    models.mkdir()
    monkeypatch.setenv("SWARM_ENV_MODELS", str(models))
    return models


def write_model(path: Path, content: bytes = b"") -> Path:
    """A file that begins as weights do."""
    path.write_bytes(b"GGUF" + content)
    return path
