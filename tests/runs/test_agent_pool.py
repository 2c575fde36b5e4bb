"""Agent pools: agents are called concurrently, and their answers are checked."""

import asyncio
import threading
import time

import pytest

from swarm_env.agent import Decision
from swarm_env.errors import ContractError, ReplayMismatch
from swarm_env.playing.agent_pool import AgentPool, agent_seed
from tests.runs.agents import AsyncCounter, Counter, Person, brief, perception, team

NAMES = ("agent_0", "agent_1", "agent_2")
ALL = [perception(k) for k in range(3)]


def pool(*entries, since=(), names=NAMES, seed=1):
    made = AgentPool(team(*entries), names, seed, since)
    made.reset(brief())
    return made


def make(decide):
    """An agent class from a function of the perceptions."""

    return type("Made", (Counter,), {"decide": decide})


def test_seeds_of_agents_differ_by_run_and_entry_and_never_change():
    assert len({agent_seed(run, entry) for run in range(50) for entry in range(50)}) == 2500
    assert agent_seed(42, 0) == 5785126472686144187
    assert 0 <= agent_seed(2**62, 9) < 2**63


def test_each_agent_is_asked_for_its_own_present_agents():
    seen = []

    def decide(self, perceptions):
        seen.append([p.name for p in perceptions])
        return [Decision(self.seed % 5) for _ in perceptions]

    kind = make(decide)
    with pool((kind, 1), (kind, None)) as players:
        decisions = players.decide([ALL[2]])
        assert list(decisions) == ["agent_2"]
        decisions = players.decide(ALL)
    assert seen == [["agent_2"], ["agent_0"], ["agent_1", "agent_2"]]
    assert decisions["agent_0"].move == agent_seed(1, 0) % 5
    assert decisions["agent_1"].move == agent_seed(1, 1) % 5


def test_async_agents_of_a_round_run_at_the_same_time():
    meeting: dict[str, asyncio.Barrier] = {}

    async def decide(self, perceptions):
        meeting.setdefault("barrier", asyncio.Barrier(3))
        await meeting["barrier"].wait()  # would wait for ever if they came one after the other
        return [Decision(1) for _ in perceptions]

    kind = make(decide)
    with pool((kind, 1), (kind, 1), (kind, 1)) as players:
        assert set(players.decide(ALL).values()) == {Decision(1)}


def test_one_loop_serves_all_rounds_of_all_pools():
    loops = set()

    async def decide(self, perceptions):
        loops.add(asyncio.get_running_loop())
        return [Decision(1) for _ in perceptions]

    with pool((make(decide), None)) as players, pool((make(decide), None)) as others:
        for _ in range(3):
            players.decide(ALL)
            others.decide(ALL)
    assert len(loops) == 1


def test_async_agents_play_where_a_loop_is_running_already():
    async def notebook():
        with pool((AsyncCounter, None)) as players:
            return players.decide(ALL)

    with pool((AsyncCounter, None)) as players:
        assert asyncio.run(notebook()) == players.decide(ALL)


def test_every_method_may_be_a_coroutine():
    calls = []

    class Slow(Counter):
        async def reset(self, brief, agents, seed):
            calls.append("reset")

        async def decide(self, perceptions):
            return [Decision(0) for _ in perceptions]

        async def replay(self, perceptions, decisions):
            calls.append("replay")

        async def close(self):
            calls.append("close")

    with pool((Slow, None), since=[5]) as players:
        players.replay(ALL, players.decide(ALL), 0)
    assert calls == ["reset", "replay", "close"]


@pytest.mark.parametrize(
    "answer",
    [
        None,
        5,
        "UP",
        [],
        [Decision(1)] * 2,
        [Decision(1)] * 4,
        Decision(1),
        {"agent_0": Decision(1), "agent_1": Decision(1), "agent_2": Decision(1)},
        [1, 2, 3],
        [Decision(1), Decision(1), Decision(9)],
        [Decision(1), Decision(1), None],
        (Decision(move) for move in (1, 1, -1)),
    ],
)
def test_an_answer_against_the_protocol_names_the_agent_and_what_is_expected(answer):
    with (
        pool((make(lambda self, perceptions: answer), None)) as players,
        pytest.raises(ContractError, match=r"The agent 'Made' returned .*expected"),
    ):
        players.decide(ALL)


def test_any_sequence_of_decisions_will_do():
    for form in (tuple, list, iter):
        kind = make(lambda self, perceptions, form=form: form([Decision(1)] * len(perceptions)))
        with pool((kind, None)) as players:
            assert players.decide(ALL)["agent_2"] == Decision(1)


@pytest.mark.parametrize("is_async", [False, True])
def test_an_error_of_an_agent_comes_out_as_it_is_with_a_note_that_names_the_agent(is_async):
    def fail(self, perceptions):
        raise ZeroDivisionError("mine")

    async def fail_later(self, perceptions):
        fail(self, perceptions)

    kind = make(fail_later if is_async else fail)
    with (
        pool((AsyncCounter, 1), (kind, None)) as players,
        pytest.raises(ZeroDivisionError, match="mine") as caught,
    ):
        players.decide(ALL)
    assert caught.value.__notes__ == ["raised by decide of the agent 'Made', which drives agent_1 to agent_2"]


def test_when_one_agent_fails_the_others_are_cancelled():
    cancelled = threading.Event()

    async def wait(self, perceptions):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async def fail(self, perceptions):
        await asyncio.sleep(0)
        raise ZeroDivisionError

    with pool((make(wait), 1), (make(fail), None)) as players, pytest.raises(ZeroDivisionError):
        players.decide(ALL)
    assert cancelled.is_set()


def test_a_replay_compares_what_an_agent_decided_itself():
    with pool((Counter, None)) as first:
        past = [first.decide([perception(k, r) for k in range(3)]) for r in range(3)]
    for kind in (Counter, AsyncCounter):
        with pool((kind, None)) as again:
            for r in range(3):
                again.replay([perception(k, r) for k in range(3)], past[r], r)
    other = {**past[0], "agent_1": Decision((past[0]["agent_1"].move + 1) % 5)}
    with (
        pool((Counter, None)) as again,
        pytest.raises(ReplayMismatch, match=r"Round 0 .*agent_1: ") as caught,
    ):
        again.replay(ALL, other, 0)
    assert caught.value.round == 0


def test_rounds_before_its_own_are_not_compared_but_lived_through():
    past = {name: Decision(1) for name in NAMES}
    with pool((Counter, None), since=[2]) as players:
        agent = players._players[0].agent
        players.replay(ALL, past, 0)
        players.replay(ALL, past, 1)
        assert agent.asked == 2
        with pytest.raises(ReplayMismatch):
            players.replay(ALL, {name: Decision(9 % 5) for name in NAMES} | {"agent_0": Decision(3)}, 2)


def test_a_person_learns_the_past_and_is_not_asked():
    past = {name: Decision(k) for k, name in enumerate(NAMES)}
    with pool((Counter, 1), (Person, None), since=[7, 0]) as players:
        person = players._players[1].agent
        before = Person.decided
        players.replay(ALL, past, 0)
        assert Person.decided == before
        assert person.informed == [(0, ["agent_1", "agent_2"], [1, 2])]


def test_an_agent_with_replay_is_not_asked_about_rounds_of_other_agents():
    class Listener(Counter):
        def replay(self, perceptions, decisions):
            self.informed = [d.move for d in decisions]

    past = {name: Decision(k) for k, name in enumerate(NAMES)}
    with pool((Listener, None), since=[1]) as players:
        agent = players._players[0].agent
        players.replay(ALL, past, 0)
        assert (agent.informed, agent.asked) == ([0, 1, 2], 0)


def test_a_slow_agent_does_not_hold_up_the_end():
    async def decide(self, perceptions):
        self.task = asyncio.create_task(asyncio.sleep(1000))
        return [Decision(1) for _ in perceptions]

    began = time.monotonic()
    with pool((make(decide), None)) as players:
        players.decide(ALL)
    assert time.monotonic() - began < 100
