"""The notebooks of `docs/notebooks`: executed, and turned into pages of Markdown.

A notebook is kept with its outputs, so that it can be read without being run. `python -m docs.generate FILE`
runs it again; a test runs all of them and compares what they print.
"""

import functools
import importlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "notebooks"
VARIES = "varies"  # tag of a cell that does not print the same everywhere


def read(path: Path) -> dict[str, Any]:
    """A notebook (nbformat 4), as parsed JSON."""
    return dict(json.loads(path.read_text()))


def executed(path: Path, timeout: int = 300) -> dict[str, Any]:
    """A notebook after all its cells have been run by a kernel, in the notebook's folder.

    Args:
        path: The notebook.
        timeout: Of one cell [s].

    Raises:
        nbclient.exceptions.CellExecutionError: A cell raised an error.
    """
    nbformat, nbclient = map(importlib.import_module, ("nbformat", "nbclient"))  # untyped; only needed here
    notebook = nbformat.read(path, as_version=4)
    where = {"metadata": {"path": str(path.parent)}}
    nbclient.NotebookClient(notebook, timeout=timeout, resources=where).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # times, which differ from run to run
    return dict(json.loads(nbformat.writes(notebook)))


def write(path: Path) -> None:
    """Run a notebook and keep it with its outputs."""
    path.write_text(json.dumps(executed(path), indent=1, ensure_ascii=False) + "\n")


def makers() -> dict[Path, Callable[[], None]]:
    """How each notebook is run again."""
    return {path: functools.partial(write, path) for path in sorted(FOLDER.glob("*.ipynb"))}


def stale() -> dict[Path, Callable[[], None]]:
    """How notebooks are run that have no outputs yet."""
    return {path: make for path, make in makers().items() if not any(printed(read(path)))}


def printed(notebook: dict[str, Any]) -> list[str]:
    """What each cell of code printed or showed as text, where it is the same everywhere."""
    texts = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and VARIES not in cell["metadata"].get("tags", []):
            outputs = [(kind, content) for kind, content in outputs_of(cell) if kind == "text"]
            texts.append("".join(content for _, content in outputs))
    return texts


def outputs_of(cell: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What a cell showed, as (kind, content): `text`, `png` (base64) or `html`."""
    for output in cell["outputs"]:
        if output["output_type"] == "stream":
            if output["name"] == "stdout":
                yield "text", "".join(output["text"])
        elif output["output_type"] in ("execute_result", "display_data"):
            shown = output["data"]
            if "image/png" in shown:
                yield "png", "".join(shown["image/png"]).replace("\n", "")
            elif "text/html" in shown:
                yield "html", "".join(shown["text/html"])
            else:
                yield "text", "".join(shown["text/plain"]) + "\n"


def as_markdown(notebook: dict[str, Any]) -> str:
    """A page, for Sphinx, with the texts, the code and the outputs of a notebook."""
    parts = []
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(source)
            continue
        parts.append(f"```python\n{source}\n```")
        for kind, content in outputs_of(cell):
            if kind == "text":
                parts.append(f"```text\n{content.rstrip()}\n```")
            elif kind == "png":
                parts.append(f'<img alt="output of the cell above" src="data:image/png;base64,{content}">')
            else:
                parts.append(f"```````{{raw}} html\n{content}\n```````")
    return "\n\n".join(parts) + "\n"
