"""Adding one thing is one file: what follows from it is named by one test, and made by one command."""

import re
import subprocess
import sys

import pytest

from docs import generate
from swarm_env import registry
from tests.docs.pages import ROOT
from tests.llm import golden_prompts
from tests.project import newcomers

# Tests that go over what is registered, of every room. Any of them may have to learn of what is added.
OVER_ALL = (
    "tests/agents",
    "tests/cli/test_list.py",
    "tests/consensus/test_rules.py",
    "tests/contract",
    "tests/docs/test_generated.py",
    "tests/docs/test_readme.py",
    "tests/envs/test_observations.py",
    "tests/envs/test_threads.py",
    "tests/envs/test_vector.py",
    "tests/llm",
    "tests/project/test_registry.py",
)
# Of them, what is of the new things, and what goes over all things at once.
CHOSEN = (
    "orchard or idle or coin or silent or greet or test_list or test_generated or test_readme or registry"
)
THE_TEST = "test_what_follows_from_the_code_is_up_to_date"


def test_a_new_scenario_and_a_new_agent_make_only_what_is_generated_stale(monkeypatch):
    assert not generate.stale()
    monkeypatch.setattr(registry, "_registered", {**registry._registered, **newcomers.things()})
    monkeypatch.setattr(golden_prompts, "NAMES", (*golden_prompts.NAMES, "orchard"))
    assert set(generate.stale()) == {
        "docs/images/orchard.gif",
        "tests/llm/golden/orchard.txt",
        "docs/scenarios/orchard.md",
        "docs/scenarios/README.md",
        "docs/command-line.md",
        "docs/agents.md",
    }


@pytest.mark.slow
def test_one_test_fails_when_one_more_of_everything_is_there():
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        newcomers.__name__,
        "-k",
        CHOSEN,
    ]
    done = subprocess.run([*command, *OVER_ALL], cwd=ROOT, capture_output=True, text=True, check=False)
    failed = re.findall(r"^FAILED (\S+)", done.stdout, re.MULTILINE)
    assert [name.rpartition("::")[2] for name in failed] == [THE_TEST], done.stdout[-4000:]
    assert generate.COMMAND in done.stdout
