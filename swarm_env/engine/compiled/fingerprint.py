"""What the machine code of a kernel depends on: its code, and all that it reaches.

numba freezes the values of globals and the code of called functions into the machine code of a kernel, and
notices edits only in the kernel's own file. A fingerprint covers what is reached by name (`PAY`), as an
attribute of a module (`helper.PAY`, `helper.pay(…)`), in a closure, a default value, a tuple or another
container, by this kernel and by those that it calls; and the text of every file that such a thing comes
from. What belongs to this project is left out: the folder of the cache stands for all of its sources.
"""

import enum
import hashlib
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np

from swarm_env.registry import FOLDERS, HOME, PACKAGE

OWN_FOLDERS = (PACKAGE, *(HOME / folder for folder in FOLDERS.values()))
# Their functions are named, not read: versions of numba and NumPy are in the name of the cache's folder.
LIBRARIES = frozenset({"numba", "numpy", "llvmlite", "builtins", *sys.stdlib_module_names})
PLAIN = (bool, int, float, complex, str, bytes, type(None), type(...))


def is_own(file: str | Path) -> bool:
    """Whether a file belongs to this project."""
    return bool(set(OWN_FOLDERS) & set(Path(file).resolve().parents))


def fingerprint(*things: Any) -> str:
    """Digest of kernels, classes and values, 32 hexadecimal digits; "" if nothing from outside is in them."""
    reached = _Reached()
    for thing in things:
        reached.add(thing)
    return reached.digest()


def helpers_of(function: FunctionType) -> list[Any]:
    """The functions from outside this project that numba compiles for a kernel: all that it reaches."""
    reached = _Reached()
    reached.add(function)
    return reached.compiled


class _Reached:
    """Everything that is reached from some things, as a digest."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)
        self._seen: dict[int, tuple[int, Any]] = {}  # functions and classes by id: number and thing
        self._open: set[int] = set()  # ids of the containers that are being added
        self._files: set[Path] = set()
        self.compiled: list[Any] = []

    def digest(self) -> str:
        """The digest; "" if no file, and no function without a file, is from outside this project."""
        if not self._files:
            return ""
        for path in sorted(self._files):
            text = path.read_bytes() if path.is_file() else b""
            self._note("file", path.name, len(text))
            self._hash.update(text)
        return self._hash.hexdigest()

    def _note(self, *words: object) -> None:
        self._hash.update(f"{words!r}\n".encode(errors="surrogatepass"))

    def _is_new(self, thing: Any) -> bool:
        """Note a function or class; returns whether it is met for the first time."""
        known = id(thing) in self._seen
        number, _ = self._seen.setdefault(id(thing), (len(self._seen), thing))  # kept alive: ids stay unique
        self._note("thing", number)
        return not known

    def add(self, thing: Any) -> None:
        """Add a value of any type."""
        if isinstance(thing, enum.Enum):
            self._note(type(thing).__qualname__, thing.name)
            self.add(thing.value)
        elif isinstance(thing, np.ndarray | np.generic):
            self._note(thing.dtype.str, thing.shape, thing.tobytes())
        elif type(thing) in PLAIN:
            self._note(type(thing).__name__, thing)
        elif isinstance(thing, CodeType):
            self._add_code(thing)
        elif isinstance(thing, Mapping):
            self._add_all(thing, thing.items())
        elif isinstance(thing, tuple | list):
            self._add_all(thing, thing)
        elif isinstance(thing, set | frozenset):
            self._add_all(thing, sorted(thing, key=repr))
        elif isinstance(thing, type):
            self._add_class(thing)
        elif isinstance(function := getattr(thing, "py_func", thing), FunctionType):
            if options := getattr(thing, "targetoptions", None):
                self._note(sorted(options.items()))
                if _is_foreign(function.__module__ or "") and not is_own(function.__code__.co_filename):
                    self.compiled.append(thing)
            self._add_function(function)
        elif isinstance(thing, MethodType):
            self._add_all(thing, (thing.__func__, thing.__self__))
        else:
            self._note(type(thing).__qualname__, getattr(thing, "__qualname__", getattr(thing, "name", "")))
            if (inner := getattr(thing, "__wrapped__", None)) is not None:  # what a decorator has wrapped
                self.add(inner)

    def _add_all(self, whole: Any, parts: Iterable[Any]) -> None:
        self._note(type(whole).__qualname__)
        if id(whole) not in self._open:  # else it contains itself
            self._open.add(id(whole))
            for part in parts:
                self.add(part)
            self._open.remove(id(whole))
        self._note("end")

    def _add_code(self, code: CodeType) -> None:
        self._note(code.co_code, code.co_names, code.co_varnames, code.co_freevars)
        for constant in code.co_consts:
            self.add(constant)

    def _add_function(self, function: Callable[..., Any]) -> None:
        if not self._is_new(function):
            return
        self._note(function.__module__, function.__qualname__)
        if not _is_foreign(function.__module__ or "", ours=True):
            return
        assert isinstance(function, FunctionType)
        for cell in function.__closure__ or ():
            try:
                self.add(cell.cell_contents)
            except ValueError:  # not assigned yet
                self._note("empty")
        self.add((function.__defaults__, function.__kwdefaults__))
        if is_own(function.__code__.co_filename):
            return
        self._files.add(Path(function.__code__.co_filename))
        self._add_code(function.__code__)
        self._add_names(function.__globals__, _names(function.__code__), set())

    def _add_names(self, scope: Mapping[str, Any], names: set[str], seen: set[str]) -> None:
        """Add what a function's names stand for in a scope: its globals, or a module that is among them.

        `seen` are the modules that this function has reached so far.
        """
        for name in sorted(names & scope.keys()):
            self._note(name)
            value = scope[name]
            if not isinstance(value, ModuleType):
                self.add(value)
            elif _is_foreign(value.__name__) and value.__name__ not in seen:
                if file := getattr(value, "__file__", None):
                    self._files.add(Path(file))
                self._add_names(vars(value), names, seen | {value.__name__})

    def _add_class(self, kind: type) -> None:
        if not self._is_new(kind):
            return
        self._note(kind.__module__, kind.__qualname__)
        if not _is_foreign(kind.__module__):
            return
        file = getattr(sys.modules.get(kind.__module__), "__file__", None)
        self._files.add(Path(file or kind.__module__))
        for name, field in getattr(kind, "fields", {}).items():  # of a declared state
            self._note(name, str(field.dtype), len(field.shape), field.kept, field.place)
        if issubclass(kind, enum.Enum):
            for member in kind:
                self.add(member)
        for base in kind.__bases__:
            self.add(base)


def _is_foreign(module: str, ours: bool = False) -> bool:
    """Whether a module is neither of a library nor (unless `ours`) of this project."""
    root = module.partition(".")[0]
    return root not in LIBRARIES and (ours or root != PACKAGE.name)


def _names(code: CodeType) -> set[str]:
    """Names of globals and attributes that a function uses, those of functions inside it too."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            found |= _names(constant)
    return found
