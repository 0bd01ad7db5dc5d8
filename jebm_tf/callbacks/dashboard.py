"""What TensorBoard is told beside numbers: which curves to look at first, what scalars mean, and the run's settings."""

import ast
import re
from collections.abc import Mapping

import tensorflow as tf
from tensorboard.plugins.custom_scalar import layout_pb2
from tensorboard.plugins.custom_scalar import summary as custom_scalar
from tensorboard.plugins.hparams import api as hparams

# Charts of the tab "Custom scalars", each with the tags that share it, as regular expressions.
_FIRST = {
    "does it generate": ["log_likelihood", "elbo"],
    "gap of f, posterior less prior": [r"f/\d+/gap", "f/all/gap"],
    "f on both kinds of samples": [r"f/\w+/posterior", r"f/\w+/prior"],
    "do the chains follow": ["prior_chain/acceptance", "posterior_chain/acceptance"],
    "speed": ["images_per_second"],
}
_MEANINGS = {
    r"log_likelihood": "log p(x|z+) of a posterior sample, nats per image: rises fast, then levels off",
    r"mse": "squared error of that sample's image, mean over pixels in [-1, 1]",
    r"f/\w+/gap": "f(z+) - f(z-), nats: small, positive and level is healthy; many nats: chains do not follow f",
    r"f/\w+/(posterior|prior)": "f on samples of the posterior (z+) or of the joint prior (z-), nats",
    r"log_prior/\w+/.*": "log p(z_i | z_i+1), nats: both kinds of samples should stay near each other",
    r"(prior|posterior)_chain/acceptance": "of a Metropolis test, mean: near 1 delta is safe, below 0.5 it is not",
    r"prior_chain/step_size": "delta, where it follows the acceptance",
    r"sigma/.*": "sigma of p(z_i | z_i+1) over a layer's axes",
    r"elbo": "the backbone's evidence lower bound, nats per image",
    r"kl/.*": "KL of q(z_i | ...) from p(z_i | ...), nats per image",
    r"inference_pull/.*": "norm of a gradient by the inference network: of E_q[f], or of the backbone's bound",
    r"gradient_norm/.*": "of a part's parameters, before clipping",
    r"parameter_norm/.*": "of a part's parameters",
    r"bits_per_dimension": "the backbone's bound in bits per pixel and channel",
    r"rollback/.*": "the run had diverged and goes on from here with other noise",
}


def meaning(tag: str) -> str | None:
    """What a scalar is, in a line; None for those whose name says it."""
    return next((text for pattern, text in _MEANINGS.items() if re.fullmatch(pattern, tag)), None)


def write(settings: Mapping[str, str]) -> None:
    """Writes the layout of the first curves and the run's settings to the writer and at the step that are current.

    Args:
      settings: values as written in gin files, by name and parameter; those that are numbers, words or truths are
        shown.
    """
    charts = [
        layout_pb2.Chart(title=title, multiline=layout_pb2.MultilineChartContent(tag=tags))
        for title, tags in _FIRST.items()
    ]
    layout = layout_pb2.Layout(category=[layout_pb2.Category(title="Look at these first", chart=charts)])
    step = tf.summary.experimental.get_step()
    tf.summary.experimental.write_raw_pb(custom_scalar.pb(layout).SerializeToString(), step=step)
    plain = {name: value for name, text in settings.items() for value in [_plain(text)] if value is not None}
    tf.summary.experimental.write_raw_pb(hparams.hparams_pb(plain).SerializeToString(), step=step)


def _plain(text: str) -> bool | int | float | str | None:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):  # a reference: to a class such as the trainer's, or "@Name()", to a part
        return text if text.startswith("@") and not text.endswith("()") else None
    return value if isinstance(value, bool | int | float | str) else None
