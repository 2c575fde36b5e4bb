"""The data of a page: the first frame in full, and the changes from each frame to the next.

    {"setting": …, "start": the first frame, "frames": {name: one element per further frame}, …}

Changes of agents and cells are flat lists of index and new value. Values of one kind lie side by side, so
that they compress well. `viz/page/playback.js` reads the data.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from swarm_env.viz.draw.style.kind_styles import SHADES, floor_codes

from swarm_env.errors import ConfigError
from swarm_env.frame import Frame, Setting, Thought, visible
from swarm_env.playback.timeline_events import Mark, calls_made, marks_of_round
from swarm_env.runs.influence_file import worth

COLUMNS = (
    "score", "cells", "places", "present", "marks", "moves", "senses", "badges", "said", "heard", "floor",
    "payoffs", "teams", "hears", "worth", "points",
)  # fmt: skip
MOST_CELLS, MOST_AGENTS = 512 * 512, 10_000  # that browsers draw smoothly: our choice
MOST_CHARACTERS = 64 * 2**20  # approximate size of the data, which browsers keep in memory: our choice


class PagePacker:
    """Collects the changes from frame to frame."""

    def __init__(self) -> None:
        self._before: Frame | None = None
        self._start: dict[str, Any] = {}
        self._frames: dict[str, list[Any]] = {name: [] for name in COLUMNS}
        self._status: list[list[Any]] = []
        self._events: list[Mark] = []
        self._calls = _ModelCalls()
        self._series: list[dict[str, Any]] = []
        self._size = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is no frame."""
        return self._before is None

    def add(self, frame: Frame) -> None:
        """Add the frame of the next round; the first frame may be of any round.

        Raises:
            ConfigError: The map or the game is too large for a page, or the frame is of another round.
        """
        before = self._before
        if before is None:
            _check(frame)
            self._start = _whole(frame)
        else:
            if frame.round != before.round + 1:
                raise ConfigError(
                    f"round {frame.round}: a page needs consecutive rounds; it goes on with round "
                    f"{before.round + 1}."
                )
            self._append(_changes(before, frame))
            calls = calls_made(before.model_calls, before)
            self._size += sum(self._calls.add(agent, before.round, call) for agent, call in calls)
            self._events += marks_of_round(before, frame, calls)
            self._check_size()
        if frame.status and frame.status != (self._status[-1][1] if self._status else ""):
            self._status.append([frame.round, frame.status])
        self._before = frame

    def add_series(self, name: str, says: str, values: Mapping[int, float]) -> None:
        """Add a series to plot (see `Page.plot`)."""
        known = {number: round(value, 6) for number, value in values.items() if np.isfinite(value)}
        self._series.append({"name": name, "says": says, "rounds": [*known], "values": [*known.values()]})

    def data(self) -> dict[str, Any]:
        """Everything as JSON values.

        Raises:
            ConfigError: No frame was given.
        """
        if self._before is None:
            raise ConfigError("A page needs at least one frame: no frame was given.")
        last = self._before
        return {
            "format": 1,
            "setting": _setting(last.setting),
            "caption": visible(last.caption),
            "height": last.cells.shape[0],
            "width": last.cells.shape[1],
            "agents": len(last.present),
            "start": self._start,
            "frames": self._frames,
            "status": self._status,
            "events": [list(mark) for mark in sorted(self._events, key=lambda mark: mark.round)],
            "series": self._series,
            **self._calls.data(),
        }

    def _append(self, changes: Mapping[str, Any]) -> None:
        for name, column in self._frames.items():
            column.append(changes[name])
            self._size += len(changes[name]) * 3 if isinstance(changes[name], list) else 8
        self._size += sum(map(len, changes["said"][1::2])) + sum(
            len(text) for texts in changes["heard"][1::2] for text in texts
        )

    def _check_size(self) -> None:
        if self._size > MOST_CHARACTERS:
            number = self._before.round if self._before else 0
            raise ConfigError(
                f"The game exceeds {MOST_CHARACTERS // 2**20} MiB at round {number}, the most that a page "
                f"can hold. Choose fewer rounds with --round and --until, or record a video."
            )


class _ModelCalls:
    """Prompts and answers of model calls. Repeated texts are stored once."""

    def __init__(self) -> None:
        self._texts: dict[str, int] = {}
        self._rows: list[list[Any]] = []

    def add(self, agent: int, number: int, call: Thought) -> int:
        """Add a call; return the approximate number of new characters."""
        new = sum(len(text) for text in {text for _, text in call.prompt} if text not in self._texts)
        numbered = ((role, self._texts.setdefault(text, len(self._texts))) for role, text in call.prompt)
        prompt = _flat(numbered)
        numbers = (call.prompt_tokens, call.completion_tokens, call.cost, call.seconds)
        rounded = [None if value is None else round(value, 6) for value in numbers]
        answer, thoughts = visible(call.answer), visible(call.reasoning)
        self._rows.append(
            [agent, number, visible(call.model), prompt, answer, *rounded, call.failed, thoughts]
        )
        return 100 + len(answer) + len(thoughts) + new

    def data(self) -> dict[str, Any]:
        """Texts and calls, sorted by agent: consecutive prompts are similar and compress well."""
        order = sorted(self._rows, key=lambda row: (row[0], row[1]))
        places: dict[int, int] = {}
        for row in order:
            for number in row[3][1::2]:
                places.setdefault(number, len(places))
        texts = list(self._texts)
        return {
            "texts": [visible(texts[number]) for number in places],
            "thoughts": [
                [*row[:3], [places[part] if i % 2 else part for i, part in enumerate(row[3])], *row[4:]]
                for row in order
            ],
        }


def _check(frame: Frame) -> None:
    height, width = frame.cells.shape
    if height * width > MOST_CELLS or len(frame.present) > MOST_AGENTS:
        raise ConfigError(
            f"A page can show at most {MOST_CELLS} cells and {MOST_AGENTS} agents; this map has "
            f"{height} x {width} cells and {len(frame.present)} agents. Record a video instead."
        )


def _setting(setting: Setting) -> dict[str, Any]:
    return {
        "scenario": setting.scenario,
        "kinds": [[kind.symbol, kind.name, list(kind.colour), kind.shape] for kind in setting.kinds],
        "firstMovable": setting.first_movable,
        "firstAgent": setting.first_agent,
        "actions": list(setting.actions),
        "maxRounds": setting.max_rounds,
        "viewSize": setting.view_size,
        "message": setting.message,
        "hearing": setting.hearing,
        "topology": setting.topology,
        "badges": [
            {"kind": badge.kind, "signs": [list(sign) for sign in badge.signs], "legend": list(badge.legend)}
            for badge in setting.badges
        ],
        "task": setting.task,
        "space": setting.space,
        "senses": list(setting.senses),
        "floor": [[layer.symbol, layer.name, list(layer.colour)] for layer in setting.floor],
        "shades": SHADES,
    }


def _whole(frame: Frame) -> dict[str, Any]:
    """The first frame in full."""
    return {
        "cells": frame.cells.ravel().tolist(),
        "places": frame.places.ravel().tolist(),
        "floor": floor_of(frame).ravel().tolist(),
        **small_parts(frame),
    }


def small_parts(frame: Frame) -> dict[str, Any]:
    """A frame without its cells and places."""
    return {
        "round": frame.round,
        "score": _number(frame.score),
        "present": frame.present.astype(int).tolist(),
        "marks": frame.marks.tolist(),
        "moves": frame.moves.tolist(),
        "senses": frame.senses.ravel().tolist(),
        "badges": [list(numbers) for numbers in frame.badges],
        "payoffs": _rounded(frame.payoffs),
        "teams": frame.teams_line,
        "points": points_of(frame),
        **_messages(frame),
    }


def points_of(frame: Frame) -> list[int]:
    """Row and column in thousandths of a cell, and heading clockwise from up in 64 parts, of each agent."""
    if not len(frame.points):
        return []
    down, right = np.asarray(frame.headings).T
    turns = np.rint(np.arctan2(right, -down) / (2 * np.pi) * 64) % 64
    found: list[int] = (
        np.column_stack([np.rint(np.asarray(frame.points) * 1000), turns]).astype(int).ravel().tolist()
    )
    return found


def floor_of(frame: Frame) -> NDArray[np.uint8]:
    """What is drawn of the floor in each cell, see `floor_codes`; without layers of length 0."""
    codes = floor_codes(frame.setting.floor, frame.floor)
    return np.zeros(0, np.uint8) if codes is None else codes


def _rounded(payoffs: Sequence[float]) -> list[float | int]:
    return [_number(round(paid, 6)) for paid in payoffs]


def _changes(before: Frame, frame: Frame) -> dict[str, Any]:
    """Changes of a frame. Moves and messages are always complete."""
    moved = np.flatnonzero((before.places != frame.places).any(axis=1))
    places = np.concatenate((moved[:, None], frame.places[moved]), axis=1)
    return {
        "score": _number(frame.score),
        "cells": _pairs(before.cells.ravel(), frame.cells.ravel()),
        "places": places.ravel().tolist(),
        "present": np.flatnonzero(before.present != frame.present).tolist(),
        "marks": _pairs(before.marks, frame.marks),
        "moves": frame.moves.tolist(),
        "senses": _pairs(before.senses.ravel(), frame.senses.ravel()),
        "badges": None if before.badges == frame.badges else [list(numbers) for numbers in frame.badges],
        "floor": _pairs(floor_of(before).ravel(), floor_of(frame).ravel()),
        "payoffs": None if before.payoffs == frame.payoffs else _rounded(frame.payoffs),
        "teams": None if before.teams_line == frame.teams_line else frame.teams_line,
        "points": points_of(frame),
        **_messages(frame),
    }


def _pairs(before: NDArray[Any], after: NDArray[Any]) -> list[int]:
    """Index and new value of all differences, flat."""
    changed = np.flatnonzero(before != after)
    return [int(part) for part in np.stack((changed, after[changed]), axis=1).ravel()]


def _messages(frame: Frame) -> dict[str, list[Any]]:
    heard = ((_agent(name), list(map(visible, texts))) for name, texts in frame.heard.items())
    said = ((_agent(name), visible(text)) for name, text in frame.messages)
    known = frame.influence
    gains = (worth(known[name]) if name in known else ("", "") for name, _ in frame.messages)
    return {
        "said": _flat(said), "heard": _flat(heard), "hears": _flat(frame.hears),
        "worth": _flat(gains) if known else [],
    }  # fmt: skip


def _flat(pairs: Iterable[Sequence[Any]]) -> list[Any]:
    return [part for pair in pairs for part in pair]


def _agent(name: str) -> int:
    return int(name.rpartition("_")[2])


def _number(score: float) -> float | int:
    """A score, as an int if integral."""
    return int(score) if score == int(score) else round(score, 9)
