"""BIVA (Maaløe et al. 2019): latents drawn on the way up from the image, and more of them on the way down."""
