"""One request to an OpenAI-compatible server that gets no key, for judges, debaters and attackers."""

from typing import Any

from swarm_env.errors import ConfigError

TIMEOUT = 120  # seconds


def ask(model: str, url: str, text: str, **options: Any) -> Any:
    """The first choice of a reply, as the client of `openai` gives it.

    Args:
        model: Name of the model.
        url: Address of the server, as in http://127.0.0.1:8000/v1.
        text: What the user says.
        options: More of the request, such as `temperature`.

    Raises:
        ConfigError: There is no model or address, or the server fails twice.
    """
    import openai

    if not model or not url:
        raise ConfigError(
            f"A model and a server are needed, as in http://HOST:PORT/v1, not {model!r} at {url!r}."
        )
    message: Any = {"role": "user", "content": text}
    with openai.OpenAI(base_url=url, api_key="none", max_retries=1, timeout=TIMEOUT) as client:
        try:
            reply = client.chat.completions.create(model=model, messages=[message], **options)
        except openai.OpenAIError as error:
            raise ConfigError(f"The server {url} failed: {error}") from None
    if not reply.choices:
        raise ConfigError(f"The server {url} gave a reply without a choice.")
    return reply.choices[0]


def reply_text(model: str, url: str, text: str, **options: Any) -> str:
    """The text of the reply; see `ask`."""
    return str(ask(model, url, text, **options).message.content or "")
