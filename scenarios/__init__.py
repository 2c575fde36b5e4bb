"""The tasks: one file per scenario."""
