"""Wrong bounds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from fplib import elbo
from fplib.gaussians import LOG_2PI, DiagonalGaussian
from fplib.gaussians import expected_log_density as _expected
from fplib.gaussians import log_density as _density

from .common import axes

MUTANTS: dict[str, dict[str, Callable]] = {}

_terms = elbo.elbo_terms


def altered_terms(**changes: Callable) -> Callable:
    """The right terms, some changed by a function of (values, gamma, posterior, mixture)."""

    def altered(pixels, likelihoods, posterior, prior, log_gamma):
        found = _terms(pixels, likelihoods, posterior, prior, log_gamma)
        for kind, change in changes.items():
            for name in [n for n in found if n.split(".")[0] == kind]:
                found[name] = change(found[name], tf.exp(log_gamma), posterior, prior)
        return found

    return altered


def without(kind: str) -> Callable:
    """One kind of term is missing from the bound."""
    return altered_terms(**{kind: lambda v, *_: 0 * v})


def negative(kind: str) -> Callable:
    """One kind of term has the other sign."""
    return altered_terms(**{kind: lambda v, *_: -v})


MUTANTS["elbo_terms"] = {
    "without the cluster entropy": without("cluster_entropy"),
    "without the latent entropy": without("latent_entropy"),
    "without the cluster prior": without("cluster_prior"),
    "without the latent prior": without("latent_prior"),
    "without the experts": without("expert"),
    "cluster entropy of opposite sign": negative("cluster_entropy"),
    "latent entropy of opposite sign": negative("latent_entropy"),
    "D^2/2 log 2 pi too much": altered_terms(
        latent_prior=lambda v, g, q, m: v - q.mean.shape[-1] ** 2 / 2 * LOG_2PI
    ),
    "latent entropy without log 2 pi": altered_terms(
        latent_entropy=lambda v, g, q, m: v - q.mean.shape[-1] / 2 * LOG_2PI
    ),
    "latent prior at the mean": altered_terms(
        latent_prior=lambda v, g, q, m: axes(g * _density(q.mean[:, tf.newaxis], m.components))
    ),
    "standard normal prior": altered_terms(
        latent_prior=lambda v, g, q, m: _expected(q, DiagonalGaussian(0 * q.mean, 0 * q.mean))
    ),
    "cluster prior from weights": altered_terms(
        cluster_prior=lambda v, g, q, m: axes(g * tf.exp(m.log_weights))
    ),
    "terms weighted by a half": altered_terms(expert=lambda v, *_: v / 2),
    "reconstruction without its half": altered_terms(reconstruction=lambda v, *_: 2 * v),
    "only the last expert": lambda x, likelihoods, *rest: _terms(
        x, dict(list(likelihoods.items())[-1:]), *rest
    ),
    "averaged over the batch": lambda *a: {
        n: 0 * v + tf.reduce_mean(v) for n, v in _terms(*a).items()
    },
    "no derivative through gamma": lambda *a: _terms(*a[:-1], tf.stop_gradient(a[-1])),
    "entropy from probabilities": altered_terms(
        cluster_entropy=lambda v, g, *_: -axes(g * tf.math.log(g))
    ),
    "entropy with a floor": altered_terms(
        cluster_entropy=lambda v, g, *_: -axes(g * tf.math.log(g + 1e-10))
    ),
}
_pixels = elbo.black_box_log_likelihood
MUTANTS["black_box_log_likelihood"] = {
    "averaged over the pixels": lambda x, y, *v: _pixels(x, y, *v) / np.prod(x.shape[1:]),
    "without the half": lambda x, y, *v: 2 * _pixels(x, y, *v),
    "without log 2 pi": lambda x, y, *v: _pixels(x, y, *v) + LOG_2PI / 2 * np.prod(x.shape[1:]),
    "log 2 pi once for all pixels": lambda x, y, *v: (
        _pixels(x, y, *v) + LOG_2PI / 2 * (np.prod(x.shape[1:]) - 1)
    ),
    "no derivative of the decoder": lambda x, y, *v: _pixels(x, tf.stop_gradient(y), *v),
    "unit variance whatever is given": lambda x, y, *v: _pixels(x, y),
    "variance read as standard deviation": lambda x, y, *v: _pixels(x, y, *(2 * w for w in v)),
}
