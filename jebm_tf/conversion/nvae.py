"""The released NVAE's tensors (github.com/NVlabs/NVAE, also VAEBM's) as weights of our `NVAE`.

The original counts groups from the top and lists cells of a tower in one row; its kernels are [out, in, height, width].
"""

from collections.abc import Callable, Iterator
from itertools import count

import keras
import numpy as np

from jebm_tf.errors import UserError
from jebm_tf.models.backbones.convolution import Conv
from jebm_tf.models.backbones.nvae.backbone import NVAE
from jebm_tf.models.backbones.nvae.cells import Cell, Double, Halve, ResidualBranch
from jebm_tf.models.backbones.nvae.flow import FlowCell
from jebm_tf.models.logistic_mixture import LogisticMixtureLikelihood

Target = tuple[keras.Variable, Callable[[np.ndarray], np.ndarray]]
"""A weight of ours, and how the original's array becomes its value."""

_COUNTER = "num_batches_tracked"  # of PyTorch's batch norms, without effect on them
_WEIGHT, _AGAIN = ".weight", ".weight_normalized"  # one parameter under two names, where there is no weight norm


def load(backbone: NVAE, tensors: dict[str, np.ndarray]) -> None:
    """Gives every weight of `backbone` the original's value.

    Raises:
      UserError: a tensor is missing, has another shape, or has no place in this backbone; nothing is changed then.
    """
    targets = dict(_targets(backbone))
    tensors = _without_duplicates({name.removeprefix("module."): array for name, array in tensors.items()})
    odd = {"missing": sorted(targets.keys() - tensors.keys()), "too many": sorted(tensors.keys() - targets.keys())}
    if any(odd.values()):
        named = "; ".join(f"{len(names)} {what}, such as {names[0]}" for what, names in odd.items() if names)
        raise UserError(f"tensors do not fit this NVAE: {named}; check its channels, groups, cells, flows, likelihood")
    values = {}
    for name, (variable, convert) in targets.items():
        values[name] = convert(tensors[name])
        if values[name].shape != tuple(variable.shape):
            raise UserError(f"tensor {name} is {tensors[name].shape}, but this NVAE needs ({tuple(variable.shape)})")
    for name, (variable, _) in targets.items():
        variable.assign(values[name])
    _check_all_given(backbone, targets)


def _without_duplicates(tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The tensors that a network is made of.

    Raises:
      UserError: what should be one weight under two names is two weights.
    """
    for name, array in tensors.items():
        first = tensors.get(name.removesuffix(_AGAIN) + _WEIGHT) if name.endswith(_AGAIN) else array
        if first is None or not np.array_equal(first, array):
            raise UserError(
                f"tensor {name}: differs from {_WEIGHT[1:]} beside it; the released code keeps one for both"
            )
    return {name: array for name, array in tensors.items() if not name.endswith((_AGAIN, _COUNTER))}


def _check_all_given(backbone: NVAE, targets: dict[str, Target]) -> None:
    given = {id(variable) for variable, _ in targets.values()}
    left = [variable.path for variable in backbone.variables if id(variable) not in given]
    if left:
        raise AssertionError(f"no tensor of the original is for {left[0]} and {len(left) - 1} more")


def _targets(backbone: NVAE) -> Iterator[tuple[str, Target]]:
    """Every tensor of the original by name, with its place in ours."""
    up, down = backbone.inference, backbone.generator
    groups = len(backbone.dims)
    yield from _conv("stem", up.stem)
    for i, cell in enumerate(up.first):
        yield from _cell(f"pre_process.{i}", cell)
    yield from _way_up(backbone)
    yield from _conv("enc0.1", up.combiners[-1])
    for i in range(groups):
        ours = groups - 1 - i
        yield from _conv(f"enc_sampler.{i}", up.heads[ours])
        if i:
            yield from _conv(f"dec_sampler.{i - 1}.1", down.heads[ours])
        for j, flow in enumerate(up.flows[ours]):
            yield from _flow(f"nf_cells.{i * backbone.num_flows + j}", flow)
    yield "prior_ftr0", (down.start, lambda array: array.transpose(1, 2, 0))
    yield from _way_down(backbone)
    for i, cell in enumerate(down.last):
        yield from _cell(f"post_process.{i}", cell)
    yield from _image("image_conditional.1", down.image, backbone)


def _way_up(backbone: NVAE) -> Iterator[tuple[str, Target]]:
    place = count()
    for i, cells in enumerate(backbone.inference.towers):
        for cell in cells:
            yield from _cell(f"enc_tower.{next(place)}", cell)
        if i < len(backbone.dims) - 1:
            yield from _conv(f"enc_tower.{next(place)}.conv", backbone.inference.combiners[i])


def _way_down(backbone: NVAE) -> Iterator[tuple[str, Target]]:
    place = count()
    for i in reversed(range(len(backbone.dims))):
        for cell in backbone.generator.towers[i]:
            yield from _cell(f"dec_tower.{next(place)}", cell)
        yield from _conv(f"dec_tower.{next(place)}.conv", backbone.generator.combiners[i])


def _conv(name: str, layer: Conv) -> Iterator[tuple[str, Target]]:
    yield f"{name}.weight", (layer.kernel, lambda array: array.transpose(2, 3, 1, 0))
    if layer.bias is not None:
        yield f"{name}.bias", (layer.bias, np.asarray)
    if layer.log_norm is not None:
        yield f"{name}.log_weight_norm", (layer.log_norm, np.ravel)


def _norm(name: str, layer: keras.layers.BatchNormalization) -> Iterator[tuple[str, Target]]:
    ours = {"weight": layer.gamma, "bias": layer.beta}
    ours |= {"running_mean": layer.moving_mean, "running_var": layer.moving_variance}
    for theirs, variable in ours.items():
        yield f"{name}.{theirs}", (variable, np.asarray)


def _cell(name: str, cell: Cell) -> Iterator[tuple[str, Target]]:
    if isinstance(cell.skip, Halve):
        for i, conv in enumerate(cell.skip.convs, start=1):
            yield from _conv(f"{name}.skip.conv_{i}", conv)
    elif isinstance(cell.skip, Double):
        yield from _conv(f"{name}.skip.1", cell.skip.conv)
    branch = cell.branch
    if isinstance(branch, ResidualBranch):
        for i, (norm, conv) in enumerate(zip(branch.norms, branch.convs, strict=True)):
            yield from _norm(f"{name}._ops.{i}.bn_act", norm)
            yield from _conv(f"{name}._ops.{i}.conv_0", conv)
    else:
        first = int(branch.upward)  # in the original doubling comes before, as a layer without weights
        inner = f"{name}._ops.0.conv"
        yield from _norm(f"{inner}.{first}.bn", branch.norms[0])
        for i in (0, 1):
            yield from _conv(f"{inner}.{first + 1 + i}.conv.0", branch.convs[i])
            yield from _norm(f"{inner}.{first + 1 + i}.conv.1", branch.norms[1 + i])
        yield from _conv(f"{inner}.{first + 3}", branch.convs[2])
        yield from _norm(f"{inner}.{first + 4}.bn", branch.norms[3])
    for i, dense in ((0, cell.gate.squeeze), (2, cell.gate.excite)):
        yield f"{name}.se.se.{i}.weight", (dense.kernel, np.transpose)
        yield f"{name}.se.se.{i}.bias", (dense.bias, np.asarray)


def _flow(name: str, flow: FlowCell) -> Iterator[tuple[str, Target]]:
    for i, shift in enumerate(flow.shifts, start=1):
        yield from _conv(f"{name}.cell{i}.conv.convz.0", shift.convs[0])
        yield from _conv(f"{name}.cell{i}.conv.convz.2", shift.convs[1])
        yield from _conv(f"{name}.cell{i}.mu.conv_0", shift.convs[2])


def _image(name: str, layer: Conv, backbone: NVAE) -> Iterator[tuple[str, Target]]:
    order = _output_order(backbone)
    yield f"{name}.weight", (layer.kernel, lambda array: array.transpose(2, 3, 1, 0)[..., order])
    yield f"{name}.bias", (layer.bias, lambda array: array[order])
    yield f"{name}.log_weight_norm", (layer.log_norm, lambda array: np.ravel(array)[order])


def _output_order(backbone: NVAE) -> np.ndarray:
    """Where our likelihood's parameters stand among the original's.

    Of a mixture of M the original has all log π, then for each channel M means, M log scales and M couplings, those of
    green with red, of blue with red and of blue with green; ours go mixture by mixture.
    """
    likelihood = backbone.likelihood
    if not isinstance(likelihood, LogisticMixtureLikelihood):
        return np.arange(likelihood.outputs(backbone.image_shape[-1]))
    number = likelihood.mixtures
    rows = []
    for m in range(number):
        rows.append(m)
        rows += [number + channel * 3 * number + kind * number + m for kind in range(3) for channel in range(3)]
    return np.array(rows)
