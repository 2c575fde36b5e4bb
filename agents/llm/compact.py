"""Fields of prompts that say in a few tokens what one agent perceives: mark, place, what is near, what came.

The default prompt of a round has hundreds of tokens, most of them cells of tables; these have some tens.
"""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from swarm_env.agents.llm import wording

from swarm_env.agent import Brief, Perception

if TYPE_CHECKING:
    from swarm_env.agents.llm.prompt import Moment, Style

FREE, OUTSIDE, WALL = ".", "*", "W"
MARKED, UNMARKED = "A", "a"
MOST_AGENTS = 2  # agents that `near` names, the nearest first
MOST_STEPS = 100  # to a wall that is still named
BESIDE = (("UP", -1, 0), ("DOWN", 1, 0), ("LEFT", 0, -1), ("RIGHT", 0, 1))

Cell = tuple[int, int]  # row, column


def mark(brief: Brief, history: Sequence["Moment"], _: "Style") -> str:
    """What the own mark means, in the scenario's words; "" where marks mean nothing."""
    if UNMARKED not in brief.symbols:
        return ""
    meaning = brief.symbols.get(MARKED if history[-1].perception.mark else UNMARKED, "")
    return meaning.removeprefix("agent ").removeprefix("that ")


def position(_: Brief, history: Sequence["Moment"], __: "Style") -> str:
    """Own row and column."""
    return "row {} column {}".format(*history[-1].perception.position)


def last(brief: Brief, history: Sequence["Moment"], _: "Style") -> str:
    """Own last action, and whether it left the agent where it was; "" in the first round."""
    before, now = history[-2] if len(history) > 1 else None, history[-1].perception
    if before is None or before.decision is None:
        return ""
    action = brief.actions[before.decision.move]
    walks = action in wording.MOVES and before.decision.move > 0
    blocked = " blocked" * (walks and before.perception.position == now.position)
    return wording.LAST.format(action=action, blocked=blocked)


def near(brief: Brief, history: Sequence["Moment"], style: "Style") -> str:
    """The nearest thing of each kind, the nearest agents, and the first wall in each direction, as ways.

    Things and walls are remembered from the views that the prompt may show (`Style.memory`), agents are those
    in sight: "F UP 4 LEFT 2; A DOWN 1; wall DOWN LEFT 3"; a wall without a number is beside.
    """
    now = history[-1].perception
    row, col = now.position
    seen: dict[Cell, str] = {}
    for moment in history[-style.memory :]:
        seen.update(_cells(moment.perception))
    things: dict[str, tuple[int, Cell]] = {}
    for (y, x), symbol in seen.items():
        if symbol in (FREE, OUTSIDE, WALL) or _is_agent(brief, symbol):
            continue
        way = (abs(y - row) + abs(x - col), (y - row, x - col))
        things[symbol[0]] = min(way, things.get(symbol[0], way))
    order = [symbol for symbol in brief.symbols if symbol in things]
    parts = [f"{symbol} {steps(*things[symbol][1])}" for symbol in order]
    parts += _agents(brief, now)
    walls = [text for name, y, x in BESIDE if (text := _wall(seen, (row, col), name, y, x))]
    parts += [f"wall {' '.join(walls)}"] * bool(walls)
    return "; ".join(parts) or "nothing"


def sensed(brief: Brief, history: Sequence["Moment"], _: "Style") -> str:
    """The numbers that this agent alone senses, without those that are 0, and those on the floor under it."""
    now = history[-1].perception
    values = [f"{name} {value}" for name, value in zip(brief.senses, now.senses, strict=False) if value]
    middle = len(now.view) // 2
    floor = zip(brief.floor, now.floor, strict=False)
    values += [f"{name} {amounts[middle][middle]:.3g}" for name, amounts in floor if amounts[middle][middle]]
    return wording.SENSED_SHORT.format(values=", ".join(values)) if values else ""


def can(brief: Brief, history: Sequence["Moment"], _: "Style") -> str:
    """The actions that are possible now, or those that are not if they are fewer; "" if all are."""
    allowed = history[-1].perception.allowed or (True,) * len(brief.actions)
    lists: tuple[list[str], list[str]] = ([], [])
    for name, legal in zip(brief.actions, allowed, strict=False):
        lists[legal].append(name)
    barred, possible = lists
    if not barred:
        return ""
    few = len(possible) <= len(barred)
    return f"{'Can' if few else 'Cannot'}: {' '.join(possible if few else barred)}."


def hears(brief: Brief, history: Sequence["Moment"], _: "Style") -> str:
    """The messages that arrived, each as a JSON string; "" if none did."""
    if brief.message != "text":
        return ""
    texts = [json.dumps(str(text), ensure_ascii=False) for text in history[-1].perception.heard]
    return wording.HEARD_SHORT.format(texts=" ".join(texts)) if texts else ""


def steps(down: int, right: int) -> str:
    """A way as words: "UP 4 LEFT 2"; "here" if there is none."""
    parts = [f"{'DOWN' if down > 0 else 'UP'} {abs(down)}"] * bool(down)
    parts += [f"{'RIGHT' if right > 0 else 'LEFT'} {abs(right)}"] * bool(right)
    return " ".join(parts) or "here"


def _cells(perception: Perception) -> dict[Cell, str]:
    """The symbols of a view by cell of the map."""
    half = len(perception.view) // 2
    top, left = perception.position[0] - half, perception.position[1] - half
    return {(top + i, left + j): s for i, line in enumerate(perception.view) for j, s in enumerate(line)}


def _wall(seen: dict[Cell, str], here: Cell, name: str, down: int, right: int) -> str:
    """Direction and distance of the first wall that way; "" if a cell before it was not seen."""
    for far in range(1, MOST_STEPS):
        symbol = seen.get((here[0] + far * down, here[1] + far * right))
        if symbol is None:
            return ""
        if symbol in (WALL, OUTSIDE):
            return name if far == 1 else f"{name} {far}"
    return ""


def _is_agent(brief: Brief, symbol: str) -> bool:
    """Whether it ends with a number; amounts on the floor do too, after the symbol of their layer."""
    return symbol[-1].isdigit() and (
        symbol[0] in brief.agent_symbols or brief.symbols.get(symbol[0]) not in brief.floor
    )


def _agents(brief: Brief, now: Perception) -> list[str]:
    """The nearest agents in sight, each with what its mark means as a symbol of the legend."""
    row, col = now.position
    found = sorted(
        (abs(y - row) + abs(x - col), y - row, x - col, symbol)
        for (y, x), symbol in _cells(now).items()
        if (y, x) != (row, col) and _is_agent(brief, symbol)
    )
    return [f"{_kind(brief, symbol)} {steps(down, right)}" for _, down, right, symbol in found[:MOST_AGENTS]]


def _kind(brief: Brief, symbol: str) -> str:
    """The symbol of an agent's kind in the legend: "a" for an unmarked one, shown as "$3"."""
    if symbol[0] in brief.agent_symbols:
        return symbol[0]
    return UNMARKED if symbol[0] == "$" and UNMARKED in brief.symbols else MARKED
