"""The agent `llm`: one request to a language model per agent and round, all of a round concurrently."""

import asyncio
import json
import logging
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from swarm_env.agents.llm import mock_endpoint, token_estimate
from swarm_env.agents.llm.answer_form import answer_schema, labels_of
from swarm_env.agents.llm.options import DEFAULT_KEY, Options, read_options, settled
from swarm_env.agents.llm.parse import Answer, read_answer
from swarm_env.agents.llm.prompt import Messages, Moment, Writer
from swarm_env.agents.llm.swarmbench.preset_answer import read_preset_answer
from swarm_env.agents.llm.swarmbench.preset_prompt import PresetWriter

from swarm_env.agent import Brief, Decision, Perception, Preview
from swarm_env.chat import CallKey, Chat, Keys, Ledger, Outcome, Unusable, where
from swarm_env.chat.transport.endpoint import INSIDE
from swarm_env.errors import ConfigError, ContractError

T = TypeVar("T")

STAY = 0
OPENAI_MOST, LIKELIEST = 20, 1000  # tokens with log-probabilities: the API's limit, and of local models
MAX_DRAFT = 8000  # last characters of a draft in the second request

_log = logging.getLogger(__name__)


class LlmAgent:
    """Asks a model for every agent, with the last rounds in the prompt, and takes its action and message.

    After a failed request (timeout, refusal, unparsable answer, budget, endpoint error) the agent stays
    without a message in that round; `fallbacks` counts these.

    Attributes:
        takes: Options that the command line's flags of the same names set.
        files: Options that name files.
        message: The message channel it needs.
        fallbacks: Failed decisions of this episode by reason.
    """

    takes = (
        "model", "base_url", "key_env", "preset", "persona", "thinking", "prompt", "memory", "temperature",
        "max_tokens",
    )  # fmt: skip
    files = ("prompt",)
    message = "text"

    def __init__(self, options: Options | None = None) -> None:
        """Choose the model; without options, as the environment says."""
        self._options = options or read_options("", {})
        self._chat: Chat | None = None
        self._services: Any = None
        self.fallbacks: Counter[str] = Counter()
        if self._options.embedded:
            mock_endpoint.offer()
        elif self._options.local:
            from swarm_env.agents.local_models import local_server

            local_server.offer()

    @classmethod
    def from_argument(cls, argument: str, **options: str) -> "LlmAgent":
        """Make the agent from its text in a team.

        Args:
            argument: "model", "model@base_url", "@base_url" or "".
            options: Names of `options.OPTIONS`, as texts; of tables one for each part, as `price.input`.

        Raises:
            ConfigError: A name or a value is not allowed.
        """
        return cls(read_options(argument, options))

    @classmethod
    def settled(cls, argument: str, options: Mapping[str, str]) -> tuple[str, dict[str, str]]:
        """The agent's text as a run stores it; see `options.settled`."""
        return settled(argument, options)

    def attach(self, services: Any) -> None:
        """Take the chat of a run from its services.

        Raises:
            ConfigError: The model cannot be asked, for example without a key.
        """
        if self._options.embedded:
            services.notice(mock_endpoint.NOTICE)
        self._services = services
        if not services.dry_run:
            self._chat = services.chat()
            self._chat.check(self._options.endpoint)

    def reset(self, brief: Brief, agents: Sequence[str], seed: int) -> None:
        """Begin an episode. The seed is not used: answers are reproducible from the ledger only.

        Raises:
            ConfigError: The scenario has no prompts; or the way of thinking needs text messages, and the
                channel is another.
        """
        style = self._options.style
        if not brief.has_prompts:
            raise ConfigError(
                f"llm: {brief.scenario} has no prompts: its agents are not in cells. Play it with scripted, "
                "random or learned agents."
            )
        if style.thinking == "debate" and brief.message != "text":
            raise ConfigError(
                f"llm: thinking='debate' needs messages of text, and here message={brief.message!r}. Play "
                "with message='text' (--message text), or choose another way of thinking."
            )
        if self._services is None:  # outside a run: nothing is stored, and every episode is new
            if self._options.unnamed:
                _log.warning(mock_endpoint.NOTICE)
            endpoint = self._options.endpoint
            keys = Keys()
            for variable in (endpoint.key_env, *dict(endpoint.header_env).values()):
                if variable not in ("", DEFAULT_KEY) and endpoint.base_url not in INSIDE:
                    keys = keys.allow(variable, where(endpoint.base_url, endpoint.model))
            self.close()
            self._chat = Chat(Ledger.memory(), keys=keys)
        self._brief, self._actions = brief, tuple(brief.actions)
        make = PresetWriter if style.preset else Writer
        self._writer = make(brief, style)
        asks_json = style.form == "json" and not style.preset
        self._schema = answer_schema(brief, self._options.local) if asks_json else None
        self._past: dict[str, deque[Moment]] = {name: deque(maxlen=style.memory) for name in agents}
        self.fallbacks = Counter()

    def close(self) -> None:
        """Close what the agent opened itself; the chat of a run is closed by the run."""
        if self._services is None and self._chat is not None:
            self._chat.close()

    async def decide(self, perceptions: Sequence[Perception]) -> list[Decision]:
        """Ask for all agents concurrently.

        Raises:
            SwarmEnvError: The budget is spent, the ledger of a replay lacks an answer, there is no key, or
                the embedded server is not installed.
        """
        asked = [self._ask(perception) for perception in perceptions]
        # All requests end first, also when one raises: an answer that is paid for gets into the ledger.
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        answered = [one for one in outcomes if not isinstance(one, BaseException)]
        decisions = [self._decision(one) for one in answered]
        self._report_left_out()
        for perception, decision, one in zip(perceptions, decisions, answered, strict=True):
            self._past[perception.name].append(Moment(perception, decision, one.reason is not None))
        return decisions

    def replay(self, perceptions: Sequence[Perception], decisions: Sequence[Decision]) -> None:
        """Remember the perceptions and decisions of a round."""
        for perception, decision in zip(perceptions, decisions, strict=True):
            self._past[perception.name].append(Moment(perception, decision, decision.is_unread))

    def preview(self, perceptions: Sequence[Perception]) -> list[Preview]:
        """The requests that `decide` would send, with estimated tokens; two per agent with `reflect`."""
        return [preview for perception in perceptions for preview in self._previews(perception)]

    def understand(self, text: str) -> Decision:
        """Parse an answer to a request of `preview` into a decision, for callers with their own client.

        Raises:
            Unusable: It names no action, or is a refusal; `rest` is what is played all the same, None for
                STAY.
        """
        try:
            return self._taken(self._read(text))
        except Unusable as error:
            rest = None if error.rest is None else self._taken(error.rest)
            raise Unusable(str(error), error.reason, rest) from None

    def express(self, decision: Decision) -> str:
        """A decision as an answer in the form that the prompts ask for; `understand` parses it."""
        action = self._actions[decision.move]
        talks = self._brief.message == "text"
        said = decision.message if talks and isinstance(decision.message, str) else ""
        if self._schema is not None:
            return json.dumps({"action": action} | ({"message": said} if talks else {}), ensure_ascii=False)
        form = self._options.style.form
        if form == "scored":
            return next(label for label, name in labels_of(self._brief).items() if name == action)
        label = "" if form == "word" else "ACTION: "
        return label + action + f"\nMSG: {said}" * bool(said)

    async def _ask(self, perception: Perception) -> Outcome[Answer]:
        """Ask for one agent."""
        messages = self._messages(perception)
        if self._options.style.thinking != "reflect":
            return await self._question(perception, messages, 0, self._read)
        draft = await self._question(perception, messages, 0, self._read_draft)
        if draft.value is None:
            return Outcome(None, draft.reason, draft.detail, draft.attempts)
        review = self._writer.review(messages, draft.value)
        return await self._question(perception, review, 1, self._read)

    async def _question(
        self, perception: Perception, messages: Messages, step: int, read: Callable[[str], T]
    ) -> Outcome[T]:
        if self._chat is None:
            raise ContractError("The llm agent was asked to decide before reset(), or in a dry run.")
        options = self._options
        request = replace(options.request, messages=messages, schema=self._schema)
        if options.style.form == "scored":
            labels = labels_of(self._brief, perception.allowed)
            request = replace(request, choices=labels, likeliest=LIKELIEST if options.local else OPENAI_MOST)
        key = CallKey(perception.name, perception.round, step)
        return await self._chat.ask(options.endpoint, request, key, read)

    def _messages(self, perception: Perception) -> Messages:
        return self._writer.write([*self._past[perception.name], Moment(perception)])

    def _read(self, text: str) -> Answer:
        if self._options.style.preset:
            return read_preset_answer(text, self._actions)
        if self._options.style.form == "scored":
            text = labels_of(self._brief).get(text.strip(), text)
        return read_answer(text, self._actions)

    def _read_draft(self, text: str) -> str:
        """The draft, if an answer can be read from it."""
        self._read(text)
        return text[-MAX_DRAFT:]

    def _decision(self, outcome: Outcome[Answer]) -> Decision:
        """The decision after a request; STAY after a failure."""
        if outcome.reason is not None:
            self._count(outcome.reason, outcome.detail)
        return Decision(STAY) if outcome.value is None else self._taken(outcome.value)

    def _taken(self, answer: Answer) -> Decision:
        """An answer as a decision; without a text channel its message is dropped."""
        return Decision(answer.move, answer.message if self._brief.message == "text" else None)

    def _count(self, reason: str, detail: str) -> None:
        """Count a failure, and report the first of each kind."""
        self.fallbacks[reason] += 1
        if self.fallbacks[reason] == 1 and self._services is not None:
            self._services.notice(
                f"{self._options.endpoint.text()} gave no usable answer ({reason}: {detail.rstrip('.')}). "
                "Agents without an answer stay; further failures of this kind are only counted."
            )

    def _report_left_out(self) -> None:
        """Name the options that the server rejected: its own values apply to them."""
        endpoint = self._options.endpoint.text()
        left_out = self._chat.left_out.get(endpoint) if self._chat is not None else None
        if left_out and self._services is not None:
            self._services.notice(
                f"{endpoint} does not take {', '.join(sorted(left_out))}: no longer sent, so the server's "
                "own settings apply."
            )

    def _previews(self, perception: Perception) -> list[Preview]:
        options, messages = self._options, self._messages(perception)
        asked = [messages]
        if options.style.thinking == "reflect":
            asked.append(self._writer.review(messages, "(the draft)"))
        scored = options.style.form == "scored"
        thinks = options.style.form == "text" or bool(options.style.preset)
        most = 1 if scored else options.request.max_tokens
        answer = token_estimate.of_answer(self._brief.message == "text", thinks, most)
        return [
            Preview(
                name=perception.name,
                model=options.endpoint.model,
                base_url=options.endpoint.base_url,
                price=options.endpoint.price,
                messages=question,
                prompt_tokens=token_estimate.of_messages(question, options.endpoint.model),
                completion_tokens=answer,
                memory=options.style.memory,
            )
            for question in asked
        ]
