"""Language models at any OpenAI-compatible endpoint; with none named, a scripted mind in this process."""

from typing import Any

__all__ = ["AGENT", "LlmAgent"]


def __getattr__(name: str) -> Any:
    """The agent, when it is first asked for: the reader of prompts must be had without it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from swarm_env.agents.llm.agent import LlmAgent

    return LlmAgent
