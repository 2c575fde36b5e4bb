"""Tokens and vectors against a slow reference in plain Python: who hears what, from whom, when."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import swarm_env
from swarm_env.engine.randomness import DELAY, LOSS, NOISE, below, number, stream, unit

OPEN = ["A..A..A..A", "..........", "A..A..A..A", "..........", "A.AA...A..", *[".........."] * 2]
N, HEIGHT, WIDTH = 12, 7, 10
LINKS = ((0, 1), (1, 0), (2, 1), (5, 3), (3, 11), (11, 3), (4, 2))
TOPOLOGIES = ("range", "all", "ring", "star", "chain", "commander", LINKS)


def world(message: str, worlds: int = 2, **more: Any) -> Any:
    """Worlds on a map without walls, from which agents may leave."""
    chosen = {
        "vocabulary": 4,
        "message_length": 2,
        "message_dim": 3,
        "max_rounds": 25,
        "layout": OPEN,
        **more,
    }
    return swarm_env.vector_env(
        "synchronization", worlds, obs="dict", info_hears=True, message=message, num_agents=N, height=HEIGHT,
        width=WIDTH, **chosen,
    )  # fmt: skip


class Reference:
    """One world: what was said, from where, and what arrives when, with one plain loop per rule."""

    def __init__(self, config: Any, seed: int) -> None:
        self.config, self.seed = config, seed
        self.sent: list[tuple[int, int, int, list[float], set[int], Any]] = []

    def linked(self, speaker: int, hearer: int, places: Any) -> bool:
        topology, reach = self.config.message_topology, self.config.message_range
        reach = self.config.view_size // 2 if reach is None else reach
        if topology == "range":
            return all(abs(x) <= reach for x in (places[speaker] - places[hearer]).tolist())
        if topology == "all":
            return True
        if topology in ("star", "commander"):
            return 0 in (speaker, hearer)
        if topology == "ring":
            return (speaker - hearer) % N in (1, N - 1)
        return abs(speaker - hearer) == 1 if topology == "chain" else (speaker, hearer) in topology

    def garbled(self, message: list[float], key: Any) -> list[float]:
        length = len(message)
        chosen = [i for i in range(length) if unit(key, 2 * i + 1) < 0.5] or [
            below(key, 2 * length + 1, length)
        ]
        out = list(message)
        for i in chosen:
            drawn = unit(key, 2 * i + 2)
            tokens = self.config.message == "tokens"
            out[i] = 1 + int(drawn * (self.config.vocabulary - 1)) if tokens else 2 * drawn - 1
        return out

    def send(self, now: int, said: Any, speaks: Any, places: Any, present: Any) -> None:
        """Send the messages of a round that ended with these places; `now` rounds are played."""
        low, high = self.config.message_delay
        for b in range(N):
            if not (speaks[b] and present[b]):
                continue
            late = low + int(number(stream(self.seed, 0, now, DELAY), b) % np.uint64(high - low + 1))
            message, key = [float(x) for x in said[b]], number(stream(self.seed, 0, now, NOISE), b)
            if unit(key, 0) < self.config.message_noise:
                message = self.garbled(message, key)
            losses = number(stream(self.seed, 0, now, LOSS), b)
            hearers = {
                a for a in range(N)
                if a != b and present[a] and self.linked(b, a, places)
                and not unit(losses, a) < self.config.message_loss
            }  # fmt: skip
            self.sent.append((now, now + late, b, message, hearers, places[b].copy()))

    def arriving(self, now: int, hearer: int) -> list[tuple[int, int, list[float], Any]]:
        """(delay, speaker, message, place) of what an agent in play hears, oldest last, then by number."""
        found = [(due - at, b, m, p) for at, due, b, m, to, p in self.sent if due == now and hearer in to]
        return sorted(found, key=lambda one: one[:2])

    def one_hot(self, message: list[float]) -> np.ndarray[Any, Any]:
        """The numbers that a message adds to what is heard; token 0 adds nothing."""
        if self.config.message == "vector":
            return np.array(message, np.float32)
        counts = np.zeros((len(message), self.config.vocabulary), np.float32)
        for place, token in enumerate(message):
            counts[place, int(token)] += token > 0
        return counts.ravel()

    def heard(self, now: int, hearer: int, place: Any) -> tuple[Any, list[tuple[int, int]]]:
        """What an agent hears, and (delay, speaker) of each message in it."""
        config, messages = self.config, self.arriving(now, hearer)
        parts = config.message_dim if config.message == "vector" else config.message_length
        size = len(self.one_hot([0.0] * parts))
        if config.heard == "slots":
            return self.slots(messages, place, size)
        total = np.zeros(size)
        for _, _, message, _ in messages:
            total += self.one_hot(message)
        mean = config.heard == "mean" or (config.heard is None and config.message == "vector")
        if mean and messages:
            total /= len(messages)
        return total, [(late, b) for late, b, _, _ in messages]

    def slots(self, messages: Any, place: Any, size: int) -> tuple[Any, list[tuple[int, int]]]:
        config = self.config
        rows, k = [], config.heard_slots
        for late, b, message, there in messages:
            down, across = int(there[0] - place[0]), int(there[1] - place[1])
            rows.append(((max(abs(down), abs(across)), down, across, late, b), message))
        rows.sort(key=lambda row: row[0])
        out = np.zeros((k, 4 + config.sender + size), np.float32)
        for i, ((_, down, across, late, b), message) in enumerate(rows[:k]):
            head = [1.0, down / (HEIGHT - 1), across / (WIDTH - 1), late / max(config.message_delay[1], 1)]
            head += [(b + 1) / N] * config.sender
            out[i] = [*head, *self.one_hot(message)]
        return out.ravel(), [(row[0][3], row[0][4]) for row in rows[:k]]


def check(env: Any, seed: int, rounds: int = 8) -> int:
    """Play at random and compare each observation with the reference; returns the messages heard."""
    rng, config = np.random.default_rng(seed), env.config
    env.reset(seed=seed)
    references = [Reference(config, seed + w) for w in range(env.num_worlds)]
    total, numbers = 0, env.num_worlds * N
    for _ in range(rounds):
        arrays = env._world.arrays
        before = arrays.active.copy() == 2
        moves = rng.integers(6, size=numbers)
        if config.message == "tokens":
            said = rng.integers(config.vocabulary, size=(numbers, config.message_length))
            said[rng.random(numbers) < 0.4] = 0
            speaks = np.asarray(said.any(axis=1))
            actions: Any = np.concatenate([moves[:, None], said], axis=1)
        else:
            said = rng.uniform(-1, 1, (numbers, config.message_dim)).astype(np.float32)
            speaks = rng.random(numbers) < 0.6
            said[rng.random(numbers) < 0.2] = 0.0  # zeros can be said
            actions = {"move": moves, "message": said, "speak": speaks.astype(int)}
        may = np.isin(np.arange(N), range(N) if config.may_speak is None else config.may_speak)
        observations, *_, infos = env.step(actions)
        arrays = env._world.arrays
        for w, reference in enumerate(references):
            rows, now = slice(w * N, w * N + N), int(arrays.clock[w, 0])
            present, places = arrays.active[w] == 2, arrays.position[w]
            reference.send(now, said[rows], speaks[rows] & may & before[w], places, present)
            for a in range(N):
                expected, edges = (
                    reference.heard(now, a, places[a]) if present[a]
                    else (np.zeros_like(observations["heard"][0]), [])
                )  # fmt: skip
                got = observations["heard"][w * N + a]
                assert np.array_equal(got, expected.astype(np.float32)), (w, a, now)
                assert set(np.flatnonzero(infos["hears"][w, a])) == {b for _, b in edges}
                if "hears_by_delay" in infos:
                    assert set(zip(*np.nonzero(infos["hears_by_delay"][w, :, a]), strict=True)) == set(edges)
                total += len(edges)
    return total


@settings(max_examples=40, deadline=None)
@given(
    message=st.sampled_from(["tokens", "vector"]),
    heard=st.sampled_from([None, "sum", "mean", "slots"]),
    topology=st.sampled_from(TOPOLOGIES),
    low=st.integers(0, 2),
    spread=st.integers(0, 2),
    loss=st.sampled_from([0.0, 0.3, 1.0]),
    noise=st.sampled_from([0.0, 0.5, 1.0]),
    reach=st.sampled_from([0, 1, 3, None]),
    may_speak=st.sampled_from([None, (0, 3, 11), ()]),
    seed=st.integers(0, 1000),
)
def test_what_is_heard_follows_all_settings(
    message, heard, topology, low, spread, loss, noise, reach, may_speak, seed
):
    env = world(
        message, heard=heard, message_topology=topology, message_delay=(low, low + spread), message_loss=loss,
        message_noise=noise, message_range=reach, may_speak=may_speak, sender=heard == "slots", heard_slots=3,
    )  # fmt: skip
    check(env, seed)


@pytest.mark.parametrize("message", ["tokens", "vector"])
def test_messages_are_heard_at_all(message):
    assert check(world(message), 1) > 100
    assert check(world(message, message_delay=(1, 2), heard="slots"), 1) > 100
