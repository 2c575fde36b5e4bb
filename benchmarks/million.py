"""What a million agents that ask language models would take: requests, tokens, money, memory, bandwidth.

Arithmetic, not a measurement: every figure follows from the assumptions, and every assumption is a flag. What
the assumptions rest on stands beside them; `--measure` measures those that can be measured here.
"""

import json
import math
import tracemalloc
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, fields

from swarm_env.agents.llm import token_estimate
from swarm_env.agents.llm.answer_form import answer_schema
from swarm_env.agents.llm.prompt import MEMORY, Moment

from benchmarks.prompts import histories
from benchmarks.tables import Row, flags, show
from swarm_env.agent import Decision
from swarm_env.chat import ChatRequest
from swarm_env.chat.transport.payload import call_payload
from swarm_env.envs.parallel import parallel_env

SOURCES = {
    "agents": "chosen",
    "rounds": "the default of a world",
    "prompt_tokens": "a full prompt of pursuit, view 5 (--measure)",
    "answer_tokens": "the scripted model's answers, 18 on average; without thoughts",
    "dollars_in": "a million tokens of gpt-4.1-mini, list price (genai-prices)",
    "dollars_out": "so are those of its answers",
    "round_seconds": "chosen: how long a round may take [s]",
    "latency": "of an answer, from a busy endpoint; an assumption [s]",
    "accelerator_in": "prompt tokens/s of one accelerator, some 8 billion weights; an assumption",
    "accelerator_out": "answer tokens/s of the same; an assumption",
    "call_seconds": "processor time of a call on our side (benchmarks.chat) [s]",
    "request_bytes": "body of a call (--measure) and some 500 of headers",
    "reply_bytes": "an answer with its headers; an assumption",
    "ledger_bytes": "on disk for a call (200 calls of pursuit took 102 400)",
    "round_bytes": "of rounds.jsonl for an agent and round (pursuit, texts: 45)",
    "world_bytes": "of an agent in a large world (benchmarks.scaling)",
    "asker_bytes": "what an LLM agent remembers (--measure)",
    "worker_bytes": "of a worker process (benchmarks.cluster --parts nodes)",
    "world_agents": "chosen: agents of a world; a world is played by one process",
    "coordinator_calls": "calls/s through a coordinator and driver (benchmarks.cluster --parts coordinator)",
}


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What is assumed; `SOURCES` says why, and in which units."""

    agents: float = 1_000_000
    rounds: float = 100
    prompt_tokens: float = 990
    answer_tokens: float = 20
    dollars_in: float = 0.40
    dollars_out: float = 1.60
    round_seconds: float = 60.0
    latency: float = 2.0
    accelerator_in: float = 20_000
    accelerator_out: float = 2_000
    call_seconds: float = 0.0012
    request_bytes: float = 4_250
    reply_bytes: float = 600
    ledger_bytes: float = 512
    round_bytes: float = 45
    world_bytes: float = 300
    asker_bytes: float = 7_400
    worker_bytes: float = 305e6
    world_agents: float = 100
    coordinator_calls: float = 200


def amounts(given: Assumptions) -> list[Row]:
    """What is asked, paid, sent and kept, in a round and in a run."""
    calls, a = given.agents, given
    dollars = (a.prompt_tokens * a.dollars_in + a.answer_tokens * a.dollars_out) * 1e-6
    each: dict[str, float] = {
        "requests": 1,
        "tokens of prompts": a.prompt_tokens,
        "tokens of answers": a.answer_tokens,
        "US dollars": dollars,
        "bytes sent": a.request_bytes,
        "bytes received": a.reply_bytes,
        "bytes of ledgers": a.ledger_bytes,
        "bytes of rounds": a.round_bytes,
    }
    return [
        {"what": name, "a round": big(value * calls), "a run": big(value * calls * a.rounds)}
        for name, value in each.items()
    ]


def needs(given: Assumptions) -> list[Row]:
    """What a round in the time wished for needs at least of everything, if all else is plenty."""
    a, rate = given, given.agents / given.round_seconds
    processor_time = a.agents * a.call_seconds
    workers = math.ceil(processor_time / a.round_seconds)
    memory = a.agents * (a.world_bytes + a.asker_bytes) + workers * a.worker_bytes
    return [
        {"what": "requests/s", "needed": big(rate)},
        {"what": "requests under way (rate times latency)", "needed": big(rate * a.latency)},
        {"what": "accelerators", "needed": big(math.ceil(accelerator_seconds(a) / a.round_seconds))},
        {"what": "our cores, one worker each", "needed": big(workers)},
        {"what": "memory of workers, worlds and agents, bytes", "needed": big(memory)},
        {"what": "network, bits/s", "needed": big(8 * rate * (a.request_bytes + a.reply_bytes))},
        {"what": "coordinators, each with its driver", "needed": big(math.ceil(rate / a.coordinator_calls))},
    ]


def bottlenecks(given: Assumptions) -> list[Row]:
    """How long a round takes at least when one thing is all there is of its kind, the slowest first."""
    a = given
    least: dict[str, float] = {
        "one process plays one world of all agents": a.agents * a.call_seconds,
        "one coordinator serves all workers": a.agents / a.coordinator_calls,
        "one accelerator answers all": accelerator_seconds(a),
        f"one core plays each world of {a.world_agents:g}": a.latency + a.world_agents * a.call_seconds,
        "one link of 10 Gbit/s": 8 * a.agents * (a.request_bytes + a.reply_bytes) / 1e10,
    }
    rows = sorted(least.items(), key=lambda pair: -pair[1])
    return [{"if there is no more than this": name, "a round takes at least, s": big(s)} for name, s in rows]


def accelerator_seconds(given: Assumptions) -> float:
    """What one accelerator takes for a round [s]."""
    a = given
    return a.agents * (a.prompt_tokens / a.accelerator_in + a.answer_tokens / a.accelerator_out)


def big(value: float) -> str:
    """A figure in three digits, with the letter of its thousands."""
    for size, letter in ((1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def sizes() -> list[Row]:
    """What can be measured here: a prompt, the body of a call, what an agent remembers."""
    writer, past = histories("pursuit", 5)
    messages = writer.write(past[0])
    env = parallel_env("pursuit", message="text", num_agents=200, height=60, width=60)
    env.reset(seed=1)
    call = call_payload("m", ChatRequest(messages, schema=answer_schema(env.brief())), 0)
    said = "I am at row 10, column 10."
    tracemalloc.start()
    remembered: dict[str, deque[Moment]] = {name: deque(maxlen=MEMORY + 1) for name in env.agents}
    for _ in range(MEMORY + 2):
        for seen in env.perceptions():
            remembered[seen.name].append(Moment(seen, Decision(0, said)))
        env.step({name: {"move": 0, "message": said} for name in env.agents})
    each = tracemalloc.get_traced_memory()[0] / len(remembered)
    tracemalloc.stop()
    return [
        {"what": "tokens of a prompt, estimated", "measured": token_estimate.of_messages(messages)},
        {"what": "bytes of the body of a call", "measured": len(json.dumps(call).encode())},
        {"what": "bytes that an agent remembers", "measured": each},
    ]


def measure(given: Assumptions | None = None) -> dict[str, list[Row]]:
    """All tables.

    Args:
        given: What is assumed; None: the defaults.

    Returns:
        Rows by title.
    """
    given = given or Assumptions()
    parts: dict[str, Callable[[Assumptions], list[Row]]] = {
        f"{big(given.agents)} agents, {given.rounds:g} rounds": amounts,
        f"To play a round in {given.round_seconds:g} s": needs,
        "Where it is narrow": bottlenecks,
    }
    return {title: part(given) for title, part in parts.items()}


def assumed(given: Assumptions) -> list[Row]:
    """The assumptions and what they rest on."""
    return [
        {"assumption": one.name, "value": getattr(given, one.name), "because": SOURCES[one.name]}
        for one in fields(given)
    ]


def main() -> None:
    """Print the tables."""
    parser = flags(__doc__)
    parser.add_argument("--measure", action="store_true", help="measure sizes instead")
    for one in fields(Assumptions):
        flag = f"--{one.name.replace('_', '-')}"
        parser.add_argument(flag, type=float, default=one.default, help=f"{SOURCES[one.name]}; %(default)s")
    chosen = vars(parser.parse_args())
    as_json, measures, _ = (chosen.pop(name) for name in ("json", "measure", "quick"))
    if measures:
        show({"Sizes": sizes()}, as_json)
        return
    given = Assumptions(**chosen)
    show({"Assumptions": assumed(given), **measure(given)}, as_json)


if __name__ == "__main__":
    main()
