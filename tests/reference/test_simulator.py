"""The reference simulator against every recorded game: map, score, positions and all views in every round."""

import pytest

from tests.reference.recordings import GAMES, RecordedGame, game
from tests.reference.tasks import TASKS


def respawns(recorded: RecordedGame) -> list[tuple[int, int]]:
    """Where each new prey appeared: the one thing that has to be taken from the log."""
    return [
        (i, row.index("P"))
        for before, after in zip(recorded.rounds, recorded.rounds[1:], strict=False)
        if recorded.task == "pursuit" and after.score > before.score
        for i, row in enumerate(after.grid)
        if "P" in row
    ]


@pytest.mark.quick_cases(2)
@pytest.mark.parametrize("name", GAMES)
def test_reference_reproduces_recorded_game(name):
    recorded = game(name)
    first = recorded.rounds[0]
    simulated = TASKS[recorded.task](
        first.grid, first.positions, recorded.view_size, recorded.max_rounds, respawns(recorded)
    )
    for number, expected in enumerate(recorded.rounds):
        assert simulated.round == number
        assert simulated.grid() == expected.grid, f"map in round {number}"
        assert simulated.positions() == expected.positions, f"positions in round {number}"
        assert simulated.score == expected.score, f"score in round {number}"
        assert simulated.over == (number == len(recorded.rounds) - 1), f"over in round {number}"
        if expected.actions:
            for agent, view in enumerate(expected.views):
                assert simulated.view(agent) == view, f"view of agent {agent} in round {number}"
            simulated.step(expected.actions)
