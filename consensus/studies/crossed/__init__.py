"""The crossed study: rules, attacks, pairs, judges and difficulty, all with all; the worst case."""
