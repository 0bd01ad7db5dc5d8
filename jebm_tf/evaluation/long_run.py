"""What long prior chains do: whether the energy levels off, pictures stay natural, chains mix (Fig. 7)."""

from collections.abc import Sequence

import numpy as np

from jebm_tf import charts, pictures
from jebm_tf.chains.prior import PriorChain
from jebm_tf.chains.trajectory import joined, trajectory
from jebm_tf.data.images import to_pixels
from jebm_tf.errors import UserError
from jebm_tf.evaluation.context import EvaluationContext, describe
from jebm_tf.evaluation.result import Picture, Result, Row
from jebm_tf.purposes import Purpose
from jebm_tf.samplers.diagnostics import autocorrelation, effective_sample_size, split_r_hat
from jebm_tf.samplers.langevin import ChainTrace

_LOOKS, _ROWS = 10, 8  # of the pictures for each length: columns and chains


def require_chain(context: EvaluationContext, task: str) -> PriorChain:
    """The context's prior chain.

    Raises:
      UserError: the model's prior is not sampled by one chain.
    """
    if not context.model.energies:
        raise UserError(f"{task}: the model has no energies, so its prior is sampled exactly, without a chain")
    return context.prior_sampler.as_chain(task)


def long_run(context: EvaluationContext, *, lengths: Sequence[int] = (100, 2500), num_chains: int = 64) -> Result:
    """Prior chains followed far beyond the steps that they learned with.

    Args:
      context: the model.
      lengths: numbers of steps at which to look back at the whole way.
      num_chains: how many, two or more.

    Raises:
      UserError: the prior is not sampled by a chain, or the settings make no sense.
    """
    chain = require_chain(context, "long_run")
    if num_chains < 2 or min(lengths) < 10 or max(lengths) < chain.num_steps:
        raise UserError(
            "long_run: needs long_run.num_chains of 2 or more and long_run.lengths of 10 or more, the longest no"
            f" shorter than the run's own chain of {chain.num_steps} steps"
        )
    lengths = sorted(lengths)
    looks = {length: sorted({round(s) for s in np.linspace(0, length, _LOOKS)}) for length in lengths}
    images, trace = _follow(context, chain, num_chains, {stop for stops in looks.values() for stop in stops})
    data = context.images("train").subsample(2000)
    at = sorted({0, chain.num_steps, *lengths})
    colours = [{"images": "data", **colour(np.asarray(data.images))}]
    colours += [{"images": f"after {stop} steps", **colour(images[stop])} for stop in at]
    f = total_f(trace)
    profile = [_profile(f, trace, 0, chain.num_steps)] if chain.num_steps else []
    profile += [_profile(f, trace, n // 2, n) for n in lengths]
    mixing, lags = _mixing(trace, f, lengths[-1])
    numbers = {
        "f_after_own_length": float(f[min(chain.num_steps, len(f) - 1)].mean()),
        "f_in_second_half": profile[-1]["f"],
        "acceptance": float(np.mean(trace.acceptance)),
        "clipped_percent_data": colours[0]["clipped_percent"],
        "clipped_percent_start": colours[1]["clipped_percent"],
        "clipped_percent_end": colours[-1]["clipped_percent"],
        "max_split_r_hat": max(row["split_r_hat"] for row in mixing),
        "min_effective_sample_size": min(row["effective_sample_size"] for row in mixing),
    }
    protocol = {
        "chains": num_chains,
        "lengths": lengths,
        "own_length": chain.num_steps,
        "energy": "−Σ f − log p_β>0, up to log Z",
        "mixing": f"second half of {lengths[-1]} steps, all chains",
        "clipped": "share of 8-bit values that are 0 or 255",
        "reference": describe(data),
    }
    profiles = {"f": ("−Σ f", -f), "energy": ("−Σ f − log p_β>0", _energy(f, trace))}
    return Result(
        numbers,
        protocol,
        tables={"energy": profile, "colours": colours, "mixing": mixing},
        curves={"f": f.mean(axis=1).tolist(), "autocorrelation": lags.tolist()},
        pictures=_pictures(images, looks, profiles, chain.num_steps) | _memory(lags),
    )


def _follow(
    context: EvaluationContext, chain: PriorChain, num_chains: int, looks: set[int]
) -> tuple[dict[int, np.ndarray], ChainTrace]:
    """uint8 images of the chains at their start, at their own length and at `looks`; and the trace of the whole way."""
    stops = sorted({0, chain.num_steps} | looks)
    way = trajectory(chain, context.model, num_chains, context.root(Purpose.LONG_RUN), stops)
    images, traces = {}, []
    for stop, (z, trace) in zip(stops, context.progress(way, len(stops), "stop"), strict=True):
        images[stop] = to_pixels(context.model.decode(z)).numpy()
        traces.append(trace)
    return images, joined(traces)


def colour(images: np.ndarray) -> Row:
    """Share of clipped values and statistics of uint8 images `[number, height, width, channels]`.

    `contrast` is the standard deviation within an image, `saturation` the range over a pixel's channels, both as means.
    """
    values = images.astype(np.float64)
    return {
        "clipped_percent": 100.0 * float(np.mean((images == 0) | (images == 255))),
        "mean": float(values.mean()),
        "contrast": float(values.std(axis=(1, 2, 3)).mean()),
        "saturation": float(np.ptp(values, axis=-1).mean()),
    }


def total_f(trace: ChainTrace) -> np.ndarray:
    """Σ f, `[steps, chains]`, of a trace with an `Observation` at every step."""
    return np.sum([np.asarray(values, np.float64) for values in trace.observed.f.values()], axis=0)


def _profile(f: np.ndarray, trace: ChainTrace, first: int, last: int) -> Row:
    part = slice(first, last)
    return {
        "steps": f"{first} to {last}",
        "f": float(f[part].mean()),
        "f_drift": float(f[part][-1].mean() - f[part][0].mean()),
        "f_std_over_chains": float(f[part].std(axis=1).mean()),
        "energy": float(_energy(f, trace)[part].mean()),
    }


def _energy(f: np.ndarray, trace: ChainTrace) -> np.ndarray:
    """−Σ f − log p_β>0, `[steps, chains]`."""
    return -f - np.asarray(trace.observed.log_gaussian_prior, np.float64)


def _mixing(trace: ChainTrace, f: np.ndarray, length: int) -> tuple[list[Row], np.ndarray]:
    """Diagnostics of Σ f and of each layer's first coordinates over the second half, and Σ f's autocorrelation."""
    part = slice(length // 2, length)
    watched = {"Σ f": f[part, :, np.newaxis]}
    watched |= {
        f"layer {i}, worst of {values.shape[-1]} coordinates": np.asarray(values)[part]
        for i, values in enumerate(trace.observed.coordinates, start=1)
    }
    rows = [
        {
            "quantity": name,
            "split_r_hat": float(split_r_hat(draws).max()),
            "effective_sample_size": float(effective_sample_size(draws).min()),
            "draws": int(draws.shape[0] * draws.shape[1]),
        }
        for name, draws in watched.items()
    ]
    return rows, autocorrelation(f[part], max_lag=min(200, len(f[part]) - 1))


def _pictures(
    images: dict[int, np.ndarray],
    looks: dict[int, list[int]],
    profiles: dict[str, tuple[str, np.ndarray]],
    own_length: int,
) -> dict[str, Picture]:
    found = {f"images_{length}": _strip(images, stops) for length, stops in looks.items()}
    for length in looks:
        marks = [(own_length, f"{own_length} steps, as learned")] if own_length < length else []
        for name, (meaning, values) in profiles.items():
            curve = {meaning: (range(length), values[:length].mean(axis=1))}
            chart = charts.lines(curve, xlabel="steps", ylabel=f"{meaning}, nats", marks=marks)
            found[f"{name}_{length}"] = Picture(chart, f"{meaning} over {length} steps, mean over chains.")
    return found


def _memory(lags: np.ndarray) -> dict[str, Picture]:
    chart = charts.lines({"Σ f": (range(len(lags)), lags)}, xlabel="lag, steps", ylabel="autocorrelation")
    return {"autocorrelation": Picture(chart, "How long Σ f remembers, over the second half of the longest run.")}


def _strip(images: dict[int, np.ndarray], stops: list[int]) -> Picture:
    rows = np.stack([images[stop][:_ROWS] for stop in stops], axis=1)
    grid = pictures.grid(rows.reshape(-1, *rows.shape[2:]), columns=len(stops))
    return Picture(grid, f"One chain a row, after {', '.join(map(str, stops))} steps.")
