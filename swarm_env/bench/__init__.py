"""Evaluating teams: many runs from one file, their statistics, the leaderboard."""
