"""What a reader would try instead: k-means and Gaussian mixtures on pixels, on principal components
and on all modalities joined; our model with the image alone, like VaDE; a network taught by the clusters of the curves, or by labels.

None but the last sees a label. Letters: N specimens, C clusters, F features, L latent dimensions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from book.analysis.supervised import Classifier
from fplib.checks import choice, natural

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from fplib.config import Curve, Image
    from fplib.model import FingerprintModel

__all__ = ["METHODS", "Classifier", "Clustering", "taught_by_curves", "vade"]

METHODS = ("kmeans", "gmm")


class Clustering:
    """k-means or a Gaussian mixture on the measurements themselves, joined end to end.

    Each modality is centred and divided by the square root of its total variance, so that an image
    of hundreds of pixels and a curve of twenty points weigh the same. On raw features the mixture
    has diagonal covariances, on principal components full ones.

    Args:
        method: "kmeans" or "gmm".
        clusters: C.
        components: principal components kept, at most F; None for the features as they are.
        restarts: starts of the fit; the one with the best objective on the training data is kept.
        seed: of the starts and of the randomised decomposition.

    Attributes:
        names_: modalities that it was fitted on, in order.
    """

    def __init__(
        self,
        method: str,
        clusters: int,
        *,
        components: int | None = None,
        restarts: int = 1,
        seed: int = 0,
    ) -> None:
        self.method = choice("method", method, METHODS)
        self.clusters = natural("clusters", clusters)
        self.components = None if components is None else natural("components", components)
        self.restarts = natural("restarts", restarts)
        self.seed = natural("seed", seed, least=0)

    def fit(self, data: Mapping[str, np.ndarray]) -> Clustering:
        """Find the clusters; whatever labels `data` carries are not read.

        Args:
            data: modality name -> array, (N, ...), any unit.

        Returns:
            Itself.

        Raises:
            ValueError: fewer specimens than clusters, or values that are not finite.
        """
        from sklearn.decomposition import PCA

        self.names_ = tuple(data)
        blocks = [_flat(name, data[name]) for name in self.names_]
        if len(blocks[0]) < self.clusters:
            raise ValueError(
                f"data: expected at least as many specimens as clusters, received {len(blocks[0])} "
                f"for {self.clusters}. Ask for fewer clusters or add specimens."
            )
        self._means = [b.mean(axis=0) for b in blocks]
        self._scales = [np.sqrt(b.var(axis=0).sum()) or 1.0 for b in blocks]
        features = self._joined(blocks)
        self._reduction = None
        if self.components is not None:
            count = min(self.components, *features.shape)
            self._reduction = PCA(count, random_state=self.seed).fit(features)
            features = self._reduction.transform(features)
        self._estimator = self._unfitted(features).fit(features)
        return self

    def predict(self, data: Mapping[str, np.ndarray]) -> np.ndarray:
        """Cluster of each specimen, (N,), integers in 0 … C − 1.

        Args:
            data: the modalities it was fitted on, name -> (N, ...).
        """
        return self._estimator.predict(self._features(data)).astype(np.int64)

    def score(self, data: Mapping[str, np.ndarray]) -> float:
        """What the method itself maximises, on any data; labels play no part.

        Args:
            data: the modalities it was fitted on, name -> (N, ...).

        Returns:
            Mean log-likelihood of the mixture, nats a specimen; for k-means minus the mean squared
            distance to the nearest centre, as a share of the features' total variance in training.
        """
        features = self._features(data)
        value = float(self._estimator.score(features))
        return value / len(features) / len(self.names_) if self.method == "kmeans" else value

    def _unfitted(self, features: np.ndarray) -> Any:
        from sklearn.cluster import KMeans
        from sklearn.mixture import GaussianMixture

        if self.method == "kmeans":
            return KMeans(self.clusters, n_init=self.restarts, random_state=self.seed)
        return GaussianMixture(
            self.clusters,
            covariance_type="diag" if self._reduction is None else "full",
            n_init=self.restarts,
            max_iter=200,
            # a hundredth of an average feature's variance: pixels that are always blank have none
            reg_covar=0.01 * len(self.names_) / features.shape[1],
            random_state=self.seed,
        )

    def _features(self, data: Mapping[str, np.ndarray]) -> np.ndarray:
        missing = [name for name in self.names_ if name not in data]
        if missing:
            raise ValueError(
                f"data: expected the modalities {list(self.names_)!r}, missing {missing!r}. A "
                "clustering of joined measurements needs all of them."
            )
        features = self._joined([_flat(name, data[name]) for name in self.names_])
        return features if self._reduction is None else self._reduction.transform(features)

    def _joined(self, blocks: Sequence[np.ndarray]) -> np.ndarray:
        scaled = [
            (b - mean) / scale
            for b, mean, scale in zip(blocks, self._means, self._scales, strict=True)
        ]
        return np.concatenate(scaled, axis=1)


def vade(
    image: Image,
    train: np.ndarray,
    validation: np.ndarray | None = None,
    *,
    clusters: int = 10,
    latent_dim: int = 10,
    seed: int = 0,
    preset: str = "fast",
    separation: float = 4.0,
    widths: str = "closed_form",
    **options: Any,
) -> FingerprintModel:
    """Our own model with the image as its only modality: of the kind of variational deep embedding.

    With one modality the bound is that of VaDE, and the mean-field assignment keeps only the latent
    evidence. The start is a Gaussian mixture on principal components of the pixels, where the
    authors of VaDE pretrain an autoencoder and fit a mixture to its codes. Its clusters are no
    physics to be trusted, so they begin nearer to each other than those of the preset, and their
    widths are free: a specimen can change its cluster.

    Args:
        image: the modality.
        train: images, (N, H, W), pixels in [0, 1].
        validation: images held out, (M, H, W).
        clusters: C.
        latent_dim: L.
        seed: of start and training.
        preset: "fast" or "paper".
        separation: of the closest starting centres, in prior standard deviations.
        widths: how the clusters' widths are found, see `fplib.config.Training`.
        **options: further ones of `FingerprintModel.fit`, such as `epochs` or `checkpoint`.

    Returns:
        The trained model; `model.score` is its held-out bound.

    Reference:
        Z. Jiang, Y. Zheng, H. Tan, B. Tang and H. Zhou, Variational deep embedding: an unsupervised
        and generative approach to clustering, IJCAI 2017.
    """
    from fplib.model import FingerprintModel

    model = FingerprintModel([image], clusters, latent_dim, preset=preset, seed=seed)
    held_out = None if validation is None else {image.name: validation}
    model.fit({image.name: train}, held_out, separation=separation, widths=widths, **options)
    return model


def taught_by_curves(
    image: Image,
    curve: Curve,
    train: Mapping[str, np.ndarray],
    *,
    clusters: int = 10,
    seed: int = 0,
    preset: str = "fast",
    **options: Any,
) -> Classifier:
    """Two steps in place of a joint model: cluster the curves by their physics, then teach a
    network to name the cluster of an image.

    The first step is the label-free start of our own training, a mixture of experts on the curves.
    The second is supervised by it alone, so what the curves confuse the network is told wrongly.

    Args:
        image: what the network will see.
        curve: with a physics expert.
        train: both modalities, name -> (N, ...).
        clusters: C.
        seed: of the mixture's starts, the weights and the order.
        preset: "fast" or "paper".
        **options: fields of `fplib.config.Crossmodal`, such as `epochs`.

    Returns:
        The trained network; its classes are cluster ids.

    Raises:
        ValueError: the curve has no expert.
    """
    from fplib.training.initialization import physics_start

    if curve.expert is None:
        raise ValueError(
            f"curve {curve.name!r}: expected a physics expert, received None. Without one there is "
            "no mixture of experts to cluster by."
        )
    start = physics_start(train, [curve], clusters, latent_dim=1, separation=1.0, seed=seed)
    network = Classifier(image, clusters, preset=preset, seed=seed)
    network.fit(train[image.name], start.responsibilities.argmax(axis=1), **options)
    return network


def _flat(name: str, values: ArrayLike) -> np.ndarray:
    """One row of numbers a specimen, (N, F) float64."""
    values = np.asarray(values, np.float64)
    if values.ndim < 2 or not np.isfinite(values).all():
        raise ValueError(
            f"data[{name!r}]: expected finite numbers of shape (N, ...), received {values.shape}. "
            "Drop specimens that lack a measurement."
        )
    return values.reshape(len(values), -1)
