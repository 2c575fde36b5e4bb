"""The Python reference: pages that list public names, and in the site have their whole docstrings.

In the repository a page has a heading and a sentence for each name, so that it can be read there. The site
puts what Sphinx makes of the docstring in their place.
"""

import functools
import importlib
import inspect
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import swarm_env

FOLDER = Path(__file__).parent / "reference"
ALL = "*"  # all names of the module's `__all__`

# Page: title, what is on it, and its modules with the names of each.
PAGES: dict[str, tuple[str, str, dict[str, str]]] = {
    "swarm_env.md": (
        "swarm_env",
        "The names of the package itself; more than these is rarely needed.",
        {"swarm_env": ALL},
    ),
    "scenarios.md": (
        "For scenario authors",
        "What a scenario declares, and what its kernels call: [adding a scenario](../adding-a-scenario.md).",
        {"swarm_env.scenario": ALL, "swarm_env.engine": ALL},
    ),
    "runs.md": (
        "Runs and playback",
        "[Runs](../runs.md) are played, resumed and forked here, checked, and shown at any round.",
        {
            "swarm_env.playing.runner": ALL,
            "swarm_env.runs.verify": "verify",
            "swarm_env.frame": "Frame",
            "swarm_env.playback.playback": "Playback",
        },
    ),
    "learning.md": (
        "For learners",
        "What stands beside the environments; [learning](../learning.md) has recipes.",
        {"swarm_env.training.memory_features": "MemoryFeatures"},
    ),
    "models.md": (
        "Language models",
        "[Requests](../chat.md) to language models, and [the mock server](../serve.md).",
        {"swarm_env.chat": ALL, "swarm_env.agents.mock_server": ALL},
    ),
    "measures.md": (
        "Measures and scores",
        "[Group measures](../measures.md) of runs, and the statistics of [`swarm score`](../evaluating.md).",
        {
            "swarm_env.measures": ALL,
            "swarm_env.measures.declare": "GameStatistics Series group_measure",
            "swarm_env.leaderboard.leaderboard": "score_folders",
            "swarm_env.leaderboard.statistics": "summarise",
        },
    ),
    "consensus.md": (
        "Consensus",
        "[Rules and protocols](../consensus/README.md) that work without the grid.",
        {
            "swarm_env.consensus": ALL,
            "swarm_env.consensus.bradley_terry": ALL,
            "swarm_env.consensus.fortytwo": ALL,
            "swarm_env.consensus.codef": ALL,
            "swarm_env.consensus.verification": ALL,
            "swarm_env.consensus.adversaries": ALL,
            "swarm_env.consensus.debate": ALL,
        },
    ),
}
NAME = re.compile(r"^### `([\w.]+)`\n\n.*\n", re.MULTILINE)
MODULE = re.compile(r"^## `([\w.]+)`$", re.MULTILINE)


def names(module: str, chosen: str) -> tuple[list[str], list[str]]:
    """The names of a module that have a docstring of their own, and those that are plain values."""
    loaded = importlib.import_module(module)
    listed = loaded.__all__ if chosen == ALL else chosen.split()
    described: list[str] = []
    plain: list[str] = []
    for name in listed:
        if name == "RULE":  # for the registry
            continue
        (described if summary(getattr(loaded, name)) else plain).append(name)
    return described, plain


def summary(thing: Any) -> str:
    """The first paragraph of its own docstring, in a line; "" for a value."""
    if not (inspect.isclass(thing) or callable(thing)):
        return ""
    return " ".join((inspect.getdoc(thing) or "").partition("\n\n")[0].split())


def page(file: str) -> str:
    """One page of the reference, as it is kept in the repository."""
    title, intro, modules = PAGES[file]
    parts = [f"# {title}", intro]
    for module, chosen in modules.items():
        described, plain = names(module, chosen)
        loaded = importlib.import_module(module)
        parts.append(f"## `{module}`")
        if plain:
            parts.append("Values: " + ", ".join(f"`{name}`" for name in plain) + ".")
        parts += [f"### `{name}`\n\n{summary(getattr(loaded, name))}" for name in described]
    return "\n\n".join(parts) + "\n"


def index_page() -> str:
    """The list of the pages."""
    rows = [
        f"- [{title}]({file}): " + ", ".join(f"`{module}`" for module in modules)
        for file, (title, _, modules) in PAGES.items()
    ]
    return (
        "# Python reference\n\nAll public names, by module. In the site each has its whole docstring; in the "
        "repository read the docstrings in the code.\n"
        "The command line has [a page of its own](../command-line.md).\n\n"
        + "\n".join(rows)
        + f"\n\nVersion {swarm_env.__version__}.\n"
    )


def pages() -> dict[Path, str]:
    """Every page of the reference and its text."""
    return {FOLDER / file: page(file) for file in PAGES} | {FOLDER / "README.md": index_page()}


def with_directives(text: str) -> str:
    """A page in which each name is replaced by what tells Sphinx to document it."""
    parts = MODULE.split(text)
    for i in range(1, len(parts), 2):
        module = importlib.import_module(parts[i])
        parts[i] = f"## `{parts[i]}`"
        parts[i + 1] = NAME.sub(functools.partial(directive, module), parts[i + 1])
    return "".join(parts)


def directive(module: ModuleType, name: re.Match[str]) -> str:
    """The directive for a name of a module."""
    if inspect.isclass(getattr(module, name[1])):
        kind, options = "class", "\n   :members:"
    else:
        kind, options = "function", ""
    return f"```{{eval-rst}}\n.. auto{kind}:: {module.__name__}.{name[1]}{options}\n```\n"
