"""The group measures by name, collected from the files of `swarm_env.measures.definitions`.

Those that SwarmBench reports (arXiv 2505.04364) come first, in its order; mean and spread of the message
length count as one there. `docs/measures.md` has the formulas.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from types import MappingProxyType

from swarm_env.measures import definitions
from swarm_env.measures.declare import Measure


def _collect() -> Mapping[str, Measure]:
    files = sorted(module.name for module in pkgutil.iter_modules(definitions.__path__))
    modules = [importlib.import_module(f"{definitions.__name__}.{name}") for name in files]
    found = [entry for module in modules for entry in vars(module).values() if isinstance(entry, Measure)]
    found.sort(key=lambda measure: (not measure.published, measure.published))
    return MappingProxyType({measure.name: measure for measure in found})


MEASURES = _collect()
LIVE = tuple(name for name, measure in MEASURES.items() if measure.live)
