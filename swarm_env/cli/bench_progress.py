"""Progress of a bench: bars in a terminal, a line per run elsewhere."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from swarm_env.cli.output import can_draw, note

if TYPE_CHECKING:
    from rich.console import RenderableType

    from swarm_env.bench.bench import Bench, Progress
    from swarm_env.bench.spending import Spending

MAX_SHOWN = 12  # running runs that are shown by name
PULSE = 60.0  # seconds after which a line is printed although no run ended

Tick = Callable[["Sequence[Progress]"], None]


@contextmanager
def view(bench: "Bench", quiet: bool) -> Iterator[Tick]:
    """Show the progress of a bench on standard error, unless `quiet`.

    Yields a function to be called with the runs that ended since the last call, often none.
    """
    if quiet:
        yield lambda ended: None
    elif not can_draw():
        yield _Lines(bench)
    else:
        from rich.console import Console
        from rich.live import Live

        with Live(draw_bars(bench), console=Console(stderr=True), transient=True, auto_refresh=False) as live:
            yield lambda ended: live.update(draw_bars(bench), refresh=True)


class _Lines:
    """Prints a line for each run that ends, and now and then one in between."""

    def __init__(self, bench: "Bench") -> None:
        self._bench = bench
        self._last = time.monotonic()

    def __call__(self, ended: "Sequence[Progress]") -> None:
        bench = self._bench
        kept = sum(one.stage == "kept" for one in ended)
        if kept:
            note(f"{kept} runs are finished already.")
        for unreported, one in zip(reversed(range(len(ended))), ended, strict=True):
            if one.stage != "kept":
                ending = _ending(one, bench.plan.max_fallback)
                note(f"{_fraction_over(bench, unreported)} {one.run.title}: {ending}{_outlook(bench)}")
                self._last = time.monotonic()
        if time.monotonic() - self._last > PULSE:
            self._last = time.monotonic()
            running = sum(one.stage == "playing" for one in bench.progress)
            note(f"{_fraction_over(bench)} {running} running{_outlook(bench)}")


def draw_bars(bench: "Bench") -> "RenderableType":
    """A bar for all runs and one for each that is running."""
    from rich.console import Group
    from rich.progress_bar import ProgressBar
    from rich.table import Table
    from rich.text import Text

    playing = [one for one in bench.progress if one.stage == "playing"]
    total = sum(one.run.config.max_rounds for one in bench.progress)
    done = sum(one.run.config.max_rounds if one.is_over else one.rounds for one in bench.progress)
    grid = Table.grid(padding=(0, 2))
    grid.add_row(Text("all runs", "bold"), ProgressBar(total, done, 30), Text(_fraction_over(bench)))
    for one in playing[:MAX_SHOWN]:
        rounds = one.run.config.max_rounds
        state = f"{one.rounds}/{rounds} rounds, score {one.score:g}{_spent(one.spending)}"
        grid.add_row(Text(one.run.title), ProgressBar(rounds, one.rounds, 30), Text(state))
    more = len(playing) - MAX_SHOWN
    failed = [one for one in bench.progress if one.stage == "failed"]
    foot = [f"and {more} more"] if more > 0 else []
    foot += [f"{len(failed)} failed, the last: {failed[-1].run.title}: {failed[-1].error}"] if failed else []
    if bench.stopping:
        foot.append(f"{bench.stopping}: waiting for the current rounds. Ctrl-C again stops at once.")
    foot.append(_outlook(bench).removeprefix("; "))
    return Group(grid, Text("\n".join(line for line in foot if line)))


def _fraction_over(bench: "Bench", unreported: int = 0) -> str:
    """Runs that are over, minus those that will be reported next, of all runs."""
    return f"{sum(one.is_over for one in bench.progress) - unreported}/{len(bench.progress)}"


def _ending(one: "Progress", max_fallback: float) -> str:
    if one.stage == "failed":
        return f"failed: {one.error}"
    stopped = f"stopped ({one.error}), " if one.stage == "stopped" else ""
    rate = one.endpoint_failure_rate
    invalid = f", invalid: the endpoint failed {rate:.0%}" if rate > max_fallback else ""
    return f"{stopped}score {one.score:g} after {one.rounds} rounds{_spent(one.spending)}{invalid}"


def _outlook(bench: "Bench") -> str:
    """Tokens and cost so far, and the time left."""
    spent = bench.spending()
    parts = [f"{_spent(spent).removeprefix(', ')} so far"] if spent and spent[:2] != (0, 0.0) else []
    seconds = bench.seconds_left()
    if seconds and not bench.stopping:
        parts.append(f"about {_duration(seconds)} left")
    return "".join(f"; {part}" for part in parts)


def _spent(spending: "Spending | None") -> str:
    if spending is None:
        return ""
    from swarm_env.playing.run_services import amount, dollars

    tokens = "unknown tokens" if spending.tokens is None else f"{amount(spending.tokens)} tokens"
    return f", {tokens}, {dollars(spending.cost, spending.stated_cost)}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"
