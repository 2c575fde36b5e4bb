"""Makes all files that follow from the code: `python -m docs.generate [--check] [--only PART] [FILE ...]`.

Four parts: `texts` (pages, tables and lists in pages), `pictures` (one animation per scenario, and others),
`notebooks` (their outputs), `prompts` (those that the tests keep in `tests/llm/golden`). Texts and prompts
are stale if they are not what the code says, pictures and outputs if they are missing; those that are there
are made anew if their file is named. `--check` writes nothing: it lists what is stale and exits with 1 if
anything is. A test does the same.
"""

import argparse
import sys
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from docs import notebook_pages, pictures, texts
from tests.llm import golden_prompts

ROOT = Path(__file__).resolve().parent.parent
COMMAND = "python -m docs.generate"
# What to do for each stale file, by part. Pictures come first: they take longest.
PARTS: dict[str, Callable[[], Mapping[Path, Callable[[], None]]]] = {
    "pictures": pictures.stale,
    "notebooks": notebook_pages.stale,
    "prompts": golden_prompts.stale,
    "texts": texts.stale,
}


def name_of(path: Path) -> str:
    """The path of a file of this tree, as it is listed and named."""
    return path.relative_to(ROOT).as_posix()


def stale(parts: Collection[str] = tuple(PARTS)) -> list[str]:
    """Files that are missing, left over, or not what the code says; paths from the root of the tree on."""
    return [name_of(path) for part in parts for path in PARTS[part]()]


def chosen(parts: Collection[str], files: Collection[str]) -> dict[Path, Callable[[], None]]:
    """How each file that is to be made is made: those that are stale, of these only those that are named.

    Raises:
        SystemExit: A file is named that nothing here makes.
    """
    found = {path: make for part in parts for path, make in PARTS[part]().items()}
    if not files:
        return found
    makers = pictures.makers() | notebook_pages.makers() | found
    known = {name_of(path): path for path in makers} | {path.name: path for path in makers}
    for file in files:
        if file not in known and not (ROOT / file).is_file():
            raise SystemExit(
                f"{file} is not made here. Stale, or pictures: {', '.join(map(name_of, makers))}."
            )
    return {known[file]: makers[known[file]] for file in files if file in known}


def main() -> None:
    """Make what is stale and name it, or only name it."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 if anything is stale"
    )
    parser.add_argument(
        "--only", choices=PARTS, action="append", help="one part; can be given more than once"
    )
    parser.add_argument("files", nargs="*", metavar="FILE", help="only these; what is there is made anew")
    given = parser.parse_args()
    parts = given.only or list(PARTS)
    if given.check:
        found = stale(parts)
        sys.stdout.writelines(f"{name}\n" for name in found)
        raise SystemExit(1 if found else 0)
    for path, make in chosen(parts, given.files).items():
        make()
        sys.stderr.write(f"{name_of(path)}\n")


if __name__ == "__main__":
    main()
