"""The commands under `swarm consensus`, one per file."""
