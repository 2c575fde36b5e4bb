"""Published scores, shown next to measured ones but never ranked with them."""

from typing import NamedTuple

SOURCE = "SwarmBench's README (arXiv 2505.04364)"
WHAT = "mean of 5 runs, one of the tasks (it is not said which)"
RUNS = 5
TASKS = ("transport", "flocking", "pursuit", "synchronization", "foraging")


class Published(NamedTuple):
    """One published score: the model, as named by the source, and its mean score of `RUNS` runs."""

    model: str
    mean: float


SCORES = tuple(Published(*score) for score in (
    ("o4-mini", 9.6), ("gemini-2.0-flash", 8.8), ("gpt-4.1", 8.4), ("claude-3.7-sonnet", 4.4),
    ("DeepSeek-V3", 4.2), ("o3-mini", 3.6), ("gpt-4o", 3.4), ("qwq-32b", 2.2), ("Llama-3.1-70B", 1.8),
    ("gpt-4.1-mini", 1.4), ("llama-4-scout", 1.2), ("DeepSeek-R1", 1.0), ("claude-3.5-haiku", 0.6),
))  # fmt: skip
