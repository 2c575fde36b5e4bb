"""Flags that several commands share, or that have long explanations."""

from pathlib import Path
from typing import Annotated, Any

import typer

DEFAULT_FPS = 8.0


def _flag(*names: str, text: str, panel: str | None = None, **more: Any) -> Any:
    return typer.Option(*names, help=text, rich_help_panel=panel, show_default=False, **more)


Json = Annotated[bool, _flag("--json", text="End standard output with one line of JSON.")]
Quiet = Annotated[bool, _flag("--quiet", "-q", text="Show nothing while it goes on.")]
Force = Annotated[bool, _flag("--force", text="Replace the run that is in the folder.")]
Out = Annotated[
    Path | None, _flag("--out", "-o", text="Folder to record into, empty or new.", metavar="FOLDER")
]
Fps = Annotated[
    float,
    _flag(
        "--fps",
        text=f"Rounds shown per second in the live view; 0 is as fast as it goes. Default {DEFAULT_FPS:g}.",
        min=0.0,
        metavar="N",
    ),
]

Team = Annotated[
    str | None,
    _flag(
        "--agents",
        "-a",
        text="Who decides: a name of `swarm list`, or several: 'scripted*5, random*5'. Default scripted.",
        metavar="TEAM",
    ),
]
Seed = Annotated[
    int | None,
    _flag(
        "--seed",
        "-s",
        text="Seed of everything random; drawn and shown if not given.",
        metavar="N",
    ),
]

_WORLD = "The world"
NumAgents = Annotated[
    int | None, _flag("--num-agents", "-n", text="Number of agents. Default 10.", panel=_WORLD)
]
Size = Annotated[
    str | None,
    _flag("--size", text="Cells of the map: 12, or rows x columns as in 12x14. Default 12.", panel=_WORLD),
]
View = Annotated[
    int | None, _flag("--view", text="Side of what an agent sees, odd. Default 5.", panel=_WORLD)
]
Rounds = Annotated[
    int | None, _flag("--rounds", "-r", text="Rounds until it ends. Default 100.", panel=_WORLD)
]
Message = Annotated[
    str | None,
    _flag("--message", text="How agents talk: none, tokens, vector or text. Default none.", panel=_WORLD),
]
Reward = Annotated[
    str | None,
    _flag("--reward", text="What learners are paid: score or shaped. Default score.", panel=_WORLD),
]
Layout = Annotated[
    Path | None,
    _flag("--layout", text="File with a picture of the map to start from.", panel=_WORLD, metavar="FILE"),
]
Assignments = Annotated[
    list[str] | None,
    _flag(
        "--set",
        text="Any setting of the world or the scenario. May be repeated.",
        panel=_WORLD,
        metavar="KEY=VALUE",
    ),
]
Config = Annotated[
    Path | None,
    _flag(
        "--config",
        "-c",
        text="TOML file with settings by name, and `agents` and `seed`. Flags win over it.",
        panel=_WORLD,
        metavar="FILE",
    ),
]

_PAST = "Going on from what is recorded"
From = Annotated[
    Path | None,
    _flag(
        "--from",
        text="Run to play again up to --round; from there --agents decide.",
        panel=_PAST,
        metavar="RUN",
    ),
]
Round = Annotated[int | None, _flag("--round", text="First round that is decided anew.", panel=_PAST)]
Resume = Annotated[
    Path | None, _flag("--resume", text="Run that was stopped and is to go on.", panel=_PAST, metavar="RUN")
]
