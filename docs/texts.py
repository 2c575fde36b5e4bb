"""The pages and parts of pages that follow from the code; `python -m docs.generate` writes them.

A page per scenario, the lists of scenarios, agents and measures, the public names of the library, the flags
of the command line and the keys of the window.
"""

import functools
import importlib
import inspect
import math
import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import typer

import swarm_env
from docs import folders, reference_pages
from docs.pictures import demo, player
from swarm_env.cli.app import EPILOG, build
from swarm_env.envs.make import scenario_class
from swarm_env.envs.parallel import ParallelSwarmEnv
from swarm_env.leaderboard import published_scores
from swarm_env.measures import MEASURES
from swarm_env.registry import names, summaries
from swarm_env.scenario import Scenario

DOCS = Path(__file__).parent
NOTE = "<!-- Written by `python -m docs.generate`; edit the code instead. -->"
GENERATED = ("reference", "scenarios")  # folders whose pages are all written here
HIDDEN = ("scenario", "options")  # settings that are not given by name


def table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(titles) + " |", "|" + "---|" * len(titles)]
    for row in rows:
        cells = (str(cell).replace("|", "\\|").replace("\n", " ") for cell in row)
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def settings(model: Any) -> str:
    """The fields of a pydantic model with their defaults, or a word if there are none."""
    fields = [(name, field) for name, field in model.model_fields.items() if name not in HIDDEN]
    if not fields:
        return "None besides those of [every world](README.md#settings-of-every-world)."
    return table(
        ("name", "default", "meaning"),
        [(f"`{name}`", f"`{field.default!r}`", field.description or "") for name, field in fields],
    )


def scenario_page(name: str) -> str:
    """The page of one scenario."""
    kind = scenario_class(name)
    env = swarm_env.parallel_env(name)
    # A scenario of several files has its rules at the top of the package.
    module = importlib.import_module(kind.__module__.removesuffix(".scenario"))
    summary, _, story = inspect.cleandoc(module.__doc__ or "" if module else "").partition("\n")
    shown = f"`swarm run {player(name)} {demo(name)} --record {name}.gif`"
    picture = f"![A game of {name}](../images/{name}.gif)\n\n{shown}\n"
    return f"""{NOTE}

# {name}

{summary}

{picture}
```console
$ swarm run {player(name)} --rounds 3 --seed 1 --quiet --out demo-{name}
```

```python
import swarm_env

env = swarm_env.parallel_env("{name}")
observations, infos = env.reset(seed=1)
```

## Rules

{story.strip()}

## What the agents know

> {env.scenario.words().strip().replace(chr(10), chr(10) + "> ")}

## Moves

{table(("move", "name"), enumerate(env.scenario.actions))}

## What a cell can hold

{cells_table(env)}
{senses_section(env.scenario)}
A code is what `obs="codes"` and `obs="dict"` show; a plane is one of those of `obs="planes"`.
In the view of a `Perception` an agent is its number, with `$` before it if it is unmarked.

## What an agent observes

With the default settings (view {env.config.view_size}, no messages):

{observations_table(name)}

[Observations](../observations.md) has the layout in detail.

## Options

{settings(kind.Options)}
"""


def cells_table(env: ParallelSwarmEnv) -> str:
    """Codes, symbols and planes of a scenario."""
    scenario: Scenario = env.scenario
    rows = []
    for code, cell in enumerate(scenario.kinds):
        moves = "stands still"
        if code < 2:
            moves = "can be entered"
        elif code >= scenario.first_agent:
            moves = "acts"
        elif code >= scenario.first_movable:
            moves = "can be pushed"
        plane = code - 1 if code else "none"
        rows.append((code, f"`{cell.symbol}`", cell.name, plane, moves))
    return table(("code", "symbol", "what it is", "plane", "and"), rows)


def senses_section(scenario: Scenario) -> str:
    """What each agent alone perceives, if anything."""
    if not scenario.senses:
        return ""
    rows = [(f"`{sense.name}`", sense.meaning, f"0 to {sense.most}") for sense in scenario.senses]
    return f"\nEach agent alone senses, in this order:\n\n{table(('sense', 'meaning', 'values'), rows)}\n"


def observations_table(name: str) -> str:
    """The spaces of the three forms."""
    rows = []
    for obs in ("planes", "codes", "dict"):
        space = swarm_env.parallel_env(name, obs=obs).observation_space("agent_0")
        parts = space.spaces.items() if obs == "dict" else [("", space)]
        for part, box in parts:
            rows.append(
                (
                    f"`{obs}`",
                    f"`{part}`" if part else "",
                    box.shape,
                    box.dtype,
                    f"{box.low.min():g} to {box.high.max():g}",
                )
            )
    return table(("obs", "part", "shape", "dtype", "values"), rows)


def scenarios_table() -> str:
    """All scenarios in a line each."""
    rows = []
    for name, summary in swarm_env.list_scenarios().items():
        env = swarm_env.parallel_env(name)
        extra = ", ".join(env.scenario.actions[5:]) or "–"
        rows.append((f"[{name}]({name}.md)", summary, extra))
    return table(("scenario", "task", "moves besides STAY, UP, DOWN, LEFT, RIGHT"), rows)


def gallery() -> str:
    """The animations of all scenarios, three in a row."""
    animations = [
        f"[![A game of {name}](../images/{name}.gif)]({name}.md)"
        for name in sorted(swarm_env.list_scenarios())
    ]
    rows = [animations[i : i + 3] for i in range(0, len(animations), 3)]
    return table(("", "", ""), [row + [""] * (3 - len(row)) for row in rows])


def scenarios_page() -> str:
    """The list of scenarios, what they share, and the published scores."""
    from swarm_env.config import WorldConfig

    return f"""{NOTE}

# Scenarios

{scenarios_table()}

`swarm list scenario` shows these and those that other installed packages bring.

{gallery()}

## Settings of every world

Keyword arguments of `parallel_env`, `env`, `gym_env` and `vector_env`, names for `--set NAME=VALUE` and lines
of a `--config` file. All are checked before anything is made; an unknown name is refused with the nearest
known one.

{settings(WorldConfig)}

## Published scores

SwarmBench's scores (arXiv 2505.04364, Table S.1): mean ± standard deviation of {published_scores.RUNS}
runs. The table names neither map nor number of agents; the example of the released system plays 10 agents on
10 x 10 cells, view 5, 100 rounds. The paper prints half of the score of flocking that the released system
records, which we follow: here it is doubled.
`swarm reproduce swarmbench` [plays these tables](../swarmbench.md#reproduce-swarmbench).

{table(("model", *published_scores.TASKS), published_rows())}
"""


def published_rows() -> list[tuple[str, ...]]:
    """A row per model with its published scores of all tasks."""
    by_task = [
        {one.model: one for one in published_scores.scores_of(task)} for task in published_scores.TASKS
    ]
    return [
        (model, *(f"{scores[model].mean:.2f} ± {scores[model].sd:.2f}" for scores in by_task))
        for model in by_task[0]
    ]


def command_line_page() -> str:
    """Every command and flag, as in `--help`."""
    parts = [
        NOTE,
        "# Command line",
        "`swarm COMMAND --help` says the same. `swarm --install-completion` lets your shell (bash, zsh, "
        "fish) complete names and flags. Results go to standard output, messages and progress "
        "to standard error. " + EPILOG,
        table(("command", "what it does"), commands_rows()),
    ]
    for name in names("command"):
        program: Any = typer.main.get_command(build([name]))  # which imports the named command only
        parts += command_parts(f"swarm {name}", program.commands[name], "##")
    return "\n\n".join(parts) + "\n"


def commands_rows() -> list[tuple[str, str]]:
    """A row per command, with a link to its section."""
    return [(f"[`swarm {name}`](#swarm-{name})", says) for name, says in summaries("command").items()]


EXAMPLES = re.compile(r"^Examples:\n((?:    .*\n?)+)", re.MULTILINE)


def as_block(examples: re.Match[str]) -> str:
    """Examples of a help text as a block of Markdown."""
    return f"```text\n{textwrap.dedent(examples[1]).rstrip()}\n```\n"


def command_parts(name: str, command: Any, heading: str) -> list[str]:
    """What a command does, its arguments and flags; then those of the commands below it."""
    parts = [f"{heading} {name}", EXAMPLES.sub(as_block, command.help or "")]
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    if arguments:
        rows = [(f"`{p.metavar or p.name.upper()}`", said(p)) for p in arguments]
        parts.append(table(("argument", "meaning"), rows))
    if options:
        parts.append(table(("flag", "meaning"), [(flags(p), said(p)) for p in options]))
    for below, inner in sorted(getattr(command, "commands", {}).items()):
        parts += command_parts(f"{name} {below}", inner, heading + "#")
    return parts


def flags(option: Any) -> str:
    """The spellings of a flag, with what follows it."""
    takes = "" if option.is_flag else f" {option.metavar or 'VALUE'}"
    return ", ".join(f"`{spelling}{takes}`" for spelling in option.opts)


def said(parameter: Any) -> str:
    """Its help, with a default that the help does not name."""
    text = parameter.help or ""
    default = parameter.default
    shown = not isinstance(default, bool) and isinstance(default, int | float) and "Default" not in text
    return f"{text} Default {default:g}." if shown else text


def keys_table() -> str:
    """The keys of the window."""
    from swarm_env.viz.window.keys import GROUPS

    rows = [
        (f"**{group}**" if not rank else "", " or ".join(f"`{key}`" for key in one.keys), one.description)
        for group, bindings in GROUPS.items()
        for rank, one in enumerate(bindings)
    ]
    return table(("", "key", "what it does"), rows)


def driving_table() -> str:
    """The keys of a person who plays in the window."""
    from swarm_env.viz.window.keys import DRIVING

    return table(("key", "what it does"), DRIVING)


def within(text: str, mark: str, content: str) -> str:
    """A text with what stands between `<!-- mark -->` and `<!-- /mark -->` replaced."""
    first, last = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    before, _, rest = text.partition(first)
    _, found, after = rest.partition(last)
    if not found:
        raise SystemExit(f"There is no {first} … {last} in the text.")
    return f"{before}{first}\n{content}\n{last}{after}"


def agents_table() -> str:
    """All agents in a line each."""
    return table(
        ("name", "who decides"), [(f"`{name}`", says) for name, says in swarm_env.list_agents().items()]
    )


def measures_table() -> str:
    """All group measures in a line each."""
    rows = []
    for name, measure in MEASURES.items():
        ends = f"{measure.low:g} " + ("and more" if math.isinf(measure.high) else f"to {measure.high:g}")
        rows.append((f"`{name}`", measure.summary, measure.unit, ends, measure.undefined))
    return table(("measure", "what it says", "unit", "range", "undefined when"), rows)


def folders_table() -> str:
    """All folders of the library in a line each."""
    return table(("folder", "what is in it", "imports from"), folders.rows())


# Parts of pages: the page, the name of the mark around the part, and what belongs there.
MARKED: tuple[tuple[Path, str, Callable[[], str]], ...] = (
    (DOCS / "agents.md", "agents", agents_table),
    (DOCS / "architecture.md", "folders", folders_table),
    (DOCS / "measures.md", "measures", measures_table),
    (DOCS / "viewing.md", "keys", keys_table),
    (DOCS / "viewing.md", "driving", driving_table),
)


def pages() -> dict[Path, str]:
    """Every file that is generated, or holds a part that is, and its text."""
    written = {DOCS / "scenarios" / f"{name}.md": scenario_page(name) for name in swarm_env.list_scenarios()}
    written[DOCS / "scenarios" / "README.md"] = scenarios_page()
    written[DOCS / "command-line.md"] = command_line_page()
    written |= {path: f"{NOTE}\n\n{text}" for path, text in reference_pages.pages().items()}
    for page, mark, content in MARKED:
        written[page] = within(written.get(page) or page.read_text(), mark, content())
    return written


def stale() -> dict[Path, Callable[[], None]]:
    """How each file that is not what the code says is put right; a page that is left over is removed."""
    found: dict[Path, Callable[[], None]] = {}
    current = pages()
    for path, text in current.items():
        if not path.exists() or path.read_text() != text:
            found[path] = functools.partial(keep, path, text)
    for path in sorted(path for folder in GENERATED for path in (DOCS / folder).glob("*.md")):
        if path not in current:
            found[path] = path.unlink
    return found


def keep(path: Path, text: str) -> None:
    """Write a page."""
    path.write_text(text)
