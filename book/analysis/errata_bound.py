"""Tests of what the paper says about the bound, its responsibilities and its training.

Each function computes the printed form beside ours and raises AssertionError unless they come out
as the errata page says. No data are needed. Letters: L latent dimensions, C clusters.
"""

from __future__ import annotations

import math

import keras
import numpy as np
import pandas as pd
import scipy.optimize
import tensorflow as tf
from scipy.special import logsumexp
from scipy.stats import norm

from fplib import elbo, gaussians, mixture
from fplib.gaussians import DiagonalGaussian
from fplib.mixture import GaussianMixture


def unit_mixture(centres: np.ndarray, width: float = 1.0) -> GaussianMixture:
    """Equally frequent clusters of one width at the given centres, (C, L)."""
    count, log_variance = len(centres), np.full(centres.shape, 2 * np.log(width))
    parts = np.full(count, -np.log(count)), centres, log_variance
    return GaussianMixture(*(tf.constant(part, tf.float64) for part in parts))


def recognised(z: np.ndarray, own: np.ndarray, prior: GaussianMixture) -> float:
    """Percentage of points, (N, L), whose most probable cluster is their own, (N,)."""
    gamma = mixture.log_responsibilities(tf.constant(z), prior).numpy()
    return 100 * (gamma.argmax(axis=1) == own).mean()


def clusters_of_width_one(seed: int, worlds: int = 400, points: int = 500) -> dict[str, float]:
    """Percentage of points nearest to their own cluster: width one, and the release's width.

    Args:
        seed: of the draws.
        worlds: sets of ten centres from N(0, I) in three dimensions.
        points: drawn from each set.
    """
    rng, release = np.random.default_rng(seed), 10 ** (-1 / 3)
    shares = []
    for _ in range(worlds):
        centres, own = rng.normal(size=(10, 3)), rng.integers(10, size=points)
        noise = rng.normal(size=(points, 3))
        both = ((centres[own] + w * noise, own, unit_mixture(centres, w)) for w in (1.0, release))
        shares.append([recognised(*each) for each in both])
    one, narrow = np.mean(shares, axis=0)
    error = np.std(shares, axis=0, ddof=1).max() / math.sqrt(worlds)
    assert narrow - one > 20 * error
    return {
        "widths.one": one,
        "widths.release": narrow,
        "widths.release_width": release,
        "widths.standard_error": error,
    }


def sign_of_the_divergence(seed: int, samples: int) -> pd.DataFrame:
    """The bound of one specimen, in nats: its definition, and Appendix B printed and corrected.

    Args:
        seed: of the linear decoder and the draws.
        samples: draws of (Z, c).
    """
    rng = np.random.default_rng(seed)
    slope, shift, x = rng.normal(size=(3, 4, 1))
    pi, centres, widths = np.array([[0.5, 0.3, 0.2], [-2.0, 0.0, 2.5], [0.8, 0.6, 1.0]])
    gamma, mu, sigma = np.array([0.2, 0.5, 0.3]), 0.7, 0.8

    def joint(z):  # log p(Z, c), (N, C)
        return np.log(pi) + norm.logpdf(z[:, np.newaxis], centres, widths)

    def inner(z):  # log p(X|Z) p(Z) / q(Z|X), (N,)
        log_x = norm.logpdf(x, slope * z + shift).sum(axis=0)
        return log_x + logsumexp(joint(z), axis=1) - norm.logpdf(z, mu, sigma)

    def integral(values, z, weight=1.0):
        return np.trapezoid(weight * values(z), z)

    def divergence(z):  # KL(q(c|X) || p(c|Z)), (N,)
        log_c = joint(z) - logsumexp(joint(z), axis=1, keepdims=True)
        return (gamma * (np.log(gamma) - log_c)).sum(axis=1)

    z, c = rng.normal(mu, sigma, samples), rng.choice(3, samples, p=gamma)
    without_c = inner(z) - np.log(gamma)[c]  # p(X, Z) in the place of p(X, Z, c)
    right = without_c + joint(z)[np.arange(samples), c] - logsumexp(joint(z), axis=1)
    grid = mu + sigma * np.linspace(-10, 10, 20_001)
    q = norm.pdf(grid, mu, sigma)
    first, second = integral(inner, grid, q), integral(divergence, grid, q)
    definition, error = right.mean(), right.std() / math.sqrt(samples)
    assert abs(first - second - definition) < 5 * error
    assert min(abs(first + second - definition), abs(without_c.mean() - definition)) > 50 * error
    rows = [
        ("definition {eq}`eq-elbo`, sampled", definition, f"± {error:.4f}"),
        ("corrected {eq}`eq-estimator-argument`", first - second, "agrees"),
        ("printed: divergence added", first + second, "differs"),
        ("printed: $p(X,Z)$ without $c$, sampled", without_c.mean(), "differs"),
    ]
    for far, words in ((5, "has no limit"), (20, "")):
        value = integral(inner, np.linspace(-far, far, 20_001))
        rows.append((rf"printed: no weight, $\lvert Z\rvert\leq{far}$", value, words))
    return pd.DataFrame(rows, columns=["form", "nats", ""])


def coverage_of_the_product(seed: int, samples: int) -> dict[str, float]:
    """Percentage of 95 % intervals that cover Z ~ N(0, 1), from two measurements with noise one.

    Args:
        seed: of the simulations.
        samples: simulations.
    """
    rng = np.random.default_rng(seed)
    truth = rng.normal(size=samples)
    x = truth + rng.normal(size=(2, samples))
    # one measurement has the posterior N(x/2, 1/2), both together N((x_1 + x_2)/3, 1/3)
    single = [
        DiagonalGaussian(tf.constant(one[:, np.newaxis] / 2), tf.fill([samples, 1], np.log(0.5)))
        for one in x
    ]
    product = gaussians.product_of_experts(single)

    def covered(mean, log_variance):
        reach = norm.ppf(0.975) * np.exp(np.asarray(log_variance) / 2)
        return (np.abs(np.ravel(mean) - truth) < np.ravel(reach)).mean()

    exact, found = covered(x.sum(axis=0) / 3, np.log(1 / 3)), covered(*product)
    error = math.sqrt(found * (1 - found) / samples)
    assert abs(exact - 0.95) < 5 * error
    assert found < 0.95 - 20 * error
    return {
        "product.exact": 100 * exact,
        "product.product": 100 * found,
        "product.standard_error": 100 * error,
    }


def gradient_through_gamma(seed: int) -> dict[str, float]:
    """Change of the bound's gradient without the path through gamma, in percent of its length.

    Args:
        seed: of fifty posteriors, the prior and the experts' evidence.
    """
    rng = np.random.default_rng(seed)
    q = DiagonalGaussian(
        tf.constant(rng.normal(size=(50, 3))), tf.constant(rng.normal(-1, 1, (50, 3)))
    )
    prior = unit_mixture(2 * rng.normal(size=(4, 3)))
    evidence, noise = tf.constant(-5 * rng.random((50, 4))), tf.constant(rng.normal(size=(50, 3)))

    def gradient(assignment, stop):
        with tf.GradientTape() as tape:
            tape.watch(q)
            if assignment == "from_z":
                log_gamma = mixture.log_responsibilities(gaussians.sample(q, noise), prior)
            else:
                log_gamma = mixture.mean_field_log_responsibilities(q, prior, evidence)
            log_gamma = tf.stop_gradient(log_gamma) if stop else log_gamma
            bound = elbo.elbo(elbo.elbo_terms({}, {"curve": evidence}, q, prior, log_gamma))
        return np.ravel(tape.gradient(bound, q))

    found = {}
    for assignment in ("from_z", "mean_field"):
        full, stopped = gradient(assignment, False), gradient(assignment, True)
        change = np.linalg.norm(full - stopped) / np.linalg.norm(full)
        found[f"gradient.{assignment}"] = 100 * float(change)
    assert found["gradient.mean_field"] < 1e-9 < 1 < found["gradient.from_z"]
    return found


def order_of_the_stream(seed: int, repeats: int) -> dict[str, float]:
    """Spread of the centres over shuffled passes: written back once, and inside the pass.

    Args:
        seed: of three overlapping clusters in two dimensions, the start and the orders.
        repeats: shuffled passes.
    """
    rng, count, batch = np.random.default_rng(seed), 3_000, 128
    places = np.array([[-1.5, 0.0], [1.5, 0.0], [0.0, 2.0]])
    points = places[rng.integers(3, size=count)] + rng.normal(size=(count, 2))
    start = rng.normal(size=(3, 2))
    orders = [rng.permutation(count) for _ in range(repeats)]

    def one_pass(order, inside):
        prior, seen, centre = unit_mixture(start), np.zeros((3, 1)), np.zeros((3, 2))
        for part in np.split(points[order], range(batch, count, batch)):
            share = np.exp(mixture.log_responsibilities(tf.constant(part), prior))
            weight = share.sum(axis=0)[:, np.newaxis]
            centre = (seen * centre + share.T @ part) / (seen + weight)
            seen = seen + weight
            prior = unit_mixture(centre) if inside else prior
        return centre

    found: dict[str, float] = {}
    for name, inside in (("once", False), ("inside", True)):
        ends = np.stack([one_pass(order, inside) for order in orders])
        moved = np.linalg.norm(ends - start, axis=-1).mean()
        found |= {f"stream.{name}": np.ptp(ends, axis=0).max(), f"stream.{name}.moved": moved}
    assert found["stream.once"] < 1e-12 < 0.01 < found["stream.inside"]
    assert found["stream.once.moved"] < found["stream.inside.moved"]
    return found


def random_evaluation(seed: int, repeats: int) -> dict[str, float]:
    """Percentage of posteriors that find their cluster: at Z = mu, and at a random Z.

    Args:
        seed: of 10 000 posteriors of width one, from clusters six widths apart on a line.
        repeats: evaluations at a random Z.
    """
    rng = np.random.default_rng(seed)
    centres, own = 6.0 * np.arange(10)[:, np.newaxis], rng.integers(10, size=10_000)
    prior, mean = unit_mixture(centres), centres[own] + rng.normal(size=(10_000, 1))
    at_mean = recognised(mean, own, prior)
    drawn = [recognised(mean + rng.normal(size=mean.shape), own, prior) for _ in range(repeats)]
    assert max(drawn) < at_mean
    return {
        "evaluation.mean": at_mean,
        "evaluation.drawn": float(np.mean(drawn)),
        "evaluation.spread": float(np.std(drawn, ddof=1)),
    }


def speed_of_adam(rate: float = 5e-3, steps: int = 200) -> dict[str, float]:
    """How little the scale of a loss matters to Adam, and its speed in learning rates a step.

    Args:
        rate: learning rate.
        steps: of the descent on a quadratic from (1, 2, 3).
    """
    matrix = tf.constant([[3.0, 1.0, 0.0], [1.0, 2.0, 0.5], [0.0, 0.5, 1.0]], tf.float64)
    begin = np.array([1.0, 2.0, 3.0])

    def end(scale):
        place, adam = tf.Variable(begin), keras.optimizers.Adam(rate)
        for _ in range(steps):
            adam.apply_gradients([(scale * tf.linalg.matvec(matrix, place), place)])
        return place.numpy()

    mean, total = end(1.0), end(128.0)  # a mean over the batch, and a sum
    way = np.abs(mean - begin).max()
    difference, speed = np.abs(mean - total).max() / way, way / (rate * steps)
    assert difference < 1e-4
    assert speed < 1.1
    return {"adam.difference": difference, "adam.speed": speed}


def best_unimodal(half: float = 3.0, width: float = 0.5) -> dict[str, tuple[float, float]]:
    """Mean and width of the Gaussian nearest to two joint posteriors, in either direction.

    Args:
        half: of the distance between their means.
        width: their standard deviation.
    """

    def pair(means, log_variance):
        means = tf.constant(np.reshape(means, (2, 1)), tf.float64)
        return DiagonalGaussian(means, tf.fill([2, 1], np.float64(log_variance)))

    joint, found = pair([-half, half], 2 * np.log(width)), {}
    for direction in ("paper", "other"):

        def loss(unimodal, direction=direction):
            each = pair([unimodal[0]] * 2, unimodal[1]), joint
            ordered = each if direction == "paper" else each[::-1]
            return gaussians.kl_divergence(*ordered).numpy().mean()

        mean, log_variance = scipy.optimize.minimize(loss, [0.3, 0.1], method="Nelder-Mead").x
        found[direction] = (float(mean), float(np.exp(log_variance / 2)))
    assert abs(found["paper"][1] / width - 1) < 1e-3  # the distance of the two does not enter
    assert abs(found["other"][1] / math.hypot(width, half) - 1) < 1e-3  # here it does
    return found


def underflow() -> pd.DataFrame:
    """Probability of the wrong one of two clusters, for a point d widths beyond the right one."""
    prior, rows = unit_mixture(np.array([[0.0], [3.0]])), []
    for kind, distance in [(k, d) for k in (np.float32, np.float64) for d in (5, 10, 20, 40)]:
        z = np.array([[-distance]], kind)
        density = kind(0.5) * norm.pdf(z, [0.0, 3.0]).astype(kind)
        with np.errstate(invalid="ignore"):
            quotient, padded = (p[0, 1] / p.sum() for p in (density, density + kind(1e-10)))
        own = GaussianMixture(*(tf.cast(part, kind) for part in prior))
        ours = np.exp(mixture.log_responsibilities(tf.constant(z), own))[0, 1]
        exact = 1 / (1 + np.exp((9 + 6 * distance) / 2))
        assert abs(ours - exact) < 1e-7
        assert distance < 10 or padded > 0.4, "the constant decides"
        assert distance < 40 or np.isnan(quotient)
        rows.append((kind.__name__, distance, *map(float, (quotient, padded, ours))))
    return pd.DataFrame(
        rows, columns=["precision", "$d$", "quotient (15)", "with $10^{-10}$ added", "logarithms"]
    )
