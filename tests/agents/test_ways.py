"""What the experts think with: memory, ways, the mazes of foraging, right of way."""

import pytest
from swarm_env.agents.scripted.expert import (
    DOWN,
    LEFT,
    RIGHT,
    STAY,
    UP,
    Memory,
    beside,
    distances,
    look,
    number_of,
)
from swarm_env.agents.scripted.experts.flocking import meeting_places, outline
from swarm_env.agents.scripted.lanes import lanes
from swarm_env.agents.scripted.mazes import mazes, supposed
from swarm_env.agents.scripted.traffic import Patience, give_way

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


def test_lanes_keep_to_the_right():
    """In a corridor two cells wide those who come and those who go walk on different sides."""
    cells = cells_of(["W" * 12, "F..........N", "F..........N", "W" * 12])
    there = lanes({(1, 0): 0, (2, 0): 0}, cells)
    back = lanes({(1, 11): 0, (2, 11): 0}, cells)
    assert there[1, 6] < there[2, 6]  # to the left: up is at the right hand
    assert back[2, 6] < back[1, 6]


@pytest.mark.parametrize("size", [(6, 6), (8, 8), (9, 9), (12, 12), (12, 20), (17, 13), (30, 30)])
def test_every_maze_that_is_drawn_is_known(size):
    env = swarm_env.parallel_env("foraging", height=size[0], width=size[1], num_agents=4)
    for seed in range(12):
        env.reset(seed=seed)
        cells = cells_of([row.replace("a", ".") for row in env.grid()])
        assert any(maze.agrees(cells) and maze.cells() == cells for maze in mazes(*size))


def test_seeing_all_leaves_one_maze():
    env = swarm_env.parallel_env("foraging", num_agents=1, view_size=25)
    env.reset(seed=1)
    seen = look(env.perceptions()[0])
    memory = Memory()
    memory.learn(seen)
    found = supposed(memory.cells, set())
    assert {tuple(sorted(maze.cells().items())) for maze in found} == {
        tuple(sorted(cells_of([row.replace("a", ".") for row in env.grid()]).items()))
    }
    assert supposed(memory.cells, set(found)) == []


def wishes(**of):
    """Wishes by place, each a list of moves, best first."""
    table = {}
    for name, moves in of.items():
        row, col = name[1:].split("_")
        cell = int(row), int(col)
        targets = {STAY: cell, **dict(beside(cell))}
        table[cell] = [(move, targets[move]) for move in moves]
    return table


def test_who_comes_second_steps_aside():
    table = wishes(c1_1=[RIGHT, STAY], c1_2=[LEFT, STAY, UP, DOWN])
    order = [(1, 1), (1, 2)]
    assert give_way((1, 1), order, table.__getitem__) == RIGHT
    assert give_way((1, 2), order, table.__getitem__) == UP


def test_who_cannot_leave_is_not_entered():
    table = wishes(c1_1=[RIGHT, DOWN, STAY], c1_2=[LEFT, STAY])
    assert give_way((1, 1), [(1, 1), (1, 2)], table.__getitem__) == DOWN


def test_a_column_moves_together():
    table = wishes(c1_1=[RIGHT, STAY], c1_2=[RIGHT, STAY], c1_3=[RIGHT, STAY])
    for order in ([(1, 1), (1, 2), (1, 3)], [(1, 3), (1, 1), (1, 2)]):
        assert [give_way(cell, order, table.__getitem__) for cell in order] == [RIGHT] * 3


def test_patience_ends_and_returns():
    patience = Patience(rounds=2, give_up=5)
    assert [patience.lack("food", 4, number) for number in range(12)] == [0, 0, 0, 1, 1, 1, 0, 0, 0, 2, 2, 2]
    assert patience.lack("food", 3, 12) == 0
    assert patience.lack("nest", 9, 20) == 0
    assert patience.lack("nest", 0, 40) == 0


def test_outline_and_meeting_places():
    assert outline(2) == ((0, 0), (0, 1), (1, 1), (1, 0))
    assert len(set(outline(5))) == 16
    assert outline(1) == ()
    assert meeting_places()[0] == (3, 3)
    assert len(set(meeting_places())) == len(meeting_places())
