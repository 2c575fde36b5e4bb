"""Agents in continuous space are drawn where they are, as they head; the edge of a torus is no edge."""

import json
import subprocess
from shutil import which

import numpy as np
import pygame
import pytest
from swarm_env.viz.draw.camera import Camera
from swarm_env.viz.draw.map import draw_map
from swarm_env.viz.page import packing

import swarm_env
from swarm_env.envs.frames import frame_of_world, setting_of

CELL = 40
BLUE = (0, 114, 178)
ROOT = packing.__file__.rpartition("/")[0]


def world(agents, height=4, width=6, name="vicsek"):
    env = swarm_env.vector_env(name, num_agents=agents, height=height, width=width, law=1, view_size=1)
    env.reset(seed=1)
    return env.worlds


def at(found, *places, headings=()):
    """A frame with agents at places (row, column) [cells], which head (down, right)."""
    sides = np.array([found.config.height, found.config.width])
    found.arrays.place[0] = (np.array(places) / sides * 2.0**32).astype(np.uint32)
    found.arrays.position[0] = np.floor(places)
    for a, heading in enumerate(headings):
        found.arrays.heading[0, a] = np.array(heading) * 2**15
    return frame_of_world(found, setting_of(found))


def drawn(frame, cell=CELL, **more):
    """(height, width) bool, where the surface has the colour of agents."""
    height, width = frame.cells.shape
    size = width * cell, height * cell
    surface = pygame.Surface(size, 0, 32)
    draw_map(surface, frame, Camera.fit(frame, (0, 0, *size)), **more)
    pixels = pygame.surfarray.array3d(surface).transpose(1, 0, 2).astype(int)
    return np.abs(pixels - BLUE).max(axis=2) < 60


def middle(mask):
    return np.argwhere(mask).mean(axis=0) / CELL


@pytest.mark.parametrize("place", [(1.25, 2.75), (0.5, 5.5), (3.1, 0.4)])
def test_arrows_are_where_agents_are(place):
    found = world(1)
    assert middle(drawn(at(found, place, headings=[(0, 1)]))) == pytest.approx(place, abs=0.08)


@pytest.mark.parametrize("heading", [(-1, 0), (1, 0), (0, -1), (0, 1), (0.7071, 0.7071)])
def test_arrows_point_where_agents_head(heading):
    spots = np.argwhere(drawn(at(world(1), (2.0, 3.0), headings=[heading]))) - np.array([80.0, 120.0])
    along = spots @ heading
    across = np.abs(spots @ [heading[1], -heading[0]])
    front, back = across[along > 2], across[along < -2]
    assert front.max() < back.max() and along.max() > 3, "the tip is in front, the wings are behind"


def test_several_agents_in_a_cell_are_all_drawn():
    mask = drawn(at(world(3), (1.2, 1.2), (1.8, 1.2), (1.5, 1.8), headings=[(0, 1)] * 3))
    for row, column in ((1.2, 1.2), (1.8, 1.2), (1.5, 1.8)):
        assert mask[
            int(row * CELL) - 3 : int(row * CELL) + 4, int(column * CELL) - 3 : int(column * CELL) + 4
        ].any()


@pytest.mark.parametrize("name", ["vicsek", "aggregation"])
def test_motion_over_the_edge_of_a_torus_is_drawn_at_the_edge(name):
    found = world(1, width=2 if name == "aggregation" else 6, name=name)
    edge = found.config.width
    before = at(found, (2.0, edge - 0.2), headings=[(0, 1)])
    found.arrays.clock[0, 0] = 1
    now = at(found, (2.0, 0.2), headings=[(0, 1)])
    columns = np.argwhere(drawn(now, before=before, progress=0.5))[:, 1] / CELL
    if name == "vicsek":
        assert columns.max() < 0.3 or columns.min() > edge - 0.3, "it goes on at the other side"
    else:
        assert 0.7 < columns.mean() < 1.3, "a wall lets nothing through"


def test_many_agents_are_dots():
    n = 20_000
    found = world(n, 100, 100)
    frame = frame_of_world(found, setting_of(found))
    mask = drawn(frame, cell=6)
    spots = np.floor(np.asarray(frame.points) * 6).astype(int)
    spots = spots[(spots < 599).all(axis=1)]
    assert mask[spots[:, 0], spots[:, 1]].all()
    assert mask.sum() <= 4 * n


def test_pages_hold_places_and_headings():
    found = world(2)
    frame = at(found, (1.25, 2.5), (3.0, 0.125), headings=[(0, 1), (-1, 0)])
    assert packing.points_of(frame) == [1250, 2500, 16, 3000, 125, 0]
    packer = packing.PagePacker()
    packer.add(frame)
    data = packer.data()
    assert data["start"]["points"] == packing.points_of(frame) and data["setting"]["space"] == "torus"


@pytest.mark.skipif(which("node") is None, reason="needs node")
def test_the_page_draws_motion_over_the_edge():
    with open(f"{ROOT}/map.js", encoding="utf-8") as file:
        code = file.read()
    scene = {
        "before": {"points": [2000, 5800, 0]}, "now": {"points": [2000, 200, 0]}, "eased": 0.25,
        "playback": {"width": 6, "height": 4, "setting": {"space": "torus"}},
    }  # fmt: skip
    asked = "console.log(pointOf(scene, 0, 0), pointOf(scene, 0, 1));"
    program = f"{code}\nconst scene = {json.dumps(scene)};\n{asked}"
    found = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True).stdout.split()
    assert [float(one) for one in found] == pytest.approx([2.0, 5.9])
