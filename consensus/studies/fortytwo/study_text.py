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
    """One line per finding, from the figures."""
    by_name = {one.panel.name: one for one in measured}

    def gap(panel: str, rule: str, x: float | str, other: tuple[str, float | str], curve: str = "") -> str:
        """A rule at `x` minus another rule at another place of the same curve, with its interval."""
        one = _at(by_name[panel], x, curve)[rule]
        cell = difference(one, _at(by_name[panel], other[1], curve)[other[0]])
        return f"{100 * cell.mean:+.1f} points ({100 * cell.low:+.1f} to {100 * cell.high:+.1f})"

    lines = []
    for x in (0.3, 0.6, 0.9):
        found = gap("a-accuracy", "bradley_terry", x, ("majority", x))
        lines.append(f"(a) nodes right in {x:.0%}: Bradley-Terry against majority {found}")
    for curve in ("one order", "both orders"):
        found = gap("b-bias", "fortytwo", 4.0, ("fortytwo", 0.0), curve)
        lines.append(f"(b) a bias of 4 logits, {curve}: {found}")
    for x in (0.5, 0.6, 0.65, 0.7, 0.75):
        found = gap("c-judges", "fortytwo", x, ("majority", x), "mistakes in common: 0.5")
        lines.append(f"(c) judges right in {x:.0%}: Fortytwo against majority {found}")
    for curve in ("linear", "log-odds", "linear, rings excluded"):
        for x in (0.2, 0.3, 0.4, 0.45, 0.5):
            found = gap("d-colluders", "fortytwo", x, ("fortytwo", 0.0), curve)
            lines.append(f"(d) {x:.0%} collude, {curve}: {found} against no attack")
    found = gap("bar", "fortytwo", "collude", ("fortytwo", "none"))
    lines.append(f"(d) 30% collude, 1 000 questions: {found} against no attack")
    for place in ("0", "0.5", "1"):
        for rule in ("single", "majority", "fortytwo"):
            found = gap("noise", rule, place, (rule, "clean"))
            lines.append(f"(noise) {place} of it together, {NAMES[rule]}: {found}")
    return lines


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


def _at(one: Measured, x: float | str, curve: str = "") -> dict[str, Cell]:
    for point, cells in zip(one.panel.points, one.cells, strict=True):
        if point.x == x and point.curve == curve:
            return cells
    raise KeyError((x, curve))
