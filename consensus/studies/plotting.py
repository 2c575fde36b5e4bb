"""What the plots of all studies share: colours, figures, and files."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swarm_env.errors import ConfigError, MissingExtraError
from swarm_env.runtime.disk_files import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, distinct with any colour vision, and a grey.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#888888")


def new_figure(width: float, height: float) -> "Figure":
    """An empty figure of this size [inches]; raises `MissingExtraError` unless matplotlib is installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("drawing plots", "matplotlib", "data") from None
    return Figure(figsize=(width, height), layout="constrained")


def plain_axes(axes: "Axes") -> None:
    """Leave out the frame's top and right side, and draw a light grid."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)


def save_figures(folder: Path, figures: "Iterable[tuple[str, Figure]]", **options: Any) -> Iterator[Path]:
    """Write figures as PNG, by their names without suffix; yields each file once it is written.

    `options` are those of `Figure.savefig`. The folder is made if need be; raises `ConfigError` if it cannot
    be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, figure in figures:
            file = folder / f"{name}.png"
            with replacing(file) as draft:
                figure.savefig(draft, format="png", dpi=110, **options)
            yield file
    except OSError as error:
        raise ConfigError(f"{folder} cannot be written ({error.strerror or error}).") from None
