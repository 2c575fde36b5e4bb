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
    """Colours of a drawing.

    Attributes:
        name: "dark" or "light".
        ground: Around the map.
        floor: Free cells.
        line: Between free cells.
        wall: Walls.
        veil: Over the part of the map that the selected agent does not see.
        ink: Text.
        faint: Secondary text.
        panel: Behind text.
        rule: Lines and empty bars on panels.
        accent: Selections, filled bars.
        bubble: Speech bubbles.
        bubble_ink: Text in speech bubbles.
        pushed: Chevrons behind what was pushed.
        shadow: Opacity of shadows, 0 to 255.
        heat: From rarely to often visited cells.
    """

    name: str
    ground: Colour
    floor: Colour
    line: Colour
    wall: Colour
    veil: Colour
    ink: Colour
    faint: Colour
    panel: Colour
    rule: Colour
    accent: Colour
    bubble: Colour
    bubble_ink: Colour
    pushed: Colour
    shadow: int
    heat: tuple[Colour, ...]


DARK = Theme(
    name="dark",
    ground=(14, 16, 22),
    floor=(27, 31, 41),
    line=(38, 43, 56),
    wall=(58, 64, 80),
    veil=(14, 16, 22),
    ink=(232, 235, 242),
    faint=(146, 154, 172),
    panel=(20, 23, 31),
    rule=(44, 50, 64),
    accent=(240, 228, 66),
    bubble=(240, 242, 247),
    bubble_ink=(24, 27, 36),
    pushed=(240, 228, 66),
    shadow=110,
    heat=((38, 44, 92), (61, 84, 150), (67, 141, 153), (139, 189, 121), (243, 224, 91)),
)
LIGHT = Theme(
    name="light",
    ground=(233, 232, 228),
    floor=(251, 250, 247),
    line=(236, 234, 228),
    wall=(184, 187, 196),
    veil=(233, 232, 228),
    ink=(30, 34, 44),
    faint=(107, 113, 128),
    panel=(244, 243, 240),
    rule=(219, 218, 213),
    accent=(0, 95, 155),
    bubble=(38, 43, 56),
    bubble_ink=(244, 245, 248),
    pushed=(0, 95, 155),
    shadow=60,
    heat=((222, 233, 240), (168, 205, 222), (112, 165, 192), (72, 112, 158), (49, 54, 114)),
)
THEMES = {theme.name: theme for theme in (DARK, LIGHT)}
