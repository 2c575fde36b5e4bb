"""Servers of this process and what tests ask of them."""

import http.client
import json
from urllib.parse import urlsplit

SCHEMA = {
    "type": "object",
    "properties": {"action": {"enum": ["UP", "DOWN"]}},
    "required": ["action"],
    "additionalProperties": False,
}
AS_SCHEMA = {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True}}
AS_OBJECT = {"type": "json_object"}
TOOL = {"type": "function", "function": {"name": "act", "parameters": SCHEMA}}
SPEECH = "ACTION: UP\nMSG: I go up, and then I wait for you."


def model_function(messages, schema):
    """Says one thing in text and one in JSON, and repeats what follows the word `echo`."""
    asked = messages[-1]["content"]
    if asked.startswith("echo "):
        return asked.removeprefix("echo ")
    return SPEECH if schema is None else '{"action": "UP"}'


def asking(text="What do you do?", model="scripted", **more):
    """Arguments of a chat completion."""
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


def send(url, method="POST", page="/v1/chat/completions", body=b"", headers=None, timeout=10):
    """A request without any client library: status, headers and body of the response."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=timeout)
    try:
        connection.request(method, page, body=body, headers=headers or {})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def fetch(url, page, method="GET"):
    """What a page holds."""
    status, _, body = send(url, method, page)
    assert status == 200
    return json.loads(body)


def adds_up(stats):
    """Whether every request is counted once as what became of it."""
    spoilt = sum(number for kind, number in stats["faults"].items() if kind != "latency")
    others = stats["failed"] + stats["abandoned"] + stats["waiting"] + sum(stats["rejected"].values())
    return bool(stats["requests"] == stats["answered"] + spoilt + others)
