"""When is it better to ask all defenders than one of them several times? Many settings, one table each.

Each series changes one thing and keeps the rest. Compared is the balance of sensitive runs blocked and benign
runs that succeeded, in the same scenarios with the same luck.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
from swarm_env.consensus.codef.adversaries import ADVERSARIES
from swarm_env.consensus.codef.cases import Scenario
from swarm_env.consensus.codef.defences import DEFENCES, Defence, Voting
from swarm_env.consensus.codef.dialogue import Dialogue
from swarm_env.consensus.codef.generator import Shape, generate
from swarm_env.consensus.codef.scores import Score, advantage, evaluate
from swarm_env.consensus.codef.tally import Verdict, decide
from swarm_env.consensus.codef.voters.simulated_voters import SimulatedVoter, Traits
from swarm_env.consensus.codef.voters.voter_views import Question
from swarm_env.consensus.intervals import Interval, block_chance, share

from swarm_env.cluster.tasks import Spread

ERRORS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3)
DEFENDERS = (2, 3, 5, 7)
SIZES = (1, 2, 3, 5, 7, 9)
PAIR = ("self_voting", "codef")
COMMON = {"independent": (0.0, 0.0), "as usual": (0.3, 0.3), "one model": (0.0, 0.9), "stubborn": (0.9, 0.0)}


@dataclass(frozen=True, slots=True)
class Line:
    """One setting of a series."""

    series: str  # name of the series
    label: str
    x: float | str  # value of what the series changes
    scores: dict[str, Score]  # name to score
    gain: Interval | None  # CoDef's balance minus self-voting's, paired; None unless both are there

    @property
    def verdict(self) -> str:
        """Which of the two is better balanced, as far as the interval shows."""
        if self.gain is None:
            return ""
        return "codef" if self.gain.low > 0 else "self_voting" if self.gain.high < 0 else "cannot tell"

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "series": self.series,
            "label": self.label,
            "x": self.x,
            "defences": {name: score.details() for name, score in self.scores.items()},
            "gain": None if self.gain is None else self.gain._asdict(),
            "better": self.verdict,
        }


@dataclass(frozen=True, slots=True)
class Check:
    """A share of blocked questions beside that of independent votes."""

    case: str  # "sensitive": the answer completes a combination; "benign": one more table is missing
    voters: int
    threshold: int  # votes to block that are enough
    measured: Interval  # share of questions blocked
    expected: float  # share by `block_chance`

    @property
    def agrees(self) -> bool:
        """Whether the expected share lies in the interval."""
        return self.measured.low <= self.expected <= self.measured.high

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {**asdict(self), "measured": self.measured._asdict(), "agrees": self.agrees}


@dataclass(frozen=True, slots=True)
class Part:
    """What can be computed by itself: one `Line`, or all thresholds of one number of defenders."""

    series: str
    label: str
    x: float | str
    traits: Traits
    names: tuple[str, ...]  # defences that are compared; none: CoDef at all its thresholds
    count: int  # scenarios of each seed
    seeds: tuple[int, ...]  # seeds of the scenarios and of the voters' errors
    defenders: int | None = None  # number of defenders; None: the default
    adversary: str | None = None  # name of the asker; None: the default


def parts(count: int, seeds: Sequence[int], traits: Traits) -> Iterator[Part]:
    """Parts of all series, which may be computed in any order and anywhere.

    There are `count` scenarios of each seed; `traits` are those of the voters where a series does not change
    them.
    """
    size_of = (count, tuple(seeds))
    for label, (blind, common) in COMMON.items():
        for rate in ERRORS:
            how = replace(traits, error_rate=rate, blind_spots=blind, common=common)
            yield Part("errors", label, rate, how, PAIR, *size_of)
    for size in DEFENDERS:
        yield Part("threshold", f"{size} defenders", size, traits, (), *size_of, size)
    for size in DEFENDERS:
        yield Part("defenders", "", size, traits, (*PAIR, "codef_majority"), *size_of, size)
    for name in ADVERSARIES:
        main = ("history", "tom", *PAIR, "codef_2", "codef_pooled", "ledger")
        yield Part("adversaries", "", name, traits, main, *size_of, adversary=name)


def lines_of(part: Part) -> list[Line]:
    """Compute a part."""
    shape = Shape() if part.defenders is None else Shape(num_defenders=part.defenders)
    scenarios = [one for seed in part.seeds for one in _numbered(part.count, seed, shape)]
    adversary = None if part.adversary is None else ADVERSARIES[part.adversary]
    if part.names:
        defences = [DEFENCES[name] for name in part.names]
        scores = evaluate(
            scenarios, defences, SimulatedVoter(part.traits, part.seeds[0]), adversary, part.seeds[0]
        )
        both = all(name in scores for name in PAIR)
        gain = advantage(scores["codef"], scores["self_voting"]) if both else None
        return [Line(part.series, part.label, part.x, scores, gain)]
    found = [_with_threshold(k) for k in range(1, shape.num_defenders + 1)]
    scores = evaluate(scenarios, found, SimulatedVoter(part.traits, part.seeds[0]), adversary, part.seeds[0])
    return [
        Line(part.series, part.label, k, {"codef": scores[defence.name]}, None)
        for k, defence in enumerate(found, 1)
    ]


def checks(traits: Traits, draws: int, seed: int) -> Iterator[Check]:
    """Votes of independent voters on two questions, beside the arithmetic of 1 - (1 - b)^n and its like.

    Yields one check per question, number of voters and threshold (1, 2 and a majority). Each voter votes
    `draws` times on each question, with fresh errors: of the traits only the error rate counts.
    """
    fresh = replace(traits, blind_spots=0.0, common=0.0, caution=0.0, abstain=0.0, silence=0.0)
    rate = fresh.error_rate
    most = max(SIZES)
    scenario = generate(1, seed, Shape(num_defenders=most))[0]
    tables = len(scenario.sensitive)
    chances = {"sensitive": (1 - rate) ** tables, "benign": (1 - rate) ** (tables - 1) * rate}
    for case, chance in chances.items():
        votes = _standing(scenario, case == "benign", SimulatedVoter(fresh, seed), draws)
        for size in SIZES:
            for threshold in sorted({1, min(2, size), size // 2 + 1}):
                blocked = sum(decide(row[:size], threshold) is Verdict.BLOCK for row in votes)
                expected = block_chance([chance] * size, threshold)
                yield Check(case, size, threshold, share(blocked, draws, 0.999), expected)


def _standing(
    scenario: Scenario, one_missing: bool, voters: SimulatedVoter, draws: int
) -> np.ndarray[Any, Any]:
    """(draws, defenders): repeated votes on the question that would complete the secret.

    With `one_missing` another sensitive table has not been asked for before.
    """
    dialogue = Dialogue(scenario, "sensitive", voters, 0)
    asks = [step for step in scenario.secret.steps if scenario.schemas[step.table].owner > 0]
    last = next(step for step in reversed(asks) if step.table in scenario.sensitive)
    others = [step for step in asks if step.table in scenario.sensitive and step is not last]
    left_out = others[-1] if one_missing else None
    steps = scenario.secret.steps

    def question(number: int) -> Question:
        step = steps[number]
        key = step.person if step.needs < 0 else steps[step.needs].value
        return Question(scenario.entities[0], step.table, key)

    for number, step in enumerate(steps):
        if step in asks and step is not last and step is not left_out:
            dialogue.carry_out(question(number), Verdict.ANSWER)
    put = question(steps.index(last))
    voting = DEFENCES["codef"]
    assert isinstance(voting, Voting)
    views = [dialogue.view(voter, put, voting.sight) for voter in range(1, scenario.num_defenders + 1)]
    found = [dialogue.ask(views, [draw] * len(views)) for draw in range(draws)]
    return np.array(found, np.int8)


def _numbered(count: int, seed: int, shape: Shape) -> list[Scenario]:
    """Scenarios of a seed, with numbers that no other seed of the study has."""
    return [replace(one, number=one.number + seed * 100_000) for one in generate(count, seed, shape)]


def _with_threshold(threshold: int) -> Defence:
    codef = DEFENCES["codef"]
    assert isinstance(codef, Voting)
    return replace(codef, name=f"codef_{threshold}", threshold=threshold)


def run(
    count: int,
    seeds: Sequence[int],
    traits: Traits,
    draws: int,
    report: Callable[[str], None],
    spread: Spread = map,
) -> dict[str, Any]:
    """The whole study: "lines" and "checks", and the settings.

    `count`, `seeds` and `traits` are those of `parts`, `draws` that of `checks`. `report` is called with what
    is being computed; `spread` calls a function for each of many tasks, for example on the machines of a
    cluster.
    """
    report("votes on one question")
    results = iter(spread(_computed, [(traits, draws, seeds[0]), *parts(count, seeds, traits)]))
    found_checks = next(results)
    found: list[Line] = []
    for line in chain.from_iterable(results):
        if not found or (found[-1].series, found[-1].label) != (line.series, line.label):
            report(f"{line.series} {line.label}".strip())
        found.append(line)
    return {
        "scenarios": count,
        "seeds": list(seeds),
        "traits": asdict(traits),
        "lines": found,
        "checks": found_checks,
    }


def _computed(task: Part | tuple[Traits, int, int]) -> list[Line] | list[Check]:
    """A part, or the checks."""
    return lines_of(task) if isinstance(task, Part) else list(checks(*task))
