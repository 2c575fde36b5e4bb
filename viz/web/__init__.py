"""Runs in the browser: `swarm view` and `--web` serve them on this machine, `--static` writes files."""
