"""A second process that compiles: its files are taken over, and without them nothing is lost."""

from typing import Any

import pytest

from swarm_env.engine import compiler
from swarm_env.engine.compiled import second_process
from swarm_env.engine.compiled.second_process import SecondProcess, compiling
from swarm_env.engine.compiler import CACHE_FOLDER, COMPILED
from swarm_env.engine.step import start
from swarm_env.engine.thread_pool import all_done

pytestmark = pytest.mark.skipif(not COMPILED, reason="nothing is compiled")


@pytest.fixture
def cache(tmp_path):
    """An empty cache of the sources of this process."""
    folder = tmp_path / CACHE_FOLDER.name
    folder.mkdir()
    return folder


def files(cache):
    return sorted(path.name.rpartition(".")[2] for path in cache.rglob("*") if path.is_file())


@pytest.mark.slow
def test_its_files_are_taken_over(cache, monkeypatch):
    process = SecondProcess([all_done], cache)
    process.collect()
    assert files(cache) == ["nbc", "nbi"]
    monkeypatch.setattr(compiler, "CACHE_FOLDER", cache)
    kernel: Any = all_done
    again = type(kernel)(kernel.py_func, {}, kernel.targetoptions)
    again.compile(kernel.swarm_signature)
    assert sum(again.stats.cache_hits.values()) == 1


@pytest.mark.slow
def test_one_that_is_killed_leaves_nothing(cache):
    process = SecondProcess([start], cache)
    process._process.kill()
    process.collect()
    assert not list(cache.iterdir())


@pytest.mark.slow
def test_one_whose_sources_have_changed_leaves_nothing(cache):
    other = cache.rename(cache.with_name("0" * 32))
    process = SecondProcess([all_done], other)
    process.collect()
    assert process._process.returncode == 1 and not list(other.iterdir())


@pytest.mark.slow
def test_it_ends_with_the_first_process(cache):
    process = SecondProcess([start], cache)
    process._process.communicate(timeout=60)  # closes what it reads, as when the first process is killed
    assert process._process.returncode == second_process.ALONE
    process.close()


def test_it_is_stopped_when_the_block_fails(cache, monkeypatch):
    started = Fake()
    monkeypatch.setattr(second_process, "SecondProcess", lambda *_: started)
    monkeypatch.setattr(second_process, "_processors", lambda: 2)
    with pytest.raises(KeyError), compiling([Fake()], cache):
        raise KeyError
    assert started.closed


def test_with_one_processor_or_a_full_cache_there_is_none(cache, monkeypatch):
    monkeypatch.setattr(second_process, "SecondProcess", None)
    monkeypatch.setattr(second_process, "_processors", lambda: 1)
    with compiling([Fake()], cache):
        pass
    monkeypatch.setattr(second_process, "_processors", lambda: 2)
    place = cache / "engine_0"
    place.mkdir()
    (place / "step.start-12.py311.nbi").touch()
    with compiling([Fake()], cache):
        pass


class Fake:
    """Stands for a kernel that is not compiled, and for a process."""

    signatures, closed = (), False

    def __init__(self):
        self.__module__, self.__qualname__ = start.__module__, start.__qualname__

    def close(self):
        self.closed = True
