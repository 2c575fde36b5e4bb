"""A simulated swarm answers questions by the protocol, and simpler rules answer beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.adversaries.policy import Adversary
from swarm_env.consensus.ballots import checked_number, winner_of
from swarm_env.consensus.fortytwo.collusion import Evidence
from swarm_env.consensus.fortytwo.commit_reveal import SALT_BYTES, run_ballot
from swarm_env.consensus.fortytwo.reputation import agreement, moved, weights
from swarm_env.consensus.fortytwo.schedules import pairs_for
from swarm_env.consensus.fortytwo.settings import MOST_QUESTIONS, Attack, Protocol, Swarm, check_size
from swarm_env.consensus.fortytwo.simulated.attacks import Attackers
from swarm_env.consensus.fortytwo.simulated.deciders import Decider, decider
from swarm_env.consensus.fortytwo.simulated.judging import honest_votes
from swarm_env.consensus.fortytwo.simulated.log_odds import sigmoid
from swarm_env.consensus.fortytwo.simulated.nodes import (
    FAULTS,
    ORDER,
    RIGHT,
    VOTES,
    Bools,
    Floats,
    Ints,
    Nodes,
    Questions,
    classes_of,
    draw_nodes,
    draw_questions,
    generator,
)
from swarm_env.consensus.fortytwo.simulated.policies import PolicyAttackers
from swarm_env.consensus.fortytwo.simulated.result import Simulated
from swarm_env.consensus.fortytwo.simulated.vote_fits import strengths_by_author

from swarm_env.errors import ConfigError

RULES = ("majority", "bradley_terry", "fortytwo", "best_single")


class _Round(NamedTuple):
    """One question's votes, items numbered by author."""

    first: Ints  # (n, P) or (1, P)
    second: Ints
    vote: Floats  # (n, P)


@dataclass(slots=True)
class _State:
    """The state that changes from question to question."""

    reputation: Floats
    active: Bools
    stake: Floats
    evidence: Evidence
    excluded: list[tuple[int, int]] = field(default_factory=list)
    slashed_honest: float = 0.0
    votes: int = 0
    counted: int = 0


def simulate(
    swarm: Swarm | None = None,
    protocol: Protocol | None = None,
    attack: Attack | None = None,
    *,
    questions: int = 1000,
    seed: int = 0,
    adversary: Adversary | None = None,
    baselines: bool = True,
    sealed: bool = True,
    beside: Sequence[str] = (),
    beside_from: int = 0,
) -> Simulated:
    """Simulate a swarm that answers questions.

    Args:
        swarm: Nodes and questions; None: the defaults.
        protocol: The protocol; None: the defaults.
        attack: The attack; None: no attack.
        questions: Number of questions, at least 1.
        adversary: The policy of the attackers of kind "policy" (see `swarm_env.consensus.adversaries`).
        baselines: Whether the other rules are asked as well; without them a run is faster.
        beside: Rules, as in `Protocol.rule`, that choose from the same weighted votes as the protocol, with
            reputations as records; their choices change nothing. They replace baselines of the same name.
        beside_from: The first question in which they choose; before it they count as wrong.
        sealed: Whether votes go through commit and reveal, hashes and all; without it the same votes count.
        seed: The same seed draws the same nodes and questions whatever the attack and the protocol.

    Raises:
        ConfigError: The number of questions is not allowed, or the swarm is too large for its protocol: more
            than 10 million votes a question, or more than 2000 nodes while rings are searched for.
    """
    checked_number("questions", questions, 1, MOST_QUESTIONS)
    check_size(swarm or Swarm(), protocol or Protocol())
    attack = attack or Attack()
    if (attack.kind == "policy") != (adversary is not None):
        raise ConfigError("An adversary goes with an attack of kind 'policy', and that kind needs one.")
    run = _Simulation(swarm or Swarm(), protocol or Protocol(), attack, questions, seed, adversary)
    run.baselines, run.sealed = baselines, sealed
    run.beside, run.beside_from = {name: decider(name) for name in beside}, beside_from
    return run.run()


class _Simulation:
    baselines = sealed = True
    beside: Mapping[str, Decider] = MappingProxyType({})
    beside_from = 0

    def __init__(
        self, swarm: Swarm, protocol: Protocol, attack: Attack, count: int, seed: int,
        adversary: Adversary | None,
    ) -> None:  # fmt: skip
        self.swarm, self.protocol, self.count, self.seed = swarm, protocol, count, seed
        self.nodes: Nodes = draw_nodes(swarm, seed)
        self.questions: Questions = draw_questions(swarm, self.nodes, count, seed)
        self.attackers = (
            Attackers.of(attack, protocol, self.nodes, seed)
            if adversary is None
            else PolicyAttackers.led_by(adversary, attack, protocol, self.nodes, seed, swarm.wrong_answers)
        )
        self.decide = decider(protocol.rule)
        n, member = swarm.nodes, self.attackers.member
        self.bias = self.attackers.bias(swarm.position_bias)[:, None]
        self.lazy = (self.nodes.laziness < swarm.lazy) & ~member
        self.skill = sigmoid(self.nodes.sharpness)
        active = np.ones(n, np.bool_) if attack.kind != "sybil" else ~member
        stake = np.where(active, protocol.stake, 0.0)
        evidence = Evidence.none(n if protocol.collusion else 0)
        self.state = _State(np.full(n, protocol.start), active, stake, evidence)

    def run(self) -> Simulated:
        """Simulate all questions, one after the other."""
        right = {rule: np.zeros(self.count, np.bool_) for rule in (*RULES[:-1], *self.beside)}
        history = np.full((self.count, self.swarm.nodes), np.nan, np.float32)
        answered, alone = np.zeros(self.swarm.nodes, np.int64), np.zeros(self.count)
        honest = ~self.attackers.member
        for t in range(self.count):
            state, before = self.state, len(self.state.excluded)
            self.attackers.prepare(t, state.active, state.reputation, self.questions.answer[t])
            self._come_and_go(t)
            present = self.state.active.copy()
            answer = self.attackers.answers(t, self.questions.answer[t])
            writes = answer != self.questions.answer[t]  # what attackers write in place of the honest answer
            attempt = self.questions.attempt[t] | writes
            gated = self.questions.gated[t] | writes
            classes = classes_of(answer, attempt, self.swarm.wrong_answers)
            for rule, winner in self._answer(t, classes, gated).items():
                right[rule][t] = winner >= 0 and classes[winner] == RIGHT
            gone = np.array([node for _, node in state.excluded[before:]], np.int32)
            self.attackers.learn(t, bool(right["fortytwo"][t]), gone)
            history[t, present] = self.state.reputation[present]
            answered += classes == RIGHT
            alone[t] = (classes[honest] == RIGHT).mean() if honest.any() else 0.0
        if "best_single" not in self.beside:  # in hindsight
            right["best_single"] = self._alone(winner_of(answered.astype(np.float64), self.seed))
        attackers, state = self.attackers, self.state
        slashed = (state.slashed_honest, attackers.account.slashed)
        return Simulated(
            right, alone, state.votes, state.counted, history, attackers.member.copy(), state.excluded,
            attackers.entered, slashed, attackers.account.fees,
        )  # fmt: skip

    def _alone(self, node: int) -> Bools:
        """Whether a node alone is right, whether or not it is in the swarm."""
        answers = np.array(
            [self.attackers.answers(t, self.questions.answer[t])[node] for t in range(self.count)]
        )
        return np.asarray((answers == RIGHT) & self.questions.attempt[:, node], np.bool_)

    def _come_and_go(self, t: int) -> None:
        state, account = self.state, self.attackers.account
        leaving, coming = self.attackers.identities(
            t, state.active, state.reputation, self.protocol, self.skill
        )
        for node in leaving:
            account.leave(float(state.stake[node]))
            state.stake[node], state.active[node] = 0.0, False
        for node in coming:
            state.stake[node], state.active[node] = self.protocol.stake, True
            state.reputation[node] = self.protocol.start
            if self.protocol.collusion:
                state.evidence.forget(int(node))

    def _answer(self, t: int, classes: Ints, gated: Bools) -> dict[str, int]:
        """Author of the answer that each rule chooses; -1: there is no answer. Moves the state on.

        The baselines know no entry and no exclusion: they use all nodes, every text that passes the gate, and
        every vote.
        """
        seed, active = int(self.questions.seed[t]), self.state.active.copy()
        _, where, counts = np.unique(classes, return_inverse=True, return_counts=True)
        winners = {"majority": winner_of(counts[where], seed), "bradley_terry": -1, "fortytwo": -1}
        items, plain, voted = np.flatnonzero(gated), np.zeros(len(gated)), None
        if len(items) and (self.baselines or active.all()):
            voted = self._vote(t, items, classes)
            first, second, vote = voted
        if voted is not None and self.baselines:
            plain = strengths_by_author(
                first, second, vote, np.ones((len(vote), 1)), items, self.protocol.prior
            )
            winners["bradley_terry"] = int(items[winner_of(plain[items], seed)])
        if not active.all():
            items = np.flatnonzero(gated & active)
            voted = self._vote(t, items, classes) if len(items) else None
        if voted is not None:
            self.state.votes += int(active.sum()) * voted.vote.shape[1]
            winners |= self._outcome(t, items, voted, plain, seed, classes)
        return winners

    def _vote(self, t: int, items: NDArray[np.intp], classes: Ints) -> _Round:
        """The votes of all nodes on some answers."""
        swarm, protocol = self.swarm, self.protocol
        rng = generator(self.seed, ORDER, t)
        shuffled = np.argsort(rng.random(swarm.nodes)[items])
        pairs = pairs_for(protocol.schedule, protocol.orders, len(items), swarm.nodes, rng, protocol.pairs)
        authors = items[shuffled].astype(np.int32)
        first, second = authors[pairs[..., 0]], authors[pairs[..., 1]]
        draws = generator(self.seed, VOTES, t).random((3, swarm.nodes, pairs.shape[1]))
        honest = honest_votes(
            swarm, self.nodes, self.questions, self.bias, self.lazy, t, first, second, classes, draws
        )
        vote = self.attackers.vote(t, first, second, honest, draws[2], self.nodes.letter)
        return _Round(first, second, vote)

    def _revealed(self, t: int, vote: Floats) -> Bools:
        """(n,) whose votes were committed to and revealed in time: the real protocol, hashes and all."""
        if not self.sealed:
            return np.asarray(self.state.active & ~self.questions.late[t], np.bool_)
        salts = generator(self.seed, FAULTS, t).bytes(SALT_BYTES * self.swarm.nodes)
        encoded = (2.0 * vote).astype(np.uint8)
        sealed = {
            str(node): (salts[SALT_BYTES * node : SALT_BYTES * (node + 1)], encoded[node].tobytes())
            for node in np.flatnonzero(self.state.active)
        }
        box = run_ballot(str(t), sealed, set(map(str, np.flatnonzero(self.questions.late[t]))))
        revealed = np.zeros(self.swarm.nodes, np.bool_)
        revealed[[int(rater) for rater in box.revealed]] = True
        return revealed

    def _outcome(
        self, t: int, items: NDArray[np.intp], voted: _Round, start: Floats, seed: int, classes: Ints
    ) -> dict[str, int]:
        """Authors of the winners by the protocol and the rules beside it; the state moves on."""
        state, protocol, n = self.state, self.protocol, self.swarm.nodes
        first, second, vote = voted
        revealed = self._revealed(t, vote)
        weight = weights(state.reputation, protocol.weighting, revealed)
        rater = np.arange(n)[:, None]
        others = revealed[:, None] & (first != rater) & (second != rater)
        counts = np.broadcast_to(revealed[:, None], vote.shape) if protocol.own_pairs else others
        strength = strengths_by_author(
            first, second, vote, weight[:, None] * counts, items, protocol.prior, start
        )
        state.counted += int(counts[weight > 0].sum())
        known = (voted.first, voted.second, vote, weight[:, None] * others, items, classes, strength,
                 state.reputation, seed)  # fmt: skip
        deciders = {"fortytwo": self.decide, **(self.beside if t >= self.beside_from else {})}
        chosen = {name: int(items[winner_of(decide(*known), seed)]) for name, decide in deciders.items()}
        self._learn(voted, revealed, others, strength, items, t)
        return chosen

    def _learn(
        self, voted: _Round, revealed: Bools, others: Bools, strength: Floats, items: NDArray[np.intp], t: int
    ) -> None:
        """Move reputations, slash stakes, and search for rings."""
        state, protocol = self.state, self.protocol
        shown = agreement(voted.first, voted.second, voted.vote, others, strength)
        if protocol.generation and len(items) > 1:
            place = np.full(self.swarm.nodes, 0.0)
            place[items] = np.argsort(np.argsort(strength[items])) / (len(items) - 1)
            shown = (1 - protocol.generation) * shown + protocol.generation * place
        unrevealed = state.active & ~revealed
        shown[unrevealed] = 0.0
        new = moved(state.reputation, shown, protocol)
        state.reputation = np.where(state.active, new, state.reputation)
        for node in np.flatnonzero(unrevealed):
            self._slash(int(node), protocol.late_slash)
        if protocol.collusion:
            state.evidence.add(voted.first, voted.second, voted.vote, others, protocol)
            for node in state.evidence.ring(protocol, state.active):
                self._slash(int(node), 1.0)
                state.active[node] = False
                state.excluded.append((t, int(node)))

    def _slash(self, node: int, share: float) -> None:
        amount = share * float(self.state.stake[node])
        self.state.stake[node] -= amount
        if self.attackers.member[node]:
            self.attackers.account.lose(amount)
        else:
            self.state.slashed_honest += amount
