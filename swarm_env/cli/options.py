"""Option records that several commands share, None for what was not given; `model_options` has more."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from swarm_env.cli.option_records import flag, option
from swarm_env.cli.shell import completion

DEFAULT_FPS = 8.0
VIEWS = ("window", "terminal", "none")

Recordings = Annotated[
    list[Path],
    typer.Argument(
        help="Runs, SwarmBench log folders, or folders of them.", metavar="FOLDER...", show_default=False
    ),
]
Ray = Annotated[
    str | None,
    option("Use the Ray cluster at ADDRESS; without ADDRESS, start one here.", "--ray", metavar="[ADDRESS]"),
]


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """What a command prints."""

    quiet: bool = flag("Print no progress.", "--quiet", "-q", default=False)
    as_json: bool = flag("End standard output with one line of JSON.", "--json", default=False)


@dataclass(frozen=True, slots=True)
class TrustOptions:
    """Whether files that a recorded run or another file names may be used; see `swarm_env.trusted_code`."""

    trust_code: bool = flag(
        "Run Python files that recorded runs or settings files name, also those that were never given on a "
        "command line here. They can do whatever you can.",
        "--trust-code",
        default=False,
    )


@dataclass(frozen=True, slots=True)
class FolderOptions:
    """Where a run is recorded."""

    out: Path | None = flag("Folder to record into, empty or new.", "--out", "-o", metavar="FOLDER")
    force: bool = flag("Replace the run in the folder.", "--force", default=False)


@dataclass(frozen=True, slots=True)
class DisplayOptions:
    """Where a run is shown."""

    PANEL: ClassVar = "Display"
    render: str | None = flag(
        "Where to show it: window, terminal, none, or another renderer as path/file.py:Name. Default: the "
        "window if there is a display, else the terminal.",
        "--render",
        metavar="WHERE",
        autocompletion=completion.one_of(VIEWS),
    )
    fps: float = flag(
        f"Rounds shown per second; 0 means no limit. Default {DEFAULT_FPS:g}.",
        "--fps",
        default=DEFAULT_FPS,
        min=0.0,
        metavar="N",
    )
    web: bool = flag(
        "Show it in browsers: prints a link for this machine. Any number can watch, and none slows the game.",
        "--web",
        default=False,
    )
    port: int = flag("Port of --web; 0: any free one.", "--port", default=0, min=0, max=65535, metavar="P")
    record: Path | None = flag(
        "Write a video (.mp4 or .gif) with --fps rounds per second, or a picture of the last frame (.png). "
        "An existing file is replaced.",
        "--record",
        metavar="FILE",
    )


@dataclass(frozen=True, slots=True)
class TeamOptions:
    """Who plays, and from which seed."""

    agents: str | None = flag(
        "The team: a name of `swarm list agents`, or several with options: 'scripted*5, llm:MODEL@URL*5'. "
        "Default scripted.",
        "--agents",
        "-a",
        metavar="TEAM",
        autocompletion=completion.team,
    )
    seed: int | None = flag(
        "Seed of all random numbers. Default: a random one, which is printed.", "--seed", "-s", metavar="N"
    )


@dataclass(frozen=True, slots=True)
class WorldOptions:
    """Settings of the world."""

    PANEL: ClassVar = "World"
    preset: str | None = flag(
        "Settings of a published benchmark, for the world and the prompts: swarmbench. Other options "
        "override single ones.",
        "--preset",
        metavar="NAME",
    )
    num_agents: int | None = flag("Number of agents. Default 10.", "--num-agents", "-n")
    size: str | None = flag(
        "Cells of the map: 12, or rows x columns as in 12x14. Default 12.", "--size", metavar="CELLS"
    )
    view_size: int | None = flag(
        "Side of the window that an agent observes, odd. Default 5.", "--view", metavar="CELLS"
    )
    max_rounds: int | None = flag("Maximum number of rounds. Default 100.", "--rounds", "-r")
    message: str | None = flag(
        "Kind of messages: none, tokens, vector or text. Default: text for teams with language models, else "
        "none.",
        "--message",
        metavar="KIND",
        autocompletion=completion.one_of(("none", "tokens", "vector", "text")),
    )
    reward: str | None = flag(
        "Reward of learners: score, shaped, or FILE.py:Name of a function. Default score.",
        "--reward",
        metavar="KIND",
    )
    layout: Path | None = flag(
        "Maps to start from: a text file with one row of the map per line and a blank line between maps, or "
        "FILE.py:Name of a function of the seed.",
        "--layout",
        metavar="FILE",
    )
    assignments: list[str] | None = flag(
        "Any setting of the world or the scenario. Repeatable.", "--set", metavar="KEY=VALUE"
    )
    config: Path | None = flag(
        "TOML file with settings by name, `agents` and `seed`. Flags override it.",
        "--config",
        "-c",
        metavar="FILE",
    )


@dataclass(frozen=True, slots=True)
class ContinueOptions:
    """The recorded run to resume or to fork."""

    PANEL: ClassVar = "Continuing a recorded run"
    from_run: Path | None = flag(
        "Fork this run: replay it up to --round, then let --agents decide.", "--from", metavar="RUN"
    )
    round: int | None = flag("First round of the fork that is decided anew.", "--round")
    resume: Path | None = flag("Resume this stopped run.", "--resume", metavar="RUN")
