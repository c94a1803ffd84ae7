"""A mixture of physics experts on the curves alone, by expectation-maximisation from many starts.

In float64 NumPy. Letters: N specimens, C clusters, T points on a curve, K features.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated as Float

import numpy as np
from scipy.special import logsumexp

from fplib.config import Curve
from fplib.experts import above, fit, noise_variance
from fplib.shapes import shaped

SEARCH_SIZE = 4000  # specimens used while searching; the winner is polished on all of them


class MixtureOfExperts:
    """EM for a mixture of physics experts on the scientific modalities alone.

    Args:
        modalities: curves with an expert.
        data: modality name -> (N, T).
        clusters: C.
    """

    def __init__(
        self, modalities: Sequence[Curve], data: Mapping[str, np.ndarray], clusters: int
    ) -> None:
        self.modalities = modalities
        self.curves = {m.name: np.asarray(data[m.name], np.float64) for m in modalities}
        self.t = {m.name: np.asarray(m.t) for m in modalities}
        self.clusters = clusters
        # variances are kept above rounding, or a cluster of one specimen would have infinite
        # likelihood
        self.floor = {n: 1e-8 * float(np.var(c)) + 1e-300 for n, c in self.curves.items()}

    def search(
        self, starts: int, rng: np.random.Generator, iterations: int = 100
    ) -> tuple[dict, float]:
        """Best of several EM runs on a subsample, continued on all specimens; returns parameters and log-likelihood."""
        n = len(next(iter(self.curves.values())))
        rows = rng.permutation(n)[: min(n, SEARCH_SIZE)]
        small = MixtureOfExperts(
            self.modalities, {k: v[rows] for k, v in self.curves.items()}, self.clusters
        )
        runs = [small.climb(small.seed_assignment(rng), iterations) for _ in range(starts)]
        best = max(runs, key=lambda run: run[1])[0]
        return self.climb(self.log_responsibilities(best), 10)

    @shaped
    def seed_assignment(self, rng: np.random.Generator) -> Float[np.ndarray, "N C"]:
        """k-means on the leading principal components of the curves: log-responsibilities, (N, C)."""
        from sklearn.cluster import KMeans

        scaled = [c / (np.std(c) or 1.0) for c in self.curves.values()]
        scores = principal_components(np.concatenate(scaled, axis=1), 3)
        seed = int(rng.integers(2**31))
        found = KMeans(self.clusters, n_init=1, random_state=seed).fit_predict(scores)
        return np.log(0.99 * np.eye(self.clusters)[found] + 0.01 / self.clusters)

    @shaped
    def climb(self, log_gamma: Float[np.ndarray, "N C"], iterations: int) -> tuple[dict, float]:
        """EM from given responsibilities until the likelihood stops rising."""
        value = -np.inf
        parameters: dict = {}
        for _ in range(iterations):
            parameters = self.maximise(log_gamma, parameters or None)
            log_gamma, new = self._expectation(parameters)
            if new - value < 1e-7 * abs(new):
                break
            value = new
        return parameters, float(new)

    @shaped
    def maximise(self, log_gamma: Float[np.ndarray, "N C"], previous: dict | None = None) -> dict:
        """Expert parameters, one noise variance for all clusters, and weights; the previous noise
        weighs the points where it may vary along the curve."""
        gamma = np.exp(log_gamma)
        weight = gamma.sum(axis=0) + 1e-10
        theta = {}
        for m in self.modalities:
            means = gamma.T @ self.curves[m.name] / weight[:, np.newaxis]
            weights = None
            if previous is not None and m.noise == "per_point":
                weights = 1 / previous["variance"][m.name]
            theta[m.name] = fit(m.expert, self.t[m.name], means, weights)
        parameters = {"theta": theta, "log_weights": np.log(weight / weight.sum())}
        return parameters | {"variance": self.noise(log_gamma, self.predict(parameters), tied=True)}

    @shaped
    def predict(self, parameters: dict) -> dict[str, Float[np.ndarray, "C ..."]]:
        """Expert curves, modality name -> (C, T)."""
        return {
            m.name: np.asarray(m.expert.predict(self.t[m.name], parameters["theta"][m.name]))
            for m in self.modalities
        }

    @shaped
    def noise(
        self,
        log_gamma: Float[np.ndarray, "N C"],
        predictions: Mapping[str, Float[np.ndarray, "C ..."]],
        tied: bool,
    ) -> dict[str, Float[np.ndarray, "C ..."]]:
        """Noise variance about the expert curves, modality name -> (C,) or (C, T); `tied` pools the
        clusters."""
        gamma = np.exp(log_gamma)
        weight = gamma.sum(axis=0) + 1e-10
        result = {}
        for m in self.modalities:
            name, curves, per_point = m.name, self.curves[m.name], m.noise == "per_point"
            mean = gamma.T @ curves / weight[:, np.newaxis]
            spread = np.stack(
                [g @ np.square(curves - c) for g, c in zip(gamma.T, mean, strict=True)]
            )
            spread = spread / weight[:, np.newaxis]
            each = noise_variance(mean, spread, predictions[name], per_point)
            pooled = np.broadcast_to(weight @ each / weight.sum(), each.shape)
            result[name] = above(pooled if tied else each, self.floor[name])
        return result

    @shaped
    def log_responsibilities(self, parameters: dict) -> Float[np.ndarray, "N C"]:
        """log p(c|curves), (N, C)."""
        return self._expectation(parameters)[0]

    def _expectation(self, parameters: dict) -> tuple[np.ndarray, float]:
        predictions = self.predict(parameters)
        log_joint = parameters["log_weights"]
        for name, curves in self.curves.items():
            variance = parameters["variance"][name]
            if variance.ndim == 2:
                pairs = zip(predictions[name], variance, strict=True)
                squares = np.stack(
                    [np.sum((curves - e) ** 2 / v, axis=1) for e, v in pairs], axis=1
                )
                log_joint = log_joint - 0.5 * (squares + np.log(2 * np.pi * variance).sum(axis=1))
                continue
            squares = np.stack(
                [np.sum(np.square(curves - e), axis=1) for e in predictions[name]], axis=1
            )
            log_joint = log_joint - 0.5 * (
                squares / variance + curves.shape[1] * np.log(2 * np.pi * variance)
            )
        evidence = logsumexp(log_joint, axis=1, keepdims=True)
        return log_joint - evidence, float(evidence.mean())


def principal_components(features: np.ndarray, count: int) -> np.ndarray:
    """Scores on the leading principal components, (N, count or fewer)."""
    centred = features - features.mean(axis=0)
    count = min(count, *centred.shape)
    vectors = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :count]
    return centred @ vectors
