"""Environments: the PettingZoo and Gymnasium APIs of one world."""
