import logging

import pytest

from tests.chat.server import Server


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr("swarm_env.chat.transport.question.FIRST_WAIT", 0.04)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    with Server() as server:
        yield server
