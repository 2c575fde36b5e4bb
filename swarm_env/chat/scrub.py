"""Keys stay out of everything that is shown or stored."""

import os

MARK = "[key]"
SHORTEST = 6  # what is shorter is no key, and taking it out would spoil every text

_secrets: set[str] = set()


def keep_secret(key: str) -> str:
    """Remember a key, so that `scrub` knows it.

    Returns:
        The key itself.
    """
    if key not in _secrets and len(key) >= SHORTEST:
        _secrets.add(key)
    return key


def scrub(text: str) -> str:
    """Take every known key out of a text.

    Known are the keys that an endpoint asked for in this process, and the value of `OPENAI_API_KEY`.
    """
    default = os.environ.get("OPENAI_API_KEY", "").strip()
    if len(default) >= SHORTEST:
        text = text.replace(default, MARK)
    for secret in tuple(_secrets):
        if secret in text:
            text = text.replace(secret, MARK)
    return text
