"""An independent classifier of images, which says what class a generated image shows.

It is trained on labelled images and only ever scores; no model sees it or its labels. A decoder draws
what many images of a class have in common, which is softer than any one of them, so it also learns
from averages of images of one class: without them it reads soft threes as eights.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from sklearn.decomposition import PCA
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC

from fplib.data import mnist

if TYPE_CHECKING:
    from fplib.model import FingerprintModel

TOGETHER = (2, 3, 4, 6, 8, 16, 32, 64)  # images in an average, from hardly to entirely softened


def image_classifier(
    images: ArrayLike,
    labels: ArrayLike,
    *,
    components: int = 50,
    limit: int = 20_000,
    averages: int = 120,
    seed: int = 0,
) -> Pipeline:
    """A support-vector machine with a Gaussian kernel on principal components of the pixels.

    Args:
        images: grey values in [0, 1], (N, H, W).
        labels: classes, (N,).
        components: principal components kept, at most as many as pixels or images.
        limit: images used, chosen at random when there are more.
        averages: for each class and each of `TOGETHER`, how many averages of so many images of
            the class, drawn at random, it learns from beside them.
        seed: of the choice, of the averages and of the decomposition.

    Returns:
        A fitted scikit-learn pipeline: `predict(images)` gives classes, `score(images, labels)`
        the accuracy.

    Raises:
        ValueError: if there is not one label an image, or only one class.

    Reference:
        C. Cortes and V. Vapnik, Support-vector networks, Machine Learning 20, 1995.
    """
    images, labels = np.asarray(images, np.float32), np.asarray(labels)
    if images.ndim < 2 or labels.shape != images.shape[:1] or len(np.unique(labels)) < 2:
        raise ValueError(
            "images, labels: expected images (N, H, W) with one label each, of at least two "
            f"classes, received shapes {images.shape} and {labels.shape}."
        )
    rng = np.random.default_rng([seed, 51])
    rows = rng.permutation(len(images))[:limit]
    images, labels = _flat(images[rows]), labels[rows]
    kept = min(components, len(rows), int(np.prod(images.shape[1:])))
    # C and gamma are customary values for these features; nothing was tuned on what is judged
    classifier = make_pipeline(
        FunctionTransformer(_flat),
        PCA(kept, random_state=seed),
        SVC(C=8.0, gamma="scale"),
    )
    soft, theirs = _averages(images, labels, averages, rng)
    return classifier.fit(np.concatenate([images, soft]), np.concatenate([labels, theirs]))


def _averages(
    images: np.ndarray, labels: np.ndarray, n: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Averages of images drawn from one class, (M, pixels), and the classes, (M,)."""
    classes = [c for c in np.unique(labels) for _ in range(n * len(TOGETHER))]
    rows = {c: np.flatnonzero(labels == c) for c in np.unique(labels)}
    sizes = np.resize(TOGETHER, len(classes))
    drawn = [rng.choice(rows[c], size) for c, size in zip(classes, sizes, strict=True)]
    soft = [images[rows_].mean(axis=0) for rows_ in drawn]
    return np.reshape(soft, (-1, images.shape[1])), np.asarray(classes, labels.dtype)


@functools.cache
def judge(digits: int) -> Pipeline:
    """The classifier that names decoded digits, taught by labelled training digits of MNIST.

    Args:
        digits: how many of them.
    """
    train = mnist(digits=digits).train
    return image_classifier(train["image"], np.asarray(train.labels))


def seen(model: FingerprintModel, z: np.ndarray, digits: int) -> np.ndarray:
    """The digit that the judge sees in what a model decodes at latent points.

    Args:
        model: trained, with a modality "image".
        z: latent points, (..., L).
        digits: of the judge.

    Returns:
        Digits, (...).
    """
    image = model.decode(z.reshape(-1, model.latent_dim))["image"]
    return judge(digits).predict(image).reshape(z.shape[:-1])


def _flat(images: ArrayLike) -> np.ndarray:
    images = np.asarray(images, np.float32)
    return images.reshape(len(images), -1)
