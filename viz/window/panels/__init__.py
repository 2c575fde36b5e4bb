"""Panels of the interactive window, their layout and style."""
