"""A person at the keyboard of a terminal or of the window: one key per round."""

import asyncio
import os
import select
import shutil
import sys
import textwrap
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

from swarm_env.agent import Brief, Decision, Perception
from swarm_env.envs.decision_codec import Message
from swarm_env.errors import ConfigError, ContractError, RunError
from swarm_env.frame import visible
from swarm_env.playing.human_input import OWN, STAY, HumanInput, own_moves, typed_message

LETTERS = {"w": 1, "s": 2, "a": 3, "d": 4, "k": 1, "j": 2, "h": 3, "l": 4, ".": STAY, "x": STAY, "\n": STAY}
ARROWS = {"A": 1, "B": 2, "D": 3, "C": 4}  # last byte of an arrow key's sequence
ESCAPE, TALK, QUIT, TASK = "\x1b", "t", "q", "?"
VIEWS = ("all", "own")
PAUSE = 0.05  # within which bytes after ESC belong to the same key [s]

CLEAR, ERASE = "\x1b[H\x1b[2J", "\x1b[K"  # the screen; the rest of the line
BOLD, REVERSE, PLAIN = "\x1b[1m", "\x1b[7m", "\x1b[0m"


class Human:
    """Asks a person for every agent in turn.

    "human" in a team is one agent, "human*3" are three. Before the first move the task is shown, with the
    meaning of the symbols. The window shows the whole map, or with the option `view=own` only the agent's
    view (`--agents "human?view=own, scripted"`); a terminal always shows the agent's view. Keys in the
    terminal: arrows, w a s d or h j k l move; space is the scenario-specific move (or stays); . stays; a
    digit is the index of a move; t sends a message if there is a channel; ? shows the task again; q or Ctrl-C
    stops the run.
    """

    replayable = False  # a person would not decide the same again
    plays_one = True  # an entry of a team without a number is one agent
    takes_terminal = True  # no other live view in the terminal

    def __init__(
        self, keys: TextIO | None = None, screen: TextIO | None = None, own_view: bool = False
    ) -> None:
        """Choose the terminal.

        Keys are read from `keys` (None: standard input) and the screen is written to `screen` (None: standard
        error if it is a terminal, else standard output). With `own_view` a window shows only the agent's
        view.
        """
        self._own_view = own_view
        self._input: HumanInput | None = None
        self._keys = keys or sys.stdin
        self._screen = screen or (sys.stderr if sys.stderr.isatty() else sys.stdout)

    @classmethod
    def from_argument(cls, argument: str, *, view: str = "all") -> "Human":
        """Make the agent from its text in a team.

        A window shows the whole map (`view` is "all") or only the agent's view ("own").

        Raises:
            ConfigError: Another value is given.
        """
        if argument:
            raise ConfigError(f"The human agent takes no argument, but {argument!r} is given: write 'human'.")
        if view not in VIEWS:
            raise ConfigError(f"human: view={view!r} is not one of: {', '.join(VIEWS)}.")
        return cls(own_view=view == "own")

    def attach(self, services: Any) -> None:
        """Take the input of the window, if one shows the run."""
        self._input = services.human_input

    def reset(self, brief: Brief, agents: Sequence[str], seed: int) -> None:
        """Begin an episode; the seed is not used.

        Raises:
            ConfigError: There is no terminal to read keys from.
        """
        self._brief, self._agents, self._is_new = brief, tuple(agents), True
        if self._input is not None:
            return
        if os.name != "posix" or self._keys is None or self._keys.closed or not self._keys.isatty():
            raise ConfigError(
                "The human agent reads keys from a terminal (Linux or macOS), but standard input is not one. "
                "Run it in a terminal, without a pipe, or choose other agents, as with --agents scripted."
            )

    def decide(self, perceptions: Sequence[Perception]) -> Sequence[Decision] | Awaitable[Sequence[Decision]]:
        """Ask for every agent.

        Returns:
            One decision per perception; with a window an awaitable, so that other agents decide meanwhile.

        Raises:
            KeyboardInterrupt: The person stops the run.
            RunError: The terminal was closed.
        """
        if self._input is not None:
            return self._ask_at(self._input, perceptions)
        with self._single_keys():
            decisions = [self._ask(perception) for perception in perceptions]
        self._is_new = False
        return decisions

    async def _ask_at(self, window: HumanInput, perceptions: Sequence[Perception]) -> list[Decision]:
        """Ask at a window, one agent after the other."""
        asked = (window.ask(self._brief, perception, self._own_view) for perception in perceptions)
        return [await asyncio.wrap_future(future) for future in asked]

    def _ask(self, perception: Perception) -> Decision:
        """Show an agent's perception and read keys until they make a decision."""
        message: Message = None
        hint = ""
        while True:
            self._write(self._picture(perception, message, hint))
            key = self._read_key()
            move = self._move_of(key)
            if key == QUIT:
                raise KeyboardInterrupt
            if key == TASK:
                self._is_new = not self._is_new
            elif key == TALK and self._brief.message != "none":
                message, hint = self._read_message()
            elif move is None:
                hint = "This key has no meaning here."
            elif perception.allowed and not perception.allowed[move]:
                hint = f"{self._brief.actions[move]} is not allowed now."
            else:
                return Decision(move, message)

    def _move_of(self, key: str) -> int | None:
        """Index of the move of a key; None without one."""
        count = len(self._brief.actions)
        if key == " ":
            return OWN if count > OWN else STAY
        if key.isdecimal():
            move: int | None = int(key)
        elif key.startswith(ESCAPE):
            move = ARROWS.get(key[-1])
        else:
            move = LETTERS.get(key.lower())
        return move if move is not None and move < count else None

    # The keyboard.

    @contextmanager
    def _single_keys(self) -> Iterator[None]:
        """Switch the terminal to single keys without echo, until the end of the context."""
        import termios
        import tty

        before = termios.tcgetattr(self._keys)
        tty.setcbreak(self._keys, termios.TCSADRAIN)
        try:
            yield
        finally:
            termios.tcsetattr(self._keys, termios.TCSADRAIN, before)

    def _read(self) -> bytes:
        """Read one byte."""
        try:
            typed = os.read(self._keys.fileno(), 1)
        except OSError as error:
            raise RunError(f"The terminal of the human agent cannot be read: {error.strerror}.") from None
        if not typed:
            raise RunError("The terminal of the human agent was closed.")
        return typed

    def _read_key(self) -> str:
        """Read one character, or the three of an arrow key."""
        key = self._read()
        while key.startswith(b"\x1b") and len(key) < 3 and select.select([self._keys], [], [], PAUSE)[0]:
            key += self._read()
        return key.decode("latin-1")

    def _read_line(self, prompt: str) -> str:
        """Read a line, with echo; "" after ESC."""
        typed = b""
        while True:
            self._write(f"\r{prompt}{typed.decode(errors='ignore')}{ERASE}")
            key = self._read()
            if key in b"\r\n":
                return typed.decode(errors="replace").strip()
            if key == b"\x1b":
                return ""
            if key in b"\x7f\b":
                typed = typed.decode(errors="ignore")[:-1].encode()
            elif key >= b" ":
                typed += key

    def _read_message(self) -> tuple[Message, str]:
        """Read a message; return it, and a hint if it is invalid."""
        textual = self._brief.message == "text"
        line = self._read_line("say: " if textual else "say, as numbers with blanks between: ")
        try:
            return typed_message(self._brief, line), ""
        except (ContractError, ValueError) as error:
            return None, f"Not sent: {error}"

    # The screen.

    def _write(self, text: str) -> None:
        self._screen.write(text)
        self._screen.flush()

    def _picture(self, perception: Perception, message: Message, hint: str) -> str:
        """The screen as text."""
        brief, me = self._brief, perception
        of = f" ({self._agents.index(me.name) + 1} of {len(self._agents)})" if len(self._agents) > 1 else ""
        lines = [
            f"{BOLD}{brief.scenario}, round {me.round + 1} of {brief.max_rounds}: {me.name}{of}{PLAIN}",
            f"row {me.position[0]}, column {me.position[1]}" + self._mark(me),
            "",
            *self._view(me),
            "",
            *self._wrapped(", ".join(f"{symbol} {meaning}" for symbol, meaning in brief.symbols.items())),
            *self._wrapped(self._keys_help()),
        ]
        if me.senses:
            felt = zip(brief.senses, me.senses, strict=False)
            lines.append("you sense: " + ", ".join(f"{name} {value}" for name, value in felt))
        if me.heard:
            lines.append("heard: " + " | ".join(map(_shown, me.heard)))
        if message is not None:
            lines.append(f"to say: {message}")
        return CLEAR + "\n".join([*lines, hint, *(self._task() if self._is_new else ())]) + "\n"

    def _task(self) -> Iterator[str]:
        """The task in words, and the meaning of everything that is shown."""
        width = min(shutil.get_terminal_size().columns, 100)
        brief = self._brief
        yield f"{BOLD}Your task{PLAIN}"
        for line in brief.words.splitlines():
            yield from textwrap.wrap(line, width) or [""]
        yield f"{BOLD}What you see{PLAIN}"
        for symbol, meaning in brief.symbols.items():
            yield f"  {symbol}  {meaning}"
        for name, meaning in brief.senses.items():
            yield from textwrap.wrap(
                f"{name}: {meaning}", width, initial_indent="  ", subsequent_indent="    "
            )

    def _mark(self, me: Perception) -> str:
        """The own mark in words, in scenarios with marks."""
        meaning = self._brief.symbols.get("A" if me.mark else "a")
        return f", {meaning}" if meaning and "a" in self._brief.symbols else ""

    def _view(self, me: Perception) -> list[str]:
        """The view, with the agent itself in reverse colours."""
        middle = len(me.view) // 2
        wide = max(len(symbol) for row in me.view for symbol in row)
        rows = []
        for i, row in enumerate(me.view):
            cells = [symbol.rjust(wide) for symbol in row]
            if i == middle:
                cells[middle] = f"{REVERSE}{cells[middle]}{PLAIN}"
            rows.append("  " + " ".join(cells))
        return rows

    @staticmethod
    def _wrapped(text: str) -> list[str]:
        return textwrap.wrap(text, max(20, shutil.get_terminal_size().columns))

    def _keys_help(self) -> str:
        """The meaning of the keys, in one line."""
        talk = ["t say something"] if self._brief.message != "none" else []
        own = own_moves(self._brief.actions, "space")
        return ", ".join(["arrows or w a s d move", ". STAY", *own, *talk, "? task", "q stop"])


def _shown(message: object) -> str:
    """A message heard, on one line and without control characters."""
    return "".join(letter if letter.isprintable() else " " for letter in visible(str(message)))


AGENT = Human
