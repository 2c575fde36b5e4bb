"""The notebooks run, by a real kernel, and print what is stored in them."""

import pytest

from docs import notebook_pages, site
from tests.docs.pages import ROOT, links

NOTEBOOKS = sorted(notebook_pages.FOLDER.glob("*.ipynb"))
TRAINING = "train-a-learner"


def case(path):
    mark = pytest.mark.rl if path.stem == TRAINING else pytest.mark.slow
    return pytest.param(path, id=path.stem, marks=mark)


@pytest.mark.parametrize("path", [case(path) for path in NOTEBOOKS])
@pytest.mark.filterwarnings("ignore")  # of Jupyter's parts among themselves
def test_a_notebook_runs_and_prints_what_is_stored(path):
    ran = notebook_pages.executed(path)
    assert notebook_pages.printed(ran) == notebook_pages.printed(notebook_pages.read(path))


def test_there_are_four_and_the_list_of_pages_names_them():
    linked = {link for link in links(ROOT / "docs" / "README.md") if link.endswith(".ipynb")}
    assert linked == {f"notebooks/{path.name}" for path in NOTEBOOKS} and len(linked) == 4


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_links_of_a_notebook_lead_to_something(path):
    texts = [cell["source"] for cell in notebook_pages.read(path)["cells"] if cell["cell_type"] == "markdown"]
    found = [link for text in texts for link in site.links("".join(text)) if ":" not in link]
    assert found and all((path.parent / link).is_file() for link in found)


def test_what_varies_is_left_out_and_pictures_become_pages():
    output = {"output_type": "execute_result", "data": {"image/png": "AAAA\n", "text/plain": "<picture>"}}
    code = {"cell_type": "code", "metadata": {}, "source": ["1 + 1"], "outputs": [output]}
    stream = {"output_type": "stream", "name": "stdout", "text": "3 s"}
    varies = {**code, "metadata": {"tags": ["varies"]}, "outputs": [stream]}
    notebook = {"cells": [code, varies]}
    assert notebook_pages.printed(notebook) == [""]
    page = notebook_pages.as_markdown(notebook)
    assert 'src="data:image/png;base64,AAAA"' in page and "3 s" in page and "```python\n1 + 1\n```" in page
