"""The protocol between a world and the code that decides: Brief, Perception, Decision, Agent.

An agent class is one file in `agents/` (or anywhere: `path/file.py:Name`). The runner makes one object per
team entry. The object may control several agents of the world and decides for all of them at once:

    class Wanderer:
        def reset(self, brief: Brief, agents: Sequence[str], seed: int) -> None: ...
        def decide(self, perceptions: Sequence[Perception]) -> Sequence[Decision]: ...

`decide` may be a coroutine function. Perceptions are all that it receives about the world; an object may keep
earlier ones.

Optional methods, each of which may be a coroutine function:

| method                                    | called                                                        |
|-------------------------------------------|---------------------------------------------------------------|
| `attach(services)`                        | once, before `reset`, with the `Services` of the run          |
| `replay(perceptions, decisions)`          | for a past round that it did not decide itself                |
| `preview(perceptions) -> list[Preview]`   | in a dry run, instead of `decide`: its model calls            |
| `reseed(seed)`                            | when a copy of a world goes on otherwise: draw with this seed |
| `decide_codes(codes)`                     | by `gym_env` instead of `decide`, if all of a team have it     |
| `close()`                                 | at the end                                                    |

`decide_codes` is a faster way to the same decisions. It is given arrays, `swarm_env.envs.perception.Codes`,
and returns (n,) moves and (n, L) tokens or (n, D) vectors, or None in place of these: silence. Vectors may
follow a flag, 0 for silence: (n, 1 + D). It is no coroutine function. With texts it is not called.

Optional class attributes:

| attribute                                 | meaning                                                       |
|-------------------------------------------|---------------------------------------------------------------|
| `from_argument(argument, **options)`      | class method that makes it for "name:argument?key=value"      |
| `takes = ("model", ...)`                  | options that it also takes from the flags of the same names   |
| `files = ("prompt", ...)`                 | options whose values are files                                |
| `message = "text"`                        | the kind of messages it needs; used if none is chosen         |
| `replayable = False`                      | it would not decide the same again (a person)                 |
| `takes_terminal = True`                   | it writes to the terminal itself                              |
"""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

View = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Brief:
    """The task, which every agent receives before the first round.

    Attributes:
        scenario: Name of the scenario.
        words: The task in plain words, as language models receive it.
        actions: Names of the moves; a move is an index into this tuple (0 is STAY).
        symbols: Meaning of each symbol that can appear in a view.
        view_size: Side of the square view [cells], odd.
        max_rounds: Most rounds of an episode.
        message: Kind of messages: "none", "tokens", "vector" or "text".
        message_shape: Sizes of a message: (vocabulary, length) for tokens, (dimension,) for vectors, (120,)
            for text, () for none.
        message_range: Greatest row and column distance at which a message is heard [cells].
        facts: Numbers of the task that its words state, by name (Flocking: the side of the target shape).
        senses: Meaning of each number in `Perception.senses`, by name, in the same order.
        message_topology: Who hears whom, as in `WorldConfig`; "links" for pairs.
        message_delay: Least and greatest delay of a message [rounds].
        message_noise: Probability that a message is garbled.
        message_cost: What a message takes from the speaker's reward.
        sender: Whether hearers learn who spoke.
        heard: What `Perception.heard` holds of tokens and vectors: "sum", "mean" or "slots".
        heard_slots: Slots of what is heard, with heard="slots"; else 0.
        phrases: Those of tokens 1, 2, … in a world with a codebook. An agent class with
            `message = "text"` gets message="text" there: it hears and says tokens by phrase or number.
        observation_version: Version of the observations of tokens and vectors, as in `WorldConfig`.
        teams: The team of every agent by name, as all know it; empty without teams.
        floor: The greatest amount of each layer in `Perception.floor`, by name.
        agent_symbols: Symbols of agents, those of the first team first, where views show them before the
            numbers; else ().
        private: Whether each agent is paid by itself.
        has_prompts: Whether language models can play it.
        drives: In continuous space with action="box": names of the numbers of `Decision.drive`; else ().
        field: (kind, rings, sectors) of `Perception.field` in continuous space; ("", 0, 0) on a grid.
    """

    scenario: str
    words: str
    actions: tuple[str, ...]
    symbols: Mapping[str, str]
    view_size: int
    max_rounds: int
    message: str = "none"
    message_shape: tuple[int, ...] = ()
    message_range: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)
    senses: Mapping[str, str] = field(default_factory=dict)
    message_topology: str = "range"
    message_delay: tuple[int, int] = (0, 0)
    message_noise: float = 0.0
    message_cost: float = 0.0
    sender: bool = False
    heard: str = ""
    heard_slots: int = 0
    phrases: tuple[str, ...] = ()
    observation_version: int = 2
    teams: Mapping[str, str] = field(default_factory=dict)
    floor: Mapping[str, float] = field(default_factory=dict)
    agent_symbols: tuple[str, ...] = ()
    private: bool = False
    has_prompts: bool = True
    drives: tuple[str, ...] = ()
    field: tuple[str, int, int] = ("", 0, 0)


@dataclass(frozen=True, slots=True)
class Perception:
    """What one agent perceives in one round.

    Attributes:
        name: Own name, "agent_3".
        round: Rounds played so far, from 0.
        position: Own (row, column) [cells], from the top left.
        mark: Own mark (light on, carrying); 0 or 1 in the five tasks.
        view: `view_size` rows of `view_size` short strings, centred on the agent. Symbols as in
            `Brief.symbols`; an agent (itself too) is its number ("3"), with "$" before it if it is unmarked;
            with teams the symbol of its kind stands before the number ("R3"); "*" lies outside the map, or
            beyond the agent's sight. A free cell shows what lies on its floor: the symbol of the layer, with
            a digit from 1 (little) to 9 if there can be more or less of it ("s4").
        heard: What arrived this round: texts in random order (with `Brief.sender` each begins with the name
            of its speaker), or numbers, as `Brief.heard` says; empty with `message="none"`.
        allowed: Whether each move of `Brief.actions` is allowed.
        senses: Numbers that only this agent perceives, one per name of `Brief.senses`.
        score: The team's score so far; the default prompt does not show it.
        map: The whole map in the symbols of `view`, for a commander (`message_topology`); () for all others.
        may_speak: Whether it may send a message with its next decision; else the message is dropped.
        floor: For each layer of the floor the amounts in the view, `view_size` rows of as many numbers.
        payoff: What this agent has got so far, if each is paid by itself.
        field: In continuous space what it perceives of those near (docs/observations.md); else ().
    """

    name: str
    round: int
    position: tuple[int, int]
    mark: int
    view: View
    heard: tuple[str, ...] | tuple[int, ...] | tuple[float, ...] = ()
    allowed: tuple[bool, ...] = ()
    senses: tuple[int, ...] = ()
    score: float = 0.0
    map: View = ()
    may_speak: bool = True
    floor: tuple[tuple[tuple[float, ...], ...], ...] = ()
    payoff: float = 0.0
    field: tuple[float, ...] = ()


_view: Any = Perception.__dict__["view"]  # the slot


def _seen(perception: Perception) -> View:
    """The view of a perception, made when it is first read: many agents never read it."""
    found = _view.__get__(perception)
    view: View = found() if callable(found) else found
    if view is not found:
        _view.__set__(perception, view)
    return view


# In place of the slot, so that all other attributes stay as fast as they are. Who makes a perception may give
# a function without arguments for a view.
setattr(Perception, "view", property(_seen, _view.__set__))  # noqa: B010, mypy takes it for a slot


@dataclass(frozen=True, slots=True)
class Decision:
    """What one agent does in one round.

    Attributes:
        move: Index into `Brief.actions`.
        message: A text, the token numbers, the vector, or None for silence (token 0 alone is silence too; a
            vector of zeros is a message).
        drive: With action="box" the numbers chosen, each from -1 to 1 (`Brief.drives`); () else, or to do
            what the move means.
        is_unread: Whether no move could be read from a model's answer, so that the agent stays. Two decisions
            that differ in this only are equal: the world does not know it, and runs do not record it.
    """

    move: int
    message: str | tuple[int, ...] | tuple[float, ...] | None = None
    drive: tuple[float, ...] = ()
    is_unread: bool = field(default=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Preview:
    """One model call that an agent would make, as `preview` returns it.

    Attributes:
        name: The agent it decides for, "agent_3".
        model: Name of the model.
        base_url: Address of the endpoint; None for the one of the environment variable.
        messages: (role, text) of each message.
        prompt_tokens: Estimated tokens of the messages.
        completion_tokens: Estimated tokens of the answer.
        price: (input, output, cached input) [US dollars per million tokens]; None: the known price.
        memory: Rounds of the past that its prompts show at most; a dry run plays one more.
    """

    name: str
    model: str
    base_url: str | None
    messages: tuple[tuple[str, str], ...]
    prompt_tokens: int
    completion_tokens: int
    price: tuple[float, float, float | None] | None = None
    memory: int = 5


@runtime_checkable
class Agent(Protocol):
    """Decides for one or more agents of a world."""

    def reset(self, brief: Brief, agents: Sequence[str], seed: int) -> None:
        """Begin an episode: forget the last one, take the task and the names of the agents to control.

        Args:
            brief: The task.
            agents: Names of the agents that this object controls, in order.
            seed: Seed of its own randomness; the same seed and perceptions must give the same decisions.
        """

    def decide(self, perceptions: Sequence[Perception]) -> Sequence[Decision] | Awaitable[Sequence[Decision]]:
        """Decide for every agent that is still in play.

        Args:
            perceptions: One per agent in play that this object controls, in the order of `reset`.

        Returns:
            One decision per perception, in the same order.
        """
