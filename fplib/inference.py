"""What is asked of a trained model, on arrays: posterior, assignments, predictions, samples, bound.

Plain functions of a `fplib.core.Core`; `fplib.FingerprintModel` offers them to users and documents
them. Letters: N specimens, L latent dimensions, C clusters, T points on a curve.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from numbers import Integral
from typing import Any

import numpy as np
import tensorflow as tf
from sklearn.exceptions import NotFittedError

from fplib import arrays, experts
from fplib import elbo as bound
from fplib.arrays import check_data
from fplib.checks import choice, natural, numbers
from fplib.config import ASSIGNMENTS
from fplib.core import Batch, Core
from fplib.gaussians import DiagonalGaussian, product_of_experts
from fplib.mixture import log_responsibilities

# names that no modality can have, for arrays that travel beside the data
MEAN, LOG_VARIANCE, NOISE = "posterior.mean", "posterior.log_variance", "sample.noise"


def require_fit(core: Core, question: str) -> None:
    """Refuse a question to a model that has not been trained.

    Raises:
        NotFittedError: names the question and what has to come before it.
    """
    if not core.history_:
        raise NotFittedError(
            f"{question} needs a trained model. Call fit(train, validation) first, or open a saved "
            "model with fplib.load."
        )


def apply(core: Core, key: Any, function: Callable, data: Mapping[str, np.ndarray]) -> Any:
    """A function of a batch, applied to whole arrays; its graph is kept by `key` and names."""
    key = (key, tuple(data))
    if key not in core.graphs:
        core.graphs[key] = arrays.compile(function, data)
    return arrays.batches(core.graphs[key], data)


def posterior(core: Core, data: Mapping[str, np.ndarray]) -> DiagonalGaussian:
    """q(Z|X) from any modalities, mean and log-variance as arrays, (N, L)."""
    use_unimodal = len(data) == 1 and len(core.modalities) > 1 and next(iter(data)) in core.unimodal

    def function(batch: Batch) -> DiagonalGaussian:
        return product_of_experts(list(core.encode(batch, use_unimodal=use_unimodal).values()))

    data = check_data(data, core.modalities)
    return DiagonalGaussian(*apply(core, ("posterior", use_unimodal), function, data))


def responsibilities(
    core: Core, data: Mapping[str, np.ndarray], assignment: str = "mean_field"
) -> np.ndarray:
    """q(c|X) from any modalities, (N, C)."""
    choice("assignment", assignment, ASSIGNMENTS)
    data = check_data(data, core.modalities)
    q = posterior(core, data)

    def function(batch: Batch) -> tf.Tensor:
        q = DiagonalGaussian(batch[MEAN], batch[LOG_VARIANCE])
        return tf.exp(core.log_assignment(q, core.expert_log_likelihoods(batch), assignment))

    data = data | {MEAN: q.mean, LOG_VARIANCE: q.log_variance}
    return apply(core, ("responsibilities", assignment), function, data)


@np.errstate(under="ignore")
def infer(
    core: Core, data: Mapping[str, np.ndarray], modality: str, samples: int = 32, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Predictive mean and variance of one modality given others, each (N, ...)."""
    choice("modality", modality, tuple(core.modalities))
    natural("samples", samples)
    if modality in core.scientific:
        gamma = tf.constant(responsibilities(core, data))
        moments = experts.mixture_moments(
            gamma, core.expert_curves(modality), core.expert_log_variance[modality]
        )
        return moments[0].numpy(), moments[1].numpy()
    q = posterior(core, data)
    deviation = np.exp(0.5 * q.log_variance)
    rng = np.random.default_rng(seed)
    mean: np.ndarray = np.zeros(1, np.float32)
    square = mean
    for _ in range(samples):  # running moments: all samples would not fit for many specimens
        z = q.mean + deviation * rng.standard_normal(q.mean.shape, np.float32)
        x = decode(core, z)[modality]
        mean, square = mean + x / samples, square + np.square(x) / samples
    spread = np.maximum(square - np.square(mean), 0.0)
    return mean, spread + core.residual_variance[modality].numpy()


def decode(core: Core, z: np.ndarray) -> dict[str, np.ndarray]:
    """Mean of every modality at latent points (N, L); an expert modality is averaged over p(c|Z)."""

    def function(batch: Batch) -> dict[str, tf.Tensor]:
        decoded = {n: core.decoded(n, batch["z"]) for n in core.decoders}
        gamma = tf.exp(log_responsibilities(batch["z"], core.mixture))
        return decoded | {n: tf.matmul(gamma, core.expert_curves(n)) for n in core.scientific}

    z = numbers("z", z)
    if z.ndim != 2 or z.shape[1] != core.latent_dim or not len(z):
        raise ValueError(
            f"z must have shape (N, {core.latent_dim}) with N >= 1; received {z.shape}."
        )
    return apply(core, "decode", function, {"z": z})


@np.errstate(under="ignore")
def generate(
    core: Core, cluster: int, n: int = 16, seed: int = 0, noise: bool = True
) -> dict[str, np.ndarray]:
    """Specimens drawn from one cluster, modality name -> (n, ...), and their latent points "z"."""
    whole = isinstance(cluster, Integral) and not isinstance(cluster, bool)
    if not whole or not 0 <= cluster < core.clusters:
        raise ValueError(
            f"cluster must be a whole number in 0 … {core.clusters - 1}; received {cluster!r}."
        )
    natural("n", n)
    rng = np.random.default_rng([seed, cluster])
    deviation = np.exp(0.5 * core.log_variances.numpy()[cluster])
    z = core.means.numpy()[cluster] + deviation * rng.standard_normal((n, core.latent_dim))
    drawn = decode(core, z)
    for name in core.scientific:
        sigma = np.exp(0.5 * core.expert_log_variance[name].numpy()[cluster]) if noise else 0.0
        curve = core.expert_curves(name).numpy()[cluster]
        drawn[name] = (curve + sigma * rng.standard_normal((n, len(curve)))).astype(np.float32)
    return {"z": z.astype(np.float32)} | drawn


def elbo(
    core: Core, data: Mapping[str, np.ndarray], assignment: str = "mean_field", seed: int = 0
) -> dict[str, np.ndarray]:
    """Named terms of the bound of each specimen and their sum "elbo", name -> (N,), in nats."""
    choice("assignment", assignment, ASSIGNMENTS)
    data = check_data(data, core.modalities)
    missing = set(core.modalities) - set(data)
    if missing:
        raise ValueError(f"The bound needs every modality; missing: {', '.join(sorted(missing))}.")
    n = len(next(iter(data.values())))
    noise = np.random.default_rng(seed).standard_normal((n, core.latent_dim)).astype(np.float32)

    def function(batch: Batch) -> dict[str, tf.Tensor]:
        measured = {name: x for name, x in batch.items() if name != NOISE}
        terms = core.terms(measured, batch[NOISE], assignment)
        return terms | {"elbo": bound.elbo(terms)}

    return apply(core, ("elbo", assignment), function, data | {NOISE: noise})


def score(core: Core, data: Mapping[str, np.ndarray], assignment: str = "mean_field") -> float:
    """Mean of the bound, in nats a specimen."""
    return float(elbo(core, data, assignment)["elbo"].mean())
