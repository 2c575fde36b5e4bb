"""The crossed study: rules, attacks, pairs, judges and difficulty, all with all.

And the search for the worst.
"""
