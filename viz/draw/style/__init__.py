"""Themes, fonts, shapes and rasterisation."""
