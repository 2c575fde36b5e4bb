"""Frames as the page for browsers reads them: the first one whole, of the others what has changed.

    {"setting": …, "start": the first frame, "frames": {name: one element per further frame}, …}

Places, marks and whatever else an agent or a cell has are written as flat lists: its number, then its new
value. All that is alike lies side by side, so that it packs well. `viz/page/film.js` is the reader.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swarm_env.errors import ConfigError
from swarm_env.frame import Frame, Setting, Thought
from swarm_env.playback.timeline_events import FALLBACK, Mark, Situation, marks_between

MOST_CELLS = 512 * 512  # of a map, and
MOST_AGENTS = 10_000  # agents that browsers draw smoothly: our choice
MOST_ASKED = 1000  # agents whose thoughts are looked for: our choice
MOST_CHARACTERS = 64 * 2**20  # of all that is packed, about: a browser keeps it in memory: our choice
TOO_MUCH = (
    "Choose fewer rounds with --round and --until, or watch it with `swarm replay` and record a video of it."
)


class Packing:
    """Takes frames, one after the other, and keeps what has changed."""

    def __init__(self) -> None:
        self._before: Frame | None = None
        self._start: dict[str, Any] = {}
        self._frames: dict[str, list[Any]] = {
            name: []
            for name in ("score", "cells", "places", "present", "marks", "moves", "senses", "said", "heard")
        }
        self._status: list[list[Any]] = []
        self._events: list[Mark] = []
        self._thoughts = _Thoughts()
        self._series: list[dict[str, Any]] = []
        self._size = 0

    @property
    def is_empty(self) -> bool:
        """Whether no frame was taken yet."""
        return self._before is None

    def add(self, frame: Frame) -> None:
        """Take the next frame.

        Args:
            frame: Of the round after that of the last frame; the first may be of any round.

        Raises:
            ConfigError: The map is too large for a page, it gets too long, or the frame is of another round.
        """
        before = self._before
        if before is None:
            _check(frame)
            self._start = _whole(frame)
        else:
            if frame.round != before.round + 1:
                raise ConfigError(
                    f"round {frame.round}: the page goes on with round {before.round + 1}; it shows every "
                    f"round of a stretch."
                )
            self._append(_changes(before, frame))
            self._events += marks_between(
                frame.setting.events, Situation.of(before), Situation.of(frame), frame.round
            )
            self._add_thoughts(before)
        if frame.status and frame.status != (self._status[-1][1] if self._status else ""):
            self._status.append([frame.round, frame.status])
        self._before = frame

    def add_series(self, name: str, says: str, values: Mapping[int, float]) -> None:
        """Add something that is plotted beside the score.

        Args:
            name: What it is called.
            says: What it says, in a line.
            values: By round; what is not finite is left out.
        """
        known = {number: round(value, 6) for number, value in values.items() if np.isfinite(value)}
        self._series.append({"name": name, "says": says, "rounds": [*known], "values": [*known.values()]})

    def data(self) -> dict[str, Any]:
        """All of it, of texts and numbers only."""
        if self._before is None:
            raise ConfigError("There is nothing to show on a page: no frame was given.")
        last = self._before
        return {
            "format": 1,
            "setting": _setting(last.setting),
            "caption": last.caption,
            "height": last.cells.shape[0],
            "width": last.cells.shape[1],
            "agents": len(last.present),
            "start": self._start,
            "frames": self._frames,
            "status": self._status,
            "events": [list(mark) for mark in sorted(self._events, key=lambda mark: mark.round)],
            "series": self._series,
            **self._thoughts.data(),
        }

    def _append(self, changes: Mapping[str, Any]) -> None:
        for name, column in self._frames.items():
            column.append(changes[name])
            self._size += len(changes[name]) * 3 if isinstance(changes[name], list) else 8
        self._size += sum(map(len, changes["said"][1::2])) + sum(
            len(text) for texts in changes["heard"][1::2] for text in texts
        )
        self._check_size()

    def _add_thoughts(self, before: Frame) -> None:
        """What was asked of models in the round after a frame, and the failures among it."""
        agents = np.flatnonzero(before.present).tolist()
        if before.model_calls is None or len(agents) > MOST_ASKED:
            return
        for a in agents:
            thought = before.model_calls.thought(a, before.round)
            if thought is not None:
                self._size += self._thoughts.add(a, before.round, thought)
                if thought.failed:
                    self._events.append(Mark(before.round + 1, FALLBACK, a))
        self._check_size()

    def _check_size(self) -> None:
        if self._size > MOST_CHARACTERS:
            number = self._before.round if self._before else 0
            raise ConfigError(
                f"What happens up to round {number} is more than {MOST_CHARACTERS // 2**20} MiB, the most "
                f"that a page can show. {TOO_MUCH}"
            )


class _Thoughts:
    """Questions to models and their answers. Texts that come again are written once."""

    def __init__(self) -> None:
        self._texts: dict[str, int] = {}
        self._rows: list[list[Any]] = []

    def add(self, agent: int, number: int, thought: Thought) -> int:
        """Take one; returns about how many characters are new."""
        new = sum(len(text) for text in {text for _, text in thought.prompt} if text not in self._texts)
        numbered = ((role, self._texts.setdefault(text, len(self._texts))) for role, text in thought.prompt)
        prompt = _flat(numbered)
        numbers = (thought.prompt_tokens, thought.completion_tokens, thought.cost, thought.seconds)
        rounded = [None if value is None else round(value, 6) for value in numbers]
        self._rows.append([agent, number, thought.model, prompt, thought.answer, *rounded, thought.failed])
        return 100 + len(thought.answer) + new

    def data(self) -> dict[str, Any]:
        """Sorted by agent: one prompt resembles that of the round before."""
        order = sorted(self._rows, key=lambda row: (row[0], row[1]))
        places: dict[int, int] = {}
        for row in order:
            for number in row[3][1::2]:
                places.setdefault(number, len(places))
        texts = list(self._texts)
        return {
            "texts": [texts[number] for number in places],
            "thoughts": [
                [*row[:3], [places[part] if i % 2 else part for i, part in enumerate(row[3])], *row[4:]]
                for row in order
            ],
        }


def _check(frame: Frame) -> None:
    height, width = frame.cells.shape
    if height * width > MOST_CELLS or len(frame.present) > MOST_AGENTS:
        raise ConfigError(
            f"A page can show maps of up to {MOST_CELLS} cells with {MOST_AGENTS} agents, and this one has "
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
        "senses": list(setting.senses),
    }


def _whole(frame: Frame) -> dict[str, Any]:
    """The first frame."""
    return {
        "round": frame.round,
        "score": _number(frame.score),
        "cells": frame.cells.ravel().tolist(),
        "places": frame.places.ravel().tolist(),
        "present": frame.present.astype(int).tolist(),
        "marks": frame.marks.tolist(),
        "moves": frame.moves.tolist(),
        "senses": frame.senses.ravel().tolist(),
        "said": _said(frame),
        "heard": _heard(frame),
    }


def _changes(before: Frame, frame: Frame) -> dict[str, Any]:
    """What is new in a frame. Moves, what was said and what was heard are told anew each time."""
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
        "said": _said(frame),
        "heard": _heard(frame),
    }


def _pairs(before: NDArray[Any], after: NDArray[Any]) -> list[int]:
    """Index and new value of all that differs."""
    changed = np.flatnonzero(before != after)
    return [int(part) for part in np.stack((changed, after[changed]), axis=1).ravel()]


def _said(frame: Frame) -> list[Any]:
    return _flat((_agent(name), text) for name, text in frame.messages)


def _heard(frame: Frame) -> list[Any]:
    return _flat((_agent(name), list(texts)) for name, texts in frame.heard.items())


def _flat(pairs: Iterable[Sequence[Any]]) -> list[Any]:
    return [part for pair in pairs for part in pair]


def _agent(name: str) -> int:
    return int(name.rpartition("_")[2])


def _number(score: float) -> float | int:
    """A score, whole if it is."""
    return int(score) if score == int(score) else round(score, 9)
