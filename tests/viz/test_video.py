import subprocess
import sys
import tracemalloc

import numpy as np
import pygame
import pytest
from PIL import Image, ImageSequence
from swarm_env.viz.draw.frame_image import draw_image
from swarm_env.viz.draw.style.theme import DARK
from swarm_env.viz.video import GIF_FPS, LAST_FRAME_SECONDS, Video
from swarm_env.viz.video.gif import GifWriter
from swarm_env.viz.video.mp4 import ffmpeg_path
from swarm_env.viz.video.palette import gif_palette

from swarm_env.errors import ConfigError, MissingExtraError, RunError
from swarm_env.frame import Renderer
from tests.cli.programs import swarm
from tests.viz.scenes import scene

SIZE = (160, 180)


def walk(number=4):
    """Frames of an agent that walks to the right, and speaks at the end."""
    rows = [("." * i + "a" + "." * (number - i), "." * (number + 1)) for i in range(number)]
    frames = [scene(row, moves=[4 * (i > 0)], round=i) for i, row in enumerate(rows)]
    return [*frames, scene(rows[-1], round=number, messages=(("agent_0", "there"),))]


def record(path, frames, **options):
    video = Video(path, size=SIZE, **options)
    video.open()
    for frame in frames:
        video.show(frame)
    video.close()
    return path


def decoded(path):
    """(T, H, W, 3) uint8: the images of an mp4 file."""
    options = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    command = [ffmpeg_path(), "-loglevel", "error", "-i", str(path), *options]
    done = subprocess.run(command, capture_output=True, check=True)
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, SIZE[1], SIZE[0], 3)


def test_a_png_is_the_last_frame(tmp_path):
    frames = walk()
    shown = pygame.image.load(record(tmp_path / "last.png", frames))
    expected = draw_image(frames[-1], SIZE, before=frames[-2])
    assert (pygame.surfarray.array3d(shown).swapaxes(0, 1) == expected).all()


def test_a_gif_shows_the_move_to_every_frame(tmp_path):
    frames = walk()
    shown = []
    with Image.open(record(tmp_path / "walk.gif", frames, fps=8.0)) as gif:
        for _ in ImageSequence.Iterator(gif):
            shown += [np.asarray(gif.convert("RGB"))] * round(gif.info["duration"] / 60)
    assert len(shown) == len(frames) * GIF_FPS / 8 + LAST_FRAME_SECONDS * GIF_FPS
    expected = draw_image(frames[-1], SIZE, before=frames[-2])
    assert np.abs(shown[-1].astype(int) - expected).mean() < 1.0
    own = (expected[..., None, :] == np.array(gif_palette(frames[0].setting, DARK))).all(axis=3).any(axis=2)
    assert own.mean() > 0.9 and (shown[-1][own] == expected[own]).all(), "the colours of a theme are kept"
    halfway = draw_image(frames[2], SIZE, before=frames[1], progress=0.5)
    assert np.abs(shown[4].astype(int) - halfway).mean() < 1.0


def test_an_mp4_shows_the_move_to_every_frame(tmp_path):
    frames = walk()
    shown = decoded(record(tmp_path / "walk.mp4", frames, fps=8.0))
    assert len(shown) == len(frames) * 3 + 24
    for at, expected in (
        (3, draw_image(frames[1], SIZE, before=frames[0], progress=1 / 3)),
        (-1, draw_image(frames[-1], SIZE, before=frames[-2])),
    ):
        assert np.abs(shown[at].astype(int) - expected).mean() < 4.0


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["mp4", "gif"])
def test_a_video_whose_process_is_killed_can_be_played(tmp_path, ending):
    path = tmp_path / f"killed.{ending}"
    program = (
        "import os; from tests.viz.test_video import Video, SIZE, walk;"
        f"video = Video({str(path)!r}, 1.0, size=SIZE); [video.show(frame) for frame in walk(9)];"
        "pipe = getattr(video._writer, '_ffmpeg', None); pipe and (pipe.stdin.close(), pipe.wait());"
        "os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", program], env={"PYTHONPATH": "."}).returncode == 9
    if ending == "mp4":
        assert len(decoded(path)) > 100
    else:
        with Image.open(path) as gif:
            gif.seek(20)
            assert np.asarray(gif.convert("RGB")).std() > 5


def test_long_videos_take_no_memory(tmp_path):
    gif = GifWriter(tmp_path / "long.gif", SIZE, 8, gif_palette(scene().setting, DARK))
    images = [draw_image(frame, SIZE) for frame in walk()]
    sizes = []
    tracemalloc.start()
    for _ in range(3):
        for shown in images * 10:
            gif.add(shown)
        sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    gif.close()
    held = 30 * images[0].nbytes  # what would be added in each turn if images were kept
    assert sizes[2] - sizes[0] < held / 10


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("video.avi", [".mp4", ".gif", ".png"]),
        ("video", [".mp4"]),
        ("nowhere/video.gif", ["folder that exists"]),
    ],
)
def test_an_impossible_file_is_refused_before_anything_is_played(tmp_path, monkeypatch, capsys, name, words):
    monkeypatch.chdir(tmp_path)
    for command in (("run", "pursuit", "--out", "run"), ("replay", "run")):
        done = swarm(capsys, *command, "--record", name)
        assert done.status == 2
        assert all(word in done.err for word in words)
    assert not list(tmp_path.iterdir())


def test_a_missing_library_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(MissingExtraError, match=r"pip install '\.\[video\]'"):
        Video(tmp_path / "video.mp4")
    with pytest.raises(ConfigError, match="fps"):
        Video(tmp_path / "video.gif", fps=0.0)


def test_a_failure_of_ffmpeg_is_reported(tmp_path):
    video = Video(tmp_path / "odd.mp4", size=(161, 181))
    with pytest.raises(RunError, match=r"odd\.mp4 could not be written"):
        try:
            for frame in walk(60):
                video.show(frame)
        finally:
            video.close()


def test_nothing_is_written_without_a_frame(tmp_path):
    video = Video(tmp_path / "none.gif")
    assert isinstance(video, Renderer)
    video.open()
    video.close()
    assert not list(tmp_path.iterdir())


SMALL = ("--rounds", "3", "--size", "6", "--num-agents", "3", "--view", "3", "--seed", "5")


@pytest.mark.parametrize("ending", ["gif", "png", "mp4"])
def test_a_replay_gives_the_same_video_as_the_run(tmp_path, monkeypatch, capsys, ending):
    monkeypatch.chdir(tmp_path)
    played = swarm(capsys, "run", "pursuit", *SMALL, "--out", "run", "--record", f"live.{ending}", "--quiet")
    again = swarm(capsys, "replay", "run", "--record", f"again.{ending}")
    assert (played.status, again.status) == (0, 0), played.err + again.err
    assert f"Written: again.{ending}" in again.err
    assert (tmp_path / f"live.{ending}").read_bytes() == (tmp_path / f"again.{ending}").read_bytes()


def test_a_replay_records_a_part(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    swarm(capsys, "run", "pursuit", *SMALL, "--out", "run", "--record", "whole.png", "--quiet")
    swarm(capsys, "replay", "run", "--record", "early.png", "--until", "1")
    swarm(capsys, "replay", "run", "--record", "late.png", "--round", "2")
    whole, early, late = ((tmp_path / f"{name}.png").read_bytes() for name in ("whole", "early", "late"))
    assert early != late
    assert swarm(capsys, "replay", "run", "--record", "never.png", "--round", "9").status == 2
    assert swarm(capsys, "replay", "run", "run", "--record", "two.png").status == 2
    assert not (tmp_path / "never.png").exists() and not (tmp_path / "two.png").exists()
    assert whole == late


def test_a_run_that_fails_leaves_its_video(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tired.py").write_text(
        "class Tired:\n"
        "    def reset(self, brief, agents, seed):\n"
        "        self.left = 2\n"
        "    def decide(self, seen):\n"
        "        self.left -= 1\n"
        "        if self.left < 0:\n"
        "            raise KeyboardInterrupt\n"
        "        from swarm_env.agent import Decision\n"
        "        return [Decision(1) for _ in seen]\n"
        "AGENT = Tired\n"
    )
    arguments = ("--agents", "tired.py", "--out", "run", "--record", "f.gif", "--quiet")
    done = swarm(capsys, "run", "pursuit", *SMALL, *arguments)
    assert done.status != 0
    with Image.open(tmp_path / "f.gif") as gif:
        assert len(list(ImageSequence.Iterator(gif))) >= 3
