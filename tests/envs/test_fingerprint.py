"""The key of machine code holds all that numba freezes into it."""

import ast
import importlib
import sys

import numpy as np
import pytest

from docs.folders import place
from swarm_env.engine.compiled.cache_folder import MARK
from swarm_env.engine.compiled.fingerprint import OWN_FOLDERS, fingerprint
from tests.cli.programs import swarm_process

KERNELS = """
from collections import namedtuple
from enum import IntEnum
import package.inner as inner
import package
from helper import BONUS, pay, PRICES
import helper

Point = namedtuple("Point", "x y")
WHERE = Point(1, 2)
NESTED = ((1, 2.0), ("a", True))
class Colour(IntEnum):
    RED = 1

def kernel(function):
    return function

def used(x, start=START):
    near = x + BONUS + helper.LIMIT + package.inner.DEEP + pay(x)
    return near + WHERE.x + NESTED[0][0] + Colour.RED + start

def through_attributes(x):
    return helper.pay(x) + inner.f(x)

def closed(step):
    def inside(x):
        return x + step
    return inside

CLOSED = closed(STEP)
UNUSED = 1

def recursive(x):
    return 0 if x < 1 else recursive(x - 1) + PRICES[x]
"""
HELPER = """
import second
import numpy as np
BONUS, LIMIT = 1, 2
PRICES = np.array([1.0, 2.0])
TABLE = {"a": 1}
def pay(x):
    return x * second.FACTOR
"""


@pytest.fixture
def prints(tmp_path, monkeypatch):
    """Writes the modules, with replacements, imports them anew, and returns the fingerprint of a name."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def of(name, **changes):
        texts = {
            "kernels.py": KERNELS.replace("START", "3").replace("STEP", "4"),
            "helper.py": HELPER,
            "second.py": "FACTOR = 3\n",
            "package/__init__.py": "",
            "package/inner.py": "DEEP = 5\ndef f(x):\n    return x\n",
        }
        for file, (old, new) in changes.items():
            file = file.replace("__", "/") + ".py"
            assert old in texts[file]
            texts[file] = texts[file].replace(old, new)
        for file, text in texts.items():
            (tmp_path / file).parent.mkdir(exist_ok=True)
            (tmp_path / file).write_text(text)
        for module in ("kernels", "helper", "second", "package", "package.inner"):
            sys.modules.pop(module, None)
        importlib.invalidate_caches()
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
        return fingerprint(getattr(importlib.import_module("kernels"), name))

    return of


def test_it_is_the_same_for_the_same_files(prints):
    for name in ("used", "through_attributes", "CLOSED", "recursive"):
        assert prints(name) == prints(name) != ""


@pytest.mark.parametrize(
    ("name", "file", "old", "new"),
    [
        ("used", "helper", "BONUS, LIMIT = 1", "BONUS, LIMIT = 5"),
        ("used", "helper", "LIMIT = 1, 2", "LIMIT = 1, 3"),
        ("used", "helper", "x * second", "2 * x * second"),
        ("used", "second", "3", "4"),
        ("used", "package__inner", "5", "6"),
        ("used", "kernels", "Point(1, 2)", "Point(1, 3)"),
        ("used", "kernels", '"a", True', '"a", 1'),
        ("used", "kernels", "RED = 1", "RED = 2"),
        ("used", "kernels", "start=3", "start=4"),
        ("through_attributes", "second", "3", "4"),
        ("through_attributes", "package__inner", "return x", "return 2 * x"),
        ("CLOSED", "kernels", "closed(4)", "closed(5)"),
        ("recursive", "helper", "2.0]", "3.0]"),
        ("recursive", "kernels", "x - 1", "x - 2"),
    ],
)
def test_it_changes_with_all_that_is_reached(prints, name, file, old, new):
    assert prints(name) != prints(name, **{file: (old, new)})


def test_values_are_told_apart_without_any_file(prints, monkeypatch):
    prints("used")
    helper, used = sys.modules["helper"], sys.modules["kernels"].used
    known = {fingerprint(used)}
    for value in (1.5, 7, True, "7", np.int32(7), np.arange(3), np.arange(3.0), (7, (8,)), {"a": 7}, None):
        monkeypatch.setattr(helper, "LIMIT", value)
        known.add(fingerprint(used))
    assert len(known) == 11
    loop: list[object] = [1]
    loop.append(loop)
    monkeypatch.setattr(helper, "LIMIT", loop)
    assert fingerprint(used) not in known


def test_what_is_ours_has_no_fingerprint():
    import swarm_env

    assert fingerprint(swarm_env.registry.load("scenario", "pursuit").update, 1, "text") == ""


def test_all_that_our_kernels_take_by_name_is_in_files_of_the_digest():
    """The name of the cache's folder stands for our own sources: those that hold kernels, found by a mark."""
    marked = {
        path.resolve()
        for folder in OWN_FOLDERS
        for path in folder.rglob("*.py")
        if MARK.search(path.read_bytes())
    }
    assert len(marked) > 30
    missed, seen = [], 0
    for path in sorted(marked):
        tree = ast.parse(path.read_text())
        used = {
            name.id
            for function in tree.body
            if isinstance(function, ast.FunctionDef) and "kernel" in map(called, function.decorator_list)
            for line in function.body
            for name in ast.walk(line)
            if isinstance(name, ast.Name)
        }
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("swarm_env."):
                files = [place(f"{node.module}.{name.name}") for name in node.names if name.name in used]
                seen += len(files)
                missed += [(path.name, file.name) for file in files if file.is_file() and file not in marked]
    assert seen > 100 and not missed


def called(decorator):
    return ast.unparse(decorator).partition("(")[0]


SCENARIO = """
from swarm_env import Scenario
from swarm_env.engine import RANGE, kernel, place_agent
import helper
from helper import BONUS

@kernel(RANGE)
def reset(world, first, last):
    for w in range(first, last):
        place_agent(world, w, 0, 1, 1, 0)

@kernel(RANGE)
def begin(world, first, last):
    pass

@kernel(RANGE)
def update(world, first, last):
    for w in range(first, last):
        world.score[w] += BONUS + 10 * helper.extra()

class Pay(Scenario):
    name = "pay"
    reset, begin, update, potential = reset, begin, update, begin

SCENARIO = Pay
"""
ASIDE = """
from swarm_env.engine import kernel
import deeper
BONUS = 1
@kernel()
def extra():
    return deeper.VALUE
"""


@pytest.mark.slow
def test_an_edited_helper_is_noticed_by_the_next_process(tmp_path):
    fast = {"NUMBA_BOUNDSCHECK": "0"}

    def score(helper="", deeper=""):
        (tmp_path / "pay.py").write_text(SCENARIO)
        (tmp_path / "helper.py").write_text(ASIDE.replace("BONUS = 1", f"BONUS = {helper or 1}"))
        (tmp_path / "deeper.py").write_text(f"VALUE = {deeper or 0}\n")
        done = swarm_process("run", "pay.py", "-n", 1, "-r", 2, "-a", "random", "-q", folder=tmp_path, **fast)
        assert done.status == 0, done.err
        return float(done.out.split("score ")[1].split()[0])

    assert score() == 2
    run = next((tmp_path / "runs").iterdir())
    assert score(helper="5") == 10
    assert score(deeper="3") == 62
    assert swarm_process("verify", run, "--trust-code", folder=tmp_path, **fast).status == 1
