"""The GIF palette: the colours in which a scenario is drawn."""

from swarm_env.viz.draw.style.kind_styles import ink_on, mixed, palette_of, shades_of
from swarm_env.viz.draw.style.theme import TRAILS, Colour, Theme

from swarm_env.frame import Setting

BLACK: Colour = (0, 0, 0)


def gif_palette(setting: Setting, theme: Theme) -> list[Colour]:
    """Plain colours, then those of antialiased edges, shadows and letters.

    They are distinct, and at most about 250 with ten kinds of things.
    """
    floor, kinds = theme.floor, palette_of(setting, theme)[3:]
    plain = [floor, theme.ground, theme.line, theme.wall, theme.panel, theme.rule, theme.accent, theme.ink]
    plain += [theme.faint, theme.bubble, theme.bubble_ink, theme.pushed, *kinds, *TRAILS]
    plain += [shade for layer in setting.floor for shade in shades_of(layer, floor)]
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
    """Evenly spaced colours between two."""
    return [mixed(one, other, i / (number + 1)) for i in range(1, number + 1)]
