"""Messages of recorded runs: all of one, or those that contain a text."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from swarm_env.viz.web.index.run_row import Source

from swarm_env.envs.decision_codec import in_words
from swarm_env.errors import RunError
from swarm_env.frame import visible
from swarm_env.runs.files import ROUNDS_FILE
from swarm_env.runs.swarmbench_logs import GameFiles, read_game
from swarm_env.runtime.disk_files import open_regular

MAX_LINE = 16 * 2**20  # bytes of a round that is searched; longer ones end the search of a run
MAX_TEXT = 2000  # characters of a message that is shown


class Message(NamedTuple):
    """A message: round from 0, number of the agent, text."""

    round: int
    agent: int
    text: str


def messages_of(source: Source, sought: str = "") -> Iterator[Message]:
    """The messages of a run that contain a text, whatever its case; ends where the recording is damaged."""
    wanted = sought.lower()
    for number, said in _rounds(source, wanted):
        for agent, message in enumerate(said):
            if not message:
                continue
            text = message if isinstance(message, str) else in_words(message)
            if wanted in text.lower():
                yield Message(number, agent, visible(text[:MAX_TEXT]))


def _rounds(source: Source, wanted: str) -> Iterator[tuple[int, Sequence[Any]]]:
    """Round and messages of each round; of a run folder only rounds that may contain a text."""
    if isinstance(source, GameFiles):
        try:
            game = read_game(source)
        except RunError:
            return
        yield from enumerate(game.messages)
        return
    # Letters and digits stand in JSON as they are; where there are others, each round is parsed.
    plain = wanted.encode() if re.fullmatch(r"[a-z0-9 ]*", wanted) else b""
    for number, line in enumerate(_lines(source / ROUNDS_FILE)):
        if plain and plain not in line.lower():
            continue
        try:
            said = json.loads(line).get("messages") or []
        except (ValueError, AttributeError, RecursionError):
            return
        if isinstance(said, list):
            yield number, [one if _is_message(one) else None for one in said]


def _is_message(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(one, int | float) for one in value)
    return isinstance(value, str) and bool(value)


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with open_regular(path) as file:
            while line := file.readline(MAX_LINE + 1):
                if len(line) > MAX_LINE:
                    return
                yield line
    except OSError:
        return
