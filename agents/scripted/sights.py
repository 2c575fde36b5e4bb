"""Teams whose decisions are compiled: what their agents see as arrays, from perceptions or from codes."""

from collections.abc import Sequence
from functools import lru_cache
from random import Random
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.agents.scripted.expert import number_of

from swarm_env.agent import Brief, Decision, Perception
from swarm_env.engine.compiler import kernel
from swarm_env.envs.perception import Codes

# A cell of a view is the character of its symbol, OTHER if that is above, or AGENT + 2 * number + mark.
OTHER, AGENT = 127, 128
BLOCK, RESERVE = 512, 64  # random words drawn in advance; as many as are kept in reserve
OFFSET = 2  # rows and columns of a remembered map before those that can be seen


NOTHING = np.zeros((0, 0), np.uint8)


class Sights(NamedTuple):
    """What n agents of a team see in one round.

    Attributes:
        rows: (n,) the agents, by their rows in the memory of the team.
        cells: (n, k, k) what is seen.
        places: (n, 2) own row and column [cells].
        marks: (n,) own mark.
        round: Rounds played so far.
        senses: (n, senses) what only the agent itself perceives; (n, 0) unless the team reads it.
        allowed: (n, moves) 1 where a move is allowed; (n, 0) unless the team reads it.
    """

    rows: NDArray[np.int64]
    cells: NDArray[np.int32]
    places: NDArray[np.int32]
    marks: NDArray[np.uint8]
    round: int
    senses: NDArray[np.uint8]
    allowed: NDArray[np.uint8]


@lru_cache(maxsize=4096)
def cell_of(symbol: str) -> int:
    """The number that stands for a symbol of a view."""
    digits = len(symbol) - len(symbol.rstrip("0123456789"))
    if not digits:
        return min(ord(symbol[0]), OTHER)
    return AGENT + 2 * int(symbol[-digits:]) + (symbol[0] != "$")


class CompiledTeam:
    """Decides for several agents by one call of a kernel; subclasses set up the memory and make the call.

    Attributes:
        numbers: (N,) the agents' numbers, by row.
        side: Rows and columns of remembered maps; cell (row, col) is at (row + margin, col + margin).
        margin: See `side`.
        words: (N, W) random words of each agent, as its own `random.Random` draws them.
        drawn: (N,) how many of them are used up.
        reserve: How many words an agent may need in a round; fewer are never left.
        reads_senses: Whether it needs `Sights.senses` and `allowed`.
    """

    reserve = RESERVE
    reads_senses = False

    def reset(self, brief: Brief, agents: Sequence[str], seed: int) -> None:
        """Begin an episode."""
        self.brief, self.numbers = brief, np.array([number_of(name) for name in agents])
        self._rows = {name: row for row, name in enumerate(agents)}
        self._row_of = np.zeros(self.numbers.max() + 1, np.int64)
        self._row_of[self.numbers] = range(len(agents))
        self._random = [Random(f"{seed} {name}") for name in agents]
        self.words = np.array([_words(random, BLOCK + self.reserve) for random in self._random])
        self.drawn = np.zeros(len(agents), np.int64)
        self.margin, self.side = brief.view_size // 2 + OFFSET, 0
        self._table: NDArray[np.int32] | None = None
        self.begin()

    def begin(self) -> None:
        """Set up the memory."""
        raise NotImplementedError

    def make_room(self, side: int) -> None:
        """Enlarge remembered maps to `side` rows and columns."""
        raise NotImplementedError

    def moves(self, sights: Sights) -> NDArray[np.int8]:
        """(n,) the moves of agents who see this."""
        raise NotImplementedError

    def decide(self, perceptions: Sequence[Perception]) -> list[Decision]:
        """Decide for the agents with these perceptions."""
        senses, allowed, n = NOTHING, NOTHING, len(perceptions)
        if self.reads_senses:
            all_moves = (1,) * len(self.brief.actions)
            senses = np.array([seen.senses for seen in perceptions], np.uint8).reshape(n, -1)
            allowed = np.array([seen.allowed or all_moves for seen in perceptions], np.uint8)
        sights = Sights(
            np.array([self._rows[seen.name] for seen in perceptions]),
            np.array([[[*map(cell_of, row)] for row in seen.view] for seen in perceptions], np.int32),
            np.array([seen.position for seen in perceptions], np.int32),
            np.array([seen.mark for seen in perceptions], np.uint8),
            perceptions[0].round, senses, allowed,
        )  # fmt: skip
        return [Decision(move) for move in self._prepared(sights).tolist()]

    def decide_codes(self, codes: Codes) -> tuple[NDArray[np.int8], None]:
        """Decide the same from arrays."""
        if self._table is None:
            symbols = [cell_of(symbol) for symbol in codes.symbols]
            agents = [AGENT + (mark or not codes.has_marks) for mark in range(len(symbols))]
            first = codes.first_agent
            self._table = np.array(symbols[:first] + agents[: len(symbols) - first], np.int32)
        cells = codes.numbers
        write_cells(codes.views, self._table, cells)
        own = (codes.senses, codes.allowed) if self.reads_senses else (NOTHING, NOTHING)
        sights = Sights(self._row_of[codes.agents], cells, codes.positions, codes.marks, codes.round, *own)
        return self._prepared(sights), None

    def _prepared(self, sights: Sights) -> NDArray[np.int8]:
        """The moves, after more room and random words if they are needed."""
        needed = int(sights.places.max()) + 2 * self.margin + 1
        if needed > self.side:
            self.side = needed + needed // 4
            self.make_room(self.side)
        if self.drawn.max() > BLOCK:
            for row in np.flatnonzero(self.drawn):
                used = int(self.drawn[row])
                self.words[row] = [*self.words[row, used:], *_words(self._random[row], used)]
            self.drawn[:] = 0
        return self.moves(sights)


def _words(random: Random, count: int) -> NDArray[np.uint32]:
    """The next `count` words that `random` draws."""
    drawn = random.getrandbits(32 * count).to_bytes(4 * count, "little")
    return np.frombuffer(drawn, np.uint32)


def larger(maps: NDArray[Any], side: int) -> NDArray[Any]:
    """Maps of (..., side, side) that begin like `maps`, zeros beyond."""
    made = np.zeros((*maps.shape[:-2], side, side), maps.dtype)
    made[..., : maps.shape[-2], : maps.shape[-1]] = maps
    return made


@kernel(wrapped=True)
def write_cells(views: NDArray[np.uint8], table: NDArray[np.int32], cells: NDArray[np.int32]) -> None:
    """Write what (n, k, k) codes are as `Sights.cells`, over the numbers of the agents there."""
    for i in range(cells.shape[0]):
        for y in range(cells.shape[1]):
            for x in range(cells.shape[2]):
                cell = table[views[i, y, x]]
                cells[i, y, x] = cell + 2 * cells[i, y, x] * (cell >= AGENT)


@kernel()
def draw_unit(words: NDArray[np.uint32], drawn: NDArray[np.int64], row: int) -> float:
    """What `random.random()` of the agent would return: a number in [0, 1) from two words."""
    at = drawn[row] % (words.shape[1] - 1)
    drawn[row] = at + 2
    high, low = words[row, at] >> np.uint32(5), words[row, at + 1] >> np.uint32(6)
    return (float(high) * 67108864.0 + float(low)) / 9007199254740992.0


@kernel()
def draw_below(words: NDArray[np.uint32], drawn: NDArray[np.int64], row: int, count: int) -> int:
    """What `random.choice` of the agent would choose of `count` things, as an index."""
    bits = 0
    while count >> bits:
        bits += 1
    while True:
        at = drawn[row] % words.shape[1]
        drawn[row] = at + 1
        found = words[row, at] >> np.uint32(32 - bits)
        if found < count:
            return int(found)
