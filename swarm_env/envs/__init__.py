"""The PettingZoo and Gymnasium APIs of one world."""
