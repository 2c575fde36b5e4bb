"""Decisions: one normal form, whatever an agent gives back."""

import math
from typing import Any

import numpy as np
import pytest

from swarm_env.agent import Decision
from swarm_env.envs.decision_codec import Channel
from swarm_env.errors import ContractError, RunError
from swarm_env.runs.decision_log import from_log, to_log
from tests.runs.agents import brief

SILENT = Channel.of(brief())
TEXT = Channel.of(brief("text", (120,)))
TOKENS = Channel.of(brief("tokens", (8, 2)))
VECTOR = Channel.of(brief("vector", (3,)))


@pytest.mark.parametrize("move", [2, np.int64(2), np.int8(2), np.uint8(2)])
def test_a_move_is_any_whole_number(move):
    decision = SILENT.check(Decision(move))
    assert decision == Decision(2)
    assert type(decision.move) is int


@pytest.mark.parametrize(
    "move", [-1, 5, 2.0, "UP", None, True, np.bool_(True), math.nan, [1], np.array([1, 2])]
)
def test_other_moves_are_refused(move):
    with pytest.raises(ContractError, match="expected an integer from 0 to 4 .*1 UP"):
        SILENT.check(Decision(move))


@pytest.mark.parametrize("thing", [None, 1, (1, "hi"), {"move": 1}, "UP"])
def test_other_things_than_decisions_are_refused(thing):
    with pytest.raises(ContractError, match="expected a swarm_env.Decision"):
        SILENT.check(thing)


def test_in_a_world_without_messages_what_is_said_is_lost():
    assert SILENT.check(Decision(1, "hello")) == Decision(1)
    assert SILENT.check_action("agent_0", 1) == Decision(1)


def test_texts_are_cut_to_what_is_delivered():
    assert TEXT.check(Decision(1, "x" * 120)).message == "x" * 120
    assert TEXT.check(Decision(1, "x" * 121)).message == "x" * 120 + "..."
    again = TEXT.check(TEXT.check(Decision(1, "x" * 5000)))
    assert again.message == "x" * 120 + "..."
    assert TEXT.check(Decision(1, "a\ud800b")).message == "a?b"
    assert TEXT.check_action("agent_0", {"move": 1, "message": "hi"}) == Decision(1, "hi")
    assert TEXT.check_action("agent_0", {"move": 1, "message": ""}) == Decision(1)


@pytest.mark.parametrize(
    ("channel", "silence"),
    [(TEXT, ""), (TOKENS, (0, 0)), (TOKENS, [0, 0])],
)
def test_silence_is_none_whichever_way_it_is_said(channel, silence):
    assert channel.check(Decision(1, silence)) == channel.check(Decision(1, None)) == Decision(1)


@pytest.mark.parametrize("zeros", [(0.0, 0, 0.0), np.zeros(3)])
def test_a_vector_of_zeros_is_a_message(zeros):
    assert VECTOR.check(Decision(1, zeros)) == Decision(1, (0.0, 0.0, 0.0))
    assert VECTOR.check(Decision(1, None)) == Decision(1)


def test_tokens():
    tokens: Any
    for tokens in ((3, 0), [3, 0], np.array([3, 0]), (np.int8(3), np.int8(0))):
        decision = TOKENS.check(Decision(4, tokens))
        assert decision.message == (3, 0)
        assert TOKENS.check_action("agent_0", np.array([4, 3, 0])) == decision
    assert TOKENS.check_action("agent_0", [4, 0, 0]) == Decision(4)


def test_vectors_have_single_precision():
    numbers: Any = (0.1, 1, np.float32(-0.5))
    decision = VECTOR.check(Decision(4, numbers))
    assert decision.message == (float(np.float32(0.1)), 1.0, -0.5)
    assert VECTOR.check(decision) == decision
    action = {"move": 4, "message": np.array(numbers, np.float32)}
    assert VECTOR.check_action("agent_0", action) == decision
    assert VECTOR.check_action("agent_0", {"move": 4, "message": np.zeros(3)}) == Decision(4)


@pytest.mark.parametrize(
    ("channel", "message"),
    [
        (TEXT, 5),
        (TEXT, b"hi"),
        (TEXT, ("hi",)),
        (TOKENS, "12"),
        (TOKENS, 1),
        (TOKENS, (1,)),
        (TOKENS, (1, 2, 3)),
        (TOKENS, (1, 8)),
        (TOKENS, (1, -1)),
        (TOKENS, (1.0, 2.0)),
        (TOKENS, (True, False)),
        (TOKENS, {1, 2}),
        (VECTOR, "abc"),
        (VECTOR, (0.1,)),
        (VECTOR, (0.1, 0.2, math.nan)),
        (VECTOR, (0.1, 0.2, math.inf)),
        (VECTOR, (0.1, 0.2, 10**400)),
        (VECTOR, (0.1, 0.2, 1.5)),
        (VECTOR, (0.1, 0.2, None)),
        (VECTOR, (0.1, 0.2, "x")),
        (VECTOR, np.zeros((3, 1))),
    ],
)
def test_other_messages_are_refused(channel, message):
    with pytest.raises(ContractError, match="; expected"):
        channel.check(Decision(1, message))


NAMES = ["agent_0", "agent_1", "agent_2"]


def test_decisions_go_to_the_log_and_back():
    decisions = {"agent_0": Decision(1, (3, 1)), "agent_2": Decision(0)}
    logged = to_log(decisions, NAMES)
    actions, messages = logged["actions"], logged["messages"]
    assert (actions, messages) == ((1, None, 0), ((3, 1), None, None))
    assert from_log(TOKENS, actions, messages, NAMES, ["agent_0", "agent_2"]) == decisions
    silent = to_log({"agent_1": Decision(1)}, NAMES)
    assert silent == {"actions": (None, 1, None), "messages": None, "drives": None}


@pytest.mark.parametrize(
    ("actions", "messages", "word"),
    [
        ((1, 1), None, "2 actions for 3 agents"),
        ((1, 1, None, 1), None, "4 actions for 3 agents"),
        ((1, 1, None), ((1, 1),), "1 messages for 3 agents"),
        ((1, None, None), None, "no move of agent_1, which has not left"),
        ((1, 1, 1), None, "a move of agent_2, which has left"),
        ((1, 9, None), None, "agent_1: move 9"),
        ((1, 1, None), ("hi", None, None), "agent_0: message 'hi'"),
    ],
)
def test_a_line_that_does_not_fit_the_world_is_refused(actions, messages, word):
    with pytest.raises(RunError, match=word):
        from_log(TOKENS, actions, messages, NAMES, NAMES[:2])


def test_decisions_in_words():
    assert SILENT.words(Decision(2)) == "DOWN"
    assert TEXT.words(Decision(2, "hi")) == "DOWN saying 'hi'"
