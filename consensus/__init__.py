"""How a swarm comes to one answer: ranking, voting, reputation, verification. One file per rule."""
