"""Looking back into the language models that played in a recorded run.

What they answered lies in the run's ledger. What they were asked does not: the agents themselves write their
prompts anew, led through the same rounds as then.
"""

import sqlite3
import threading
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from swarm_env.frame import Thought
from swarm_env.playback.recorded_prompts import Messages, Prompts
from swarm_env.playback.seek import Shelf
from swarm_env.playing.run_services import status_of
from swarm_env.runs.files import CALLS_FILE
from swarm_env.runs.recording import Recording

BODY = "agent_"  # how bodies are named; who else asks is not shown


class RecordedCalls:
    """What language models were asked and answered in a run (`swarm_env.frame.ModelCalls`). For all threads."""

    def __init__(self, recording: Recording, ledger: Path, shelf: Shelf) -> None:
        """Open nothing yet.

        Args:
            recording: The run.
            ledger: Its ledger.
            shelf: Moments of its world.
        """
        self._ledger = ledger
        self._prompts = Prompts(recording, shelf)
        self._lock = threading.Lock()
        self.status: Callable[[int], str] = lru_cache(maxsize=4096)(self._status)

    def thinking(self) -> Collection[int]:
        """Nobody: all has been answered."""
        return ()

    def thought(self, agent: int, number: int) -> Thought | None:
        """What was asked for a body.

        Args:
            agent: Number of the body.
            number: The round that was decided, from 0.

        Returns:
            None if no model was asked. The prompt is empty where it cannot be written anew: the agent's file
            has gone, or others had decided this round before the run was forked.

        Raises:
            RunError: The ledger or the record is broken.
        """
        from swarm_env.chat.ledger.store import CallRow, OutcomeRow, Past
        from swarm_env.chat.ledger.summary import open_ledger
        from swarm_env.chat.live_calls import answered, together

        where = (f"{BODY}{agent}", number)
        with open_ledger(self._ledger) as connection:
            calls = [CallRow(*row) for row in _rows(connection, "calls", CallRow._fields, where)]
            ends = [OutcomeRow(*row) for row in _rows(connection, "outcomes", OutcomeRow._fields, where)]
        if not ends:
            return None
        pasts = [Past([call for call in calls if call.step == end.step], end) for end in ends]
        with self._lock:
            prompts = self._prompts.of(f"{BODY}{agent}", number)
        prompts = _with_drafts(prompts, [past.calls[-1].response if past.calls else "" for past in pasts])
        prompts += [()] * (len(pasts) - len(prompts))
        steps = [
            answered(Thought(past.calls[-1].model if past.calls else "", prompt), past)
            for past, prompt in zip(pasts, prompts, strict=False)
        ]
        return together(steps)

    def failures(self) -> dict[int, tuple[int, ...]]:
        """For each round the bodies that got no usable answer, in order; rounds without any are left out.

        Raises:
            RunError: The ledger is none.
        """
        from swarm_env.chat.ledger.summary import open_ledger

        query = "SELECT asker, round, reason FROM outcomes ORDER BY round, asker, step"
        ended: dict[tuple[int, int], str | None] = {}
        with open_ledger(self._ledger) as connection:
            for asker, number, reason in connection.execute(query):
                body = str(asker).removeprefix(BODY)
                if body.isdecimal():
                    ended[number, int(body)] = reason  # the last question of a decision says how it ended
        failed: dict[int, tuple[int, ...]] = {}
        for (number, agent), reason in sorted(ended.items(), key=lambda item: item[0]):
            if reason is not None:
                failed[number] = (*failed.get(number, ()), agent)
        return failed

    def close(self) -> None:
        """Let go of the agents and of their world."""
        with self._lock:
            self._prompts.close()

    def _status(self, number: int) -> str:
        """What models had cost by a round, in the words of the live run."""
        from swarm_env.chat.ledger.summary import open_ledger, totals

        with open_ledger(self._ledger) as connection:
            return status_of(totals(connection, before=number))


def calls_of(recording: Recording, shelf: Shelf) -> RecordedCalls | None:
    """Lets look into the models of a recording; None where none was asked.

    Args:
        recording: What was recorded.
        shelf: Moments of its world.
    """
    ledger = None if recording.run is None else recording.run.folder / CALLS_FILE
    return RecordedCalls(recording, ledger, shelf) if ledger is not None and ledger.is_file() else None


def _with_drafts(prompts: Sequence[Messages], answers: Sequence[str]) -> list[Messages]:
    """Questions that go on from the one before, with the answer to it where it is only announced."""
    told = list(prompts[:1])
    for before, prompt, answer in zip(prompts, prompts[1:], answers, strict=False):
        place = len(before)
        if prompt[:place] == before and len(prompt) > place and prompt[place][0] == "assistant":
            prompt = (*prompt[:place], ("assistant", answer), *prompt[place + 1 :])
        told.append(prompt)
    return told


def _rows(
    connection: sqlite3.Connection, table: str, fields: Sequence[str], where: tuple[str, int]
) -> list[Any]:
    order = "step, attempt" if "attempt" in fields else "step"
    query = f"SELECT {', '.join(fields)} FROM {table} WHERE asker = ? AND round = ? ORDER BY {order}"
    return connection.execute(query, where).fetchall()
