"""What is crossed with what: the swarms, protocols, adversaries and rules of the study."""

from collections.abc import Iterator
from typing import NamedTuple

from swarm_env.consensus.fortytwo.settings import BURN_IN, Attack, Protocol, Swarm

SWARMS = {
    "as in the first study": Swarm(),
    "good nodes, worse judges": Swarm(accuracy=0.85, judge_accuracy=0.7),
    "hard, mistakes in common": Swarm(hard_to_judge=0.6, appeal=1.0),
    "five families, each with its taste": Swarm(families=5, taste=1.0),
}
PAIRS = {"102 pairs": None, "12 pairs": 12}
SHARES = (0.3, 0.45)
ADVERSARIES = (
    "strike?period=1&phase=0", "strike?period=4", "strike?period=1&phase=0&effort=0.4", "rotation",
    "whitewashing", "bribery", "framing?strike=4", "copying", "sleeping", "threshold", "decoys",
)  # fmt: skip
RULES = (
    "majority", "weighted_majority", "best_single", "borda", "copeland", "elo", "rank_centrality",
    "dawid_skene", "noisy_bt", "joint", "bradley_terry?ties=half", "fortytwo?classes=true", "judges_median",
)  # fmt: skip
PROTOCOLS = {
    "rings excluded": Protocol(),
    "nobody excluded": Protocol(collusion=False),
    "nobody excluded, equal weights": Protocol(collusion=False, weighting="equal"),
}
OWN = "fortytwo"  # the rule of the protocols; the others choose beside it


class Case(NamedTuple):
    """One simulation."""

    swarm: str
    pairs: str
    protocol: str
    adversary: str  # "": no attack
    share: float
    seed: int
    questions: int
    rules: tuple[str, ...]

    @property
    def key(self) -> str:
        """Its name in the file of results."""
        return "|".join(str(part) for part in self[:-1])

    @property
    def attack(self) -> Attack:
        """Its attack."""
        return Attack("policy", self.share) if self.adversary else Attack()


def cases(quick: bool, seed: int) -> Iterator[Case]:
    """All simulations of the study; `quick`: one swarm, four attacks, fewer rules and questions."""
    swarms, pairs = list(SWARMS), list(PAIRS)
    shares: tuple[float, ...] = SHARES
    adversaries: tuple[str, ...] = ADVERSARIES
    rules: tuple[str, ...] = RULES
    runs, questions = 3, BURN_IN + 40
    if quick:
        swarms, pairs, shares = swarms[:1], pairs[:1], SHARES[1:]
        adversaries, rules = ADVERSARIES[:4], ("majority", "fortytwo?classes=true", "judges_median")
        questions = BURN_IN + 28
    attacks = [("", 0.0), *((adversary, share) for share in shares for adversary in adversaries)]
    for run in range(runs):  # so that a study that is stopped has whole runs
        for swarm in swarms:
            for number in pairs:
                for protocol in PROTOCOLS:
                    for adversary, share in attacks:
                        yield Case(swarm, number, protocol, adversary, share, seed + run, questions, rules)
