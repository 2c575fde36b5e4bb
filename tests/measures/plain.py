"""The measures again, slow and obvious: one round, one agent, one pair at a time."""

import functools
import itertools
import math
import re
from collections import Counter

# Those that are written here again; a newer one has a test of its own.
NAMES = (
    "directional_entropy", "stillness", "message_length", "message_length_spread", "question_share",
    "digit_share", "message_similarity", "message_mean_norm", "distance_moved", "cells_visited",
    "common_action_share", "polarisation", "lasting_neighbours", "pushes", "conformity",
    "direction_imbalance", "sight_components", "separation_force", "edit_consistency", "homogeneity_growth",
    "consistency_growth",
)  # fmt: skip
STEPS = {"STAY": (0, 0), "UP": (-1, 0), "DOWN": (1, 0), "LEFT": (0, -1), "RIGHT": (0, 1)}
MOVES = ("UP", "DOWN", "LEFT", "RIGHT")


def measures(game):
    """Every measure of a game as a list with a number per round, by name."""
    rounds = [_of_round(game, r) for r in range(game.rounds)]
    found = {name: [one[name] for one in rounds] for name in rounds[0]} if rounds else {}
    found["homogeneity_growth"] = _growth(found["message_similarity"])
    found["consistency_growth"] = _growth(found["edit_consistency"])
    return found


def _growth(values):
    known = [value for value in values if not math.isnan(value)]
    return [value - known[0] for value in values] if known else values


def place(game, time, agent):
    """Where an agent stands, or None if it has left the map."""
    row, col = map(int, game.positions[time, agent])
    return (row, col) if 0 <= row < game.height and 0 <= col < game.width else None


def agents_of(game):
    return range(game.positions.shape[1])


def action(game, r, agent):
    number = int(game.actions[r, agent])
    return None if number < 0 else game.names[number]


def message(game, r, agent):
    number = int(game.said[r, agent])
    return None if number < 0 else game.messages[number]


def far(one, other):
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


def ahead(cell, move):
    return cell[0] + STEPS[move][0], cell[1] + STEPS[move][1]


def _of_round(game, r):
    playing = [a for a in agents_of(game) if action(game, r, a) is not None]
    did = {a: action(game, r, a) for a in playing}
    said = [m for a in agents_of(game) if (m := message(game, r, a)) is not None]
    return {
        **_moves(list(did.values())),
        **_ways(game, r, playing, did),
        **(_texts(said) if game.channel == "text" else dict.fromkeys(TEXT_ONLY, math.nan)),
        **_likeness(game, said),
        **_sight(game, r, playing),
        "conformity": _conformity(game, r),
    }


def _moves(did):
    moving = [one for one in did if one in MOVES]
    shares = [count / len(moving) for count in Counter(moving).values()]
    down = sum(STEPS.get(one, (0, 0))[0] for one in did) / len(did)
    right = sum(STEPS.get(one, (0, 0))[1] for one in did) / len(did)
    return {
        "directional_entropy": sum(-p * math.log2(p) for p in shares) if moving else math.nan,
        "stillness": did.count("STAY") / len(did),
        "common_action_share": max(Counter(did).values()) / len(did),
        "polarisation": math.sqrt(down**2 + right**2),
        "direction_imbalance": _gini([moving.count(move) for move in MOVES]) if moving else math.nan,
    }


def _gini(numbers):
    """Twice the area between the line of equal shares and the Lorenz curve."""
    numbers, area, sofar = sorted(numbers), 0.0, 0.0
    for number in numbers:
        share = number / sum(numbers)
        area += (sofar + share / 2) / len(numbers)
        sofar += share
    return 1 - 2 * area


def _sight(game, r, playing):
    cells = {a: tuple(map(int, game.positions[r, a])) for a in playing}

    def sees(one, other):
        return max(abs(x - y) for x, y in zip(cells[one], cells[other], strict=True)) <= game.sight

    left, groups, force = set(playing), 0, 0.0
    while left:
        reached = [left.pop()]
        for one in reached:
            near = {other for other in left if sees(one, other)}
            left -= near
            reached += near
        groups += 1
    for one in playing:
        down = right = 0.0
        for other in set(playing) - {one}:
            if sees(one, other):
                away = [x - y for x, y in zip(cells[one], cells[other], strict=True)]
                length = math.hypot(*away)
                down, right = down + away[0] / length / length, right + away[1] / length / length
        force += math.hypot(down, right)
    return {"sight_components": groups, "separation_force": force / len(playing)}


def _ways(game, r, playing, did):
    before = {a: tuple(map(int, game.positions[r, a])) for a in playing}
    after = {a: tuple(map(int, game.positions[r + 1, a])) for a in playing}
    lasting = pushes = 0
    for one, other in itertools.combinations(playing, 2):
        still = place(game, r + 1, one) and place(game, r + 1, other)
        lasting += bool(still and far(before[one], before[other]) == far(after[one], after[other]) == 1)
    for one, other in itertools.permutations(playing, 2):
        move = did[one]
        if move in MOVES and ahead(before[one], move) == before[other] == after[one]:
            pushes += after[other] == ahead(before[other], move)
    seen = {place(game, time, a) for time in range(r + 2) for a in agents_of(game)} - {None}
    return {
        "distance_moved": sum(far(before[a], after[a]) for a in playing) / len(playing),
        "cells_visited": len(seen),
        "lasting_neighbours": lasting,
        "pushes": pushes,
    }


TEXT_ONLY = ("message_length", "message_length_spread", "question_share", "digit_share")


def _texts(said):
    if not said:
        return dict.fromkeys(TEXT_ONLY, math.nan)
    mean = sum(map(len, said)) / len(said)
    return {
        "message_length": mean,
        "message_length_spread": math.sqrt(sum((len(text) - mean) ** 2 for text in said) / len(said)),
        "question_share": sum(any(mark in text for mark in "?？؟") for text in said) / len(said),
        "digit_share": sum(c.isdecimal() for text in said for c in text) / sum(map(len, said)),
    }


def _likeness(game, said):
    vectors = [_vector(game, one) for one in said]
    pairs = [sum(a[k] * b.get(k, 0) for k in a) for a, b in itertools.combinations(vectors, 2)]
    total: Counter[object] = Counter()
    for vector in vectors:
        for key, value in vector.items():
            total[key] += value / len(vectors)
    shares = [1 - edits(a, b) / max(len(a), len(b)) for a, b in itertools.combinations(said, 2)]
    return {
        "edit_consistency": sum(shares) / len(shares) if shares and game.channel == "text" else math.nan,
        "message_similarity": sum(pairs) / len(pairs) if pairs else math.nan,
        "message_mean_norm": math.sqrt(sum(v**2 for v in total.values())) if vectors else math.nan,
    }


@functools.cache
def edits(one, other):
    """Insertions, deletions and substitutions that lead from one text to another."""
    if not one or not other:
        return len(one) + len(other)
    if one[-1] == other[-1]:
        return edits(one[:-1], other[:-1])
    return 1 + min(edits(one[:-1], other), edits(one, other[:-1]), edits(one[:-1], other[:-1]))


def words(text):
    return re.findall(r"\w+|[^\w\s]", text.lower())


def _vector(game, one):
    """A message as a vector of length 1: value by axis."""
    if game.channel == "text":
        everything = [
            set(words(m))
            for r in range(game.rounds)
            for a in agents_of(game)
            if (m := message(game, r, a)) is not None
        ]
        vector = {
            word: times * (math.log((1 + len(everything)) / (1 + sum(word in m for m in everything))) + 1)
            for word, times in Counter(words(one)).items()
        }
    elif game.channel == "tokens":
        vector = dict.fromkeys(enumerate(one), 1)
    else:
        vector = dict(enumerate(one))
    norm = math.sqrt(sum(v**2 for v in vector.values()))
    return {key: v / norm for key, v in vector.items()}


def announced(text, names):
    """The one action that a text names, or None."""
    if not isinstance(text, str):
        return None
    named = {name for name in names if name in re.findall(r"\w+", text.upper())}
    return named.pop() if len(named) == 1 else None


def heard_by(game, r, agent):
    """The texts of round r that an agent hears."""
    if game.heard is not None:
        return [game.messages[what] for turn, who, what in game.heard.tolist() if (turn, who) == (r, agent)]
    here = place(game, r + 1, agent)
    found = []
    for other in agents_of(game):
        there = place(game, r + 1, other)
        text = message(game, r, other)
        if other == agent or here is None or there is None or text is None:
            continue
        if max(abs(here[0] - there[0]), abs(here[1] - there[1])) <= game.hearing:
            found.append(text)
    return found


def _conformity(game, r):
    if r == 0:
        return math.nan
    against = conforming = 0
    for agent in agents_of(game):
        own = announced(message(game, r - 1, agent), game.names)
        if own is None or action(game, r, agent) is None:
            continue
        votes = [plan for text in heard_by(game, r - 1, agent) if (plan := announced(text, game.names))]
        majority = [plan for plan, count in Counter(votes).items() if 2 * count > len(votes)]
        if not majority or majority[0] == own:
            continue
        against += 1
        now = {action(game, r, agent), announced(message(game, r, agent), game.names)}
        conforming += majority[0] in now
    return conforming / against if against else math.nan
