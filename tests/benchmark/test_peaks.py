"""Proves how products are chosen and counted, and that rates and limits follow from times."""

import pytest
import tensorflow as tf

from jebm_tf.benchmark import peaks
from jebm_tf.benchmark.layer_calls import trace
from jebm_tf.benchmark.layer_flops import Flops, total
from jebm_tf.benchmark.peaks import Measured, Product
from jebm_tf.benchmark.timing import Times
from tests.profiler import products_in
from tests.small_models import conv_model

MATMUL = Product("matmul", (3, 5), (5, 7))
CONVOLUTION = Product("convolution", (3, 8, 6, 5), (4, 4, 5, 7), 2)


@pytest.mark.parametrize(("product", "by_hand"), [(MATMUL, 2 * 3 * 5 * 7), (CONVOLUTION, 2 * 36 * 16 * 5 * 7)])
def test_operations_of_a_product(product, by_hand):
    specs = [tf.TensorSpec(product.left), tf.TensorSpec(product.right)]
    assert product.flops == by_hand == products_in(product.compute, specs)


def test_products_are_like_the_model_s():
    """Those with most work first; from a map of one place a transposed convolution is a matrix product."""
    model = conv_model()
    calls = trace(lambda *z: (model.decode(z), model.f(z)), [tf.TensorSpec((3, 4)), tf.TensorSpec((3, 3))]).calls
    large, first, second, large_map, last = peaks.products_like(calls)
    assert (large.kind, large_map.kind) == ("matmul", "convolution")
    assert first == Product("matmul", (3, 4 * 4 * 6), (4 * 4 * 6, 4))
    assert second == Product("matmul", (3, 4), (4, 5))
    assert last == Product("convolution", (3, 8, 8, 1), (4, 4, 1, 6), 2)
    assert first.flops + last.flops == total(calls).convolution


def test_long_products_are_cut_to_fewer_rows(monkeypatch):
    monkeypatch.setattr(peaks, "_MOST_FLOPS", 2 * MATMUL.flops / 3)
    assert peaks._capped(MATMUL).left == (2, 5)


def measured(product, dtype, *seconds):
    return Measured(product, dtype, Times(seconds, seconds) if seconds else None)


def test_rates_are_of_the_fastest_call():
    found = [measured(MATMUL, "float32", 4.0, 2.0), measured(MATMUL, "bfloat16", 1.0), measured(MATMUL, "float32")]
    assert peaks.highest(found, "matmul") == 105.0
    assert peaks.highest(found, "matmul", "bfloat16") == 210.0
    assert peaks.highest(found, "convolution") == 0.0


def test_the_limit_adds_both_kinds():
    found = [measured(MATMUL, "float32", 1.0), measured(CONVOLUTION, "float32", 1.0)]
    flops = Flops(2 * MATMUL.flops, 3 * CONVOLUTION.flops)
    assert peaks.arithmetic_limit(flops, found) == pytest.approx(5.0)
    assert peaks.arithmetic_limit(flops, found[:1]) is None
    assert peaks.arithmetic_limit(Flops(MATMUL.flops), found[:1]) == pytest.approx(1.0)


def test_measuring(monkeypatch):
    """Each in both types; where a type is not there, it says so."""
    monkeypatch.setattr(peaks, "_LEAST_FLOPS", 4.0 * MATMUL.flops)
    found = peaks.measure([MATMUL, CONVOLUTION], repeats=3)
    assert [(m.product, m.dtype) for m in found[:2]] == [(MATMUL, "float32"), (MATMUL, "bfloat16")]
    assert all(m.times is None or len(m.times.seconds) == 3 for m in found)
    assert found[0].rate() > 0.0


def test_a_product_that_cannot_be_computed(monkeypatch):
    def refuses(product, left, right):
        raise tf.errors.UnimplementedError(None, None, "no such kernel")

    monkeypatch.setattr(Product, "compute", refuses)
    (one, other) = peaks.measure([MATMUL], repeats=3)
    assert one.times is other.times is None
    assert one.rate() == one.rate("processor") == 0.0
