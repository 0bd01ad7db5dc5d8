"""The fastest matrix products and convolutions of this machine, measured: what a share of the peak is a share of."""

import dataclasses
import math
from collections.abc import Callable, Iterable
from typing import Literal

import keras
import tensorflow as tf

from jebm_tf.benchmark.layer_calls import Call
from jebm_tf.benchmark.layer_flops import Flops, is_transposed, of_call
from jebm_tf.benchmark.timing import WARM_UP, Times, joined, times_of, wait

Meter = Literal["clock", "processor"]
"""By which seconds: those on the clock, or those that the process' threads computed."""

KINDS = ("matmul", "convolution")
DTYPES = ("float32", "bfloat16")
_LARGE_MATRIX, _LARGE_MAP = 1024, (8, 32, 32, 128)  # where operands are big enough to be computed at full speed
_MOST_FLOPS = 4e9  # of one call, so that measuring takes seconds
_LEAST_FLOPS = 5e7  # of one call, so that what a call costs by itself counts for little
_MODEL_SHAPES = 2  # of each kind, the ones with most work


@dataclasses.dataclass(frozen=True)
class Product:
    """A product to measure.

    Attributes:
      kind: "matmul" or "convolution".
      left: shape of the matrix `[rows, inputs]`, or of the maps `[batch, height, width, channels]`.
      right: shape of the other matrix `[inputs, outputs]`, or of the kernel `[height, width, channels, outputs]`.
      stride: of the convolution, padded as "SAME".
    """

    kind: str
    left: tuple[int, ...]
    right: tuple[int, ...]
    stride: int = 1

    @property
    def flops(self) -> int:
        """Two for each multiplication; those with zeros of padding count."""
        batch = self.left[:1] if self.kind == "matmul" else (self.left[0], *self._map())
        return 2 * math.prod(batch) * math.prod(self.right)

    def _map(self) -> tuple[int, ...]:
        return tuple(-(-side // self.stride) for side in self.left[1:3])

    def __str__(self):
        by = f" / {self.stride}" if self.stride > 1 else ""
        return f"{'x'.join(map(str, self.left))} · {'x'.join(map(str, self.right))}{by}"

    def compute(self, left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
        """The product."""
        return left @ right if self.kind == "matmul" else tf.nn.conv2d(left, right, self.stride, "SAME")


@dataclasses.dataclass(frozen=True)
class Measured:
    """How fast a product was.

    Attributes:
      product: which.
      dtype: of its numbers.
      times: of its calls; None where this machine cannot do it.
    """

    product: Product
    dtype: str
    times: Times | None

    def rate(self, by: Meter = "clock") -> float:
        """Floating-point operations per second of the fastest call; 0 where there is none."""
        if self.times is None:
            return 0.0
        return self.product.flops / min(self.times.seconds if by == "clock" else self.times.processor)


def measure(products: Iterable[Product], repeats: int) -> list[Measured]:
    """Times each product in each type, all in turn, so that other work on the machine meets all of them."""
    pairs = [(product, dtype) for product in products for dtype in DTYPES]
    calls = {pair: _call(*pair) for pair in pairs}
    found: dict[tuple[Product, str], list[Times]] = {pair: [] for pair in pairs}
    for turn in range(repeats):
        for pair, call in calls.items():
            if call is not None:
                found[pair].append(times_of(call, 1, warm_up=0 if turn else WARM_UP))
    return [Measured(*pair, joined(times).per(_in_a_row(pair[0])) if times else None) for pair, times in found.items()]


def highest(measured: Iterable[Measured], kind: str, dtype: str = "float32", by: Meter = "clock") -> float:
    """The most floating-point operations per second of a kind of product; 0 where none was measured."""
    return max((m.rate(by) for m in measured if (m.product.kind, m.dtype) == (kind, dtype)), default=0.0)


def arithmetic_limit(flops: Flops, measured: Iterable[Measured], by: Meter = "clock") -> float | None:
    """The seconds that these operations take at the highest rates in float32; None without rates for them."""
    measured, seconds = list(measured), 0.0
    for number, kind in zip(flops, KINDS, strict=True):
        rate = highest(measured, kind, by=by)
        if number and not rate:
            return None
        seconds += number / rate if number else 0.0
    return seconds


def products_like(calls: Iterable[Call]) -> list[Product]:
    """Large products of each kind, and those of the called layers that have most work."""
    dense = Product("matmul", (_LARGE_MATRIX,) * 2, (_LARGE_MATRIX,) * 2)
    convolution = Product("convolution", _LARGE_MAP, (3, 3, _LARGE_MAP[-1], _LARGE_MAP[-1]))
    heaviest = sorted(calls, key=lambda call: of_call(call).total, reverse=True)
    found = list(dict.fromkeys(product for product in map(_product, heaviest) if product is not None))
    own = [[p for p in found if p.kind == kind][:_MODEL_SHAPES] for kind in KINDS]
    return [dense, *own[0], convolution, *own[1]]


def _product(call: Call) -> Product | None:
    """What a layer multiplies; a transposed convolution stands as the convolution that it transposes."""
    layer = call.layer
    if not of_call(call).total:
        return None
    if isinstance(layer, keras.layers.Dense):
        rows = math.prod(call.inputs.shape[:-1])
        return _capped(Product("matmul", (rows, call.inputs.shape[-1]), (call.inputs.shape[-1], layer.units)))
    if len(layer.kernel.shape) != 4 or "epthwise" in type(layer).__name__ or getattr(layer, "depthwise", False):
        return None
    small, large = (call.inputs, call.output) if is_transposed(layer) else (call.output, call.inputs)
    kernel = (*layer.kernel.shape[:2], large.shape[-1], small.shape[-1])
    stride = max(large.shape[1] // small.shape[1], 1)
    if small.shape[1] == 1:  # from or to a map of one place: a dense product
        rows, places = small.shape[0], math.prod(kernel[:3])
        return _capped(Product("matmul", (rows, places), (places, kernel[3])))
    return _capped(Product("convolution", tuple(large.shape), kernel, stride))


def _capped(product: Product) -> Product:
    """The same on fewer rows, where it would take long."""
    most = max(1, int(product.left[0] * _MOST_FLOPS / product.flops))
    return dataclasses.replace(product, left=(min(product.left[0], most), *product.left[1:]))


def _in_a_row(product: Product) -> int:
    """How often a product is computed in one call: small ones would be all overhead of the call."""
    return max(1, round(_LEAST_FLOPS / product.flops))


def _call(product: Product, dtype: str) -> Callable[[int], tf.Tensor] | None:
    """Computes the product so many times in a row; None where this machine cannot."""
    left, right = (_random(shape, dtype) for shape in (product.left, product.right))

    @tf.function(autograph=False)
    def compute(left, right):
        def again(i, _):
            return i + 1, product.compute(left, right)

        first = (tf.constant(1), product.compute(left, right))
        return tf.while_loop(lambda i, _: i < _in_a_row(product), again, first, parallel_iterations=1)[1]

    try:
        wait(compute(left, right))
    except tf.errors.OpError:  # not every machine has every product in bfloat16
        return None
    return lambda _: compute(left, right)


def _random(shape: tuple[int, ...], dtype: str) -> tf.Tensor:
    """Numbers of a seed of their own: zeros may be faster."""
    return tf.cast(tf.random.stateless_normal(shape, [0, 0]), dtype)
