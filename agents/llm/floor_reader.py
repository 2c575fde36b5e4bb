"""What a prompt says of the floor: the symbols of layers in a view, and amounts where the agent stood."""

from collections.abc import Sequence

from swarm_env.agents.llm import wording

from swarm_env.agent import Brief

UNDER = wording.UNDER.partition("{")[0]

Floors = tuple[tuple[tuple[float, ...], ...], ...]


def read_floor(view: Sequence[Sequence[str]], below: Sequence[str], brief: Brief) -> Floors:
    """`Perception.floor` of a view of a prompt.

    A free cell shows its first layer only, and a thing hides what lies under it; the others are 0. A layer
    with amounts is read in ninths of its greatest amount, as the view shows it, but where the agent stood.

    Args:
        view: The cells, k rows of k texts.
        below: The lines below it, of which one may say what lies where the agent stood.
        brief: The task, with the greatest amount of each layer: 1, or that of layers with amounts.

    Returns:
        For each layer k rows of k amounts.
    """
    symbol_of = {name: symbol for symbol, name in brief.symbols.items()}
    middle, under = len(view) // 2, _under(next((line for line in below if line.startswith(UNDER)), ""))
    layers = []
    for name, most in brief.floor.items():
        rows = [[_amount(cell, symbol_of[name], most) for cell in row] for row in view]
        rows[middle][middle] = under.get(name, 0.0)
        layers.append(tuple(map(tuple, rows)))
    return tuple(layers)


def _amount(cell: str, symbol: str, most: float) -> float:
    """How much of a layer a cell shows."""
    if most == 1:
        return float(cell == symbol)
    digit = cell.removeprefix(symbol)
    return float(digit) if digit != cell and len(digit) == 1 and digit in "123456789" else 0.0


def _under(line: str) -> dict[str, float]:
    """The amounts where the agent stood, by layer; empty for an empty line, or one that cannot be read."""
    found = {}
    for part in line.removeprefix(UNDER).split(", "):
        name, _, value = part.rpartition(" = ")
        try:
            found[name] = float(value)
        except ValueError:
            return {}
    return found
