"""Plays our worlds and the slow reference side by side and compares all that can be seen, every round."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import swarm_env
from tests.reference.potentials import OF_TASKS, ShapedRewards
from tests.reference.pushing import Cell
from tests.reference.simulator import Game
from tests.reference.tasks import TASKS

MOVES = ("STAY", "UP", "DOWN", "LEFT", "RIGHT", "SWITCH")


def make(scenario: str, **settings: Any) -> Any:
    """A world of ours, with shaped rewards."""
    return swarm_env.parallel_env(scenario, **{"reward": "shaped", **settings})


def twin(env: Any) -> Game:
    """A slow reference game that starts where our world stands now."""
    scenario, config = env.scenario.name, env.config
    game: Game = TASKS[scenario](env.grid(), env.native_positions(), config.view_size, config.max_rounds)
    return game


def fickle_crowd(seed: int, num_agents: int, moves: Sequence[str]) -> Iterator[list[str]]:
    """Moves that make things happen: now all push one way, now each its own, now two camps clash."""
    rng = random.Random(seed)
    while True:
        mood = rng.choice(["together", "each", "clash", "persist"])
        one, other = rng.choice(moves), rng.choice(moves)
        own = [rng.choice(moves) for _ in range(num_agents)]
        for _ in range(rng.randint(1, 8)):
            if mood == "together":
                yield [one if rng.random() < 0.9 else rng.choice(moves) for _ in range(num_agents)]
            elif mood == "clash":
                yield [one if k % 2 else other for k in range(num_agents)]
            elif mood == "persist":
                yield own
            else:
                yield [rng.choice(moves) for _ in range(num_agents)]


def compare(env: Any, game: Game) -> None:
    """Everything that can be seen of a world must be the same."""
    assert env.round == game.round
    assert env.grid() == game.grid()
    assert [tuple(place) for place in env.native_positions()] == game.positions()
    assert env.score == game.score
    assert env.done == game.over
    assert env.agents == ([] if game.over else [f"agent_{agent.number}" for agent in game.in_play()])
    here = {f"agent_{agent.number}": agent.position for agent in game.in_play()}
    if not game.over:
        assert env.positions() == here
    expected = [game.view(number) for number in range(len(game.agents))]
    assert [[list(row) for row in view] for view in env.native_views()] == expected
    if not game.over:
        for perception, agent in zip(env.perceptions(), game.in_play(), strict=True):
            assert perception.name == f"agent_{agent.number}" and perception.round == game.round
            assert perception.position == agent.position
            assert [list(row) for row in perception.view] == expected[agent.number]
            if env.scenario.has_marks:
                assert perception.mark == agent.marked


def prey_of(env: Any) -> list[Cell]:
    """Where the prey is."""
    return [(i, row.index("P")) for i, row in enumerate(env.grid()) if "P" in row]


def play_both(env: Any, game: Game, crowd: Iterator[list[str]], rounds: int = 10**9) -> None:
    """Play on until the game is over (or for some rounds), comparing after each."""
    compare(env, game)
    shaped = ShapedRewards(env, OF_TASKS[env.scenario.name](game))
    for _ in range(rounds):
        if game.over:
            return
        choices = next(crowd)
        moves = {name: MOVES.index(choices[int(name.removeprefix("agent_"))]) for name in env.agents}
        rewards = env.step(moves)[1]
        game.respawns = prey_of(env)  # the one thing the reference cannot know
        game.step(
            [choice if not agent.lost else "STAY" for agent, choice in zip(game.agents, choices, strict=True)]
        )
        compare(env, game)
        shaped.compare(rewards)


def start(scenario: str, rows: Sequence[str], agents: Sequence[Cell] | None = None, **settings: Any) -> Any:
    """A world of ours that starts from a picture; `respawns` and `reset_seed` go to the reset."""
    options: dict[str, Any] = {"layout": list(rows)}
    for name, value in (("agents", agents), ("respawns", settings.pop("respawns", None))):
        if value is not None:
            options[name] = list(value)
    seed = settings.pop("reset_seed", 0)
    n_agents = sum(row.count("A") + row.count("a") for row in rows)
    env = make(scenario, num_agents=n_agents, height=len(rows), width=len(rows[0]), **settings)
    env.reset(seed=seed, options=options)
    return env


def step(env: Any, *moves: str) -> None:
    """One round: a move for each agent in play, by name; one move for all."""
    if len(moves) == 1:
        moves *= len(env.agents)
    env.step({agent: MOVES.index(move) for agent, move in zip(env.agents, moves, strict=True)})
