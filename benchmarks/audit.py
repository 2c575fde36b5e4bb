"""What the rule changes in audit: whether cheating pays, what the team gets, and what verifiers let pass.

Scripted teams; a figure is the mean over seeds with its 95% interval
(`swarm_env.leaderboard.statistics`), beside what the algebra of `swarm_env.consensus.verification`
expects. For the gain by a cheat the first jobs of every cheat are counted and the purse is too large for
anybody to be shut out, so that a row is of the same games whatever the stake.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

from swarm_env.consensus.verification import (
    dependent_rate,
    expected_gain,
    majority_rate,
    passing,
    required_stake,
)

from benchmarks.tables import Row, flags, say, show
from swarm_env.agent import Perception
from swarm_env.api import make_agent
from swarm_env.envs.parallel import parallel_env
from swarm_env.leaderboard.statistics import summarise
from swarm_env.playing.agent_pool import agent_seed

SEEDS, JOBS, PATIENT = 60, 20, 1500  # jobs of each cheat that are counted; rounds they may take at most
SAMPLING, STAKES = (0.05, 0.1, 0.25, 0.5, 1.0), (1.0, 3.0, 9.0, 19.0)
ENDLESS = 1e6  # a purse that no stake empties
ERROR = 0.2  # of a single verifier, where errors are to be seen
UNCHECKED, ACCEPTED, REJECTED, OPEN = 1, 2, 3, 4  # the sense `outcome`
IS_CHEAT, OUTCOME, PURSE = 0, 4, 5  # indices of senses
Options = dict[str, Any]


class Case(NamedTuple):
    """An episode to play."""

    seed: int
    jobs: int  # of each cheat that are counted; 0: play to the end
    options: Options


class Played(NamedTuple):
    """What came of it.

    Attributes:
        score: Of the team.
        outcomes: How often the jobs of cheats came to each outcome.
        honest: Mean purse at the end of those who do not cheat.
        cheats: Of those who do.
    """

    score: float
    outcomes: Counter[int]
    honest: float
    cheats: float


def play(case: Case) -> Played:
    """Play until the cheats have done their jobs, or to the end."""
    env = parallel_env("audit", **case.options)
    env.reset(seed=case.seed)
    team = make_agent("scripted")
    team.reset(env.brief(), env.possible_agents, agent_seed(case.seed, 0))
    cheat, waits, done = env.scenario.actions.index("CHEAT"), set[str](), dict[str, list[int]]()
    seen: Sequence[Perception] = env.perceptions()
    while not env.done and not (done and case.jobs and min(map(len, done.values())) >= case.jobs):
        moves = team.decide(seen)
        assert isinstance(moves, list)
        acts = {who.name: move.move for who, move in zip(seen, moves, strict=True)}
        env.step(acts)
        seen = env.perceptions() or seen
        for who in seen:
            if who.senses[IS_CHEAT] & 1:
                found = done.setdefault(who.name, [])
                if who.mark:
                    waits.add(who.name)
                elif acts.get(who.name) == cheat or who.name in waits:
                    waits.discard(who.name)
                    found.append(who.senses[OUTCOME])
    counted = Counter(outcome for found in done.values() for outcome in found[: case.jobs or None])
    purses: dict[int, list[int]] = {0: [0], 1: [0]}
    for role in purses:
        purses[role] = [who.senses[PURSE] for who in seen if who.senses[IS_CHEAT] & 1 == role] or [0]
    means = [sum(own) / len(own) for own in purses.values()]
    return Played(env.score, counted, means[0], means[1])


def figure(values: Sequence[float], digits: int = 2, scale: float = 1.0) -> str:
    """A mean with its interval."""
    found = summarise([scale * value for value in values])
    if found.low is None or found.high is None:
        return f"{found.mean:.{digits}f}"
    return f"{found.mean:.{digits}f} ({found.low:.{digits}f} to {found.high:.{digits}f})"


def gain_of(outcomes: Counter[int], stake: float) -> float:
    """Mean gain by a cheated job."""
    paid = outcomes[UNCHECKED] + outcomes[ACCEPTED]
    return (paid - stake * outcomes[REJECTED]) / max(1, outcomes.total())


Run = Callable[[Options, int], list[Played]]


def gains(run: Run, sampling: Sequence[float], jobs: int) -> Iterator[Row]:
    """Whether cheating pays, by sampling rate and stake."""
    passes = majority_rate(0.01)
    for rate in sampling:
        say(f"{rate:.0%} of the results checked …")
        played = run({"sampling": rate, "purse": ENDLESS, "stake": 1.0, "max_rounds": PATIENT}, jobs)
        checked = sum((one.outcomes for one in played), Counter[int]())
        decided = checked.total() - checked[UNCHECKED]
        row: Row = {
            "checked": f"{rate:.0%}",
            "left open": f"{checked[OPEN] / max(1, decided):.1%}",
            "stake needed": f"{required_stake(rate, 1.0, passes):.1f}",
        }
        for stake in STAKES:
            expected = expected_gain(rate, 1.0, stake, passes)
            found = figure([gain_of(one.outcomes, stake) for one in played])
            row[f"stake {stake:g}"] = f"{found}; {expected:.2f}"
        yield row


def teams(run: Run) -> Iterator[Row]:
    """What the team gets, and what its members own at the end."""
    cases: list[tuple[str, Options]] = [
        ("no checks", {"panel": "none"}),
        *[(f"majority, {rate:.0%}", {"sampling": rate}) for rate in (0.05, 0.1, 0.25, 0.5, 1.0)],
        ("single, 25%", {"panel": "single"}),
        ("majority, 25%, stake 1", {"stake": 1.0}),
        ("single, 25%, 30% accept all unseen", {"panel": "single", "lazy": 0.3}),
        ("majority, 25%, 30% accept all unseen", {"lazy": 0.3}),
        ("the same, drawn after 6 rounds", {"lazy": 0.3, "window": 6}),
        ("no checks, no cheats", {"panel": "none", "cheats": 0.0}),
        ("majority, 25%, no cheats", {"cheats": 0.0}),
    ]
    for name, options in cases:
        say(f"{name} …")
        played = run(options, 0)
        row = {"rule": name, "score": figure([one.score for one in played], 1)}
        row["an honest purse"] = figure([one.honest for one in played], 1)
        row["a cheat's purse"] = "–"
        if options.get("cheats") != 0.0:
            row["a cheat's purse"] = figure([one.cheats for one in played], 1)
        yield row


def passed(run: Run, jobs: int) -> Iterator[Row]:
    """How many of the false results that were checked are accepted."""
    err: Options = {"false_accept": ERROR}
    blind = {"lazy": 0.3}
    ring = passing(3, 6, 0.01)
    alike = err | {"kinds": 1}
    cases: list[tuple[str, Options, float]] = [
        ("one verifier, errs in 20%", err | {"panel": "single"}, ERROR),
        ("three, each by itself", err, majority_rate(ERROR)),
        ("three of a kind, shared 0.5", alike | {"shared": 0.5}, dependent_rate(ERROR, "aaa", 0.5)),
        ("three of a kind, shared 1", alike | {"shared": 1.0}, dependent_rate(ERROR, "aaa", 1.0)),
        (
            "one verifier, 30% accept all unseen",
            blind | {"panel": "single"},
            passing(3, 6, 0.01, verifiers=1, need=1),
        ),
        ("three, 30% accept all unseen, the first count", blind, ring),
        ("three, 30% accept all unseen, drawn after 6 rounds", blind | {"window": 6}, ring),
    ]
    for name, options, expected in cases:
        say(f"{name} …")
        played = run(options | {"sampling": 1.0, "purse": ENDLESS, "max_rounds": PATIENT}, jobs)
        shares = []
        for one in played:
            decided = one.outcomes[ACCEPTED] + one.outcomes[REJECTED]
            if decided:
                shares.append(one.outcomes[ACCEPTED] / decided)
        yield {
            "verifiers": name,
            "accepted [%]": figure(shares, 1, 100),
            "expected [%]": f"{100 * expected:.1f}",
        }


@contextmanager
def _runner(seeds: int, workers: int) -> Iterator[Run]:
    """Plays the same seeds with any options."""
    pool = ProcessPoolExecutor(workers) if workers > 1 else None
    try:

        def run(options: Options, jobs: int) -> list[Played]:
            cases = [Case(seed, jobs, options) for seed in range(seeds)]
            return list(pool.map(play, cases) if pool else map(play, cases))

        yield run
    finally:
        if pool:
            pool.shutdown()


def measure(
    seeds: int = SEEDS, jobs: int = JOBS, workers: int = 1, sampling: Sequence[float] = SAMPLING
) -> dict[str, list[Row]]:
    """All tables.

    Args:
        seeds: Episodes per figure.
        jobs: Of each cheat that are counted.
        workers: Processes.
        sampling: Shares of the results that are checked, a row each.

    Returns:
        Rows by title.
    """
    with _runner(seeds, workers) as run:
        about = f"{seeds} seeds, 10 agents, 2 stations on 12 x 12"
        gain = f"Mean gain by a cheat; what the algebra expects. {jobs} jobs of each of 2 cheats, {about}"
        return {
            gain: list(gains(run, sampling, jobs)),
            f"Score after 100 rounds, and purses. {about}": list(teams(run)),
            f"False results that were checked and accepted. {about}": list(passed(run, jobs)),
        }


def main() -> None:
    """Print the tables."""
    parser = flags(__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="episodes per figure, with seeds 0, 1, …")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    given = parser.parse_args()
    tables = measure(2, 2, 1, (0.5,)) if given.quick else measure(given.seeds, workers=given.workers)
    show(tables, given.json)


if __name__ == "__main__":
    main()
