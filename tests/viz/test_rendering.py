"""The results of `render_mode`."""

import copy
from typing import Any

import numpy as np
import pygame
import pytest
from swarm_env.viz.draw.camera import Camera
from swarm_env.viz.draw.frame_image import MARGIN, draw_image
from swarm_env.viz.draw.status_strip import strip_height
from swarm_env.viz.draw.style.kind_styles import palette
from swarm_env.viz.draw.style.theme import DARK

import swarm_env

SMALL: dict[str, Any] = {"num_agents": 3, "height": 6, "width": 6, "view_size": 3}


def played(mode, rounds=2, **settings):
    env = swarm_env.parallel_env("foraging", render_mode=mode, **SMALL, **settings)
    env.reset(seed=2)
    images = [env.render()]
    for _ in range(rounds):
        env.step({agent: {"move": 4, "message": "on"} if settings else 4 for agent in env.agents})
        images.append(env.render())
    return env, images


def test_arrays_are_images_of_the_world():
    env, images = played("rgb_array")
    height = 6 * 64 + 2 * MARGIN + strip_height(env.frame())
    assert {shown.shape for shown in images} == {(height, 6 * 64 + 2 * MARGIN, 3)}
    again = swarm_env.parallel_env("foraging", **SMALL)
    again.reset(seed=2)
    assert (images[0] == draw_image(again.frame())).all()
    assert (images[1] != images[2]).any()
    assert (env.render() == images[-1]).all(), "rendering the same round again gives the same image"


def test_arrays_show_what_was_said():
    _, (silent, said, _) = played("rgb_array", message="text")
    bubble = np.array(DARK.bubble)
    assert (said == bubble).all(axis=2).sum() > 200 > (silent == bubble).all(axis=2).sum()


def test_a_window_shows_the_same_until_it_is_closed(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    env, shown = played("human")
    assert shown == [None] * 3
    surface = pygame.display.get_surface()
    assert surface is not None
    frame = env.frame()
    width, height = surface.get_size()
    camera = Camera.fit(frame, (0, 0, width, height - strip_height(frame)), MARGIN)
    colours = palette(frame.setting, DARK)
    for (row, column), code in np.ndenumerate(frame.cells):
        assert surface.get_at(camera.probe(row, column))[:3] == tuple(colours[code])
    assert copy.deepcopy(env).round == env.round
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    env.step(dict.fromkeys(env.agents, 0))
    env.render()
    assert pygame.display.get_surface() is None, "closed by the user"
    env.render()
    assert pygame.display.get_surface() is None, "and it stays closed"
    env.close()


@pytest.mark.parametrize("mode", ["rgb_array", "human", "ansi", None])
def test_closing_without_having_shown_anything_is_fine(mode):
    swarm_env.parallel_env("foraging", render_mode=mode, **SMALL).close()


def test_without_a_display_one_line_says_so(monkeypatch, capfd):
    monkeypatch.delenv("SDL_VIDEODRIVER", raising=False)
    env, shown = played("human", rounds=3)
    assert shown == [None] * 4
    assert capfd.readouterr().err.count("No window can be opened") == 1
    assert pygame.display.get_surface() is None
    env.close()
