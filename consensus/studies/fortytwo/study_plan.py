"""The plan of the study: panels of points, each point a swarm, a protocol and an attack."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from swarm_env.consensus.fortytwo.settings import BURN_IN, Attack, Protocol, Swarm

CLAIMS = {
    "a": "Does Bradley-Terry beat a majority vote?",
    "b": "Does asking in both orders take a position bias out?",
    "c": "How good must the judges be?",
    "d": "Does reputation raise the share of attackers that is tolerated?",
    "attacks": "What does each attack by 30% of the nodes cost?",
    "nodes": "What do more nodes bring?",
    "pairs": "What do more pairs bring?",
    "noise": "What does text in the prompt cost that does not belong there?",
    "bar": "What do 30% colluders cost over 1 000 questions?",
}
SINGLE_LOSS = 0.062  # what a single node is made to lose by noise, the published figure


@dataclass(frozen=True, slots=True)
class Point:
    """The simulation of one place of one curve."""

    x: float | str  # place on the axis; a name where the axis has names
    curve: str = ""  # variant it belongs to; "" where a panel has only one
    swarm: Swarm = field(default_factory=Swarm)  # see `simulate`
    protocol: Protocol = field(default_factory=Protocol)  # see `simulate`
    attack: Attack = field(default_factory=Attack)  # see `simulate`


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot."""

    name: str
    axis: str
    points: Sequence[Point]  # all points of all curves
    # Rules to show. Those that no curve changes are taken from the first curve.
    rules: tuple[str, ...] = ("majority", "bradley_terry", "fortytwo", "best_single")
    questions: int = BURN_IN + 100  # questions per run, burn-in included
    runs: int = 8  # number of seeds

    @property
    def claim(self) -> str:
        """Key of `CLAIMS`: the beginning of the name."""
        return self.name.partition("-")[0]


def panels(quick: bool = False) -> list[Panel]:
    """The whole study; `quick`: fewer runs of fewer questions, to see that it works."""
    found = [*_claim_a(), *_claim_b(), *_claim_c(), *_claim_d(), *_sizes(), *_rest()]
    if quick:
        return [replace(panel, questions=BURN_IN + 15, runs=3) for panel in found]
    return found


def _claim_a() -> Iterator[Panel]:
    yield Panel(
        "a-accuracy",
        "how often a node answers rightly",
        [Point(a, swarm=Swarm(accuracy=a)) for a in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)],
    )
    yield Panel(
        "a-herding",
        "share of wrong answers that are the popular mistake (nodes right in 45%)",
        [Point(h, swarm=Swarm(accuracy=0.45, herding=h)) for h in (0.0, 0.25, 0.5, 0.75, 1.0)],
    )
    yield Panel(
        "a-own-view",
        "how far a judge leans to answers like its own [logits]",
        [Point(w, swarm=Swarm(own_view=w)) for w in (0.0, 0.5, 1.0, 2.0, 4.0)],
    )


def _claim_b() -> Iterator[Panel]:
    both = (("both orders", Protocol()), ("one order", Protocol(orders="one")))
    yield Panel(
        "b-bias",
        "how far all judges lean to the first place [logits]",
        [
            Point(b, curve, Swarm(position_bias=b), protocol)
            for curve, protocol in both
            for b in (0.0, 1.0, 2.0, 3.0, 4.0, 6.0)
        ],
        ("majority", "fortytwo"),
    )
    yield Panel(
        "b-biased-share",
        "share of judges that always name the first place",
        [
            Point(s, curve, Swarm(), protocol, Attack("position", s, bias=50.0))
            for curve, protocol in both
            for s in (0.0, 0.25, 0.5, 0.75, 0.9, 1.0)
        ],
        ("majority", "fortytwo"),
    )


def _claim_c() -> Iterator[Panel]:
    yield Panel(
        "c-judges",
        "how often a judge prefers a right answer to a wrong one",
        [
            Point(p, f"mistakes in common: {appeal:g}", Swarm(judge_accuracy=p, appeal=appeal))
            for appeal in (0.5, 0.0, 1.5)
            for p in (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9)
        ],
        ("majority", "fortytwo", "best_single"),
    )


def _claim_d() -> Iterator[Panel]:
    protocols = (
        ("linear, rings excluded", Protocol()),
        ("linear", Protocol(collusion=False)),
        ("log-odds", Protocol(collusion=False, weighting="log_odds")),
    )
    yield Panel(
        "d-colluders",
        "share of the nodes in the ring",
        [
            Point(f, curve, Swarm(), protocol, Attack("collude" if f else "none", f))
            for curve, protocol in protocols
            for f in (0.0, 0.1, 0.2, 0.3, 0.33, 0.4, 0.45, 0.5, 0.55)
        ],
        ("majority", "bradley_terry", "fortytwo"),
    )
    yield Panel(
        "d-random",
        "share of the nodes that vote by coin",
        [
            Point(f, curve, Swarm(judge_accuracy=0.65), protocol, Attack("random" if f else "none", f))
            for curve, protocol in protocols[1:]
            for f in (0.0, 0.2, 0.4, 0.6, 0.8, 0.9)
        ],
        ("bradley_terry", "fortytwo"),
    )
    yield Panel(
        "d-effort",
        "share of its votes in which a ring of 30% promotes its own",
        [Point(e, attack=Attack("collude", 0.3, effort=e)) for e in (0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)],
        ("majority", "bradley_terry", "fortytwo"),
        questions=BURN_IN + 180,
    )


def _sizes() -> Iterator[Panel]:
    yield Panel(
        "nodes",
        "nodes",
        [
            Point(n, curve, Swarm(nodes=n), attack=attack)
            for curve, attack in (("no attack", Attack()), ("30% collude", Attack("collude", 0.3)))
            for n in (3, 5, 7, 10, 19, 35)
        ],
    )
    client = [Point(k, "client's chains", protocol=Protocol(pairs=k)) for k in (2, 6, 12, 25, 50, 102)]
    drawn = [
        Point(k, "random", protocol=Protocol(schedule="random", pairs=k)) for k in (2, 6, 12, 25, 50, 102)
    ]
    every = [Point(1190, "all pairs", protocol=Protocol(schedule="all"))]
    yield Panel("pairs", "pairs per judge and question (35 nodes)", client + drawn + every, ("fortytwo",))


def _rest() -> Iterator[Panel]:
    kinds = ("random", "lazy", "position", "collude", "sybil", "sleeper", "whitewash", "noise")
    yield Panel(
        "attacks",
        "what 30% of the nodes do",
        [Point("none")] + [Point(kind, attack=Attack(kind, 0.3, wake=BURN_IN + 30)) for kind in kinds],  # type: ignore[arg-type]
    )
    lost = SINGLE_LOSS / Swarm().accuracy
    yield Panel(
        "noise",
        "share of the distraction that hits all nodes together; clean: none",
        [Point("clean")]
        + [
            Point(f"{share:g}", swarm=Swarm(distracted=lost, together=share))
            for share in (0.0, 0.25, 0.5, 1.0)
        ],
        ("single", "majority", "bradley_terry", "fortytwo"),
    )
    yield Panel(
        "bar",
        "attack",
        [Point("none"), Point("collude", attack=Attack("collude", 0.3))],
        questions=1000,
        runs=5,
    )
