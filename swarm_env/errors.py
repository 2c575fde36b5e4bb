"""Every error that this software raises on purpose, in one tree.

    SwarmEnvError
    ├── ConfigError(ValueError)             a setting, an argument or a file's content is not allowed
    ├── RegistryError(LookupError)          something asked for by name cannot be had
    │   ├── UnknownNameError                nothing has that name
    │   └── MissingExtraError(ImportError)  it needs a library that is not installed
    ├── ContractError(TypeError)            something given back is not what its protocol says
    └── RunError(RuntimeError)              a run cannot go on, or is not what it claims to be
        ├── BudgetExceeded                  it would cost more than allowed
        │   └── BudgetReached               language models were asked as often as they may be
        ├── ReplayMismatch                  played again, it goes differently
        └── ReplayMissing                   played again without a network, it asks what was never answered

Each message says what was given, what is allowed and what to do. The command line prints the message alone
and exits with 2.
"""

import difflib
from collections.abc import Iterable
from typing import Any


class SwarmEnvError(Exception):
    """Base of all errors raised on purpose."""


class ConfigError(SwarmEnvError, ValueError):
    """A setting, an argument or the content of a file is not allowed."""


class RegistryError(SwarmEnvError, LookupError):
    """Something that was asked for by name cannot be had."""


class UnknownNameError(RegistryError):
    """Nothing of this kind has that name.

    Attributes:
        kind: What was looked for: "scenario", "agent", "rule", "renderer", "command", …
        name: The name that was given.
        known: The names there are, sorted.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(sorted(known))
        super().__init__(kind, name, self.known)

    def __str__(self) -> str:
        known = ", ".join(self.known) or "none"
        return f"No {self.kind} named {self.name!r}.{did_you_mean(self.name, self.known)} Known: {known}."


class MissingExtraError(RegistryError, ImportError):
    """Something needs a library that is not installed.

    Attributes:
        what: What needs it, as in "agent 'ppo'".
        library: The library that is missing.
        extra: The extra of this distribution that brings it.
    """

    def __init__(self, what: str, library: str, extra: str) -> None:
        self.what, self.library, self.extra = what, library, extra
        super().__init__(what, library, extra)

    def __str__(self) -> str:
        return f"{self.what} needs {self.library}. Install it with: pip install 'swarm-env[{self.extra}]'"


class ContractError(SwarmEnvError, TypeError):
    """What an environment, an agent or a rule gave back is not what its protocol says."""


class RunError(SwarmEnvError, RuntimeError):
    """A run cannot go on, or is not what it claims to be."""


class BudgetExceeded(RunError):
    """A run would cost more than it may.

    Attributes:
        limit: What was allowed, in the unit that the limit was given in.
        spent: What was spent when it was stopped, in the same unit.
    """

    def __init__(self, limit: float, spent: float) -> None:
        self.limit, self.spent = limit, spent
        super().__init__(limit, spent)

    def __str__(self) -> str:
        return f"The budget of {self.limit:g} is spent ({self.spent:g}). Raise the limit and resume the run."


class BudgetReached(BudgetExceeded):
    """A run asked language models as often as it may.

    Attributes:
        what: Which limit was reached: "calls", "tokens" or "dollars".
        limit: What was allowed.
        spent: What was spent.
    """

    def __init__(self, what: str, limit: float, spent: float) -> None:
        super().__init__(limit, spent)
        self.what = what
        self.args = (what, limit, spent)

    def __str__(self) -> str:
        return (
            f"The budget of {self.limit:,.10g} {self.what} is spent ({self.spent:,.10g}). Raise the limit "
            "and resume the run; no answer is lost."
        )


class ReplayMismatch(RunError):
    """A recorded run, played again, goes differently.

    Attributes:
        round: First round that differs.
        expected: What the record says.
        got: What playing it again gave.
    """

    def __init__(self, round: int, expected: Any, got: Any) -> None:
        self.round, self.expected, self.got = round, expected, got
        super().__init__(round, expected, got)

    def __str__(self) -> str:
        return f"Round {self.round} goes differently: recorded {self.expected!r}, played again {self.got!r}."


class ReplayMissing(RunError):
    """A run that is played from its recorded answers alone asks a question that was never answered.

    Attributes:
        asker: Who asks.
        round: In which round.
        step: Which question of that round.
    """

    def __init__(self, asker: str, round: int, step: int) -> None:
        self.asker, self.round, self.step = asker, round, step
        super().__init__(asker, round, step)

    def __str__(self) -> str:
        return (
            f"No recorded answer to question {self.step} of {self.asker} in round {self.round}. Play with "
            "the same team, model, prompt and settings as recorded, or ask the endpoint (--calls live)."
        )


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint with the nearest known name.

    Args:
        name: What was given.
        known: What could have been meant.

    Returns:
        " Did you mean 'foraging'?" with a leading space, or "" when nothing is near.
    """
    near = difflib.get_close_matches(name.lower(), list(known), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""
