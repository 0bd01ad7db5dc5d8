"""Markov chains on log densities. Nothing here knows what a model is."""
