"""Where machine code is kept on disk.

Our own sources that hold kernels have a folder together, named by a digest of all of them. Kernels from
outside this project have folders in it, named by their fingerprints.
"""

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numba
import numpy as np

from swarm_env.engine.compiled.fingerprint import OWN_FOLDERS

# What files say that hold kernels, or code or constants that go into kernels.
MARK = re.compile(
    rb"^@kernel|^from numba|^import numba|^class .*\(ScenarioState\)|^# In kernels", re.MULTILINE
)
FOLDER = re.compile(r"[0-9a-f]{32}(checked)?")
KEPT_CACHES = 3  # folders of other sources that are kept, so that switching between two versions stays fast
KEPT_KERNELS = 300  # folders of kernels from outside that are kept


def sources_digest(files: Iterable[Path]) -> str:
    """Digest (32 hexadecimal digits) of source files, in any order, and of the versions that compile them."""
    versions = f"{numba.__version__} {np.__version__}" + (" checked" if numba.config.BOUNDSCHECK else "")
    digest = hashlib.blake2b(versions.encode(), digest_size=16)
    for path in sorted(files):
        text = path.read_bytes()
        digest.update(f"{path.name} {len(text)} ".encode() + text)
    return digest.hexdigest()


def _own_sources() -> list[Path]:
    """All files of this project that hold kernels, or code that goes into kernels."""
    files = [path for folder in OWN_FOLDERS for path in folder.rglob("*.py")]
    return [path for path in files if MARK.search(path.read_bytes())]


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def cache_folder() -> Path:
    """The folder for machine code of these sources; it is created if missing."""
    chosen = os.environ.get("SWARM_ENV_CACHE")
    candidates = [Path(chosen)] if chosen else [Path.home() / ".cache" / "swarm_env"]
    user = os.getuid() if hasattr(os, "getuid") else 0
    candidates.append(Path(tempfile.gettempdir()) / f"swarm_env-{user}")
    name = sources_digest(_own_sources())
    for base in candidates:
        folder = base / name
        if _writable(folder):
            _forget_old(base, folder, KEPT_CACHES)
            return folder
    return Path(tempfile.mkdtemp(prefix="swarm_env-"))


def _forget_old(base: Path, current: Path, kept: int) -> None:
    """Delete folders of machine code beside the current one, except the most recent ones."""
    with contextlib.suppress(OSError):
        os.utime(current)
        old = [p for p in base.iterdir() if p.is_dir() and p != current and FOLDER.fullmatch(p.name)]
        old.sort(key=lambda p: p.stat().st_mtime, reverse=True)
        for path in old[kept:]:
            shutil.rmtree(path, ignore_errors=True)


def kernel_folder(base: Path, name: str) -> Path:
    """The folder for the machine code of a kernel with such a fingerprint ("": ours) in the cache `base`."""
    folder = base / name
    if not folder.is_dir():
        with contextlib.suppress(OSError):  # then nothing is kept
            folder.mkdir()
        _forget_old(base, folder, KEPT_KERNELS)
    return folder
