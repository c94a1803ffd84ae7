"""`FingerprintModel`: the parameters of PIMA and what can be inferred with them.

Letters: N specimens, D modalities, L latent dimensions, C clusters, T points on a curve.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import tensorflow as tf

from fplib import archive, experts, networks
from fplib.checks import choice, natural
from fplib.config import PRESETS, Architecture, Curve, Image, Preset, override
from fplib.elbo import elbo_terms
from fplib.gaussians import DiagonalGaussian, product_of_experts, sample
from fplib.inference import Inference
from fplib.mixture import GaussianMixture, log_responsibilities, mean_field_log_responsibilities


class FingerprintModel(Inference):
    """Clusters shared by several kinds of measurement of the same specimens.

    Args:
        modalities: D >= 1 of `fplib.Image` and `fplib.Curve`, in any mix.
        clusters: C, the number of fingerprints.
        latent_dim: L.
        preset: "fast", "paper", or an `fplib.config.Preset`.
        architecture: replaces the preset's networks.
        seed: feeds every random number of initialisation and training.

    Attributes:
        history_: one dictionary an epoch, filled by `fit`.
        mixture: the prior, a `GaussianMixture`.
    """

    def __init__(
        self,
        modalities: Sequence[Image | Curve],
        clusters: int,
        latent_dim: int = 3,
        preset: str | Preset = "fast",
        architecture: Architecture | None = None,
        seed: int = 0,
    ) -> None:
        self.modalities = {m.name: m for m in modalities}
        if not modalities or len(self.modalities) != len(modalities):
            names = [m.name for m in modalities]
            raise ValueError(
                f"modalities must hold at least one, with different names; received names {names!r}."
            )
        if isinstance(preset, str):
            preset = PRESETS[choice("preset", preset, tuple(PRESETS))]
        self.preset = preset
        self.architecture = architecture or preset.architecture
        self.clusters = natural("clusters", clusters)
        self.latent_dim = natural("latent_dim", latent_dim)
        self.seed = natural("seed", seed, least=0)
        self.scientific = {n: m for n, m in self.modalities.items() if m.expert is not None}
        self.reset()

    # -- the generative and the inference model, on tensors --

    @property
    def mixture(self) -> GaussianMixture:
        """The prior p(c) p(Z|c): log-weights (C,), means and log-variances (C, L)."""
        return GaussianMixture(tf.nn.log_softmax(self.logits), self.means, self.log_variances)

    def expert_curves(self, name: str) -> tf.Tensor:
        """E(t; theta_c) of one scientific modality, (C, T), in its unit."""
        modality = self.scientific[name]
        return modality.expert.predict(
            tf.constant(modality.t, tf.float32), self.expert_parameters[name]
        )

    def encode(
        self, batch: Mapping[str, tf.Tensor], training: bool = False, unimodal: bool = False
    ) -> dict[str, DiagonalGaussian]:
        """q(Z_i|X_i) of each given modality, equation (4) of the paper.

        Args:
            batch: modality name -> tensor, (N, ...).
            training: whether batch normalisation uses (and updates by) the batch.
            unimodal: use the second-stage encoders.

        Returns:
            Modality name -> Gaussian, (N, L).
        """
        encoders = self.unimodal if unimodal else self.encoders
        return {name: self.gaussian(encoders[name], name, x, training) for name, x in batch.items()}

    def fused_posterior(
        self, batch: Mapping[str, tf.Tensor], alone: int = 0, training: bool = False
    ) -> DiagonalGaussian:
        """q(Z|X), equation (5) of the paper, some specimens being seen through one modality only.

        The first `alone` specimens are encoded from the first modality, the next from the second,
        and so on; all others from every modality. What is not seen is not computed.

        Args:
            batch: every modality, name -> tensor, (N, ...).
            alone: for each of the D modalities, D alone <= N.
            training: as in `encode`.

        Returns:
            One Gaussian a specimen, (N, L).
        """
        rest = alone * len(batch)
        seen = {
            name: tf.concat([x[i * alone : (i + 1) * alone], x[rest:]], axis=0) if alone else x
            for i, (name, x) in enumerate(batch.items())
        }
        encoded = list(self.encode(seen, training).values())
        parts = [DiagonalGaussian(q.mean[:alone], q.log_variance[:alone]) for q in encoded]
        parts.append(
            product_of_experts(
                [DiagonalGaussian(q.mean[alone:], q.log_variance[alone:]) for q in encoded]
            )
        )
        return DiagonalGaussian(*(tf.concat(values, axis=0) for values in zip(*parts, strict=True)))

    def gaussian(
        self, network: tf.keras.Model, name: str, x: tf.Tensor, training: bool
    ) -> DiagonalGaussian:
        """The Gaussian that one encoder network emits for x, (N, L)."""
        offset, scale = tf.unstack(self.scaling[name])
        mean, log_variance = tf.split(network((x - offset) / scale, training=training), 2, axis=-1)
        bound = self.architecture.log_variance_bound
        return DiagonalGaussian(
            mean, log_variance if bound is None else bound * tf.tanh(log_variance / bound)
        )

    def expert_log_likelihoods(self, batch: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        """log p(X_i|c) of each given scientific modality, name -> (N, C)."""
        return {
            n: experts.log_likelihood(batch[n], self.expert_curves(n), self.expert_log_variance[n])
            for n in self.scientific
            if n in batch
        }

    def log_assignment(
        self,
        posterior: DiagonalGaussian,
        likelihoods: Mapping[str, tf.Tensor],
        method: str,
        z: tf.Tensor | None = None,
    ) -> tf.Tensor:
        """log q(c|X), (N, C): exact mean field, or the paper's p(c|Z) at z (at the posterior mean when z is None)."""
        if method == "from_z":
            return log_responsibilities(posterior.mean if z is None else z, self.mixture)
        evidence = tf.add_n(list(likelihoods.values())) if likelihoods else None
        return mean_field_log_responsibilities(posterior, self.mixture, evidence)

    # -- what a user asks, on arrays --

    def fit(
        self, train, validation=None, *, checkpoint=None, progress=None, callback=None, **options
    ) -> list[dict]:
        """Train the joint model (stage one); see `fplib.training.joint.fit` for the options and the history."""
        from fplib.training import joint as training

        config = override(self.preset.training, **options)
        return training.fit(
            self,
            train,
            validation,
            config,
            checkpoint=checkpoint,
            progress=progress,
            callback=callback,
        )

    def fit_crossmodal(self, train, *, checkpoint=None, progress=None, **options) -> list[dict]:
        """Train the unimodal encoders (stage two); see `fplib.training.unimodal.fit`."""
        from fplib.training import unimodal as crossmodal

        config = override(self.preset.crossmodal, **options)
        return crossmodal.fit(self, train, config, checkpoint=checkpoint, progress=progress)

    # -- the bound --

    def terms(
        self,
        batch: Mapping[str, tf.Tensor],
        noise: tf.Tensor,
        method: str,
        *,
        alone: int = 0,
        held: tuple[tf.Tensor, tf.Tensor] | None = None,
        training: bool = False,
    ) -> dict[str, tf.Tensor]:
        """Named ELBO terms of a batch of tensors: what training differentiates.

        Args:
            batch: every modality, name -> (N, ...).
            noise: standard normal, (N, L).
            method: how q(c|X) is formed, "mean_field" or "from_z".
            alone: how many specimens the encoders see through each modality alone, see
                `fused_posterior`; the bound is always over all modalities.
            held: a flag (), and the log q(c|X), (N, C), to use instead while the flag is set.
            training: as in `encode`.

        Returns:
            Term -> (N,).
        """
        posterior = self.fused_posterior(batch, alone, training)
        z = sample(posterior, noise)
        likelihoods = self.expert_log_likelihoods(batch)
        log_gamma = self.log_assignment(posterior, likelihoods, method, z)
        if method == "mean_field":  # the maximiser of the bound: its derivative contributes nothing
            log_gamma = tf.stop_gradient(log_gamma)
        if held is not None:
            log_gamma = tf.where(held[0], held[1], log_gamma)
        decoded = {
            n: (batch[n], network(z, training=training)) for n, network in self.decoders.items()
        }
        return elbo_terms(decoded, likelihoods, posterior, self.mixture, log_gamma)

    def forget_unimodal(self) -> None:
        """Drop the second-stage encoders, for others to take their place."""
        self.unimodal = {}
        self._graphs = {}

    def reset(self) -> None:
        """Forget everything learned: fresh networks from the same seeds, no history."""
        self.history_ = []
        self._graphs = {}  # compiled inference, by what it computes
        self.unimodal: dict[str, tf.keras.Model] = {}
        # one block of a thousand seeds a network, one a layer
        names = enumerate(self.modalities.items())
        self.encoders = {n: self._encoder(m, 1000 * (1 + i)) for i, (n, m) in names}
        names = enumerate(self.modalities.items())
        self.decoders = {
            n: networks.decoder(m, self.latent_dim, self.architecture, self._seed(1000 * (101 + i)))
            for i, (n, m) in names
            if m.expert is None
        }
        shape = [self.clusters, self.latent_dim]
        self.logits = tf.Variable(tf.zeros([self.clusters]), name="logits")
        self.means = tf.Variable(tf.zeros(shape), name="means")
        self.log_variances = tf.Variable(tf.zeros(shape), name="log_variances")
        self.expert_parameters = {
            n: tf.Variable(tf.ones([self.clusters, len(m.expert.parameter_names)]))
            for n, m in self.scientific.items()
        }
        self.expert_log_variance = {
            n: tf.Variable(tf.zeros([self.clusters])) for n in self.scientific
        }
        # encoders see (x - offset) / scale, with limits of the training data; likelihoods raw units
        self.scaling = {n: tf.Variable([0.0, 1.0]) for n in self.modalities}
        self.residual_variance = {n: tf.Variable(1.0) for n in self.decoders}

    # -- storage --

    def save(self, path: str | Path) -> Path:
        """Write everything learned to one file (a zip of JSON and plain arrays; written whole or not at all)."""
        return archive.save(self, path)

    def variables(self) -> dict[str, tf.Variable]:
        """Every array of the model by a stable name."""
        found = {"logits": self.logits, "means": self.means, "log_variances": self.log_variances}
        for group in ("expert_parameters", "expert_log_variance", "scaling", "residual_variance"):
            found |= {f"{group}/{n}": v for n, v in getattr(self, group).items()}
        for group in ("encoders", "decoders", "unimodal"):
            for n, network in getattr(self, group).items():
                found |= {f"{group}/{n}/{i}": w for i, w in enumerate(network.weights)}
        return found

    def add_unimodal(self, name: str) -> None:
        """Create the second-stage encoder of one modality, with fresh weights."""
        self._graphs = {}
        self.unimodal[name] = self._encoder(
            self.modalities[name], 1000 * (201 + list(self.modalities).index(name))
        )

    def _encoder(self, modality: Image | Curve, offset: int) -> tf.keras.Model:
        return networks.encoder(modality, self.latent_dim, self.architecture, self._seed(offset))

    def _seed(self, offset: int) -> int:
        return 1_000_000 * self.seed + offset


def load(path: str | Path) -> FingerprintModel:
    """Open a model written by `FingerprintModel.save`.

    Raises:
        ValueError: the file is not such an archive, is damaged, or names an unknown expert.
    """
    return archive.load(path)
