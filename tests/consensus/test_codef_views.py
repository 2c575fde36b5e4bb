"""Nothing of a peer's private table reaches a voter, except what its owner revealed."""

import gc
from dataclasses import replace
from types import FunctionType, ModuleType

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from swarm_env.consensus.codef import (
    DEFENCES,
    Dialogue,
    Scenario,
    SimulatedVoter,
    Traits,
    Verdict,
    Voting,
    generate,
    view_of,
)
from swarm_env.consensus.codef.cases import Table
from swarm_env.consensus.codef.observations import codes_of, encode
from swarm_env.consensus.codef.voters.voter_prompts import messages

EVERYTHING = DEFENCES["codef_pooled"].sight  # type: ignore[attr-defined]


class Watched(SimulatedVoter):
    """Voters that keeps every ballot."""

    def __init__(self, *args):
        super().__init__(*args)
        self.ballots = []

    def votes(self, ballots):
        self.ballots += ballots
        return super().votes(ballots)


def reachable(thing):
    """Everything that can be reached from a thing, by whatever way, but for code and types."""
    found, waiting = {}, [thing]
    while waiting:
        one = waiting.pop()
        if id(one) in found or isinstance(one, type | ModuleType | FunctionType):
            continue
        found[id(one)] = one
        waiting += gc.get_referents(one)
    return list(found.values())


def private(scenario, voter):
    """Values in the tables of the other parties, defenders and asker."""
    return {
        value for table in scenario.tables if table.schema.owner != voter for value in table.rows.values()
    }


def questioned(number, aim, name, rate=0.15):
    """A questioning; the scenario, its dialogue and every ballot there was."""
    from swarm_env.consensus.codef.dialogue import play

    (scenario,) = generate(1, number)
    voters = Watched(Traits(error_rate=rate), number)
    play(scenario, aim, DEFENCES[name], voters, seed=number)
    return scenario, voters.ballots


@settings(max_examples=60)
@given(
    st.integers(0, 10**6),
    st.sampled_from(["benign", "sensitive"]),
    st.sampled_from([name for name, one in DEFENCES.items() if isinstance(one, Voting)]),
)
def test_what_a_voter_is_given_holds_no_private_row_of_another(number, aim, name):
    scenario, ballots = questioned(number, aim, name)
    assert ballots
    for ballot in ballots:
        view = ballot.view
        revealed = {value for entry in view.history for value in entry.reply or ()}
        asked = {entry.question.key for entry in view.history} | {view.question.key}
        own = {text for _, table in view.own for row in table.rows.items() for text in row}
        things = reachable(ballot)
        texts = {thing for thing in things if isinstance(thing, str)}
        assert not (texts & private(scenario, view.voter)) - revealed - asked - own
        assert not any(isinstance(thing, Scenario | Dialogue) for thing in things)
        tables = [thing for thing in things if isinstance(thing, Table)]
        assert {table.schema.owner for table in tables} <= {view.voter}
        if not view.history:
            assert not revealed
        prompt = " ".join(text for _, text in messages(view, False, True))
        hidden = private(scenario, view.voter) - revealed - asked - own
        assert not [value for value in hidden if value in prompt]


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.data())
def test_other_private_rows_make_no_difference_to_a_voter(number, data):
    """Change every row of a peer that was not revealed: view, vote and observation stay the same."""
    (scenario,) = generate(1, number)
    dialogue = Dialogue(scenario, "sensitive", SimulatedVoter(), number)
    steps = scenario.secret.steps
    questions = []
    for step in steps:
        key = step.person if step.needs < 0 else steps[step.needs].value
        if scenario.schemas[step.table].owner:
            from swarm_env.consensus.codef import Question

            questions.append(Question(scenario.entities[0], step.table, key))
    upto = data.draw(st.integers(0, len(questions) - 1))
    for question in questions[:upto]:
        dialogue.carry_out(question, Verdict.ANSWER)
    voter = data.draw(st.integers(1, scenario.num_defenders))
    revealed = {(e.question.table, e.question.key) for e in dialogue.past}
    changed = replace(
        scenario,
        tables=tuple(
            table
            if table.schema.owner == voter
            else table._replace(rows={k: v if (t, k) in revealed else v + "'" for k, v in table.rows.items()})
            for t, table in enumerate(scenario.tables)
        ),
    )
    now = questions[upto]
    first = view_of(scenario, voter, dialogue.past, now, EVERYTHING)
    second = view_of(changed, voter, dialogue.past, now, EVERYTHING)
    assert first == second
    codes = codes_of(scenario)
    one, other = (encode(view, codes, len(scenario.tables), 12, True) for view in (first, second))
    assert np.array_equal(one, other)


def test_without_replies_a_voter_knows_of_replies_its_own_only():
    scenario, ballots = questioned(3, "sensitive", "self_voting", rate=0.0)
    entries = [(b.view.voter, entry) for b in ballots for entry in b.view.history]
    assert entries
    for voter, entry in entries:
        own = scenario.schemas[entry.question.table].owner == voter
        assert (entry.reply is not None) == own and (entry.verdict is not None) == own


def test_what_a_defence_does_not_share_is_not_there():
    for name, policy, history in (("cot", False, False), ("policy", True, False), ("history", True, True)):
        _, ballots = questioned(3, "sensitive", name, rate=0.0)
        assert all((ballot.view.policy is not None) == policy for ballot in ballots)
        assert any(ballot.view.history for ballot in ballots) == history
