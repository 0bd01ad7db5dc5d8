"""NVAE (Vahdat and Kautz 2020): residual towers up from the image and down to it, with groups of latents between."""
