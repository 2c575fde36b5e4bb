"""Files that `swarm new` writes, ready to play: one entry of each kind and its test."""
