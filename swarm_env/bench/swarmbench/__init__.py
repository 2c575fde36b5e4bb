"""The published tables of SwarmBench (arXiv 2505.04364): played with any teams, and compared."""
