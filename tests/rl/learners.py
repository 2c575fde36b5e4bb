"""Helpers of the tests of learners. The tests are marked `rl` and import their libraries when they run."""

import importlib.util
import re
import runpy
import sys
import time
from typing import Any

from tests.docs.pages import ROOT

EXAMPLES = ROOT / "examples"
DOOR = str(EXAMPLES / "door.py")
SMALL: dict[str, Any] = {"num_agents": 4, "height": 7, "width": 7, "max_rounds": 50}
OPEN, RIGHT = 5, 4
ROOM = ["WWWWW", "W...W", "W.A..", "WA..W", "WWWWW"]  # the door is open already


def load_ppo():
    """The module examples/ppo.py."""
    name = "examples_ppo"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, EXAMPLES / "ppo.py")
        assert spec is not None and spec.loader is not None
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


def improvement(example, capsys, *arguments, monkeypatch):
    """Run an example, and show and return the scores before and after training; its globals come first."""
    monkeypatch.setattr(sys, "argv", [example, *map(str, arguments)])
    start = time.process_time()
    names = runpy.run_path(str(EXAMPLES / example), run_name="__main__")
    took = time.process_time() - start
    ((before, after),) = re.findall(r"(-?[\d.]+) before, (-?[\d.]+) after", capsys.readouterr().out)
    with capsys.disabled():  # for the table in docs/learning.md
        sys.stdout.write(f"\n{example}: {before} before, {after} after, {took:.0f} s of processor time\n")
    return names, float(before), float(after)
