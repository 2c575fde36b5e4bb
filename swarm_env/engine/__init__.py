"""The simulation: state arrays, the compiled round, views, messages, randomness."""
