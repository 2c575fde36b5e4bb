"""Cache of answers, shared by agents and runs on request."""

from dataclasses import astuple
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
    """An answer to an earlier request.

    Attributes:
        model: Name of the model as the endpoint reported it.
        text: Of the answer.
        finish: Why it ended.
        usage: Tokens of the original call; None if unknown.
    """

    model: str
    text: str
    finish: str | None
    usage: Usage | None


class Answers(Protocol):
    """Protocol of answer caches; `AnswerCache` is one in a file."""

    async def find(self, url: str, digest: str) -> CachedAnswer | None:
        """The answer of a server to a request; None if there is none."""

    def put(self, url: str, digest: str, answer: CachedAnswer) -> None:
        """Store an answer, unless there is one already."""

    def close(self) -> None:
        """Close the cache."""


class AnswerCache:
    """A file of answers by server and request: equal requests get equal answers, free of charge.

    It holds usable answers only. Threads and processes may share the file.

    Args:
        path: Of the file; created if missing.

    Raises:
        RunError: The file is not a cache, or cannot be written.
    """

    def __init__(self, path: Path | str) -> None:
        self._database = Database(path, _TABLES)

    def get(self, url: str, digest: str) -> CachedAnswer | None:
        """The answer of a server to a request; None if there is none."""
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
        """`get` as a coroutine, as `Answers` has it."""
        return self.get(url, digest)

    def put(self, url: str, digest: str, answer: CachedAnswer) -> None:
        """Store an answer, unless there is one already."""
        usage = answer.usage
        tokens = astuple(usage) if usage else (None, None, None, None)
        with self._database.use() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (url, digest, *answer[:3], *tokens),
            )

    def close(self) -> None:
        """Close the file."""
        self._database.close()
