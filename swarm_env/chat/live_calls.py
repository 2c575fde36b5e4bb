"""Recent calls of a run for viewers: prompts, answers, and the agents that wait for an answer."""

import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TypeVar

from swarm_env.chat.ledger.store import Past
from swarm_env.chat.request import CallKey
from swarm_env.frame import Thought

MOST_CHARACTERS = 32_000_000  # of prompts and answers; the oldest are dropped; our choice
PREFIX = "agent_"  # of the names of agents; calls of other askers are not shown

N = TypeVar("N", int, float)
_Place = tuple[int, int]  # agent, round


class LiveCalls:
    """The recent requests of a run (`swarm_env.frame.ModelCalls`). Safe to use from any thread.

    Of several requests for one decision the last one is shown, with the sums of all.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: OrderedDict[_Place, dict[int, Thought]] = OrderedDict()  # by step
        self._open: dict[_Place, int] = {}
        self._characters = 0

    def thinking(self) -> Collection[int]:
        """Numbers of the agents that wait for an answer."""
        with self._lock:
            return {agent for agent, _ in self._open}

    def thought(self, agent: int, number: int) -> Thought | None:
        """The request for a decision, and its answer.

        Args:
            agent: Number of the agent.
            number: The decided round, from 0.

        Returns:
            None if there was no request, or if it has been dropped.
        """
        with self._lock:
            steps = dict(self._asked.get((agent, number), {}))
        return together([steps[step] for step in sorted(steps)])

    def begin(self, key: CallKey, model: str, prompt: tuple[tuple[str, str], ...]) -> None:
        """Note that a request begins.

        Args:
            key: Who asks, and when.
            model: Name of the model.
            prompt: (role, text) of each message.
        """
        place = _place(key)
        if place is None:
            return
        with self._lock:
            self._open[place] = self._open.get(place, 0) + 1
            self._put(place, key.step, Thought(model, prompt))
            self._forget(place)

    def end(self, key: CallKey, past: Past) -> None:
        """Note the outcome of a request.

        Args:
            key: Of `begin`.
            past: Its rows in the ledger.
        """
        place = _place(key)
        if place is None:
            return
        with self._lock:
            self._close(place)
            asked = self._asked.get(place, {}).get(key.step)
            if asked is not None:
                self._put(place, key.step, answered(asked, past))

    def give_up(self, key: CallKey) -> None:
        """Note that a request was cancelled."""
        place = _place(key)
        if place is not None:
            with self._lock:
                self._close(place)

    def _close(self, place: _Place) -> None:
        left = self._open.pop(place, 1) - 1
        if left:
            self._open[place] = left

    def _put(self, place: _Place, step: int, thought: Thought) -> None:
        steps = self._asked.setdefault(place, {})
        self._characters += _length(thought) - (_length(steps[step]) if step in steps else 0)
        steps[step] = thought

    def _forget(self, newest: _Place) -> None:
        """Drop the oldest until the rest fits."""
        while self._characters > MOST_CHARACTERS and next(iter(self._asked)) != newest:
            _, steps = self._asked.popitem(last=False)
            self._characters -= sum(map(_length, steps.values()))


def answered(asked: Thought, past: Past) -> Thought:
    """A request with its outcome.

    Args:
        asked: The request.
        past: Its rows in the ledger: every attempt counts, the last one is shown.
    """
    if past.outcome is None:
        return asked
    last = past.calls[-1] if past.calls else None
    known = [call for call in past.calls if call.prompt_tokens is not None]
    failed = past.outcome.reason or ""
    return replace(
        asked,
        answer=last.response if last and last.status not in ("http", "timeout", "budget") else "",
        prompt_tokens=sum(call.prompt_tokens or 0 for call in known) if known else None,
        completion_tokens=sum(call.completion_tokens or 0 for call in known) if known else None,
        cost=_sum([call.cost for call in past.calls]),
        seconds=past.outcome.seconds,
        reasoning=(last.reasoning or "") if last else "",
        failed=f"{failed}: {past.outcome.detail}" if failed and past.outcome.detail else failed,
    )


def together(steps: Sequence[Thought]) -> Thought | None:
    """The last of the requests for one decision, with the sums of all; None without requests."""
    if len(steps) < 2:
        return steps[0] if steps else None
    return replace(
        steps[-1],
        prompt_tokens=_sum([step.prompt_tokens for step in steps]),
        completion_tokens=_sum([step.completion_tokens for step in steps]),
        cost=_sum([step.cost for step in steps]),
        seconds=_sum([step.seconds for step in steps]),
    )


def _sum(numbers: Sequence[N | None]) -> N | None:
    known = [number for number in numbers if number is not None]
    return sum(known) if known and len(known) == len(numbers) else None


def _place(key: CallKey) -> _Place | None:
    number = key.asker.removeprefix(PREFIX)
    return (int(number), key.round) if key.asker.startswith(PREFIX) and number.isdecimal() else None


def _length(thought: Thought) -> int:
    return len(thought.answer) + len(thought.reasoning) + sum(len(text) for _, text in thought.prompt)
