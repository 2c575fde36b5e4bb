"""A process that serves one GGUF file by llama.cpp on a free port of 127.0.0.1, until its input ends.

It is run as a file, not as a module, so that it imports nothing of this library: weights from elsewhere are
parsed here, and a crash of the parser ends this process alone. It reads one line of JSON (`model`, `adapter`
or null, `name`, `slots`, `context`, `threads`, `key`) and writes one with its address.
"""

import json
import sys


def main() -> None:
    """Serve until standard input ends, which is when the process that started this one closes it or ends."""
    given = json.loads(sys.stdin.readline())
    import xllamacpp

    settings = xllamacpp.CommonParams()
    settings.model.path = given["model"]
    if given["adapter"] is not None:
        settings.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(given["adapter"], 1.0)]
    settings.model_alias = {given["name"]}
    settings.n_parallel = given["slots"]
    settings.n_ctx = given["slots"] * given["context"]
    settings.cpuparams.n_threads = given["threads"]
    settings.cpuparams_batch.n_threads = given["threads"]
    settings.api_keys = [given["key"]]
    server = xllamacpp.Server(settings)
    sys.stdout.write(json.dumps({"address": server.listening_address}) + "\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
