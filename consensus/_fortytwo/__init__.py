"""The parts of the Fortytwo protocol; `consensus/fortytwo.py` is their face."""
