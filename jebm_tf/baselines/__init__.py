"""Models that the paper compares with, on the same parts; the core knows none of them."""
