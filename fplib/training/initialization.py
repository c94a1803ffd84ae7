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
from scipy.spatial.distance import pdist

from fplib.config import Curve, Image
from fplib.shapes import shaped
from fplib.training.mixture_of_experts import MixtureOfExperts, principal_components


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


@np.errstate(under="ignore")  # what a distant cluster has of a specimen is zero
def physics_start(
    data: Mapping[str, np.ndarray],
    modalities: Sequence[Image | Curve],
    clusters: int,
    latent_dim: int,
    separation: float,
    seed: int,
    starts: int = 20,
    separation_of: str = "closest",
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
        separation: wanted distance of the centres, see `place_centres`.
        seed: of the search.
        starts: restarts of the mixture; the one with the highest likelihood is kept, without
            looking at any label.
        separation_of: see `place_centres`.

    Returns:
        The start.
    """
    scientific = [m for m in modalities if isinstance(m, Curve) and m.expert is not None]
    if not scientific:
        responsibilities, signatures, value = _feature_mixture(
            [data[m.name] for m in modalities], clusters, seed
        )
        centres = place_centres(signatures, latent_dim, separation, separation_of)
        return Start(responsibilities, centres, {}, {}, value)
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
        place_centres(signatures, latent_dim, separation, separation_of),
        parameters["theta"],
        variance,
        value,
    )


@shaped
def place_centres(
    signatures: Float[np.ndarray, "C K"],
    latent_dim: int,
    separation: float,
    separation_of: str = "closest",
) -> Float[np.ndarray, "C L"]:
    """Centres such that clusters alike in physics are neighbours in latent space.

    Args:
        signatures: one feature vector a cluster, (C, K).
        latent_dim: L.
        separation: wanted distance.
        separation_of: what has it, the "closest" pair of centres or the "mean" pair.

    Returns:
        Centres, (C, L) float32, mean zero.
    """
    layout = laplacian_eigenmaps(signatures, latent_dim)
    if len(layout) == 1:
        return np.zeros((1, latent_dim), np.float32)
    if pdist(layout).min() < 1e-6:
        # coinciding clusters cannot be told apart by any layout: spread them along the first axis
        layout[:, 0] += np.linspace(-1, 1, len(layout)) * 0.1
    distances = pdist(layout)
    unit = distances.min() if separation_of == "closest" else distances.mean()
    return (layout * separation / unit).astype(np.float32)


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
    scores = principal_components(joined, 20)
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
