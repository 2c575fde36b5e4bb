"""The inspector of the side panel: one agent, or the whole team."""

from dataclasses import dataclass

import numpy as np
import pygame
from swarm_env.viz.draw.camera import Camera
from swarm_env.viz.draw.layers import Layers
from swarm_env.viz.draw.map import draw_map
from swarm_env.viz.draw.style.kind_styles import palette_of
from swarm_env.viz.draw.style.theme import TRAILS
from swarm_env.viz.window.panels.style import LARGE, NORMAL, SMALL, TINY, Style
from swarm_env.viz.window.panels.text_panel import TextPanel

from swarm_env.frame import Frame, Thought
from swarm_env.playing.run_services import amount, dollars

MOST_MESSAGES = 40  # messages that are listed
LARGEST_COUNT = 2**22  # cells of the largest map whose kinds are counted
LEAST_CELL = 14  # cells of the small view at which agent numbers are readable [pixels]
DIRECTIONS = {(-1, 0): "up", (1, 0): "down", (0, -1): "left", (0, 1): "right"}  # of moves 1 to 4
FAILED = TRAILS[6]


@dataclass(frozen=True, slots=True)
class ModelCallInfo:
    """Model calls of one agent."""

    now: Thought | None = None  # the call at the shown round; None if there was none
    before: Thought | None = None  # the call of the previous round
    pending: bool = False  # whether `now` has not been answered
    searching: bool = False  # whether the calls are still being looked up


def agent_panel(
    style: Style, width: int, frame: Frame, before: Frame | None, agent: int, calls: ModelCallInfo
) -> TextPanel:
    """Describe one agent, by its number, in a panel of a width [pixels]."""
    panel, name = TextPanel(style, width), f"agent_{agent}"
    panel.text(f"Agent {agent}", LARGE)
    present = bool(frame.present[agent])
    kinds, code = frame.setting.kinds, frame.setting.first_agent + int(frame.marks[agent])
    kind = kinds[code].name if code < len(kinds) else "agent"
    panel.pair("is", kind if present else "gone")
    if present:
        row, column = frame.places[agent].tolist()
        panel.pair("stands at", f"row {row}, column {column}")
    panel.pair("did", _last_move(frame, before, agent))
    if frame.setting.teams:
        panel.pair("plays for", frame.setting.teams[frame.setting.team_of[agent]])
    if frame.payoffs:
        panel.pair("payoff", f"{frame.payoffs[agent]:g}")
    for sense, value in zip(frame.setting.senses, frame.senses[agent].tolist(), strict=False):
        panel.pair(sense, str(value))
    talks = frame.setting.message != "none"
    if talks:
        said = [text for speaker, text in frame.messages if speaker == name]
        panel.pair("said", "\n".join(said) or "–")
    if present:
        panel.heading("sees")
        _add_view(panel, frame, agent)
    if talks:
        panel.heading("has heard")
        for words in frame.heard.get(name, ("nothing",)):
            panel.text(words, SMALL)
    _add_model_calls(panel, frame, calls)
    return panel


def team_panel(style: Style, width: int, frame: Frame) -> TextPanel:
    """Show the colours and counts of all kinds, and the messages of the round."""
    panel = TextPanel(style, width)
    panel.heading("on the map")
    colours, kinds = palette_of(frame.setting, style.theme), frame.setting.kinds
    small = frame.cells.size <= LARGEST_COUNT
    counts = np.bincount(frame.cells.ravel(), minlength=len(kinds)).tolist() if small else []
    for code, kind in enumerate(kinds):
        if code > 1 and (not small or counts[code] or code >= frame.setting.first_agent):
            _add_kind(panel, kind.name, f"{counts[code]:,}" if small else "", colours[code])
    if frame.setting.floor:
        for layer in frame.setting.floor:
            _add_kind(panel, f"{layer.name} on the floor", "", layer.colour)
    if frame.setting.teams:
        panel.heading("teams")
        for words in frame.teams_line.split("; "):
            panel.text(words, SMALL)
    if frame.setting.message != "none":
        panel.heading("said in the last round")
        for speaker, words in frame.messages[:MOST_MESSAGES]:
            number = speaker.rpartition("_")[2]
            colour = TRAILS[int(number) % len(TRAILS)] if number.isdecimal() else style.theme.ink
            panel.text(f"Agent {number}", TINY, colour)
            panel.text(words, SMALL, indent=style.px(10))
        more = len(frame.messages) - MOST_MESSAGES
        if more > 0 or not frame.messages:
            panel.text(f"and {more} more" if more > 0 else "nothing", SMALL, style.theme.faint)
    if frame.setting.badges:
        panel.heading("signs")
        for badge in frame.setting.badges:
            for sign, meaning in badge.legend:
                panel.pair(sign, meaning)
    if frame.setting.task:
        panel.heading("task")
        panel.text(frame.setting.task, SMALL)
    panel.gap(16)
    panel.text("Click an agent to inspect it. F1 shows all keys.", SMALL, style.theme.faint)
    return panel


def _last_move(frame: Frame, before: Frame | None, agent: int) -> str:
    """The last move of an agent, and whether it was blocked or pushed."""
    move = int(frame.moves[agent])
    if move < 0:
        return "–"
    name = frame.setting.actions[move] if move < len(frame.setting.actions) else str(move)
    if before is None or not (before.present[agent] and frame.present[agent]):
        return name
    actual = tuple((frame.places[agent] - before.places[agent]).tolist())
    wanted = list(DIRECTIONS)[move - 1] if 1 <= move <= len(DIRECTIONS) else (0, 0)
    if actual == wanted:
        return name
    if actual == (0, 0):
        return f"{name}, and was blocked"
    pushed = DIRECTIONS.get(actual)
    return f"{name}, and was pushed {pushed}" if pushed else f"{name}, and was moved elsewhere"


def _add_kind(panel: TextPanel, name: str, count: str, colour: tuple[int, int, int]) -> None:
    style = panel.style

    def draw(surface: pygame.Surface, top: int) -> None:
        side, high = style.px(13), style.line(SMALL)
        swatch = pygame.Rect(0, top + (high - side) // 2, side, side)
        style.box(surface, swatch, colour, radius=3)
        room = panel.width - style.px(80)
        style.write(surface, (style.px(22), top), name, SMALL, room=room)
        style.write(surface, (panel.width, top), count, SMALL, style.theme.faint, (1, 0))

    panel.add(style.line(SMALL) + style.px(2), draw)


def _add_view(panel: TextPanel, frame: Frame, agent: int) -> None:
    """Draw the part of the map that an agent sees."""
    side = frame.setting.view_size
    cell = max(1, min(panel.width * 3 // 4 // side, panel.style.px(34)))
    if cell < LEAST_CELL and panel.width // side >= LEAST_CELL:
        cell = panel.width // side
    extent = cell * side

    def draw(surface: pygame.Surface, top: int) -> None:
        row, column = frame.places[agent].tolist()
        camera = Camera((0, top, extent, extent), row + 0.5, column + 0.5, float(cell))
        layers = Layers(bubbles=False, hearing=False, badges=False, only_view_of=agent)
        draw_map(surface, frame, camera, panel.style.theme, layers)

    panel.add(extent, draw)


def _add_model_calls(panel: TextPanel, frame: Frame, calls: ModelCallInfo) -> None:
    """Answer of the previous round; answer and prompt of the shown one."""
    theme = panel.style.theme
    if calls.searching:
        panel.heading("language model")
        panel.text("loading …", SMALL, theme.faint)
    if calls.before is not None:
        panel.heading(f"answered in round {frame.round - 1}")
        _add_answer(panel, calls.before, False)
    if calls.now is None:
        return
    panel.heading(f"asked in round {frame.round}")
    _add_answer(panel, calls.now, calls.pending)
    panel.heading("prompt")
    if not calls.now.prompt:
        panel.text("not kept", SMALL, theme.faint)
    for role, words in calls.now.prompt:
        panel.text(role, TINY, theme.accent)
        panel.monospaced(words)
        panel.gap(6)


def _add_answer(panel: TextPanel, call: Thought, pending: bool) -> None:
    if pending:
        panel.text("waiting for the answer …", NORMAL, panel.style.theme.accent)
    elif call.failed:
        panel.text(call.failed, SMALL, FAILED)
    if call.reasoning and call.reasoning != call.answer:
        panel.text("reasoning", NORMAL, panel.style.theme.accent)
        panel.monospaced(call.reasoning)
    if call.answer:
        panel.monospaced(call.answer)
    panel.gap(4)
    facts = [call.model]
    if call.prompt_tokens is not None or call.completion_tokens is not None:
        facts.append(f"{amount(call.prompt_tokens)} + {amount(call.completion_tokens)} tokens")
    if call.seconds is not None:
        facts += [f"{call.seconds:.2f} s", dollars(call.cost)]
    panel.text(", ".join(fact for fact in facts if fact), TINY, panel.style.theme.faint)
