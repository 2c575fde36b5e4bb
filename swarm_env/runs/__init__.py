"""Runs on disk: written, read, verified, imported."""
