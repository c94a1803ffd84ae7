"""An independent classifier of images, which says what class a generated image shows.

It is trained on labelled images and only ever scores; no model sees it or its labels.
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


def image_classifier(
    images: ArrayLike,
    labels: ArrayLike,
    *,
    components: int = 50,
    limit: int = 20_000,
    seed: int = 0,
) -> Pipeline:
    """A support-vector machine with a Gaussian kernel on principal components of the pixels.

    Args:
        images: grey values in [0, 1], (N, H, W).
        labels: classes, (N,).
        components: principal components kept, at most as many as pixels or images.
        limit: images used, chosen at random when there are more.
        seed: of the choice and of the decomposition.

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
    rows = np.random.default_rng([seed, 51]).permutation(len(images))[:limit]
    kept = min(components, len(rows), int(np.prod(images.shape[1:])))
    # C and gamma are customary values for these features; nothing was tuned on what is judged
    classifier = make_pipeline(
        FunctionTransformer(_flat),
        PCA(kept, random_state=seed),
        SVC(C=8.0, gamma="scale"),
    )
    return classifier.fit(images[rows], labels[rows])


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
