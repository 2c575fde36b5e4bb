"""Recorded and live runs, shown at any round."""
