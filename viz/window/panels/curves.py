"""Plots over the rounds: the score, and a group measure."""

from dataclasses import dataclass

import numpy as np
import pygame
from numpy.typing import NDArray
from swarm_env.viz.draw.style.kind_styles import mixed
from swarm_env.viz.draw.style.theme import Colour
from swarm_env.viz.window.panels.style import LARGE, SMALL, TINY, Style

HEIGHT = 96  # of a plot [units]


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A line of a plot: `points` is (K, 2) round and value, in order of rounds; NaN leaves a gap."""

    points: NDArray[np.float64]
    colour: Colour


def draw_plot(
    surface: pygame.Surface,
    area: pygame.Rect,
    style: Style,
    title: str,
    curves: list[Curve],
    at: int,
    end: int,
    steps: bool = False,
) -> None:
    """Draw curves over rounds 0 to `end`, with a cursor and the values at the round `at`.

    With `steps`, values hold until the next round, as counts do. All curves but the first are dashed, so that
    one that lies on another does not hide it.
    """
    theme = style.theme
    style.box(surface, area, style.raised, radius=8)
    inner = area.inflate(-style.px(20), -style.px(14))
    style.write(surface, inner.topleft, title, SMALL, theme.faint, room=inner.width * 2 // 3)
    values = [_value_at(curve.points, at) for curve in curves]
    x = inner.right
    for curve, value in reversed(list(zip(curves, values, strict=True))):
        words = "–" if value is None else f"{value:.4g}"
        written = style.write(surface, (x, inner.top - style.px(2)), words, LARGE, curve.colour, (1, 0))
        x = written.left - style.px(10)
    room = pygame.Rect(inner.left, inner.top + style.px(28), inner.width, inner.height - style.px(28))
    known = [curve.points[~np.isnan(curve.points[:, 1])] for curve in curves]
    every = np.concatenate([points[:, 1] for points in known]) if known else np.zeros(0)
    if not len(every):
        style.write(surface, room.center, "no data yet", TINY, theme.faint, (0.5, 0.5))
        return
    low, high = min(float(every.min()), 0.0), float(every.max())  # from 0, unless there are negative values
    high = high if high > low else low + 1
    pygame.draw.line(surface, theme.rule, room.bottomleft, room.bottomright)
    for rank, (curve, points) in enumerate(zip(curves, known, strict=True)):
        points = _thinned(points, room.width)
        points = _stepped(points) if steps else points
        shown = Curve(points, curve.colour)
        _draw_curve(surface, room, shown, (low, high), max(end, 1), style.px(1.6), rank * style.px(6))
    x = room.left + round(room.width * min(at / max(end, 1), 1.0))
    pygame.draw.line(surface, mixed(theme.panel, theme.ink, 0.5), (x, room.top), (x, room.bottom))


def _draw_curve(
    surface: pygame.Surface,
    room: pygame.Rect,
    curve: Curve,
    span: tuple[float, float],
    end: int,
    thick: int,
    dash: int,
) -> None:
    """Draw a curve, as dashes of a length [pixels] if that is not 0."""
    (low, high), points = span, curve.points
    x = room.left + points[:, 0] / end * room.width
    y = room.bottom - (points[:, 1] - low) / (high - low) * room.height
    line = list(zip(x.tolist(), y.tolist(), strict=True))
    if not line:
        return
    if len(line) == 1:
        pygame.draw.circle(surface, curve.colour, line[0], max(2, thick))
    else:
        for down in range(max(2, thick)):
            for part in _dashes(line, dash) if dash else [line]:
                pygame.draw.aalines(surface, curve.colour, False, [(a, b + down) for a, b in part])


def _stepped(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points of a line that keeps each value until the next."""
    if len(points) < 2:
        return points
    rounds, values = np.repeat(points[:, 0], 2)[1:], np.repeat(points[:, 1], 2)[:-1]
    return np.stack((rounds, values), axis=1)


def _dashes(line: list[tuple[float, float]], length: int) -> list[list[tuple[float, float]]]:
    """The parts of a line that are drawn if every other stretch of a length is left out [pixels]."""
    parts: list[list[tuple[float, float]]] = [[line[0]]]
    drawn, left = True, float(length)
    for start, end in zip(line, line[1:], strict=False):
        way = pygame.Vector2(end) - pygame.Vector2(start)
        whole, at = way.length(), 0.0
        while whole - at > left:
            at += left
            spot = pygame.Vector2(start) + way * (at / whole)
            if drawn:
                parts[-1].append((spot.x, spot.y))
            else:
                parts.append([(spot.x, spot.y)])
            drawn, left = not drawn, float(length)
        left -= whole - at
        if drawn:
            parts[-1].append(end)
    return [part for part in parts if len(part) > 1]


def _thinned(points: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """At most about two points per pixel: the least and the greatest value of each group of rounds."""
    group = -(-len(points) // max(width, 1))
    if group <= 2:
        return points
    whole = points[: len(points) // group * group].reshape(-1, group, 2)
    rows = np.arange(len(whole))
    ends = np.sort(np.stack([whole[:, :, 1].argmin(axis=1), whole[:, :, 1].argmax(axis=1)], axis=1), axis=1)
    found = whole[rows[:, None], ends].reshape(-1, 2)
    return np.concatenate([found, points[len(whole) * group :]])


def _value_at(points: NDArray[np.float64], at: int) -> float | None:
    """The latest value up to a round; None if there is none."""
    rank = int(np.searchsorted(points[:, 0], at, side="right")) - 1
    if rank < 0 or np.isnan(points[rank, 1]):
        return None
    return float(points[rank, 1])
