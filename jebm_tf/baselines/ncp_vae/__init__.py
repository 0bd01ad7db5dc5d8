"""A noise-contrastive prior (Aneja et al. 2021, NCP-VAE)."""
