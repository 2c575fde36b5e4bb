"""Entry points of other distributions: found without importing anything, loaded with our errors."""

import importlib.metadata
import importlib.util
from pathlib import Path
from typing import Any

from swarm_env.errors import ContractError, SwarmEnvError


def source_of(module: str) -> Path | None:
    """The source file of a module of another distribution, found without importing anything."""
    top, *rest = module.split(".")
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError, AttributeError):
        return None
    if spec is None:
        return None
    if not rest:
        return Path(spec.origin) if spec.origin else None
    for folder in spec.submodule_search_locations or ():
        place = Path(folder, *rest)
        for file in (place.with_name(f"{place.name}.py"), place / "__init__.py"):
            if file.is_file():
                return file
    return None


def load_point(kind: str, point: importlib.metadata.EntryPoint) -> Any:
    """Load an entry point of another distribution; raises `ContractError` if that fails."""
    try:
        return point.load()
    except SwarmEnvError:
        raise
    except (Exception, SystemExit) as error:  # other people's code
        origin = point.dist.name if point.dist else "another distribution"
        raise ContractError(
            f"The {kind} {point.name!r} of {origin} ({point.value}) cannot be loaded: "
            f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        ) from error
