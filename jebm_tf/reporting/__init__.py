"""Answers on disk: JSON with its receipt, pictures, and one page for people."""
