"""Published scores, shown next to measured ones but never ranked with them."""

from typing import NamedTuple

SOURCE = "SwarmBench's README (arXiv 2505.04364)"
WHAT = "mean of 5 runs, one of the tasks (it is not said which)"
RUNS = 5
TASKS = ("transport", "flocking", "pursuit", "synchronization", "foraging")


class Published(NamedTuple):
    """One published score.

    Attributes:
        model: The model, as named by the source.
        mean: Mean score of `RUNS` runs.
    """

    model: str
    mean: float


SCORES = (
    Published("o4-mini", 9.6),
    Published("gemini-2.0-flash", 8.8),
    Published("gpt-4.1", 8.4),
    Published("claude-3.7-sonnet", 4.4),
    Published("DeepSeek-V3", 4.2),
    Published("o3-mini", 3.6),
    Published("gpt-4o", 3.4),
    Published("qwq-32b", 2.2),
    Published("Llama-3.1-70B", 1.8),
    Published("gpt-4.1-mini", 1.4),
    Published("llama-4-scout", 1.2),
    Published("DeepSeek-R1", 1.0),
    Published("claude-3.5-haiku", 0.6),
)
