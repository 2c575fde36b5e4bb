"""Reads the runs of a match, and writes its tables: `match.txt`, `match.md` and `match.json`."""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from swarm_env.bench.bench import Bench
from swarm_env.bench.match_results import Estimate, Game, Match, evaluate
from swarm_env.bench.plan import PlannedRun
from swarm_env.bench.population import ALONE, AMONG, PlayedAlone, table
from swarm_env.envs.make import make_scenario
from swarm_env.errors import RunError, os_errors
from swarm_env.leaderboard.aligned_table import Cells, aligned, plain_cell
from swarm_env.leaderboard.team_names import short_names, team_label
from swarm_env.leaderboard.text_tables import escaped, markdown
from swarm_env.measures.payoffs import by_role, equality, payoffs_of, sustainability, welfare
from swarm_env.playing.team import Team
from swarm_env.runs.files import Run, read_run
from swarm_env.runs.recording import open_recording, replay
from swarm_env.runtime.disk_files import write_text

NAME = "match"
Draw = Callable[[Cells, list[Cells]], str]
_NOTES = (
    "difference: half of (score on the first side - score of the other there) of two games of a seed with "
    "swapped sides. Pairs of games are won by the larger share; a draw is half a win. Intervals are 95%, "
    "over seeds. exploited: what the best answer in this pool gains, a lower bound of what any policy could.",
    "welfare: sum of the payoffs. equality: 1 - Gini coefficient, where no payoff is negative. "
    "sustainability: mean round of the gains as a share of the rounds. focal, background: mean payoff of an "
    "agent of the member among others, and of the others. Other columns: mean payoff of the agents of a "
    "hidden role.",
)


class Report:
    """The tables of a match.

    Attributes:
        worlds: (scenario, setting) to the match or the population table.
    """

    def __init__(self, bench: Bench) -> None:
        """Read the finished runs of a bench."""
        games: dict[tuple[str, str], list[Game]] = defaultdict(list)
        alone: dict[tuple[str, str], list[PlayedAlone]] = defaultdict(list)
        for one in bench.progress:
            if one.stage not in ("kept", "finished") or one.status == "invalid":
                continue
            run, world = read_run(bench.folder.folder_of(one.run)), (one.run.config.scenario, one.run.setting)
            if one.run.team.sides:
                games[world].append(_game(one.run, run))
            else:
                alone[world].append(_alone(one.run, run))
        self.worlds: dict[tuple[str, str], Match | dict[str, dict[str, Estimate]]] = {
            **{world: evaluate(own) for world, own in games.items()},
            **{world: table(own) for world, own in alone.items()},
        }
        labels = [name for found in self.worlds.values() for name in _members(found)]
        self._short = _without_folders(short_names(labels))

    def to_text(self, width: int | None = None) -> str:
        """Aligned columns for a terminal of a width [columns], or (None) for a log."""
        return "\n\n".join(
            self._blocks(lambda titles, rows: aligned(titles, rows, 1, width), "{}", plain_cell)
        )

    def to_markdown(self) -> str:
        """Tables in Markdown."""
        return "\n\n".join(self._blocks(markdown, "## {}", escaped)) + "\n"

    def to_json(self) -> list[dict[str, Any]]:
        """All numbers, one entry per world."""
        return [
            {"scenario": scenario, "setting": setting, **_as_dict(found)}
            for (scenario, setting), found in sorted(self.worlds.items())
        ]

    def write(self, bench: Bench) -> None:
        """Write all into the folder of the bench. Raises `RunError` if that fails."""
        folder = bench.folder.path
        content = json.dumps(self.to_json(), ensure_ascii=False, allow_nan=False, indent=1) + "\n"
        texts = {"txt": self.to_text() + "\n", "md": self.to_markdown(), "json": content}
        with os_errors(RunError, folder, "written"):
            for suffix, text in texts.items():
                write_text(folder / f"{NAME}.{suffix}", text)

    def _blocks(self, draw: Draw, title: str, plain: Callable[[str], str]) -> Iterator[str]:
        used = set()
        for (scenario, setting), found in sorted(self.worlds.items()):
            world = scenario if setting == "default" else f"{scenario}: {setting}"
            yield title.format(plain(world))
            used.add(isinstance(found, Match))
            yield from (
                self._of_match(found, draw) if isinstance(found, Match) else self._of_members(found, draw)
            )
        yield from (
            plain(note)
            for note, is_used in zip(_NOTES, (True in used, False in used), strict=True)
            if is_used
        )

    def _of_match(self, found: Match, draw: Draw) -> Iterator[str]:
        short, members = self._short, [one.member for one in found.standings]
        titles = ["member", "pairs", "won", "difference", "payoff", "Bradley-Terry", "Elo", "exploited", "by"]
        rows = [
            [
                short[one.member], str(one.pairs), _percent(one.win_share), _number(one.difference),
                _number(one.payoff), _number(one.bradley_terry, 0), _number(one.elo, 0),
                f"{one.exploitability:.2f}", short.get(one.exploited_by, ""),
            ]
            for one in found.standings
        ]  # fmt: skip
        yield draw(titles, rows)
        yield draw(
            ["difference (won)", *(short[name] for name in members)],
            [[short[a], *(_cell(found, a, b) for b in members)] for a in members],
        )
        titles = [
            "first side",
            "second side",
            "games",
            "won",
            "lost",
            "drawn",
            "of these by time-out",
            "first won",
        ]
        yield draw(
            titles,
            [
                [
                    short[one.first], short[one.second], str(one.games), *(str(sum(x)) for x in _ends(one)),
                    " ".join(str(x[1]) for x in _ends(one)), _percent(one.win_share),
                ]
                for one in found.outcomes
            ],
        )  # fmt: skip

    def _of_members(self, found: dict[str, dict[str, Estimate]], draw: Draw) -> Iterator[str]:
        given = {name for values in found.values() for name in values}
        names = [name for name in (*ALONE, *sorted(given - {*ALONE, *AMONG}), *AMONG) if name in given]
        rows = [
            [self._short[member], *(_number(values.get(name)) for name in names)]
            for member, values in sorted(found.items())
        ]
        yield draw(["member", *names], rows)


def _game(planned: PlannedRun, run: Run) -> Game:
    """A finished game between two members."""
    assert run.result is not None
    labels = [team_label(str(side)) for side in planned.team.sides.values()]
    payoffs, sizes = (
        list(run.result.payoffs.values()),
        [side.size or 1 for side in planned.team.sides.values()],
    )
    means = None
    if payoffs:
        means = (sum(payoffs[: sizes[0]]) / sizes[0], sum(payoffs[sizes[0] :]) / sizes[1])
    timed_out = run.result.rounds >= planned.config.max_rounds and not _is_over(run)
    end: Any = "time-out" if timed_out else "over"
    return Game(labels[0], labels[1], planned.seed, run.result.score, means, end)


def _is_over(run: Run) -> bool:
    """Whether the task came to its end in the last round; the run is replayed."""
    *_, last = replay(open_recording(run.folder, trust_code=True))
    return bool(last.world.arrays.over[0])


def _alone(planned: PlannedRun, run: Run) -> PlayedAlone:
    """A run of one member alone, or of focal agents of it among others."""
    assert run.result is not None
    entries, paid = planned.team.entries, list(run.result.payoffs.values())
    member = team_label(str(Team(entries[:1])))
    if len(entries) > 1:
        focal = entries[0].count or 0
        values: dict[str, float | None] = {"total": sum(paid) if paid else run.result.score}
        if paid:
            values |= {"focal": sum(paid[:focal]) / focal}
            values |= {"background": sum(paid[focal:]) / (len(paid) - focal)}
        return PlayedAlone(member, planned.seed, values)
    if not make_scenario(planned.config).private:
        return PlayedAlone(member, planned.seed, {"score": run.result.score})
    rounds = payoffs_of(open_recording(run.folder, trust_code=True))
    found: dict[str, float | None] = {"welfare": welfare(rounds[-1]), "equality": equality(rounds[-1])}
    found |= by_role(run.result.payoffs, run.result.roles)
    return PlayedAlone(member, planned.seed, {**found, "sustainability": sustainability(rounds)})


def _without_folders(names: dict[str, str]) -> dict[str, str]:
    """Names whose files stand without folders, where they still differ."""
    short = {label: re.sub(r"(?<==)[^=&,]*/(?=[^/&,]+\.\w+)", "", name) for label, name in names.items()}
    return {
        label: name if [*short.values()].count(short[label]) > 1 else short[label]
        for label, name in names.items()
    }


def _members(found: Match | dict[str, dict[str, Estimate]]) -> list[str]:
    return [one.member for one in found.standings] if isinstance(found, Match) else list(found)


def _as_dict(found: Match | dict[str, dict[str, Estimate]]) -> dict[str, Any]:
    if not isinstance(found, Match):
        members = {name: {key: x._asdict() for key, x in values.items()} for name, values in found.items()}
        return {"members": members}
    matrix = [
        {"member": a, "other": b, "difference": difference._asdict(), "win_share": won._asdict()}
        for (a, b), (difference, won) in found.matrix.items()
    ]
    standings = [_plain(asdict(one)) for one in found.standings]
    return {
        "standings": standings,
        "matrix": matrix,
        "outcomes": [_plain(asdict(one)) for one in found.outcomes],
    }


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    """A record for JSON, with names for the ends of games, and without what is not a number."""
    for name, value in record.items():
        if isinstance(value, Estimate):
            record[name] = None if value.mean != value.mean else value._asdict()
        elif isinstance(value, tuple):
            record[name] = {"over": value[0], "time_out": value[1]}
    return record


def _ends(one: Any) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    return one.wins, one.losses, one.draws


def _cell(found: Match, a: str, b: str) -> str:
    if (a, b) not in found.matrix:
        return ""
    difference, won = found.matrix[a, b]
    return f"{difference.mean:+.2f} ({100 * won.mean:.0f}%)"


def _number(value: Estimate | None, digits: int = 2) -> str:
    if value is None or value.mean != value.mean:
        return ""
    ends = "" if value.low is None else f" [{value.low:.{digits}f}, {value.high:.{digits}f}]"
    return f"{value.mean:.{digits}f}{ends}"


def _percent(value: Estimate) -> str:
    if value.mean != value.mean:
        return ""
    ends = (
        "" if value.low is None or value.high is None else f" [{100 * value.low:.0f}, {100 * value.high:.0f}]"
    )
    return f"{100 * value.mean:.0f}%{ends}"
