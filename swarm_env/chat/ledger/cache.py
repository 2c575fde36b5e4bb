"""Answers shared between agents and runs, if the user wants that."""

from pathlib import Path
from typing import NamedTuple, Protocol

from swarm_env.chat.ledger.database import Database
from swarm_env.chat.request import Usage

_TABLES = """
CREATE TABLE IF NOT EXISTS answers (
    endpoint TEXT NOT NULL, digest TEXT NOT NULL, model TEXT NOT NULL, response TEXT NOT NULL, finish TEXT,
    prompt_tokens INTEGER, completion_tokens INTEGER, cached_tokens INTEGER, reasoning_tokens INTEGER,
    PRIMARY KEY (endpoint, digest)
);
"""


class CachedAnswer(NamedTuple):
    """An answer that somebody got before.

    Attributes:
        model: As the endpoint called itself.
        text: Of the answer.
        finish: Why it ended.
        usage: What it took then; None if unknown.
    """

    model: str
    text: str
    finish: str | None
    usage: Usage | None


class Answers(Protocol):
    """Answers that can be looked up, wherever they are kept; `AnswerCache` keeps them in a file."""

    async def find(self, url: str, digest: str) -> CachedAnswer | None:
        """The answer of a server to a question, None if nobody asked it yet."""

    def put(self, url: str, digest: str, answer: CachedAnswer) -> None:
        """Keep an answer, unless there is one already."""

    def close(self) -> None:
        """Let go of everything."""


class AnswerCache:
    """A file of answers by server and question. Whoever asks the same gets the same, and pays nothing.

    Only answers that could be used are kept. Threads and processes may share the file.

    Args:
        path: Of the file; made if need be.

    Raises:
        RunError: It is no cache, or cannot be written.
    """

    def __init__(self, path: Path | str) -> None:
        self._database = Database(path, _TABLES)

    def get(self, url: str, digest: str) -> CachedAnswer | None:
        """The answer of a server to a question, None if nobody asked it yet."""
        with self._database.read() as connection:
            row = connection.execute(
                "SELECT model, response, finish, prompt_tokens, completion_tokens, cached_tokens, "
                "reasoning_tokens FROM answers WHERE endpoint = ? AND digest = ?",
                (url, digest),
            ).fetchone()
        if row is None:
            return None
        model, text, finish, *tokens = row
        return CachedAnswer(model, text, finish, None if tokens[0] is None else Usage(*tokens))

    async def find(self, url: str, digest: str) -> CachedAnswer | None:
        """The same for those who may have to wait elsewhere."""
        return self.get(url, digest)

    def put(self, url: str, digest: str, answer: CachedAnswer) -> None:
        """Keep an answer, unless there is one already."""
        usage = answer.usage
        tokens = (
            (usage.prompt, usage.completion, usage.cached, usage.reasoning)
            if usage
            else (None, None, None, None)
        )
        with self._database.use() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (url, digest, *answer[:3], *tokens),
            )

    def close(self) -> None:
        """Close the file."""
        self._database.close()
