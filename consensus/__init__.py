"""How a swarm comes to one answer: ranking, voting, reputation, verification. One file per rule."""

from swarm_env.consensus.ballots import Ballots, Rule, tied_for_first, winner_of

__all__ = ["Ballots", "Rule", "tied_for_first", "winner_of"]
