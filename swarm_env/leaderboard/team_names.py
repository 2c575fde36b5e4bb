"""Names of teams in tables: the text of a team tells teams apart, a short one is shown."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from swarm_env.errors import ConfigError
from swarm_env.playing.named_models import LABEL
from swarm_env.playing.team import Team
from swarm_env.playing.team_syntax import TeamEntry

MAX_LABEL = 300  # characters of a team's name
HIDDEN = ("key_env", "header_env", "attempt_time", "requests_per_minute", "tokens_per_minute", "price")


def team_label(team: str) -> str:
    """Identity of a recorded (untrusted) team: its text on one line, without the count if it has one entry.

    A text of more than `MAX_LABEL` characters is cut, and ends with a digest of the whole.
    """
    try:
        entries = Team.parse(team).entries
        team = str(replace(entries[0], count=None)) if len(entries) == 1 else str(Team(entries))
    except ConfigError:  # the name of a foreign player
        pass
    if len(team) <= MAX_LABEL:
        return plain_text(team)
    digest = hashlib.blake2b(team.encode(errors="replace"), digest_size=4).hexdigest()
    return f"{plain_text(team[: MAX_LABEL - 10])}…{digest}"


def plain_text(text: str) -> str:
    """An untrusted name on one line, cut to `MAX_LABEL` characters, without control characters."""
    plain = "".join(c if c.isprintable() else "?" for c in text).strip() or "?"
    return plain if len(plain) <= MAX_LABEL else plain[: MAX_LABEL - 1] + "…"


def short_names(teams: Iterable[str]) -> dict[str, str]:
    """A name to show for each team; different teams have different names.

    An entry with a label (`[models.NAME]`) is shown as that, others with their options but for `HIDDEN`, of
    tables only the last part. Where two teams would have the same name, the whole text is the name.
    """
    teams = list(dict.fromkeys(teams))
    names = {team: plain_text(_short(team)) for team in teams}
    shown = list(names.values())
    return {team: team if shown.count(name) > 1 else name for team, name in names.items()}


def _short(team: str) -> str:
    try:
        return ", ".join(map(_short_entry, Team.parse(team).entries))
    except ConfigError:
        return team


def _short_entry(entry: TeamEntry) -> str:
    options = dict(entry.options)
    count = "" if entry.count is None else f"*{entry.count}"
    if LABEL in options:
        return options[LABEL] + count
    kept = {key: value for key, value in options.items() if key.partition(".")[0] not in HIDDEN}
    last = [key.rpartition(".")[2] for key in kept]
    texts = [
        f"{short if last.count(short) == 1 else key}={value}"
        for (key, value), short in zip(kept.items(), last, strict=True)
    ]
    return entry.agent + ("?" if texts else "") + "&".join(texts) + count
