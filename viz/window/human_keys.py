"""The person at the window: the question that is open, and the keys that answer it."""

import threading
from collections import deque
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field

from swarm_env.agent import Brief, Decision, Perception
from swarm_env.envs.decision_codec import Channel, Message
from swarm_env.errors import ContractError

STAY, OWN = 0, 5  # moves: stay, and the first that is the scenario's own
MOVES = {"W": 1, "Up": 1, "S": 2, "Down": 2, "A": 3, "Left": 3, "D": 4, "Right": 4, ".": STAY}
AHEAD = 2  # keys that may be typed ahead
LONGEST = 400  # characters of what is being typed


@dataclass(slots=True, eq=False)
class Asked:
    """A question to the person.

    Attributes:
        brief: The task.
        perception: What the body perceives.
        own_view: Whether only that may be shown.
        answer: What will hold the decision.
        message: What is to be said.
    """

    brief: Brief
    perception: Perception
    own_view: bool
    answer: "Future[Decision]" = field(default_factory=Future)
    message: Message = None

    @property
    def body(self) -> int:
        """Number of the body."""
        return int(self.perception.name.rpartition("_")[2])


class WindowInput:
    """Takes questions from the game's thread and keys from the window's (`swarm_env.playing.human_input.HumanInput`).

    Attributes:
        hint: Why the last key did nothing; "" if it did.
        typing: What is being typed to be said; None when nothing is.
        own_view: Whether the last question asked for the body's own view.
        body: Number of the body that was asked about last; None before the first question.
    """

    def __init__(self) -> None:
        self.hint = ""
        self.typing: str | None = None
        self.own_view = False
        self.body: int | None = None
        self._asked: Asked | None = None
        self._lock = threading.Lock()
        self._ahead: deque[str] = deque(maxlen=AHEAD)

    def ask(self, brief: Brief, perception: Perception, own_view: bool) -> "Future[Decision]":
        """Ask the person what a body is to do (see `HumanInput`)."""
        asked = Asked(brief, perception, own_view)
        with self._lock:
            self._asked, self.body, self.own_view = asked, asked.body, own_view
        return asked.answer

    @property
    def asked(self) -> Asked | None:
        """The question that is open."""
        with self._lock:
            asked = self._asked
        return None if asked is None or asked.answer.done() else asked

    def press(self, key: str, letters: str) -> bool:
        """Take a key.

        Args:
            key: Its name.
            letters: What it writes.

        Returns:
            Whether it is one of the person's: it drives, or writes what is to be said.
        """
        if self.body is None:
            return False
        if self.typing is not None:
            self._type(key, letters)
            return True
        if key not in MOVES and key not in ("Space", "T") and not key.isdecimal():
            return False
        self._ahead.append(key)
        self.catch_up()
        return True

    def catch_up(self) -> None:
        """Use what was typed ahead, if a question is open."""
        while self._ahead and self.typing is None and (asked := self.asked) is not None:
            self._use(asked, self._ahead.popleft())

    def _use(self, asked: Asked, key: str) -> None:
        brief, allowed = asked.brief, asked.perception.allowed
        count = len(brief.actions)
        if key == "T":
            self.hint = "" if brief.message != "none" else "Nobody can hear anything here."
            self.typing = "" if brief.message != "none" else None
            return
        own = OWN if count > OWN else STAY
        move = own if key == "Space" else MOVES[key] if key in MOVES else int(key)
        if move >= count:
            self.hint = f"There is no move {move}: there are 0 to {count - 1}."
        elif allowed and not allowed[move]:
            self.hint = f"{brief.actions[move]} is not allowed now."
        else:
            self.hint = ""
            try:
                asked.answer.set_result(Decision(move, asked.message))
            except InvalidStateError:  # taken back meanwhile
                return

    def _type(self, key: str, letters: str) -> None:
        typed = self.typing or ""
        if key == "Enter":
            self.typing = None
            self._say(typed.strip())
        elif key == "Escape":
            self.typing = None
        elif key == "Backspace":
            self.typing = typed[:-1]
        elif letters.isprintable():
            self.typing = (typed + letters)[:LONGEST]
        self.catch_up()

    def _say(self, line: str) -> None:
        """Keep what was typed for the move that follows, if the channel takes it."""
        asked = self.asked
        if asked is None:
            return
        kind = asked.brief.message
        said: Message = line or None
        try:
            if line and kind == "tokens":
                said = tuple(int(word) for word in line.split())
            elif line and kind == "vector":
                said = tuple(float(word) for word in line.split())
            asked.message = Channel.of(asked.brief).check(Decision(STAY, said)).message
            self.hint = ""
        except (ContractError, ValueError) as error:
            self.hint = f"Not said: {error}"
