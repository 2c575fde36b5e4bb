"""Small native logs to break: three rounds of a recorded game as plain JSON."""

import copy
import functools
import gzip
import json
from pathlib import Path

from tests.reference.recordings import DATA, read

STAMP = "1"
ROUNDS = 3


@functools.cache
def _recorded(game):
    folder = DATA / "swarmbench" / game
    return [read(next(folder.glob(f"{kind}_log*"))) for kind in ("meta", "game", "agent")]


class Log:
    """A log that can be changed before it is written.

    Attributes:
        meta: What meta_log says about the game.
        game: The game log.
        agent: The agent log.
    """

    def __init__(self, game="flocking-expert-199448", rounds=ROUNDS):
        meta, states, turns = _recorded(game)
        (self.meta,) = copy.deepcopy(meta).values()
        self.game = copy.deepcopy(states[: rounds + 1] if rounds is not None else states)
        self.agent = copy.deepcopy([entry for entry in turns if rounds is None or entry["round"] < rounds])

    def write(self, folder: Path, packed=False):
        """Write the three files and return the folder."""
        folder.mkdir(parents=True, exist_ok=True)
        for stem, content in (
            ("meta_log", {STAMP: self.meta}),
            (f"game_log_{STAMP}", self.game),
            (f"agent_log_{STAMP}", self.agent),
        ):
            text = json.dumps(content).encode()
            (folder / f"{stem}.json{'.gz' * packed}").write_bytes(gzip.compress(text, 1) if packed else text)
        return folder
