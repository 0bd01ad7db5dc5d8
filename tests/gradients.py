"""What gradients must be wherever a parameter is to learn."""

import numpy as np


def assert_all_learn(tape, value, variables):
    """Every variable has a gradient of `value`, finite and not zero throughout."""
    assert variables
    for variable, gradient in zip(variables, tape.gradient(value, variables), strict=True):
        assert gradient is not None, variable.path
        assert np.isfinite(gradient).all(), variable.path
        assert np.any(gradient), variable.path
