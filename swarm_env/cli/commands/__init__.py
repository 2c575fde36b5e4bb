"""Built-in commands of `swarm`, one file each."""
