"""What the project costs in time and memory, always beside something else measured in the same run.

Each module prints its tables: `python -m benchmarks.speed`; `--json` for programs, `--quick` to try it out.
"""
