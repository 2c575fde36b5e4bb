"""Frames as lines of JSON for `viz/page/live_playback.js`; the arrays of the map are base64."""

import base64
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from swarm_env.viz.page.packing import PagePacker, floor_of, small_parts

from swarm_env.frame import Frame, Thought, visible
from swarm_env.playback.timeline_events import Mark


def header_of(frame: Frame) -> bytes:
    """The data of the page, which begins with the first frame. Raises `ConfigError` if it is too large."""
    packer = PagePacker()
    packer.add(frame)
    return json_line(packer.data() | {"live": True})


def line_of(frame: Frame, calls: Sequence[tuple[int, Thought]], marks: Sequence[Mark]) -> bytes:
    """A frame, the model calls that led to it and what happened; the line begins with the round and a tab."""
    data = small_parts(frame) | {
        "cells": _packed(frame.cells, np.uint8),
        "places": _packed(frame.places, np.int32),
        "floor": _packed(floor_of(frame), np.uint8),
        "status": frame.status,
        "events": [list(mark) for mark in marks],
        "calls": [_call(agent, frame.round - 1, call) for agent, call in calls],
    }
    return f"{frame.round}\t".encode() + json_line(data)


def json_line(value: object) -> bytes:
    """A value as one line of JSON; what UTF-8 cannot hold becomes an escape."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _packed(array: NDArray[Any], kind: type) -> str:
    return base64.b64encode(np.ascontiguousarray(array, kind).tobytes()).decode()


def _call(agent: int, number: int, call: Thought) -> dict[str, Any]:
    return {
        "agent": agent,
        "round": number,
        "model": visible(call.model),
        "prompt": [{"role": role, "text": visible(text)} for role, text in call.prompt],
        "answer": visible(call.answer),
        "reasoning": visible(call.reasoning),
        "promptTokens": call.prompt_tokens,
        "answerTokens": call.completion_tokens,
        "cost": call.cost,
        "seconds": call.seconds,
        "failed": call.failed,
    }
