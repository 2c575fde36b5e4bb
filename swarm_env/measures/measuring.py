"""From something recorded to its measures."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from swarm_env.config import WorldConfig
from swarm_env.errors import UnknownNameError
from swarm_env.measures.conforming import conformity
from swarm_env.measures.game import game_of
from swarm_env.measures.moving import moving
from swarm_env.measures.table import MEASURES
from swarm_env.measures.talking import talking
from swarm_env.measures.words import Words, vectoriser
from swarm_env.runs.files import Run
from swarm_env.runs.recording import Recording, open_recording
from swarm_env.runs.swarmbench_logs import GameFiles, RecordedGame

Series = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """The measures of one game of R rounds.

    Element r of a series belongs to round r: the decisions of that round and the way from the places before
    it to those after it.

    Attributes:
        source: What was measured, for messages.
        kind: "run" for a run of ours, "swarmbench" for a native log.
        config: The world it was played in.
        seed: Seed of the world.
        team: Who played, in the words of the record.
        words: How messages were turned into vectors.
        score: (R,) float64 score after each round.
        values: (R,) float64 per name in `MEASURES`, in its order; NaN where a measure is undefined.
    """

    source: str
    kind: str
    config: WorldConfig
    seed: int
    team: str
    words: str
    score: Series
    values: Mapping[str, Series]

    @property
    def scenario(self) -> str:
        """Name of the scenario."""
        return self.config.scenario

    @property
    def rounds(self) -> int:
        """R, the number of rounds played."""
        return len(self.score)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the measures."""
        return tuple(self.values)

    @property
    def final_score(self) -> float:
        """The score after the last round; 0 if none was played."""
        return float(self.score[-1]) if len(self.score) else 0.0

    def mean(self, name: str) -> float:
        """The mean of a measure over the rounds in which it is defined; NaN if there is none.

        Raises:
            UnknownNameError: There is no such measure.
        """
        if name not in self.values:
            raise UnknownNameError("measure", name, self.values)
        series = self.values[name]
        defined = series[~np.isnan(series)]
        return float(defined.mean()) if len(defined) else float("nan")

    def means(self) -> dict[str, float]:
        """The mean of every measure, by name."""
        return {name: self.mean(name) for name in self.values}


def measure(
    source: Path | str | GameFiles | Run | RecordedGame | Recording, words: Words = "tfidf"
) -> Measures:
    """Measure one recorded game.

    Args:
        source: The folder of a run, which is played again; a native log folder with one game in it, or one
            game of such a folder; or any of them already read.
        words: How texts become vectors, for `message_similarity` and `message_mean_norm`: "tfidf";
            "embedding" for the sentence-transformers model that the published benchmark uses
            (all-mpnet-base-v2); "embedding:NAME" for another one; or a function from M texts to an (M, D)
            array.

    Returns:
        The measures. A game that was broken off is measured as far as it goes.

    Raises:
        ConfigError: `words` is none of these, sentence-transformers is not installed, or the function's
            result has the wrong shape.
        RunError: It cannot be read, is broken, or (ReplayMismatch) goes differently than recorded.
    """
    embed, label = vectoriser(words)
    recording = source if isinstance(source, Recording) else open_recording(source)
    game = game_of(recording)
    found = {**moving(game), **talking(game, embed), "conformity": conformity(game)}
    return Measures(
        source=recording.source,
        kind="run" if recording.game is None else "swarmbench",
        config=recording.config,
        seed=recording.seed,
        team=recording.team,
        words=label,
        score=game.scores[1:],
        values={name: found[name] for name in MEASURES},
    )
