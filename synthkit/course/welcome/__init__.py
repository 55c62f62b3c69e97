"""Lesson 00: the game, the map, the timeline, the price of labels, and the claims board."""
