"""Runs Python in a subprocess, with its own folder and search path."""

import os
import subprocess
import sys


def python(code, folder, **environment):
    """Run code in a folder; that folder comes first on Python's search path, as for a user's own script."""
    keep = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=keep | environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
