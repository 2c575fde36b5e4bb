"""The prompts that are kept as files in `golden/`: `python -m tests.llm.golden_prompts` writes them anew.

Look at the difference (`git diff tests/llm/golden`) before keeping it: what a model is told decides what a
published score means.
"""

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


def write(name):
    """A prompt as its file holds it."""
    scenario, rounds, message, style = VARIANTS.get(name, (name, 7, "text", Style()))
    brief, past = histories(scenario, rounds, message=message)
    writer = Writer(brief, style)
    messages = writer.write(past["agent_0"])
    if style.thinking == "reflect":
        messages = writer.review(messages, '{"action": "UP", "message": ""}')
    return "".join(f"=== {role}\n{text}\n" for role, text in messages)


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name in NAMES:
        (FOLDER / f"{name}.txt").write_text(write(name), encoding="utf-8")
