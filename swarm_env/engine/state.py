"""The state of a batch of worlds as plain arrays, and the kernels with which scenarios use it.

`WorldArrays` is the one argument of every scenario kernel. All arrays but `options`, `rules`, `agents`,
`floor_most`, `sense_most`, `speakers`, `links`, `link_start`, `scratch`, `network` and `map_…` have the
worlds as first axis; `w` is a world, `a` an agent. A map is stored flat with a margin of `sizes.margin` cells
on each side, so that a view never needs a bounds check: cell (row, col) is
`world.cells[w, index(world, row, col)]`.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import from_dtype, types
from numpy.typing import NDArray

from swarm_env.engine.compiled.callees import refuse_numbers
from swarm_env.engine.compiler import COMPILED, in_kernels, kernel
from swarm_env.engine.numba_types import SizesType, WorldType, describe

# Codes of a cell. Codes 0 and 1 can be entered, codes from sizes.first_movable on can move, the rest cannot.
EMPTY, OUTSIDE, WALL = 0, 1, 2
# Moves. A scenario's own actions follow RIGHT.
STAY, UP, DOWN, LEFT, RIGHT = 0, 1, 2, 3, 4
STEPS = np.array([[0, 0], [-1, 0], [1, 0], [0, -1], [0, 1]])  # (5, 2) row, col of each move
OPPOSITE = np.array([STAY, DOWN, UP, RIGHT, LEFT])
# Values of `active`: departed, left the map in this round, on the map, off the map but coming back.
GONE, LEAVING, PRESENT, AWAY = 0, 1, 2, 3
# Columns of `objects`.
MASS, STATIC, ALIVE, FIRST_CELL, NUM_CELLS = 0, 1, 2, 3, 4
# Columns of `agents`.
TEAM, SIGHT, PACE = 0, 1, 2
# Columns of `clock`.
ROUND, EPISODE = 0, 1
# Message channels, in the order of `sizes.channel`.
CHANNELS = ("none", "tokens", "vector", "text")
NO_MESSAGES, TOKENS, VECTOR = 0, 1, 2
# Spaces, in the order of `sizes.space`: cells for one each, or places between cells.
SPACES = ("grid", "torus", "open")
GRID, TORUS, OPEN = 0, 1, 2
FIELDS = ("moments", "histogram", "kernels")  # in the order of `sizes.field`
# How messages reach an agent (`sizes.heard`), and whom (`sizes.topology`).
SUM, MEAN, SLOTS = 0, 1, 2
IN_RANGE, ALL, LINKED, AROUND = 0, 1, 2, 3  # AROUND: in range, on a torus


class Sizes(NamedTuple):
    """The numbers that all worlds of a batch share."""

    height: int  # rows [cells]
    width: int  # columns [cells]
    num_agents: int
    num_objects: int
    num_object_cells: int
    view_size: int  # [cells]
    margin: int  # cells around the map
    stride: int  # width of the padded map [cells]
    max_rounds: int
    num_actions: int
    first_movable: int  # code of the first kind that may move
    first_agent: int  # code of an agent with mark 0
    masks: int  # 1 if the scenario forbids moves
    num_planes: int
    channel: int  # index into CHANNELS
    vocabulary: int
    message_length: int
    message_dim: int
    message_range: int  # [cells]
    shaped: int  # 1 if the reward is shaped
    rewarded: int  # 1 if a plain function of the user's sets the reward, 2 if a compiled one does
    num_maps: int  # maps of the setting `layout`; 0 if it has none
    codes: int  # 1 if views are written
    features: int  # length of a feature vector, 0 if none are written
    autoreset: int  # when worlds that ended are reset, see `engine.step`
    indexed: int  # 1 if `who` is kept current
    private: int  # 1 if each agent is paid by its own `payoff`, 0 if all get the gain in score
    looks: int  # kinds of agents of a team, one after the other
    agent_kinds: int  # of all teams
    layers: int  # of the floor
    returns: int  # 1 if agents can be away and come back
    unlike: int  # 1 if views depend on who looks: there are teams, or short sights
    space: int  # index into SPACES; 0 is a grid
    draws_order: int  # 1 if the order of pushes is drawn, see `physics.push.swaps_of`
    field: int  # what `field` holds, see `engine.space.field`
    rings: int  # of its tables
    sectors: int
    message_loss: float  # probability
    message_noise: float  # probability
    message_cost: float  # per message
    delay_low: int  # [rounds]
    delay_high: int  # [rounds]
    topology: int  # IN_RANGE, ALL, LINKED or AROUND
    heard: int  # SUM, MEAN or SLOTS
    sender: int  # 1 if hearers learn who spoke
    hears: int  # who hears whom is written: 1 as a matrix, 2 as edges
    presence: int  # 1 if the last sense is the number of agents in range
    limits_speech: int  # 1 if `may_speak` is used
    counts_silence: int  # 1 if silence is heard like a message (observation version 1)
    delivery: int  # how messages are delivered, see `engine.messages.send`


class WorldArrays(NamedTuple):
    """Everything a kernel may read or change. B worlds, N agents, M objects, k the view size."""

    sizes: Sizes  # the numbers that all worlds share
    options: NDArray[np.float64]  # (K,) the scenario's own options
    rules: NDArray[np.int64]  # (R,) addresses of the scenario's rules, see `rule_calls`
    # (N, 3) what is fixed of each agent: TEAM (number), SIGHT (cells it sees in each direction), PACE (share
    # of rounds in which it may step [%]); (0, 3) if agents are alike
    agents: NDArray[np.int32]
    # (B, L, cells of the padded map) how much of each layer lies on the floor of each cell, under what stands
    floor: NDArray[np.float32]
    floor_before: NDArray[np.float32]  # (B, same) a layer one round ago, while `diffuse` works
    floor_most: NDArray[np.float32]  # (L,) the greatest amount of each layer
    cells: NDArray[np.uint8]  # (B, cells of the padded map) what stands in each cell
    # (B, same) the body in each cell: agent a or N + object. Kept current on the map only if sizes.indexed;
    # outside the map -1 or an object
    who: NDArray[np.int32]
    position: NDArray[np.int32]  # (B, N, 2) row, col [cells]
    # Of agents in continuous space; (B, 0, 2) on a grid: places (down, right) [2**-32 heights, widths]
    # and headings (down, right), of length 2**15
    place: NDArray[np.uint32]  # (B, N, 2)
    heading: NDArray[np.int32]  # (B, N, 2)
    # (B, N, D) what agents choose with action="box", each from -1 to 1; (B, 0, D) with turns
    drive: NDArray[np.float32]
    field: NDArray[np.float32]  # (B, N, F) what each perceives of those near, see `engine.space.field`
    mark: NDArray[np.uint8]  # (B, N) light on, carrying, …
    sense: NDArray[np.uint8]  # (B, N, S) what only this agent perceives; written by the scenario
    sense_most: NDArray[np.uint8]  # (S,) the greatest value of each sense
    active: NDArray[np.uint8]  # (B, N) PRESENT, LEAVING (left the map this round), GONE
    action: NDArray[np.uint8]  # (B, N) this round's moves
    allowed: NDArray[np.uint8]  # (B, N, actions) 1 where a move is legal
    masked: NDArray[np.int64]  # (B,) illegal moves so far in this episode
    objects: NDArray[np.int32]  # (B, M, 5) MASS, STATIC, ALIVE, FIRST_CELL, NUM_CELLS
    object_cells: NDArray[np.int32]  # (B, C, 2) row, col of each object's cells, object after object
    score: NDArray[np.float64]  # (B,) the scenario's own score so far
    last_score: NDArray[np.float64]  # (B,) the score one round ago
    payoff: NDArray[np.float64]  # (B, N) what each agent has got so far; (B, 0) unless `sizes.private`
    last_payoff: NDArray[np.float64]  # (B, N) the same one round ago
    clock: NDArray[np.int64]  # (B, 2) ROUND, EPISODE
    seed: NDArray[np.uint64]  # (B,)
    over: NDArray[np.uint8]  # (B,) the scenario sets 1 when its task is done
    memory: NDArray[np.int64]  # (B, S) the scenario's own state, see `engine.scenario_state`
    table: NDArray[np.int32]  # (B, T) the scenario's scratch, which is no part of the state
    layout: NDArray[np.int64]  # offsets and lengths of the fields in `memory` and `table`
    places: NDArray[np.int32]  # (B, R, 2) given cells to use instead of drawn ones, in order; row -1 = none
    potential: NDArray[np.float64]  # (B, N) of the shaped reward, now
    # (B, N) one round ago; if `sizes.rewarded`, 1 for agents that were in play before this round, else 0
    last_potential: NDArray[np.float64]
    reward: NDArray[np.float32]  # (B, N)
    terminated: NDArray[np.uint8]  # (B, N) 1 if the agent left the map in this round, or its task is done
    truncated: NDArray[np.uint8]  # (B, N) 1 if its episode was cut off in this round
    ended: NDArray[np.uint8]  # (B,) 1 where the episode ended in this round
    final_score: NDArray[np.float64]  # (B,) score of the last episode that ended
    final_payoff: NDArray[np.float64]  # (B, N) payoffs of the last episode that ended
    said: NDArray[np.float32]  # (B, N, L or D) tokens or vector of this round
    heard: NDArray[np.float32]  # (B, N, numbers) counts of tokens, mean vector or slots
    # The next ones have length 0 where they are not needed, and R is the greatest delay + 1.
    speaks: NDArray[np.uint8]  # (B, N) 1 if the agent speaks in this round
    may_speak: NDArray[np.uint8]  # (B, N) 1 if it may speak in the next one; scenarios may write it
    speakers: NDArray[np.uint8]  # (N,) 1 if the settings let it speak
    sent: NDArray[np.float32]  # (B, R, N, L or D) what was sent in the last rounds, as it will be heard
    sent_from: NDArray[np.int32]  # (B, R, N, 3) row, col, and the round in which it is heard (-1: nothing)
    sent_key: NDArray[np.uint64]  # (B, R) stream of the losses of each round
    hears: NDArray[np.uint8]  # (B, R, N, N) 1 if agent [.., a, b] a hears what b said so many rounds ago
    edges: NDArray[np.int32]  # (B, N, E, 2) the same as speaker and delay; speaker -1 ends a row
    nearest: NDArray[np.int64]  # (B, N, slots, 2) scratch: the nearest messages, by key and speaker
    totals: NDArray[np.float64]  # (B, N, D) scratch: sums of vectors, which are rounded once
    windows: NDArray[np.uint64]  # (B, words) scratch: sums over the map, see `engine.messages.window_sums`
    links: NDArray[np.int32]  # (E,) speakers that agent a hears: links[link_start[a] : link_start[a + 1]]
    link_start: NDArray[np.int32]  # (N + 1,)
    views: NDArray[np.uint8]  # (B, N * k * k) codes around each agent
    floor_views: NDArray[np.float32]  # (B, N, L * k * k) amounts on the floor around each agent
    features: NDArray[np.float32]  # (B, N, F) planes, own state, heard
    feature_bytes: NDArray[np.uint8]  # (B, N, F) the same in whole numbers; worlds have one of the two
    final_views: NDArray[np.uint8]  # as views, of worlds that ended in this round, before their reset
    final_features: NDArray[np.float32]  # as features, likewise
    final_feature_bytes: NDArray[np.uint8]  # as feature_bytes, likewise
    final_floor_views: NDArray[np.float32]  # as floor_views, likewise
    final_position: NDArray[np.int32]  # as position, likewise; zeros for departed agents
    final_mark: NDArray[np.uint8]  # as mark, likewise
    final_sense: NDArray[np.uint8]  # as sense, likewise
    final_field: NDArray[np.float32]  # as field, likewise
    final_heard: NDArray[np.float32]  # as heard, likewise
    final_hears: NDArray[np.uint8]  # as hears, likewise
    final_edges: NDArray[np.int32]  # as edges, likewise
    final_allowed: NDArray[np.uint8]  # as allowed, likewise
    final_may_speak: NDArray[np.uint8]  # as may_speak, likewise
    map_codes: NDArray[np.uint8]  # (M, height * width) maps to start from, see `settings.map_arrays`
    map_agents: NDArray[np.int32]  # (M, N, 3) row, col, mark of each agent
    map_objects: NDArray[np.int32]  # (M, O, 3) code, mass, number of cells of each object; 0 cells = none
    map_cells: NDArray[np.int32]  # (M, C, 2) cells of the objects, one object after the other
    map_places: NDArray[np.int32]  # (M, R, 2) of `places`; row -1 = none
    map_floor: NDArray[np.float32]  # (M, L, height * width) amounts on the floor
    map_next: NDArray[np.int64]  # (B,) map of the next episode if it is not by the rule, -1 = none
    scratch: NDArray[np.int32]  # (threads, enough)
    network: NDArray[np.int64]  # (threads, enough) for the flow between larger bodies


# Element type and number of axes of each array.
ARRAYS: dict[str, tuple[Any, int]] = {
    "options": (np.float64, 1), "rules": (np.int64, 1), "agents": (np.int32, 2), "floor": (np.float32, 3),
    "floor_before": (np.float32, 2), "floor_most": (np.float32, 1),
    "cells": (np.uint8, 2), "who": (np.int32, 2),
    "position": (np.int32, 3), "place": (np.uint32, 3), "heading": (np.int32, 3),
    "drive": (np.float32, 3), "field": (np.float32, 3), "final_field": (np.float32, 3),
    "mark": (np.uint8, 2), "sense": (np.uint8, 3), "sense_most": (np.uint8, 1),
    "active": (np.uint8, 2), "action": (np.uint8, 2), "allowed": (np.uint8, 3),
    "masked": (np.int64, 1), "objects": (np.int32, 3), "object_cells": (np.int32, 3),
    "score": (np.float64, 1), "last_score": (np.float64, 1),
    "payoff": (np.float64, 2), "last_payoff": (np.float64, 2), "clock": (np.int64, 2), "seed": (np.uint64, 1),
    "over": (np.uint8, 1), "memory": (np.int64, 2), "table": (np.int32, 2), "layout": (np.int64, 1),
    "places": (np.int32, 3),
    "potential": (np.float64, 2), "last_potential": (np.float64, 2), "reward": (np.float32, 2),
    "terminated": (np.uint8, 2), "truncated": (np.uint8, 2), "ended": (np.uint8, 1),
    "final_score": (np.float64, 1), "final_payoff": (np.float64, 2), "said": (np.float32, 3),
    "heard": (np.float32, 3),
    "speaks": (np.uint8, 2), "may_speak": (np.uint8, 2), "speakers": (np.uint8, 1), "sent": (np.float32, 4),
    "sent_from": (np.int32, 4), "sent_key": (np.uint64, 2), "hears": (np.uint8, 4), "edges": (np.int32, 4),
    "nearest": (np.int64, 4), "totals": (np.float64, 3), "windows": (np.uint64, 2), "links": (np.int32, 1),
    "link_start": (np.int32, 1), "views": (np.uint8, 2), "features": (np.float32, 3),
    "feature_bytes": (np.uint8, 3), "final_views": (np.uint8, 2),
    "floor_views": (np.float32, 3), "final_floor_views": (np.float32, 3),
    "final_feature_bytes": (np.uint8, 3),
    "final_features": (np.float32, 3), "final_position": (np.int32, 3), "final_mark": (np.uint8, 2),
    "final_sense": (np.uint8, 3), "final_heard": (np.float32, 3), "final_hears": (np.uint8, 4),
    "final_edges": (np.int32, 4),
    "final_allowed": (np.uint8, 3), "final_may_speak": (np.uint8, 2),
    "map_codes": (np.uint8, 2), "map_agents": (np.int32, 3), "map_objects": (np.int32, 3),
    "map_cells": (np.int32, 3), "map_places": (np.int32, 3), "map_floor": (np.float32, 3),
    "map_next": (np.int64, 1),
    "scratch": (np.int32, 2), "network": (np.int64, 2),
}  # fmt: skip
REAL = ("message_loss", "message_noise", "message_cost")  # of `Sizes`
# What no kernel may change: settings, the maps to start from, and seeds.
FIXED = ("options", "rules", "agents", "floor_most", "sense_most", "seed", "layout", "speakers", "links",
         "link_start", "map_codes", "map_agents", "map_objects", "map_cells", "map_places",
         "map_floor")  # fmt: skip
WORLD = WorldType(
    SizesType(tuple((name, types.float64 if name in REAL else types.int64) for name in Sizes._fields)),
    {name: (from_dtype(np.dtype(dtype)), axes) for name, (dtype, axes) in ARRAYS.items()},
    FIXED,
)
RANGE = types.void(WORLD, types.int64, types.int64)  # signature of a scenario's kernels


def _world_at(context: Any, handle: Any) -> Any:
    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        refuse_numbers(context, builder, args[0])
        return builder.inttoptr(args[0], context.get_value_type(WORLD))

    return WORLD(types.int64), codegen


@in_kernels(_world_at)
def world_at(handle: Any) -> Any:
    """The worlds behind a handle, see `engine.numba_types`; in plain Python that is the `WorldArrays`."""
    return handle


def handle_of(world: WorldArrays) -> tuple[NDArray[np.int64], Any]:
    """Make the handle that compiled code takes for `world`.

    Returns:
        A table that must outlive the handle, and the handle.
    """
    table = describe(WORLD, world.sizes._asdict(), world._asdict())
    return table, table.ctypes.data if COMPILED else world


@kernel(inline=True)
def index(world: WorldArrays, row: int, col: int) -> int:
    """Flat index of cell (row, col); cells up to `margin` outside the map have one too."""
    sizes = world.sizes
    return (row + sizes.margin) * sizes.stride + col + sizes.margin


@kernel(inline=True)
def code_at(world: WorldArrays, w: int, row: int, col: int) -> int:
    """What stands in cell (row, col); OUTSIDE within the margin around the map."""
    return world.cells[w, index(world, row, col)]
