"""How long a prompt takes to write, how many tokens it has, and how well the scripted model plays from it."""

import functools
import statistics
import time
import timeit
from collections.abc import Iterator

from swarm_env.agents.llm import token_estimate
from swarm_env.agents.llm.prompt import Moment, Writer

from benchmarks.experts import has_expert
from benchmarks.tables import Row, flags, say, show
from swarm_env.agent import Decision
from swarm_env.envs.parallel import parallel_env
from swarm_env.playing.runner import play
from swarm_env.registry import load, names

BAR = 0.3  # ms per agent and round
VIEWS = (5, 9, 15)
ROUNDS = 8  # after which a prompt is as long as it gets
SEEDS = 5


def histories(scenario: str, view_size: int) -> tuple[Writer, list[list[Moment]]]:
    """A writer, and what the agents of a random team remember after some rounds."""
    env = parallel_env(scenario, message="text", view_size=view_size)
    env.reset(seed=1)
    past: dict[str, list[Moment]] = {name: [] for name in env.agents}
    for round_ in range(ROUNDS):
        decisions = {}
        for seen in env.perceptions():
            move = (int(seen.name.removeprefix("agent_")) + round_ // 2) % len(env.brief().actions)
            said = f"I am at row {seen.position[0]}, column {seen.position[1]}."
            decisions[seen.name] = Decision(move, said)
            past[seen.name].append(Moment(seen, decisions[seen.name]))
        env.step_decisions(decisions)
    return Writer(env.brief()), [[*past[seen.name], Moment(seen)] for seen in env.perceptions()]


def prompts(quick: bool) -> Iterator[Row]:
    """Time and tokens of a prompt in each scenario and for several views."""
    for scenario in filter(has_prompts, names("scenario")):
        say(scenario)
        row: Row = {"scenario": scenario}
        for view_size in VIEWS:
            writer, agents = histories(scenario, view_size)
            number, repeat = (1, 1) if quick else (100, 30)
            write = functools.partial(writer.write, agents[0])
            times = timeit.repeat(write, timer=time.process_time, number=number, repeat=repeat)
            row[f"ms, view {view_size}"] = 1000 * min(times) / number
            if view_size == VIEWS[0]:
                row["first tokens"] = mean(writer, [history[:1] for history in agents])
                row["tokens"] = mean(writer, agents)
        row["bar, ms"] = BAR
        yield row


def mean(writer: Writer, agents: list[list[Moment]]) -> int:
    """Mean number of tokens, estimated."""
    return round(statistics.mean(token_estimate.of_messages(writer.write(history)) for history in agents))


def has_prompts(scenario: str) -> bool:
    """Whether language models can play a scenario."""
    return bool(load("scenario", scenario).has_prompts)


def scores(quick: bool) -> Iterator[Row]:
    """Mean scores of the scripted model and of the experts it asks."""
    settings = {"max_rounds": 2} if quick else {}
    for scenario in filter(has_expert, filter(has_prompts, names("scenario"))):
        say(f"{scenario}, played")
        row: Row = {"scenario": scenario}
        for column, team in (("scripted model", "llm:scripted@embedded"), ("expert", "scripted")):
            played = [
                play(scenario, team, seed=seed, message="text", **settings).score
                for seed in range(1 if quick else SEEDS)
            ]
            row[column] = statistics.mean(played)
        yield row


def measure(quick: bool = False) -> dict[str, list[Row]]:
    """The tables."""
    return {
        "Prompts (10 agents, texts), fastest of 30": list(prompts(quick)),
        f"Mean scores of {SEEDS} seeds (defaults, texts)": list(scores(quick)),
    }


def main() -> None:
    """Print the tables."""
    given = flags(__doc__).parse_args()
    show(measure(given.quick), given.json)


if __name__ == "__main__":
    main()
