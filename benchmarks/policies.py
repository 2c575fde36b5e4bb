"""Train the policies that ship: `python -m benchmarks.policies pursuit` writes its file of weights.

Each is trained by examples/ppo.py with the settings below, on worlds of the default settings, and then made
small (agents/ppo/weights): the actor alone, in half precision. `--pack FILE` packs a file that was trained
before.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.learning import load_ppo
from benchmarks.tables import say

ROOT = Path(__file__).resolve().parent.parent
WEIGHTS = ROOT / "agents" / "ppo" / "weights"

# What differs from the defaults of examples/ppo.py. Lights are a matter of the next few rounds. The files
# that ship are of an earlier version, which annealed by processor time: about as many updates, but they
# cannot be repeated. Its transporters went on for another minute (--start) with an entropy of 0.005 and a
# discount of 0.98.
CHOSEN: dict[str, dict[str, Any]] = {
    "flocking": {"updates": 200},
    "foraging": {"updates": 336},
    "pursuit": {"updates": 285},
    "synchronization": {"updates": 180, "discount": 0.9, "trace": 0.9, "entropy": 0.005},
    "transport": {"updates": 320},
}


def pack(file: Path, out: Path) -> None:
    """Keep what playing needs of a policy file.

    Args:
        file: As examples/ppo.py writes it.
        out: File to write.
    """
    with np.load(file, allow_pickle=False) as found:
        arrays = {name: found[name].astype(np.float16) for name in found.files if name.startswith("actor.")}
        about = json.loads(str(found["about"]))
    for name in ("out", "log", "start"):
        about["training"]["settings"].pop(name, None)
    out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(out, about=np.array(json.dumps(about)), **arrays)


def train(scenario: str, folder: Path, updates: int | None = None, **more: Any) -> Path:
    """Train one policy.

    Args:
        scenario: Its name.
        folder: Where the whole file goes.
        updates: How many; None: as chosen above.
        **more: Other settings of examples/ppo.py.

    Returns:
        The file.
    """
    import torch

    torch.set_num_threads(1)
    ppo = load_ppo()
    file = folder / f"{Path(scenario).stem}.npz"
    settings = ppo.Settings(**{"scenario": scenario, "out": str(file)} | CHOSEN.get(scenario, {}) | more)
    if updates is not None:
        settings = replace(settings, updates=updates)
    policy = ppo.train(settings, ppo.Journal(settings).report)
    scores = ppo.evaluate(policy, settings)
    say(f"{scenario}: {np.mean(scores):.2f} ± {np.std(scores):.2f} in {len(scores)} episodes of other seeds")
    return file


def main() -> None:
    """Train and pack."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("scenarios", nargs="*", default=list(CHOSEN), help="which; default: all")
    parser.add_argument("--updates", type=int, default=None, help="of each; default: as listed")
    parser.add_argument("--folder", type=Path, default=Path("policies"), help="of the whole files")
    parser.add_argument("--pack", type=Path, default=None, help="a file to pack, instead of training")
    given = parser.parse_args()
    if given.pack:
        pack(given.pack, WEIGHTS / given.pack.name)
        return
    for scenario in given.scenarios:
        pack(train(scenario, given.folder, given.updates), WEIGHTS / f"{scenario}.npz")


if __name__ == "__main__":
    main()
