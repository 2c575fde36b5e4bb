"""What answers cost, from the tables of `genai-prices` if it is installed."""

from functools import lru_cache
from typing import Any

from swarm_env.chat.request import Usage
from swarm_env.chat.transport.endpoint import EMBEDDED, is_loopback, where


def price(model: str, base_url: str | None, usage: Usage) -> float | None:
    """What an answer costs.

    Args:
        model: As the server calls it.
        base_url: Of the server, as in `where`; the same model costs differently elsewhere.
        usage: Of the answer.

    Returns:
        US dollars; None if the price is unknown, as of every server on this machine. The server inside this
        process costs nothing.
    """
    if base_url == EMBEDDED:
        return 0.0
    found = _tariff(model, where(base_url))
    if found is None:
        return None
    tariff, prices = found
    tokens = tariff(
        input_tokens=usage.prompt,
        output_tokens=usage.completion,
        cache_read_tokens=min(usage.cached, usage.prompt),
    )
    return float(prices.calc_price(tokens)["total_price"])


def is_priced(model: str, base_url: str | None) -> bool:
    """Whether `price` knows what a model costs at a server."""
    return base_url == EMBEDDED or _tariff(model, where(base_url)) is not None


@lru_cache(maxsize=256)
def _tariff(model: str, url: str) -> tuple[Any, Any] | None:
    """The library's class of token counts and its prices of a model, None if it knows none."""
    if is_loopback(url):
        return None
    try:
        import genai_prices
    except ImportError:
        return None
    try:
        found = genai_prices.calc_price(
            genai_prices.Usage(input_tokens=1, output_tokens=1),
            model,
            provider_api_url=url,
        )
    except LookupError:
        return None
    return genai_prices.Usage, found.model_price
