"""What an attempt at a question came to, and what follows from it."""

import time
from dataclasses import dataclass, replace

from swarm_env.chat.outcome import Unusable
from swarm_env.chat.request import ChatAnswer
from swarm_env.chat.scrub import scrub
from swarm_env.chat.transport.limiter import retry_after
from swarm_env.chat.transport.reply import Reply, answer_of, check, error_of


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an attempt came to.

    Attributes:
        status: "ok" or one of `REASONS`, as in the ledger.
        detail: What went wrong, for people, without keys.
        http_status: None if no complete reply came.
        answer: None if there is none.
        passes: Whether trying again may help.
        congested: What the limiter learns: whether it was turned away; None: nothing.
        pause: What the endpoint asks for [s].
    """

    status: str
    detail: str = ""
    http_status: int | None = None
    answer: ChatAnswer | None = None
    passes: bool = True
    congested: bool | None = None
    pause: float = 0.0

    @property
    def is_answer(self) -> bool:
        """Whether it was an answer, of use or not, and no failure on the way."""
        return self.status not in ("timeout", "http", "budget")

    def spoilt(self, error: Unusable) -> "Verdict":
        """The same, but the answer turned out to be of no use."""
        return replace(self, status=error.reason, detail=scrub(str(error)))


def judge(reply: Reply) -> Verdict:
    """What to think of a reply, before anybody reads the answer in it."""
    error = error_of(reply)
    if error is not None:
        pause = retry_after(reply.retry_after, time.time()) if error.passes else 0.0
        return Verdict(
            "http",
            error.detail,
            error.status,
            passes=error.passes,
            congested=error.passes or None,
            pause=pause,
        )
    verdict = Verdict("ok", http_status=reply.status, congested=False)
    try:
        answer = answer_of(reply)
        verdict = replace(verdict, answer=answer)
        check(answer)
    except Unusable as unusable:
        return verdict.spoilt(unusable)
    return verdict
