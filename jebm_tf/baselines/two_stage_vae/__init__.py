"""A two-stage VAE (Dai and Wipf 2019)."""
