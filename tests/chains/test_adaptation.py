"""The settings of an adapted step are checked."""

import pytest

from jebm_tf.chains.adaptation import StepAdaptation


@pytest.mark.parametrize("arguments", [{"target": 0.0}, {"target": 1.0}, {"rate": 0.0}])
def test_impossible_settings_are_named(arguments):
    with pytest.raises(ValueError, match=rf"StepAdaptation.{next(iter(arguments))} = "):
        StepAdaptation(**arguments)
