"""Mutation testing of the rules: one small change at a time, and whether a test notices it."""
