"""Backbones: multi-layer generators, each with its inference network, that energies tilt."""
