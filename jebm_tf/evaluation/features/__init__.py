"""Networks whose features stand for what images look like, and the features themselves."""
