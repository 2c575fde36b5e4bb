"""The commands of `swarm`: one file each."""
