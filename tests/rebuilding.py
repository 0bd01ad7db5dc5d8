"""Making a part again from what Keras writes down of it."""

import json

import keras


def rebuilt(part):
    """The part that the config of this one describes once it has been through JSON; its weights are not this one's."""
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(part)))
    return keras.saving.deserialize_keras_object(config)
