"""The group measures. `table` collects every measure declared in a file of this folder."""
