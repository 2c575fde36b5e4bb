"""Group measures: how a team moves and talks, round by round, computed from a recorded run."""
