"""Write a scenario, an agent, a rule or a renderer that works at once, and its test."""

import importlib.metadata
import keyword
import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from swarm_env.cli.output import command, make_folder, result
from swarm_env.errors import ConfigError, did_you_mean, os_errors

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
NAME = re.compile(r"[a-z][a-z0-9_]{0,49}")
TRY = {
    "scenario": ("swarm", "run", "{file}"),
    "agent": ("swarm", "run", "pursuit", "--agents", "{file}"),
    "rule": ("swarm", "run", "nest_site", "--set", "rule={file}"),
    "renderer": ("swarm", "run", "pursuit", "--render", "{file}"),
}


def new(
    kind: Annotated[str, typer.Argument(help=f"{', '.join(TRY)}.", show_default=False)],
    name: Annotated[
        str, typer.Argument(help="Name of the entry and its file: a-z, 0-9 and _.", show_default=False)
    ],
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="Folder.", metavar="FOLDER", show_default="the working folder"),
    ] = Path(),
) -> None:
    """Write NAME.py, which works at once, and its test test_NAME.py. Nothing is overwritten.

    Examples:
        swarm new scenario orchard
        swarm new agent walker --out my_agents
    """
    single = kind.removesuffix("s")
    if single not in TRY:
        raise ConfigError(
            f"{kind!r:.80} is none of {', '.join(TRY)}.{did_you_mean(kind, TRY)} Try: swarm new agent walker"
        )
    if not NAME.fullmatch(name) or keyword.iskeyword(name) or _is_taken(name):
        raise ConfigError(
            f"{name!r:.80} cannot be the name of the {single}: use up to 50 of a-z, 0-9 and _, first a "
            "letter, and no word of Python or module that is installed."
        )
    make_folder("--out", out)
    texts = {
        out / f"{name}.py": f"new_{single}.py",
        out / f"test_{name}.py": f"new_{single}_test.py",
    }
    for path in texts:
        if path.exists() or path.is_symlink():
            raise ConfigError(f"{path} is there already. Choose another name, or another folder (--out).")
    title = "".join(part.capitalize() for part in name.split("_"))
    for path, template in texts.items():
        text = (TEMPLATES / template).read_text(encoding="utf-8")
        with os_errors(ConfigError, path, "written"), path.open("x", encoding="utf-8") as file:
            file.write(text.replace("my_entry", name).replace("MyEntry", title))
    entry, test = texts
    for words in (TRY[single], ("pytest", "{test}")):
        result(command(*(word.format(file=entry, test=test) for word in words)))


def _is_taken(name: str) -> bool:
    """Whether a file of this name would hide a module of Python, or one of an installed distribution."""
    return name in sys.stdlib_module_names or name in importlib.metadata.packages_distributions()


COMMAND = new
