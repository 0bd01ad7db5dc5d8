"""Spectral regularisation (Vahdat and Kautz 2020, Sec. 3.2): singular values of convolutions, gains of norms."""

from collections.abc import Sequence

import keras
import tensorflow as tf

_ITERATIONS, _FIRST_ITERATIONS = 4, 40  # of the power method: in each step, and from its random start


class SpectralPenalty(keras.layers.Layer):
    """Σ σ(W) + Σ max |γ| over convolutions and batch norms, with σ(W) by power iteration.

    Matrices of one shape go through it together. Nothing but the left singular vectors' estimates is kept.

    Args:
      convolutions: each has `matrix()`, its kernel with a row for each output channel.
      norms: batch normalisations.

    Raises:
      ValueError: there are neither.
    """

    def __init__(self, convolutions: Sequence[keras.layers.Layer], norms: Sequence[keras.layers.Layer]):
        super().__init__()
        if not convolutions and not norms:
            raise ValueError("SpectralSchedule.weight: this backbone has no layers for a spectral penalty; set 0")
        by_shape: dict[tuple[int, ...], list[keras.layers.Layer]] = {}
        for layer in convolutions:
            by_shape.setdefault(tuple(layer.matrix().shape), []).append(layer)
        self._groups, self._norms = list(by_shape.values()), list(norms)
        self.vectors = [
            self.add_weight(shape=(len(group), shape[0]), initializer="random_normal", trainable=False, name="vectors")
            for shape, group in by_shape.items()
        ]
        for group, vectors in zip(self._groups, self.vectors, strict=True):
            vectors.assign(_iterate(_stacked(group), tf.convert_to_tensor(vectors), _FIRST_ITERATIONS)[0])
        self.built = True

    def updated(self) -> tf.Tensor:
        """The penalty, a scalar, after a few more power iterations; differentiable by kernels and γ's."""
        terms = [tf.reduce_max(tf.abs(tf.convert_to_tensor(norm.gamma))) for norm in self._norms]
        for group, vectors in zip(self._groups, self.vectors, strict=True):
            matrices = _stacked(group)
            left, right = _iterate(matrices, tf.convert_to_tensor(vectors), _ITERATIONS)
            vectors.assign(left)
            terms.append(tf.einsum("nr,nrc,nc->", left, matrices, right))
        return tf.add_n(terms)


def _stacked(group: Sequence[keras.layers.Layer]) -> tf.Tensor:
    return tf.stack([layer.matrix() for layer in group])


def _iterate(matrices: tf.Tensor, left: tf.Tensor, times: int) -> tuple[tf.Tensor, tf.Tensor]:
    """Left and right singular vectors, `[number, rows]` and `[number, columns]`, of `[number, rows, columns]`."""
    matrices = tf.stop_gradient(matrices)
    for _ in range(times):
        right = tf.math.l2_normalize(tf.einsum("nr,nrc->nc", left, matrices), axis=-1)
        left = tf.math.l2_normalize(tf.einsum("nrc,nc->nr", matrices, right), axis=-1)
    return left, right
