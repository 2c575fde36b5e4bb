"""Agents for tests, each with one habit, and perceptions for them to look at."""

import asyncio

from swarm_env.agent import Brief, Decision, Perception
from swarm_env.playing.team import Team, TeamEntry


class Counter:
    """Moves by a number that depends on its seed, its memory and what it sees; sync; remembers."""

    def reset(self, brief, agents, seed):
        self.brief, self.names, self.seed, self.asked = brief, agents, seed, 0

    def decide(self, perceptions):
        self.asked += 1
        moves = len(self.brief.actions)
        sums = [sum(map(ord, "".join(map("".join, p.view)))) for p in perceptions]
        return [
            Decision((self.seed + self.asked + s + p.position[0]) % moves, self.say(p))
            for s, p in zip(sums, perceptions, strict=True)
        ]

    def say(self, perception):
        return None


class AsyncCounter(Counter):
    """The same, as a coroutine."""

    async def decide(self, perceptions):
        await asyncio.sleep(0)
        return super().decide(perceptions)


class Talker(Counter):
    """Says something in whatever channel there is."""

    def say(self, perception):
        shape, number = self.brief.message_shape, self.seed + self.asked + int(perception.name.split("_")[1])
        if self.brief.message == "text":
            return f"ü{number}\n" * (number % 40)
        if self.brief.message == "tokens":
            return tuple((number + i) % shape[0] for i in range(shape[1]))
        if self.brief.message == "vector":
            return tuple(((number + i) % 7 - 3) / 3 for i in range(shape[0]))
        return None


class Person(Counter):
    """Would decide differently each time; learns of the past."""

    replayable = False
    decided = 0  # in this process

    def reset(self, brief, agents, seed):
        super().reset(brief, agents, seed)
        self.informed = []

    def decide(self, perceptions):
        Person.decided += 1
        return [Decision((Person.decided + p.position[1]) % 5) for p in perceptions]

    def replay(self, perceptions, decisions):
        self.informed.append(
            (perceptions[0].round, [p.name for p in perceptions], [d.move for d in decisions])
        )


def team(*entries):
    """A team of (class or factory, count or None)."""
    return Team(tuple(TeamEntry(getattr(kind, "__name__", "agent"), count, kind) for kind, count in entries))


def brief(message="none", shape=(), actions=("STAY", "UP", "DOWN", "LEFT", "RIGHT")):
    return Brief("test", "words", actions, {}, 3, 100, message, shape, 1)


def perception(number, round=0):
    return Perception(f"agent_{number}", round, (number, round), 0, (("*",) * 3,) * 3)
