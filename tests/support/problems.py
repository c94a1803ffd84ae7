"""Random inputs for the formulas, and changes of them that must not matter."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from fplib.gaussians import DiagonalGaussian
from fplib.mixture import GaussianMixture

# log-variances of very confident to very vague experts
LEVELS = (-90.0, -18.0, -14.0, -4.0, 0.0, 4.0, 90.0)


class Problem(NamedTuple):
    """Inputs of every formula: 7 specimens, 4 clusters, 3 latent axes and 6 points unless said."""

    posterior: DiagonalGaussian  # (N, L)
    other: DiagonalGaussian  # (N, L), a second Gaussian for each specimen
    mixture: GaussianMixture
    z: Any  # (N, L)
    responsibilities: Any  # (N, C), rows sum to one
    curves: Any  # (N, T)
    predictions: Any  # (C, T)
    expert_log_variance: Any  # (C,)
    likelihoods: Any  # log p(X_i|c) of an expert modality, (N, C)
    images: Any  # (N, 2, 3)
    decoded: Any  # (N, 2, 3)

    def tensors(self, dtype: tf.DType = tf.float64) -> Problem:
        """The same inputs as tensors."""
        return tf.nest.map_structure(lambda a: tf.constant(a, dtype), self)

    def bound_arguments(self) -> tuple:
        """Arguments of `elbo_terms`: an image with a decoder and a curve with an expert."""
        images, curves = {"image": (self.images, self.decoded)}, {"curve": self.likelihoods}
        log_responsibilities = tf.math.log(self.responsibilities)
        return images, curves, self.posterior, self.mixture, log_responsibilities


def problem(
    seed: int = 0, n: int = 7, clusters: int = 4, latent: int = 3, points: int = 6
) -> Problem:
    """A problem whose weights, widths and variances all differ, so that no two formulas agree."""
    rng = np.random.default_rng(seed)

    def gaussian(rows: int) -> DiagonalGaussian:
        return DiagonalGaussian(rng.normal(size=(rows, latent)), rng.normal(size=(rows, latent)))

    weights = rng.dirichlet(np.full(clusters, 2.0))
    return Problem(
        posterior=gaussian(n),
        other=gaussian(n),
        mixture=GaussianMixture(np.log(weights), *gaussian(clusters)),
        z=rng.normal(size=(n, latent)),
        responsibilities=rng.dirichlet(np.ones(clusters), size=n),
        curves=rng.normal(size=(n, points)),
        predictions=rng.normal(size=(clusters, points)),
        expert_log_variance=rng.normal(size=clusters),
        likelihoods=rng.normal(-5, 2, size=(n, clusters)),
        images=rng.uniform(size=(n, 2, 3)),
        decoded=rng.uniform(size=(n, 2, 3)),
    )


def experts(seed: int = 0, count: int = 3, level: float = 0.0) -> list[DiagonalGaussian]:
    """Random experts, each (7, 3), with log-variances around a level."""
    mean, spread = np.random.default_rng(seed).normal(size=(2, count, 7, 3))
    pairs = zip(mean, level + spread, strict=True)
    return [DiagonalGaussian(tf.constant(m), tf.constant(s)) for m, s in pairs]


def extremes() -> tuple[DiagonalGaussian, DiagonalGaussian]:
    """Two Gaussians (7, 3) with log-variances of -90 to 90 and means up to 1000 apart."""
    p, rng = problem(1), np.random.default_rng(2)
    far = DiagonalGaussian(1e3 * p.posterior.mean, rng.choice(LEVELS, size=(7, 3)))
    return far, DiagonalGaussian(p.other.mean, rng.choice(LEVELS, size=(7, 3)))


def gentle(gaussian: DiagonalGaussian) -> DiagonalGaussian:
    """Gaussians close to one another, so that their density ratios vary little in Monte Carlo."""
    return DiagonalGaussian(gaussian.mean / 2, gaussian.log_variance / 4)


def overlapping(seed: int = 0, n: int = 7) -> Problem:
    """A problem in which no specimen is certain of its cluster: each responsibility matters."""
    p = problem(seed, n)
    return p._replace(
        posterior=moved(p.posterior, 0.0, 0.5),
        mixture=p.mixture._replace(log_variances=p.mixture.log_variances / 4 + 1),
        likelihoods=p.likelihoods / 2,
    )


def wide(n: int = 100) -> Problem:
    """Points four times wider than the ten clusters they stem from, as in a first epoch; L = 10."""
    p = problem(3, n=n, clusters=10, latent=10)
    cluster = np.random.default_rng(0).integers(10, size=n)
    widths = np.exp(p.mixture.log_variances / 2)
    return p._replace(z=p.mixture.means[cluster] + 4 * widths[cluster] * p.z)


def moved(g: DiagonalGaussian, offset: float = 3.0, factor: float = 2.0) -> DiagonalGaussian:
    """The same Gaussians in other coordinates, offset + factor * Z."""
    return DiagonalGaussian(offset + factor * g.mean, g.log_variance + 2 * np.log(factor))


def moved_mixture(m: GaussianMixture) -> GaussianMixture:
    """The same mixture in the coordinates of `moved`."""
    return GaussianMixture(m.log_weights, *moved(m.components))


def permuted(m: GaussianMixture, order: list[int]) -> GaussianMixture:
    """The same mixture with its clusters numbered otherwise."""
    return GaussianMixture(*(tf.gather(a, order) for a in m))


def halved(m: GaussianMixture) -> GaussianMixture:
    """The same density with its last cluster split into two identical halves."""
    last = len(m.means) - 1
    split = permuted(m, [*range(last + 1), last])
    halves = np.log(2) * (np.arange(last + 2) >= last)
    return split._replace(log_weights=split.log_weights - halves)
