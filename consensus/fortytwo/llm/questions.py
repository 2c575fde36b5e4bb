"""Generated questions whose answers can be checked, and files of questions."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from swarm_env.errors import ConfigError
from swarm_env.runtime.disk_files import read_regular

LONGEST = 20_000  # characters of a question
MOST = 100_000  # questions of a file
MAX_FILE = 1 * 2**30  # bytes of a file
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WORDS = ("banana", "committee", "mississippi", "parallel", "possession", "assessment", "tomorrow")


@dataclass(frozen=True, slots=True)
class Question:
    """A question."""

    name: str  # unique in its file
    text: str
    answer: str | None = None  # the right answer; None: not known
    wrong: str | None = None  # a plausible wrong answer for misleading text; None: not known

    def as_json(self) -> dict[str, Any]:
        """The fields of a line of a file."""
        fields = {"id": self.name, "question": self.text, "answer": self.answer, "wrong": self.wrong}
        return {name: value for name, value in fields.items() if value is not None}


def generate(count: int, seed: int) -> list[Question]:
    """Questions of several kinds in turn, each with one right answer; more of them begin alike."""
    made = []
    for number in range(count):
        draw = random.Random(f"fortytwo {seed} {number}")
        text, answer, wrong = _KINDS[number % len(_KINDS)](draw)
        made.append(Question(f"q{number}", text, answer, wrong))
    return made


def same_answer(one: str, other: str) -> bool:
    """Whether two answers are equal as numbers, or as words without case and markup."""
    return normal(one) == normal(other)


def normal(answer: str) -> str:
    """Normal form of an answer: lower case, no markup, no final stop, numbers plain."""
    text = " ".join(answer.strip().strip("*_`$\"' ").lower().split()).rstrip(".").strip("*_`$\"' ")
    try:
        number = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return text
    return f"{number.normalize():f}" if number.is_finite() and abs(number.adjusted()) < 50 else text


def read_questions(path: Path) -> list[Question]:
    """Read a file of questions, one JSON object per line.

    Fields: `question`, and optionally `id`, `answer`, `wrong`; others are ignored. Raises `ConfigError` if
    the file cannot be read or is empty, or a line is malformed.
    """
    try:
        lines = read_regular(path, MAX_FILE).decode("utf-8-sig").splitlines()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path} is not UTF-8 text.") from None
    found = [_question(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not found or len(found) > MOST:
        raise ConfigError(f"{path} holds {len(found)} questions; it must hold 1 to {MOST}.")
    names = [question.name for question in found]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ConfigError(f"{path} has two questions with the id {twice!r}.")
    return found


def _question(path: Path, number: int, line: str) -> Question:
    try:
        fields = json.loads(line)
    except (ValueError, RecursionError):
        raise ConfigError(f"{path}, line {number}: this is no JSON.") from None
    text = fields.get("question") if isinstance(fields, dict) else None
    if not isinstance(text, str) or not 0 < len(text.strip()) <= LONGEST:
        raise ConfigError(
            f'{path}, line {number}: must be an object with "question", a text of 1 to {LONGEST} characters.'
        )
    name = fields.get("id", f"q{number - 1}")
    if not isinstance(name, str | int) or isinstance(name, bool) or not str(name):
        raise ConfigError(f'{path}, line {number}: "id" must be a text or a whole number.')
    answer, wrong = (_short(path, number, fields, field) for field in ("answer", "wrong"))
    return Question(str(name), text, answer, wrong)


def _short(path: Path, number: int, fields: dict[str, Any], name: str) -> str | None:
    value = fields.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float) or len(str(value)) > LONGEST:
        raise ConfigError(f'{path}, line {number}: "{name}" must be a text or a number.')
    return str(value)


def _sum(draw: random.Random) -> tuple[str, str, str]:
    a, b, c = draw.randint(12, 99), draw.randint(12, 99), draw.randint(100, 999)
    return f"What is {a} * {b} + {c}?", str(a * b + c), str(a * (b + c))


def _letters(draw: random.Random) -> tuple[str, str, str]:
    words = draw.sample(_WORDS, 3)
    letter = draw.choice(sorted(set("".join(words))))
    count = "".join(words).count(letter)
    return f"How often does the letter {letter!r} occur in: {' '.join(words)}?", str(count), str(count + 1)


def _day(draw: random.Random) -> tuple[str, str, str]:
    today, ahead = draw.randrange(7), draw.randint(20, 400)
    answer, wrong = _DAYS[(today + ahead) % 7], _DAYS[(today + ahead + 1) % 7]
    return f"Today is {_DAYS[today]}. Which day of the week is it in {ahead} days?", answer, wrong


def _median(draw: random.Random) -> tuple[str, str, str]:
    numbers = draw.sample(range(10, 100), 9)
    answer = sorted(numbers)[4]
    wrong = numbers[4] if numbers[4] != answer else answer + 1
    return f"What is the median of {', '.join(map(str, numbers))}?", str(answer), str(wrong)


def _walk(draw: random.Random) -> tuple[str, str, str]:
    steps = [(draw.choice(("north", "south", "east", "west")), draw.randint(1, 9)) for _ in range(5)]
    north = sum(n * {"north": 1, "south": -1}.get(way, 0) for way, n in steps)
    east = sum(n * {"east": 1, "west": -1}.get(way, 0) for way, n in steps)
    walk = ", ".join(f"{n} {way}" for way, n in steps)
    answer, detour = abs(north) + abs(east), sum(n for _, n in steps)
    text = f"An ant walks these steps on a grid: {walk}. How many steps is the shortest way back?"
    return text, str(answer), str(detour if detour != answer else detour + 2)


_KINDS: tuple[Callable[[random.Random], tuple[str, str, str]], ...] = (_sum, _letters, _day, _median, _walk)
