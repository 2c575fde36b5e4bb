"""What was published of these defences with language models, and what is wrong with it.

Table 2 of V. Patil, E. Stengel-Eskin, M. Bansal, "The Sum Leaks More Than Its Parts" (arXiv 2509.14284), in
per cent. Corrections are recomputed from each row's own shares. The rows are not on the same runs: no row's
percentages come out with 119 pairs, but with the numbers below, so runs seem to have been left out.
"""

from typing import NamedTuple


class Published(NamedTuple):
    """One row."""

    model: str  # of the defenders
    defence: str  # our name of the defence
    sensitive_blocked: float  # [%]; so are the next three
    benign_succeeded: float  # as printed
    balanced: float  # as printed
    overall: float  # as printed
    pairs: str  # numbers of pairs that make the percentages come out

    @property
    def corrected(self) -> float:
        """Mean of the row's two shares [%]."""
        return (self.sensitive_blocked + self.benign_succeeded) / 2

    @property
    def is_misprinted(self) -> bool:
        """Whether the printed mean is off by more than rounding."""
        return abs(self.corrected - self.balanced) > 0.11


_MODELS = {
    "Qwen3-32B": ("106", "106", "104", "98", "68", "104"),
    "Gemini-2.5-pro": ("88 or 44", "98", "a multiple of 23", "87", "82 or 41", "89"),
    "GPT-5": ("88", "87", "89", "86", "90", "83"),
}
_NAMES = ("cot", "policy", "history", "tom", "self_voting", "codef")
_NUMBERS = {
    "Qwen3-32B": (
        (31.1, 68.9, 50.0, 21.7), (35.8, 76.4, 56.1, 22.6), (29.8, 64.4, 47.1, 21.2),
        (88.8, 57.1, 73.0, 49.0), (97.1, 57.4, 78.7, 57.4), (86.5, 70.2, 78.4, 52.9),
    ),
    "Gemini-2.5-pro": (
        (34.1, 65.9, 50.0, 20.5), (33.7, 67.3, 50.5, 22.4), (39.1, 73.9, 56.5, 30.4),
        (96.6, 52.9, 74.7, 50.6), (92.7, 61.0, 76.9, 56.1), (89.9, 69.7, 79.8, 61.8),
    ),
    "GPT-5": (
        (70.5, 63.6, 67.0, 44.3), (75.9, 64.4, 70.1, 48.3), (92.1, 64.0, 78.0, 57.3),
        (94.2, 61.6, 77.9, 59.3), (81.1, 65.6, 73.3, 52.2), (88.0, 66.3, 77.2, 57.8),
    ),
}  # fmt: skip

ROWS = tuple(
    Published(model, name, *numbers, pairs)
    for model, all_pairs in _MODELS.items()
    for name, numbers, pairs in zip(_NAMES, _NUMBERS[model], all_pairs, strict=True)
)
