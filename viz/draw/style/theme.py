"""Themes: colours that do not come from the scenario (see `kind_styles.palette` for those that do).

Trails and selections use the palette of Okabe and Ito (2008, "Color Universal Design"), whose colours are
distinct with any kind of colour blindness.
"""

from dataclasses import dataclass

Colour = tuple[int, int, int]  # red, green, blue, 0 to 255

TRAILS: tuple[Colour, ...] = (
    (86, 180, 233), (230, 159, 0), (0, 158, 115), (204, 121, 167), (240, 228, 66), (0, 114, 178),
    (213, 94, 0),
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)  # compared by identity: a cache key of sprites
class Theme:
    """Colours of a drawing."""

    name: str  # "dark" or "light"
    ground: Colour  # around the map
    floor: Colour  # free cells
    line: Colour  # between free cells
    wall: Colour
    veil: Colour  # over the part of the map that the selected agent does not see
    ink: Colour  # text
    faint: Colour  # secondary text
    panel: Colour  # behind text
    rule: Colour  # lines and empty bars on panels
    accent: Colour  # selections, filled bars
    bubble: Colour  # speech bubbles
    bubble_ink: Colour  # text in speech bubbles
    pushed: Colour  # chevrons behind what was pushed
    shadow: int  # opacity of shadows, 0 to 255
    heat: tuple[Colour, ...]  # from rarely to often visited cells


_COLOURS: dict[str, tuple[Colour, Colour]] = {  # dark, light
    "ground": ((14, 16, 22), (233, 232, 228)),
    "floor": ((27, 31, 41), (251, 250, 247)),
    "line": ((38, 43, 56), (236, 234, 228)),
    "wall": ((58, 64, 80), (184, 187, 196)),
    "veil": ((14, 16, 22), (233, 232, 228)),
    "ink": ((232, 235, 242), (30, 34, 44)),
    "faint": ((146, 154, 172), (107, 113, 128)),
    "panel": ((20, 23, 31), (244, 243, 240)),
    "rule": ((44, 50, 64), (219, 218, 213)),
    "accent": ((240, 228, 66), (0, 95, 155)),
    "bubble": ((240, 242, 247), (38, 43, 56)),
    "bubble_ink": ((24, 27, 36), (244, 245, 248)),
    "pushed": ((240, 228, 66), (0, 95, 155)),
}
DARK = Theme(
    "dark",
    **{part: dark for part, (dark, _) in _COLOURS.items()},
    shadow=110,
    heat=((38, 44, 92), (61, 84, 150), (67, 141, 153), (139, 189, 121), (243, 224, 91)),
)
LIGHT = Theme(
    "light",
    **{part: light for part, (_, light) in _COLOURS.items()},
    shadow=60,
    heat=((222, 233, 240), (168, 205, 222), (112, 165, 192), (72, 112, 158), (49, 54, 114)),
)
THEMES = {theme.name: theme for theme in (DARK, LIGHT)}
