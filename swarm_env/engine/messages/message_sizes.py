"""What messages need in the arrays of a world: sizes, shapes, links, and the way they are delivered."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.config import WorldConfig
from swarm_env.engine.messages.deliver import SLOT_HEAD
from swarm_env.engine.messages.send import EACH, ELSEWHERE, NOTHING, PAIRS, WINDOWS
from swarm_env.engine.state import ALL, AROUND, IN_RANGE, LINKED, MEAN, SLOTS, SUM, TORUS

NO_HEARS, MATRIX, EDGES = 0, 1, 2  # values of `sizes.hears`
# Measured: the cost of a cell or a look-up of the sums over the map, in units of a comparison of a pair.
CELL, LOOK_UP = 1.0, 8.0
HEARD = {"sum": SUM, "mean": MEAN, "slots": SLOTS}


def said_numbers(config: WorldConfig) -> int:
    """Numbers of a message as it is said."""
    return {"tokens": config.message_length, "vector": config.message_dim}.get(config.message, 0)


def heard_numbers(config: WorldConfig) -> int:
    """Numbers that an agent hears."""
    tokens = config.message == "tokens"
    one = said_numbers(config) * (config.vocabulary if tokens else 1)
    if config.heard != "slots" or not one:
        return one
    return config.heard_slots * (SLOT_HEAD + config.sender + one)


def message_sizes(
    config: WorldConfig, limited: bool, hears: int, alone: bool, space: int
) -> dict[str, int | float]:
    """The sizes of messages, by name.

    Args:
        config: Settings.
        limited: Whether the scenario says who may speak.
        hears: NO_HEARS, MATRIX or EDGES: whether who hears whom is written.
        alone: Whether threads may share one world.
        space: Index into SPACES.
    """
    low, high = config.message_delay
    topology = {"range": IN_RANGE, "all": ALL}.get(str(config.message_topology), LINKED)
    if topology == IN_RANGE and space == TORUS:
        topology = AROUND
    return {
        "message_range": config.hearing, "message_loss": config.message_loss,
        "message_noise": config.message_noise, "message_cost": config.message_cost,
        "delay_low": low, "delay_high": high, "topology": topology,
        "heard": HEARD[config.heard_as], "sender": config.sender, "hears": hears,
        "presence": config.seeing + 1 if config.sense_presence else 0,
        "limits_speech": limited or config.may_speak is not None,
        "counts_silence": config.observation_version == 1, "delivery": _delivery(config, hears, alone, space),
    }  # fmt: skip


def _delivery(config: WorldConfig, hears: int, alone: bool, space: int) -> int:
    """How messages are delivered."""
    if config.message not in ("tokens", "vector"):
        return ELSEWHERE if config.message == "text" and config.message_cost else NOTHING
    plain = config.message == "tokens" and config.heard_as == "sum" and config.reaches_all_in_range
    if not plain or hears:
        return EACH
    n, window = config.num_agents, (2 * config.hearing + 1) ** 2
    pairs = n * (n if space else min(n / 2, window)) * config.message_length
    area = (config.height + 1) * (config.width + 1)
    if window_planes(config, space) * (CELL * area + LOOK_UP * n) < pairs:
        return WINDOWS
    return PAIRS if n <= window and space != TORUS and not alone and not config.message_cost else EACH


def window_planes(config: WorldConfig, space: int) -> int:
    """Words of 64 bits for each cell that hold a count of every token; see `window_sums.window_bits`."""
    window = config.num_agents if space else (2 * config.hearing + 1) ** 2  # agents in it
    bits = 16 if min(config.num_agents, window) < 65536 else 32
    return -(-config.message_length * config.vocabulary * bits // 64)


def message_shapes(
    config: WorldConfig, sizes: dict[str, Any], num_worlds: int, keeps: bool
) -> dict[str, tuple[int, ...]]:
    """Shapes of the arrays of messages; `keeps`: whether the last observations of an episode are kept."""
    b, n, says = num_worlds, config.num_agents, said_numbers(config)
    talks, numbers = config.message != "none", config.message in ("tokens", "vector")
    late = numbers and (config.message_noise > 0 or config.message_delay[1] > 0)
    rounds = config.message_delay[1] + 1
    hears = heard_numbers(config)
    matrix = (b, rounds, n, n) if sizes["hears"] == MATRIX and numbers else (b, 0, 0, 0)
    edges = (
        (b, n, most_heard(config, sizes["space"]), 2) if sizes["hears"] == EDGES and numbers else (b, 0, 0, 0)
    )
    slots = config.heard_slots if config.heard == "slots" and numbers else 0
    exact = config.message == "vector" and not slots and not sizes["counts_silence"]
    planes = window_planes(config, sizes["space"]) if sizes["delivery"] == WINDOWS else 0
    return {
        "said": (b, n, says), "heard": (b, n, hears), "final_heard": (b, n if keeps else 0, hears),
        "speaks": (b, n if talks else 0), "may_speak": (b, n if sizes["limits_speech"] else 0),
        "final_may_speak": (b, n if keeps and sizes["limits_speech"] else 0),
        "speakers": (n if sizes["limits_speech"] else 0,),
        "sent": (b, rounds, n, says) if late else (b, 0, 0, says),
        "sent_from": (b, rounds, n, 3) if late else (b, 0, 0, 3), "sent_key": (b, rounds if late else 0),
        "hears": matrix, "edges": edges, "final_hears": matrix if keeps else (b, 0, 0, 0),
        "final_edges": edges if keeps else (b, 0, 0, 0), "nearest": (b, n if slots else 0, slots, 2),
        "totals": (b, n if exact else 0, says),
        "windows": (b, planes * (config.height + 1) * (config.width + 1)),
    }  # fmt: skip


def most_heard(config: WorldConfig, space: int) -> int:
    """The most messages that an agent can hear at once; `space` is an index into SPACES."""
    if config.heard == "slots":
        return config.heard_slots
    most = config.num_agents - 1
    if config.message_topology == "range":
        most = most if space else min(most, (2 * config.hearing + 1) ** 2 - 1)  # one agent a cell
    elif config.message_topology != "all":
        most = int(np.diff(links_of(config)[1]).max(initial=0))
    return most * (config.message_delay[1] - config.message_delay[0] + 1)


def links_of(config: WorldConfig) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The links of a topology: speakers that each agent hears, agent after agent, and where each starts.

    In a ring and a chain agents hear those with the next lower and the next higher number; links of agents
    that left are not replaced. The centre of a star, and the commander, is agent 0.
    """
    n, topology = config.num_agents, config.message_topology
    others = np.arange(1, n)
    pairs = np.zeros((0, 2), np.int64)  # speaker, hearer; both ways for the named topologies
    if topology in ("ring", "chain"):
        pairs = np.stack([others - 1, others], axis=1)
        if topology == "ring" and n > 2:
            pairs = np.concatenate([pairs, [[n - 1, 0]]])
    elif topology in ("star", "commander"):
        pairs = np.stack([np.zeros_like(others), others], axis=1)
    elif not isinstance(topology, str):
        pairs = np.array(topology, np.int64).reshape(-1, 2)
    if isinstance(topology, str):
        pairs = np.concatenate([pairs, pairs[:, ::-1]])
    pairs = pairs[np.lexsort((pairs[:, 0], pairs[:, 1]))]
    start = np.searchsorted(pairs[:, 1], np.arange(n + 1))
    return pairs[:, 0].astype(np.int32), start.astype(np.int32)
