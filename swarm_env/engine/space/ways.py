"""The way from one coordinate to another, in a space that may wrap around."""

from swarm_env.engine.compiler import kernel


@kernel(inline=True)
def shorter(away: int, side: int, wraps: int) -> int:
    """A difference of coordinates, on a torus by the shorter way around; all in the same unit."""
    if wraps and 2 * away > side:
        return away - side
    if wraps and 2 * away < -side:
        return away + side
    return away
