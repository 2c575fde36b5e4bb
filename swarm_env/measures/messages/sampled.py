"""What messages of language models were worth, from a sample, with the cost known before models are asked.

Two branches are played on from each sampled message: one with it and one without. Both ask the models anew,
so their difference has the noise of the answers; the mean over messages comes with its standard error.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from swarm_env.agent import Decision, Preview
from swarm_env.config import integer
from swarm_env.errors import ConfigError, RunError
from swarm_env.measures.messages.influence import MOST_ROUNDS, is_silence
from swarm_env.playing.agent_pool import AgentPool
from swarm_env.playing.run_services import Calls, Services
from swarm_env.playing.team import Team, as_team, check_trust
from swarm_env.runs.recording import Recording, open_recording


@dataclass(frozen=True, slots=True)
class Cost:
    """What the branches ask of models at most: estimated tokens, and dollars (None: no known price)."""

    calls: int
    prompt_tokens: int
    completion_tokens: int
    dollars: float | None


@dataclass(frozen=True, slots=True)
class SampledInfluence:
    """What messages were worth.

    Attributes:
        cost: What was asked, as estimated before.
        messages: (round, speaker) of each sampled message.
        gains: Score without the message minus score with it, after the horizon, for each; empty if the cost
            was not approved.
    """

    cost: Cost
    messages: tuple[tuple[int, str], ...]
    gains: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean gain; NaN without any."""
        return float(np.mean(self.gains)) if self.gains else float("nan")

    @property
    def error(self) -> float:
        """Standard error of the mean; NaN for fewer than two messages."""
        n = len(self.gains)
        return float(np.std(self.gains, ddof=1) / n**0.5) if n > 1 else float("nan")


class _Past:
    """A run and its team, taken to the end of any round."""

    def __init__(self, recording: Recording, team: Team, calls: Calls | None) -> None:
        self.recording, self._team, self._calls = recording, team, calls

    def messages(self) -> list[tuple[int, str]]:
        """Round and speaker of each message."""
        world = self.recording.start()
        return [
            (number, name)
            for number, recorded in enumerate(self.recording.rounds())
            for name, decision in world.read(recorded, number).items()
            if not is_silence(decision.message)
        ]

    def play(self, number: int, changed: Mapping[str, str | None], horizon: int) -> float:
        """The score `horizon` rounds after round `number`, in which agents of `changed` are silent."""
        recording, world = self.recording, self.recording.start()
        since = [number + 1] * len(world.names)
        services = Services(recording.seed, self._calls)
        pool = AgentPool(self._team, world.names, recording.seed, since, services)
        try:
            pool.reset(world.brief)
            for at, recorded in zip(range(number + 1), recording.rounds(), strict=False):
                decisions = world.read_next(recorded)
                pool.replay(world.perceptions(), decisions, at)
                if at == number:
                    silent = {name: replace(decisions[name], message=None) for name in changed}
                    decisions = {**decisions, **silent}
                world.step(decisions)
            while not world.done and world.round < number + horizon:
                world.step(pool.decide(world.perceptions()))
        finally:
            pool.close()
        return world.score

    def previews(self, number: int) -> list[Preview]:
        """What models would be asked in the round after round `number`."""
        recording, world = self.recording, self.recording.start()
        services = Services(recording.seed, self._calls, dry_run=True)
        pool = AgentPool(self._team, world.names, recording.seed, (), services)
        try:
            pool.reset(world.brief)
            for _, recorded in zip(range(number + 1), recording.rounds(), strict=False):
                decisions: dict[str, Decision] = world.read_next(recorded)
                pool.remember(world.perceptions(), decisions)
                world.step(decisions)
            return [] if world.done else pool.preview(world.perceptions())
        finally:
            pool.close()


def sampled_influence(
    run: Path | str,
    *,
    samples: int = 8,
    horizon: int = 4,
    seed: int = 0,
    calls: Calls | None = None,
    approve: Callable[[Cost], bool] = lambda _: True,
    trust_code: bool = False,
) -> SampledInfluence:
    """What messages of a run with language models were worth, from a sample of them.

    Args:
        run: Folder of the run.
        samples: Messages that are sampled, at most.
        horizon: Rounds that a branch lasts, the round of the message included, 2 to 20.
        seed: Of the sample.
        calls: How models are called: budget, limits, cache.
        approve: Called with the cost before any model is asked; False: nothing is asked.
        trust_code: As for `replay`.

    Raises:
        ConfigError: A number is not allowed.
        RunError: It is no run, or is broken.
    """
    for name, value, least, most in (("samples", samples, 1, 10_000), ("horizon", horizon, 2, MOST_ROUNDS)):
        number = integer(value)
        if number is None or not least <= number <= most:
            raise ConfigError(f"{name}={value!r:.80}: must be a whole number from {least} to {most}.")
    recording = open_recording(run, trust_code)
    if recording.run is None:
        raise RunError(f"{run} is no run: its agents cannot be asked again.")
    team = as_team(recording.team)
    check_trust(team, recording.source, trust_code)
    past = _Past(recording, team, calls)
    said = past.messages()
    chosen = np.random.default_rng(seed).permutation(len(said))[:samples]
    messages = tuple(said[i] for i in sorted(chosen.tolist()))
    cost = _cost([preview for number, _ in messages for preview in past.previews(number)], 2 * (horizon - 1))
    if not approve(cost):
        return SampledInfluence(cost, messages, ())
    gains = [
        past.play(number, {name: None}, horizon) - past.play(number, {}, horizon) for number, name in messages
    ]
    return SampledInfluence(cost, messages, tuple(gains))


def _cost(previews: list[Preview], times: int) -> Cost:
    """What so many calls like each of these take."""
    prompts, answers = (
        sum(getattr(p, name) for p in previews) for name in ("prompt_tokens", "completion_tokens")
    )
    prices = [p.price for p in previews]
    dollars: float | None = None
    if all(price is not None for price in prices):
        dollars = sum(
            (p.prompt_tokens * p.price[0] + p.completion_tokens * p.price[1]) / 1e6 * times
            for p in previews
            if p.price
        )
    return Cost(len(previews) * times, prompts * times, answers * times, dollars)
