"""Scenarios with opponents, private payoffs, unlike agents or a floor: by plain rules, and by hand."""

from typing import Any

import numpy as np
import pytest

import swarm_env
from swarm_env.errors import ConfigError
from tests.agents.games import play
from tests.scenarios.plain_mixed import PLAIN

OPTIONS: dict[str, list[dict[str, Any]]] = {
    "battle": [{}, {"zero_sum": 1, "sides": (3, 7)}],
    "commons": [{}],
    "levels": [{"penalty": 0.5}],
    "tag": [{}, {"failed": 0.0, "sides": (7, 3)}],
    "carriers": [{}],
    "ants": [{"height": 9, "width": 8, "num_agents": 5}],
}
CASES = [(name, options) for name, several in OPTIONS.items() for options in several]


class Walking:
    """Where agents stand after the pushes of a round: a game without rules of its own."""

    def __init__(self, env):
        self.config = env.config

    def step(self, cells, stand, moves):
        """Places by number, from those before and the moves; `cells` are codes, walls and food stand fast."""
        rows = [
            ["W" if 2 <= code < 12 and code not in () else "." for code in line] for line in cells.tolist()
        ]
        for row, col in stand.values():
            rows[row][col] = "A"
        who = list(stand)
        env = swarm_env.parallel_env(
            "synchronization", num_agents=len(who), height=self.config.height, width=self.config.width
        )
        env.reset(seed=0, options={"layout": ["".join(row) for row in rows], "agents": list(stand.values())})
        env.step({f"agent_{i}": move if move < 5 else 0 for i, move in enumerate(moves[a] for a in who)})
        return {a: env.positions()[f"agent_{i}"] for i, a in enumerate(who)}


def places(env):
    return {int(name[6:]): place for name, place in env.positions().items()}


def fixed(env):
    """Codes of what never moves; agents count as free."""
    cells = env.frame().cells.copy()
    cells[cells >= env.frame().setting.first_agent] = 0
    return cells


@pytest.mark.parametrize(("scenario", "options"), CASES)
def test_it_plays_by_the_plain_rules(scenario, options):
    settings = {"num_agents": 10, "height": 8, "width": 9, "max_rounds": 40, "push_order": "fixed", **options}
    env = swarm_env.parallel_env(scenario, **settings)
    agents: Any = swarm_env.make_agent("scripted")
    for seed in range(2):
        _, infos = env.reset(seed=seed)
        agents.reset(env.brief(), env.possible_agents, seed)
        plain, walking, rng = PLAIN[scenario](env, seed), Walking(env), np.random.default_rng(seed)
        while env.agents:
            seen = env.perceptions()
            wanted = {one.name: d.move for one, d in zip(seen, agents.decide(seen), strict=True)}
            moves = {}
            for name in env.agents:  # half random, half scripted, so that much happens
                mask = infos[name]["action_mask"]
                own = wanted.get(name, 0)
                moves[name] = own if rng.random() < 0.7 and mask[own] else env.action_space(name).sample(mask)
            stand, by_number = places(env), {int(name[6:]): int(move) for name, move in moves.items()}
            after = walking.step(fixed(env), stand, by_number)
            _, rewards, _, _, infos = env.step(moves)
            before, score = list(plain.payoff), plain.score
            plain.play(after, {a: move for a, move in by_number.items() if a in stand})
            assert env.score == pytest.approx(plain.score)
            for name, reward in rewards.items():
                gain = plain.payoff[int(name[6:])] - before[int(name[6:])]
                assert reward == pytest.approx(gain if env.payoffs else env.score - score, abs=1e-6)
            for name, amounts in plain.floor.items():
                layer = [one.name for one in env.scenario.floor].index(name)
                assert np.allclose(env.frame().floor[layer], amounts, atol=1e-4), name


@pytest.mark.parametrize(("scenario", "settings"), [("battle", {"zero_sum": 1}), ("tag", {"failed": 0.0})])
def test_it_is_zero_sum_to_the_last_bit(scenario, settings):
    batch = swarm_env.vector_env(scenario, num_worlds=64, obs="codes", max_rounds=60, **settings)
    batch.reset(seed=1)
    rng = np.random.default_rng(0)
    paid = 0
    for _ in range(300):  # 192 000 agent-steps
        rewards = batch.step(rng.integers(0, len(batch.scenario.actions), batch.num_envs))[1]
        assert not rewards.reshape(64, -1).sum(axis=1).any()
        paid += int((rewards != 0).sum())
    assert paid > 40


def test_a_battle_ends_when_a_team_is_gone_and_its_fallen_are_gone_at_once():
    rows = ["WWWWWWW", "W.RRR.W", "W..B..W", "W.....W", "WWWWWWW"]
    env = swarm_env.parallel_env("battle", layout=rows, obs="codes")
    env.reset(seed=0)
    down = {"agent_0": 12, "agent_1": 11, "agent_2": 10, "agent_3": 0}  # all at the one below
    env.step(down)
    assert env.grid()[2] == "W..b..W" and env.perceptions()[3].senses == (41,)
    _, rewards, terminations, truncations, _ = env.step(down)
    assert env.score == 1 and terminations == dict.fromkeys(down, True) and not any(truncations.values())
    assert sorted(rewards.values())[-1] == pytest.approx(5.095) and rewards["agent_3"] == pytest.approx(-0.1)
    assert env.agents == [] and list(env.positions()) == ["agent_0", "agent_1", "agent_2"]


def test_mirrored_armies_start_mirrored():
    env = swarm_env.parallel_env("battle", num_agents=12, height=9, width=14)
    for seed in range(5):
        env.reset(seed=seed)
        assert [row[::-1].translate(str.maketrans("RB", "BR")) for row in env.grid()] == env.grid()


def test_apples_never_come_back_to_a_bare_patch():
    rows = ["WWWWWW", "W.,,AW", "W.,oAW", "WWWWWW"]
    env = swarm_env.parallel_env("commons", layout=rows, max_rounds=500)
    env.reset(seed=0)
    env.step({"agent_0": 0, "agent_1": 3})
    while env.agents:
        env.step(dict.fromkeys(env.agents, 0))
    assert env.score == 1 and env.payoffs == {"agent_0": 0, "agent_1": 1}


def test_piles_of_food_are_far_from_the_nest_and_apart():
    env = swarm_env.parallel_env("ants", num_agents=4, height=12, width=11, piles=5)
    for seed in range(20):
        env.reset(seed=seed)
        names = [layer.name for layer in env.scenario.floor]
        food = env.frame().floor[names.index("food")]
        piles = [divmod(int(q), 11) for q in np.flatnonzero(food)]
        assert len(piles) == 5
        assert all(max(abs(row - 6) / 6, abs(col - 5) / 5) > 0.6 for row, col in piles)


def test_who_is_zapped_misses_four_rounds_and_comes_back():
    rows = ["WWWWWW", "WA..AW", "W....W", "WWWWWW"]
    env = swarm_env.parallel_env("commons", layout=rows)
    env.reset(seed=0)
    _, _, _, _, infos = env.step({"agent_0": 8, "agent_1": 0})
    away = 0
    assert not infos["agent_0"]["action_mask"][5:].any()
    while "agent_1" not in env.positions():
        away += 1
        _, _, _, _, infos = env.step(dict.fromkeys(env.agents, 0))
        assert infos["agent_0"]["action_mask"][5:].all() == (away >= 2)
    assert away == 4


def scores(scenario, agent="scripted", seeds=1, **settings):
    """Scores of a scripted team."""
    return [play(agent, scenario, seed=seed, **settings).score for seed in range(seeds)]


@pytest.mark.slow
def test_restraint_gets_more_than_greed():
    settings = {"num_agents": 6, "max_rounds": 400, "seeds": 3}
    best, middle, low = (
        sum(scores("commons", f"scripted?level={level}", **settings)) for level in ("best", "middle", "low")
    )
    assert best > 2 * low and best > middle > low


@pytest.mark.slow
def test_scent_is_worth_three_times_the_score():
    settings = {"num_agents": 40, "height": 40, "width": 40, "max_rounds": 400}
    (scented,), (plain,) = scores("ants", **settings), scores("ants", scent=0, **settings)
    assert scented >= 3 * plain > 0


def test_what_does_not_fit_is_refused():
    cases: list[tuple[str, dict[str, Any]]] = [
        ("battle", {"num_agents": 40, "height": 6, "width": 6}),
        ("levels", {"pieces": 50}),
        ("carriers", {"items": 95}),
        ("ants", {"height": 5}),
    ]
    for scenario, settings in cases:
        with pytest.raises(ConfigError):
            swarm_env.parallel_env(scenario, **settings)
