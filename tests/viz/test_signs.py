"""What decides is drawn, explained, and kept from those who must not know it."""

from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import pygame
import pytest
from swarm_env.viz.draw.camera import Camera
from swarm_env.viz.draw.frame_image import draw_image, new_surface
from swarm_env.viz.draw.items import badges, bubbles
from swarm_env.viz.draw.layers import Layers
from swarm_env.viz.draw.map import draw_map
from swarm_env.viz.draw.style import text
from swarm_env.viz.draw.style.theme import DARK
from swarm_env.viz.page import Page
from swarm_env.viz.window.human_keys import WindowInput
from swarm_env.viz.window.panels.curves import Curve, draw_plot
from swarm_env.viz.window.panels.layout import Layout
from swarm_env.viz.window.panels.map_view import MapView
from swarm_env.viz.window.panels.painter import Painter
from swarm_env.viz.window.panels.popups import draw_task, layer_rows
from swarm_env.viz.window.panels.style import LARGE, NORMAL, SMALL, TINY, Style
from swarm_env.viz.window.playhead import Playhead
from swarm_env.viz.window.window_state import WindowState

import swarm_env
from swarm_env.badge import Badge
from swarm_env.errors import ContractError, RunError
from swarm_env.leaderboard import score_plots
from swarm_env.playback.playback import Playback
from swarm_env.playing.runner import play
from swarm_env.registry import load
from swarm_env.scenario_contract import check_class
from tests.viz.browser import browsing, needs_browser
from tests.viz.scenes import CODES, scene

VOTE = Badge("choice", "votes", ((1, "P", "votes for P"), (2, "Q", "votes for Q")))
LIAR = Badge("lies", "liar", ((1, "!", "a liar"),), secret=True)
QUALITY = Badge("quality", "quality", kind=CODES["F"])


def signed(**more):
    """Two agents, the first votes and lies, and food of quality 7."""
    frame = scene(("WWWWW", "Wa.aW", "W...W", "W.F.W", "WWWWW"), **more)
    setting = replace(frame.setting, badges=(VOTE, LIAR, QUALITY), task="Vote well. And soon.")
    return replace(frame, setting=setting, badges=((2, 0), (1, 0), (7,)))


def drawn(frame, **layers):
    surface, camera = new_surface((300, 300)), Camera.fit(frame, (0, 0, 300, 300), 0)
    draw_map(surface, frame, camera, layers=Layers(bubbles=False, hearing=False, **layers))
    return pygame.surfarray.array3d(surface).swapaxes(0, 1), camera


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scenario", "signs"),
    [("hats", {"0", "1"}), ("profile", {"P", "Q", "R", "S"}), ("scout", {"P!", "Q!"}), ("switch", {"+"})],
)
def test_what_decides_in_tasks_of_talking_is_drawn_in_some_round(scenario, signs):
    shown: set[str] = set()

    def look(frame):
        for badge, values in zip(frame.setting.badges, frame.badges, strict=True):
            shown.update(badge.sign(value) for value in values)

    swarm_env.play(scenario, "random", seed=1, max_rounds=40, observer=look)
    assert shown & signs


def test_the_card_at_the_start_explains_symbols_and_the_signs_that_a_person_may_see(monkeypatch):
    env = swarm_env.parallel_env("nest_site")
    env.reset(seed=1)
    written: list[str] = []
    monkeypatch.setattr(Style, "write", lambda self, surface, at, words, *_, **__: written.append(words))
    draw_task(new_surface((900, 700)), Style.of((900, 700), DARK), env.brief(), (VOTE, LIAR, QUALITY))
    assert {"P: site P", "P: votes for P", "1, 2, …: quality", "Any key begins."} <= set(written)
    assert not [words for words in written if "a liar" in words]


def test_votes_lies_and_qualities_are_drawn_over_agents_and_things():
    frame = signed()
    (shown, camera), (bare, _), (public, _) = (
        drawn(frame),
        drawn(frame, badges=False),
        drawn(frame, secrets=False),
    )

    def changed(one, number, row, column):
        down, right = badges.CORNERS[number % len(badges.CORNERS)]
        x, y = camera.x(column + 0.5 + right), camera.y(row + 0.5 + down)
        return bool((one[y - 4 : y + 5, x - 4 : x + 5] != bare[y - 4 : y + 5, x - 4 : x + 5]).any())

    assert [changed(shown, *at) for at in ((0, 1, 1), (1, 1, 1), (2, 3, 2))] == [True] * 3
    assert [changed(shown, *at) for at in ((0, 1, 3), (1, 1, 3))] == [False] * 2
    assert [changed(public, *at) for at in ((0, 1, 1), (1, 1, 1), (2, 3, 2))] == [True, False, True]


def test_scenarios_with_votes_declare_what_is_shown():
    env = swarm_env.parallel_env("nest_site", num_agents=6, liars=0.5)
    env.reset(seed=1)
    frame = env.frame(())
    names = [badge.field for badge in frame.setting.badges]
    numbers = dict(zip(names, frame.badges, strict=True))
    assert sum(numbers["lies"]) == 3 and max(numbers["quality"]) > 0 and set(numbers["choice"]) == {0}
    assert [badge.field for badge in frame.setting.badges if badge.secret] == ["lies", "quality"]
    assert "site" in frame.setting.task
    for name in ("audit", "secrets"):
        world = swarm_env.parallel_env(name)
        world.reset(seed=1)
        shown = world.frame(())
        assert len(shown.badges) == len(shown.setting.badges) > 0
        assert any(badge.secret for badge in shown.setting.badges)


def test_a_badge_of_nothing_is_refused():
    kind = type("Wrong", (load("scenario", "nest_site"),), {"badges": (Badge("vote", "votes"),)})
    with pytest.raises(ContractError, match="'vote', which is neither a field of `State` nor a sense"):
        check_class("wrong", kind)


def test_pictures_say_the_task_and_what_letters_and_signs_mean(monkeypatch):
    frame = signed()
    image, bare = (
        draw_image(frame),
        draw_image(replace(frame, setting=replace(frame.setting, task="", badges=()))),
    )
    added = image.shape[0] - bare.shape[0]
    assert added > 0
    assert (image[-added:] != np.array(DARK.panel)).any()
    written: list[str] = []
    write = text.write

    def noting(*given):
        written.append(given[2])
        return write(*given)

    monkeypatch.setattr(text, "write", noting)
    draw_image(frame)
    words = " ".join(written)
    assert "Vote well" in words and "F food" in words and "P votes for P" in words and "! a liar" in words
    written.clear()
    draw_image(replace(frame, setting=replace(frame.setting, badges=())))
    assert "F food" in " ".join(written)  # in the line that the task leaves


def test_a_tail_covers_no_text(monkeypatch):
    frame = scene(("a.a.a", ".....", "a.a.a"), messages=tuple((f"agent_{a}", "word " * 12) for a in range(6)))
    rects, draw = [], bubbles._draw

    def noting(scene, a, rect, *more):
        rects.append(rect)
        draw(scene, a, rect, *more)

    monkeypatch.setattr(bubbles, "_draw", noting)

    def image():
        surface, camera = new_surface((420, 300)), Camera.fit(frame, (0, 0, 420, 300), 0)
        draw_map(surface, frame, camera, layers=Layers(hearing=False))
        return pygame.surfarray.array3d(surface)

    shown = image()
    monkeypatch.setattr(bubbles, "_draw_tail", lambda *_: None)
    bare = image()
    assert (shown != bare).any() and len(rects) == 12
    for rect in rects:
        inner = (slice(max(rect.left + 4, 0), rect.right - 4), slice(max(rect.top + 4, 0), rect.bottom - 4))
        assert (shown[inner] == bare[inner]).all()


def test_the_layer_menu_leaves_the_map_free():
    style = Style.of((1280, 720), DARK)
    layout = Layout.of((1280, 720), style, 1, True, False)
    rows = layer_rows(layout.menu, style)
    assert not any(row.colliderect(area) for row in rows for area in layout.maps)


@pytest.mark.parametrize("size", [(1600, 900), (1920, 1080)])
def test_texts_of_large_windows_are_large_enough(size):
    style = Style.of(size, DARK)
    for letters in (TINY, SMALL, NORMAL, LARGE):
        assert text.size_of("Ag", style.px(letters))[1] >= 14


def test_who_plays_sees_no_secrets_before_the_end(tmp_path):
    play("pursuit", "random", seed=1, out=tmp_path / "run", max_rounds=2)
    with Playback(tmp_path / "run") as playback:
        human = WindowInput()
        state = WindowState(Playhead([playback], 8.0), [MapView(playback)], human)
        assert state.layers_now().secrets, "nobody plays by hand"
        human.agent = 1
        assert not state.layers_now().secrets
        state.over = True
        assert state.layers_now().secrets
        assert WindowState(Playhead([playback], 8.0), [MapView(playback)]).layers_now().secrets


def test_the_shorter_of_two_runs_is_marked_as_over(tmp_path, monkeypatch):
    written, write = [], Style.write

    def noting(self, surface, at, words, *more, **named):
        written.append(words)
        return write(self, surface, at, words, *more, **named)

    monkeypatch.setattr(Style, "write", noting)
    with ExitStack() as opened:
        playbacks = []
        for rounds in (2, 4):
            play("pursuit", "random", seed=1, out=tmp_path / f"{rounds}", max_rounds=rounds)
            playbacks.append(opened.enter_context(Playback(tmp_path / f"{rounds}")))
        state = WindowState(Playhead(playbacks, 8.0), [MapView(one) for one in playbacks])
        for number, marked in ((2, []), (4, ["A"])):
            state.playhead.seek(number)
            state.tick(0.0)
            written.clear()
            Painter().paint(pygame.Surface((1280, 720)), state, 0.0)
            assert [words[0] for words in written if "over after 2 rounds" in words] == marked


def test_a_step_in_open_space_can_be_seen():
    def around(column):
        frame = scene(("." * 21,) * 10 + ("." * column + "a" + "." * (20 - column),) + ("." * 21,) * 10)
        surface = new_surface((140, 140))
        camera = replace(Camera.fit(frame, (0, 0, 140, 140), 0), row=10.5, column=column + 0.5, cell=40.0)
        draw_map(surface, frame, camera, layers=Layers(only_view_of=0, checks=True))
        return pygame.surfarray.array3d(surface)

    assert (around(10) != around(11)).any() and (around(10) == around(12)).all()


def plotted(curves, steps):
    surface = new_surface((300, 96))
    draw_plot(surface, surface.get_rect(), Style.of((1280, 720), DARK), "score", curves, 0, 10, steps)
    return pygame.surfarray.array3d(surface)


def test_no_curve_hides_another_and_counts_have_steps():
    red, blue = (255, 0, 0), (0, 0, 255)
    points = np.array([(0.0, 0.0), (10.0, 1.0)])
    both = plotted([Curve(points, red), Curve(points, blue)], True)[:, 44:]
    assert all((both == colour).all(axis=2).any() for colour in (red, blue))
    middle = plotted([Curve(points, red)], True)[150, 44:]
    slope = plotted([Curve(points, red)], False)[150, 44:]
    heights = [np.flatnonzero(column[:, 0] > column[:, 1] + 100).mean() for column in (middle, slope)]
    assert heights[0] > heights[1] + 8, "the count is still 0 in the middle"


def test_a_constant_measure_has_a_wide_axis():
    figure = pytest.importorskip("matplotlib.figure").Figure()
    for value, least in ((0.0, 0.5), (30.0, 3.0)):
        axes = figure.add_subplot()
        axes.plot([1, 2], [value, value])
        score_plots._widen_constant(axes)
        low, high = axes.get_ylim()
        assert high - value >= least and value - low >= least


def test_a_notebook_shows_the_last_frame_and_a_run(tmp_path):
    for make in (swarm_env.env, swarm_env.parallel_env, swarm_env.gym_env, swarm_env.vector_env):
        env = make("pursuit")
        env.reset(seed=1)
        picture = env.show()
        assert picture.array.shape[2] == 3 and picture._repr_png_().startswith(b"\x89PNG")
        env.close()
    played = play("pursuit", "random", seed=1, out=tmp_path / "run", max_rounds=2)
    cell = swarm_env.player(played)._repr_html_()
    assert (
        cell.startswith("<iframe srcdoc=")
        and 'sandbox="allow-scripts"' in cell
        and "http://" not in cell[:200]
    )
    with pytest.raises(RunError, match="not recorded"):
        swarm_env.player(play("pursuit", "random", seed=1, max_rounds=2))


@needs_browser
def test_a_page_draws_and_explains_them_and_bubbles_leave_agents_free(tmp_path):
    first = signed()
    messages = tuple((f"agent_{a}", "a long message that needs room " * 3) for a in range(2))
    frames = [first, replace(first, round=4, messages=messages, badges=((1, 2), (0, 0), (9,)))]
    page = Page(tmp_path / "page.html")
    for frame in frames:
        page.show(frame)
    page.close()
    with browsing(tmp_path / "browser") as browser:
        browser.open(tmp_path / "page.html", width=400, fragment="#round=4")
        assert browser.value("swarm.playback.frame(4).badges") == [[1, 2], [0, 0], [9]]
        about = browser.value("document.getElementById('about').textContent")
        assert "Vote well. And soon." in about and "votes for P" in about and "a liar" in about
        probes = """(() => {
          const map = document.getElementById("map"), pen = map.getContext("2d"), found = [];
          for (const [row, column] of [[1, 1], [1, 3]]) {
            const { x, y } = swarm.camera.probe(row, column);
            found.push([...pen.getImageData(Math.floor(x), Math.floor(y), 1, 1).data.slice(0, 3)].join());
          }
          return found;
        })()"""
        colours = browser.value(probes)
        browser.value(
            "Object.assign(swarm.painter.layers, { bubbles: false, hearing: false }), swarm.player.refresh()"
        )
        browser.press("Shift")
        assert browser.value(probes) == colours and len(set(colours)) == 1
        assert browser.value("document.documentElement.scrollWidth") <= 400
        said = [one.get("entry", {}).get("text", str(one)) for one in browser.complaints]
        assert not [one for one in said if "readback" not in one]
