"""The terms of log p(x, z), each under the name of what it is."""

from typing import NamedTuple

import tensorflow as tf


class PriorTerms(NamedTuple):
    """The terms of log p(z), each `[batch]`, in nats.

    Attributes:
      log_prior: log p(z_i | z_{>i}) of the Gaussian hierarchy, one per layer, bottom first (Eq. 2).
      f: f_i(z_i) under the layer's number from "1" at the bottom, or "all" for one function of all layers (Eq. 6).
      log_normalizers: estimates of log Z_i(z_{i+1}), bottom first, where constants depend on z; empty where there is
        one Z, which no term stands for.
    """

    log_prior: tuple[tf.Tensor, ...]
    f: dict[str, tf.Tensor]
    log_normalizers: tuple[tf.Tensor, ...] = ()


class DensityTerms(NamedTuple):
    """The terms of log p(x, z), each `[batch]`, in nats.

    Attributes:
      log_likelihood: log p(x | z).
      prior: those of log p(z).
    """

    log_likelihood: tf.Tensor
    prior: PriorTerms

    @property
    def log_joint(self) -> tf.Tensor:
        """log p(x, z) up to the prior's constant Z, if that does not depend on z; `[batch]`."""
        normalizers = [-log_z for log_z in self.prior.log_normalizers]
        return tf.add_n([self.log_likelihood, *self.prior.log_prior, *self.prior.f.values(), *normalizers])

    @property
    def log_backbone(self) -> tf.Tensor:
        """log p(x | z) + log p_β>0(z), the density without energies; `[batch]`."""
        return tf.add_n([self.log_likelihood, *self.prior.log_prior])

    def named(self) -> dict[str, tf.Tensor]:
        """The terms of `log_joint` by name: log_likelihood, log_prior_i, f_i and, where there are, minus_log_z_i."""
        named = {"log_likelihood": self.log_likelihood}
        named |= {f"log_prior_{i}": term for i, term in enumerate(self.prior.log_prior, start=1)}
        named |= {f"f_{name}": term for name, term in self.prior.f.items()}
        return named | {f"minus_log_z_{i}": -term for i, term in enumerate(self.prior.log_normalizers, start=1)}
