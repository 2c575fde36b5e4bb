"""How a swarm comes to one answer: ranking, voting, reputation, verification. One file per rule."""

if __name__ == "consensus":  # imported from the repository's folder instead of below `swarm_env`
    from swarm_env.moved import moved_error

    raise moved_error(__name__)

from swarm_env.consensus.ballots import Ballots, Ranking, Vote, tied_for_first, winner_of

__all__ = ["Ballots", "Ranking", "Vote", "tied_for_first", "winner_of"]
