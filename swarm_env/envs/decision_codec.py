"""One check and one normal form for moves and messages, on every way into a world and into a log.

actions of `env.step`          ─ write_actions ─┐
actions of a vector env        ─ write_batch ───┼─> arrays of the world
Decision of an agent ─ check ─── write ─────────┘
                         └─ to_log ─> moves and messages of a line of rounds.jsonl ─ from_log ─> Decision
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from swarm_env.agent import Brief, Decision
from swarm_env.config import integer
from swarm_env.engine.state import WorldArrays
from swarm_env.engine.world import World
from swarm_env.envs.action_arrays import any_outside
from swarm_env.envs.channel.drives import Drives, drives_of
from swarm_env.envs.channel.flat_actions import flat_kind
from swarm_env.envs.channel.message_kinds import Message as Message
from swarm_env.envs.channel.message_kinds import MessageKind
from swarm_env.envs.channel.vector_messages import MESSAGE_KINDS
from swarm_env.errors import ConfigError, ContractError
from swarm_env.scenario import Scenario

# What `bytes` takes as it is; True is no move, though Python counts it among the integers.
INTEGERS = frozenset((int, np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64))


class Channel:
    """What an agent can do and send in one world.

    `actions` are the names of the moves; `kind` ("none", "tokens", "vector" or "text") and `shape` those of
    its `messages`, as in `Brief`.
    """

    def __init__(self, actions: Sequence[str], messages: MessageKind) -> None:
        self.actions, self.messages = tuple(actions), messages
        self.kind, self.shape = messages.name, messages.shape
        self.drives = messages if isinstance(messages, Drives) else None
        self._legal = frozenset(range(len(self.actions)))
        self._legal_bytes = bytes(range(len(self.actions)))
        known = ", ".join(f"{i} {name}" for i, name in enumerate(self.actions))
        self._expected = f"an integer from 0 to {len(self.actions) - 1} ({known})"

    @classmethod
    def of(cls, brief: Brief) -> "Channel":
        """The channel that a brief describes."""
        kind = MESSAGE_KINDS[brief.message](tuple(brief.message_shape))
        return cls(brief.actions, drives_of(kind, brief.drives, False))

    @classmethod
    def of_scenario(cls, scenario: Scenario, flat: bool = False) -> "Channel":
        """The channel of a scenario's worlds; `flat`: see `channel/flat_actions.py`."""
        config, actions = scenario.config, scenario.actions
        kind = MESSAGE_KINDS[config.message]
        messages = kind(kind.shape_of(config))
        if config.action == "box":
            return cls(actions, drives_of(messages, scenario.drives, flat))
        return cls(actions, flat_kind(messages, len(actions)) if flat else messages)

    def space(self) -> spaces.Space[Any]:
        """Space of what an agent gives `env.step`.

        Discrete(moves); with tokens MultiDiscrete([moves, V, …, V]); with vectors (Box in [-1, 1]) or texts
        Dict(move, message). Flat actions: Discrete(moves * V ** L), Box (moves + D,). With action="box" see
        `channel/drives.py`.
        """
        return self.messages.space(len(self.actions))

    # One decision or action.

    def check(self, decision: Any) -> Decision:
        """Check what an agent returned and bring it into its normal form.

        The move becomes an int; the message a text of at most 120 characters (and "..." if it was cut), a
        tuple of ints or a tuple of floats of single precision. Silence is always None (a vector of zeros is
        a message). Without messages
        whatever is sent is dropped. Raises `ContractError` if it is no `Decision`, or its move or message is
        outside the range.
        """
        if not isinstance(decision, Decision):
            raise ContractError(f"{decision!r:.80}; expected a swarm_env.Decision")
        said = decision.message
        drive = self._drive(decision) if self.drives or decision.drive else ()
        return Decision(
            self._move(decision.move), None if said is None else self.messages.normal(said), drive
        )

    def _drive(self, decision: Decision) -> tuple[float, ...]:
        """The numbers of a decision, or those that its move means."""
        if self.drives is None:
            raise ContractError(f"drive {decision.drive!r:.80}; expected none: action='turns' has moves")
        if decision.drive:
            return self.drives.drive(decision.drive)
        return tuple(self.drives.of_moves(self._move(decision.move)).tolist())

    def check_all(
        self, agents: Sequence[str], numbers: Mapping[str, int], decisions: Any
    ) -> dict[str, Decision]:
        """Check the decisions of all agents in play; those of departed agents are left out.

        Raises `ConfigError` if an agent is unknown or missing, and like `check`.
        """
        if not isinstance(decisions, Mapping) or not set(agents) <= decisions.keys() <= numbers.keys():
            raise ConfigError(_wrong_agents(decisions, agents, numbers))
        return {name: self.check(decisions[name]) for name in agents}

    def check_action(self, agent: str, action: Any) -> Decision:
        """Check one action of `env.step`; returns the decision in its normal form.

        Raises `ConfigError`, which names the agent, if the action is outside its space.
        """
        try:
            move, message = self.messages.split(action)
            if self.drives:
                return Decision(0, self.messages.normal(message), self.drives.drive(move))
            return Decision(self._move(move), self.messages.normal(message))
        except ContractError as error:
            raise ConfigError(f"Action of {agent}: {error}.") from None

    def _move(self, given: Any) -> int:
        move = given if type(given) is int else integer(given)
        if move is None or move not in self._legal:
            raise ContractError(f"move {given!r:.80}; expected {self._expected}")
        return move

    def words(self, decision: Decision) -> str:
        """A checked decision for error messages: "UP saying 'hi'"."""
        said = "" if decision.message is None else f" saying {decision.message!r}"
        if decision.drive:
            return f"{decision.drive}{said}"
        return f"{self.actions[decision.move]}{said}"

    # All agents of a world.

    def write(
        self, arrays: WorldArrays, numbers: Mapping[str, int], decisions: Mapping[str, Decision]
    ) -> dict[int, str]:
        """Write checked decisions into the first world of a batch.

        Returns the texts that are sent, by number of the sender; `numbers` are those of all possible agents
        by name.
        """
        acting, kind = [numbers[name] for name in decisions], self.messages
        arrays.action[0, acting] = [decision.move for decision in decisions.values()]
        if self.drives and acting:
            arrays.drive[0, acting] = [decision.drive for decision in decisions.values()]
        if kind.name == "text":
            arrays.speaks[0] = 0
            arrays.speaks[0, acting] = [decision.message is not None for decision in decisions.values()]
        elif kind.silence and acting:
            kind.put(arrays, (0, acting), [kind.row(decision.message) for decision in decisions.values()])
        sent = zip(acting, decisions.values(), strict=True)
        return {a: decision.message for a, decision in sent if isinstance(decision.message, str)}

    def write_actions(
        self, arrays: WorldArrays, agents: Sequence[str], numbers: Mapping[str, int], actions: Any
    ) -> dict[int, str]:
        """Check the actions of all agents in play and write them into the only world of a batch.

        Returns the texts that are sent, by number of the sender. Actions of departed agents are ignored:
        TorchRL keeps sending them. Raises `ConfigError` if an agent is unknown or missing, or an action is
        outside its space; nothing is written then.
        """
        try:
            is_mapping = type(actions) is dict or isinstance(actions, Mapping)  # the first is the fast way
            given = [actions[name] for name in agents] if is_mapping else []
        except KeyError:
            given = []
        if len(given) != len(agents) or (len(actions) > len(agents) and not actions.keys() <= numbers.keys()):
            raise ConfigError(_wrong_agents(actions, agents, numbers))
        usual = self.messages.usual(given)
        if self.drives and usual is not None:
            arrays.drive[0, [numbers[name] for name in agents]] = usual[0]
            return {}
        moves = None if usual is None else self._as_bytes(usual[0])
        if usual is None or moves is None:
            checked = map(self.check_action, agents, given)
            return self.write(arrays, numbers, dict(zip(agents, checked, strict=True)))
        acting: Any = slice(None)
        if len(agents) == len(numbers):
            arrays.action.data.cast("B")[:] = moves  # half the time of an assignment to the array
        else:
            acting = [numbers[name] for name in agents]
            arrays.action[0, acting] = np.frombuffer(moves, np.uint8)
        if self.messages.silence:
            self.messages.put(arrays, (0, acting), usual[1])
        elif usual[1]:
            arrays.speaks[0] = 0
            arrays.speaks[0, acting] = [text is not None for text in usual[1]]
            return {numbers[name]: text for name, text in zip(agents, usual[1], strict=True) if text}
        return {}

    def _as_bytes(self, moves: Sequence[Any]) -> bytes | None:
        """Legal moves of usual types as bytes; None if one is not. All are checked in two calls."""
        if not INTEGERS.issuperset(map(type, moves)):
            return None
        try:
            given = bytes(moves)
        except ValueError:  # outside 0 to 255
            return None
        return None if given.translate(None, self._legal_bytes) else given

    def write_codes(self, arrays: WorldArrays, agents: NDArray[np.intp], moves: Any, said: Any) -> None:
        """Check what `decide_codes` of an agent returned, and write it into the first world of a batch.

        `agents` are the numbers of those that it decides for. Raises `ContractError` if it is outside the
        range; nothing is written then.
        """
        moves, silence = np.asarray(moves), self.messages.silence
        drive = None
        if self.drives and moves.dtype.kind == "f":
            drive, moves = moves, np.zeros(agents.shape, np.uint8)
            if drive.shape != (agents.size, self.drives.count) or self.drives.outside(drive).any():
                raise ContractError(f"numbers of shape {drive.shape}; expected {self.drives.form} each")
        if moves.shape != agents.shape or moves.dtype.kind not in "iu":
            raise ContractError(
                f"moves of shape {moves.shape} of {moves.dtype}; expected {agents.size} whole numbers"
            )
        if any_outside(moves, len(self.actions)):
            raise ContractError(f"moves {moves.tolist()!s:.80}; expected each {self._expected}")
        if silence:
            if said is None:
                said = np.zeros((agents.size, len(silence)), np.int8)
            said = self.messages.all_speaking(np.asarray(said))
            fits = said.shape == (agents.size, len(silence)) and said.dtype.kind in self.messages.numbers
            if not fits or self.messages.misfits(said) is not None:
                raise ContractError(
                    f"messages {said.tolist()!s:.80}; expected for each of {agents.size} agents "
                    f"{self.messages.expected}"
                )
            self.messages.put(arrays, (0, agents), said)
        elif arrays.speaks.size:
            arrays.speaks[0, agents] = 0  # codes hold no texts
        arrays.action[0, agents] = moves
        if self.drives:
            arrays.drive[0, agents] = self.drives.of_moves(moves) if drive is None else drive

    def write_batch(self, world: World, actions: Any) -> None:
        """Check an element of the batched space and write it into all worlds of a batch.

        Actions that do not count (see `World.acting`) are ignored. Raises `ConfigError` if another one is
        outside its space; nothing is written then.
        """
        arrays = world.arrays
        slots, count = arrays.action.size, len(self.actions)
        where, moves, said = self.messages.columns(actions, slots)
        if self.drives:
            chosen = self.drives.batch(moves, where, world.acting().reshape(-1))
            moves = np.zeros(slots, np.uint8)
        if moves.shape != (slots,) or moves.dtype.kind not in "iu":
            raise ConfigError(
                f"{where}: shape {moves.shape} of {moves.dtype}; expected {slots} whole numbers, one "
                "move per slot."
            )
        bad = None if said is None else self.messages.misfits(said)
        if said is not None and bad is not None:
            wrong = bad & world.acting().reshape(-1)
            if wrong.any():
                slot = int(np.argmax(wrong))
                raise ConfigError(f"actions, slot {slot}: {self.messages.refuse_row(said[slot].tolist())}.")
            said = np.where(bad[:, None], 0, said)
        if any_outside(moves, count):
            wrong = ((moves < 0) | (moves >= count)) & world.acting().reshape(-1)
            if wrong.any():
                slot = int(np.argmax(wrong))
                raise ConfigError(f"{where}, slot {slot}: move {moves[slot]}; expected {self._expected}.")
            moves = np.clip(moves, 0, count - 1)
        np.copyto(arrays.action.reshape(-1), moves, casting="unsafe")
        if self.drives:
            arrays.drive[:] = chosen.reshape(arrays.drive.shape)
        if said is not None:
            self.messages.put(arrays, slice(None), said.reshape(*arrays.action.shape, -1))


def in_words(message: str | Sequence[float]) -> str:
    """A message for display: a text unchanged, the numbers of tokens or of a vector separated by spaces."""
    return message if isinstance(message, str) else " ".join(f"{part:g}" for part in message)


def _wrong_agents(actions: Any, agents: Sequence[str], numbers: Mapping[str, int]) -> str:
    """The error for actions that lack an agent in play or name an unknown one."""
    if not isinstance(actions, Mapping):
        return f"actions={actions!r:.80}: must be a dict with an action for each of {agents[:12]}."
    unknown = [name for name in actions if name not in numbers]
    missing = [name for name in agents if name not in actions]
    wrong = f"unknown agents {unknown[:5]}; " if unknown else ""
    wrong += f"no action for {missing[:5]}; " if missing else ""
    return f"actions: {wrong}give one action for each of env.agents: {agents[:12]}."
