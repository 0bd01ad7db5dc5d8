"""Faults done on purpose, many times, and how often what is promised held. `make faults` runs them all."""
