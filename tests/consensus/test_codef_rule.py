"""The verdict of votes to answer, to be vague or to block."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from swarm_env.consensus.codef import CoDef, Verdict, decide, tally

import swarm_env
from swarm_env.engine.rule_calls import vote_kernel
from swarm_env.errors import ConfigError, ContractError

ANSWER, VAGUE, BLOCK, ABSTAIN, SILENT = Verdict
RULING = {ANSWER, VAGUE, BLOCK}
some_votes = st.lists(st.sampled_from(Verdict), min_size=1, max_size=7)


def published(votes):
    """The rule of the paper, of votes that are all there."""
    return BLOCK if BLOCK in votes else VAGUE if VAGUE in votes else ANSWER


@pytest.mark.parametrize("voters", [1, 2, 3, 4])
def test_the_veto_is_the_published_rule(voters):
    for votes in itertools.product(sorted(RULING), repeat=voters):
        assert CoDef().verdict(votes) is published(votes)


@given(st.lists(st.sampled_from([ANSWER, VAGUE, BLOCK]), min_size=1, max_size=8), st.data())
def test_a_threshold_counts_votes(votes, data):
    k = data.draw(st.integers(1, len(votes)))
    blocks, vagues = votes.count(BLOCK), votes.count(VAGUE)
    expected = BLOCK if blocks >= k else VAGUE if blocks + vagues >= k else ANSWER
    assert decide(votes, k) is expected


@given(some_votes, st.data())
def test_no_more_caution_makes_a_ruling_less_cautious(votes, data):
    k = data.draw(st.integers(1, len(votes)))
    abstentions = data.draw(st.sampled_from(["ignore", "block", "answer"]))
    at = data.draw(st.integers(0, len(votes) - 1))
    if votes[at] is ABSTAIN:
        return
    caution = {ANSWER: 0, VAGUE: 1, BLOCK: 2, SILENT: 2}
    more = data.draw(st.sampled_from([v for v in caution if caution[v] >= caution[votes[at]]]))
    changed = [*votes[:at], more, *votes[at + 1 :]]
    assert decide(changed, k, abstentions) >= decide(votes, k, abstentions)
    if k > 1:
        assert decide(votes, k - 1, abstentions) >= decide(votes, k, abstentions)


@given(some_votes, st.permutations(range(7)), st.data())
def test_the_order_of_voters_makes_no_difference(votes, order, data):
    k = data.draw(st.integers(1, len(votes)))
    shuffled = [votes[i] for i in order if i < len(votes)]
    assert decide(shuffled, k) is decide(votes, k)


@given(st.lists(st.sampled_from([ABSTAIN, SILENT]), min_size=1, max_size=5), st.data())
def test_without_any_opinion_nothing_is_answered(votes, data):
    k = data.draw(st.integers(1, len(votes)))
    for abstentions in ("ignore", "block", "answer"):
        assert decide(votes, k, abstentions) is BLOCK


def test_a_missing_vote_counts_against_the_question():
    assert decide([ANSWER, ANSWER, SILENT], 1) is BLOCK
    assert decide([ANSWER, ANSWER, SILENT], 2) is ANSWER
    assert decide([ANSWER, BLOCK, SILENT], 2) is BLOCK


def test_abstentions():
    votes = [ANSWER, BLOCK, ABSTAIN]
    assert decide(votes, 2, "ignore") is ANSWER
    assert decide(votes, 2, "block") is BLOCK
    assert decide(votes, 2, "answer") is ANSWER
    # A voter that abstains cannot make blocking impossible: of one voter left, one is enough.
    assert decide([BLOCK, ABSTAIN, ABSTAIN], 2, "ignore") is BLOCK


def test_a_quorum():
    assert decide([ANSWER, ABSTAIN, ABSTAIN], 1, quorum=1) is ANSWER
    assert decide([ANSWER, ABSTAIN, ABSTAIN], 1, quorum=2) is BLOCK


def test_numbers_that_are_no_verdict_never_answer_in_the_kernel():
    for strange in (5, -1, 100, -128):
        assert tally(np.array([0, strange], np.int8), 2, 1, 0, 1) == BLOCK
    assert tally(np.array([0, 0, 2], np.int32), 2, 1, 0, 1) == ANSWER  # the third does not count


@pytest.mark.parametrize(
    ("votes", "options", "message"),
    [
        ([], {}, "at least one"),
        ([[0]], {}, "row"),
        (["answer"], {}, "row"),
        ([0, 7], {}, "numbers from 0 to 4"),
        ([0, 0], {"threshold": 0}, "threshold is 0"),
        ([0], {"abstentions": "perhaps"}, "ignore, block, answer"),
        ([0], {"quorum": 0}, "quorum is 0"),
    ],
)
def test_what_is_no_vote_is_refused(votes, options, message):
    with pytest.raises(ConfigError, match=message):
        CoDef(**options).verdict(votes)


def test_a_threshold_above_the_number_of_votes_is_refused_by_decide_and_means_all_for_the_rule():
    with pytest.raises(ConfigError, match="threshold is 3"):
        decide([0, 0], 3)
    assert CoDef(threshold=3).verdict([2, 2]) is BLOCK and CoDef(threshold=3).verdict([0, 2]) is ANSWER


def test_majority_takes_the_strictest_of_equals():
    majority = swarm_env.rule("majority")()
    assert majority.verdict([ANSWER, ANSWER, BLOCK]) is ANSWER
    assert majority.verdict([ANSWER, VAGUE]) is VAGUE and majority.verdict([VAGUE, BLOCK]) is BLOCK
    assert majority.verdict([ANSWER, ANSWER, SILENT, BLOCK]) is majority.verdict([ABSTAIN]) is BLOCK


def test_worlds_have_kernels_of_three_thresholds():
    with pytest.raises(ConfigError, match="threshold=1, 2, majority"):
        vote_kernel("codef?threshold=3")
    with pytest.raises(ContractError, match="`vote_kernel`"):
        vote_kernel("borda")


def test_the_registry_knows_the_rules():
    veto, most = swarm_env.rule("codef")(), swarm_env.rule("codef_majority")()
    assert veto.verdict([0, 0, 2]) is BLOCK and most.verdict([0, 0, 2]) is ANSWER
    assert most.verdict([2, 2, 0]) is BLOCK
    assert most.verdict([ABSTAIN, ABSTAIN, BLOCK]) is BLOCK
    assert most.verdict([ABSTAIN]) is BLOCK
    two = swarm_env.rule("codef_2")()
    assert two.verdict([0, 0, 2]) is ANSWER and two.verdict([2, 0, 2]) is BLOCK
    assert two.verdict([2]) is two.verdict([BLOCK, ABSTAIN]) is BLOCK  # of one that one
    assert two.verdict([VAGUE, BLOCK, ANSWER]) is VAGUE


@pytest.mark.parametrize("name", ["codef", "codef_2", "codef?threshold=majority", "majority"])
@given(choice=st.lists(st.integers(-1, 4), min_size=1, max_size=9))
def test_worlds_get_the_same_verdicts(name, choice):
    verdict = vote_kernel(name)(np.array(choice, np.int32), 0, np.zeros(len(choice)))
    plain = [ABSTAIN if c < 0 else SILENT if c > 2 else Verdict(c) for c in choice]
    assert swarm_env.rule(name)().verdict(plain) is Verdict(verdict)
