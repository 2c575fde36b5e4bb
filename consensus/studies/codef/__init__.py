"""The study of CoDef's thresholds."""
