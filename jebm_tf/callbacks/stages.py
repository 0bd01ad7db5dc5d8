"""Leads a trainer from one stage of learning into the next."""

import keras


class Stages(keras.callbacks.Callback):
    """Enters the stage of the current step at the start, and after each step that ends one.

    A stage is a graph of its own: the step is traced anew. This callback comes after those that look at the model,
    which see it in the stage that ends.
    """

    def on_train_begin(self, logs=None):
        """Enters the stage from which a run goes on."""
        if self.model.settle(self.model.step):
            self.model.make_train_function(force=True)

    def on_train_batch_end(self, batch, logs=None):
        """Enters the next stage where it begins."""
        if self.model.settle(self.model.step):
            self.model.make_train_function(force=True)
            print(f"step {self.model.step}: stage {self.model.stage + 1} begins", flush=True)
