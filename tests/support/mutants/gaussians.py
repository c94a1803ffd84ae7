"""Wrong divergences, densities, entropies and samples."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from fplib import gaussians
from fplib.gaussians import LOG_2PI

from .common import axes, frozen, read_as

MUTANTS: dict[str, dict[str, Callable]] = {}

_kl, _density, _expected, _entropy = (
    gaussians.kl_divergence,
    gaussians.log_density,
    gaussians.expected_log_density,
    gaussians.entropy,
)

MUTANTS["kl_divergence"] = {
    "reversed": lambda q, p: _kl(p, q),
    "opposite sign": lambda q, p: -_kl(q, p),
    "without the half": lambda q, p: 2 * _kl(q, p),
    "without the -1": lambda q, p: _kl(q, p) + axes(tf.ones_like(q.mean)) / 2,
    "averaged over the axes": lambda q, p: _kl(q, p) / q.mean.shape[-1],
    "log-ratio of opposite sign": lambda q, p: _kl(q, p) + axes(q.log_variance - p.log_variance),
    "variance read as standard deviation": lambda q, p: _kl(read_as(q, 2.0), read_as(p, 2.0)),
    "distance over the other variance": lambda q, p: (
        _kl(q, p)
        + axes((q.mean - p.mean) ** 2 * (tf.exp(-q.log_variance) - tf.exp(-p.log_variance))) / 2
    ),
    "without the variance ratio": lambda q, p: (
        _kl(q, p) - axes(tf.exp(q.log_variance - p.log_variance)) / 2
    ),
    "no derivative of the reference": lambda q, p: _kl(q, frozen(p)),
}
MUTANTS["log_density"] = {
    "log-variance without its half": lambda x, p: _density(x, p) - axes(p.log_variance) / 2,
    "without the log-variance": lambda x, p: _density(x, p) + axes(p.log_variance) / 2,
    "without log 2 pi": lambda x, p: _density(x, p) + LOG_2PI / 2 * p.mean.shape[-1],
    "log 2 pi once for all axes": lambda x, p: (
        _density(x, p) + LOG_2PI / 2 * (p.mean.shape[-1] - 1)
    ),
    "variance read as standard deviation": lambda x, p: _density(x, read_as(p, 2.0)),
    "standard deviation for variance": lambda x, p: _density(x, read_as(p, 0.5)),
    "no derivative of the Gaussian": lambda x, p: _density(x, frozen(p)),
}
MUTANTS["expected_log_density"] = {
    "density at the mean": lambda q, p: _density(q.mean, p),
    "without log 2 pi": lambda q, p: _expected(q, p) + LOG_2PI / 2 * p.mean.shape[-1],
    "arguments exchanged": lambda q, p: _expected(p, q),
    "variance read as standard deviation": lambda q, p: _expected(read_as(q, 2.0), read_as(p, 2.0)),
    "log-variance without its half": lambda q, p: _expected(q, p) - axes(p.log_variance) / 2,
    "standard deviation in the ratio": lambda q, p: _expected(read_as(q, 0.5), p),
    "no derivative of the reference": lambda q, p: _expected(q, frozen(p)),
}
MUTANTS["entropy"] = {
    "opposite sign": lambda q: -_entropy(q),
    "without the 1": lambda q: _entropy(q) - q.mean.shape[-1] / 2,
    "without log 2 pi": lambda q: _entropy(q) - q.mean.shape[-1] * LOG_2PI / 2,
    "log-variance without its half": lambda q: _entropy(q) + axes(q.log_variance) / 2,
    "standard deviation for variance": lambda q: _entropy(read_as(q, 0.5)),
    "averaged over the axes": lambda q: _entropy(q) / q.mean.shape[-1],
    "through the variance": lambda q: axes(LOG_2PI + 1 + tf.math.log(tf.exp(q.log_variance))) / 2,
}
MUTANTS["sample"] = {
    "variance for standard deviation": lambda q, e: q.mean + tf.exp(q.log_variance) * e,
    "noise of unit variance": lambda q, e: q.mean + e,
    "no noise": lambda q, e: q.mean + 0 * e,
    "precision for variance": lambda q, e: q.mean + tf.exp(-0.5 * q.log_variance) * e,
    "no derivative of the mean": lambda q, e: (
        tf.stop_gradient(q.mean) + tf.exp(0.5 * q.log_variance) * e
    ),
}
