"""Scores of recorded runs: statistics, tables, plots, export."""
