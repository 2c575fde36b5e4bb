"""The protocol between the world and whoever decides: Brief, Perception, Decision, Agent.

An agent is one file in `agents/` (or anywhere: `path/file.py:Name`) with one class. The runner makes one
object per team entry; that object may drive several bodies and is asked for all of them at once:

    class Wanderer:
        def reset(self, brief: Brief, agents: Sequence[str], seed: int) -> None: ...
        def decide(self, perceptions: Sequence[Perception]) -> Sequence[Decision]: ...

`decide` may be a coroutine function. What a body perceives is all an agent is given about the world; what it
remembers of earlier perceptions is its own business.

An agent may have more methods, each of which may be a coroutine function:

| method                                    | called                                                        |
|-------------------------------------------|---------------------------------------------------------------|
| `attach(services)`                        | once, before `reset`, with the `Services` of the run          |
| `replay(perceptions, decisions)`          | for a past round that it did not decide itself                |
| `preview(perceptions) -> list[Preview]`   | in a rehearsal, instead of `decide`: what it would ask models |
| `close()`                                 | at the end                                                    |

and its class may say more of it:

| attribute                                 | meaning                                                       |
|-------------------------------------------|---------------------------------------------------------------|
| `from_argument(argument, **options)`      | class method: makes it for "name:argument?key=value"        |
| `takes = ("model", ...)`                  | options that the flags of the same names give it              |
| `files = ("prompt", ...)`                 | those of its options that name files                          |
| `message = "text"`                        | the channel it needs; used when nobody chooses one            |
| `replayable = False`                      | it would not decide the same again (a person)                 |
| `takes_terminal = True`                   | it shows what it sees in the terminal by itself               |
"""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Brief:
    """What every body knows before the first round: the task, never the state of the world.

    Attributes:
        scenario: Name of the scenario.
        words: The task in plain words, as a language model is told it.
        actions: Names of the moves; a move is an index into this tuple (0 is STAY).
        symbols: Meaning of each symbol that can appear in a view.
        view_size: Side of the square view [cells], odd.
        max_rounds: Rounds after which the episode ends at the latest.
        message: Channel: "none", "tokens", "vector" or "text".
        message_shape: Sizes of a message: (vocabulary, length) for tokens, (dimension,) for vectors, (120,)
            for text, () for none.
        message_range: Farthest row and column distance at which a message is heard [cells].
        facts: Numbers of the task that its words state, by name (Flocking: the side of the target shape).
        senses: Meaning of each number that a body senses by itself, by name, in the order of
            `Perception.senses`.
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


@dataclass(frozen=True, slots=True)
class Perception:
    """What one body knows in one round.

    Attributes:
        name: Own name, "agent_3".
        round: Rounds played so far, from 0.
        position: Own (row, column) [cells], from the top left.
        mark: Own mark (light on, carrying); 0 or 1 in the five tasks.
        view: `view_size` rows of `view_size` short strings, centred on the body. Symbols as in
            `Brief.symbols`; a body, oneself too, is its number ("3"), with "$" before it if it is unmarked;
            "*" lies outside the map.
        heard: What arrived this round: texts (order drawn, speakers unknown), or the count of each token
            heard, or the mean of the vectors heard; empty with `message="none"`.
        allowed: One truth value per move of `Brief.actions`.
        senses: What it senses by itself, one number per name of `Brief.senses`; nobody else perceives them.
    """

    name: str
    round: int
    position: tuple[int, int]
    mark: int
    view: tuple[tuple[str, ...], ...]
    heard: tuple[str, ...] | tuple[int, ...] | tuple[float, ...] = ()
    allowed: tuple[bool, ...] = ()
    senses: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What one body does in one round.

    Attributes:
        move: Index into `Brief.actions`.
        message: A text, the token numbers, the vector, or None for silence (token 0 and the zero vector are
            silence too).
    """

    move: int
    message: str | tuple[int, ...] | tuple[float, ...] | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """One question that an agent would ask a model, as `preview` tells it.

    Attributes:
        name: The body it is asked for, "agent_3".
        model: Name of the model.
        base_url: Address of the endpoint; None: the one that the environment names.
        messages: (role, text) of each message.
        prompt_tokens: Of the messages, estimated.
        completion_tokens: Of the answer, estimated.
    """

    name: str
    model: str
    base_url: str | None
    messages: tuple[tuple[str, str], ...]
    prompt_tokens: int
    completion_tokens: int


@runtime_checkable
class Agent(Protocol):
    """Whoever decides for one or more bodies."""

    def reset(self, brief: Brief, agents: Sequence[str], seed: int) -> None:
        """Begin an episode: forget everything, learn the task and the names of the agents to drive.

        Args:
            brief: The task.
            agents: Names of the agents driven by this object, in order.
            seed: Seed of this object's own randomness; the same seed and perceptions give the same decisions.
        """

    def decide(self, perceptions: Sequence[Perception]) -> Sequence[Decision] | Awaitable[Sequence[Decision]]:
        """Choose for every body that is still in play.

        Args:
            perceptions: One per living body of this object, in the order of `bodies`.

        Returns:
            One decision per perception, in the same order.
        """
