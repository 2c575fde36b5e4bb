"""Mutation testing: the changes themselves, and that it tells a tested change from an untested one."""

import ast

import pytest

import benchmarks.mutants.__main__ as mutants
from benchmarks.mutants.changes import mutants_of

SOURCE = '''
MOST = 3  # äöü: offsets are in bytes

def rule(a, b):
    """1 < 2."""
    c = min(a + 1, MOST)
    if a < b and not b:
        c = 0
    while True:
        raise ValueError("1")
'''


def test_every_kind_of_change_is_made_once():
    found = mutants_of("rule.py", SOURCE)
    assert {(m.before, m.after) for m in found} == {
        ("3", "4"), ("3", "2"), ("a + 1", "(a - 1)"), ("1", "2"), ("1", "0"), ("0", "1"), ("0", "(-1)"),
        ("min(a + 1, MOST)", "(max(a + 1, MOST))"), ("min(a + 1, MOST)", "(a + 1)"),
        ("min(a + 1, MOST)", "(MOST)"), ("a < b", "(a <= b)"), ("a < b and not b", "(a < b or not b)"),
        ("a < b and not b", "(not (a < b and (not b)))"), ("not b", "(b)"), ("c = 0", "pass"),
        ("True", "False"), ("True", "(not True)"),
    }  # fmt: skip
    for mutant in found:
        changed = mutant.applied_to(SOURCE)
        assert ast.unparse(ast.parse(changed)) != ast.unparse(ast.parse(SOURCE))
        assert mutant.before in SOURCE.splitlines()[mutant.line - 1]


def test_the_list_of_known_mutants_fits_the_files_and_every_file_has_tests():
    every = mutants.all_mutants(mutants.FILES)
    for entry in mutants.known():
        assert entry["reason"] and any(mutants.is_known(mutant, entry) for mutant in every), entry
    for file in {mutant.file for mutant in every}:
        for path in mutants.tests_of(file):
            assert not path.startswith("tests/") or (mutants.ROOT / path.partition("::")[0]).exists()


@pytest.mark.slow
def test_a_noticed_change_is_told_from_one_without_a_test(monkeypatch):
    rule = (["tests/scenarios/test_quirks.py"], "single_agent_scores_with_every_switch")
    monkeypatch.setattr(mutants, "TESTS", {"scenarios/synchronization": rule})
    every = mutants.all_mutants(["scenarios/synchronization.py"])
    chosen = [next(m for m in every if m.before == code) for code in ("lights != state.scored", "lit == 0")]
    chosen += [next(m for m in every if m.before == "good / max(present, 1)")]  # the test looks at no reward
    monkeypatch.setattr(mutants, "all_mutants", lambda files: chosen)
    rows, survivors = mutants.measure(count=0, seed=0).values()
    assert [(row["tried"], row["killed"], row["survived"]) for row in rows] == [(3, 2, 1)] * 2
    assert [row["survivor"].split()[1] for row in survivors] == ["potential"]
