"""Prompt and parser of the preset `swarmbench`, with the content of those released with the benchmark."""
