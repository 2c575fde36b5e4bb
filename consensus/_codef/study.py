"""When is it better to ask all defenders than one of them several times? Many settings, one table each.

Each series changes one thing and keeps the rest. What is compared is the balance of sensitive runs blocked
and benign runs that succeeded, in the same scenarios with the same luck.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from consensus._codef.adversaries import ADVERSARIES, Adversary
from consensus._codef.defences import DEFENCES, Defence, Voting
from consensus._codef.generator import Shape, generate
from consensus._codef.minds import RuleMind, Traits
from consensus._codef.play import Session
from consensus._codef.scenario import Scenario
from consensus._codef.scores import Score, advantage, evaluate
from consensus._codef.shares import Interval, block_chance, share
from consensus._codef.tally import Verdict, decide
from consensus._codef.views import Question

ERRORS = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3)
DEFENDERS = (2, 3, 5, 7)
SIZES = (1, 2, 3, 5, 7, 9)
PAIR = ("self_voting", "codef")
COMMON = {"independent": (0.0, 0.0), "as usual": (0.3, 0.3), "one model": (0.0, 0.9), "stubborn": (0.9, 0.0)}


@dataclass(frozen=True, slots=True)
class Line:
    """One setting of a series.

    Attributes:
        series: Which.
        label: What is drawn as one curve.
        x: What is changed.
        scores: Name to score.
        gain: CoDef's balance minus self-voting's, paired; None where they are not both there.
    """

    series: str
    label: str
    x: float | str
    scores: dict[str, Score]
    gain: Interval | None

    @property
    def verdict(self) -> str:
        """Which of the two is better balanced, as far as the interval tells."""
        if self.gain is None:
            return ""
        return "codef" if self.gain.low > 0 else "self_voting" if self.gain.high < 0 else "cannot tell"

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
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
    """A share of blocked questions beside what independent votes come to.

    Attributes:
        case: "sensitive": the answer would complete a combination; "benign": one more table would be missing.
        voters: How many.
        threshold: Votes to block that are enough.
        measured: Share of questions blocked.
        expected: By `block_chance`.
    """

    case: str
    voters: int
    threshold: int
    measured: Interval
    expected: float

    @property
    def agrees(self) -> bool:
        """Whether the expected share lies in the interval."""
        return self.measured.low <= self.expected <= self.measured.high

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**asdict(self), "measured": self.measured._asdict(), "agrees": self.agrees}


def lines(count: int, seeds: Sequence[int], traits: Traits) -> Iterator[Line]:
    """All series.

    Args:
        count: Scenarios of each seed.
        seeds: Of the scenarios and of the voters' errors.
        traits: Of the voters where a series does not change them.

    Yields:
        A line when it is done.
    """
    usual = [one for seed in seeds for one in _numbered(count, seed, Shape())]
    for label, (blind, common) in COMMON.items():
        for rate in ERRORS:
            how = replace(traits, error_rate=rate, blind_spots=blind, common=common)
            yield _line("errors", label, rate, usual, PAIR, how, seeds)
    sized = {
        size: [one for seed in seeds for one in _numbered(count, seed, Shape(num_defenders=size))]
        for size in DEFENDERS
    }
    for size, scenarios in sized.items():
        found = [_with_threshold(k) for k in range(1, size + 1)]
        scores = _scores(scenarios, found, traits, None, seeds)
        for k, defence in enumerate(found, 1):
            yield Line("threshold", f"{size} defenders", k, {"codef": scores[defence.name]}, None)
    for size, scenarios in sized.items():
        yield _line("defenders", "", size, scenarios, (*PAIR, "codef_majority"), traits, seeds)
    for name, adversary in ADVERSARIES.items():
        main = ("history", "tom", *PAIR, "codef_2", "codef_pooled", "ledger")
        yield _line("adversaries", "", name, usual, main, traits, seeds, adversary)


def checks(traits: Traits, draws: int, seed: int) -> Iterator[Check]:
    """Votes of independent voters on two questions, beside the arithmetic of 1 - (1 - b)^n and its kin.

    Args:
        traits: Of the voters; of these the error rate counts, errors are drawn anew for each vote.
        draws: Votes of each voter on each question.
        seed: Of the scenario and the errors.

    Yields:
        One check per question, number of voters and threshold (1, 2 and a majority).
    """
    fresh = replace(traits, blind_spots=0.0, common=0.0, caution=0.0, abstain=0.0, silence=0.0)
    rate = fresh.error_rate
    most = max(SIZES)
    scenario = generate(1, seed, Shape(num_defenders=most))[0]
    tables = len(scenario.sensitive)
    chances = {"sensitive": (1 - rate) ** tables, "benign": (1 - rate) ** (tables - 1) * rate}
    for case, chance in chances.items():
        votes = _standing(scenario, case == "benign", RuleMind(fresh, seed), draws)
        for size in SIZES:
            for threshold in sorted({1, min(2, size), size // 2 + 1}):
                blocked = sum(decide(row[:size], threshold) is Verdict.BLOCK for row in votes)
                expected = block_chance([chance] * size, threshold)
                yield Check(case, size, threshold, share(blocked, draws, 0.999), expected)


def _standing(scenario: Scenario, one_missing: bool, mind: RuleMind, draws: int) -> np.ndarray[Any, Any]:
    """(draws, defenders): votes on the question that would complete the secret, again and again.

    With `one_missing` another sensitive table has not been asked for before.
    """
    session = Session(scenario, "sensitive", mind, 0)
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
            session.carry_out(question(number), Verdict.ANSWER)
    put = question(steps.index(last))
    voting = DEFENCES["codef"]
    assert isinstance(voting, Voting)
    views = [session.view(voter, put, voting.sight) for voter in range(1, scenario.num_defenders + 1)]
    found = [session.ask(views, [draw] * len(views)) for draw in range(draws)]
    return np.array(found, np.int8)


def _numbered(count: int, seed: int, shape: Shape) -> list[Scenario]:
    """Scenarios of a seed, with numbers that no other seed of the study has."""
    return [replace(one, number=one.number + seed * 100_000) for one in generate(count, seed, shape)]


def _with_threshold(threshold: int) -> Defence:
    codef = DEFENCES["codef"]
    assert isinstance(codef, Voting)
    return replace(codef, name=f"codef_{threshold}", threshold=threshold)


def _line(
    series: str,
    label: str,
    x: float | str,
    scenarios: Sequence[Scenario],
    names: Sequence[str],
    traits: Traits,
    seeds: Sequence[int],
    adversary: Adversary | None = None,
) -> Line:
    scores = _scores(scenarios, [DEFENCES[name] for name in names], traits, adversary, seeds)
    both = all(name in scores for name in PAIR)
    gain = advantage(scores["codef"], scores["self_voting"]) if both else None
    return Line(series, label, x, scores, gain)


def _scores(
    scenarios: Sequence[Scenario],
    defences: Sequence[Defence],
    traits: Traits,
    adversary: Adversary | None,
    seeds: Sequence[int],
) -> dict[str, Score]:
    return evaluate(scenarios, defences, RuleMind(traits, seeds[0]), adversary, seeds[0])


def run(
    count: int, seeds: Sequence[int], traits: Traits, draws: int, tell: Callable[[str], None]
) -> dict[str, Any]:
    """The whole study.

    Args:
        count: Scenarios of each seed.
        seeds: As for `lines`.
        traits: As for `lines`.
        draws: As for `checks`.
        tell: Told what is being done.

    Returns:
        "lines" and "checks", and the settings.
    """
    tell("votes on one question")
    found_checks = list(checks(traits, draws, seeds[0]))
    found: list[Line] = []
    for line in lines(count, seeds, traits):
        if not found or (found[-1].series, found[-1].label) != (line.series, line.label):
            tell(f"{line.series} {line.label}".strip())
        found.append(line)
    return {
        "scenarios": count,
        "seeds": list(seeds),
        "traits": asdict(traits),
        "lines": found,
        "checks": found_checks,
    }
