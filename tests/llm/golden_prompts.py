"""The prompts that are kept as files in `golden/`; `python -m docs.generate` writes them.

Look at the difference (`git diff tests/llm/golden`) before keeping it: the prompt decides what a
published score means.
"""

import functools
from collections.abc import Callable
from pathlib import Path

from swarm_env.agents.llm.prompt import Style, Writer

from tests.llm.histories import SCENARIOS, histories

FOLDER = Path(__file__).parent / "golden"
VARIANTS = {
    "pursuit-first-round": ("pursuit", 0, "text", Style()),
    "pursuit-silent": ("pursuit", 7, "none", Style()),
    "pursuit-text": ("pursuit", 7, "text", Style(form="text")),
    "pursuit-calm": ("pursuit", 7, "text", Style(persona="calm")),
    "pursuit-overconfident": ("pursuit", 7, "text", Style(persona="overconfident")),
    "pursuit-debate": ("pursuit", 7, "text", Style(thinking="debate")),
    "pursuit-reflect": ("pursuit", 7, "text", Style(thinking="reflect")),
}
NAMES = (*SCENARIOS, *VARIANTS)


def write(name: str) -> str:
    """A prompt as its file holds it."""
    scenario, rounds, message, style = VARIANTS.get(name, (name, 7, "text", Style()))
    brief, past = histories(scenario, rounds, message=message)
    writer = Writer(brief, style)
    messages = writer.write(next(iter(past.values())))
    if style.thinking == "reflect":
        messages = writer.review(messages, '{"action": "UP", "message": ""}')
    return "".join(f"=== {role}\n{text}\n" for role, text in messages)


def kept():
    """Names whose file is there."""
    return [name for name in NAMES if (FOLDER / f"{name}.txt").is_file()]


def stale() -> dict[Path, Callable[[], None]]:
    """How each file that is missing or holds another prompt is put right; one left over is removed."""
    found: dict[Path, Callable[[], None]] = {
        path: path.unlink for path in sorted(FOLDER.glob("*.txt")) if path.stem not in NAMES
    }
    for name in NAMES:
        path, text = FOLDER / f"{name}.txt", write(name)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            found[path] = functools.partial(keep, path, text)
    return found


def keep(path: Path, text: str) -> None:
    """Write a prompt's file."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
