"""The colours that pictures of a scenario are drawn in, for files that hold few colours."""

from swarm_env.viz.draw.style.kind_styles import ink_on, mixed, palette_of
from swarm_env.viz.draw.style.theme import TRAILS, Colour, Theme

from swarm_env.frame import Setting

BLACK: Colour = (0, 0, 0)


def colours_of(setting: Setting, theme: Theme) -> list[Colour]:
    """Plain colours first, then those of smooth edges, shadows and letters.

    Args:
        setting: Of the frames.
        theme: Of the drawing.

    Returns:
        Different colours, at most some 250 with ten kinds of things.
    """
    floor, kinds = theme.floor, palette_of(setting, theme)[3:]
    plain = [floor, theme.ground, theme.line, theme.wall, theme.panel, theme.rule, theme.accent, theme.ink]
    plain += [theme.faint, theme.bubble, theme.bubble_ink, theme.pushed, *kinds, *TRAILS]
    between: list[Colour] = []
    for colour in kinds:
        rim = mixed(colour, BLACK, 0.25)
        between += [rim, *_steps(rim, floor, 2), *_steps(ink_on(colour), colour, 3)]
    between += [*_steps(floor, BLACK, 7), *_steps(theme.wall, floor, 3), *_steps(theme.wall, BLACK, 5)]
    between += [*_steps(theme.faint, theme.panel, 3), *_steps(theme.ink, theme.panel, 3)]
    between += [*_steps(theme.bubble_ink, theme.bubble, 3), *_steps(theme.bubble, floor, 2)]
    between += [*_steps(theme.pushed, floor, 3), *_steps(theme.accent, floor, 2)]
    between += [mixed(floor, colour, 0.5) for colour in TRAILS]
    if setting.first_agent + 1 < len(setting.kinds):  # the glow of marked agents
        between += [mixed(floor, palette_of(setting, theme)[-1], share) for share in (0.07, 0.15, 0.22, 0.3)]
    return list(dict.fromkeys(plain + between))


def _steps(one: Colour, other: Colour, number: int) -> list[Colour]:
    """Colours between two, evenly."""
    return [mixed(one, other, i / (number + 1)) for i in range(1, number + 1)]
