"""The parts of the joint latent-space EBM: energy heads, Gaussian prior, generator, and the model made of them."""
