"""Directions as pairs of whole numbers, and how to turn them, with the same bits on every machine.

A heading is (down, right) in units of 2**-15, of length 1 up to rounding. Angles are in turns: 0.25 is a
quarter turn to the left. Sine and cosine are polynomials, and nothing else is used than sums, products,
quotients and square roots, which IEEE 754 rounds alike everywhere; the sines of libraries differ in the last
bits.
"""

import numpy as np

from swarm_env.engine.compiler import kernel

UNIT = 32768.0  # length of a heading
FULL = 6.283185307179586  # 2 pi


@kernel(inline=True)
def sincos(turns: float) -> tuple[float, float]:
    """Sine and cosine of an angle [turns]; off by less than 1e-13."""
    t = turns - np.floor(turns + 0.5)
    quarter = np.floor(4.0 * t + 0.5)  # -2 … 2
    r = (t - 0.25 * quarter) * FULL  # -pi/4 … pi/4
    q = r * r
    # The series of Taylor, up to r**13 and r**14.
    s = 1.0 - q / 72.0 * (1.0 - q / 110.0 * (1.0 - q / 156.0))
    s = r * (1.0 - q / 6.0 * (1.0 - q / 20.0 * (1.0 - q / 42.0 * s)))
    c = 1.0 - q / 56.0 * (1.0 - q / 90.0 * (1.0 - q / 132.0 * (1.0 - q / 182.0)))
    c = 1.0 - q / 2.0 * (1.0 - q / 12.0 * (1.0 - q / 30.0 * c))
    if quarter == 1.0:
        return c, -s
    if quarter == -1.0:
        return -c, s
    if quarter != 0.0:
        return -s, -c
    return s, c


@kernel(inline=True)
def rotated(down: float, right: float, turns: float) -> tuple[int, int]:
    """The heading of a vector turned to the left; it must not be (0, 0)."""
    s, c = sincos(turns)
    scale = UNIT / np.sqrt(down * down + right * right)
    new_down, new_right = down * c - right * s, right * c + down * s
    return int(np.floor(new_down * scale + 0.5)), int(np.floor(new_right * scale + 0.5))
