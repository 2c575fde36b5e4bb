"""The group measures by name: what each says, in which unit and between which bounds.

The first 14 rows are the 13 measures that SwarmBench reports (arXiv 2505.04364), the mean and the spread of
the length of messages counted as one; the last row is ours. `docs/measures.md` has the formulas.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Measure:
    """One group measure.

    Attributes:
        says: What it says, in one line.
        unit: Its unit; "" for shares and other pure numbers.
        low: Its least possible value.
        high: Its greatest possible value; infinity where only the size of the world bounds it.
        undefined: When a round has no value (NaN); "" if every round has one.
        published: Whether SwarmBench reports it.
    """

    says: str
    unit: str
    low: float
    high: float
    undefined: str = ""
    published: bool = True


_SILENT = "nobody spoke"
_NO_TEXT = "nobody spoke, or the channel carries no text"

MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "directional_entropy": Measure(
            "how evenly the four directions are chosen by those who move", "bits", 0.0, 2.0, "nobody moves"
        ),
        "stillness": Measure("share of agents that stay", "", 0.0, 1.0),
        "message_length": Measure("mean length of the messages", "characters", 1.0, 123.0, _NO_TEXT),
        "message_length_spread": Measure(
            "standard deviation of the length of the messages", "characters", 0.0, 61.0, _NO_TEXT
        ),
        "question_share": Measure("share of messages with a question mark", "", 0.0, 1.0, _NO_TEXT),
        "digit_share": Measure("share of digits among all characters said", "", 0.0, 1.0, _NO_TEXT),
        "message_similarity": Measure(
            "mean cosine between two messages", "", -1.0, 1.0, "fewer than two spoke"
        ),
        "message_mean_norm": Measure(
            "length of the mean of the messages' unit vectors", "", 0.0, 1.0, _SILENT
        ),
        "distance_moved": Measure("mean distance moved, pushes included", "cells", 0.0, 2.0),
        "cells_visited": Measure(
            "different cells that any agent has stood on so far, the start included", "cells", 1.0, math.inf
        ),
        "common_action_share": Measure("share of agents that do the most common action", "", 0.0, 1.0),
        "polarisation": Measure("length of the mean of the actions' vectors", "", 0.0, 1.0),
        "lasting_neighbours": Measure(
            "pairs that are adjacent before the round and after it", "pairs", 0.0, math.inf
        ),
        "pushes": Measure(
            "agents that moved into the cell of a neighbour that moved on in the same direction",
            "agents",
            0.0,
            math.inf,
        ),
        "conformity": Measure(
            "share of agents that go over to the plan of their neighbours' majority, of those whose own "
            "announced plan was another",
            "",
            0.0,
            1.0,
            "nobody's announced plan was against a majority, or the channel carries no text",
            published=False,
        ),
    }
)
