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
Render = Annotated[
    str | None,
    _flag(
        "--render",
        text="Where it is watched: window, terminal or none. Default: a window where there is a display, "
        "else the terminal.",
        metavar="WHERE",
    ),
]
Record = Annotated[
    Path | None,
    _flag(
        "--record",
        text="File for a film, .mp4 or .gif, with --fps rounds per second, or for a picture of the last "
        "moment, .png. What it held is replaced.",
        metavar="FILE",
    ),
]

Team = Annotated[
    str | None,
    _flag(
        "--agents",
        "-a",
        text="Who decides: a name of `swarm list`, or several with options: 'scripted*5, llm:MODEL@URL*5'. "
        "Default scripted.",
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
    _flag(
        "--message",
        text="How agents talk: none, tokens, vector or text. Default none, and text with language models.",
        panel=_WORLD,
    ),
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

_MODELS = "Language models (for entries of the team that leave it open)"
Model = Annotated[
    str | None, _flag("--model", "-m", text="Name of the model, as its server calls it.", panel=_MODELS)
]
BaseUrl = Annotated[
    str | None,
    _flag(
        "--base-url",
        text="Address of any server that speaks chat completions, such as http://localhost:11434/v1.",
        panel=_MODELS,
        metavar="URL",
    ),
]
KeyEnv = Annotated[
    str | None,
    _flag(
        "--key-env",
        text="Environment variable that holds the key. Default OPENAI_API_KEY.",
        panel=_MODELS,
        metavar="NAME",
    ),
]
Persona = Annotated[
    str | None,
    _flag(
        "--persona",
        text="Who the agents are told they are, such as calm or overconfident.",
        panel=_MODELS,
        metavar="NAME",
    ),
]
Thinking = Annotated[
    str | None,
    _flag(
        "--thinking",
        text="How they come to a decision: plain, reflect or debate.",
        panel=_MODELS,
        metavar="WAY",
    ),
]
Prompt = Annotated[
    Path | None,
    _flag("--prompt", text="File with another template of the prompt.", panel=_MODELS, metavar="FILE"),
]
Temperature = Annotated[
    float | None,
    _flag("--temperature", text="Sent with each question; not sent if not given.", panel=_MODELS, min=0.0),
]
MaxTokens = Annotated[
    int | None, _flag("--max-tokens", text="Longest answer, in tokens.", panel=_MODELS, min=1, metavar="N")
]

_CALLS = "Calls to language models and what they cost"
CallMode = Annotated[
    str | None,
    _flag(
        "--calls",
        text="live, or replay: answers come from the run after --from and nothing goes out. Default live.",
        panel=_CALLS,
        metavar="MODE",
    ),
]
Cache = Annotated[
    Path | None,
    _flag(
        "--cache",
        text="File of answers that equal questions share, of other agents and runs too.",
        panel=_CALLS,
        metavar="FILE",
    ),
]
MaxCalls = Annotated[
    int | None, _flag("--max-calls", text="Most calls of the run.", panel=_CALLS, min=0, metavar="N")
]
MaxTokensTotal = Annotated[
    int | None,
    _flag(
        "--max-tokens-total",
        text="Most tokens of the run, questions and answers together.",
        panel=_CALLS,
        min=0,
        metavar="N",
    ),
]
MaxDollars = Annotated[
    float | None,
    _flag(
        "--max-dollars",
        text="Most that the run may cost; for models whose price is known.",
        panel=_CALLS,
        min=0.0,
        metavar="USD",
    ),
]
OnBudget = Annotated[
    str | None,
    _flag(
        "--on-budget",
        text="When one of the three is reached: stop (the run can be resumed), or stay (it goes on, and who "
        "cannot ask stays). Default stop.",
        panel=_CALLS,
        metavar="WHAT",
    ),
]
Deadline = Annotated[
    float | None,
    _flag(
        "--deadline",
        text="Time for one decision, all attempts together. Default 60.",
        panel=_CALLS,
        metavar="SECONDS",
    ),
]
Concurrency = Annotated[
    int | None,
    _flag("--concurrency", text="Most questions at once to one endpoint.", panel=_CALLS, min=1, metavar="N"),
]
DryRun = Annotated[
    bool,
    _flag(
        "--dry-run",
        text="Ask nobody and record nothing: print the prompts of a round, and the tokens and the cost to "
        "expect of the whole run.",
        panel=_CALLS,
    ),
]
