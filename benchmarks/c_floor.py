"""The floor in C: what `swarm_env.perf.floor_round` does, written for the machine, by the system's compiler.

Places are flat indices into the padded map, a move is an addition, and a row of a view is one word of eight
bytes: what is too much the next row overwrites. The numba floor says what a round may cost in our language;
this one says what it may cost at all.
"""

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from swarm_env.perf import ACTION_SETS, MARGIN, STRIDE, Floor

SOURCE = r"""
#include <stdint.h>
#include <string.h>
enum { AGENTS = 10, STRIDE = 16, CELLS = 256, VIEW = 5, MARGIN = 2 };
static const int8_t STEP[8] = {0, -STRIDE, STRIDE, -1, 1, 0, 0, 0};

void play(uint8_t *grid, uint8_t *places, const int8_t *moves, uint8_t *views, uint16_t *seen, float *rewards,
          long worlds) {
    for (long w = 0; w < worlds; w++) {
        for (int a = 0; a < AGENTS; a++) {
            uint8_t at = places[a], to = at + STEP[moves[a] & 7];
            int is_free = grid[to] == 0;
            to = is_free ? to : at;
            grid[at] = 0;
            grid[to] = 2;
            places[a] = to;
            rewards[a] = (float)is_free;
        }
        for (int a = 0; a < AGENTS; a++) {
            int at = places[a];
            const uint8_t *from = grid + at - MARGIN * STRIDE - MARGIN;
            for (int row = 0; row < VIEW; row++) memcpy(views + VIEW * row, from + STRIDE * row, 8);
            seen[a] = (uint16_t)((at / STRIDE - MARGIN) | (at % STRIDE - MARGIN) << 8);
            views += VIEW * VIEW;
        }
        grid += CELLS, places += AGENTS, moves += AGENTS, seen += AGENTS, rewards += AGENTS;
    }
}
"""
OVER = 8  # bytes that the last word may read and write beyond the arrays


class CFloor:
    """Worlds that only move and see, with the places and moves of `Floor` for the same seed."""

    def __init__(self, worlds: int, seed: int = 0) -> None:
        """Compile and allocate. Raises `OSError` if there is no C compiler, or it fails."""
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if compiler is None:
            raise OSError("no C compiler (cc, gcc or clang)")
        with tempfile.TemporaryDirectory() as folder:
            source, library = Path(folder, "floor.c"), Path(folder, "floor.so")
            source.write_text(SOURCE)
            flags = ["-O3", "-march=native", "-shared", "-fPIC"]
            done = subprocess.run(
                [compiler, *flags, str(source), "-o", str(library)], capture_output=True, text=True
            )
            if done.returncode:
                raise OSError(f"{compiler} failed: {done.stderr:.300}")
            self._play = ctypes.CDLL(str(library)).play
        like = Floor(worlds, seed)
        self.moves, self.worlds = like.moves, worlds
        self._grid = np.append(like.grid.reshape(-1), np.zeros(OVER, np.uint8))
        row, column = like.places.astype(np.int64).transpose(2, 0, 1)
        self.places = ((row + MARGIN) * STRIDE + column + MARGIN).astype(np.uint8)
        self._views = np.zeros(like.views.size + OVER, np.uint8)
        self.seen_from, self.rewards = like.seen_from, like.rewards
        self.views = self._views[:-OVER].reshape(like.views.shape)

    def step(self, number: int) -> None:
        """Play round `number` with the moves drawn in advance."""
        moves = self.moves[number % ACTION_SETS]
        arrays = (self._grid, self.places, moves, self._views, self.seen_from, self.rewards)
        self._play(*[ctypes.c_void_p(array.ctypes.data) for array in arrays], ctypes.c_long(self.worlds))
