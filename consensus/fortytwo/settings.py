"""Settings: the simulated swarm, the protocol, and the attack.

All values are our choice unless a source is named; none is claimed to be that of a deployed network.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, TypeVar, get_args

from swarm_env.consensus.ballots import checked_number

from swarm_env.errors import ConfigError, did_you_mean

Schedule = Literal["client", "random", "all"]
Orders = Literal["both", "one"]
Weighting = Literal["log_odds", "linear", "equal"]
Kind = Literal[
    "none", "random", "lazy", "position", "collude", "sybil", "sleeper", "whitewash", "noise", "policy"
]
T = TypeVar("T", "Swarm", "Protocol", "Attack")

BURN_IN = 20  # rounds until reputations are taken to mean something
MOST_NODES, MOST_QUESTIONS = 10_000, 1_000_000
MOST_IN_RINGS = 2_000  # nodes among whom rings are searched for: each pair of nodes is kept
MOST_VOTES = 10_000_000  # on one question


@dataclass(frozen=True, slots=True)
class Swarm:
    """Simulated nodes and questions. "Logits" are log-odds: 1 turns a probability of 0.5 into 0.73.

    Attributes:
        nodes: How many nodes there are, attackers included.
        accuracy: How often an honest node answers rightly, on average over nodes and questions.
        spread: Standard deviation of the nodes' abilities to answer [logits].
        difficulty: Standard deviation of the questions' difficulties [logits]. The larger it is, the more the
            nodes are right and wrong together.
        wrong_answers: How many wrong answers a question has (3: multiple choice of four).
        herding: Share of wrong answers that are the question's one popular mistake; the rest are spread
            evenly over all wrong answers. The larger it is, the more often a mistake has a majority.
        judge_accuracy: How often an honest node prefers a right answer to a wrong one, on average over nodes,
            questions, answers and both places. 0.5: chance.
        judge_spread: How much judges differ: standard deviation of the logarithm of their sharpness.
        hard_to_judge: How much worse hard questions are judged: sharpness is multiplied by
            exp(-hard_to_judge * difficulty of the question).
        appeal: Standard deviation of how convincing an answer looks to all judges alike, right or not
            [logits]. Mistakes that it causes do not average out, however many judge.
        style: The same for each single text, also of texts that give the same answer [logits].
        families: Into how many families (of models) the nodes fall, in turn.
        taste: How far a judge leans to answers of its own family [logits]; not part of judge_accuracy.
        own_view: How far a judge leans to answers that agree with its own [logits]; not part of
            judge_accuracy. The larger it is, the more judging becomes a majority vote.
        position_bias: How far judges lean to the answer that stands first [logits].
        same: Probability that a judge says "equal" of two texts with the same answer.
        lazy: Share of the honest nodes that do not read: they always name the same place.
        no_attempt: Share of the honest answers that are no attempt (empty, a refusal).
        gate_error: Probability that the gate keeps a text that is no attempt, or drops one that is.
        late: Probability that an honest node's votes are revealed too late to count.
        distracted: Probability that text in the prompt that does not belong there makes a node lose the
            thread: then its answer is a mistake, and its verdicts know nothing of right and wrong.
        together: Share of that probability that hits all nodes in the same questions, not each by itself.
    """

    nodes: int = 35
    accuracy: float = 0.6
    spread: float = 0.5
    difficulty: float = 1.5
    wrong_answers: int = 3
    herding: float = 0.6
    judge_accuracy: float = 0.75
    judge_spread: float = 0.3
    hard_to_judge: float = 0.3
    appeal: float = 0.5
    style: float = 0.3
    families: int = 1
    taste: float = 0.0
    own_view: float = 0.0
    position_bias: float = 0.0
    same: float = 0.5
    lazy: float = 0.0
    no_attempt: float = 0.02
    gate_error: float = 0.01
    late: float = 0.002
    distracted: float = 0.0
    together: float = 0.0

    def __post_init__(self) -> None:
        checked_number("nodes", self.nodes, 1, MOST_NODES)
        checked_number("wrong_answers", self.wrong_answers, 1, 1000)
        shares = "accuracy herding judge_accuracy same lazy no_attempt gate_error late distracted together"
        for name in shares.split():
            checked_number(name, getattr(self, name), 0.0, 1.0)
        for name in ("spread", "difficulty", "judge_spread", "hard_to_judge", "appeal", "style"):
            checked_number(name, getattr(self, name), 0.0, 10.0)
        checked_number("families", self.families, 1, MOST_NODES)
        for name in ("own_view", "position_bias", "taste"):
            checked_number(name, getattr(self, name), -50.0, 50.0)


@dataclass(frozen=True, slots=True)
class Protocol:
    """The rules of the protocol.

    Attributes:
        schedule: Which pairs a node judges: "client" (two chains, the same for all), "random" (3 N, drawn for
            each node), "all".
        orders: Whether each pair is asked in both orders or in one. Of "random" pairs the order is drawn.
        pairs: Pairs per node and question at most; None: as many as the schedule has. A node that may judge
            fewer judges a random part, both orders of a pair together.
        prior: Of the Bradley-Terry fit: wins and losses that each answer is given, with votes of weight 1.
        start: Reputation of a node that enters.
        memory: Share of the old reputation in the new (alpha of the moving average).
        least: Reputations stay within [least, 1].
        weighting: What a reputation r weighs: "linear" r, "log_odds" max(0, log(r / (1 - r))), "equal" 1.
        rule: How the answer is chosen: "fortytwo", by the strengths of single texts; "fortytwo?classes=true",
            by the sum of the strengths of equal answers; or any ranking by its name, of the weighted votes.
            Reputations and rings follow the strengths in any case.
        generation: Share of the rank of a node's own answer in what moves its reputation; the rest is how its
            votes agree with the outcome.
        own_pairs: Whether votes on pairs with the voter's own answer count.
        collusion: Whether rings are searched for.
        window: Rounds after which the evidence for a ring has faded to 1/e.
        z: Standard errors by which favour must exceed what is expected to count as evidence.
        excess: By how much it must exceed it, too (from -1, always against, to 1, always for).
        stake: What a node deposits.
        fee: What a try of the capability test costs, passed or not.
        late_slash: Share of the stake that is lost when votes are revealed late, changed or not at all.
        test_pairs: Pairs in a capability test, each asked in both orders.
        test_pass: How many must be right.
    """

    schedule: Schedule = "client"
    orders: Orders = "both"
    pairs: int | None = None
    prior: float = 1.0
    start: float = 0.5
    memory: float = 0.9
    least: float = 0.01
    weighting: Weighting = "linear"
    rule: str = "fortytwo"
    generation: float = 0.0
    own_pairs: bool = False
    collusion: bool = True
    window: float = 50.0
    z: float = 5.0
    excess: float = 0.2
    stake: float = 10.0
    fee: float = 1.0
    late_slash: float = 0.02
    test_pairs: int = 20
    test_pass: int = 17

    def __post_init__(self) -> None:
        for name, kind in (("schedule", Schedule), ("orders", Orders), ("weighting", Weighting)):
            _one_of(name, getattr(self, name), get_args(kind))
        if self.pairs is not None:
            checked_number("pairs", self.pairs, 1, 10**7)
        for name in ("start", "memory", "least", "generation", "late_slash"):
            checked_number(name, getattr(self, name), 0.0, 1.0)
        checked_number("prior", self.prior, 1e-6, 1e6)
        checked_number("window", self.window, 1.0, 1e9)
        checked_number("excess", self.excess, 0.0, 2.0)
        for name in ("z", "stake", "fee"):
            checked_number(name, getattr(self, name), 0.0, 1e9)
        checked_number("test_pairs", self.test_pairs, 1, 10_000)
        checked_number("test_pass", self.test_pass, 0, self.test_pairs)


@dataclass(frozen=True, slots=True)
class Attack:
    """Who does not follow the protocol.

    Attributes:
        kind: What the attackers do; `attacks.py` says how:
            none, random (votes by coin), lazy (always the same place), position (reads, but leans to the
            first place), collude (a ring gives one wrong answer and votes for it), sybil (a ring of one cheap
            model behind bought identities), sleeper (a ring that is honest until `wake`), whitewash (a ring
            whose members leave when they have lost their reputation, and come back as new), noise (wrong
            answers that tell the judge to choose them), policy (what the adversary given to `simulate` does).
        share: Share of the nodes that attack. How many is rounded, half up.
        effort: Share of its votes in which a ring promotes its own; in the others it judges honestly, so as
            not to be noticed.
        wake: Round in which sleepers begin.
        bias: How far "position" leans [logits].
        obeyed: Probability that an honest judge does what a text of "noise" tells it.
        budget: What attackers may spend to come (back) in, in stakes per attacker.
        skill: How often the cheap model of "sybil" is right in a capability test.
    """

    kind: Kind = "none"
    share: float = 0.0
    effort: float = 1.0
    wake: int = 100
    bias: float = 4.0
    obeyed: float = 0.3
    budget: float = 3.0
    skill: float = 0.8

    def __post_init__(self) -> None:
        _one_of("attack", self.kind, get_args(Kind))
        for name in ("share", "effort", "obeyed", "skill"):
            checked_number(name, getattr(self, name), 0.0, 1.0)
        checked_number("wake", self.wake, 0, MOST_QUESTIONS)
        checked_number("bias", self.bias, -50.0, 50.0)
        checked_number("budget", self.budget, 0.0, 1e9)


def check_size(swarm: Swarm, protocol: Protocol) -> None:
    """Raise `ConfigError` for more than memory holds."""
    n = swarm.nodes
    each = {"client": 3 * n, "random": 3 * n, "all": n * n}[protocol.schedule]
    if n * min(each, protocol.pairs or each) > MOST_VOTES:
        raise ConfigError(
            f"{n} nodes would cast more than {MOST_VOTES} votes on each question: set pairs, at most "
            f"{MOST_VOTES // n}."
        )
    if protocol.collusion and n > MOST_IN_RINGS:
        raise ConfigError(f"Rings are searched for among at most {MOST_IN_RINGS} nodes: set collusion=False.")


def with_settings(record: T, texts: Mapping[str, str]) -> tuple[T, dict[str, str]]:
    """Set some fields of a record from texts; raises `ConfigError` for a value that is not allowed.

    Returns the new record, and the texts that name no field of it.
    """
    own = {field.name: getattr(record, field.name) for field in fields(record)}
    found = {name: _read(name, own[name], text) for name, text in texts.items() if name in own}
    return replace(record, **found), {name: text for name, text in texts.items() if name not in own}


def _read(name: str, now: Any, text: str) -> Any:
    """Parse a value of the same type as the current one."""
    if isinstance(now, str):
        return text
    if isinstance(now, bool):
        if text.lower() not in ("true", "false"):
            raise ConfigError(f"{name} must be true or false, not {text!r}.")
        return text.lower() == "true"
    if name == "pairs" and text == "none":
        return None
    try:
        return int(text) if isinstance(now, int) or name == "pairs" else float(text)
    except ValueError:
        raise ConfigError(f"{name} must be a number, not {text!r}.") from None


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigError(
            f"{name} {value!r} is not one of: {', '.join(known)}.{did_you_mean(str(value), known)}"
        )
