"""Colours of a scenario's kinds in a theme."""

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from swarm_env.viz.draw.style.theme import Colour, Theme

from swarm_env.frame import Layer, Setting

FREE, OUTSIDE, WALL = 0, 1, 2  # codes that every scenario has
SHADES = 8  # of a layer of the floor, by amount
LEGIBLE = 4.5  # least contrast of text and what it stands on
CONTRAST = 2.2  # least contrast of things and floor: our choice (WCAG 2 requires 3 of graphical objects)


def luminance(colour: Colour) -> float:
    """Relative luminance, 0 to 1, as in WCAG 2."""
    linear = [c / 255 / 12.92 if c / 255 <= 0.04045 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Colour, other: Colour) -> float:
    """Contrast of two colours, 1 to 21, as in WCAG 2."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """Interpolate two colours: `share` 0 gives the first, 1 the second."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def shades_of(layer: Layer, floor: Colour) -> list[Colour]:
    """The colours of a layer of the floor, from little to much."""
    return [mixed(floor, layer.colour, 0.2 + 0.8 * (shade + 1) / SHADES) for shade in range(SHADES)]


def floor_codes(layers: Sequence[Layer], floor: Iterable[NDArray[np.float32]]) -> NDArray[np.uint8] | None:
    """What is drawn of the floor: 0 where nothing lies, else 1 + SHADES x layer + shade.

    Where several layers lie the first is shown. None without layers, or with more than there are codes for.
    """
    found: NDArray[np.uint8] | None = None
    for number, (layer, amounts) in enumerate(zip(layers, floor, strict=False)):
        shade = np.ceil(SHADES * np.clip(amounts / layer.most, 0.0, 1.0)).astype(np.uint8)
        if found is None:
            found = np.zeros(shade.shape, np.uint8)
        if SHADES * (number + 1) < 256:
            found = np.where((found == 0) & (shade > 0), shade + np.uint8(SHADES * number), found)
    return found


@lru_cache(maxsize=256)
def ink_on(colour: Colour) -> Colour:
    """White where it is legible on a colour (a contrast of 4.5, WCAG 2), else black, which is then."""
    light: Colour = (255, 255, 255)
    return light if contrast(light, colour) >= LEGIBLE else (0, 0, 0)


def visible(colour: Colour, theme: Theme) -> Colour:
    """A colour, mixed with the theme's ink until its contrast to the floor is at least `CONTRAST`."""
    for step in range(11):
        shown = mixed(colour, theme.ink, step / 10)
        if contrast(shown, theme.floor) >= CONTRAST:
            return shown
    return theme.ink


@lru_cache(maxsize=32)
def palette_of(setting: Setting, theme: Theme) -> tuple[Colour, ...]:
    """Plain colour of each code, as drawn at `Camera.probe`."""
    own = {FREE: theme.floor, OUTSIDE: theme.ground, WALL: theme.wall}
    return tuple(own.get(code, visible(kind.colour, theme)) for code, kind in enumerate(setting.kinds))


def palette(setting: Setting, theme: Theme) -> NDArray[np.uint8]:
    """(K, 3) uint8 RGB: plain colour of each code, as drawn at `Camera.probe`."""
    return np.array(palette_of(setting, theme), np.uint8)
