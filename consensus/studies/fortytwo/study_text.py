"""The study as text: tables in Markdown, and the findings that follow from the figures."""

from collections.abc import Iterator, Sequence

from swarm_env.consensus.studies.fortytwo.protocol_study import Cell, Measured, difference
from swarm_env.consensus.studies.fortytwo.study_plan import CLAIMS

NAMES = {
    "majority": "majority",
    "bradley_terry": "Bradley-Terry",
    "fortytwo": "Fortytwo",
    "best_single": "best single node",
    "single": "a node alone",
}


def tables(measured: Sequence[Measured]) -> str:
    """All tables, one section per claim."""
    lines: list[str] = []
    for claim, title in CLAIMS.items():
        ours = [one for one in measured if one.panel.claim == claim]
        if not ours:
            continue
        lines += [f"## {title}", ""]
        for one in ours:
            lines += [f"![{one.panel.name}]({one.panel.name}.png)", "", *_table(one), ""]
    return "\n".join(lines).rstrip() + "\n"


def findings(measured: Sequence[Measured]) -> list[str]:
    """One line per claim, from the figures."""
    by_name = {one.panel.name: one for one in measured}
    return [
        line
        for rule in (_finding_a, _finding_b, _finding_c, _finding_d, _finding_noise)
        for line in rule(by_name)
    ]


def _table(one: Measured) -> Iterator[str]:
    panel = one.panel
    curves = any(point.curve for point in panel.points)
    head = [panel.axis, *(["variant"] if curves else []), *(NAMES[rule] for rule in panel.rules)]
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * len(head)
    for point, cells in zip(panel.points, one.cells, strict=True):
        x = point.x if isinstance(point.x, str) else f"{point.x:g}"
        row = [x, *([point.curve] if curves else []), *(_cell(cells[rule]) for rule in panel.rules)]
        yield "| " + " | ".join(row) + " |"
    yield ""
    yield f"{panel.runs} runs of {panel.questions} questions each."


def _cell(cell: Cell) -> str:
    return f"{100 * cell.mean:.1f} ({100 * cell.low:.1f} to {100 * cell.high:.1f})"


def _points(cell: Cell) -> str:
    return f"{100 * cell.mean:+.1f} points ({100 * cell.low:+.1f} to {100 * cell.high:+.1f})"


def _at(one: Measured, x: float | str, curve: str = "") -> dict[str, Cell]:
    for point, cells in zip(one.panel.points, one.cells, strict=True):
        if point.x == x and point.curve == curve:
            return cells
    raise KeyError((x, curve))


def _finding_a(by_name: dict[str, Measured]) -> Iterator[str]:
    one = by_name["a-accuracy"]
    for x in (0.3, 0.6, 0.9):
        cells = _at(one, x)
        gap = difference(cells["bradley_terry"], cells["majority"])
        yield f"(a) nodes right in {x:.0%}: Bradley-Terry against majority {_points(gap)}"


def _finding_b(by_name: dict[str, Measured]) -> Iterator[str]:
    one = by_name["b-bias"]
    for curve in ("one order", "both orders"):
        gap = difference(_at(one, 4.0, curve)["fortytwo"], _at(one, 0.0, curve)["fortytwo"])
        yield f"(b) a bias of 4 logits, {curve}: {_points(gap)}"


def _finding_c(by_name: dict[str, Measured]) -> Iterator[str]:
    one = by_name["c-judges"]
    for x in (0.5, 0.6, 0.65, 0.7, 0.75):
        cells = _at(one, x, "mistakes in common: 0.5")
        gap = difference(cells["fortytwo"], cells["majority"])
        yield f"(c) judges right in {x:.0%}: Fortytwo against majority {_points(gap)}"


def _finding_d(by_name: dict[str, Measured]) -> Iterator[str]:
    one = by_name["d-colluders"]
    for curve in ("linear", "log-odds", "linear, rings excluded"):
        free = _at(one, 0.0, curve)["fortytwo"]
        for x in (0.2, 0.3, 0.4, 0.45, 0.5):
            gap = difference(_at(one, x, curve)["fortytwo"], free)
            yield f"(d) {x:.0%} collude, {curve}: {_points(gap)} against no attack"
    bar = by_name["bar"]
    gap = difference(_at(bar, "collude")["fortytwo"], _at(bar, "none")["fortytwo"])
    yield f"(d) 30% collude, 1 000 questions: {_points(gap)} against no attack"


def _finding_noise(by_name: dict[str, Measured]) -> Iterator[str]:
    one = by_name["noise"]
    for x in ("0", "0.5", "1"):
        for rule in ("single", "majority", "fortytwo"):
            gap = difference(_at(one, x)[rule], _at(one, "clean")[rule])
            yield f"(noise) {x} of it together, {NAMES[rule]}: {_points(gap)}"
