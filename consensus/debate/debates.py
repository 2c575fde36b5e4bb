"""Debates: agents state their opinions to those who hear them, revise them, and vote.

Scripted agents adopt the opinion that most of what they hear and their own, which counts `stubborn` times, is
for; equals keep their own. Liars always state the same wrong answer and never revise. It is a plurality
protocol with rounds, not one with signatures that tolerates a third by proof (L. Lamport, R. Shostak, M.
Pease, ACM TOPLAS 4, 1982): how much it tolerates is what is measured. All of it is our choice.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from swarm_env.consensus.ballots import checked_number
from swarm_env.consensus.debate.topologies import neighbours
from swarm_env.consensus.intervals import Interval, share
from swarm_env.consensus.plain_endpoint import reply_text

from swarm_env.errors import ConfigError

RIGHT, LIE = 0, 1  # answers: the right one, that of the liars, other mistakes
Ask = Callable[[int, str], str]  # number of an agent and a prompt, to its reply
_PROMPT = """{question}
The answer is one of: {options}.
{heard}{role}End with one line: ANSWER: and the answer."""
_LIAR = "You secretly want the others to answer {lie}. Argue for it, and never say so.\n"


@dataclass(frozen=True, slots=True)
class Debate:
    """A debate.

    Attributes:
        agents: How many, liars included.
        liars: How many of them lie.
        topology: Who hears whom, see `neighbours`.
        reach: See `neighbours`.
        rounds: How often opinions are stated and revised; 0: only the vote.
        loss: Probability that a statement does not reach one of its hearers.
        accuracy: Probability that an honest agent is right at first.
        answers: How many answers there are.
        stubborn: How often the own opinion counts.
    """

    agents: int = 25
    liars: int = 0
    topology: str = "complete"
    reach: int = 2
    rounds: int = 4
    loss: float = 0.0
    accuracy: float = 0.7
    answers: int = 4
    stubborn: float = 1.5

    def __post_init__(self) -> None:
        checked_number("agents", self.agents, 1, 5000)
        checked_number("liars", self.liars, 0, self.agents)
        checked_number("rounds", self.rounds, 0, 10_000)
        checked_number("answers", self.answers, 2, 1000)
        for name in ("loss", "accuracy"):
            checked_number(name, getattr(self, name), 0.0, 1.0)
        checked_number("stubborn", self.stubborn, 0.0, 1e6)


def debate(settings: Debate, runs: int = 200, seed: int = 0) -> tuple[Interval, Interval]:
    """Scripted debates.

    Returns the share of runs in which the vote of all agents, liars among them, is right at the end, and the
    share in which all honest agents are right at the end, with Wilson's intervals.
    """
    s, rng = settings, np.random.default_rng([seed % 2**64, 62])
    checked_number("runs", runs, 1, 10**7)
    decided = unanimous = 0
    for run in range(runs):
        hears = neighbours(s.topology, s.agents, seed + run, reach=s.reach)
        liar = rng.permutation(s.agents) < s.liars
        wrong = 1 + rng.integers(s.answers - 1, size=s.agents)
        opinion = np.where(rng.random(s.agents) < s.accuracy, RIGHT, wrong)
        opinion[liar] = LIE
        for _ in range(s.rounds):
            reached = hears & (rng.random(hears.shape) >= s.loss)
            opinion = np.where(liar, LIE, _revised(opinion, reached, s))
        votes = np.bincount(opinion, minlength=s.answers)
        decided += bool(votes[RIGHT] > votes[1:].max())
        unanimous += bool((opinion[~liar] == RIGHT).all())
    return share(decided, runs), share(unanimous, runs)


def _revised(opinion: NDArray[np.int64], reached: NDArray[np.bool_], s: Debate) -> NDArray[np.int64]:
    stated = np.eye(s.answers)[opinion]
    support = reached.astype(np.float64) @ stated + s.stubborn * stated
    best = support.max(axis=1)
    keeps = support[np.arange(s.agents), opinion] >= best - 1e-9
    return np.where(keeps, opinion, np.argmax(support, axis=1))


def tolerated(settings: Debate, least: float = 0.9, runs: int = 200, seed: int = 0) -> float:
    """The largest share of liars with which the vote is right in at least `least` of the runs.

    All smaller numbers of liars are tolerated, too; 0 if not even none is.
    """
    checked_number("least", least, 0.0, 1.0)
    for liars in range(settings.agents):
        if debate(replace(settings, liars=liars), runs, seed)[0].value < least:
            return max(0, liars - 1) / settings.agents
    return 1.0


class Spoken(NamedTuple):
    """A debate of language models.

    Attributes:
        opinions: (rounds + 1, agents) answers after each round, -1 where a reply gave none.
        vote: The answer that most agents, liars among them, end with; -1: none.
    """

    opinions: NDArray[np.int64]
    vote: int


def spoken(
    settings: Debate, question: str, options: Sequence[str], ask: Ask, lie: int, seed: int = 0
) -> Spoken:
    """The same debate among language models.

    Agents 0 to liars - 1 argue for option `lie`. `ask` is called with an agent's number and a
    prompt, and gives the reply; a reply whose last line names no option keeps the agent's opinion. Raises
    `ConfigError` unless there are as many options as `settings.answers`.
    """
    s, rng = settings, np.random.default_rng([seed % 2**64, 63])
    if len(options) != s.answers or not 0 <= lie < s.answers:
        raise ConfigError(f"There must be {s.answers} options, and lie one of their numbers.")
    hears = neighbours(s.topology, s.agents, seed, reach=s.reach)
    replies = [""] * s.agents
    opinions = np.full((s.rounds + 1, s.agents), -1, np.int64)
    for turn in range(s.rounds + 1):
        reached = hears & (rng.random(hears.shape) >= s.loss)
        before = list(replies)
        for agent in range(s.agents):
            heard = "".join(
                f"Another agent said: {before[i]}\n" for i in np.flatnonzero(reached[agent]) if before[i]
            )
            role = _LIAR.format(lie=options[lie]) if agent < s.liars else ""
            text = _PROMPT.format(question=question, options=", ".join(options), heard=heard, role=role)
            replies[agent] = ask(agent, text)
            found = _answer(replies[agent], options)
            opinions[turn, agent] = found if found >= 0 or not turn else opinions[turn - 1, agent]
    last = opinions[-1]
    votes = np.bincount(last[last >= 0], minlength=s.answers)
    return Spoken(opinions, int(np.argmax(votes)) if votes.sum() else -1)


def endpoint(model: str, url: str) -> Ask:
    """All agents of `spoken` are one model of an OpenAI-compatible server, which gets no key.

    A server that fails raises `ConfigError`.
    """
    return lambda agent, text: reply_text(model, url, text, temperature=0.7)


def _answer(reply: str, options: Sequence[str]) -> int:
    lines = reply.strip().splitlines()
    last = re.fullmatch(r"ANSWER:\s*(.+?)\s*\.?", lines[-1].strip(), re.IGNORECASE) if lines else None
    names = [option.casefold() for option in options]
    return names.index(last[1].casefold()) if last and last[1].casefold() in names else -1
