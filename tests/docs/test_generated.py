"""Pages that are written from the code are up to date."""

import swarm_env
from tests.docs.pages import ROOT, load


def test_the_pages_are_what_the_code_says():
    stale = [str(path.relative_to(ROOT)) for path in load(ROOT / "docs" / "generate.py").stale()]
    assert not stale, "run: python docs/generate.py"


def test_every_scenario_has_its_page_and_its_film():
    made = load(ROOT / "docs" / "make_images.py").commands()
    for name in swarm_env.list_scenarios():
        page = (ROOT / "docs" / "scenarios" / f"{name}.md").read_text()
        assert f"images/{name}.gif" in page, "run: python docs/make_images.py && python docs/generate.py"
        assert f"`swarm {made[f'{name}.gif']} --record {name}.gif`" in page
        assert "## Rules" in page and "shaped" in page


def test_every_public_name_is_told_of():
    told = "\n".join(path.read_text() for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
    missing = [name for name in swarm_env.__all__ if name not in told and not name.endswith("Error")]
    assert not missing


def test_the_architecture_names_every_module():
    page = (ROOT / "docs" / "architecture.md").read_text()
    modules = [path.stem for path in (ROOT / "swarm_env").glob("*.py") if path.stem != "__main__"]
    assert not [name for name in modules if f"`{name}`" not in page]
