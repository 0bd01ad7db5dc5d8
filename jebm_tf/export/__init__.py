"""Trained models for use where this library is not installed."""
