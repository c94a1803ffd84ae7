"""`FingerprintModel`: what a user builds, trains, asks, saves and opens.

Letters: N specimens, D modalities, L latent dimensions, C clusters, T points on a curve.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fplib import archive, inference
from fplib.config import override
from fplib.core import Core
from fplib.document import arguments, document, upgraded
from fplib.gaussians import DiagonalGaussian
from fplib.training import joint, unimodal


class FingerprintModel(Core):
    """Clusters shared by several kinds of measurement of the same specimens.

    Args:
        modalities: D >= 1 of `fplib.Image` and `fplib.Curve`, in any mix.
        clusters: C, the number of fingerprints.
        latent_dim: L.
        preset: "fast", "paper", or an `fplib.config.Preset`.
        architecture: replaces the preset's networks.
        seed: feeds every random number of initialisation and training.

    Attributes:
        history_: one dictionary an epoch of `fit`.
        unimodal_history_: one dictionary an epoch and modality of `fit_crossmodal`.
        seconds_: how long "joint" and "unimodal" training took, those before a resume included.
        mixture: the prior, a `fplib.mixture.GaussianMixture`.

    Raises:
        ValueError: an argument that is out of range, or modalities with equal names. Every
            question raises it for data that do not fit the model, and its subclass
            `NotFittedError` before `fit`.

    Example:
        >>> model = fplib.FingerprintModel(
        ...     [fplib.Image("image", (28, 28)), fplib.Curve("curve", t, fplib.experts.Proportional())],
        ...     clusters=10,
        ... )
        >>> model.fit(train, validation)
        >>> model.fit_crossmodal(train)
        >>> model.predict({"image": test["image"]})
    """

    def fit(
        self,
        train: Mapping[str, np.ndarray],
        validation: Mapping[str, np.ndarray] | None = None,
        *,
        checkpoint: str | Path | None = None,
        progress: bool | None = None,
        callback: Callable[[Any, dict], bool | None] | None = None,
        **options: Any,
    ) -> list[dict]:
        """Train the joint model from the start, Algorithm 1 of the paper; labels are never read.

        Args:
            train: modality name -> array, (N, ...), every modality present, each in its own unit
                (pixels in [0, 1]).
            validation: the same, of specimens that are only looked at.
            checkpoint: folder; state is written there after every epoch, and a killed fit that is
                called again continues from it to the same bits.
            progress: show a progress bar; None shows it on a terminal.
            callback: called with the model and the epoch's row of the history after every epoch;
                what it adds to the row is kept, and its time is not counted. Training ends when it
                returns True.
            **options: fields of `fplib.config.Training` that replace the preset's.

        Returns:
            `history_`: for each epoch `elbo` and every `term.<name>` (means over training, nats a
            specimen), `elbo.validation`, `occupancy` (C,) and `entropy` of q(c|X) on the validation
            data (training data without any), and `seconds` since the start.

        Raises:
            TypeError: an option that does not exist.
            ValueError: data that do not fit the model, or a checkpoint of another run.
            FloatingPointError: a term of the bound stopped being finite.

        Example:
            >>> history = model.fit(train, validation, epochs=10, checkpoint="runs/first")
        """
        config = override(self.preset.training, **options)
        keywords: dict[str, Any] = {"checkpoint": checkpoint, "progress": progress}
        joint.fit(self, train, validation, config, callback=callback, **keywords)
        return self.history_

    def fit_crossmodal(
        self,
        train: Mapping[str, np.ndarray],
        *,
        checkpoint: str | Path | None = None,
        progress: bool | None = None,
        **options: Any,
    ) -> list[dict]:
        """Train unimodal encoders: one a modality, which imitates the joint posterior.

        Args:
            train: as for `fit`.
            checkpoint: as for `fit`.
            progress: as for `fit`.
            **options: fields of `fplib.config.Crossmodal` that replace the preset's.

        Returns:
            `unimodal_history_`: `modality`, `epoch`, `kl` and `cluster_kl` (nats a specimen),
            `seconds` since the start.

        Raises:
            NotFittedError: before `fit`.
            TypeError, ValueError, FloatingPointError: as `fit`.
        """
        inference.require_fit(self, "fit_crossmodal")
        config = override(self.preset.crossmodal, **options)
        unimodal.fit(self, train, config, checkpoint=checkpoint, progress=progress)
        return self.unimodal_history_

    def posterior(self, data: Mapping[str, np.ndarray]) -> DiagonalGaussian:
        """q(Z|X) from any non-empty subset of the modalities.

        One modality alone goes through its unimodal encoder once `fit_crossmodal` has run. Several
        are fused by the product of experts, equation (8) of the paper.

        Args:
            data: modality name -> array, (N, ...), each in its own unit.

        Returns:
            Mean and log-variance as arrays, (N, L).
        """
        inference.require_fit(self, "posterior")
        return inference.posterior(self, data)

    def transform(self, data: Mapping[str, np.ndarray]) -> np.ndarray:
        """Latent means, (N, L): the mean of `posterior`, with the same arguments and errors."""
        inference.require_fit(self, "transform")
        return inference.posterior(self, data).mean

    def responsibilities(
        self, data: Mapping[str, np.ndarray], assignment: str = "mean_field"
    ) -> np.ndarray:
        """q(c|X) from any non-empty subset of the modalities.

        Args:
            data: modality name -> array, (N, ...), each in its own unit.
            assignment: "mean_field" also weighs the physics of the given scientific modalities;
                "from_z" is the paper's p(c|Z), equation (15), at the posterior mean; "structured"
                weighs the physics there too.

        Returns:
            Probabilities, (N, C).
        """
        inference.require_fit(self, "responsibilities")
        return inference.responsibilities(self, data, assignment)

    def predict(self, data: Mapping[str, np.ndarray], assignment: str = "mean_field") -> np.ndarray:
        """Most probable cluster of each specimen, (N,), from any non-empty subset of the modalities.

        Arguments and errors are those of `responsibilities`.

        Example:
            >>> model.predict({"image": test["image"]}, assignment="from_z")
        """
        inference.require_fit(self, "predict")
        return inference.responsibilities(self, data, assignment).argmax(axis=1)

    def infer(
        self, data: Mapping[str, np.ndarray], modality: str, samples: int = 32, seed: int = 0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Predictive mean and variance of one modality given others: cross-modal inference.

        An expert modality is a mixture of experts, equations (12) and (13), weighted by q(c|X). A
        black-box modality is decoded at samples of q(Z|X); its variance adds the mean squared
        residual on the training data.

        Args:
            data: the measured modalities, name -> (N, ...), each in its own unit.
            modality: name of the wanted one.
            samples: of Z, for a black-box modality.
            seed: of those samples.

        Returns:
            Mean and variance, each (N, ...), in the modality's unit and its square.

        Example:
            >>> mean, variance = model.infer({"image": test["image"]}, "curve")
        """
        inference.require_fit(self, "infer")
        return inference.infer(self, data, modality, samples, seed)

    def decode(self, z: np.ndarray) -> dict[str, np.ndarray]:
        """Mean of every modality at latent points; an expert modality is averaged over p(c|Z).

        Args:
            z: latent points, (N, L).

        Returns:
            Modality name -> array, (N, ...), in the modality's unit.
        """
        inference.require_fit(self, "decode")
        return inference.decode(self, z)

    def generate(
        self, cluster: int, n: int = 16, seed: int = 0, noise: bool = True
    ) -> dict[str, np.ndarray]:
        """Draw specimens of one cluster: Z ~ N(mu_c, sigma_c^2), then every modality.

        Args:
            cluster: c, from 0 to C - 1.
            n: how many.
            seed: of the draws.
            noise: add the expert's observation noise to its curve.

        Returns:
            Modality name -> (n, ...), in the modality's unit; the latent points under "z".
        """
        inference.require_fit(self, "generate")
        return inference.generate(self, cluster, n, seed, noise)

    def elbo(
        self, data: Mapping[str, np.ndarray], assignment: str = "mean_field", seed: int = 0
    ) -> dict[str, np.ndarray]:
        """Named terms of the bound on log p(X_1, ..., X_D), equation (14), one sample of Z each.

        Args:
            data: every modality, name -> (N, ...), each in its own unit.
            assignment: as for `responsibilities`.
            seed: of the samples.

        Returns:
            Term -> (N,) in nats, see `fplib.elbo.elbo_terms`, and their sum under "elbo".
        """
        inference.require_fit(self, "elbo")
        return inference.elbo(self, data, assignment, seed)

    def score(self, data: Mapping[str, np.ndarray], assignment: str = "mean_field") -> float:
        """Mean bound on log p(X_1, ..., X_D), in nats a specimen; higher is better. See `elbo`."""
        inference.require_fit(self, "score")
        return inference.score(self, data, assignment)

    def save(self, path: str | Path) -> Path:
        """Write everything learned to one file, whole or not at all; nothing in it is pickled.

        Args:
            path: of the file; by custom it ends in `.fpmodel.npz`.

        Returns:
            The path.

        Raises:
            NotFittedError: before `fit`.
            ValueError: an expert that `load` could not build again.
        """
        inference.require_fit(self, "save")
        return archive.write(path, document(self), self.state())


def load(path: str | Path) -> FingerprintModel:
    """Open a model written by `FingerprintModel.save`, of this version or an earlier one.

    Args:
        path: of the file.

    Returns:
        The model; it answers and continues as the saved one.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not such an archive, is damaged, or names an unknown expert.
    """
    meta, arrays = archive.read(path, "Save the model again, or get another copy of the file.")
    if meta.get("kind") != "model":
        raise ValueError(f"{path} holds a {meta.get('kind')}, not a model.")
    try:
        model = FingerprintModel(**arguments(meta))
        for name in meta["unimodal"]:
            model.add_unimodal(name)
        model.restore(upgraded(meta, arrays))
        model.history_ = meta["history"]
        model.unimodal_history_ = meta.get("unimodal_history", [])
        model.seconds_ = meta.get("seconds", {})
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} does not describe a model: {error}") from error
    return model
