"""What asking language models costs this side: processor time per call, and how long a round of agents takes.

A server in a process of its own answers at once or after 200 ms. Everything that a run pays is in the
figures: digests, the ledger on disk, the HTTP client, reading the answers.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.tables import Row, flags, show
from swarm_env.chat import LEDGER_FILE, CallKey, Chat, ChatRequest, Endpoint, Ledger
from swarm_env.runtime.event_loop import shared

PROMPT = 6000  # letters
AGENTS = 100
SCHEMA = {"type": "object", "properties": {"action": {"type": "string"}}, "required": ["action"]}


class Answering(asyncio.Protocol):
    """As little of a server as there can be.

    Args:
        latency: Before every answer [s].
    """

    def __init__(self, latency: float) -> None:
        message = {"role": "assistant", "content": '{"action": "UP"}'}
        choices = [{"index": 0, "finish_reason": "stop", "message": message}]
        usage = {"prompt_tokens": 1500, "completion_tokens": 8}
        body = json.dumps({"model": "m", "choices": choices, "usage": usage}).encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        self._answer, self._latency, self._read = head.encode() + body, latency, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what answers are written to."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer when a request is complete."""
        self._read += data
        head, end, body = self._read.partition(b"\r\n\r\n")
        if end and len(body) == int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]):
            self._read = b""
            asyncio.get_running_loop().call_later(self._latency, self._transport.write, self._answer)


async def serve(latency: float) -> None:
    """Answer until the process is ended; the port is printed first."""
    server = await asyncio.get_running_loop().create_server(lambda: Answering(latency), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def measure(latency: float, rounds: int) -> Row:
    """Play rounds against a server.

    Args:
        latency: Of the server [s].
        rounds: How many, after three to warm up.
    """
    command = [sys.executable, "-m", "benchmarks.chat", "--serve", str(latency)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server,
        tempfile.TemporaryDirectory() as folder,
    ):
        assert server.stdout is not None
        endpoint = Endpoint("m", f"http://127.0.0.1:{server.stdout.readline().strip()}/v1")
        chat = Chat(Ledger.open(Path(folder) / LEDGER_FILE))
        walls, used = [], 0.0
        for number in range(rounds + 3):
            wall, cpu = time.perf_counter(), time.process_time()
            shared().settle(
                chat.ask(endpoint, _question(agent, number), CallKey(f"agent_{agent}", number), json.loads)
                for agent in range(AGENTS)
            )
            if number >= 3:
                walls.append(time.perf_counter() - wall)
                used += time.process_time() - cpu
        failed = chat.totals().failed
        chat.close()
        server.terminate()
    assert not failed, failed
    return {
        "latency of the server, ms": latency * 1e3,
        "CPU per call, ms": used / (rounds * AGENTS) * 1e3,
        "best round, ms": min(walls) * 1e3,
        "median round, ms": median(walls) * 1e3,
    }


def _question(agent: int, number: int) -> ChatRequest:
    text = f"You are agent {agent} in round {number}. ".ljust(PROMPT, "x")
    return ChatRequest((("system", "You are an ant."), ("user", text)), schema=SCHEMA, temperature=0.0)


def main() -> None:
    """Print the table."""
    parser = flags(__doc__)
    parser.add_argument("--serve", type=float, metavar="SECONDS", help="be the server")
    chosen = parser.parse_args()
    if chosen.serve is not None:
        asyncio.run(serve(chosen.serve))
        return
    rounds = 2 if chosen.quick else 20
    rows = [measure(latency, rounds) for latency in (0.0, 0.2)]
    show({f"{AGENTS} agents ask at once, {PROMPT} letters each": rows}, chosen.json)


if __name__ == "__main__":
    main()
