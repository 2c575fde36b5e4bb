"""Short ways to ask."""

import json

from swarm_env.chat import CallKey, Chat, ChatRequest, Endpoint, Ledger, Unusable
from swarm_env.runtime.event_loop import shared

SCHEMA = {
    "type": "object",
    "properties": {"move": {"type": "string"}},
    "required": ["move"],
    "additionalProperties": False,
}


def question(text="which way?", **fields):
    return ChatRequest((("system", "You are an ant."), ("user", text)), **fields)


def read_move(text):
    """What a strict agent makes of an answer."""
    try:
        return json.loads(text)["move"]
    except (ValueError, KeyError, TypeError) as error:
        raise Unusable(f"no move in {text[:50]!r}") from error


def ask(chat, server, asker="agent_0", round=0, read=str, request=None, model="m"):
    """Ask one question and wait for the outcome."""
    url = server if isinstance(server, str) else server.url
    endpoint = Endpoint(model, url)
    return shared().run(chat.ask(endpoint, request or question(), CallKey(asker, round), read))


def ask_many(chat, server, count, read=str, request=None, model="m", round=0):
    """Ask one question on behalf of many agents at once."""
    endpoint = Endpoint(model, server.url)
    return shared().settle(
        [
            chat.ask(endpoint, request or question(f"{i}?"), CallKey(f"agent_{i}", round), read)
            for i in range(count)
        ]
    )


def rows(ledger, what="attempt, status, http_status"):
    with ledger.database.read() as connection:
        return connection.execute(f"SELECT {what} FROM calls ORDER BY asker, round, step, attempt").fetchall()


def memory_chat(**settings):
    return Chat(Ledger.memory(), **settings)
