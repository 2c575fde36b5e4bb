"""A leaderboard of runs of which one is damaged."""

import re

import pytest
from swarm_env.agents.mock_server import MockServer

from swarm_env.leaderboard.leaderboard import score_folders
from swarm_env.playing.runner import play


@pytest.mark.parametrize("name", ["calls.sqlite", "run.json", "rounds.jsonl", "result.json"])
def test_a_damaged_file_of_a_run_is_at_most_one_line(tmp_path, name):
    """Also a ledger whose damaged schema SQLite reports in bytes that are no text."""
    with MockServer() as server:
        for seed, folder in enumerate(("good", "bad")):
            team = f"llm:scripted@{server.url}"
            play("pursuit", team, seed=seed, num_agents=2, max_rounds=1, out=tmp_path / folder)
    file = tmp_path / "bad" / name
    content = file.read_bytes()
    flips = [at.start() + 1 for at in re.finditer(b"NULL", content)]  # in the schema of the ledger
    for at in (*flips, *range(0, len(content), max(1, len(content) // 10))):
        damaged = bytearray(content)
        damaged[at] ^= 0x80
        file.write_bytes(damaged)
        board = score_folders([tmp_path])
        assert len(board.left_out) <= 1 and board.tables
