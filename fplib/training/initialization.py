"""Label-free starting points: which specimens may belong together, and where their clusters go in
latent space.

All in float64 NumPy, before any network exists. Letters: N specimens, C clusters, L latent
dimensions, K features.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated as Float

import numpy as np
from scipy.special import logsumexp

from fplib.config import Curve, Image
from fplib.experts import above, fit, noise_variance
from fplib.shapes import shaped

SEARCH_SIZE = (
    4000  # specimens used while searching for a good start; the winner is polished on all of them
)


@dataclass(frozen=True)
class Start:
    """Where training begins.

    Attributes:
        responsibilities: q(c|X) held during the first epochs, (N, C) float32.
        means: cluster centres, (C, L) float32.
        expert_parameters: modality name -> (C, P).
        expert_variance: modality name -> (C,) or (C, T), in the modality's unit squared.
        log_likelihood: mean log-likelihood of the winning start, in nats a specimen.
    """

    responsibilities: np.ndarray
    means: np.ndarray
    expert_parameters: dict[str, np.ndarray]
    expert_variance: dict[str, np.ndarray]
    log_likelihood: float


def physics_start(
    data: Mapping[str, np.ndarray],
    modalities: Sequence[Image | Curve],
    clusters: int,
    latent_dim: int,
    separation: float,
    seed: int,
    starts: int = 20,
) -> Start:
    """Cluster by physics first: a mixture of experts on the scientific modalities, then a layout of
    its clusters.

    Without any expert modality, a Gaussian mixture on principal components of everything else takes
    its place.

    Args:
        data: modality name -> array, (N, ...).
        modalities: the model's modalities.
        clusters: C.
        latent_dim: L.
        separation: distance of the closest two centres.
        seed: of the search.
        starts: restarts of the mixture; the one with the highest likelihood is kept, without
            looking at any label.

    Returns:
        The start.
    """
    scientific = [m for m in modalities if isinstance(m, Curve) and m.expert is not None]
    if not scientific:
        responsibilities, signatures, value = _feature_mixture(
            [data[m.name] for m in modalities], clusters, seed
        )
        return Start(
            responsibilities, place_centres(signatures, latent_dim, separation), {}, {}, value
        )
    mixture = MixtureOfExperts(scientific, data, clusters)
    parameters, value = mixture.search(starts, np.random.default_rng([seed, 1]))
    log_gamma = mixture.log_responsibilities(parameters)
    curves = mixture.predict(parameters)
    variance = mixture.noise(log_gamma, curves, tied=False)
    scales = [np.std(data[m.name]) for m in scientific]
    signatures = np.concatenate(
        [curves[m.name] / s for m, s in zip(scientific, scales, strict=True)], axis=1
    )
    return Start(
        np.exp(log_gamma).astype(np.float32),
        place_centres(signatures, latent_dim, separation),
        parameters["theta"],
        variance,
        value,
    )


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
        scores = _principal_components(np.concatenate(scaled, axis=1), 3)
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


@shaped
def place_centres(
    signatures: Float[np.ndarray, "C K"], latent_dim: int, separation: float
) -> Float[np.ndarray, "C L"]:
    """Centres such that clusters alike in physics are neighbours in latent space, the closest two
    `separation` apart.

    Args:
        signatures: one feature vector a cluster, (C, K).
        latent_dim: L.
        separation: wanted distance of the closest pair.

    Returns:
        Centres, (C, L) float32, mean zero.
    """
    layout = laplacian_eigenmaps(signatures, latent_dim)
    if len(layout) == 1:
        return np.zeros((1, latent_dim), np.float32)
    distances = np.linalg.norm(layout[:, np.newaxis] - layout, axis=-1)
    closest = distances[np.triu_indices(len(layout), 1)].min()
    if (
        closest < 1e-6
    ):  # coinciding clusters cannot be told apart by any layout: spread them along the first axis
        layout[:, 0] += np.linspace(-1, 1, len(layout)) * 0.1
        distances = np.linalg.norm(layout[:, np.newaxis] - layout, axis=-1)
        closest = distances[np.triu_indices(len(layout), 1)].min()
    return (layout * separation / closest).astype(np.float32)


@shaped
def laplacian_eigenmaps(
    points: Float[np.ndarray, "C K"], dimension: int
) -> Float[np.ndarray, "C L"]:
    """Embedding by the smoothest non-constant eigenvectors of the normalised graph Laplacian.

    Args:
        points: (C, K).
        dimension: of the embedding; coordinates beyond C - 1 are zero.

    Returns:
        Coordinates, (C, dimension), mean zero.

    Reference: Belkin and Niyogi, "Laplacian eigenmaps for dimensionality reduction", Neural
    Computation 2003.
    """
    count = len(points)
    squares = np.sum(np.square(points[:, np.newaxis] - points), axis=-1)
    nearest = np.sqrt(squares + np.diag(np.full(count, np.inf))).min(axis=1)
    width = np.median(nearest) if count > 1 and np.median(nearest) > 0 else 1.0
    affinity = np.exp(-squares / (2 * width**2))
    np.fill_diagonal(affinity, 0.0)
    affinity += 1e-6  # keeps distant groups connected
    degree = affinity.sum(axis=1)
    laplacian = np.eye(count) - affinity / np.sqrt(np.outer(degree, degree))
    vectors = np.linalg.eigh(laplacian)[1][:, 1 : dimension + 1] / np.sqrt(degree)[:, np.newaxis]
    vectors *= np.where(vectors[0] > 0, -1.0, 1.0)  # eigenvectors have no sign: fix one
    embedding = np.zeros((count, dimension))
    embedding[:, : vectors.shape[1]] = vectors - vectors.mean(axis=0)
    return embedding


def _feature_mixture(
    arrays: Sequence[np.ndarray], clusters: int, seed: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """Gaussian mixture on 20 principal components: responsibilities (N, C), component means (C, K), log-likelihood."""
    from sklearn.mixture import GaussianMixture

    rng = np.random.default_rng([seed, 2])
    rows = rng.permutation(len(arrays[0]))[:20_000]
    flat = [a.reshape(len(a), -1).astype(np.float64) for a in arrays]
    joined = np.concatenate([f / (np.std(f) or 1.0) / np.sqrt(f.shape[1]) for f in flat], axis=1)
    scores = _principal_components(joined, 20)
    scores /= np.std(scores[:, 0]) or 1.0
    mixture = GaussianMixture(
        clusters, n_init=3, reg_covar=1e-4, random_state=int(rng.integers(2**31))
    )
    mixture.fit(scores[rows])
    return (
        mixture.predict_proba(scores).astype(np.float32),
        mixture.means_,
        float(mixture.score(scores[rows])),
    )


def _principal_components(features: np.ndarray, count: int) -> np.ndarray:
    """Scores on the leading principal components, (N, count or fewer)."""
    centred = features - features.mean(axis=0)
    count = min(count, *centred.shape)
    vectors = np.linalg.eigh(centred.T @ centred)[1][:, ::-1][:, :count]
    return centred @ vectors
