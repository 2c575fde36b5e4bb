"""How the house stands: sizes of folders and files, names, words, and how many files a round goes through.

    python -m benchmarks.house [TREE]

It reads the files of a tree; the library is what lies below the folders of `ROOMS`, in whatever layout. Two
figures need a game; it is played in a process of its own, from that tree.
"""

import argparse
import ast
import contextlib
import functools
import json
import os
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.tables import Row, show

HERE = Path(__file__).resolve().parent.parent
ROOMS = ("swarm_env", "agents", "consensus", "scenarios", "viz")
LONG, LONGER = 300, 400  # lines of a file
# What only readers of the code know: none of them belongs into a text for others.
WORDS = {
    "body": r"bod(?:y|ies)",
    "mind": r"minds?",
    "told": r"told",
    "cast": r"casts?",
    "course": r"courses?",
    "seat": r"seats?",
    "film": r"films?",
    "As for `play`": r"As for `play`",
}
PLACES = {"library": ROOMS, "docs": ("docs", "README.md", "CONTRIBUTING.md"), "tests": ("tests",)}
TEXTS = (".py", ".md", ".html", ".css", ".js", ".toml")


def files(tree: Path) -> list[Path]:
    """The Python files of the library."""
    return sorted(path for room in ROOMS for path in (tree / room).rglob("*.py"))


@functools.cache
def parsed(path: Path) -> ast.Module:
    """The syntax of a file."""
    return ast.parse(path.read_bytes())


@functools.cache
def exports(tree: Path) -> set[str]:
    """The names by which the registry finds entries: the values of `EXPORTS`, wherever it is defined."""
    for path in files(tree):
        for node in parsed(path).body:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            named = {target.id for target in targets if isinstance(target, ast.Name)}
            value = getattr(node, "value", None)
            if "EXPORTS" in named and isinstance(value, ast.Dict):
                return {str(one.value) for one in value.values if isinstance(one, ast.Constant)}
    return set()


def is_entry(path: Path, names: set[str]) -> bool:
    """Whether a file brings an entry: it binds such a name at its top level, in a file that is listed."""
    if path.name.startswith("_") and not path.name.startswith(("_command_", "__init__")):
        return False
    bound: set[str] = set()
    for node in parsed(path).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            bound.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            bound |= {one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)}
    return bool(bound & names)


def crowds(tree: Path) -> dict[str, int]:
    """Files that are no entries in each folder of the library, `__init__.py` included."""
    names = exports(tree)
    counted = Counter(
        path.parent.relative_to(tree).as_posix() for path in files(tree) if not is_entry(path, names)
    )
    return dict(counted.most_common())


def folders(tree: Path) -> list[str]:
    """Folders of the library that hold Python files; paths from the tree on."""
    return sorted({path.parent.relative_to(tree).as_posix() for path in files(tree)})


def lengths(tree: Path) -> dict[str, int]:
    """Lines of each file of the library."""
    return {path.relative_to(tree).as_posix(): len(path.read_bytes().splitlines()) for path in files(tree)}


def private_imports(tree: Path, folders: tuple[str, ...] = ROOMS) -> list[str]:
    """Imports of modules whose path has a part that begins with one underscore, as `file: module`."""
    found = []
    for path in sorted(path for folder in folders for path in (tree / folder).rglob("*.py")):
        for node in ast.walk(parsed(path)):
            asked: list[str] = []
            if isinstance(node, ast.Import):
                asked = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = node.module or ""
                home = tree.joinpath(*base.split("."))
                modules = [
                    f"{base}.{alias.name}"
                    for alias in node.names
                    if (home / alias.name).is_dir() or (home / f"{alias.name}.py").is_file()
                ]
                asked = [base] if is_private(base) or not modules else modules
            found += [
                f"{path.relative_to(tree).as_posix()}: {module}" for module in asked if is_private(module)
            ]
    return found


def from_elsewhere(found: list[str]) -> list[str]:
    """Those of `private_imports` that come from outside the underscored folder or beside the module."""
    kept = []
    for one in found:
        file, _, module = one.partition(": ")
        own = file.split("/")[:-1]
        parts = module.split(".")
        first = next(i for i, part in enumerate(parts) if part.startswith("_") and not part.startswith("__"))
        owner = parts[: first + 1]
        if own[: len(owner)] != owner and own != owner[:-1]:
            kept.append(one)
    return kept


def is_private(module: str) -> bool:
    """Whether a part of a module's path begins with one underscore; of our modules only."""
    parts = module.split(".")
    return parts[0] in ROOMS and any(part.startswith("_") and not part.startswith("__") for part in parts)


def twice(tree: Path) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Classes of one name and files of one name, with where they are; entries' own files do not count."""
    names = exports(tree)
    classes: dict[str, list[str]] = {}
    called: dict[str, list[str]] = {}
    for path in files(tree):
        place = path.relative_to(tree).as_posix()
        for node in parsed(path).body:
            if isinstance(node, ast.ClassDef):
                classes.setdefault(node.name, []).append(place)
        if not path.name.startswith("__") and not is_entry(path, names):
            called.setdefault(path.name, []).append(place)
    return (
        {name: places for name, places in sorted(classes.items()) if len(places) > 1},
        {name: places for name, places in sorted(called.items()) if len(places) > 1},
    )


@functools.cache
def words(tree: Path) -> dict[str, dict[str, int]]:
    """How often each of `WORDS` stands in the library, the documents and the tests; parts of names count."""
    counted: dict[str, dict[str, int]] = {}
    for place, folders in PLACES.items():
        text = "\n".join(spaced(path) for path in texts(tree, folders))
        counted[place] = {
            word: len(re.findall(rf"(?<![a-z]){pattern}(?![a-z])", text, re.IGNORECASE))
            for word, pattern in WORDS.items()
        }
    return counted


def texts(tree: Path, folders: tuple[str, ...]) -> Iterator[Path]:
    """The files of texts in some folders."""
    for folder in folders:
        place = tree / folder
        if place.is_file():
            yield place
        found = (path for path in place.rglob("*") if path.suffix in TEXTS and path.is_file())
        yield from sorted(path for path in found if path.name != "test_rooms.py")  # it names the words


def spaced(path: Path) -> str:
    """The path of a file and its text, `CamelCase` taken apart."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", f"{path.stem}\n{path.read_text(encoding='utf-8')}")


# What a round goes through. All that follows runs in a process that imports the library from the tree.


class Visits:
    """Counts files of a tree in which a line of Python runs, while it is switched on, in all threads."""

    def __init__(self, tree: Path) -> None:
        self.folders = tuple(f"{tree / room}{os.sep}" for room in ROOMS)
        self.found: set[str] = set()
        self.on = False

    def __call__(self, frame: Any, event: str, arg: Any) -> Any:
        """Python's trace function: called at the start of every function, then before each of its lines."""
        name = frame.f_code.co_filename
        if not name.startswith(self.folders):
            return None
        if self.on and event in ("call", "line"):
            self.found.add(name)
        return self if event == "call" else self._lines(name)

    def _lines(self, name: str) -> Any:
        return None if name in self.found else self

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Trace this thread and those that are started from here on."""
        threading.settrace(self)
        sys.settrace(self)
        try:
            yield
        finally:
            sys.settrace(None)
            threading.settrace(None)


def visited_by_step(tree: Path) -> list[str]:
    """Files that one round of `parallel_env("pursuit")` goes through, after a warm-up."""
    import swarm_env

    env = swarm_env.parallel_env("pursuit")
    env.reset(seed=1)
    for _ in range(3):
        env.step(dict.fromkeys(env.agents, 1))
    moves = dict.fromkeys(env.agents, 2)
    visits = Visits(tree)
    with visits.installed():
        visits.on = True
        env.step(moves)
        visits.on = False
    return sorted(visits.found)


class Marker:
    """An agent that stays, and switches the counting on in its third round and off in its fourth."""

    visits: Visits

    def reset(self, brief: Any, names: Any, seed: int) -> None:
        """An episode begins."""

    def decide(self, perceptions: Any) -> Any:
        """One decision each; between two calls lies one whole round of everybody."""
        import swarm_env

        seen = list(perceptions)
        self.visits.on = seen[0].round == 3
        return [swarm_env.Decision(0) for _ in seen]


def visited_by_round(tree: Path) -> list[str]:
    """Files that one round of two agents of a language model goes through, asked of a server beside it."""
    import swarm_env

    Marker.visits = visits = Visits(tree)
    swarm_env.register("agent", "marker", Marker)
    os.environ["OPENAI_API_KEY"] = "any"
    command = [sys.executable, "-m", "swarm_env", "serve", "--port", "0", "--quiet"]
    with subprocess.Popen(command, cwd=tree, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            with visits.installed():
                team = f"llm:scripted@{url}*2, marker"
                swarm_env.play("pursuit", team, seed=1, num_agents=3, max_rounds=6, message="text")
        finally:
            server.terminate()
    return sorted(visits.found)


VISITED = {"parallel_env step": visited_by_step, "round of a language model": visited_by_round}


def visited(tree: Path, what: str) -> list[str]:
    """The files that something goes through, found in a process that imports the library from a tree.

    Args:
        tree: The tree.
        what: A name of `VISITED`.

    Returns:
        Paths from the tree on.
    """
    code = (
        f"import sys; sys.path[:0] = [{str(HERE)!r}]; import benchmarks.house as h; "  # the measuring
        f"sys.path[:0] = [{str(tree)!r}]; "  # what is measured
        f"import json, pathlib; print(json.dumps(h.VISITED[{what!r}](pathlib.Path({str(tree)!r}))))"
    )
    environment = os.environ | {"PYTHONPATH": str(tree)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return [Path(name).relative_to(tree).as_posix() for name in json.loads(done.stdout.splitlines()[-1])]


def measure(tree: Path) -> dict[str, list[Row]]:
    """All tables."""
    crowd, size = crowds(tree), lengths(tree)
    classes, names = twice(tree)
    fullest = next(iter(crowd))
    rows: list[Row] = [
        {"what": "most files in a folder", "figure": crowd[fullest], "which": fullest},
        {"what": "folders", "figure": len(folders(tree)), "which": ""},
        {"what": "files", "figure": len(size), "which": ""},
        {"what": "lines", "figure": sum(size.values()), "which": ""},
    ]
    for limit in (LONGER, LONG):
        long = sorted((name for name, lines in size.items() if lines > limit), key=lambda name: -size[name])
        rows.append({"what": f"files over {limit} lines", "figure": len(long), "which": ", ".join(long[:3])})
    rows += [
        {"what": "imports of underscored modules", "figure": len(private_imports(tree)), "which": "library"},
        {
            "what": "of them, from neither beside nor below",
            "figure": len(from_elsewhere(private_imports(tree))),
            "which": "library",
        },
        {
            "what": "imports of underscored modules",
            "figure": len(private_imports(tree, ("tests", "docs", "benchmarks", "examples"))),
            "which": "tests, docs, benchmarks, examples",
        },
        {"what": "class names twice or more", "figure": len(classes), "which": ", ".join(classes)},
        {"what": "file names twice or more", "figure": len(names), "which": ", ".join(names)},
    ]
    for what in VISITED:
        found = visited(tree, what)
        rows.append({"what": f"files visited by a {what}", "figure": len(found), "which": ""})
    counted = words(tree)
    return {
        "The house": rows,
        "Folders": [{"folder": name, "files": number} for name, number in crowd.items()],
        "Private words": [
            {"word": word, **{place: counted[place][word] for place in PLACES}} for word in WORDS
        ],
    }


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("tree", nargs="?", type=Path, default=HERE, help="the tree to measure")
    parser.add_argument("--tree", dest="named", type=Path, help="the same, by name")
    parser.add_argument("--visited", choices=VISITED, help="only the files that this goes through")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    tree = (given.named or given.tree).resolve()
    if given.visited:
        print("\n".join(visited(tree, given.visited)))
    else:
        show(measure(tree), given.json)


if __name__ == "__main__":
    main()
