"""Experts of the tasks in which talking pays. They say and hear one of a few phrases, over any channel."""
