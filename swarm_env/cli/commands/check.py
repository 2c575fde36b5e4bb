"""Check a scenario of your own: play it with bounds checks, and compare a batch with single worlds."""

from typing import Annotated

import typer

from swarm_env.cli.live_view import notify_if_compiling
from swarm_env.cli.option_records import option, option_records
from swarm_env.cli.options import OutputOptions, TeamOptions, WorldOptions
from swarm_env.cli.output import result, result_json
from swarm_env.cli.run_settings import gather
from swarm_env.errors import ConfigError


@option_records
def check(
    *,
    scenario: Annotated[
        str,
        typer.Argument(help="path/file.py:Name, or a name of `swarm list scenarios`.", show_default=False),
    ],
    episodes: Annotated[int, option("Episodes to play. Default 3.", "--episodes", min=1, metavar="N")] = 3,
    seed: Annotated[int, option("Seed of the first episode. Default 0.", "--seed", "-s", min=0)] = 0,
    world: WorldOptions,
    output: OutputOptions,
) -> None:
    """Check a scenario: play random episodes with bounds checks, then compare a batch with single worlds.

    All of its kernels are compiled so that they check every index, `potential` too. An error names the
    kernel, its line and the index. Exit status: 0 if all is well, 2 if not.

    Examples:
        swarm check my_scenario.py
        swarm check my_scenario.py:Orchard --set num_agents=4 --episodes 10
    """
    settings = gather(scenario, TeamOptions(), world)
    if settings.team is not None or settings.seed is not None:
        raise ConfigError("swarm check plays with random moves: leave agents and seed out of the file.")
    notify_if_compiling(output.quiet)
    from swarm_env.playing.scenario_check import check_scenario

    found = check_scenario(settings.scenario or scenario, settings.world, episodes, seed)
    if output.as_json:
        least, most = found.rewards
        rewards = {"least": least, "greatest": most}
        result_json({"rounds": found.rounds, "scores": found.scores, "shaped_rewards": rewards})
    elif not output.quiet:
        scores = ", ".join(f"{score:g}" for score in found.scores)
        result(
            f"{scenario}: {len(found.rounds)} episodes, {sum(found.rounds)} rounds without a wrong index. "
            f"Scores {scores}; shaped rewards {found.rewards[0]:.3g} to {found.rewards[1]:.3g}. Worlds of a "
            "batch go as they do alone."
        )


COMMAND = check
