"""Language models at any OpenAI-compatible endpoint; without one, a scripted model in this process."""

from typing import Any

__all__ = ["AGENT", "LlmAgent"]

AGENT: Any  # imported on first use


def __getattr__(name: str) -> Any:
    """Import the agent on first use: the mock server needs `prompt_reader` without it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from swarm_env.agents.llm.agent import LlmAgent

    return LlmAgent
