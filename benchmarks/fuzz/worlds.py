"""Random worlds of all scenarios, to be played with every index checked (`NUMBA_BOUNDSCHECK=1`)."""

from random import Random
from typing import Any

import annotated_types

import swarm_env
from swarm_env.errors import ConfigError

TINY, USUAL = (
    (1, 2, 3, 5),
    (6, 7, 8, 9, 12, 13, 20),
)  # sides in cells; most scenarios need 5 to 7
MOST_ROUNDS = 7
OBSERVATIONS = ("planes", "codes")
TOP = 12  # of options that have no upper end


def draw_world(rng: Random) -> Any:
    """A scenario and its settings: one cell, one row, crowded, views wider than the map, odd options."""
    scenario = rng.choice(list(swarm_env.list_scenarios()))
    sides = TINY + USUAL if rng.random() < 0.2 else USUAL
    height, width = rng.choice(sides), rng.choice(sides)
    area = height * width
    settings = {
        "num_agents": max(1, rng.choice((1, 2, 5, area // 8, area // 4, area // 3, area // 2))),
        "height": height,
        "width": width,
        "view_size": rng.choice((1, 3, 5, 9, 2 * max(height, width) + 3)),
        "max_rounds": rng.randrange(1, MOST_ROUNDS),
        "message": rng.choice(("none", "tokens", "vector")),
        "message_range": rng.choice((0, 1, 3, 50)),
        "message_loss": rng.choice((0.0, 0.5)),
        "reward": rng.choice(("score", "shaped")),
    }
    if rng.random() < 0.5:
        settings |= {
            "message_delay": rng.choice(((0, 0), (0, 2), (3, 3))),
            "message_noise": rng.choice((0.0, 0.5)),
            "message_cost": rng.choice((0.0, 0.1)),
            "message_topology": rng.choice(("range", "all")),
            "heard": rng.choice(("sum", "mean", "slots")),
            "sense_presence": rng.choice((False, True)),
        }
    options = _options(scenario)
    for name in rng.sample(sorted(options), min(len(options), rng.choice((0, 0, 1, 2)))):
        settings[name] = rng.choice(options[name])
    return [scenario, settings, rng.choice(OBSERVATIONS), rng.randrange(1, 4), rng.randrange(MOST_ROUNDS)]


def _options(scenario: str) -> dict[str, list[Any]]:
    """Values within the range of each numeric option of a scenario."""
    from swarm_env.envs.make import scenario_class

    found = {}
    for name, field in scenario_class(scenario).Options.model_fields.items():
        ends: dict[str, Any] = {"low": 0, "high": TOP}
        for limit in field.metadata:
            if isinstance(limit, annotated_types.Ge | annotated_types.Gt):
                ends["low"] = getattr(limit, "ge", getattr(limit, "gt", 0))
            if isinstance(limit, annotated_types.Le | annotated_types.Lt):
                ends["high"] = min(TOP, getattr(limit, "le", getattr(limit, "lt", TOP)))
        whole = isinstance(field.default, int) and not isinstance(field.default, bool)
        if isinstance(field.default, int | float) and ends["high"] >= ends["low"]:
            middle = (ends["low"] + ends["high"]) / 2
            found[name] = [ends["low"], int(middle) if whole else middle, ends["high"]]
    return found


def run_world(given: Any) -> bool:
    """Play some rounds of a batch; True if its settings are refused.

    With an index out of bounds a round raises `ContractError`, which is no refusal.
    """
    scenario, settings, obs, worlds, rounds = given
    try:
        env = swarm_env.vector_env(scenario, num_worlds=worlds, obs=obs, **settings)
    except ConfigError:
        return True
    try:
        env.action_space.seed(0)
        env.reset(seed=5)
        for _ in range(rounds):
            env.step(env.action_space.sample())
    finally:
        env.close()
    return False
