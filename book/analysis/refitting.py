"""Intervals for the parameters of experts whose specimens had to be assigned first.

A bootstrap that keeps the responsibilities takes them for known. Here every draw assigns anew, with
the experts of that draw; the networks are not trained again.

Letters: N specimens, V views of one, C clusters, P parameters, T points on a curve, B draws.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf
from scipy.special import softmax

from book.analysis.intervals import Interval, effective, half_width
from fplib.checks import quantile
from fplib.experts import Expert, log_likelihood, weighted_least_squares
from fplib.mixture import expected_log_cluster_densities

if TYPE_CHECKING:
    from fplib.data.dataset import Split
    from fplib.model import FingerprintModel

Assign = Callable[[np.ndarray], np.ndarray]  # parameters (C, P) -> responsibilities (N, C)
CLOSE = 1e-4  # change of the responsibilities that ends the alternation


def settle(
    expert: Expert,
    t: np.ndarray,
    curves: np.ndarray,
    assign: Assign,
    parameters: np.ndarray,
    times: np.ndarray,
    rounds: int = 30,
) -> tuple[np.ndarray, np.ndarray]:
    """Alternate between assignments and weighted least squares until neither moves.

    Args:
        expert: the parametric curve.
        t: independent variable, (T,).
        curves: measured curves, (N, T).
        assign: responsibilities of the N specimens under given parameters.
        parameters: where to start, (C, P).
        times: how often each specimen counts, (N,).
        rounds: at most.

    Returns:
        Parameters, (C, P), and responsibilities, (N, C).
    """
    gamma = assign(parameters)
    for _ in range(rounds):
        parameters = weighted_least_squares(expert, t, times[:, np.newaxis] * gamma, curves)
        before, gamma = gamma, assign(parameters)
        if np.abs(gamma - before).max() < CLOSE:
            break
    return parameters, gamma


def refitted_interval(
    expert: Expert,
    t: np.ndarray,
    curves: np.ndarray,
    assign: Assign,
    parameters: np.ndarray,
    derive: Callable[[np.ndarray], np.ndarray] = lambda parameters: parameters,
    draws: int = 200,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Bootstrap interval for the parameters of each expert; every draw fits experts *and* assignments.

    The spread of the draws is used as in `expert_interval`. A draw in which a cluster keeps less
    than two specimens is void.

    Args:
        expert, t, curves, assign, parameters: as for `settle`.
        derive: quantities of interest from parameters, (..., P) -> (..., Q).
        draws: B.
        seed: of the draws.
        level: confidence level in (0, 1).

    Returns:
        Estimate and ends, (C, Q) each.

    Raises:
        ValueError: fewer than half of the draws keep two specimens in every cluster.
    """
    t, curves = np.asarray(t, np.float64), np.asarray(curves, np.float64)
    quantile(level)
    n, rng, found = len(curves), np.random.default_rng(seed), []
    start, gamma = settle(expert, t, curves, assign, parameters, np.ones(n))
    for times in rng.multinomial(n, np.full(n, 1 / n), draws).astype(float):
        if (times @ gamma < 2).any():
            continue
        moved, assigned = settle(expert, t, curves, assign, start, times)
        if (times @ assigned >= 2).all():
            found.append(np.asarray(derive(moved)))
    if len(found) < draws / 2:
        raise ValueError(
            f"expected at least two specimens a cluster in most draws, received {len(found)} of "
            f"{draws} such draws; the clusters are too small to be judged."
        )
    count = np.maximum([effective(weights) for weights in gamma.T], 2.0)[:, np.newaxis]
    half, estimate = half_width(np.asarray(found), count, level), np.asarray(derive(start))
    return Interval(estimate, estimate - half, estimate + half)


def latent_evidence(
    model: FingerprintModel, split: Split, specimens_of: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """What the networks say for each cluster: log pi_c + E_q[log p(Z|c)], the mean over a specimen's
    views.

    Args:
        model: trained.
        split: views of specimens.
        specimens_of: ids of views -> specimen of each.

    Returns:
        Nats, (G, C), in the order of `votes.vote`.
    """
    q, mixture = model.posterior(dict(split)), model.mixture
    found = expected_log_cluster_densities(type(q)(*map(tf.constant, q)), mixture).numpy()
    _, of = np.unique(specimens_of(split.ids), return_inverse=True)
    total = np.zeros((of.max() + 1, found.shape[1]))
    np.add.at(total, of, found + mixture.log_weights.numpy())
    return total / np.bincount(of)[:, np.newaxis]


def mean_field(
    expert: Expert,
    t: np.ndarray,
    curves: np.ndarray,
    evidence: np.ndarray,
    log_variance: np.ndarray,
) -> Assign:
    """The assignment that adds the likelihood of the curves to fixed evidence.

    Args:
        expert: the parametric curve.
        t: independent variable, (T,).
        curves: measured curves, (N, T).
        evidence: of the latent variables, nats, (N, C).
        log_variance: of the experts, (C,).

    Returns:
        Parameters (C, P) -> responsibilities (N, C).
    """
    measured, noise = (tf.constant(x, tf.float64) for x in (curves, log_variance))

    def assign(parameters: np.ndarray) -> np.ndarray:
        predicted = tf.constant(expert.predict(t, parameters), tf.float64)
        return softmax(evidence + log_likelihood(measured, predicted, noise).numpy(), axis=1)

    return assign
