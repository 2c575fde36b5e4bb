"""What is known of one agent, and of everybody: the lower part of the side panel."""

from dataclasses import dataclass

import numpy as np
import pygame
from swarm_env.viz.draw.camera import Camera
from swarm_env.viz.draw.layers import Layers
from swarm_env.viz.draw.map import draw_map
from swarm_env.viz.draw.style.kind_styles import palette_of
from swarm_env.viz.draw.style.theme import TRAILS
from swarm_env.viz.window.panels.style import LARGE, NORMAL, SMALL, TINY, Look
from swarm_env.viz.window.panels.text_panel import Sheet

from swarm_env.frame import Frame, Thought
from swarm_env.playing.run_services import amount, dollars

MOST_SAID = 40  # messages that are listed
LARGEST_COUNT = 2**22  # cells of a map whose kinds are counted
LEAST_CELL = 14  # pixels of a cell of the small view: numbers can be read


@dataclass(frozen=True, slots=True)
class Mind:
    """What is known of a language model that decides for the agent.

    Attributes:
        now: What was asked at the moment that is shown; None if nothing was.
        before: What was asked in the round before.
        thinking: Whether it is being waited for.
        sought: Whether it is still being looked up.
    """

    now: Thought | None = None
    before: Thought | None = None
    thinking: bool = False
    sought: bool = False


def agent_sheet(look: Look, width: int, frame: Frame, before: Frame | None, agent: int, mind: Mind) -> Sheet:
    """What is known of one agent.

    Args:
        look: How it is drawn.
        width: Of the sheet [pixels].
        frame: The moment.
        before: The moment a round earlier, if it is known.
        agent: Number of the agent.
        mind: Of the model that decides for it.
    """
    sheet, name = Sheet(look, width), f"agent_{agent}"
    sheet.text(f"Agent {agent}", LARGE)
    present = bool(frame.present[agent])
    kinds, code = frame.setting.kinds, frame.setting.first_agent + int(frame.marks[agent])
    sheet.pair(
        "is", kinds[code].name if code < len(kinds) and present else "gone" if not present else "agent"
    )
    if present:
        row, column = frame.places[agent].tolist()
        sheet.pair("stands at", f"row {row}, column {column}")
    sheet.pair("did", _deed(frame, before, agent))
    for sense, value in zip(frame.setting.senses, frame.senses[agent].tolist(), strict=False):
        sheet.pair(sense, str(value))
    said = [text for speaker, text in frame.messages if speaker == name]
    if frame.setting.message != "none":
        sheet.pair("said", "\n".join(said) or "–")
    if present:
        sheet.heading("sees")
        _add_view(sheet, frame, agent)
    if frame.setting.message != "none":
        sheet.heading("has heard")
        for words in frame.heard.get(name, ("nothing",)):
            sheet.text(words, SMALL)
    _add_mind(sheet, frame, mind)
    return sheet


def team_sheet(look: Look, width: int, frame: Frame) -> Sheet:
    """What the colours mean, how much there is of everything, and what was said."""
    sheet = Sheet(look, width)
    sheet.heading("on the map")
    colours, kinds = palette_of(frame.setting, look.theme), frame.setting.kinds
    small = frame.cells.size <= LARGEST_COUNT
    counts = np.bincount(frame.cells.ravel(), minlength=len(kinds)).tolist() if small else []
    for code, kind in enumerate(kinds):
        if code > 1 and (not small or counts[code] or code >= frame.setting.first_agent):
            _add_kind(sheet, kind.name, f"{counts[code]:,}" if small else "", colours[code])
    if frame.setting.message != "none":
        sheet.heading("said in the last round")
        for speaker, words in frame.messages[:MOST_SAID]:
            number = speaker.rpartition("_")[2]
            colour = TRAILS[int(number) % len(TRAILS)] if number.isdecimal() else look.theme.ink
            sheet.text(f"Agent {number}", TINY, colour)
            sheet.text(words, SMALL, indent=look.px(10))
        if len(frame.messages) > MOST_SAID:
            sheet.text(f"and {len(frame.messages) - MOST_SAID} more", SMALL, look.theme.faint)
        if not frame.messages:
            sheet.text("nothing", SMALL, look.theme.faint)
    sheet.gap(16)
    sheet.text("Click an agent to look into it. F1 shows all keys.", SMALL, look.theme.faint)
    return sheet


def _deed(frame: Frame, before: Frame | None, agent: int) -> str:
    """The last move in words, and what came of it."""
    move = int(frame.moves[agent])
    if move < 0:
        return "–"
    name = frame.setting.actions[move] if move < len(frame.setting.actions) else str(move)
    if before is None or not (before.present[agent] and frame.present[agent]):
        return name
    steps = {0: (0, 0), 1: (-1, 0), 2: (1, 0), 3: (0, -1), 4: (0, 1)}
    went = tuple((frame.places[agent] - before.places[agent]).tolist())
    wanted = steps.get(move, (0, 0))
    if went == wanted:
        return name
    if went == (0, 0):
        return f"{name}, and was held up"
    words = {step: ("", "up", "down", "left", "right")[number] for number, step in steps.items()}
    return f"{name}, and was pushed {words[went]}" if words.get(went) else f"{name}, and was put elsewhere"


def _add_kind(sheet: Sheet, name: str, count: str, colour: tuple[int, int, int]) -> None:
    look = sheet.look

    def draw(surface: pygame.Surface, top: int) -> None:
        side, high = look.px(13), look.line(SMALL)
        swatch = pygame.Rect(0, top + (high - side) // 2, side, side)
        look.box(surface, swatch, colour, radius=3)
        room = sheet.width - look.px(80)
        look.write(surface, (look.px(22), top), name, SMALL, room=room)
        look.write(surface, (sheet.width, top), count, SMALL, look.theme.faint, (1, 0))

    sheet.add(look.line(SMALL) + look.px(2), draw)


def _add_view(sheet: Sheet, frame: Frame, agent: int) -> None:
    """The part of the map that an agent sees."""
    side = frame.setting.view_size
    cell = max(1, min(sheet.width * 3 // 4 // side, sheet.look.px(34)))
    if cell < LEAST_CELL and sheet.width // side >= LEAST_CELL:
        cell = sheet.width // side
    extent = cell * side

    def draw(surface: pygame.Surface, top: int) -> None:
        row, column = frame.places[agent].tolist()
        camera = Camera((0, top, extent, extent), row + 0.5, column + 0.5, float(cell))
        layers = Layers(bubbles=False, hearing=False, only_view_of=agent)
        draw_map(surface, frame, camera, sheet.look.theme, layers)

    sheet.add(extent, draw)


def _add_mind(sheet: Sheet, frame: Frame, mind: Mind) -> None:
    """Prompt, answer, tokens and time of a language model."""
    theme = sheet.look.theme
    if mind.sought:
        sheet.heading("language model")
        sheet.text("looking it up …", SMALL, theme.faint)
    if mind.before is not None:
        sheet.heading(f"answered in round {frame.round - 1}")
        _add_answer(sheet, mind.before, False)
    if mind.now is None:
        return
    sheet.heading(f"asked in round {frame.round}")
    _add_answer(sheet, mind.now, mind.thinking)
    sheet.heading("prompt")
    if not mind.now.prompt:
        sheet.text("not kept", SMALL, theme.faint)
    for role, words in mind.now.prompt:
        sheet.text(role, TINY, theme.accent)
        sheet.typed(words)
        sheet.gap(6)


def _add_answer(sheet: Sheet, thought: Thought, thinking: bool) -> None:
    theme = sheet.look.theme
    if thinking:
        sheet.text("still thinking …", NORMAL, theme.accent)
    elif thought.failed:
        sheet.text(thought.failed, SMALL, TRAILS[6])
    if thought.answer:
        sheet.typed(thought.answer)
    sheet.gap(4)
    facts = [thought.model]
    if thought.prompt_tokens is not None or thought.completion_tokens is not None:
        facts.append(f"{amount(thought.prompt_tokens)} + {amount(thought.completion_tokens)} tokens")
    if thought.seconds is not None:
        facts.append(f"{thought.seconds:.2f} s")
        facts.append(dollars(thought.cost))
    sheet.text(", ".join(fact for fact in facts if fact), TINY, theme.faint)
