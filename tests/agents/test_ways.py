"""What the experts think with: memory, ways, the mazes of foraging, right of way."""

from random import Random

import numpy as np
import pytest
from swarm_env.agents.scripted import explorer
from swarm_env.agents.scripted.expert import (
    DOWN,
    LEFT,
    RIGHT,
    STAY,
    UP,
    Memory,
    distances,
    look,
    number_of,
)
from swarm_env.agents.scripted.experts.flocking import meeting_places, outline
from swarm_env.agents.scripted.lanes import NO_WAY, Queue, lanes
from swarm_env.agents.scripted.mazes import FOOD, VARIANTS, agrees, likeliest_size, maze_of, symbol_at
from swarm_env.agents.scripted.paths import first_moves
from swarm_env.agents.scripted.sights import AGENT, BLOCK, CompiledTeam, cell_of, draw_unit
from swarm_env.agents.scripted.traffic import (
    NEVER,
    find_agents,
    give_way,
    lack_of_patience,
    make_traffic,
)

import swarm_env


def cells_of(rows):
    return {(i, j): symbol for i, row in enumerate(rows) for j, symbol in enumerate(row)}


def test_look_and_memory():
    view = (("*", "*", "*"), ("W", "$3", "."), ("W", "12", "F"))
    seen = look(swarm_env.Perception("agent_3", 0, (0, 1), 0, view))
    assert seen == {
        (-1, 0): "*", (-1, 1): "*", (-1, 2): "*",
        (0, 0): "W", (0, 1): "$3", (0, 2): ".",
        (1, 0): "W", (1, 1): "12", (1, 2): "F",
    }  # fmt: skip
    memory = Memory()
    memory.learn(seen)
    assert memory.cells[0, 1] == memory.cells[1, 1] == "."
    assert memory.fresh == memory.cells
    memory.learn({(1, 1): ".", (1, 2): "."})
    assert memory.fresh == {(1, 2): "."}
    assert number_of("agent_12") == 12


def test_distances_go_round_walls():
    cells = cells_of(["..W.", ".WW.", "...."])
    steps = distances([(0, 3)], lambda cell: cells.get(cell) == ".")
    assert steps[0, 0] == 7
    assert (1, 1) not in steps
    assert len(distances([(0, 0)], lambda cell: True, limit=50)) < 60


def ways_to(goal, rows):
    """Costs of the lanes to a symbol."""
    symbols = np.array([[ord(symbol) for symbol in row] for row in rows], np.uint8)
    height, width = symbols.shape
    room = np.zeros((20, 20), np.uint8)
    room[1 : height + 1, 1 : width + 1] = symbols
    costs = np.where(room == ord(goal), 0, NO_WAY).astype(np.int32)
    lanes(costs, room, 20, 20, Queue(np.zeros(400, np.int32), np.zeros_like(room)))
    return costs[1:, 1:]


def test_lanes_keep_to_the_right():
    """In a corridor two cells wide those who come and those who go walk on different sides."""
    rows = ["W" * 12, "F..........N", "F..........N", "W" * 12]
    there, back = ways_to("F", rows), ways_to("N", rows)
    assert there[1, 6] < there[2, 6]  # to the left: up is at the right hand
    assert back[2, 6] < back[1, 6]
    assert there[0, 6] == NO_WAY


def seen_map(env, margin):
    """The whole map as an agent would remember it, with `margin` unseen cells around."""
    codes = [[cell_of(symbol) for symbol in row.replace("a", ".")] for row in env.grid()]
    return np.pad(np.array(codes, np.uint8), margin)


@pytest.mark.parametrize("size", [(6, 6), (8, 8), (9, 9), (12, 12), (12, 20), (17, 13), (30, 30)])
def test_every_maze_that_is_drawn_is_known(size: tuple[int, int]):
    env = swarm_env.parallel_env("foraging", height=size[0], width=size[1], num_agents=4)
    for seed in range(6):
        env.reset(seed=seed)
        seen = seen_map(env, 1)
        mazes = [maze_of(*size, variant) for variant in range(VARIANTS)]
        fitting = [maze for maze in mazes if agrees(maze, seen, 1, *seen.shape)]
        cells = [[symbol_at(fitting[0], row, col) for col in range(size[1])] for row in range(size[0])]
        assert np.array_equal(cells, seen[1:-1, 1:-1])


def test_a_map_seen_to_its_ends_has_one_size():
    env = swarm_env.parallel_env("foraging", height=9, width=12, num_agents=1)
    env.reset(seed=1)
    seen = seen_map(env, 1)
    seen[-1, 1:-1] = seen[1:-1, -1] = ord("*")
    assert likeliest_size(seen, 1, *seen.shape) == (9, 12)
    seen[4, 4] = FOOD
    assert likeliest_size(seen, 1, *seen.shape) == (0, 0)


def moves_of(view_size, prices, order):
    """What each agent of a view does when it stands in the middle; prices of moves by (row, column)."""
    moves = {}
    for own in prices:
        view = np.full((view_size, view_size), ord("."), np.int32)
        shift = view_size // 2 - np.array(own)
        for cell in prices:
            view[tuple(np.add(cell, shift))] = AGENT
        traffic = make_traffic(view_size)
        count = find_agents(traffic, view)
        for a in range(count):
            cell = tuple(int(x) for x in traffic.at[a] - 1 - shift)
            traffic.price[a], traffic.priority[a] = prices[cell], order.index(cell)
        moves[own] = give_way(traffic, count)
    return moves


def prices(*best):
    """Prices of the five moves, the cheapest first."""
    return [best.index(move) if move in best else NEVER for move in range(5)]


def test_who_comes_second_steps_aside():
    table = {(1, 1): prices(RIGHT, STAY), (1, 2): prices(LEFT, STAY, UP, DOWN)}
    assert moves_of(5, table, [(1, 1), (1, 2)]) == {(1, 1): RIGHT, (1, 2): UP}


def test_who_cannot_leave_is_not_entered():
    table = {(1, 1): prices(RIGHT, DOWN, STAY), (1, 2): prices(LEFT, STAY)}
    assert moves_of(5, table, [(1, 1), (1, 2)])[1, 1] == DOWN


def test_a_column_moves_together():
    table = dict.fromkeys([(1, 1), (1, 2), (1, 3)], prices(RIGHT, STAY))
    for order in ([(1, 1), (1, 2), (1, 3)], [(1, 3), (1, 1), (1, 2)]):
        assert [*moves_of(5, table, order).values()] == [RIGHT] * 3


def test_patience_ends_and_returns():
    state = np.full(5, np.nan)
    lacks = [lack_of_patience(state, 0, 4, number) for number in range(19)]
    assert lacks == [0] * 5 + [1] * 8 + [0] * 5 + [2]
    assert lack_of_patience(state, 0, 3, 20) == 0
    assert lack_of_patience(state, 1, 9, 30) == 0
    assert lack_of_patience(state, 1, 0, 60) == 0


def test_random_words_are_those_of_the_agents():
    class Drawing(CompiledTeam):
        def begin(self):
            pass

        def make_room(self, side):
            pass

        def moves(self, sights):
            return np.array(
                [[draw_unit(self.words, self.drawn, row) for _ in range(20)] for row in sights.rows]
            )

    team, names = Drawing(), ["agent_2", "agent_5"]
    brief = swarm_env.parallel_env("flocking").brief()
    team.reset(brief, names, 7)
    seen = [swarm_env.Perception(name, 0, (0, 0), 0, ((".",),)) for name in names]
    drawn = np.concatenate([[one.move for one in team.decide(seen)] for _ in range(2 * BLOCK // 40)], axis=1)
    for name, row in zip(names, drawn, strict=True):
        own = Random(f"7 {name}")
        assert [own.random() for _ in row] == row.tolist()


def test_outline_and_meeting_places():
    assert outline(2) == ((0, 0), (0, 1), (1, 1), (1, 0))
    assert len(set(outline(5))) == 16
    assert outline(1) == ()
    assert meeting_places()[0] == (3, 3)
    assert len(set(meeting_places())) == len(meeting_places())


def ground_with(walls, others, side=61, half=2):
    """What an agent at the middle of a map remembers that has walls; unseen beyond; and its view."""
    margin = explorer.BEYOND
    seen = np.zeros((1, side + 2 * margin, side + 2 * margin), np.uint8)
    for (row, col), symbol in walls.items():
        seen[0, row + margin, col + margin] = ord(symbol)
    shape = seen.shape[1:]
    view = np.full((2 * half + 1, 2 * half + 1), ord("."), np.int32)
    for row, col in [(30, 30), *others]:
        view[row - 30 + half, col - 30 + half] = AGENT
    return explorer.Ground(
        margin, seen, np.array([[30, 30, 0]]), np.zeros((1, 9), np.uint32), np.zeros(1, np.int64),
        np.zeros(shape, np.int64), np.zeros(shape, np.uint8), np.zeros(shape, np.int64),
        np.zeros(seen.size, np.int32), np.ones(2, np.int64),
    ), view  # fmt: skip


@pytest.mark.quick_cases(2)
@pytest.mark.parametrize("seed", range(8))
def test_compiled_searches_find_the_first_moves_of_plain_ones(seed):
    random = Random(seed)
    reach = random.choice([3, 8, 29])
    span = range(30 - reach, 31 + reach)
    known = {
        (i, j): "W" if random.random() < 0.3 else "." for i in span for j in span if random.random() < 0.9
    }
    known[30, 30] = "."
    near = [(i, j) for i in range(28, 33) for j in range(28, 33) if (i, j) != (30, 30)]
    others = set(random.sample(near, 4))
    ground, view = ground_with(known, others)
    for goals in ([(30 + reach, 30)], random.sample(sorted(known), 5), [], [(30, 30)], [(500, 0)]):
        explorer.new_goals(ground)
        for row, col in goals:
            if row < 100:
                ground.goals[row + ground.margin, col + ground.margin] = ground.counts[1]
        for blocked in (set(), others):
            plain = first_moves((30, 30), set(goals), is_free(known, blocked))
            found = explorer.first_moves(ground, 0, view, False, bool(blocked))
            assert [move for move in range(1, 5) if found >> move & 1] == [move for move, _ in plain]
    unseen = {(i, j) for i in range(-60, 120) for j in range(-60, 120)} - known.keys()
    plain = first_moves((30, 30), unseen, is_free(known, others))
    found = explorer.first_moves(ground, 0, view, True, True)
    assert [move for move in range(1, 5) if found >> move & 1] == [move for move, _ in plain]


def is_free(known, others):
    """Whether an agent can enter a cell, as far as it knows."""
    return lambda cell: known.get(cell, ".") == "." and cell not in others
