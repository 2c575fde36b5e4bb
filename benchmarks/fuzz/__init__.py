"""Hostile input, a lot of it: `python -m benchmarks.fuzz`.

Inputs are drawn from a seed, so a run can be repeated; its count and a digest of its inputs are printed. An
input that raises an error of another package, or that changes an environment which refuses it, is a crash. It
is printed, and written to a folder by `--save`; the inputs in `tests/data/fuzz` are tried again by the tests.
"""
