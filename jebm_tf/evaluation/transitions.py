"""What prior chains do to samples, step by step (Fig. 4)."""

from collections.abc import Sequence

import numpy as np

from jebm_tf import charts, pictures
from jebm_tf.chains.trajectory import joined, trajectory
from jebm_tf.data.images import to_pixels
from jebm_tf.errors import UserError
from jebm_tf.evaluation.context import EvaluationContext
from jebm_tf.evaluation.long_run import require_chain, total_f
from jebm_tf.evaluation.result import Picture, Result
from jebm_tf.purposes import Purpose


def transitions(context: EvaluationContext, *, steps: Sequence[int] | None = None, num_chains: int = 12) -> Result:
    """Samples after the steps of a chain: one row of pictures per chain, its start on the left.

    Args:
      context: the model.
      steps: after how many steps to look, rising from 0; None for ten looks over the length of the run's own chain.
      num_chains: how many.

    Raises:
      UserError: the prior is not sampled by a chain, or the steps do not rise.
    """
    chain = require_chain(context, "transitions")
    stops = list(steps) if steps is not None else sorted({round(s) for s in np.linspace(0, chain.num_steps, 10)})
    if stops != sorted(set(stops)) or stops[0] < 0:
        raise UserError(f"transitions.steps = {steps}: must be increasing, the first 0 or more")
    looks = list(trajectory(chain, context.model, num_chains, context.root(Purpose.TRANSITIONS), stops))
    images = np.stack([to_pixels(context.model.decode(z)).numpy() for z, _ in looks], axis=1)
    moves = np.abs(np.diff(images.astype(np.float64), axis=1)).mean(axis=(0, 2, 3, 4))
    f = [float(np.mean(context.model.f(z))) for z, _ in looks]
    rows = [
        {"steps": stop, "f": value, "pixel_change": change}
        for stop, value, change in zip(stops, f, [None, *moves], strict=True)
    ]
    found = {
        "samples": Picture(
            pictures.grid(images.reshape(-1, *images.shape[2:]), columns=len(stops)),
            f"One chain a row, after {', '.join(map(str, stops))} steps.",
        )
    }
    numbers = {"f_first": f[0], "f_last": f[-1]}
    if stops[-1] > 0:
        trace = joined([trace for _, trace in looks])
        numbers["acceptance"] = float(np.mean(trace.acceptance))
        curve = total_f(trace).mean(axis=1)
        found["f"] = Picture(
            charts.lines({"f": (range(len(curve)), curve)}, xlabel="steps", ylabel="mean of Σ f over chains, nats"),
            "What the energies add to the log prior, on the way.",
        )
    protocol = {"chains": num_chains, "steps": stops, "pixel_change_unit": "mean absolute change since the last, 0-255"}
    return Result(numbers, protocol, tables={"steps": rows}, pictures=found)
