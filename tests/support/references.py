"""Independent references: NumPy and SciPy in float64, one specimen and one cluster at a time.

They are slow and obvious on purpose and share no line of thought with fplib: a Gaussian is a frozen
`scipy.stats.norm`, an expectation is a quadrature, the best knee is the best of a dense grid.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.linalg
import scipy.special
from scipy import stats

from fplib.gaussians import DiagonalGaussian
from fplib.mixture import GaussianMixture
from tests.support.problems import Problem


def frozen(gaussian: DiagonalGaussian, *row: int) -> Any:
    """One row of Gaussians as a frozen SciPy distribution over the latent axes."""
    mean, log_variance = (np.asarray(a, np.float64)[row] for a in gaussian)
    return stats.norm(mean, np.sqrt(np.exp(log_variance)))


def rows(gaussian: DiagonalGaussian) -> Iterator[Any]:
    """Every row of Gaussians as a frozen SciPy distribution."""
    return (frozen(gaussian, i) for i in range(len(gaussian.mean)))


def expectation(q: Any, log_density: Any) -> float:
    """E_q[log_density(z), summed over axes] by Gauss-Hermite quadrature, exact to degree 19."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(10)
    z = q.mean() + q.std() * nodes[:, np.newaxis]
    return float(np.sum(weights[:, np.newaxis] * log_density(z)) / np.sqrt(2 * np.pi))


def product_of_experts(experts: list[DiagonalGaussian]) -> tuple[np.ndarray, np.ndarray]:
    """Equation (8) of the paper as printed, with precisions: (mean, log-variance)."""
    precision = np.array([np.exp(-np.asarray(e.log_variance, np.float64)) for e in experts])
    variance = 1 / precision.sum(axis=0)
    weighted = sum(
        p * np.asarray(e.mean, np.float64) for p, e in zip(precision, experts, strict=True)
    )
    return variance * weighted, np.log(variance)


def kl_divergence(q: DiagonalGaussian, p: DiagonalGaussian) -> np.ndarray:
    """The definition: cross-entropy less entropy, row by row."""
    return -expected_log_density(q, p) - entropy(q)


def log_density(x: np.ndarray, p: DiagonalGaussian) -> np.ndarray:
    """Log-densities, row by row."""
    return np.array([d.logpdf(point).sum() for point, d in zip(x, rows(p), strict=True)])


def expected_log_density(q: DiagonalGaussian, p: DiagonalGaussian) -> np.ndarray:
    """E_q[log p], row by row."""
    return np.array([expectation(a, b.logpdf) for a, b in zip(rows(q), rows(p), strict=True)])


def entropy(q: DiagonalGaussian) -> np.ndarray:
    """SciPy's entropies, summed over the axes."""
    return np.array([d.entropy().sum() for d in rows(q)])


def log_joint(z: np.ndarray, mixture: GaussianMixture) -> np.ndarray:
    """log pi_c N(z; mu_c, sigma_c^2), one cluster at a time, (N, C)."""
    clusters = zip(mixture.log_weights, rows(mixture.components), strict=True)
    return np.stack([weight + d.logpdf(z).sum(axis=1) for weight, d in clusters], axis=1)


def log_responsibilities(z: np.ndarray, mixture: GaussianMixture) -> np.ndarray:
    """Bayes' theorem."""
    joint = log_joint(z, mixture)
    return joint - scipy.special.logsumexp(joint, axis=1, keepdims=True)


def expected_log_cluster_densities(
    posterior: DiagonalGaussian, mixture: GaussianMixture
) -> np.ndarray:
    """E_q[log p(Z|c)] for each specimen and cluster."""
    return np.array(
        [[expectation(q, c.logpdf) for c in rows(mixture.components)] for q in rows(posterior)]
    )


def mean_field_log_responsibilities(
    posterior: DiagonalGaussian, mixture: GaussianMixture, log_likelihood: np.ndarray
) -> np.ndarray:
    """q*(c|X), by normalising pi_c exp(E_q[log p(Z|c)] + log p(X|c)) one specimen at a time."""
    logits = (
        expected_log_cluster_densities(posterior, mixture) + mixture.log_weights + log_likelihood
    )
    return np.array([row - scipy.special.logsumexp(row) for row in logits])


def log_likelihood(
    curves: np.ndarray, predictions: np.ndarray, log_variance: np.ndarray
) -> np.ndarray:
    """log N(X; E_c, sigma_c^2 I), each pair as a multivariate normal."""
    return np.array(
        [
            [
                stats.multivariate_normal(mean, np.exp(lv) * np.eye(len(mean))).logpdf(curve)
                for mean, lv in zip(predictions, log_variance, strict=True)
            ]
            for curve in curves
        ]
    )


def elbo_terms(p: Problem) -> dict[str, np.ndarray]:
    """Every expectation of equation (25) for a problem with one image and one expert curve."""
    gamma, posterior, mixture = p.responsibilities, p.posterior, p.mixture
    densities = expected_log_cluster_densities(posterior, mixture)
    pixels = stats.norm(p.decoded).logpdf(p.images)
    return {
        "reconstruction.image": np.array([specimen.sum() for specimen in pixels]),
        "expert.curve": np.array([g @ row for g, row in zip(gamma, p.likelihoods, strict=True)]),
        "latent_prior": np.array([g @ row for g, row in zip(gamma, densities, strict=True)]),
        "cluster_prior": gamma @ mixture.log_weights,
        "latent_entropy": entropy(posterior),
        "cluster_entropy": np.array([stats.entropy(g) for g in gamma]),
    }


def mixture_moments(
    responsibilities: np.ndarray, predictions: np.ndarray, log_variance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Equations (12) and (13) as printed: the variance is a difference of squares."""
    mean, square = (
        np.array([sum(g * v for g, v in zip(row, values, strict=True)) for row in responsibilities])
        for values in (predictions, predictions**2 + np.exp(log_variance)[:, np.newaxis])
    )
    return mean, square - mean**2


def weighted_moments(
    weights: np.ndarray, values: np.ndarray, variances: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Total weight, weighted mean and variance for each cluster, over the whole stream at once."""
    mean = np.array([np.average(values, axis=0, weights=w) for w in weights.T])
    extra = 0 if variances is None else variances
    variance = [
        np.average((values - m) ** 2 + extra, axis=0, weights=w)
        for w, m in zip(weights.T, mean, strict=True)
    ]
    return weights.sum(axis=0), mean, np.array(variance)


def noise_variance(weights: np.ndarray, curves: np.ndarray, predictions: np.ndarray) -> np.ndarray:
    """sum_d gamma_cd ||X_d - E_c||^2 / (T sum_d gamma_cd), from the curves themselves."""
    return np.array(
        [
            sum(g * np.mean((x - e) ** 2) for g, x in zip(w, curves, strict=True)) / sum(w)
            for w, e in zip(weights.T, predictions, strict=True)
        ]
    )


def weighted_linear_fit(design: np.ndarray, weights: np.ndarray, curves: np.ndarray) -> np.ndarray:
    """Least squares over all points of all curves, each row scaled by the root of its weight."""
    fits = []
    for w in weights.T:
        root = np.repeat(np.sqrt(w), len(design))
        stacked = np.tile(design, (len(curves), 1)) * root[:, np.newaxis]
        fits.append(scipy.linalg.lstsq(stacked, curves.ravel() * root)[0])
    return np.array(fits)


def hardening_curve(t: np.ndarray, strain: float, stress: float, modulus: float) -> np.ndarray:
    """Linear hardening as interpolation between the origin, the knee and a far point."""
    strain, far = max(strain, 1e-9), 1 + 2 * np.max(t)
    return np.interp(t, [0, strain, far], [0, stress, stress + modulus * (far - strain)])


def hardening_grid_error(t: np.ndarray, curve: np.ndarray, knees: np.ndarray) -> float:
    """Least squared error over a dense grid of knees, the moduli of each by Cramer's rule."""
    below = np.minimum(t, knees[:, np.newaxis])
    above = np.maximum(t - knees[:, np.newaxis], 0)
    bb, ab, aa = (below**2).sum(1), (above * below).sum(1), (above**2).sum(1)
    determinant = bb * aa - ab**2
    elastic = (aa * (below @ curve) - ab * (above @ curve)) / determinant
    modulus = (bb * (above @ curve) - ab * (below @ curve)) / determinant
    fit = elastic[:, np.newaxis] * below + modulus[:, np.newaxis] * above
    return float(((fit - curve) ** 2).sum(1).min())
