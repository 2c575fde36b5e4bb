"""How well the scripted experts play, beside chance and beside a team that sees everything."""

import statistics
import time
from collections.abc import Callable, Sequence

from benchmarks.experts import has_expert
from benchmarks.omniscient import REFERENCES, most_of_flocking
from benchmarks.tables import Row, flags, say, show
from swarm_env.api import make_agent
from swarm_env.envs.parallel import ParallelSwarmEnv, parallel_env
from swarm_env.playing.agent_pool import agent_seed
from swarm_env.registry import names

SEEDS = 20
Measure = Callable[[ParallelSwarmEnv, int], float]


class Team:
    """One object that decides for all agents and counts the time it takes.

    Args:
        agent: Its name.
    """

    def __init__(self, agent: str) -> None:
        self.agent, self.seconds, self.rounds = agent, 0.0, 0

    def __call__(self, env: ParallelSwarmEnv, seed: int) -> float:
        """Play a world that was just reset with a seed, as `swarm run` would; the score."""
        player = make_agent(self.agent)
        player.reset(env.brief(), env.possible_agents, agent_seed(seed, 0))
        while not env.done:
            perceptions = env.perceptions()
            start = time.perf_counter()
            decisions = player.decide(perceptions)
            self.seconds += time.perf_counter() - start
            self.rounds += 1
            assert isinstance(decisions, Sequence)
            moves = zip(perceptions, decisions, strict=True)
            env.step({perception.name: decision.move for perception, decision in moves})
        return env.score


def measure(env: ParallelSwarmEnv, team: Measure, seeds: int) -> list[float]:
    """The scores with seeds from 0 on."""
    scores = []
    for seed in range(seeds):
        env.reset(seed=seed)
        scores.append(team(env, seed))
    return scores


def spread(scores: Sequence[float]) -> str:
    """Mean and standard deviation, for a table."""
    return f"{statistics.fmean(scores):.2f} ± {statistics.pstdev(scores):.2f}"


def scores_of(scenario: str, seeds: int, with_reference: bool) -> Row:
    """The table's line of one scenario."""
    say(f"{scenario} …")
    env = parallel_env(scenario)
    expert = Team("scripted")
    scripted = measure(env, expert, seeds)
    row: Row = {
        "scenario": scenario,
        "random": spread(measure(env, Team("random"), seeds)),
        "scripted": spread(scripted),
        "least": min(scripted),
        "most": max(scripted),
        "ms a round": 1000 * expert.seconds / expert.rounds,
        "sees everything": "",
        "how": "",
    }
    if with_reference and scenario in REFERENCES:
        row["sees everything"] = spread(measure(env, REFERENCES[scenario].score, seeds))
        row["how"] = REFERENCES[scenario].how
    return row


def flocking_shares(seeds: int) -> Row:
    """Scores of flocking as shares of the first distance."""
    env = parallel_env("flocking")
    first = measure(env, most_of_flocking, seeds)
    shares: Row = {"scenario": "flocking"}
    for agent in ("random", "scripted"):
        scores = measure(env, Team(agent), seeds)
        shares[agent] = spread([score / far for score, far in zip(scores, first, strict=True)])
    return shares


def main() -> None:
    """Print the tables."""
    parser = flags(__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="games per figure, with seeds 0, 1, …")
    parser.add_argument("--no-reference", action="store_true", help="leave out who sees everything (minutes)")
    given = parser.parse_args()
    seeds = 2 if given.quick else given.seeds
    rows = [scores_of(name, seeds, not given.no_reference) for name in names("scenario") if has_expert(name)]
    world = "12 x 12, 10 agents, view 5, 100 rounds, no messages"
    title = f"Scores ({world}), mean ± standard deviation of {seeds} seeds"
    shares = "Flocking: share of the first distance"
    show({title: rows, shares: [flocking_shares(seeds)]}, given.json)


if __name__ == "__main__":
    main()
