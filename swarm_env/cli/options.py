"""Option records that several commands share; those about language models are in `model_options`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from swarm_env.cli.option_records import option

DEFAULT_FPS = 8.0

Recordings = Annotated[
    list[Path],
    typer.Argument(
        help="Runs, SwarmBench log folders, or folders of them.", metavar="FOLDER...", show_default=False
    ),
]
Quiet = Annotated[bool, option("--quiet", "-q", text="Print no progress.")]
Ray = Annotated[
    str | None,
    option(
        "--ray",
        text="Use the Ray cluster at ADDRESS; without ADDRESS, start one on this machine.",
        metavar="[ADDRESS]",
    ),
]


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """What a command prints.

    Attributes:
        quiet: Print no progress.
        as_json: Print the result as one line of JSON.
    """

    quiet: Quiet = False
    as_json: Annotated[bool, option("--json", text="End standard output with one line of JSON.")] = False


@dataclass(frozen=True, slots=True)
class FolderOptions:
    """Where a run is recorded.

    Attributes:
        out: The folder; None: a new one in `runs/`.
        force: Replace the run in it.
    """

    out: Annotated[
        Path | None, option("--out", "-o", text="Folder to record into, empty or new.", metavar="FOLDER")
    ] = None
    force: Annotated[bool, option("--force", text="Replace the run in the folder.")] = False


_DISPLAY = "Display"


@dataclass(frozen=True, slots=True)
class DisplayOptions:
    """Where a run is shown.

    Attributes:
        render: "window", "terminal" or "none"; None: the window if there is a display.
        fps: Rounds per second; 0: no limit.
        record: Video or picture to write; None: none.
    """

    render: Annotated[
        str | None,
        option(
            "--render",
            text="Where to show it: window, terminal or none. Default: the window if there is a display, "
            "else the terminal.",
            panel=_DISPLAY,
            metavar="WHERE",
        ),
    ] = None
    fps: Annotated[
        float,
        option(
            "--fps",
            text=f"Rounds shown per second; 0 means no limit. Default {DEFAULT_FPS:g}.",
            panel=_DISPLAY,
            min=0.0,
            metavar="N",
        ),
    ] = DEFAULT_FPS
    record: Annotated[
        Path | None,
        option(
            "--record",
            text="Write a video (.mp4 or .gif) with --fps rounds per second, or a picture of the last frame "
            "(.png). An existing file is replaced.",
            panel=_DISPLAY,
            metavar="FILE",
        ),
    ] = None


@dataclass(frozen=True, slots=True)
class TeamOptions:
    """Who plays, and from which seed.

    Attributes:
        agents: Text of the team; None: not given.
        seed: Seed of the run; None: not given.
    """

    agents: Annotated[
        str | None,
        option(
            "--agents",
            "-a",
            text="The team: a name of `swarm list agents`, or several with options: 'scripted*5, "
            "llm:MODEL@URL*5'. Default scripted.",
            metavar="TEAM",
        ),
    ] = None
    seed: Annotated[
        int | None,
        option(
            "--seed",
            "-s",
            text="Seed of all random numbers. Default: a random one, which is printed.",
            metavar="N",
        ),
    ] = None


_WORLD = "World"


@dataclass(frozen=True, slots=True)
class WorldOptions:
    """Settings of the world; None: not given.

    Attributes:
        num_agents: Number of agents.
        size: "12" or "12x14" [cells].
        view_size: Side of the observed window [cells].
        max_rounds: Rounds after which the run ends at the latest.
        message: Kind of messages.
        reward: Kind of reward.
        layout: File with the start layout.
        assignments: Texts "key=value".
        config: TOML file with settings.
    """

    num_agents: Annotated[
        int | None, option("--num-agents", "-n", text="Number of agents. Default 10.", panel=_WORLD)
    ] = None
    size: Annotated[
        str | None,
        option(
            "--size", text="Cells of the map: 12, or rows x columns as in 12x14. Default 12.", panel=_WORLD
        ),
    ] = None
    view_size: Annotated[
        int | None,
        option("--view", text="Side of the window that an agent observes, odd. Default 5.", panel=_WORLD),
    ] = None
    max_rounds: Annotated[
        int | None, option("--rounds", "-r", text="Maximum number of rounds. Default 100.", panel=_WORLD)
    ] = None
    message: Annotated[
        str | None,
        option(
            "--message",
            text="Kind of messages: none, tokens, vector or text. Default: text for teams with language "
            "models, else none.",
            panel=_WORLD,
        ),
    ] = None
    reward: Annotated[
        str | None,
        option("--reward", text="Reward of learners: score or shaped. Default score.", panel=_WORLD),
    ] = None
    layout: Annotated[
        Path | None,
        option("--layout", text="Text file with the start layout of the map.", panel=_WORLD, metavar="FILE"),
    ] = None
    assignments: Annotated[
        list[str] | None,
        option(
            "--set",
            text="Any setting of the world or the scenario. Repeatable.",
            panel=_WORLD,
            metavar="KEY=VALUE",
        ),
    ] = None
    config: Annotated[
        Path | None,
        option(
            "--config",
            "-c",
            text="TOML file with settings by name, `agents` and `seed`. Flags override it.",
            panel=_WORLD,
            metavar="FILE",
        ),
    ] = None


_RECORDED = "Continuing a recorded run"


@dataclass(frozen=True, slots=True)
class ContinueOptions:
    """The recorded run to continue or to fork.

    Attributes:
        from_run: Run to fork; None: none.
        round: First round of the fork that is decided anew; None: not given.
        resume: Run to resume; None: none.
    """

    from_run: Annotated[
        Path | None,
        option(
            "--from",
            text="Fork this run: replay it up to --round, then let --agents decide.",
            panel=_RECORDED,
            metavar="RUN",
        ),
    ] = None
    round: Annotated[
        int | None, option("--round", text="First round of the fork that is decided anew.", panel=_RECORDED)
    ] = None
    resume: Annotated[
        Path | None, option("--resume", text="Resume this stopped run.", panel=_RECORDED, metavar="RUN")
    ] = None
