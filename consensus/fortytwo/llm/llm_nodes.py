"""Language models as nodes: who they are, and all calls that one question takes."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.fortytwo.llm.node_prompts import (
    Answer,
    answer_prompt,
    gate_prompt,
    judge_prompt,
    read_answer,
    read_gate,
    read_verdict,
)
from swarm_env.consensus.fortytwo.llm.questions import Question

from swarm_env.chat import CallKey, Chat, ChatRequest, Endpoint, Outcome
from swarm_env.chat.transport.endpoint import LOCAL
from swarm_env.errors import ConfigError
from swarm_env.playing.team_syntax import read_entry, split_model
from swarm_env.registry import load
from swarm_env.runtime.event_loop import gather_or_cancel

T = TypeVar("T")

TEMPERATURE, JUDGE_TEMPERATURE = 0.7, 0.3  # as the network's public client has them
ANSWER_TOKENS, GATE_TOKENS, VERDICT_TOKENS = 2048, 512, 1024  # room for models that think aloud
MOST_NODES = 100
MOST_KEEPERS, NEEDED_AGAINST = 4, 2  # who are asked about an attempt, and must say BAD to drop it
_OPTIONS = ("temperature", "judge_temperature", "key_env")
_ANSWER, _GATE, _JUDGE = 0, 1, 2  # first steps of the kinds of calls, which make their keys unique


@dataclass(frozen=True, slots=True)
class LlmNode:
    """A node that is a language model."""

    name: str  # "node_0", …
    endpoint: Endpoint
    temperature: float = TEMPERATURE
    judge_temperature: float = JUDGE_TEMPERATURE  # temperature of its verdicts


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything that the nodes answered to one question."""

    answers: list[Answer | None]  # one per node; None: no answer
    good: list[int]  # nodes whose answer passed the gate
    first: NDArray[np.int32]  # (n, P) nodes whose answer stood first, -1: no such pair
    second: NDArray[np.int32]  # (n, P) nodes whose answer stood second
    vote: NDArray[np.float64]  # (n, P) 1, 0, 0.5; NaN: no verdict
    failed: dict[str, int] = field(default_factory=dict)  # reason to the number of calls that failed


def read_team(text: str) -> list[LlmNode]:
    """Parse nodes such as "llm:model@http://host/v1*3, llm:other@http://host/v1?temperature=0.2*2".

    Entries are those of the teams of `swarm run`, with the options temperature, judge_temperature and
    key_env. Raises `ConfigError` for another form, or fewer than two nodes.
    """
    nodes: list[LlmNode] = []
    for part in filter(None, map(str.strip, text.split(","))):
        entry = read_entry(part)
        kind, _, argument = entry.agent.partition(":")
        model, url = split_model(argument)
        if kind != "llm" or not model:
            raise ConfigError(
                f"--team {part!r}: nodes are language models, written as 'llm:some-model@http://host:port/v1*5'."
            )
        if url == LOCAL:  # making the agent lets this endpoint be answered by a process of this machine
            load("agent", "llm").from_argument(f"{model}@{LOCAL}")
        options = dict(entry.options)
        unknown = sorted(set(options) - set(_OPTIONS))
        if unknown:
            raise ConfigError(f"--team {part!r}: {unknown[0]!r} is not one of: {', '.join(_OPTIONS)}.")
        key_env = options.get("key_env")
        endpoint = Endpoint(model, url or None, key_env) if key_env else Endpoint(model, url or None)
        heat = _temperature(part, options.get("temperature"), TEMPERATURE)
        cool = _temperature(part, options.get("judge_temperature"), JUDGE_TEMPERATURE)
        if len(nodes) + (entry.count or 1) > MOST_NODES:
            raise ConfigError(f"--team names more than {MOST_NODES} nodes.")
        nodes += [LlmNode(f"node_{len(nodes) + i}", endpoint, heat, cool) for i in range(entry.count or 1)]
    if len(nodes) < 2:
        raise ConfigError("--team must name at least two nodes, as in 'llm:some-model@http://host/v1*5'.")
    return nodes


def _temperature(part: str, text: str | None, default: float) -> float:
    if text is None:
        return default
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 2.0:
        raise ConfigError(f"--team {part!r}: a temperature is a number from 0 to 2, not {text!r}.")
    return value


class Asker:
    """Calls the nodes about one question. The ledger of `chat` knows which calls were made before.

    Args:
        nodes: The nodes.
        chat: Makes the calls and repeats them if a reply is unreadable (`Limits.attempts`).
        gate: "model": other nodes judge whether a text is an attempt; "text": only empty texts are dropped.
        question: The question.
        number: Its number, part of the calls' keys.
        judges: Whether each node is asked for verdicts; None: all are.
    """

    def __init__(
        self,
        nodes: Sequence[LlmNode],
        chat: Chat,
        gate: str,
        question: Question,
        number: int,
        judges: Sequence[bool] | None = None,
    ) -> None:
        if gate not in ("model", "text"):
            raise ConfigError(f"gate {gate!r} is not one of: model, text.")
        self.nodes, self.gate, self.question = list(nodes), gate, question
        self._judges = [True] * len(self.nodes) if judges is None else list(judges)
        self.failed = Counter[str]()  # reason to the number of calls that failed
        self._chat, self._number = chat, number

    async def _ask(
        self, node: LlmNode, request: ChatRequest, step: int, parse: Callable[[str], T]
    ) -> Outcome[T]:
        outcome = await self._chat.ask(node.endpoint, request, CallKey(node.name, self._number, step), parse)
        if outcome.reason is not None:
            self.failed[outcome.reason] += 1
        return outcome

    async def answers(self) -> list[Answer | None]:
        """The answers of all nodes."""
        prompt = answer_prompt(self.question.text)

        async def one(node: LlmNode) -> Answer | None:
            request = ChatRequest(prompt, temperature=node.temperature, max_tokens=ANSWER_TOKENS)
            return (await self._ask(node, request, _ANSWER, read_answer)).value

        return await gather_or_cancel([one(node) for node in self.nodes])

    async def passed(self, answers: Sequence[Answer | None], keepers: NDArray[np.int_]) -> list[int]:
        """Nodes whose answer is an attempt.

        A missing answer is none. Otherwise other nodes are asked, `keepers` (n, at most n - 1) in turn: one
        GOOD lets it pass, two BAD keep it out, so that no single node can drop an answer. A node that cannot
        be reached, or whose reply has no verdict, says nothing. Without any GOOD the answer is kept out.
        """

        async def one(author: int) -> bool:
            answer = answers[author]
            if answer is None or self.gate == "text":
                return answer is not None
            prompt = gate_prompt(self.question.text, answer.text)
            request = ChatRequest(prompt, temperature=0.0, max_tokens=GATE_TOKENS, whole=True)
            step, against = _GATE + _JUDGE * author, 0  # the step is odd
            for keeper in keepers[author, :MOST_KEEPERS]:
                outcome = await self._ask(self.nodes[keeper], request, step, read_gate)
                if outcome.value:
                    return True
                against += outcome.reason is None
                if against == NEEDED_AGAINST:
                    break
            return False

        kept = await gather_or_cancel([one(author) for author in range(len(self.nodes))])
        return [author for author, good in enumerate(kept) if good]

    async def verdicts(
        self, answers: Sequence[Answer | None], first: NDArray[np.int32], second: NDArray[np.int32]
    ) -> NDArray[np.float64]:
        """(n, P) verdicts on pairs of answers.

        NaN for pairs of -1, with the judge's own answer, or without a verdict in the reply. `first` and
        `second` (n, P) are the nodes whose answers stand there.
        """

        async def one(rater: int, place: int) -> float:
            a, b = int(first[rater, place]), int(second[rater, place])
            one, other = answers[a], answers[b]
            if a < 0 or rater in (a, b) or one is None or other is None or not self._judges[rater]:
                return float("nan")
            node, prompt = self.nodes[rater], judge_prompt(self.question.text, one.text, other.text)
            request = ChatRequest(
                prompt, temperature=node.judge_temperature, max_tokens=VERDICT_TOKENS, whole=True
            )
            outcome = await self._ask(node, request, _JUDGE * (place + 1), read_verdict)  # even
            return float("nan") if outcome.value is None else outcome.value

        n, pairs = first.shape
        found = await gather_or_cancel([one(rater, place) for rater in range(n) for place in range(pairs)])
        return np.array(found, np.float64).reshape(n, pairs)
