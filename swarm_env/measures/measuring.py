"""Computes the measures of a recorded game."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from swarm_env.config import WorldConfig
from swarm_env.errors import UnknownNameError
from swarm_env.measures.declare import GameStatistics, Series
from swarm_env.measures.game import game_of
from swarm_env.measures.table import MEASURES
from swarm_env.measures.words import Words, vectoriser
from swarm_env.runs.files import Run
from swarm_env.runs.recording import Recording, open_recording
from swarm_env.runs.swarmbench_logs import GameFiles, RecordedGame


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """The measures of one game of R rounds.

    Element r of a series belongs to round r: its decisions, and the movement from before to after it.

    Attributes:
        source: Path of the recording.
        kind: "run" for a run folder, "swarmbench" for a SwarmBench log.
        config: The world.
        seed: The seed.
        team: Name of the team.
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
        """The score after the last round; 0 without rounds."""
        return float(self.score[-1]) if len(self.score) else 0.0

    def mean(self, name: str) -> float:
        """Mean over the rounds in which a measure is defined; NaN if there are none.

        Raises `UnknownNameError` if there is no such measure.
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
        source: A run folder, which is replayed; a SwarmBench log folder with one game, or one game of such a
            folder; or any of them already read.
        words: How texts become vectors, for `message_similarity` and `message_mean_norm`: "tfidf";
            "embedding" for SwarmBench's sentence-transformers model (all-mpnet-base-v2); "embedding:NAME" for
            another one; or a function from M texts to an (M, D) array.

    Returns:
        The measures; of an unfinished game, those of the played rounds.

    Raises:
        ConfigError: `words` has another value, sentence-transformers is not installed, or the function's
            result has the wrong shape.
        RunError: The recording cannot be read or is broken.
        ReplayMismatch: The replay differs from the recording.
    """
    embed, label = vectoriser(words)
    recording = source if isinstance(source, Recording) else open_recording(source)
    stats = GameStatistics(game_of(recording), embed)
    return Measures(
        source=recording.source,
        kind="run" if recording.game is None else "swarmbench",
        config=recording.config,
        seed=recording.seed,
        team=recording.team,
        words=label,
        score=stats.game.scores[1:],
        values={name: one.compute(stats) for name, one in MEASURES.items()},
    )
