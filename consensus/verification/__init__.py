"""Work is accepted if most verifiers, who do it again, obtain the same. Options: verifiers=3, need=2.

`Verification` is the rule; this package also has what is needed to verify work: signatures of pictures,
texts, token sequences and activations, distances, calibration, commitments, stakes. See
`docs/consensus/verification.md`.

    from swarm_env.consensus.verification import picture_hash

    picture_hash(one).distance(picture_hash(another))  # bits
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from swarm_env.consensus.signatures.activations import (
    Agreement,
    Context,
    build,
    chain,
    check,
    chunks,
    mean_distance,
)
from swarm_env.consensus.signatures.hamming import (
    count_near,
    distance_counts,
    paired_distances,
    random_pairs_within,
)
from swarm_env.consensus.signatures.image_hashes import METHODS, picture_hash, picture_words
from swarm_env.consensus.signatures.signature import Signature
from swarm_env.consensus.signatures.text_hashes import minhash, simhash
from swarm_env.consensus.signatures.token_sequences import Divergence, TokenSignature, divergence
from swarm_env.consensus.verification.agreement import (
    NEED,
    VERIFIERS,
    check_majority,
    correlation,
    dependent_rate,
    effective_verifiers,
    majority_rate,
    single_rate,
)
from swarm_env.consensus.verification.calibration import (
    Calibration,
    Curve,
    Rates,
    Spread,
    calibrate,
    roc,
    spread,
    threshold_at,
)
from swarm_env.consensus.verification.chunk_limits import (
    ChunkLimits,
    calibrate_chunks,
    chunks_to_check,
    mixed,
    power_by_share,
    worst_means,
)
from swarm_env.consensus.verification.protocol import (
    Check,
    Settled,
    Terms,
    Verdict,
    draw_verifiers,
    promise_of,
    sampled,
    verdict_of,
)
from swarm_env.consensus.verification.stake import (
    colluding_majority,
    expected_gain,
    honest_loss,
    passing,
    required_sampling,
    required_stake,
)
from swarm_env.consensus.vote_kernels import vote_by_verifiers

from swarm_env.engine.rule_calls import VoteKernel

__all__ = [
    "METHODS", "RULE", "Agreement", "Calibration", "Check", "ChunkLimits", "Context", "Curve", "Divergence",
    "Rates", "Settled", "Signature", "Spread", "Terms", "TokenSignature", "Verdict", "Verification",
    "build", "calibrate", "calibrate_chunks", "chain", "check", "chunks", "chunks_to_check",
    "colluding_majority", "correlation",
    "count_near", "dependent_rate", "distance_counts", "divergence", "draw_verifiers",
    "effective_verifiers", "expected_gain", "honest_loss", "majority_rate", "mean_distance",
    "minhash", "mixed", "paired_distances", "passing", "picture_hash", "picture_words",
    "power_by_share", "promise_of",
    "random_pairs_within", "required_sampling", "required_stake", "roc", "sampled", "simhash",
    "single_rate", "spread", "threshold_at", "verdict_of", "worst_means",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verification:
    """The rule. It judges one piece of work by verifiers' votes, and does not rank items.

    Attributes:
        name: The name it is registered by.
        verifiers: m, how many are asked.
        need: How many must say the same for a verdict, more than half of m.
    """

    name: str = "verification"
    verifiers: int = VERIFIERS
    need: int = NEED

    vote_kernel: ClassVar[VoteKernel] = staticmethod(vote_by_verifiers)  # the majority of those that vote

    def __post_init__(self) -> None:
        check_majority(self.verifiers, self.need)

    def verdict(self, matches: Iterable[bool]) -> Verdict:
        """The verdict of the verifiers that voted.

        Args:
            matches: Whether each obtained the worker's result; fewer than m if some were silent.

        Returns:
            "accepted", "rejected", or "open" if neither side has enough.
        """
        return verdict_of(matches, self.need)


RULE = Verification
