"""The map of a world: what stands and lies where, and what unlike agents see of it."""
