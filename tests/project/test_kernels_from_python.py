"""Whoever calls compiled functions from Python, with whatever, gets an error and keeps the interpreter."""

import importlib
import inspect
import subprocess
import sys

import numpy as np
import pytest

from swarm_env.engine.compiler import COMPILED, InnerKernel, Kernel, ready
from tests.docs.pages import ROOT

FOLDERS = ("swarm_env", "agents", "consensus", "scenarios")
pytestmark = pytest.mark.skipif(not COMPILED, reason="nothing is compiled")


def kernels():
    """All kernels, by module and name."""
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            if "@kernel" not in file.read_text(encoding="utf-8") or "templates" in file.parts:
                continue
            parts = file.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts if folder == "swarm_env" else ("swarm_env", *parts))
            for function in vars(importlib.import_module(name.removesuffix(".__init__"))).values():
                if isinstance(function, Kernel) and function.py_func.__module__ == name:
                    yield function


def call_all():
    """Call kernels that only kernels call with numbers, and with arrays: each works or raises."""
    called = 0
    for function in kernels():
        if isinstance(function, InnerKernel):
            for value in (1, np.zeros(2)):
                try:
                    function(*[value] * len(inspect.signature(function.py_func).parameters))
                except Exception:  # noqa: BLE001, any of Python's
                    continue
                finally:
                    called += 1
    sys.stdout.write(str(called))


def test_a_kernel_that_kernels_call_can_be_called_by_hand():
    code = "from tests.project.test_kernels_from_python import call_all; call_all()"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and int(done.stdout) > 400, (done.returncode, done.stderr[-2000:])


@pytest.mark.slow
def test_what_is_no_world_is_no_handle():
    """The entry points of the compiled rounds take addresses; a small number is refused as one."""
    entries = [
        function
        for function in kernels()
        if next(iter(inspect.signature(function.py_func).parameters), "") == "handle"
    ]
    assert len(entries) > 5
    for function in entries:
        types = ready(function).swarm_signature.args
        for number in (0, 1, -1):
            given = [np.zeros(8, str(kind.dtype)) if hasattr(kind, "dtype") else number for kind in types]
            with pytest.raises(ValueError, match="no address"):
                function(*given)
