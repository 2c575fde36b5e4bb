"""Colours, fonts, shapes and pixels."""
