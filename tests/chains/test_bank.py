"""The settings of a bank of chains are checked."""

import pytest

from jebm_tf.chains.bank import ChainBank


@pytest.mark.parametrize(
    "arguments", [{"size": 0}, {"size": 2.5}, {"restart": -0.1}, {"restart": 1.5}, {"num_steps": 0}]
)
def test_impossible_settings_are_named(arguments):
    with pytest.raises(ValueError, match=rf"ChainBank.{next(iter(arguments))} = "):
        ChainBank(**arguments)
