"""Hand-made frames to draw."""

import numpy as np

from swarm_env.frame import Frame, Kind, Setting

KINDS = (
    Kind(".", "free cell", (245, 243, 238)), Kind("*", "outside the map", (40, 40, 46)),
    Kind("W", "wall", (88, 88, 96)), Kind("F", "food", (0, 158, 115), "round"),
    Kind("N", "nest", (204, 121, 167), "house"), Kind("S", "site", (230, 159, 0), "hexagon"),
    Kind("Y", "flower", (220, 60, 130), "star"), Kind("T", "table", (140, 86, 75)),
    Kind("B", "box", (213, 94, 0)), Kind("P", "prey", (148, 103, 189), "diamond"),
    Kind("a", "agent", (0, 114, 178)), Kind("A", "marked agent", (240, 200, 40)),
)  # fmt: skip
ACTIONS = ("STAY", "UP", "DOWN", "LEFT", "RIGHT", "SWITCH")
CODES = {kind.symbol: code for code, kind in enumerate(KINDS)}
EVERYTHING = (
    "WWWWWWWW",
    "W.F.NSYW",
    "WTT.aA.W",
    "WBBB.P.W",
    "W.BBa.AW",
    "WWW.WW.W",
    "W*.a.F.W",
    "WWWWWWWW",
)


def scene(rows=EVERYTHING, moves=None, round=3, hearing=5, **more):
    """A frame of a map in symbols; agents are numbered row by row."""
    cells = np.array([[CODES[symbol] for symbol in row] for row in rows], np.uint8)
    first = CODES["a"]
    places = np.argwhere(cells >= first).astype(np.int32)
    marks = cells[places[:, 0], places[:, 1]] - first
    return Frame(
        setting=Setting("scene", KINDS, CODES["B"], first, ACTIONS, 100, 3, "text", hearing),
        round=round,
        score=2.0,
        cells=cells,
        places=places,
        present=np.ones(len(places), bool),
        marks=marks.astype(np.uint8),
        moves=np.zeros(len(places), np.int8) if moves is None else np.array(moves, np.int8),
        senses=np.zeros((len(places), 0), np.uint8),
        **more,
    )
