"""Every error that this package raises on purpose, in one tree.

    SwarmEnvError
    ├── ConfigError(ValueError)             a setting, an argument or a file's content is not allowed
    ├── RegistryError(LookupError)          a name cannot be resolved
    │   ├── UnknownNameError                no such name
    │   └── MissingExtraError(ImportError)  it needs a library that is not installed
    ├── ContractError(TypeError)            a returned object violates its protocol
    └── RunError(RuntimeError)              a run cannot continue, or its files are invalid
        ├── RunPaused                       a decision cannot be had now; the run can be resumed
        │   ├── BudgetReached               the budget of calls, tokens or dollars is spent
        │   └── EndpointFailure             an endpoint or its account cannot answer
        ├── ReplayMismatch                  a replay differs from the recorded run
        └── ReplayMissing                   a replay needs an answer that was not recorded

Each message says what was given, what is allowed and what to do. The command line prints the message alone
and exits with 2.
"""

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any


class SwarmEnvError(Exception):
    """Base of all errors raised on purpose."""


class ConfigError(SwarmEnvError, ValueError):
    """A setting, an argument or the content of a file is not allowed."""


class RegistryError(SwarmEnvError, LookupError):
    """A name cannot be resolved."""


class UnknownNameError(RegistryError):
    """No entry of this kind has that name.

    Attributes:
        kind: Kind of entry: "scenario", "agent", "rule", "renderer", "command", …
        name: The name that was given.
        known: The known names, sorted.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(sorted(known))
        super().__init__(kind, name, self.known)

    def __str__(self) -> str:
        known = ", ".join(self.known) or "none"
        return f"No {self.kind} named {self.name!r}.{did_you_mean(self.name, self.known)} Known: {known}."


class MissingExtraError(RegistryError, ImportError):
    """A library is missing.

    Attributes:
        what: What needs it, as in "agent 'ppo'".
        library: The missing library.
        extra: The extra of this distribution that installs it.
    """

    def __init__(self, what: str, library: str, extra: str) -> None:
        self.what, self.library, self.extra = what, library, extra
        super().__init__(what, library, extra)

    def __str__(self) -> str:
        return f"{self.what} needs {self.library}. In your clone of swarm-env: {install(self.extra)}"


def install(extra: str) -> str:
    """The command that installs an extra from a clone of the repository; the package is on no index yet."""
    return f"pip install '.[{extra}]'"


@contextmanager
def needing(what: str, library: str, extra: str) -> Iterator[None]:
    """Raise `MissingExtraError` if an import in the context fails; see there for the arguments."""
    try:
        yield
    except ImportError:
        raise MissingExtraError(what, library, extra) from None


class ContractError(SwarmEnvError, TypeError):
    """What an environment, an agent or a rule returned violates its protocol."""


class RunError(SwarmEnvError, RuntimeError):
    """A run cannot continue, or its files are invalid."""


class RunPaused(RunError):
    """The run stops before a decision that it cannot get now; it can be resumed, and no answer is lost."""


class EndpointFailure(RunPaused):
    """An endpoint or its account cannot answer any request.

    Attributes:
        where: The endpoint.
        cause: What it reported, without keys.
    """

    def __init__(self, where: str, cause: str) -> None:
        self.where, self.cause = where, " ".join(cause.split())
        super().__init__(where, cause)

    def __str__(self) -> str:
        return (
            f"{self.where} cannot be asked ({self.cause.rstrip('.')}). Check the server, the model's name, "
            "the key and the quota, then resume the run; no answer is lost."
        )


class BudgetReached(RunPaused):
    """The budget of model calls is spent.

    Attributes:
        what: Unit of the budget: "calls", "tokens" or "dollars".
        limit: The allowed amount.
        spent: The amount spent when the run stopped.
        of_all: Whether it is the budget of all runs together.
    """

    def __init__(self, what: str, limit: float, spent: float, of_all: bool = False) -> None:
        self.what, self.limit, self.spent, self.of_all = what, limit, spent, of_all
        super().__init__(what, limit, spent, of_all)

    def __str__(self) -> str:
        if self.of_all:  # without `spent`, so that all runs that it stops say the same
            return (
                f"The budget of {self.limit:,.10g} {self.what} of all runs together is spent. Raise it and "
                "run the same command again; no answer is lost."
            )
        return (
            f"The budget of {self.limit:,.10g} {self.what} is spent ({self.spent:,.10g}). Raise the limit "
            "and resume the run; no answer is lost."
        )


class ReplayMismatch(RunError):
    """A replay differs from the recorded run.

    Attributes:
        round: First round that differs.
        expected: What is recorded.
        got: What the replay gave.
    """

    def __init__(self, round: int, expected: Any, got: Any) -> None:
        self.round, self.expected, self.got = round, expected, got
        super().__init__(round, expected, got)

    def __str__(self) -> str:
        return f"Round {self.round} goes differently: recorded {self.expected!r}, played again {self.got!r}."


class ReplayMissing(RunError):
    """A run that is replayed from recorded answers alone makes a model call that was not recorded.

    Attributes:
        asker: Name of the agent that makes the call.
        round: The round.
        step: Number of the call in that round.
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
    """A hint with a leading space, "Did you mean 'foraging'?", or "" if no known name is near."""
    near = difflib.get_close_matches(name.lower(), list(known), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""


@contextmanager
def os_errors(kind: type[SwarmEnvError], place: object, verb: str = "read") -> Iterator[None]:
    """Raise an `OSError` of the block as an error of another kind: "PLACE: cannot be VERB (REASON)."."""
    try:
        yield
    except OSError as error:
        raise kind(f"{place}: cannot be {verb} ({error.strerror or error}).") from None
