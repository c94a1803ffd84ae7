"""The network of our encoders, told the answers: a supervised classifier to compare with.

Letters: N specimens, K classes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from fplib.checks import choice, natural

if TYPE_CHECKING:
    import tensorflow as tf
    from numpy.typing import ArrayLike

    from fplib.config import Curve, Image


class Classifier:
    """A supervised network: the trunk of our image or curve encoder with a softmax head.

    It is trained exactly as a unimodal encoder is, with the labels in place of the joint
    posterior, and shows what the same network reaches when it is told the answers.

    Args:
        modality: `fplib.Image` or `fplib.Curve`.
        classes: K.
        preset: "fast" or "paper".
        seed: of weights, order and shifts.

    Attributes:
        history_: one dictionary an epoch: `epoch`, `cross_entropy` (nats a specimen).
    """

    def __init__(
        self, modality: Image | Curve, classes: int = 10, *, preset: str = "fast", seed: int = 0
    ) -> None:
        import keras

        from fplib import networks
        from fplib.config import PRESETS

        self.modality = modality
        self.classes = natural("classes", classes)
        self.seed = natural("seed", seed, least=0)
        self.preset = PRESETS[choice("preset", preset, tuple(PRESETS))]
        self.history_: list[dict] = []
        self._graph: Callable | None = None  # compiled on first use
        trunk = networks.encoder(modality, 1, self.preset.architecture, 1_000_000 * seed)
        initial = keras.initializers.GlorotUniform(seed=1_000_000 * seed + 999)
        head = keras.layers.Dense(self.classes, kernel_initializer=initial)
        self.network = keras.Model(trunk.inputs, head(trunk.layers[-2].output))

    def fit(self, x: ArrayLike, labels: ArrayLike, **options: Any) -> list[dict]:
        """Minimise the cross-entropy; a second call goes on from the weights of the first.

        Args:
            x: measurements, (N, ...).
            labels: classes 0 … K − 1, (N,).
            **options: fields of `fplib.config.Crossmodal`: `epochs`, `learning_rate`, `shift` …

        Returns:
            The history.

        Raises:
            ValueError: labels that do not fit x, or lie outside 0 … K − 1.
        """
        import tensorflow as tf

        from fplib.arrays import as_tensor
        from fplib.config import Image, override
        from fplib.training.augmentation import random_shift
        from fplib.training.loop import Descent

        config = override(self.preset.crossmodal, **options)
        inputs = self._checked(x)
        labels = np.asarray(labels)
        whole = labels.dtype.kind in "iu" and labels.shape == inputs.shape[:1]
        if not whole or labels.min() < 0 or labels.max() >= self.classes:
            raise ValueError(
                f"labels: expected {len(inputs)} whole numbers in 0 … {self.classes - 1}, received "
                f"shape {labels.shape}, {labels.dtype}. Number the classes from zero."
            )
        shift = config.shift if isinstance(self.modality, Image) else 0

        def terms(batch: Mapping, seed: tf.Tensor) -> dict[str, tf.Tensor]:
            x, wanted = batch["x"], batch["class"]
            if shift:
                x = random_shift(x, shift, seed)
            scores = self.network(x, training=True)
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=wanted, logits=scores)
            return {"cross_entropy": loss}

        descent = Descent(
            terms,
            ["cross_entropy"],
            self.network.trainable_variables,
            {"x": as_tensor(inputs), "class": tf.constant(labels, tf.int32)},
            config,
            seed=(self.seed, 41),
        )
        done = len(self.history_)
        for epoch in range(config.epochs):
            self.history_.append({"epoch": done + epoch + 1, **descent.epoch(epoch)})
        return self.history_

    def probabilities(self, x: ArrayLike) -> np.ndarray:
        """p(class|x), (N, K)."""
        import tensorflow as tf

        from fplib import arrays

        data = {"x": self._checked(x)}

        def function(batch: dict[str, tf.Tensor]) -> tf.Tensor:
            return tf.nn.softmax(self.network(batch["x"], training=False))

        if self._graph is None:
            self._graph = arrays.compile(function, data)
        return arrays.batches(self._graph, data)

    def predict(self, x: ArrayLike) -> np.ndarray:
        """Most probable class of each specimen, (N,)."""
        return self.probabilities(x).argmax(axis=1)

    def _checked(self, x: ArrayLike) -> np.ndarray:
        from fplib.arrays import check_data

        name = self.modality.name
        return check_data({name: x}, {name: self.modality})[name]
