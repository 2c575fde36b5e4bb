"""What `resolve_push` refuses, and that its message names what was given."""

import copy
import math
from typing import Any

import numpy as np
import pytest

from swarm_env import ConfigError, resolve_push

BODY = {"cells": [[1, 1]], "mass": 1, "static": False, "force": 2}


def body(**changes):
    return {**copy.deepcopy(BODY), **changes}


def without(key):
    return {name: value for name, value in BODY.items() if name != key}


# (what is wrong, height, width, direction, bodies, words that the message must hold)
BAD = [
    ("height is zero", 0, 5, [0, 1], [], ["height", "0"]),
    ("height is negative", -3, 5, [0, 1], [], ["height", "-3"]),
    ("height is a bool", True, 5, [0, 1], [], ["height", "True"]),
    ("height is text", "5", 5, [0, 1], [], ["height", "'5'"]),
    ("height is a fraction", 5.5, 5, [0, 1], [], ["height", "5.5"]),
    ("height is NaN", math.nan, 5, [0, 1], [], ["height", "nan"]),
    ("height is None", None, 5, [0, 1], [], ["height", "None"]),
    ("width is zero", 5, 0, [0, 1], [], ["width", "0"]),
    ("width is a list", 5, [5], [0, 1], [], ["width", "[5]"]),
    ("width is infinite", 5, math.inf, [0, 1], [], ["width", "inf"]),
    ("the map is gigantic", 10**9, 10**9, [0, 1], [], ["height", "1000000000"]),
    ("sizes beyond 64 bits", 2**80, 5, [0, 1], [], ["height"]),
    ("direction is diagonal", 5, 5, [1, 1], [BODY], ["direction", "[1, 1]"]),
    ("direction stands still", 5, 5, [0, 0], [BODY], ["direction", "[0, 0]"]),
    ("direction is two cells", 5, 5, [0, 2], [BODY], ["direction", "[0, 2]"]),
    ("direction is a word", 5, 5, "UP", [BODY], ["direction", "'UP'"]),
    ("direction is short", 5, 5, [1], [BODY], ["direction", "[1]"]),
    ("direction is long", 5, 5, [0, 1, 0], [BODY], ["direction", "[0, 1, 0]"]),
    ("direction is None", 5, 5, None, [BODY], ["direction", "None"]),
    ("direction holds NaN", 5, 5, [0, math.nan], [BODY], ["direction", "nan"]),
    ("direction holds bools", 5, 5, [False, True], [BODY], ["direction", "True"]),
    ("direction is a number", 5, 5, 1, [BODY], ["direction", "1"]),
    ("bodies is None", 5, 5, [0, 1], None, ["bodies", "None"]),
    ("bodies is text", 5, 5, [0, 1], "abc", ["bodies", "'abc'"]),
    ("bodies is a dict", 5, 5, [0, 1], BODY, ["bodies"]),
    ("bodies is a number", 5, 5, [0, 1], 3, ["bodies", "3"]),
    ("a body is a list", 5, 5, [0, 1], [[[1, 1]]], ["bodies[0]"]),
    ("a body is None", 5, 5, [0, 1], [BODY, None], ["bodies[1]", "None"]),
    ("cells are missing", 5, 5, [0, 1], [without("cells")], ["bodies[0]", "cells"]),
    ("mass is missing", 5, 5, [0, 1], [without("mass")], ["bodies[0]", "mass"]),
    ("an unknown key", 5, 5, [0, 1], [body(colour="red")], ["bodies[0]", "colour"]),
    ("no cells", 5, 5, [0, 1], [body(cells=[])], ["bodies[0]", "cells"]),
    ("cells is None", 5, 5, [0, 1], [body(cells=None)], ["bodies[0]", "cells", "None"]),
    ("cells is text", 5, 5, [0, 1], [body(cells="11")], ["bodies[0]", "cells", "'11'"]),
    ("a cell with one number", 5, 5, [0, 1], [body(cells=[[1]])], ["bodies[0]", "cells", "[1]"]),
    ("a cell with three numbers", 5, 5, [0, 1], [body(cells=[[1, 1, 1]])], ["bodies[0]", "cells"]),
    ("a cell of fractions", 5, 5, [0, 1], [body(cells=[[1.5, 1]])], ["bodies[0]", "cells", "1.5"]),
    ("a cell of text", 5, 5, [0, 1], [body(cells=[["1", 1]])], ["bodies[0]", "cells", "'1'"]),
    ("a cell of bools", 5, 5, [0, 1], [body(cells=[[True, 1]])], ["bodies[0]", "cells", "True"]),
    ("a cell of NaN", 5, 5, [0, 1], [body(cells=[[math.nan, 1]])], ["bodies[0]", "cells", "nan"]),
    ("a cell above the map", 5, 5, [0, 1], [body(cells=[[-1, 1]])], ["bodies[0]", "cells", "-1"]),
    ("a cell below the map", 5, 5, [0, 1], [body(cells=[[5, 1]])], ["bodies[0]", "cells", "5"]),
    ("a cell right of the map", 5, 5, [0, 1], [body(cells=[[1, 5]])], ["bodies[0]", "cells", "5"]),
    ("a cell far away", 5, 5, [0, 1], [body(cells=[[1, 2**70]])], ["bodies[0]", "cells"]),
    ("a cell named twice", 5, 5, [0, 1], [body(cells=[[1, 1], [1, 1]])], ["bodies[0]", "1, 1"]),
    (
        "two bodies overlap",
        5,
        5,
        [0, 1],
        [BODY, body(cells=[[2, 2], [1, 1]])],
        ["bodies[1]", "bodies[0]", "1, 1"],
    ),
    ("mass is zero", 5, 5, [0, 1], [body(mass=0)], ["bodies[0]", "mass", "0"]),
    ("mass is negative", 5, 5, [0, 1], [body(mass=-2)], ["bodies[0]", "mass", "-2"]),
    ("mass is a fraction", 5, 5, [0, 1], [body(mass=1.5)], ["bodies[0]", "mass", "1.5"]),
    ("mass is NaN", 5, 5, [0, 1], [body(mass=math.nan)], ["bodies[0]", "mass", "nan"]),
    ("mass is a bool", 5, 5, [0, 1], [body(mass=True)], ["bodies[0]", "mass", "True"]),
    ("mass is text", 5, 5, [0, 1], [body(mass="1")], ["bodies[0]", "mass", "'1'"]),
    ("mass is gigantic", 5, 5, [0, 1], [body(mass=2**40)], ["bodies[0]", "mass", str(2**40)]),
    ("static is a number", 5, 5, [0, 1], [body(static=1)], ["bodies[0]", "static", "1"]),
    ("static is text", 5, 5, [0, 1], [body(static="no")], ["bodies[0]", "static", "'no'"]),
    ("static is None", 5, 5, [0, 1], [body(static=None)], ["bodies[0]", "static", "None"]),
    ("force is a fraction", 5, 5, [0, 1], [body(force=0.5)], ["bodies[0]", "force", "0.5"]),
    ("force is NaN", 5, 5, [0, 1], [body(force=math.nan)], ["bodies[0]", "force", "nan"]),
    ("force is infinite", 5, 5, [0, 1], [body(force=math.inf)], ["bodies[0]", "force", "inf"]),
    ("force is a bool", 5, 5, [0, 1], [body(force=True)], ["bodies[0]", "force", "True"]),
    ("force is a list", 5, 5, [0, 1], [body(force=[2])], ["bodies[0]", "force", "[2]"]),
    ("force is gigantic", 5, 5, [0, 1], [body(force=-(2**40))], ["bodies[0]", "force", str(-(2**40))]),
]


@pytest.mark.parametrize(
    ("height", "width", "direction", "bodies", "words"),
    [case[1:] for case in BAD],
    ids=[case[0] for case in BAD],
)
def test_is_refused_by_name(height, width, direction, bodies, words):
    before = copy.deepcopy(bodies)
    with pytest.raises(ConfigError) as refused:
        resolve_push(height, width, direction, bodies)
    for word in words:
        assert word in str(refused.value), f"{word!r} is not in: {refused.value}"
    assert repr(bodies) == repr(before)
    assert len(str(refused.value)) < 600, "a message is read by people"


def test_numpy_numbers_and_tuples_are_fine():
    five: Any = np.int64(5)
    right: Any = np.array([0, 1])
    assert resolve_push(five, 5, (0, 1), [body(mass=np.int32(1), force=np.int8(2))]) == [0]
    assert resolve_push(5, 5, right, (body(cells=((1, 1), (1, 2))),)) == [0]
    assert resolve_push(5, 5, [0, 1], [body(cells=np.array([[1, 1]]), static=np.bool_(False))]) == [0]
    assert resolve_push(5, 5, [0, 1], []) == []
    assert resolve_push(1, 1, [0, 1], [body(cells=[[0, 0]])]) == [0], "the border is open"


@pytest.mark.slow
def test_many_bodies_with_gigantic_force_do_not_overflow():
    many = [{"cells": [[0, j]], "mass": 1, "static": False, "force": 10**6} for j in range(3000)]
    assert resolve_push(1, 3001, [0, 1], many) == list(range(3000))
