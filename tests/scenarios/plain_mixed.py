"""The rules of `scenarios/mixed` in slow, plain Python, one class per scenario.

Each gets, every round, where all agents stand after the pushes and what they did, and keeps what the rules
say.
"""

import math

import numpy as np

from swarm_env.engine import UPDATE, below, stream, unit

AROUND = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]
AHEAD = [(-1, 0), (1, 0), (0, -1), (0, 1)]
EPISODE = 0  # that is played


class Plain:
    """What all have: payoffs, score, who is in the game."""

    def __init__(self, env, seed):
        self.env, self.seed, self.n = env, seed, env.config.num_agents
        self.team = list(env.scenario.team_of)
        self.payoff, self.score = [0.0] * self.n, 0.0
        frame = env.frame()
        self.cells, self.floor = (
            frame.cells,
            {k.name: f.copy() for k, f in zip(frame.setting.floor, frame.floor, strict=False)},
        )
        self.round = 0

    def key(self, purpose):
        return stream(self.seed, EPISODE, self.round, purpose)

    def index(self, row, col):
        margin = self.env._world.margin
        return (row + margin) * (self.env.config.width + 2 * margin) + col + margin

    def play(self, stand, action):
        """A round: (row, col) by number of those on the map, and the actions of those who acted."""
        self.update(stand, action)
        self.round += 1

    def update(self, stand, action):
        raise NotImplementedError


class Battle(Plain):
    def __init__(self, env, seed):
        super().__init__(env, seed)
        self.health = [10.0] * self.n

    def update(self, stand, action):
        zero_sum, order = self.env.scenario.options.zero_sum, list[int]()
        for a in sorted(stand):
            if action.get(a, 0) >= 5:
                j = below(self.key(UPDATE), len(order), len(order) + 1)
                order.append(a)
                order[-1], order[j] = order[j], a
        alive = dict(stand)
        for a in order:
            if a not in alive:
                continue
            down, across = AROUND[action[a] - 5]
            target = (alive[a][0] + down, alive[a][1] + across)
            foes = [b for b, place in alive.items() if place == target and self.team[b] != self.team[a]]
            self.payoff[a] += 0 if zero_sum else -0.1
            for b in foes:
                self.payoff[a] += 0 if zero_sum else 0.2
                self.health[b] -= 2
                if self.health[b] <= 0:
                    del alive[b]
                    self.payoff[a] += 1 if zero_sum else 5
                    self.payoff[b] -= 1 if zero_sum else 0.1
                    self.score += 1 if self.team[a] == 0 else -1
        for a in alive:
            self.payoff[a] += 0 if zero_sum else -0.005
            self.health[a] = min(self.health[a] + 0.1, 10.0)
        self.alive = alive


class Commons(Plain):
    def __init__(self, env, seed):
        super().__init__(env, seed)
        self.cooldown = [0] * self.n

    def update(self, stand, action):
        here = dict(stand)
        for a in sorted(stand):
            if a in here and action.get(a, 0) >= 5:
                down, across = AHEAD[action[a] - 5]
                hit = set()
                for far in (1, 2, 3):
                    for side in (-1, 0, 1):
                        hit.add(
                            (here[a][0] + far * down + side * across, here[a][1] + far * across + side * down)
                        )
                here = {b: place for b, place in here.items() if b == a or place not in hit}
        apples, grass = self.floor["apple"], self.floor["grass"]
        for a, place in here.items():
            self.payoff[a] += apples[place]
            self.score += apples[place]
            apples[place] = 0
        places = [(int(i), int(j)) for i, j in np.argwhere(apples)]
        for i, j in np.argwhere((grass > 0) & (apples == 0)):
            near = sum(math.dist((i, j), place) <= 2 for place in places)
            if unit(self.key(UPDATE), self.index(i, j)) < [0, 0.0025, 0.005, 0.025][min(near, 3)]:
                apples[i, j] = 1
        self.here = here


class Levels(Plain):
    def __init__(self, env, seed):
        super().__init__(env, seed)
        self.level = [seen.senses[0] for seen in env.perceptions()]
        self.food = {
            (i, j): int(self.cells[i, j]) - 2 for i, j in np.argwhere((self.cells > 2) & (self.cells < 12))
        }
        self.all = sum(self.food.values())

    def update(self, stand, action):
        loads: dict[tuple[int, int], list[int]] = {}
        for a, (row, col) in stand.items():
            near = [(row + i, col + j) for i, j in AHEAD if (row + i, col + j) in self.food]
            if action.get(a) == 5 and near:
                loads.setdefault(near[0], []).append(a)
        for place, who in loads.items():
            force = sum(self.level[a] for a in who)
            for a in who:
                if force >= self.food[place]:
                    self.payoff[a] += self.level[a] * self.food[place] / (force * self.all)
                    self.score += self.level[a] * self.food[place] / (force * self.all)
                else:
                    self.payoff[a] -= self.env.scenario.options.penalty
            if force >= self.food[place]:
                del self.food[place]


class Tag(Plain):
    def update(self, stand, action):
        by_place = {place: a for a, place in stand.items()}
        for a in sorted(stand):
            if action.get(a, 0) < 5 or self.team[a] != 0:
                continue
            (down, across), target = AHEAD[action[a] - 5], None
            for far in (1, 2):
                place = (stand[a][0] + far * down, stand[a][1] + far * across)
                if place in by_place or self.cells[place] == 2:
                    target = by_place.get(place)
                    break
            if target is not None and self.team[target] == 1:
                self.payoff[a] += 1
                self.payoff[target] -= 1
                self.score += 1
            else:
                self.payoff[a] -= self.env.scenario.options.failed


class Carriers(Plain):
    def __init__(self, env, seed):
        super().__init__(env, seed)
        self.laden = [False] * self.n

    def update(self, stand, action):
        items, nest, drawn = self.floor["item"], self.floor["nest"], 0
        delivered = 0
        for a in sorted(stand):
            if self.laden[a] and nest[stand[a]]:
                self.laden[a], delivered = False, delivered + 1
            elif not self.laden[a] and items[stand[a]]:
                self.laden[a], items[stand[a]] = True, 0
        self.score += delivered
        while delivered:
            key = self.key(UPDATE)
            row = 1 + below(key, 2 * drawn, self.env.config.height - 2)
            col = 1 + below(key, 2 * drawn + 1, self.env.config.width - 2)
            drawn += 1
            if (row, col) not in stand.values() and not items[row, col] and not nest[row, col]:
                items[row, col], delivered = 1, delivered - 1


class Ants(Plain):
    def __init__(self, env, seed):
        super().__init__(env, seed)
        self.laden = [False] * self.n

    def update(self, stand, action):
        food, nest, scent = (self.floor[name] for name in ("food", "nest", "scent"))
        for a in sorted(stand):
            if self.laden[a] and nest[stand[a]]:
                self.laden[a] = False
                self.score += 1
            elif not self.laden[a] and food[stand[a]]:
                self.laden[a], food[stand[a]] = True, food[stand[a]] - 1
            if self.laden[a]:
                scent[stand[a]] = min(scent[stand[a]] + 1, 10)
        walls, new = self.cells == 2, np.zeros_like(scent)
        for i, j in np.argwhere(~walls):
            new[i, j] += 0.95 * scent[i, j]
            for y, x in ((i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)):
                new[(i, j) if walls[y, x] else (y, x)] += 0.05 / 4 * scent[i, j]
        new *= self.env.scenario.options.keep
        self.floor["scent"] = np.where(new < 0.02, 0, new)


PLAIN = {kind.__name__.lower(): kind for kind in (Battle, Commons, Levels, Tag, Carriers, Ants)}
