"""What the rule changes in secrets: how often a secret is kept and an honest stranger served.

Scripted teams. Every seed is played twice: in one episode all strangers are spies in every case, in the other
all are honest. A figure is the mean over seeds of the share of cases that went well, in percent, with its 95%
interval (`swarm_env.leaderboard.statistics`); "balanced" is the mean of both shares.
"""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from typing import Any, NamedTuple

from swarm_env.agents.scripted.experts.secrets import ERROR_RATE, Expert

from benchmarks.tables import Row, flags, say, show
from swarm_env.envs.parallel import parallel_env
from swarm_env.leaderboard.statistics import summarise
from swarm_env.playing.agent_pool import agent_seed

RULES = (
    "none",
    "asked",
    "self_voting",
    "codef",
    "codef?threshold=2",
    "codef?threshold=majority",
    "majority",
    "ledger",
)
SELF_VOTING = {"rule": "asked", "draws": 6}  # the keeper who is asked judges as often as keepers hear it
VOTED = ("codef", "codef?threshold=2", "codef?threshold=majority")
ERRORS = (0.0, 0.05, 0.15, 0.3)
HEARING = (1, 2, 4, 6, 12)
SEEDS, CASES, INTERVAL = 50, 10, 25


class Case(NamedTuple):
    """Two episodes to play: `options` is what differs from the default world and team."""

    options: tuple[tuple[str, Any], ...]
    error_rate: float
    seed: int
    cases: int


class Found(NamedTuple):
    """What came of them.

    Attributes:
        kept: Share of the cases in which spies did not get the secret.
        served: Share of the aims of honest strangers that were reached.
        voters: Mean number of keepers who listened to a question, of both.
    """

    kept: float
    served: float
    voters: float


def play(case: Case) -> Found:
    """Both episodes of a seed."""
    shares, listening, questions = [], 0, 0
    options = dict(case.options)
    draws = options.pop("draws", 1)
    for malicious in (1.0, 0.0):
        rounds = case.cases * INTERVAL
        env = parallel_env("secrets", malicious=malicious, interval=INTERVAL, max_rounds=rounds, **options)
        env.reset(seed=case.seed)
        team = Expert(case.error_rate, draws)
        team.reset(env.brief(), env.possible_agents, agent_seed(case.seed, 0))
        holds, asked = (list(env.brief().senses).index(name) for name in ("holds", "asked"))
        while not env.done:
            seen = env.perceptions()
            moves = team.decide(seen)
            env.step({who.name: move.move for who, move in zip(seen, moves, strict=True)})
            for who in seen:
                if who.senses[asked]:
                    listening += who.senses[holds] > 0
                    questions += who.senses[holds] == 0
        chances = case.cases * (1 if malicious else options.get("strangers", 1))
        shares.append(env.score / chances)
    return Found(shares[0], shares[1], listening / max(questions, 1))


def figure(shares: Sequence[float]) -> str:
    """Mean with its interval, in percent."""
    found = summarise(list(shares), (0.0, 1.0))
    if found.low is None or found.high is None:
        return f"{100 * found.mean:.0f}"
    return f"{100 * found.mean:.1f} ({100 * found.low:.0f} to {100 * found.high:.0f})"


class Bench:
    """Plays worlds with many seeds.

    Args:
        run: Like `map`.
        seeds: Episodes of either kind per figure.
        cases: Of an episode.
    """

    def __init__(self, run: Any, seeds: int, cases: int) -> None:
        self._run, self._seeds, self._cases = run, seeds, cases
        self._known: dict[tuple[Any, float], list[Found]] = {}

    def row(self, error_rate: float = ERROR_RATE, **options: Any) -> Row:
        """Shares of a world."""
        found = self._found(error_rate, options)
        return {
            "secrets kept": figure([one.kept for one in found]),
            "honest served": figure([one.served for one in found]),
            "balanced": figure([(one.kept + one.served) / 2 for one in found]),
        }

    def balanced(self, error_rate: float, **options: Any) -> str:
        """Only the balance."""
        return figure([(one.kept + one.served) / 2 for one in self._found(error_rate, options)])

    def voters(self, **options: Any) -> float:
        """Mean number of keepers who listened to a question."""
        found = self._found(ERROR_RATE, options)
        return round(sum(one.voters for one in found) / len(found), 1)

    def _found(self, error_rate: float, options: dict[str, Any]) -> list[Found]:
        key = (tuple(sorted(options.items())), error_rate)
        if key not in self._known:
            say(f"{options}, error rate {error_rate} …")
            cases = [Case(key[0], error_rate, seed, self._cases) for seed in range(self._seeds)]
            self._known[key] = list(self._run(play, cases))
        return self._known[key]


def measure(
    seeds: int = SEEDS,
    cases: int = CASES,
    workers: int = 1,
    errors: Sequence[float] = ERRORS,
    hearing: Sequence[int] = HEARING,
) -> dict[str, list[Row]]:
    """All tables.

    Args:
        seeds: Pairs of episodes per figure.
        cases: Of an episode.
        workers: Processes.
        errors: Error rates, a row each.
        hearing: How far questions are heard, a row each [cells].

    Returns:
        Rows by title.
    """
    with ProcessPoolExecutor(workers) if workers > 1 else nullcontext() as pool:
        bench = Bench(pool.map if pool else map, seeds, cases)
        size = f"{seeds} seeds with {cases} cases of either kind"
        rules: list[Row] = [
            {"rule": rule} | bench.row(**(SELF_VOTING if rule == "self_voting" else {"rule": rule}))
            for rule in RULES
        ]
        wrong: list[Row] = [
            {"error rate": f"{error:.0%}"} | {rule: bench.balanced(error, rule=rule) for rule in VOTED}
            for error in errors
        ]
        heard: list[Row] = []
        for rule in VOTED[:2]:
            for far in hearing:
                others = {} if far == 4 else {"hearing": far}  # 4 is the default, and was played
                start: Row = {"rule": rule, "hearing": far, "voters": bench.voters(rule=rule, **others)}
                heard.append(start | bench.row(rule=rule, **others))
        names: list[Row] = []
        for rule in ("codef", "ledger"):
            for strangers, pooled in ((1, 0), (2, 0), (2, 1)):
                others = {"strangers": strangers, "pooled": pooled} if strangers > 1 else {}
                start = {"rule": rule, "strangers": strangers, "history": ("by name", "pooled")[pooled]}
                names.append(start | bench.row(rule=rule, **others))
    return {
        f"By rule, in per cent, {size}": rules,
        "Balanced, in per cent, by error rate of the keepers": wrong,
        "By hearing [cells], in per cent": heard,
        "Several strangers, in per cent": names,
    }


def main() -> None:
    """Print the tables."""
    parser = flags(__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="pairs of episodes per figure")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    given = parser.parse_args()
    tables = measure(2, 1, 1, (0.15,), (4,)) if given.quick else measure(given.seeds, workers=given.workers)
    show(tables, given.json)


if __name__ == "__main__":
    main()
