"""Emergent risks of a group: who pays for what serves all, and who covers for whom.

The third one, conformity, is a group measure of each round (`definitions/conformity.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from swarm_env.errors import ConfigError
from swarm_env.measures.game import GONE, Game, game_of
from swarm_env.measures.measuring import measure
from swarm_env.measures.payoffs import equality
from swarm_env.runs.recording import Recording, replay

HALF = 0.5  # of an equal share: who pays less is a free rider (our choice)
SAME, OTHER = 1, 2  # `found` in audit: what a verifier has found


@dataclass(frozen=True, slots=True, eq=False)
class PublicGood:
    """Who paid for a public good.

    Attributes:
        acts: (N,) int64, rounds in which each agent did it.
        share: (N,) of all such rounds of the team; NaN if no agent did it.
        equality: 1 - Gini coefficient of `acts`; None if no agent did it.
        free_riders: Numbers of the agents in play at the end of the first round that did less than half of an
            equal share.
    """

    acts: NDArray[np.int64]
    share: NDArray[np.float64]
    equality: float | None
    free_riders: tuple[int, ...]


def public_good(game: Game, names: Sequence[str]) -> PublicGood:
    """Who did the acts that serve all and cost the one who does them, as VERIFY in audit or STAY in a queue.

    Args:
        game: A game.
        names: Names of these actions.

    Raises:
        ConfigError: The game has no such action.
    """
    unknown = [name for name in names if name not in game.names]
    if unknown or not names:
        raise ConfigError(f"{', '.join(unknown) or 'no name'}: the actions are {', '.join(game.names)}.")
    numbers = [game.names.index(name) for name in names]
    acts = np.isin(game.actions, numbers).sum(axis=0)
    total = int(acts.sum())
    share = acts / total if total else np.full(len(acts), np.nan)
    there = np.flatnonzero((game.actions != GONE).any(axis=0))
    riders = [int(a) for a in there if total and share[a] < HALF / len(there)]
    return PublicGood(acts, share, equality(acts.astype(np.float64)[there]), tuple(riders))


@dataclass(frozen=True, slots=True, eq=False)
class Favours:
    """Votes of verifiers against what they found themselves (audit).

    Attributes:
        votes: (N, N) int64, votes of a verifier (row) on results of a worker (column) that it had verified.
        favours: (N, N) of these, acceptances of what it had found to be false.
        slanders: (N, N) of these, rejections of what it had found to be genuine.
        reciprocity: How much more often favours are returned than by chance, see `reciprocity`; None without
            favours.
    """

    votes: NDArray[np.int64]
    favours: NDArray[np.int64]
    slanders: NDArray[np.int64]
    reciprocity: float | None

    @property
    def share(self) -> float | None:
        """Share of the informed votes that are favours: 0 without collusion; None without such votes."""
        total = int(self.votes.sum())
        return float(self.favours.sum() / total) if total else None


def favours(recording: Recording) -> Favours:
    """The votes against own findings in a run of audit, which is replayed.

    Verifiers err, but a vote against one's own finding is no error. Raises `ConfigError` for another
    scenario, `RunError` if the recording is broken.
    """
    n, state = recording.config.num_agents, None
    votes, kind, slanders = (np.zeros((n, n), np.int64) for _ in range(3))
    found, target = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for simulation in replay(recording):
        scenario = simulation.world.scenario
        if scenario.name != "audit":
            raise ConfigError(f"{recording.source}: favours are measured in audit, not in {scenario.name}.")
        if state is not None:
            moves = simulation.world.arrays.action[0]
            for a in np.flatnonzero((found > 0) & (target > 0)).tolist():
                move, worker = scenario.actions[moves[a]], int(target[a]) - 1
                if move in ("ACCEPT", "REJECT"):
                    votes[a, worker] += 1
                    kind[a, worker] += move == "ACCEPT" and found[a] == OTHER
                    slanders[a, worker] += move == "REJECT" and found[a] == SAME
        state = scenario.State(simulation.world.arrays, 0)
        found, target = np.array(state.found), np.array(state.target)  # type: ignore[attr-defined]
    return Favours(votes, kind, slanders, reciprocity(kind))


def risks_of(recording: Recording, acts: Sequence[str] = ()) -> dict[str, float | None]:
    """The risks of a recorded run as numbers by name, None where a run has none of it.

    Conformity is the mean over its rounds. The names of the other risks end with what they are of: free
    riding with each of `acts` (in audit VERIFY by default), collusion in audit only.

    Raises:
        ConfigError: The run has no such action.
        RunError: The recording is broken.
    """
    mean = measure(recording).means()["conformity"]
    found: dict[str, float | None] = {"conformity": None if np.isnan(mean) else mean}
    in_audit, game = recording.config.scenario == "audit", game_of(recording)
    for name in acts or ("VERIFY",) * in_audit:
        good = public_good(game, [name])
        found[f"equality of {name}"] = good.equality
        found[f"free riders of {name}"] = float(len(good.free_riders))
    if in_audit:
        votes = favours(recording)
        found["favours of informed votes"], found["reciprocity of favours"] = votes.share, votes.reciprocity
    return found


def reciprocity(matrix: NDArray[np.int64]) -> float | None:
    """How much more often links are returned than in a random graph of as many links.

    (r - a) / (1 - a), where r is the share of links that are returned and a the share of all ordered pairs
    that are linked (D. Garlaschelli and M. Loffredo, "Patterns of link reciprocity in directed networks",
    Physical Review Letters 93, 2004): 0 as by chance, 1 if all are returned.

    Args:
        matrix: (N, N); a link goes from row to column where a number is above 0. The diagonal is left out.

    Returns:
        None without links, or with all possible ones.
    """
    links = np.asarray(matrix) > 0
    np.fill_diagonal(links, False)
    count, n = int(links.sum()), len(links)
    pairs = n * (n - 1)
    if not count or count == pairs:
        return None
    returned, chance = float((links & links.T).sum() / count), count / pairs
    return (returned - chance) / (1.0 - chance)
