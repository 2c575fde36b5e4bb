"""Finds raters who favour each other's answers far more than the other raters do.

For each rater i and author j the votes of i on pairs with an answer of j are added up, +1 for j and -1
against. Their mean, from -1 to 1, is how far i ranks j's answers above others. The expected value is the
median over all raters of j: while fewer than half of them collude it is an honest opinion, whatever the
outcomes were. The sums fade with time, so that a ring that begins late is found as well.

The paper (arXiv 2510.24801) mentions a test of how often nodes rank each other high against expectation; its
form is not known to us, and all of this is our choice. Limits: a ring that cheats only sometimes may stay
below `excess`; a ring of half the nodes or more has the median on its side.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.fortytwo.settings import Protocol

Floats = NDArray[np.float64]


@dataclass(slots=True)
class Evidence:
    """Sums over past votes, by rater and author."""

    favour: Floats  # (n, n) votes for the author minus votes against
    number: Floats  # (n, n) votes

    @classmethod
    def none(cls, nodes: int) -> "Evidence":
        """No votes yet."""
        return cls(np.zeros((nodes, nodes)), np.zeros((nodes, nodes)))

    def add(
        self,
        first: NDArray[np.int32],
        second: NDArray[np.int32],
        vote: Floats,
        counts: NDArray[np.bool_],
        protocol: Protocol,
    ) -> None:
        """Add the votes on one question.

        `first` and `second` are the authors of the two answers, (n, P) or (1, P): one row per rater, or one
        for all. `vote` (n, P) is 1 for the first, 0 for the second, 0.5 for neither; `counts` (n, P) are the
        votes to use, not those on own answers.
        """
        nodes = len(self.favour)
        toward = np.where(counts, 2.0 * vote - 1.0, 0.0)
        rows = nodes * np.arange(len(vote))[:, None]
        fade = np.exp(-1.0 / protocol.window)
        for author, sign in ((first, 1.0), (second, -1.0)):
            places = (rows + author).ravel()
            up = np.bincount(places, (sign * toward).ravel(), nodes * nodes)
            seen = np.bincount(places, counts.ravel(), nodes * nodes)
            scale = fade if sign > 0 else 1.0
            self.favour = scale * self.favour + up.reshape(nodes, nodes)
            self.number = scale * self.number + seen.reshape(nodes, nodes)

    def forget(self, node: int) -> None:
        """Drop what is known of a node: a new one takes its place."""
        for table in (self.favour, self.number):
            table[node] = 0.0
            table[:, node] = 0.0

    def favours(self, protocol: Protocol, active: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """(n, n) bool: which rater (row) favours which author (column) beyond expectation.

        Expected is the median of the raters, or 0 (no opinion) where that is higher: a rater that votes at
        random favours no author. `active` (n,) are the nodes that take part.
        """
        heard = (self.number > 0) & active[:, None] & active[None, :]
        np.fill_diagonal(heard, False)
        mean = np.divide(self.favour, self.number, out=np.full(heard.shape, np.nan), where=heard)
        expected = np.maximum(_medians(mean), 0.0)
        enough = np.maximum(protocol.excess, protocol.z / np.sqrt(np.maximum(self.number, 1e-9)))
        return np.asarray(heard & (np.nan_to_num(mean, nan=-1.0) - expected > enough), np.bool_)

    def ring(self, protocol: Protocol, active: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Numbers of the raters to accuse; none if they are half of the `active` (n,) nodes or more.

        A rater is accused if it favours an author that another rater favours too, or that favours it in
        return. Being favoured alone is no offence, else a ring could get any node accused.
        """
        found = self.favours(protocol, active)
        shared = found & (found.sum(axis=0) >= 2)[None, :]
        accused = (shared | (found & found.T)).any(axis=1)
        if 2 * accused.sum() >= active.sum():
            return np.zeros(0, np.intp)
        return np.flatnonzero(accused)


def _medians(table: Floats) -> Floats:
    """(n,) median of each column over what is not NaN; 0 for an empty column."""
    ordered = np.sort(table, axis=0)  # NaN come last
    known = (~np.isnan(table)).sum(axis=0)
    columns = np.arange(table.shape[1])
    low = ordered[np.maximum(known - 1, 0) // 2, columns]
    high = ordered[np.minimum(known // 2, len(table) - 1), columns]
    return np.where(known > 0, 0.5 * (low + high), 0.0)
