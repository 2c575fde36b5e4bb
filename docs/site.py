"""Builds the site of the documents: `python -m docs.site [FOLDER]`, into `build/site` if none is given.

It needs the extra `docs` and no network. The pages are written to be read on the host of the repository too,
so they are plain Markdown that links to files of the repository and to notebooks. Here they become what
Sphinx reads: the navigation is the list in `docs/README.md`, the changelog and the guide for contributors are
pages, notebooks are pages with their outputs, files of code are shown as text. A link that leads nowhere is
an error.
"""

import argparse
import posixpath
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from docs import notebook_pages
from docs.reference_pages import with_directives

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
BESIDE = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md", "README.md": "index.md"}
LANGUAGES = {".py": "python", ".toml": "toml", ".json": "json"}
PROSE = re.compile(r"(^```.*?^```$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)  # splits off code
LINK = re.compile(r"\]\(([^)\s#]+)(#[^)\s]*)?\)")
SECTION = re.compile(r"^## (.*)$", re.MULTILINE)


def pages() -> dict[str, Path]:
    """The pages and pictures of the site by their path in it, and the files that they are made of."""
    found = {path.relative_to(DOCS).as_posix(): path for path in sorted(DOCS.rglob("*"))}
    shown = {uri: path for uri, path in found.items() if path.suffix in (".md", ".ipynb", ".png", ".gif")}
    beside = {uri: ROOT / name for name, uri in BESIDE.items() if name != "README.md"}
    return {in_site(path): path for path in shown.values()} | beside


def in_site(path: Path) -> str:
    """Where a file of the repository lies in the site."""
    if path.parent == ROOT and path.name in BESIDE:
        return BESIDE[path.name]
    if not path.is_relative_to(DOCS):
        return f"source/{path.relative_to(ROOT).as_posix()}.md"
    place = path.relative_to(DOCS)
    if place.name == "README.md":
        return place.with_name("index.md").as_posix()
    return place.with_suffix(".md").as_posix() if place.suffix == ".ipynb" else place.as_posix()


def links(text: str) -> Iterator[str]:
    """The targets of the links and pictures of a page, without anchors."""
    for part in PROSE.split(text)[::2]:
        yield from (target for target, _ in LINK.findall(part))


def target_of(page: Path, link: str) -> Path | None:
    """The file that a link leads to; None for another host, and for what is not there."""
    if ":" in link:
        return None
    path = Path(posixpath.normpath((page.parent / link).as_posix()))
    return path if path.is_file() else None


def relinked(page: Path, text: str) -> str:
    """The text of a page with links as the site has them."""
    here = posixpath.dirname(in_site(page)) or "."

    def replace(link: re.Match[str]) -> str:
        path = target_of(page, link[1])
        found = posixpath.relpath(in_site(path), here) if path else link[1]
        return f"]({found}{link[2] or ''})"

    parts = PROSE.split(text)
    parts[::2] = [LINK.sub(replace, part) for part in parts[::2]]
    return "".join(parts)


def navigation() -> list[tuple[str, list[str]]]:
    """The sections of `docs/README.md`: their titles, and the pages that each of them lists."""
    home = DOCS / "README.md"
    parts = SECTION.split(home.read_text())
    sections = []
    for title, text in zip(parts[1::2], parts[2::2], strict=True):
        targets = [target_of(home, link) for link in links(text)]
        listed = [in_site(path) for path in targets if path and path.suffix in (".md", ".ipynb")]
        sections.append((title, list(dict.fromkeys(listed))))
    return sections


def toctree(uris: Iterable[str], caption: str = "") -> str:
    """What tells Sphinx which pages lie below one."""
    head = f":caption: {caption}\n" if caption else ""
    return f"\n```{{toctree}}\n:hidden:\n{head}\n" + "\n".join(uris) + "\n```\n"


def text_of(path: Path, sections: list[tuple[str, list[str]]], uris: Iterable[str]) -> str:
    """The text of a page of the site."""
    uri = in_site(path)
    if path.suffix == ".ipynb":
        text = relinked(path, notebook_pages.as_markdown(notebook_pages.read(path)))
        return f"{text}\n[This page as a notebook]({path.name})\n"
    if not path.is_relative_to(DOCS) and path.name not in BESIDE:
        language = LANGUAGES.get(path.suffix, "text")
        return f"---\norphan: true\n---\n\n# {path.name}\n\n````{language}\n{path.read_text()}\n````\n"
    text = relinked(path, path.read_text())
    if uri.startswith("reference/"):
        text = with_directives(text)
    if uri == "index.md":
        text += "".join(toctree(listed, title) for title, listed in sections)
    elif path.name == "README.md":  # the other pages of its folder
        folder = posixpath.dirname(uri)
        listed_above = {uri for _, listed in sections for uri in listed}
        below = [one for one in uris if posixpath.dirname(one) == folder and one not in listed_above | {uri}]
        text += toctree(posixpath.basename(one) for one in below if one.endswith(".md"))
    return text


def prepare(folder: Path) -> None:
    """Write what Sphinx reads into an empty folder."""
    found = pages()
    outside = {
        path
        for page in found.values()
        if page.suffix == ".md"
        for link in links(page.read_text())
        if (path := target_of(page, link)) and in_site(path).startswith("source/")
    }
    sections = navigation()
    for uri, path in {**found, **{in_site(path): path for path in sorted(outside)}}.items():
        target = folder / uri
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in (".png", ".gif"):
            shutil.copyfile(path, target)
        else:
            target.write_text(text_of(path, sections, found))
        if path.suffix == ".ipynb":
            shutil.copyfile(path, target.with_suffix(".ipynb"))


def build(out: Path) -> int:
    """Build the site into a folder; 0 if every link leads somewhere and every docstring can be read."""
    with tempfile.TemporaryDirectory() as name:
        prepare(Path(name))
        how = ["-b", "html", "-c", str(DOCS), "-W", "--keep-going", "-q", "-d", f"{name}/.doctrees"]
        if (out / ".buildinfo").is_file():  # an earlier site, which may have pages that are gone
            shutil.rmtree(out)
        command = [sys.executable, "-m", "sphinx", *how, name, str(out)]
        return subprocess.run(command, cwd=ROOT, check=False).returncode


def main() -> int:
    """Build; the status of Sphinx."""
    parser = argparse.ArgumentParser(
        prog="python -m docs.site", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "build" / "site")
    return build(parser.parse_args().folder)


if __name__ == "__main__":
    sys.exit(main())
