"""Scenarios: their shape, their plans, what is secret in them and what is not."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from swarm_env.consensus.codef import Shape, generate
from swarm_env.consensus.codef.cases import ASKER, PERSON, Fragment, paths

from swarm_env.errors import ConfigError

SHAPES = [Shape(), Shape(1, 2), Shape(1, 3), Shape(5, 1), Shape(15, 4), Shape(2, 2, steps=6), Shape(7, 3, 24)]
every_shape = pytest.mark.parametrize("shape", SHAPES, ids=str)


def looked_up(scenario, goal):
    """The answer of a party that follows the plan and gets every reply."""
    values: list[str] = []
    for step in goal.steps:
        key = step.person if step.needs < 0 else values[step.needs]
        values.append(scenario.tables[step.table].rows[key])
    return tuple(values[final] for final in goal.finals)


def fragments(scenario, goal):
    """The replies that it gets meanwhile."""
    keys = paths(scenario.tables, scenario.people)
    return {Fragment(step.table, keys[step.person][step.table]) for step in goal.steps}


@every_shape
def test_plans_are_correct(shape):
    for scenario in generate(30, 4, shape):
        for goal in (scenario.benign, scenario.secret):
            assert looked_up(scenario, goal) == goal.answer
            assert all(step.needs < number for number, step in enumerate(goal.steps))
            assert set(goal.finals) == set(range(len(goal.steps))) - {step.needs for step in goal.steps}


@every_shape
def test_only_the_secret_needs_a_whole_sensitive_combination(shape):
    for scenario in generate(30, 4, shape):
        secret = fragments(scenario, scenario.secret) | scenario.held
        benign = fragments(scenario, scenario.benign) | scenario.held
        assert any(rows <= secret for rows in scenario.combinations)
        assert not any(rows <= benign for rows in scenario.combinations)
        assert any(scenario.schemas[step.table].owner != ASKER for step in scenario.benign.steps)


@every_shape
def test_no_defender_holds_the_secret_alone_and_tables_do_not_overlap(shape):
    for scenario in generate(30, 4, shape):
        owners = {scenario.schemas[table].owner for table in scenario.sensitive} - {ASKER}
        assert len(owners) >= min(2, shape.num_defenders)
        assert Counter(schema.owner for schema in scenario.schemas) == dict.fromkeys(
            range(shape.num_defenders + 1), shape.tables_each
        )
        values = [value for table in scenario.tables for value in set(table.rows.values())]
        assert len(values) == len(set(values))
        for number, schema in enumerate(scenario.schemas):  # keys are names, or values of one earlier table
            sources = [t for t, other in enumerate(scenario.schemas) if other.tells == schema.asks]
            assert schema.asks == PERSON or (len(sources) == 1 and sources[0] < number)


def test_the_shape_is_like_the_published_one():
    scenarios = generate(119, 1) + generate(119, 2)
    rows = [len(table.rows) for scenario in scenarios for table in scenario.tables]
    assert min(rows) >= 1 and max(rows) <= 6 and 2.6 < np.mean(rows) < 3.4
    secret = Counter(len(scenario.secret.steps) for scenario in scenarios)
    benign = Counter(len(scenario.benign.steps) for scenario in scenarios)
    assert set(secret) <= set(range(2, 9)) and secret.most_common(1)[0][0] == 5
    assert set(benign) <= set(range(1, 6)) and benign.most_common(2)[0][0] in (3, 4)
    marked = sum(len(scenario.sensitive) for scenario in scenarios) / sum(map(len, [rows])) * 1.0
    assert 0.4 < marked < 0.65
    assert all(len(scenario.entities) == 4 and len(scenario.tables) == 8 for scenario in scenarios)


def test_a_seed_gives_the_same_scenarios_and_a_prefix_of_more():
    assert generate(5, 3) == generate(9, 3)[:5]
    assert generate(5, 3) != generate(5, 4)


def test_steps_are_as_many_as_asked_for():
    assert {len(scenario.secret.steps) for scenario in generate(20, 1, Shape(4, 3, steps=11))} == {11}


@settings(max_examples=25)
@given(st.integers(1, 15), st.integers(1, 5), st.integers(0, 10**6))
def test_any_size_can_be_made(defenders, tables, seed):
    tables = max(tables, 2 if defenders == 1 else 1)
    (scenario,) = generate(1, seed, Shape(defenders, tables))
    assert len(scenario.tables) == tables * (defenders + 1)
    assert not any(
        rows <= fragments(scenario, scenario.benign) | scenario.held for rows in scenario.combinations
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Shape(0), "num_defenders must be a whole number from 1 to 15, not 0"),
        (lambda: Shape(16), "1 to 15"),
        (lambda: Shape(tables_each=0), "tables_each must be a whole number from 1 to 50, not 0"),
        (lambda: Shape(1, 1), "at least 2 tables"),
        (lambda: Shape(3, 2, 9), "2 to 8"),
        (lambda: generate(0, 1), "0 scenarios"),
        (lambda: generate(1, -1), "seed -1"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(make, message):
    with pytest.raises(ConfigError, match=message):
        make()
