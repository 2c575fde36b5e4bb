"""The site is built without a network, asks no other host for anything, and has no dead link."""

import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag

import pytest

from docs import site
from docs.package_page import absolute
from tests.docs.pages import PAGES, ROOT
from tests.viz.browser import browsing, needs_browser

LOADED = {"link": "href", "script": "src", "img": "src", "iframe": "src", "source": "src"}  # without a click


class Read(HTMLParser):
    """What a page has and links to."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.loaded = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.ids |= {given[name] for name in ("id", "name") if given.get(name)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag in LOADED and given.get(LOADED[tag]):
            self.loaded.append(given[LOADED[tag]])


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The site that `.ci/run` has built, or one that is built now; warnings, as of dead links, are errors."""
    if there := os.environ.get("SWARM_DOCS_SITE"):
        return Path(there)
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "docs.site", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def read(built):
    return {path: Read(path.read_text()) for path in sorted(built.rglob("*.html"))}


def is_elsewhere(link):
    return link.startswith(("http:", "https:", "//", "mailto:"))


@pytest.mark.slow
def test_every_page_of_the_documents_is_in_the_site(built):
    pages = {site.in_site(page) for page in PAGES if page != ROOT / "README.md"} | set(site.pages())
    written = {built / uri for uri in pages if uri.endswith(".md")}
    assert len(written) > 60
    assert not [path for path in written if not path.with_suffix(".html").is_file()]


@pytest.mark.slow
def test_no_page_loads_anything_from_elsewhere(built, read):
    found = [link for page in read.values() for link in page.loaded if is_elsewhere(link)]
    styles = [path.read_text() for path in built.rglob("*.css")]
    assert not found and styles
    assert not [text for text in styles if "url(http" in text or "url(//" in text or "@import" in text]


@pytest.mark.slow
def test_every_link_inside_leads_to_a_page_and_a_place_on_it(read):
    dead = []
    for path, page in read.items():
        for link in [*page.links, *page.loaded]:
            if is_elsewhere(link) or link.startswith(("data:", "javascript:")):
                continue
            file, anchor = urldefrag(unquote(link))
            target = (path.parent / file.partition("?")[0]).resolve() if file else path
            if not target.is_file() or (anchor and target in read and anchor not in read[target].ids):
                dead.append((path.name, link))
    assert not dead


@pytest.mark.slow
def test_the_reference_has_the_docstrings(read):
    (page,) = (page for path, page in read.items() if path.match("reference/swarm_env.html"))
    assert {"swarm_env.parallel_env", "swarm_env.vector_env", "swarm_env.Scenario.words"} <= page.ids


@pytest.mark.slow
@needs_browser
def test_a_browser_asks_no_other_host_and_finds_what_is_searched(built, tmp_path):
    with browsing(tmp_path) as browser:
        for uri, shown in {
            "index.html": "document.querySelector('img[alt=\"Ten agents surround a prey\"]')?.naturalWidth",
            "notebooks/first-steps.html": "document.querySelector('iframe[title=\"recorded run\"]')",
            "search.html?q=ledger": "document.querySelectorAll('#search-results li').length > 3",
        }.items():
            browser.requests = []
            browser.call("Page.navigate", url=f"{built.as_uri()}/{uri}")
            browser.wait(f"location.href.endsWith('{uri}') && document.readyState === 'complete' && {shown}")
            assert browser.requests
            local = ("file:", "data:", "about:")
            assert not [asked for asked in browser.requests if not asked.startswith(local)]


def test_every_page_stands_in_the_navigation():
    """Whoever adds a page lists it in `docs/README.md`, or puts it into a folder with a page `README.md`."""
    listed = {uri for _, uris in site.navigation() for uri in uris}
    indexed = {uri.rpartition("/")[0] for uri in listed if uri.endswith("/index.md")}
    pages = {site.in_site(page) for page in PAGES} - {"index.md"}
    assert not [page for page in pages - listed if page.rpartition("/")[0] not in indexed]


def test_links_of_pages_become_those_of_the_site():
    page = ROOT / "docs" / "start" / "learner.md"
    for link, expected in {
        "../../examples/ppo.py": "../source/examples/ppo.py.md",
        "../notebooks/first-steps.ipynb": "../notebooks/first-steps.md",
        "../scenarios/README.md#x": "../scenarios/index.md#x",
        "../../CHANGELOG.md": "../changelog.md",
        "https://example.org/x.md": "https://example.org/x.md",
        "#here": "#here",
    }.items():
        assert site.relinked(page, f"[a]({link}) `[b]({link})`") == f"[a]({expected}) `[b]({link})`"


def test_links_are_absolute_on_the_page_of_the_package():
    text = absolute((ROOT / "README.md").read_text(), "https://example.org/a/b", "v1.0.0")
    assert "![Ten agents surround a prey](https://example.org/a/b/raw/v1.0.0/docs/images/pursuit.gif)" in text
    assert "](https://example.org/a/b/blob/v1.0.0/docs/start/learner.md)" in text
    assert "](docs/" not in text and "](CON" not in text
