"""Model calls of a recorded run.

The answers are in the run's ledger. The prompts are not: the agents write them again while the run is
replayed.
"""

import sqlite3
import threading
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from swarm_env.frame import Thought
from swarm_env.playback.recorded_prompts import Messages, Prompts
from swarm_env.playback.seek import SnapshotStore
from swarm_env.playing.run_services import status_of
from swarm_env.runs.files import CALLS_FILE
from swarm_env.runs.recording import Recording

AGENT = "agent_"  # prefix of agent names; calls by other askers are not shown


class RecordedCalls:
    """Prompts and answers of a run (a `frame.ModelCalls`). Thread-safe."""

    def __init__(self, recording: Recording, ledger: Path, snapshots: SnapshotStore) -> None:
        """Open nothing yet."""
        self._ledger = ledger
        self._prompts = Prompts(recording, snapshots)
        self._lock = threading.Lock()
        self.status: Callable[[int], str] = lru_cache(maxsize=4096)(self._status)

    def thinking(self) -> Collection[int]:
        """Empty: every call has been answered."""
        return ()

    def thought(self, agent: int, number: int) -> Thought | None:
        """Prompt and answer of one decision in a round, from 0; None if no model was asked.

        The prompt is empty if it cannot be written again: the agent's file is gone, or another agent decided
        this round before the run was forked. Raises `RunError` if the ledger or the recording is broken.
        """
        from swarm_env.chat.ledger.store import CallRow, OutcomeRow, Past
        from swarm_env.chat.ledger.summary import open_ledger
        from swarm_env.chat.live_calls import answered, together

        where = (f"{AGENT}{agent}", number)
        with open_ledger(self._ledger) as connection:
            calls = [CallRow(*row) for row in _rows(connection, "calls", CallRow._fields, where)]
            ends = [OutcomeRow(*row) for row in _rows(connection, "outcomes", OutcomeRow._fields, where)]
        if not ends:
            return None
        pasts = [Past([call for call in calls if call.step == end.step], end) for end in ends]
        with self._lock:
            prompts = self._prompts.of(f"{AGENT}{agent}", number)
        prompts = _with_drafts(prompts, [past.calls[-1].response if past.calls else "" for past in pasts])
        prompts += [()] * (len(pasts) - len(prompts))
        steps = [
            answered(Thought(past.calls[-1].model if past.calls else "", prompt), past)
            for past, prompt in zip(pasts, prompts, strict=False)
        ]
        return together(steps)

    def failures(self) -> dict[int, tuple[int, ...]]:
        """Agents without a usable answer, in order, by round (left out without any).

        Raises `RunError` if the ledger is broken.
        """
        from swarm_env.chat.ledger.summary import open_ledger

        query = "SELECT asker, round, reason FROM outcomes ORDER BY round, asker, step"
        ended: dict[tuple[int, int], str | None] = {}
        with open_ledger(self._ledger) as connection:
            for asker, number, reason in connection.execute(query):
                digits = str(asker).removeprefix(AGENT)
                if digits.isdecimal():
                    ended[number, int(digits)] = reason  # a decision ends like its last question
        failed: dict[int, tuple[int, ...]] = {}
        for (number, agent), reason in sorted(ended.items(), key=lambda item: item[0]):
            if reason is not None:
                failed[number] = (*failed.get(number, ()), agent)
        return failed

    def close(self) -> None:
        """Close the agents and their world."""
        with self._lock:
            self._prompts.close()

    def _status(self, number: int) -> str:
        """Tokens, cost and failures by a round, as a live run shows them."""
        from swarm_env.chat.ledger.summary import open_ledger, totals

        with open_ledger(self._ledger) as connection:
            return status_of(totals(connection, before=number))


def calls_of(recording: Recording, snapshots: SnapshotStore) -> RecordedCalls | None:
    """Model calls of a recording; None if it has no ledger."""
    ledger = None if recording.run is None else recording.run.folder / CALLS_FILE
    return RecordedCalls(recording, ledger, snapshots) if ledger is not None and ledger.is_file() else None


def _with_drafts(prompts: Sequence[Messages], answers: Sequence[str]) -> list[Messages]:
    """Prompts, with the actual answer for the placeholder in a prompt that continues the one before."""
    found = list(prompts[:1])
    for before, prompt, answer in zip(prompts, prompts[1:], answers, strict=False):
        place = len(before)
        if prompt[:place] == before and len(prompt) > place and prompt[place][0] == "assistant":
            prompt = (*prompt[:place], ("assistant", answer), *prompt[place + 1 :])
        found.append(prompt)
    return found


def _rows(
    connection: sqlite3.Connection, table: str, fields: Sequence[str], where: tuple[str, int]
) -> list[Any]:
    order = "step, attempt" if "attempt" in fields else "step"
    query = f"SELECT {', '.join(fields)} FROM {table} WHERE asker = ? AND round = ? ORDER BY {order}"
    return connection.execute(query, where).fetchall()
