"""The study of the Fortytwo protocol."""
