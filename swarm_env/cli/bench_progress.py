"""What is seen of a bench while it goes on: bars in a terminal, a line per run elsewhere."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from swarm_env.cli.output import can_draw, note

if TYPE_CHECKING:
    from rich.console import RenderableType

    from swarm_env.bench.bench import Bench, Progress
    from swarm_env.bench.spending import Spending

MAX_SHOWN = 12  # runs under way that are shown by name
PULSE = 60.0  # seconds after which a line is written though nothing ended

Tick = Callable[["Sequence[Progress]"], None]


@contextmanager
def view(bench: "Bench", quiet: bool) -> Iterator[Tick]:
    """Show how a bench goes on standard error.

    Args:
        bench: The bench.
        quiet: Show nothing.

    Yields:
        A function to be called with the runs that have just ended, often none.
    """
    if quiet:
        yield lambda ended: None
    elif not can_draw():
        yield _Lines(bench)
    else:
        from rich.console import Console
        from rich.live import Live

        with Live(_drawn(bench), console=Console(stderr=True), transient=True, auto_refresh=False) as live:
            yield lambda ended: live.update(_drawn(bench), refresh=True)


class _Lines:
    """A line for each run that ends, and now and then one in between."""

    def __init__(self, bench: "Bench") -> None:
        self._bench = bench
        self._last = time.monotonic()

    def __call__(self, ended: "Sequence[Progress]") -> None:
        kept = sum(one.stage == "kept" for one in ended)
        if kept:
            note(f"{kept} runs are finished already.")
        for left, one in zip(reversed(range(len(ended))), ended, strict=True):
            if one.stage != "kept":
                ending = _ending(one, self._bench.plan.max_fallback)
                note(f"{_how_far(self._bench, left)} {one.run.title}: {ending}{_outlook(self._bench)}")
                self._last = time.monotonic()
        if time.monotonic() - self._last > PULSE:
            self._last = time.monotonic()
            note(f"{_how_far(self._bench)} {_under_way(self._bench)} under way{_outlook(self._bench)}")


def _drawn(bench: "Bench") -> "RenderableType":
    """Bars for all and for each run under way."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    playing = [one for one in bench.progress if one.stage == "playing"]
    total = sum(one.run.config.max_rounds for one in bench.progress)
    done = sum(one.run.config.max_rounds if one.is_over else one.rounds for one in bench.progress)
    grid = Table.grid(padding=(0, 2))
    grid.add_row(Text("all runs", "bold"), ProgressBar(total, done, 30), Text(_how_far(bench)))
    for one in playing[:MAX_SHOWN]:
        rounds = one.run.config.max_rounds
        bar = ProgressBar(rounds, one.rounds, 30)
        words = f"{one.rounds}/{rounds} rounds, score {one.score:g}{_spent(one.spending)}"
        grid.add_row(Text(one.run.title), bar, Text(words))
    more = len(playing) - MAX_SHOWN
    failed = [one for one in bench.progress if one.stage == "failed"]
    foot = [f"and {more} more"] if more > 0 else []
    foot += [f"{len(failed)} failed, the last: {failed[-1].run.title}: {failed[-1].error}"] if failed else []
    if bench.stopping:
        foot.append(f"{bench.stopping}: waiting for the rounds under way. Ctrl-C again stops at once.")
    foot.append(_outlook(bench).removeprefix("; "))
    return Group(grid, Text("\n".join(line for line in foot if line)))


def _how_far(bench: "Bench", untold: int = 0) -> str:
    """How many runs are over, but for those that are to be told next."""
    return f"{sum(one.is_over for one in bench.progress) - untold}/{len(bench.progress)}"


def _under_way(bench: "Bench") -> int:
    return sum(one.stage == "playing" for one in bench.progress)


def _ending(one: "Progress", max_fallback: float) -> str:
    """How a run ended."""
    if one.stage == "failed":
        return f"failed: {one.error}"
    stopped = f"stopped ({one.error}), " if one.stage == "stopped" else ""
    invalid = f", invalid: {one.fallback_rate:.0%} fallbacks" if one.fallback_rate > max_fallback else ""
    return f"{stopped}score {one.score:g} after {one.rounds} rounds{_spent(one.spending)}{invalid}"


def _outlook(bench: "Bench") -> str:
    """What was spent so far, and the time left."""
    spent = bench.spending()
    parts = [f"{_spent(spent).removeprefix(', ')} so far"] if spent and spent != (0, 0.0) else []
    seconds = bench.seconds_left()
    if seconds and not bench.stopping:
        parts.append(f"about {_duration(seconds)} left")
    return "".join(f"; {part}" for part in parts)


def _spent(spending: "Spending | None") -> str:
    if spending is None:
        return ""
    from swarm_env.playing.run_services import amount

    tokens = "unknown tokens" if spending.tokens is None else f"{amount(spending.tokens)} tokens"
    return f", {tokens}, " + ("unknown cost" if spending.cost is None else f"${spending.cost:.4f}")


def _duration(seconds: float) -> str:
    """A time in two digits or so."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
