"""Small public functions: list and load what is registered, compile in advance, make environments by id."""

import inspect
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from swarm_env.agent import Agent
from swarm_env.errors import ConfigError
from swarm_env.registry import names, summaries
from swarm_env.rules import find_rule
from swarm_env.runtime.given import given_text

if TYPE_CHECKING:
    from swarm_env.playback.playback import Playback


def list_scenarios() -> dict[str, str]:
    """All scenarios: name to a one-line summary."""
    return summaries("scenario")


def list_agents() -> dict[str, str]:
    """All agents: name to a one-line summary."""
    return summaries("agent")


def list_rules() -> dict[str, str]:
    """All consensus rules: name to a one-line summary."""
    return summaries("rule")


def rule(name: str) -> Any:
    """A consensus rule by name.

    Args:
        name: A name of `list_rules()`, or `path/file.py:Name`; with options after a question mark if the rule
            takes them, as in "codef?threshold=2".

    Returns:
        The class that the rule's file exports, with these options filled in. Call it to make the rule.

    Raises:
        UnknownNameError: No such rule.
        ConfigError: The rule has no such option, or does not allow the value.
    """
    return find_rule(name)


def make_agent(text: str) -> Agent:
    """A new agent, ready for `reset(brief, agents, seed)`.

    Args:
        text: As in the command line's `--agents`: a name of `list_agents()` or `path/file.py:Name`, with an
            argument after a colon and options after a question mark if it takes them.

    Returns:
        The agent, before its `reset`.

    Raises:
        UnknownNameError: No such agent.
        ConfigError: The agent takes no such argument.
        ContractError: The registered object is not an agent.
    """
    from swarm_env.playing.team import TeamEntry
    from swarm_env.playing.team import make_agent as make
    from swarm_env.playing.team_syntax import read_entry

    if "?" not in given_text("agent", text, "scripted"):
        return make(TeamEntry(text))
    entry = read_entry(text)
    return make(TeamEntry(entry.agent, options=entry.options))


def warmup(*chosen: str) -> None:
    """Compile the kernels, or load them from disk, so that later steps are fast from the first.

    Args:
        *chosen: Names of scenarios; none means all registered ones.

    Raises:
        UnknownNameError: No such scenario.
    """
    from swarm_env.envs.parallel import parallel_env
    from swarm_env.envs.vector import vector_env

    for name in chosen or names("scenario"):
        single = parallel_env(name)
        single.reset(seed=0)
        single.step(dict.fromkeys(single.agents, 0))
        batch = vector_env(name, num_worlds=2)
        batch.reset(seed=0)
        batch.step(cast(Any, batch.action_space.sample()))
        batch.close()


def make_vector(scenario: str, num_envs: int = 1, **options: Any) -> Any:
    """`swarm_env.vector_env` with `num_envs` slots, for `gymnasium.make_vec`.

    Args:
        scenario: Name of the scenario.
        num_envs: Number of slots, one per agent: a multiple of the number of agents, which may follow from
            `layout` or `preset`. 1, the default of `make_vec`, means one world unless `num_worlds` says
            otherwise.
        **options: As `swarm_env.vector_env`.

    Returns:
        The vector environment.

    Raises:
        ConfigError: `num_envs` is not a multiple of the number of agents, or as `swarm_env.vector_env`.
    """
    from swarm_env.envs.make import make_config
    from swarm_env.envs.vector import vector_env

    own = inspect.signature(vector_env).parameters
    config = make_config(scenario, {name: value for name, value in options.items() if name not in own})
    worlds, rest = divmod(num_envs, config.num_agents) if num_envs != 1 else (1, 0)
    if rest or worlds < 1:
        raise ConfigError(
            f"num_envs={num_envs!r} must be a multiple of num_agents={config.num_agents}: one slot per agent."
        )
    return vector_env(scenario, **{"num_worlds": worlds, **options})


def make_parallel(scenario: str, max_cycles: int | None = None, **options: Any) -> Any:
    """`swarm_env.parallel_env`, for `pettingzoo.make("parallel", …)`; `max_cycles` is `max_rounds`."""
    from swarm_env.envs.parallel import parallel_env

    return parallel_env(scenario, **({} if max_cycles is None else {"max_rounds": max_cycles}) | options)


def make_aec(scenario: str, **options: Any) -> Any:
    """`swarm_env.env`, for `pettingzoo.make("aec", …)`; options as `make_parallel`."""
    from pettingzoo.utils.conversions import parallel_to_aec

    return parallel_to_aec(make_parallel(scenario, **options))


def player(run: Any, *, trust_code: bool = False) -> "NotebookPage":
    """A recorded run that plays in a cell of a notebook, without a server and without network.

    Args:
        run: Folder of a run, or what `swarm_env.play` returned.
        trust_code: Run Python files that it names, whichever they are.

    Returns:
        An object that notebooks display; its `html` is the page, for a file of your own.

    Raises:
        RunError: The run cannot be read or replayed, or was not recorded.
        ConfigError: It is too large for a page.
    """
    from swarm_env.errors import RunError
    from swarm_env.playback.playback import Playback
    from swarm_env.registry import load
    from swarm_env.runs.recording import open_recording

    folder = getattr(run, "folder", run)
    if folder is None:
        raise RunError("This run was not recorded: give `swarm_env.play` a folder (`out`).")
    page = load("renderer", "page")()
    with Playback(open_recording(folder, trust_code)) as playback:
        fill_page(page, playback, range(playback.last + 1))
    return NotebookPage(page.text())


class NotebookPage:
    """A page of its own in a cell of a notebook.

    Attributes:
        html: The page.
    """

    def __init__(self, html: str, height: int = 720) -> None:
        """Show a page in a frame of some height [pixels]."""
        self.html, self._height = html, height

    def _repr_html_(self) -> str:
        from html import escape

        return (
            f'<iframe srcdoc="{escape(self.html)}" sandbox="allow-scripts" title="recorded run" '
            f'style="width: 100%; height: {self._height}px; border: 0"></iframe>'
        )


def fill_page(page: Any, playback: "Playback", rounds: Iterable[int]) -> None:
    """Give a page the frames of some consecutive rounds of a recording, and its group measures."""
    from swarm_env.measures import MEASURES, measure

    page.open()
    shown = []
    for number in rounds:
        page.show(playback.frame(number))
        shown.append(number)
    for name, series in measure(playback.recording).values.items():
        values = {number: float(series[number - 1]) for number in shown if number}  # at the frame after it
        page.plot(name, MEASURES[name].summary, values)
