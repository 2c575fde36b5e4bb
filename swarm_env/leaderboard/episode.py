"""One episode as the leaderboard counts it: in which world, by whom, with which score, at which price."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from swarm_env.bench.spending import models_of
from swarm_env.config import WorldConfig, explain
from swarm_env.errors import ConfigError, RunError, SwarmEnvError
from swarm_env.playing.team import Team
from swarm_env.runs.files import Run, Usage, is_run_folder, read_run
from swarm_env.runs.recording import Recording, open_recording, replay
from swarm_env.runs.swarmbench_logs import GameFiles, RecordedGame, read_game

MAX_SCORE = 1e12  # a record that claims more is broken
MAX_LABEL = 300  # characters of a team's name in tables
OURS, NATIVE = "swarm-env", "swarmbench"
_NATIVE_TEAM = "swarmbench:"  # how imported games name who played


@dataclass(frozen=True, slots=True, order=True)
class Setting:
    """A world that scores can be compared in: what it is made of, but not how agents talk.

    Attributes:
        scenario: Name of the scenario.
        num_agents: Number of agents.
        height: Rows of the map [cells].
        width: Columns of the map [cells].
        view_size: Side of what an agent sees [cells].
        max_rounds: Rounds after which a game ends at the latest.
        options: The scenario's own settings, as (name, value) sorted by name.
        start: "" where the scenario draws the start from the seed, else a digest of the picture given.
    """

    scenario: str
    num_agents: int
    height: int
    width: int
    view_size: int
    max_rounds: int
    options: tuple[tuple[str, float], ...] = ()
    start: str = ""

    def __str__(self) -> str:
        parts = [
            f"{self.num_agents} agent{'s' * (self.num_agents != 1)}",
            f"{self.height} x {self.width} cells",
            f"view {self.view_size}",
            f"{self.max_rounds} rounds",
            *(f"{name}={value:g}" for name, value in self.options),
        ]
        return ", ".join([*parts, f"picture {self.start}"] if self.start else parts)


@dataclass(frozen=True, slots=True)
class Spent:
    """What the decisions of an episode took, as far as it is known; None: unknown, or nobody was asked.

    Attributes:
        decisions: Decisions that were asked of language models.
        fallbacks: How many of them had to be replaced by STAY, by reason.
        calls: Requests sent.
        prompt_tokens: Tokens of the prompts.
        completion_tokens: Tokens of the answers.
        cached_tokens: Those of the prompts that the endpoint had at hand.
        reasoning_tokens: Those of the answers that nobody sees.
        cost: Price [US dollars].
        seconds: Time from question to answer, summed over the decisions [s].
    """

    decisions: int | None = None
    fallbacks: Mapping[str, int] = field(default_factory=dict)
    calls: int | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None
    cost: float | None = None
    seconds: float | None = None

    @property
    def fallback_rate(self) -> float | None:
        """Share of the decisions that were not the agent's own; None where nobody counted."""
        return sum(self.fallbacks.values()) / self.decisions if self.decisions else None


@dataclass(frozen=True, slots=True)
class Played:
    """One episode.

    Attributes:
        source: Where it was read from.
        recorded_by: `OURS` or `NATIVE`; seeds of the two have nothing in common.
        setting: The world.
        team: Who played.
        channel: How agents could talk: "none", "text", "tokens 8 x 1", …
        seed: Seed of the episode.
        score: The scenario's own score at the end.
        rounds: Rounds played.
        spent: What it took.
        trouble: Why it cannot be compared with others, or "".
        models: Names of the language models that were asked, sorted.
        recording: What to open in order to play it again; None: there is nothing.
    """

    source: str
    recorded_by: str
    setting: Setting
    team: str
    channel: str
    seed: int
    score: float
    rounds: int
    spent: Spent = Spent()
    trouble: str = ""
    models: tuple[str, ...] = ()
    recording: Path | GameFiles | None = None


def read_played(source: Path | GameFiles) -> Played:
    """Read what the leaderboard needs of a recording; a run of ours is not played again.

    Args:
        source: A run folder, or a native game.

    Returns:
        The episode.

    Raises:
        RunError: It cannot be read.
    """
    ours = isinstance(source, Path) and is_run_folder(source)
    played = _of_run(read_run(source)) if isinstance(source, Path) and ours else _of_game(source)
    return replace(played, recording=source)


def game_identity(played: Played) -> str:
    """A digest of all moves of an episode: equal for copies and replays of one game, and for its import.

    Args:
        played: The episode.

    Returns:
        32 hexadecimal digits; the name of the source where its moves cannot be read.
    """
    digest = hashlib.blake2b(digest_size=16)
    try:
        for actions in _moves(played.recording):
            digest.update(json.dumps(actions).encode())
    except RunError:
        return played.source
    return digest.hexdigest()


def _moves(source: Path | GameFiles | None) -> Iterator[tuple[int | None, ...]]:
    """The moves of a recording, round by round. No scenario's file is run for it."""
    if isinstance(source, Path) and is_run_folder(source):
        yield from (record.actions for record in read_run(source).rounds())
    elif source is None:
        raise RunError("nothing is recorded")
    else:
        yield from (turn.actions for turn in open_recording(source).rounds())


def team_label(team: str) -> str:
    """A team in words for tables: without a number that says that one agent drives everybody.

    Args:
        team: As a record names it; anything, if the record is hostile.

    Returns:
        At most `MAX_LABEL` characters on one line.
    """
    try:
        entries = Team.parse(team).entries
        team = str(replace(entries[0], count=None)) if len(entries) == 1 else str(Team(entries))
    except ConfigError:  # played by somebody whose name is no team of ours
        pass
    return plain_text(team)


def plain_text(text: str) -> str:
    """A name out of a record on one line, of at most `MAX_LABEL` characters, without control characters."""
    plain = "".join(c if c.isprintable() else "?" for c in text).strip() or "?"
    return plain if len(plain) <= MAX_LABEL else plain[: MAX_LABEL - 1] + "…"


def setting_of(config: WorldConfig, options: Mapping[str, Any] | None = None) -> Setting:
    """The world that a configuration describes.

    Args:
        config: The configuration.
        options: Reset options.
    """
    picture = json.dumps(options, sort_keys=True, default=str).encode() if options else b""
    return Setting(
        config.scenario,
        config.num_agents,
        config.height,
        config.width,
        config.view_size,
        config.max_rounds,
        tuple(sorted((name, float(value)) for name, value in config.options.items())),
        hashlib.blake2b(picture, digest_size=4).hexdigest() if picture else "",
    )


def channel_of(config: WorldConfig) -> str:
    """How the agents of a world talk, in words, as far as it is not the usual way."""
    if config.message == "none":
        return "none"
    shape = {
        "tokens": f" {config.vocabulary} x {config.message_length}",
        "vector": f" {config.message_dim}",
    }.get(config.message, "")
    reach = f", range {config.hearing}" if config.hearing != config.view_size // 2 else ""
    loss = f", loss {config.message_loss:g}" if config.message_loss else ""
    return f"{config.message}{shape}{reach}{loss}"


def _of_run(run: Run) -> Played:
    info = run.info
    try:
        config = WorldConfig.model_validate(info.config)
    except ValidationError as error:
        raise RunError(f"{run.folder}: run.json, config: {explain(error)}") from None
    native = info.team.startswith(_NATIVE_TEAM)
    played = Played(
        source=str(run.folder),
        recorded_by=NATIVE if native else OURS,
        setting=setting_of(config, None if native else info.options),
        team=team_label(info.team),
        channel=channel_of(config),
        seed=info.seed,
        score=run.result.score if run.result else 0.0,
        rounds=run.result.rounds if run.result else 0,
        spent=_spent(run.result.usage if run.result else None),
        models=tuple(map(plain_text, models_of(run.folder))),
    )
    if abs(played.score) > MAX_SCORE:
        raise RunError(f"{run.folder}: result.json: score {played.score:g} is larger than any score.")
    return replace(played, trouble=_trouble(run))


def _trouble(run: Run) -> str:
    """Why a run cannot be compared."""
    if run.result is None:
        return "unfinished: it still plays, or its process was killed (swarm run --resume)"
    if run.result.status != "finished":
        return f"unfinished: stopped after {run.result.rounds} rounds (swarm run --resume)"
    if any(run.info.decided_from):
        return "a branch: others had played its first rounds"
    return ""


def _spent(usage: Usage | None) -> Spent:
    """What `result.json` says about calls of models; nothing for runs without any."""
    if usage is None:
        return Spent()
    return Spent(
        decisions=usage.decisions,
        fallbacks=usage.fallbacks,
        calls=usage.calls,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        cached_tokens=usage.cached_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        cost=usage.cost,
        seconds=usage.seconds,
    )


def _of_game(source: Path | GameFiles) -> Played:
    game = read_game(source) if isinstance(source, GameFiles) else None
    recording = open_recording(game or source)
    game = recording.game
    if game is None:
        raise RunError(f"{source}: holds no native game.")
    return Played(
        source=recording.source,
        recorded_by=NATIVE,
        setting=setting_of(recording.config),
        team=team_label(recording.team),
        channel=channel_of(recording.config),
        seed=recording.seed,
        score=float(game.scores[-1]),
        rounds=game.rounds,
        trouble="" if _is_over(game, recording) else f"unfinished: its log ends after {game.rounds} rounds",
    )


def _is_over(game: RecordedGame, recording: Recording) -> bool:
    """Whether a native game came to its end; one that ended early is played again to see."""
    if game.rounds >= game.max_rounds:
        return True
    try:
        return [simulation.done for simulation in replay(recording)][-1]
    except SwarmEnvError:
        return False
