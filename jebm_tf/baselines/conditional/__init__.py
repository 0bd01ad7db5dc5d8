"""Energies that are normalised layer by layer, the alternative that Sec. 3.1 sets aside."""
