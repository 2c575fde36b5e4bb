"""Training that others can check: every update follows from a seed, so any node can compute it again.

Four nodes train a small classifier of digits that the diffusion model draws. Synchronised: every round all
nodes start from one state and the mean of their updates is applied. Gossip: every node has a state of its
own, trains a step, and averages with a partner that the seed chooses. Nodes report their state after each own
step; a verifier starts from the states reported before and computes that step again.
"""

import hashlib
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.studies.models.diffusion import draw
from swarm_env.consensus.studies.models.hardware import HONEST, Hardware
from swarm_env.consensus.studies.models.weights import load

NODES, ROUNDS, BATCH, RATE, HIDDEN = 4, 60, 32, 0.2, 24
SLACK = 3.0  # times the largest distance of honest updates of another run is accepted
POISONS = ("flipped labels", "scaled", "no update", "other data")
POISONED = (12, 2)  # round and node
Way = Literal["synchronised", "gossip"]
WAYS: tuple[Way, ...] = ("synchronised", "gossip")
State = NDArray[np.float64]  # (parameters,)


class Data(NamedTuple):
    """Pictures (n, 256), from -1 to 1, and their digits (n,)."""

    pictures: NDArray[np.float64]
    labels: NDArray[np.int64]

    @classmethod
    def drawn(cls, number: int, first: int) -> "Data":
        """So many pictures by the study's model."""
        labels = np.arange(number) % 10
        pictures = draw(load("digits"), labels, first + np.arange(number), Hardware("float32")).pictures
        return cls(pictures.reshape(number, -1) / 127.5 - 1.0, labels)


class Reports(NamedTuple):
    """What nodes reported: their states before each round, and after their own step of it."""

    before: NDArray[np.float64]  # (rounds + 1, nodes, parameters)
    after: NDArray[np.float64]  # (rounds, nodes, parameters)

    def digest(self) -> str:
        """32 hexadecimal digits that stand for all of it."""
        return hashlib.blake2b(self.before.tobytes() + self.after.tobytes(), digest_size=16).hexdigest()


class Found(NamedTuple):
    """What was measured, for one way of training."""

    same_machine_equal: bool  # whether a replay on the same machine gave every bit again
    honest: float  # largest distance of an honest update to its replay on another machine
    threshold: float
    honest_rejected: int  # updates, of all machines' replays, that were rejected
    honest_updates: int
    poison: dict[str, float]  # least distance of a poisoned update, by kind
    caught: dict[str, float]  # share of replays in which exactly the poisoned update was found
    accuracy: float  # of the trained classifier on new pictures, 0 to 1
    poisoned_accuracy: float  # if node 2 flips labels from round 12 to the end


def train(
    way: Way,
    data: Data,
    seed: int,
    machines: list[Hardware],
    poison: str = "",
    lasting: bool = False,
    rounds: int = ROUNDS,
) -> Reports:
    """Train on each node's machine for more than 12 rounds, and keep the nodes' reports.

    The seed gives the first state, the batches and the pairs that meet. `poison` is what node 2 does in round
    12 instead of its work ("": nothing), with `lasting` to the end.
    """
    states = np.repeat(_first(seed)[None], NODES, axis=0)
    before, after = [states], []
    for time in range(rounds):
        own = [update(states[i], data, seed, time, i, machines[i]) for i in range(NODES)]
        round_, node = POISONED
        if poison and (time == round_ or (lasting and time > round_)):
            own[node] = _poisoned(poison, states[node], data, seed, time, machines[node])
        after.append(np.stack(own))
        states = meet(way, after[-1], seed, time)
        before.append(states)
    return Reports(np.stack(before), np.stack(after))


def meet(way: Way, own: NDArray[np.float64], seed: int, time: int) -> NDArray[np.float64]:
    """States (nodes, parameters) after nodes met; always the same: in float64, in the order of the nodes."""
    if way == "synchronised":
        return np.repeat(own.mean(axis=0)[None], NODES, axis=0)
    order = np.random.default_rng([seed, time, 31]).permutation(NODES).reshape(-1, 2)
    met = own.copy()
    for a, b in order:
        met[a] = met[b] = (own[a] + own[b]) / 2
    return met


def replay(reports: Reports, way: Way, data: Data, seed: int, machine: Hardware) -> NDArray[np.float64]:
    """How far each reported update is from its replay, (rounds, nodes), in lengths of the replayed update.

    A state that does not follow from the seed or from the states reported before it counts as infinitely far.
    """
    rounds = len(reports.after)
    found = np.zeros((rounds, NODES))
    if not np.array_equal(reports.before[0], np.repeat(_first(seed)[None], NODES, axis=0)):
        found[0] = np.inf
    for time in range(rounds):
        if not np.array_equal(meet(way, reports.after[time], seed, time), reports.before[time + 1]):
            found[time] = np.inf
            continue
        for node in range(NODES):
            start = reports.before[time, node]
            own = update(start, data, seed, time, node, machine)
            length = np.linalg.norm(own - start)
            found[time, node] = max(
                found[time, node], np.linalg.norm(reports.after[time, node] - own) / length
            )
    return found


def update(
    state: State, data: Data, seed: int, time: int, node: int, machine: Hardware, labels: int = 0
) -> State:
    """A node's state after its own step of a round; `labels` is added to the labels, for poison."""
    pick = np.random.default_rng([seed, time, node, 30]).choice(len(data.labels), BATCH, replace=False)
    w1, w2 = (machine.round(w) for w in _matrices(state))
    x = machine.round(data.pictures[pick])
    hidden = machine.dot(x, w1)
    active = np.maximum(hidden, 0)
    chance = machine.softmax(machine.dot(active, w2))
    error = machine.round(
        (chance - np.eye(10, dtype=chance.dtype)[(data.labels[pick] + labels) % 10]) / BATCH
    )
    back = machine.dot(error, w2.T) * (hidden > 0)
    slope = np.concatenate([machine.dot(x.T, back).ravel(), machine.dot(active.T, error).ravel()])
    return state - RATE * slope.astype(np.float64)


def accuracy(reports: Reports, data: Data) -> float:
    """Share of pictures that the mean of the last states classifies rightly."""
    w1, w2 = _matrices(reports.before[-1].mean(axis=0))
    return float(((np.maximum(data.pictures @ w1, 0) @ w2).argmax(axis=1) == data.labels).mean())


def measure(way: Way, seed: int = 0, rounds: int = ROUNDS) -> Found:
    """Train for more than 12 rounds on unlike machines, replay on each, and poison an update in every way."""
    data, new = Data.drawn(400, 9_000_000), Data.drawn(200, 9_100_000)
    machines = [HONEST[i] for i in (1, 4, 5, 8)]
    honest, calibration = (train(way, data, seed + i, machines, rounds=rounds) for i in (0, 1))
    seen = np.stack([replay(honest, way, data, seed, machine) for machine in HONEST])
    fine = np.stack([replay(calibration, way, data, seed + 1, machine) for machine in HONEST])
    threshold = SLACK * float(fine.max())
    poison, caught = {}, {}
    for kind in POISONS:
        reports = train(way, data, seed, machines, kind, rounds=rounds)
        far = np.stack([replay(reports, way, data, seed, machine) for machine in HONEST])
        poison[kind] = float(far[:, POISONED[0], POISONED[1]].min())
        exactly = [[tuple(p) for p in np.argwhere(one > threshold)] == [POISONED] for one in far]
        caught[kind] = float(np.mean(exactly))
    lasting = train(way, data, seed, machines, POISONS[0], lasting=True, rounds=rounds)
    alike = [machines[1]] * NODES
    once, again = (train(way, data, seed, alike, rounds=rounds).digest() for _ in range(2))
    return Found(
        once == again, float(seen.max()), threshold, int((seen > threshold).sum()), seen.size, poison, caught,
        accuracy(honest, new), accuracy(lasting, new),
    )  # fmt: skip


def _first(seed: int) -> State:
    return np.random.default_rng([seed, 32]).standard_normal(256 * HIDDEN + HIDDEN * 10) * 0.05


def _matrices(state: State) -> tuple[State, State]:
    cut = 256 * HIDDEN
    return state[:cut].reshape(256, HIDDEN), state[cut:].reshape(HIDDEN, 10)


def _poisoned(poison: str, state: State, data: Data, seed: int, time: int, machine: Hardware) -> State:
    node = POISONED[1]
    if poison == "flipped labels":
        return update(state, data, seed, time, node, machine, labels=1)
    if poison == "other data":
        return update(state, data, seed + 1_000, time, node, machine)
    if poison == "scaled":
        return state - 3 * (update(state, data, seed, time, node, machine) - state)
    return state.copy()  # no update
