"""Images: where they come from, and the batches that a step sees."""
