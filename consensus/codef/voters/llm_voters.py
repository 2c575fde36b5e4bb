"""Language models as voters, called through `swarm_env.chat`."""

import asyncio
from collections.abc import Sequence

from swarm_env.consensus.codef.tally import Verdict
from swarm_env.consensus.codef.voters.simulated_voters import Ballot, GivenVote
from swarm_env.consensus.codef.voters.voter_prompts import messages, read_verdict, schema

from swarm_env.chat import CallKey, Chat, ChatRequest, Endpoint
from swarm_env.errors import ConfigError
from swarm_env.runtime.event_loop import shared

_AGAIN = 1000  # keeps the keys of repeated questions apart from those of draws
DEFENDERS_SEED = 100_003  # so many seeds lie between two defenders' draws


class LlmVoter:
    """Language models vote. A vote that is missing or unreadable at the deadline is `SILENT`, which blocks.

    Every vote is a call with a seed of its own, so that several votes of one voter are several draws; at
    temperature 0 most endpoints would give the same vote each time.

    Args:
        chat: Makes the calls; its ledger keeps them, so that none is paid for twice. Use one per defence: the
            same question at the same time of two defences would count as one.
        endpoint: The model.
        temperature: Above 0.
        max_tokens: Limit of an answer.
        seed: Seed of the draws, at least 0; sent to the endpoint.

    Raises:
        ConfigError: The temperature is not above 0.
    """

    def __init__(
        self,
        chat: Chat,
        endpoint: Endpoint,
        *,
        temperature: float = 0.7,
        max_tokens: int | None = 400,
        seed: int = 0,
    ) -> None:
        if not temperature > 0:
            raise ConfigError(
                f"temperature is {temperature:g}; votes of one model are independent draws only above 0."
            )
        self._chat, self._endpoint = chat, endpoint
        self._temperature, self._max_tokens, self._seed = temperature, max_tokens, seed

    def votes(self, ballots: Sequence[Ballot]) -> list[GivenVote]:
        """The votes, in order; all calls run at the same time."""
        return shared().run(self._all(ballots))

    async def _all(self, ballots: Sequence[Ballot]) -> list[GivenVote]:
        return list(await asyncio.gather(*map(self._vote, ballots)))

    async def _vote(self, ballot: Ballot) -> GivenVote:
        """One vote."""
        vague = ballot.may_be_vague
        number = ballot.view.voter * DEFENDERS_SEED + ballot.draw * 101 + ballot.again
        request = ChatRequest(
            messages(ballot.view, ballot.tolerance > 0, vague),
            schema=schema(vague),
            schema_name="vote",
            temperature=self._temperature,
            max_tokens=self._max_tokens,
            seed=(self._seed + number) % 2**31,
        )
        asker = f"run_{ballot.run}_{ballot.view.entities[ballot.view.voter]}"
        key = CallKey(asker, ballot.time, ballot.draw + _AGAIN * ballot.again)
        outcome = await self._chat.ask(self._endpoint, request, key, lambda text: read_verdict(text, vague))
        calls = self._chat.ledger.past(request.digest(self._endpoint.model), key).calls
        usages = [call.usage for call in calls]
        known = [usage.prompt + usage.completion for usage in usages if usage is not None]
        tokens = sum(known) if len(known) == len(usages) and usages else None
        return GivenVote(Verdict.SILENT if outcome.value is None else outcome.value, tokens)
