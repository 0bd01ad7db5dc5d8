"""A regularised autoencoder (Ghosh et al. 2020): no noise in learning, a prior fitted to the codes afterwards."""
