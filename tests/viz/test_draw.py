import subprocess
import sys
from dataclasses import replace

import numpy as np
import pygame
import pytest
from swarm_env.viz.draw import static_layer
from swarm_env.viz.draw.camera import Camera
from swarm_env.viz.draw.frame_image import draw_image
from swarm_env.viz.draw.items import sprites
from swarm_env.viz.draw.items.bubbles import draw_bubbles
from swarm_env.viz.draw.items.things import connected_parts
from swarm_env.viz.draw.items.trails import LENGTH, Traces
from swarm_env.viz.draw.layers import Layers
from swarm_env.viz.draw.map import draw_map
from swarm_env.viz.draw.scene import Scene
from swarm_env.viz.draw.style.kind_styles import palette
from swarm_env.viz.draw.style.theme import DARK, LIGHT, THEMES

from tests.viz.scenes import CODES, EVERYTHING, scene

BARE = Layers(bubbles=False, hearing=False)


def drawn(frame, cell=40.0, size=None, area=None, theme=DARK, **more):
    """A map on a surface of its own, and the camera."""
    rows, columns = frame.cells.shape
    width, height = size or (round(columns * cell), round(rows * cell))
    surface = pygame.Surface((width, height), 0, 32)
    camera = Camera(area or (0, 0, width, height), rows / 2, columns / 2, cell)
    draw_map(surface, frame, camera, theme, **more)
    return surface, camera


def pixels(surface):
    return pygame.surfarray.array3d(surface).swapaxes(0, 1)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("cell", [14.0, 17.3, 40.0, 95.5])
def test_every_cell_shows_the_colour_of_what_stands_in_it(cell, theme):
    frame = scene(moves=[1, 2, 3, 4, 5])
    surface, camera = drawn(frame, cell, theme=theme, layers=BARE)
    colours = palette(frame.setting, theme)
    for (row, column), code in np.ndenumerate(frame.cells):
        at = camera.probe(row, column)
        assert surface.get_at(at)[:3] == tuple(colours[code]), (frame.setting.kinds[code].name, row, column)


@pytest.mark.parametrize("cell", [1.0, 3.0, 4.0, 9.0])
def test_small_cells_show_it_too(cell):
    frame = scene()
    surface, camera = drawn(frame, cell, layers=BARE)
    colours = palette(frame.setting, DARK)
    for (row, column), code in np.ndenumerate(frame.cells):
        x, y, width, height = camera.rect_of(row, column)
        assert surface.get_at((x + width // 2, y + height // 2))[:3] == tuple(colours[code])


def test_cells_below_a_pixel_are_mixed_and_things_count_more():
    frame = scene(("..", ".F", "WW", "WW"))
    surface, _ = drawn(frame, 0.5, (1, 2), layers=BARE)
    floor, _, wall, food = palette(frame.setting, DARK)[:4].astype(int)
    assert surface.get_at((0, 0))[:3] == tuple((3 * floor + 4 * food) // 7)
    assert surface.get_at((0, 1))[:3] == tuple(wall)


def test_the_same_frame_gives_the_same_bytes_whatever_was_drawn_before():
    one, other = scene(moves=[1] * 5, messages=(("agent_0", "here"),)), scene(("W.W", ".a.", "WBW"))
    first = draw_image(one).tobytes()
    for theme in THEMES.values():
        draw_image(other, theme=theme)
        draw_image(one, (300, 300), theme=theme, layers=Layers(heat=True, selected=1))
    assert draw_image(one).tobytes() == first
    for kept in (sprites.agent, sprites.tile, sprites.glyph, static_layer._drawn):
        kept.cache_clear()
    assert draw_image(one).tobytes() == first


def test_what_stands_still_is_drawn_anew_when_it_changes():
    full, eaten = scene(("F.", ".a")), scene(("..", ".a"))
    draw_image(full)
    fresh = draw_image(eaten).tobytes()
    static_layer._drawn.cache_clear()
    assert draw_image(eaten).tobytes() == fresh


def test_marks_are_seen_without_colours():
    plain, marked = (sprites.agent(40, (0, 114, 178), mark, 0, DARK) for mark in (False, True))
    alpha = [pygame.surfarray.array_alpha(picture) > 128 for picture in (plain, marked)]
    assert (alpha[0] != alpha[1]).mean() > 0.05


def test_kinds_are_seen_without_colours():
    shapes = ("tile", "round", "diamond", "hexagon", "star", "house")
    alphas = [
        pygame.surfarray.array_alpha(sprites.glyph(40, shape, (0, 158, 115), "X", DARK)) > 200
        for shape in shapes
    ]
    for i, one in enumerate(alphas):
        assert all((one != other).mean() > 0.02 for other in alphas[:i]), shapes[i]


def test_noses_point_where_the_move_went():
    outlines = {
        move: pygame.surfarray.array_alpha(sprites.agent(40, (0, 114, 178), False, move, LIGHT)).T > 250
        for move in (0, 1, 2, 3, 4)
    }
    middle = outlines[0].shape[0] // 2
    for move in (1, 2, 3, 4):
        nose = outlines[move] & ~outlines[0]
        sums = [nose[:middle].sum(), nose[middle:].sum(), nose[:, :middle].sum(), nose[:, middle:].sum()]
        assert np.argmax(sums) == move - 1


def test_pushed_agents_leave_chevrons_and_walking_ones_do_not():
    before, now = scene((".a.",), round=0), scene(("..a",), round=1)
    colour = np.array(DARK.pushed)
    for move, seen in ((4, False), (0, True), (1, True)):
        shown = replace(now, moves=np.array([move], np.int8))
        surface, _ = drawn(shown, layers=BARE, before=before)
        assert (pixels(surface)[:, 40:80] == colour).all(axis=2).any() == seen


def test_a_body_is_one_piece_and_moves_as_one():
    before, now = (
        scene(("....", ".BB.", ".BB.", "...."), round=0),
        scene(("....", "..BB", "..BB", "...."), round=1),
    )
    colour = palette(now.setting, DARK)[CODES["B"]]
    surface, camera = drawn(now, layers=BARE)
    x, y, _, _ = camera.rect_of(1, 3)
    assert surface.get_at((x, y + 20))[:3] == tuple(colour), "no gap between its cells"
    half, _ = drawn(now, layers=BARE, before=before, progress=0.5)
    there = np.flatnonzero((pixels(half)[50] == colour).all(axis=1))
    assert abs(there.mean() - 100) < 1, "half a cell to the left of where it ends"
    leaving = scene(("....", "...B", "...B", "...."), round=2)
    gone, _ = drawn(leaving, layers=replace(BARE, facing=False), before=now, progress=0.0)
    assert gone.get_at((130, 50))[:3] != tuple(colour) == gone.get_at((90, 50))[:3], (
        "half of it has left the map"
    )
    assert len(connected_parts(np.argwhere(now.cells == CODES["B"]))) == 1


def test_agents_walk_between_rounds():
    before, now = scene(("a..",), round=0), scene((".a.",), moves=[4], round=1)
    for progress, x in ((0.0, 20), (0.5, 40), (1.0, 60)):
        surface, _ = drawn(now, layers=BARE, before=before, progress=progress)
        assert surface.get_at((x, 30))[:3] == tuple(palette(now.setting, DARK)[CODES["a"]])
    jumped, _ = drawn(replace(now, round=5), layers=BARE, before=before, progress=0.0)
    assert jumped.get_at((60, 30))[:3] == tuple(palette(now.setting, DARK)[CODES["a"]])


def test_nothing_outside_the_area_is_touched():
    frame = scene(messages=tuple((f"agent_{a}", "a long text " * 9) for a in range(5)))
    surface = pygame.Surface((200, 200), 0, 32)
    surface.fill((1, 2, 3))
    layers = Layers(selected=0, trails=True, heat=True)
    for cell in (0.7, 6.0, 60.0):
        draw_map(surface, frame, Camera((50, 60, 70, 80), 4, 4, cell), LIGHT, layers)
        inside = np.zeros((200, 200), bool)
        inside[60:140, 50:120] = True
        assert (pixels(surface)[~inside] == (1, 2, 3)).all()


def test_an_own_view_hides_the_rest():
    frame = scene(messages=(("agent_3", "far away"),))
    surface, camera = drawn(frame, layers=Layers(only_view_of=0))
    shown = np.zeros((8, 8), bool)
    shown[1:4, 3:6] = True  # agent 0 stands at (2, 4) and sees 3 x 3 cells
    for (row, column), seen in np.ndenumerate(shown):
        x, y, width, height = camera.rect_of(row, column)
        part = pixels(surface)[y : y + height, x : x + width]
        assert seen or (part == DARK.ground).all()
    assert surface.get_at(camera.probe(2, 4))[:3] == tuple(palette(frame.setting, DARK)[CODES["a"]])


def test_a_selected_view_is_framed_and_the_rest_is_dimmed():
    frame = scene()
    plain, camera = drawn(frame, layers=BARE)
    chosen, _ = drawn(frame, layers=replace(BARE, selected=0))
    inside, outside = camera.probe(3, 5), camera.probe(6, 5)
    assert chosen.get_at(inside) == plain.get_at(inside)
    assert sum(chosen.get_at(outside)[:3]) < sum(plain.get_at(outside)[:3])
    assert (pixels(chosen) == DARK.accent).all(axis=2).sum() > 400
    gone = replace(frame, present=np.array([False, True, True, True, True]))
    assert pygame.image.tobytes(
        drawn(gone, layers=replace(BARE, selected=0))[0], "RGB"
    ) == pygame.image.tobytes(drawn(gone, layers=BARE)[0], "RGB")


def test_bubbles_do_not_cover_each_other_where_there_is_room():
    rows = ["." * 12 for _ in range(12)]
    for row, column in ((2, 3), (2, 8), (9, 3), (9, 8)):
        rows[row] = rows[row][:column] + "a" + rows[row][column + 1 :]
    frame = scene(rows, messages=tuple((f"agent_{a}", f"I am number {a}, going north") for a in range(4)))
    camera = Camera.fit(frame, (0, 0, 768, 768))
    canvas = pygame.Surface((768, 768), 0, 32)
    draw_bubbles(Scene(canvas, frame, camera, LIGHT, Layers(), None, 1.0, None))
    ground = (pixels(canvas) == LIGHT.bubble).all(axis=2)
    found = pygame.mask.from_threshold(canvas, LIGHT.bubble, (1, 1, 1, 255)).connected_components(200)
    assert ground.any() and len(found) == 4


def test_hostile_texts_are_drawn_in_their_place():
    texts = ("", " ", "\x00\x1b[2J", "w" * 5000, "a\nb\nc\nd\ne", "\u65e5\u672c \u202e \U0001f642", "\ud800")
    for words in texts:
        frame = scene(messages=(("agent_0", words), ("agent_x", "?"), ("noone", "?"), ("agent_99", "?")))
        assert draw_image(frame, (200, 200)).shape == (200, 200, 3)
        assert draw_image(replace(frame, caption=words, status=words), (120, 90)).shape == (90, 120, 3)


def test_those_who_heard_are_joined_to_the_speaker():
    rows = ("a.a", "...", "..a")
    said = scene(rows, messages=(("agent_0", "hello"),), hears=((0, 1),))
    line = Layers(bubbles=False)
    with_lines, without = (pixels(drawn(said, layers=layers)[0]) for layers in (line, BARE))
    changed = (with_lines != without).any(axis=2)
    assert changed[15:25, 40:80].any(), "along the first row, to agent 1"
    assert not changed[40:].any(), "agent 2 does not hear it"


def test_heat_and_trails_show_where_agents_were():
    traces = Traces()
    frames = [scene(("." * i + "a" + "." * (4 - i),), moves=[4], round=i) for i in range(5)]
    for frame in frames:
        traces.add(frame)
    surface, camera = drawn(frames[-1], layers=replace(BARE, heat=True), traces=traces)
    assert surface.get_at((camera.rect_of(0, 1)[0] + 8, 30))[:3] == DARK.heat[-1]
    plain, trails = (
        pixels(drawn(frames[-1], layers=replace(BARE, trails=on), traces=traces)[0]) for on in (False, True)
    )
    assert (plain != trails).any(axis=2)[:, 20:150].any(axis=0).mean() > 0.9


def test_traces_stay_small_and_begin_anew_after_a_jump():
    traces = Traces()
    for number in range(3 * LENGTH):
        traces.add(scene(round=number))
        traces.add(scene(round=number))
    assert len(traces.trails) == LENGTH and traces.visits.max() == 3 * LENGTH
    traces.add(scene(round=7))
    assert len(traces.trails) == 1 and traces.visits.max() == 1


@pytest.mark.parametrize("seed", range(5))
def test_cameras_agree_with_themselves(seed):
    rng = np.random.default_rng(seed)
    camera = Camera((13, 7, 301, 200), rng.uniform(0, 40), rng.uniform(0, 40), rng.uniform(2, 60))
    for _ in range(50):
        x, y = int(rng.integers(13, 314)), int(rng.integers(7, 207))
        row, column = camera.cell_at(x, y)
        left, top, width, height = camera.rect_of(row, column)
        assert left <= x < left + width and top <= y < top + height
        assert np.allclose(camera.zoomed(1.3, (x, y)).place(x, y), camera.place(x, y))
        assert np.allclose(camera.panned(5, -3).place(x + 5, y - 3), camera.place(x, y))
    frame = scene(["." * 30] * 20)
    whole = Camera.fit(frame, (10, 20, 301, 200), 4)
    assert whole.visible(20, 30) == (0, 0, 20, 30)
    assert whole.x(0) >= 14 and whole.x(30) <= 307 and whole.y(0) >= 24 and whole.y(20) <= 216


@pytest.mark.parametrize("seed", range(4))
def test_any_camera_can_be_used_anywhere(seed):
    rng = np.random.default_rng(seed)
    frames = [
        scene(round=1, messages=(("agent_0", "hello"),), hears=((0, 1), (0, 4))),
        scene(("a",), round=1),
        scene(("..", "W*"), round=1),
        replace(scene(round=1), present=np.zeros(5, bool), places=np.full((5, 2), -1, np.int32)),
    ]
    for _ in range(60):
        frame = frames[rng.integers(len(frames))]
        x, y, width, height = rng.integers(0, 60, 4).tolist()
        row, column = rng.uniform(-3, 12, 2)
        camera = Camera((x, y, width, height), row, column, float(np.exp(rng.uniform(-3, 5.5))))
        surface = pygame.Surface((90, 90), 0, 32)
        traces = Traces()
        traces.add(frame)
        chosen = None if rng.random() < 0.5 else int(rng.integers(-1, 9))
        only = None if rng.random() < 0.8 else int(rng.integers(-1, 9))
        layers = Layers(heat=rng.random() < 0.5, trails=True, selected=chosen, only_view_of=only)
        before = None if rng.random() < 0.5 else replace(frame, round=0)
        draw_map(surface, frame, camera, LIGHT, layers, before, float(rng.random()), traces)
        around = np.ones((90, 90), bool)
        around[y : y + height, x : x + width] = False
        assert not pixels(surface)[around].any()


def test_fonts_survive_that_pygame_is_left_and_begun_again():
    before = draw_image(scene()).tobytes()
    pygame.font.quit()
    pygame.font.init()
    assert draw_image(scene(caption="new words")).shape
    assert draw_image(scene()).tobytes() == before


def test_no_display_is_needed_or_opened():
    program = (
        "from swarm_env.viz.draw.frame_image import draw_image;"
        "from tests.viz.scenes import scene; import pygame;"
        "assert draw_image(scene()).std() > 10; assert not pygame.display.get_init(); print('drawn')"
    )
    environment = {"PYTHONPATH": ".", "SDL_VIDEODRIVER": "no such driver"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert done.stdout == "drawn\n", done.stderr


def test_everything_is_in_the_picture():
    assert set("".join(EVERYTHING)) == set(CODES)
