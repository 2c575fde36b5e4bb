"""Hand-written experts, one per scenario."""
