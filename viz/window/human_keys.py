"""Human input through the window: the open question, and the keys that answer it."""

import threading
from collections import deque
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field

from swarm_env.agent import Brief, Decision, Perception
from swarm_env.envs.decision_codec import Message
from swarm_env.errors import ContractError
from swarm_env.playing.human_input import OWN, STAY, typed_message

MOVES = {"W": 1, "Up": 1, "S": 2, "Down": 2, "A": 3, "Left": 3, "D": 4, "Right": 4, ".": STAY}
TYPED_AHEAD = 2  # keys remembered while no question is open
LONGEST = 400  # characters of a message


@dataclass(slots=True, eq=False)
class Question:
    """A request for the human's decision."""

    brief: Brief
    perception: Perception  # observation of the agent that the human controls
    own_view: bool  # whether the human may see nothing but this observation
    answer: "Future[Decision]" = field(default_factory=Future)  # receives the decision
    message: Message = None  # message to send with the next move

    @property
    def agent(self) -> int:
        """Number of the agent."""
        return int(self.perception.name.rpartition("_")[2])


class WindowInput:
    """Answers questions of the game's thread with key presses (`playing.human_input.HumanInput`)."""

    def __init__(self) -> None:
        self.hint = ""  # why the last key had no effect; "" if it had one
        self.typing: str | None = None  # the message being typed; None if none is
        self.own_view = False  # whether the last question restricted the human to the agent's view
        self.agent: int | None = None  # number of the agent asked about last; None before the first question
        self._question: Question | None = None
        self._lock = threading.Lock()
        self._ahead: deque[str] = deque(maxlen=TYPED_AHEAD)

    def ask(self, brief: Brief, perception: Perception, own_view: bool) -> "Future[Decision]":
        """Ask the human for a decision (see `HumanInput`)."""
        question = Question(brief, perception, own_view)
        with self._lock:
            self._question, self.agent, self.own_view = question, question.agent, own_view
        return question.answer

    @property
    def question(self) -> Question | None:
        """The open question, if there is one."""
        with self._lock:
            question = self._question
        return None if question is None or question.answer.done() else question

    def press(self, key: str, letters: str) -> bool:
        """Handle a key by name (see `keys.key_name`) and the letters that it types.

        Returns whether it belongs to human input (a move, or a part of a message).
        """
        if self.agent is None:
            return False
        if self.typing is not None:
            self._type(key, letters)
            return True
        if key not in MOVES and key not in ("Space", "T") and not key.isdecimal():
            return False
        self._ahead.append(key)
        self.use_typed_ahead()
        return True

    def use_typed_ahead(self) -> None:
        """Answer the open question, if there is one, with the keys typed ahead."""
        while self._ahead and self.typing is None and (question := self.question) is not None:
            self._use(question, self._ahead.popleft())

    def _use(self, question: Question, key: str) -> None:
        brief, allowed = question.brief, question.perception.allowed
        count = len(brief.actions)
        if key == "T":
            silent = brief.message == "none"
            self.hint = "This run has no message channel." if silent else ""
            self.typing = None if silent else ""
            return
        own = OWN if count > OWN else STAY
        move = own if key == "Space" else MOVES[key] if key in MOVES else int(key)
        if move >= count:
            self.hint = f"There is no move {move}; moves are 0 to {count - 1}."
        elif allowed and not allowed[move]:
            self.hint = f"{brief.actions[move]} is not allowed now."
        else:
            self.hint = ""
            try:
                question.answer.set_result(Decision(move, question.message))
            except InvalidStateError:  # cancelled in the meantime
                return

    def _type(self, key: str, letters: str) -> None:
        typed = self.typing or ""
        if key == "Enter":
            self.typing = None
            self._set_message(typed.strip())
        elif key == "Escape":
            self.typing = None
        elif key == "Backspace":
            self.typing = typed[:-1]
        elif letters.isprintable():
            self.typing = (typed + letters)[:LONGEST]
        self.use_typed_ahead()

    def _set_message(self, line: str) -> None:
        """Keep a typed message for the next move, if the channel accepts it."""
        question = self.question
        if question is None:
            return
        try:
            question.message = typed_message(question.brief, line)
            self.hint = ""
        except (ContractError, ValueError) as error:
            self.hint = f"Message refused: {error}"
