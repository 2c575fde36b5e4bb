"""Compact fields of prompts, beside a slow reference; templates with a name."""

import re

import pytest
from swarm_env.agents.llm import compact, token_estimate
from swarm_env.agents.llm.options import read_options
from swarm_env.agents.llm.prompt import Style
from swarm_env.agents.llm.template import NAMED, Template

from swarm_env.agent import Brief, Perception
from swarm_env.errors import ConfigError
from tests.llm.histories import SCENARIOS, first, histories, write

SWARMBENCH = ("flocking", "foraging", "pursuit", "synchronization", "transport")
PART = re.compile(r"(?P<symbol>\S+) (?P<way>.+)")


def plain_near(brief, history, memory):
    """What `near` says, cell by cell: steps to the nearest thing of each kind, and to the wall each way."""
    now = history[-1].perception
    row, col = now.position
    seen = {}
    for moment in history[-memory:]:
        half = len(moment.perception.view) // 2
        for i, line in enumerate(moment.perception.view):
            for j, symbol in enumerate(line):
                y, x = moment.perception.position
                seen[y - half + i, x - half + j] = symbol
    kinds: dict[str, list[int]] = {}
    for (y, x), symbol in seen.items():
        if symbol not in (".", "*", "W") and not (symbol[-1].isdigit() and symbol[0] not in brief.symbols):
            kinds.setdefault(symbol[0], []).append(abs(y - row) + abs(x - col))
    walls = {}
    for name, down, right in (("UP", -1, 0), ("DOWN", 1, 0), ("LEFT", 0, -1), ("RIGHT", 0, 1)):
        far = 1
        while seen.get((row + far * down, col + far * right)) not in (None, "W", "*"):
            far += 1
        if (row + far * down, col + far * right) in seen:
            walls[name] = far
    return {symbol: min(far) for symbol, far in kinds.items()}, walls


def parsed(text):
    """Distance of each kind, and of the walls."""
    kinds, walls = {}, {}
    for part in text.split("; ") if text != "nothing" else ():
        match = PART.fullmatch(part)
        assert match is not None
        words = match["way"].split()
        steps = [int(word) if word.isdigit() else word for word in words]
        if match["symbol"] == "wall":
            for i, word in enumerate(steps):
                if isinstance(word, str):
                    far = steps[i + 1] if i + 1 < len(steps) and isinstance(steps[i + 1], int) else 1
                    walls[word] = far
        elif match["symbol"] not in kinds:
            kinds[match["symbol"]] = sum(step for step in steps if isinstance(step, int))
    return kinds, walls


@pytest.mark.parametrize("scenario", ["foraging", "pursuit", "transport", "nest_site"])
@pytest.mark.parametrize("memory", [1, 3, 50])
def test_near_is_what_was_seen(scenario, memory):
    brief, past = histories(scenario, rounds=9)
    for history in list(past.values())[:4]:
        kinds, walls = plain_near(brief, history, memory)
        text = compact.near(brief, history, Style(memory=memory))
        said, said_walls = parsed(text)
        assert said_walls == walls
        assert {symbol: far for symbol, far in said.items() if symbol not in "aA"} == kinds


def test_agents_are_named_by_kind_and_the_nearest_first():
    brief = Brief("some", "", ("STAY",), {".": "free", "a": "off", "A": "on", "F": "food"}, 5, 9)
    view = (
        (".", ".", ".", ".", "$3"), (".", ".", "$1", ".", "."), (".", ".", "0", "F", "."),
        (".", ".", ".", ".", "."), ("2", ".", ".", ".", "4"),
    )  # fmt: skip
    seen = Perception("agent_0", 0, (7, 7), 1, view)
    history = histories("foraging", rounds=1)[1]["agent_0"][:1]
    history = [type(history[0])(seen)]
    assert compact.near(brief, history, Style()) == ("F RIGHT 1; a UP 1; a UP 2 RIGHT 2")
    assert compact.mark(brief, history, Style()) == "on"
    assert compact.steps(0, 0) == "here"


@pytest.mark.parametrize("scenario", SCENARIOS)
@pytest.mark.parametrize("name", ["compact", "terse"])
def test_named_templates_write_short_rounds_in_every_scenario(scenario, name):
    brief, past = histories(scenario, message="text")
    style = Style(template=Template.read(name), memory=50)
    system, user = (text for _, text in write(brief, first(past), style))
    most = 60 if scenario in SWARMBENCH else 130  # the others have senses, and actions that are barred
    assert token_estimate.count(user.partition(" Heard:")[0], "smollm2") <= most
    assert (brief.words[:20] in system) == (name == "compact")


def test_a_name_is_a_template_and_no_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in NAMED:
        assert read_options("", {"prompt": name}).style.template == Template.parse(NAMED[name])
    with pytest.raises(ConfigError, match="compact"):
        read_options("", {"prompt": "compakt"})


@pytest.mark.parametrize(
    ("text", "model", "tokens"),
    [
        ("row 12, LEFT", "smollm2", 1 + 1 + 2 + 1 + 2),
        ("row 12, LEFT", "Qwen/Qwen3-8B", 6),
        ("row 12, LEFT", "m", 4),
    ],
)
def test_estimates_know_families_of_tokenizers(text, model, tokens):
    assert token_estimate.count(text, model) == tokens
