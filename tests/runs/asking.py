"""An agent for tests that asks a model for each move, and a model function with fixed answers."""

import asyncio
import hashlib
import re
from typing import Any

from swarm_env.agents.mock_server import Faults, MockServer

from swarm_env.agent import Decision, Preview
from swarm_env.chat import CallKey, ChatRequest, Endpoint, Unusable
from swarm_env.playing.team_syntax import split_model


class Asker:
    """Tells the model its own past, so that whoever forgets it asks something else."""

    takes = ("model", "base_url", "temperature")
    message = "text"

    def __init__(self, model="rote", base_url=None, key_env="OPENAI_API_KEY"):
        self.endpoint = Endpoint(model, base_url, key_env)

    @classmethod
    def from_argument(cls, argument, model="", base_url="", temperature="", key_env="OPENAI_API_KEY"):
        named, url = split_model(argument)
        return cls(named or model or "rote", url or base_url or None, key_env)

    def attach(self, services):
        self.services = services
        services.notice("Somebody asks.")

    def reset(self, brief, agents, seed):
        self.brief = brief
        self.past: dict[str, list[int]] = {name: [] for name in agents}

    async def decide(self, perceptions):
        chat = self.services.chat()
        asked = (self.ask(chat, perception) for perception in perceptions)
        outcomes: list[Any] = await asyncio.gather(*asked, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        decisions = [Decision(outcome.value or 0, f"I do {outcome.value}") for outcome in outcomes]
        self.remember(perceptions, decisions)
        return decisions

    async def ask(self, chat, perception):
        request = ChatRequest((("user", self.prompt(perception)),))
        return await chat.ask(self.endpoint, request, CallKey(perception.name, perception.round), self.read)

    def prompt(self, perception):
        return f"{perception.position} {perception.view} {perception.heard} {self.past[perception.name][-5:]}"

    def read(self, text):
        match = re.search(r"move (\d+)", text)
        if not match:
            raise Unusable("no move")
        return int(match[1]) % len(self.brief.actions)

    def remember(self, perceptions, decisions):
        for perception, decision in zip(perceptions, decisions, strict=True):
            self.past[perception.name].append(decision.move)

    def replay(self, perceptions, decisions):
        self.remember(perceptions, decisions)

    def preview(self, perceptions):
        return [
            Preview(p.name, self.endpoint.model, self.endpoint.base_url, (("user", self.prompt(p)),), 100, 10)
            for p in perceptions
        ]


def by_rote(messages, schema):
    """A move that follows from the text of the prompt."""
    return f"move {hashlib.blake2b(messages[-1]['content'].encode(), digest_size=2).digest()[0]}"


def server(**faults):
    """A server with that model function, and faults if any are named."""
    return MockServer(by_rote, Faults(**faults) if faults else None)
