"""What holds for the forward pass of every backbone of many groups."""

import numpy as np


def assert_agrees_with_its_parts(model, x, noise):
    """z is by q's means and scales, the laws are p's at z, and the output is the decoder's."""
    inferred, laws, output = model.forward_pass(x, noise)
    for z, mean, scale, e in zip(*inferred[:3], noise, strict=True):
        np.testing.assert_allclose(z, mean + scale * e, rtol=1e-4, atol=1e-5)
    for law, expected in zip(laws, model.conditionals(inferred.z), strict=True):
        np.testing.assert_allclose(law[0], expected[0], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(law[1], expected[1], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(output, model.decoder_output(inferred.z), rtol=1e-3, atol=1e-4)
