"""What the rule changes in nest_site: how often the swarm chooses the best site, by rule and share of liars.

Scripted teams; the rule changes nothing of what they see and vote, so each row is of the same votes. A figure
is the mean over seeds of the share of right decisions in an episode, with its 95% interval
(`swarm_env.leaderboard.statistics`). The last decisions are apart: reputations have then had time to form.
"""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from typing import NamedTuple

from benchmarks.tables import Row, flags, say, show
from swarm_env.api import make_agent
from swarm_env.envs.parallel import parallel_env
from swarm_env.leaderboard.statistics import summarise
from swarm_env.playing.agent_pool import agent_seed

RULES = ("majority", "bradley_terry", "fortytwo")
SHARES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
SEEDS, QUESTIONS, BURN_IN, INTERVAL, SITES = 20, 60, 20, 20, 5


class Case(NamedTuple):
    """An episode to play."""

    rule: str
    liars: float
    seed: int
    questions: int


def decisions(case: Case) -> list[bool]:
    """Whether each decision of an episode was right; a question without votes is not."""
    env = parallel_env(
        "nest_site",
        rule=case.rule,
        liars=case.liars,
        sites=SITES,
        interval=INTERVAL,
        max_rounds=case.questions * INTERVAL,
    )
    env.reset(seed=case.seed)
    team = make_agent("scripted")
    team.reset(env.brief(), env.possible_agents, agent_seed(case.seed, 0))
    right, score = [], 0.0
    while not env.done:
        perceptions = env.perceptions()
        moves = team.decide(perceptions)
        assert isinstance(moves, list)
        env.step({seen.name: move.move for seen, move in zip(perceptions, moves, strict=True)})
        if env.round % INTERVAL == 0:
            right.append(env.score == score + 1.0)
            score = env.score
    return right


def figure(episodes: list[list[bool]]) -> str:
    """Mean share of right decisions with its interval, in percent."""
    found = summarise([sum(right) / len(right) for right in episodes], (0.0, 1.0))
    if found.low is None or found.high is None:
        return f"{100 * found.mean:.0f}"
    return f"{100 * found.mean:.1f} ({100 * found.low:.0f} to {100 * found.high:.0f})"


def measure(
    seeds: int = SEEDS,
    questions: int = QUESTIONS,
    workers: int = 1,
    shares: Sequence[float] = SHARES,
) -> dict[str, list[Row]]:
    """Both tables.

    Args:
        seeds: Episodes per figure.
        questions: Decisions in an episode.
        workers: Processes.
        shares: Shares of liars, a row each.

    Returns:
        Rows by title.
    """
    late = min(BURN_IN, questions - 1)
    every: list[Row] = []
    last: list[Row] = []
    with ProcessPoolExecutor(workers) if workers > 1 else nullcontext() as pool:
        run = pool.map if pool else map
        for share in shares:
            say(f"{share:.0%} liars …")
            cases = {rule: [Case(rule, share, seed, questions) for seed in range(seeds)] for rule in RULES}
            episodes = {rule: list(run(decisions, cases[rule])) for rule in RULES}
            every.append(
                {"liars": f"{share:.0%}"} | {rule: figure(found) for rule, found in episodes.items()}
            )
            after = {rule: [right[late:] for right in found] for rule, found in episodes.items()}
            last.append({"liars": f"{share:.0%}"} | {rule: figure(found) for rule, found in after.items()})
    title = f"Right decisions [%], {seeds} seeds, 10 agents, {SITES} sites on 12 x 12"
    return {f"{title}: all {questions} of an episode": every, f"{title}: without the first {late}": last}


def main() -> None:
    """Print the tables."""
    parser = flags(__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="episodes per figure, with seeds 0, 1, …")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    given = parser.parse_args()
    tables = measure(2, 3, 1) if given.quick else measure(given.seeds, workers=given.workers)
    show(tables, given.json)


if __name__ == "__main__":
    main()
