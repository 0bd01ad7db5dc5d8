"""Weights that others have released, brought into this library's models."""
