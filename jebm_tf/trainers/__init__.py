"""Learning: keras.Model subclasses whose `train_step` wires model, chains, objective and optimizer."""
