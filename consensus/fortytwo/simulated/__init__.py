"""The Fortytwo protocol, simulated."""
