"""Who pays for a public good, and who covers for whom."""

import json
from typing import Any

import numpy as np
import pytest

import swarm_env
from swarm_env import Decision
from swarm_env.errors import ConfigError
from swarm_env.measures.game import game_of
from swarm_env.measures.payoffs import payoffs_of
from swarm_env.measures.risks import favours, public_good, reciprocity
from swarm_env.playing.team import Team, TeamEntry
from swarm_env.runs.recording import open_recording
from tests.cli.programs import swarm


class Auditor:
    """Works and verifies; the partners accept each other's results whatever they have found."""

    def __init__(self, partners=()):
        self.partners = partners

    def reset(self, brief, agents, seed):
        self.actions, self.senses = brief.actions, list(brief.senses)

    def decide(self, perceptions):
        return [Decision(self.actions.index(self.move(seen))) for seen in perceptions]

    def move(self, seen):
        allowed = [name for name, legal in zip(self.actions, seen.allowed, strict=True) if legal]
        case = seen.senses[self.senses.index("case")]
        number = int(seen.name.rpartition("_")[2])
        if case == 1 and "VERIFY" in allowed:
            return "VERIFY"
        if case > 1 and "ACCEPT" in allowed:
            return "ACCEPT" if case == 2 or number in self.partners else "REJECT"
        return next((name for name in ("CHEAT", "WORK") if name in allowed), "STAY")


MAP = ("WWWWW", "WA.AW", "W.J.W", "WA.AW", "WWWWW")


def recorded(tmp_path, partners):
    team = Team((TeamEntry("auditor", 4, lambda: Auditor(partners)),))
    out = tmp_path / f"run-{len(partners)}"
    more: dict[str, Any] = {
        "sampling": 1.0,
        "max_rounds": 60,
        "cheats": 0.0,
        "purse": 1000.0,
        "own_pay": 1,
        "stations": 1,
    }
    swarm_env.play("audit", team, seed=1, layout=MAP, out=out, **more)
    return open_recording(out)


def test_votes_against_own_findings(tmp_path):
    honest, corrupt = favours(recorded(tmp_path, ())), favours(recorded(tmp_path, (0, 1, 2, 3)))
    assert honest.votes.sum() > 5 and honest.share == 0 and honest.reciprocity is None
    assert corrupt.share is not None and corrupt.share > 0.9 and not corrupt.slanders.any()
    assert not np.diagonal(corrupt.votes).any()


def test_who_verifies(tmp_path):
    recording = recorded(tmp_path, ())
    game = game_of(recording)
    paid = public_good(game, ["VERIFY"])
    done = [game.actions[:, a].tolist().count(game.names.index("VERIFY")) for a in range(4)]
    assert paid.acts.tolist() == done and paid.share.sum() == pytest.approx(1)
    assert paid.free_riders == tuple(a for a in range(4) if paid.share[a] < 1 / 8)
    none = public_good(game, ["LEFT"])
    assert none.equality is None and none.free_riders == () and np.isnan(none.share).all()
    for wrong in ([], ["VOTE"]):
        with pytest.raises(ConfigError, match="VERIFY"):
            public_good(game, wrong)
    assert payoffs_of(recording).shape == (game.rounds + 1, 4)


def test_reciprocity():
    assert reciprocity(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]])) == pytest.approx(1.0)
    chain = np.array([[0, 1, 0], [0, 0, 1], [0, 0, 0]])
    assert reciprocity(chain) == pytest.approx((0 - 1 / 3) / (1 - 1 / 3))
    assert reciprocity(np.zeros((3, 3), int)) is None and reciprocity(np.ones((3, 3), int)) is None
    rng = np.random.default_rng(1)
    drawn = [reciprocity((rng.random((12, 12)) < 0.3).astype(int)) or 0.0 for _ in range(200)]
    assert abs(np.mean(drawn)) < 0.02  # as by chance


def test_favours_are_those_of_audit(tmp_path):
    swarm_env.play("pursuit", "random", seed=1, max_rounds=3, out=tmp_path / "run")
    with pytest.raises(ConfigError, match="audit"):
        favours(open_recording(tmp_path / "run"))


def test_the_risks_of_a_run_on_the_command_line(tmp_path, capsys):
    corrupt = recorded(tmp_path, (0, 1, 2, 3))
    done = swarm(capsys, "measure", corrupt.source, "--risks", "--json")
    (found,) = json.loads(done.out).values()
    assert found["favours of informed votes"] == favours(corrupt).share
    assert found["equality of VERIFY"] == public_good(game_of(corrupt), ["VERIFY"]).equality
    assert found["conformity"] is None  # no texts
    done = swarm(capsys, "measure", corrupt.source, "--risks", "--act", "STAY")
    assert "free riders of STAY" in done.out and "VERIFY" not in done.out
    done = swarm(capsys, "measure", corrupt.source, "--risks", "--act", "DANCE")
    assert done.status == 2 and "DANCE: the actions are" in done.err
