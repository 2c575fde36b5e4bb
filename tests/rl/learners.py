"""Helpers of the tests of learners. The tests are marked `rl` and import their libraries when they run."""

import importlib.util
import re
import runpy
import sys
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
    """Run an example; returns its globals and the scores that it printed before and after training."""
    monkeypatch.setattr(sys, "argv", [example, *map(str, arguments)])
    names = runpy.run_path(str(EXAMPLES / example), run_name="__main__")
    ((before, after),) = re.findall(r"(-?[\d.]+) before, (-?[\d.]+) after", capsys.readouterr().out)
    return names, float(before), float(after)
