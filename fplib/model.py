"""`FingerprintModel`: the parameters of PIMA and what can be inferred with them.

Letters: N specimens, D modalities, L latent dimensions, C clusters, T points on a curve.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from fplib import archive, arrays, experts, networks
from fplib.config import PRESETS, Architecture, Curve, Image, Preset, override
from fplib.elbo import elbo, elbo_terms
from fplib.gaussians import DiagonalGaussian, product_of_experts, sample
from fplib.mixture import GaussianMixture, log_responsibilities, mean_field_log_responsibilities
from fplib.validation import choice, natural


class FingerprintModel:
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
        self.history_: list[dict] = []
        # one block of a thousand seeds a network, one a layer
        self.encoders = {
            n: self._encoder(m, 1000 * (1 + i)) for i, (n, m) in enumerate(self.modalities.items())
        }
        self.decoders = {
            n: networks.decoder(
                m, self.latent_dim, self.architecture, 1_000_000 * self.seed + 1000 * (101 + i)
            )
            for i, (n, m) in enumerate(self.modalities.items())
            if m.expert is None
        }
        self.unimodal: dict[str, tf.keras.Model] = {}
        self._graphs: dict = {}  # compiled inference, by what it computes
        self.logits = tf.Variable(tf.zeros([clusters]), name="logits")
        self.means = tf.Variable(tf.zeros([clusters, latent_dim]), name="means")
        self.log_variances = tf.Variable(tf.zeros([clusters, latent_dim]), name="log_variances")
        self.scientific = {n: m for n, m in self.modalities.items() if m.expert is not None}
        self.expert_parameters = {
            n: tf.Variable(
                tf.ones([clusters, len(m.expert.parameter_names)]), name=f"parameters_{n}"
            )
            for n, m in self.scientific.items()
        }
        self.expert_log_variance = {
            n: tf.Variable(tf.zeros([clusters]), name=f"noise_{n}") for n in self.scientific
        }
        # curve encoders see (x - offset) / scale, with limits of the training data; the likelihood
        # sees raw units
        self.scaling = {n: tf.Variable([0.0, 1.0], name=f"scaling_{n}") for n in self.modalities}
        self.residual_variance = {n: tf.Variable(1.0, name=f"residual_{n}") for n in self.decoders}

    # -- the generative and the inference model, on tensors
    # ---------------------------------------------------------

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

    # -- what a user asks, on arrays
    # --------------------------------------------------------------------------------

    def fit(
        self, train, validation=None, *, checkpoint=None, progress=None, callback=None, **options
    ) -> list[dict]:
        """Train the joint model (stage one); see `fplib.training.fit` for the options and the history."""
        from fplib import training

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
        """Train the unimodal encoders (stage two); see `fplib.crossmodal.fit`."""
        from fplib import crossmodal

        config = override(self.preset.crossmodal, **options)
        return crossmodal.fit(self, train, config, checkpoint=checkpoint, progress=progress)

    def posterior(self, data: Mapping[str, np.ndarray]) -> DiagonalGaussian:
        """q(Z|X) from any non-empty subset of the modalities.

        One modality alone goes through its second-stage encoder once `fit_crossmodal` has run.
        Several are fused by the product of experts of stage one.

        Args:
            data: modality name -> array, (N, ...).

        Returns:
            Mean and log-variance as arrays, (N, L).
        """
        alone = len(data) == 1 and len(self.modalities) > 1 and next(iter(data)) in self.unimodal

        def function(batch):
            return product_of_experts(list(self.encode(batch, unimodal=alone).values()))

        return DiagonalGaussian(*self.evaluate(("posterior", alone), function, self._checked(data)))

    def transform(self, data: Mapping[str, np.ndarray]) -> np.ndarray:
        """Latent means, (N, L), from any subset of the modalities."""
        return self.posterior(data).mean

    def responsibilities(
        self, data: Mapping[str, np.ndarray], method: str = "mean_field"
    ) -> np.ndarray:
        """q(c|X), (N, C), from any subset of the modalities.

        Args:
            data: modality name -> array, (N, ...).
            method: "mean_field" also weighs the physics of the given scientific modalities;
                "from_z" is the paper's p(c|Z), equation (15), at the posterior mean.
        """
        choice("method", method, ("mean_field", "from_z"))
        data = self._checked(data)
        posterior = self.posterior(data)

        def function(batch):
            q = DiagonalGaussian(batch["mean"], batch["log_variance"])
            return tf.exp(self.log_assignment(q, self.expert_log_likelihoods(batch), method))

        return self.evaluate(
            ("responsibilities", method), function, {**data, **posterior._asdict()}
        )

    def predict(self, data: Mapping[str, np.ndarray], method: str = "mean_field") -> np.ndarray:
        """Most probable cluster of each specimen, (N,), from any subset of the modalities."""
        return self.responsibilities(data, method).argmax(axis=1)

    def infer(
        self, data: Mapping[str, np.ndarray], modality: str, samples: int = 32, seed: int = 0
    ) -> tuple[np.ndarray, np.ndarray]:
        """Predictive mean and variance of one modality given others, the cross-modal inference of
        the paper.

        An expert modality is a mixture of experts, equations (12) and (13), weighted by q(c|X). A
        black-box modality is decoded at samples of q(Z|X); its variance adds the mean squared
        residual on the training data.

        Args:
            data: the measured modalities, name -> (N, ...).
            modality: name of the wanted one.
            samples: of Z, for a black-box modality.
            seed: of those samples.

        Returns:
            Mean and variance, each (N, ...), in the modality's unit and its square.
        """
        choice("modality", modality, tuple(self.modalities))
        if modality in self.scientific:
            gamma = tf.constant(self.responsibilities(data))
            moments = experts.mixture_moments(
                gamma, self.expert_curves(modality), self.expert_log_variance[modality]
            )
            return moments[0].numpy(), moments[1].numpy()
        q = self.posterior(data)
        deviation = np.exp(0.5 * q.log_variance)
        rng = np.random.default_rng(seed)
        mean, square = 0.0, 0.0
        for _ in range(samples):  # running moments: all samples would not fit for many specimens
            z = q.mean + deviation * rng.standard_normal(q.mean.shape, np.float32)
            x = self.decode(z)[modality]
            mean, square = mean + x / samples, square + np.square(x) / samples
        spread = np.maximum(square - np.square(mean), 0.0)
        return mean, spread + self.residual_variance[modality].numpy()

    def decode(self, z: np.ndarray) -> dict[str, np.ndarray]:
        """Mean of every modality at latent points (N, L); an expert modality is averaged over p(c|Z)."""

        def function(batch):
            decoded = {n: network(batch["z"]) for n, network in self.decoders.items()}
            gamma = tf.exp(log_responsibilities(batch["z"], self.mixture))
            return decoded | {n: tf.matmul(gamma, self.expert_curves(n)) for n in self.scientific}

        return self.evaluate("decode", function, {"z": np.asarray(z, np.float32)})

    def generate(
        self, cluster: int, n: int = 16, seed: int = 0, noise: bool = True
    ) -> dict[str, np.ndarray]:
        """Draw specimens of one cluster: Z ~ N(mu_c, sigma_c^2), then every modality.

        Args:
            cluster: c.
            n: how many.
            seed: of the draws.
            noise: add the expert's observation noise to its curve.

        Returns:
            Modality name -> (n, ...); the latent points under "z".
        """
        if not 0 <= cluster < self.clusters:
            raise ValueError(f"cluster must lie in 0 … {self.clusters - 1}; received {cluster!r}.")
        rng = np.random.default_rng([seed, cluster])
        deviation = np.exp(0.5 * self.log_variances.numpy()[cluster])
        z = self.means.numpy()[cluster] + deviation * rng.standard_normal((n, self.latent_dim))
        drawn = self.decode(z)
        for name in self.scientific:
            sigma = np.exp(0.5 * self.expert_log_variance[name].numpy()[cluster]) if noise else 0.0
            curve = self.expert_curves(name).numpy()[cluster]
            drawn[name] = (curve + sigma * rng.standard_normal((n, len(curve)))).astype(np.float32)
        return drawn | {"z": z.astype(np.float32)}

    def elbo(
        self, data: Mapping[str, np.ndarray], method: str = "mean_field", seed: int = 0
    ) -> dict[str, np.ndarray]:
        """Named terms of the bound for each specimen, all modalities present, one sample of Z each.

        Returns:
            Term -> (N,) in nats, see `fplib.elbo.elbo_terms`, and their sum under "elbo".
        """
        data = self._checked(data)
        missing = set(self.modalities) - set(data)
        if missing:
            raise ValueError(
                f"The bound needs every modality; missing: {', '.join(sorted(missing))}."
            )
        n = len(next(iter(data.values())))
        noise = np.random.default_rng(seed).standard_normal((n, self.latent_dim)).astype(np.float32)

        def function(batch):
            batch = dict(batch)
            draw = batch.pop("noise")
            terms = self.terms(batch, draw, method)
            return terms | {"elbo": elbo(terms)}

        return self.evaluate(("elbo", method), function, data | {"noise": noise})

    def score(self, data: Mapping[str, np.ndarray], method: str = "mean_field") -> float:
        """Mean bound on log p(X_1, ..., X_D), in nats a specimen; higher is better."""
        return float(self.elbo(data, method)["elbo"].mean())

    def terms(
        self,
        batch: Mapping[str, tf.Tensor],
        noise: tf.Tensor,
        method: str,
        *,
        present: tf.Tensor | None = None,
        held: tuple[tf.Tensor, tf.Tensor] | None = None,
        training: bool = False,
    ) -> dict[str, tf.Tensor]:
        """Named ELBO terms of a batch of tensors: what training differentiates.

        Args:
            batch: every modality, name -> (N, ...).
            noise: standard normal, (N, L).
            method: how q(c|X) is formed, "mean_field" or "from_z".
            present: which modalities the encoder sees, (D, N); the bound is always over all of
                them.
            held: a flag (), and the log q(c|X), (N, C), to use instead while the flag is set.
            training: as in `encode`.

        Returns:
            Term -> (N,).
        """
        posterior = product_of_experts(list(self.encode(batch, training).values()), present)
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

    def evaluate(self, key, function, data: Mapping[str, np.ndarray]):
        """Apply a function of a batch to whole arrays; its graph is kept by `key` and names."""
        key = (key, tuple(data))
        if key not in self._graphs:
            self._graphs[key] = arrays.compile(function, data)
        return arrays.batches(self._graphs[key], data)

    def forget_unimodal(self) -> None:
        """Drop the second-stage encoders: the joint model they imitate is about to change."""
        self.unimodal = {}
        self._graphs = {}

    # -- storage
    # ----------------------------------------------------------------------------------------------------

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
        return networks.encoder(
            modality, self.latent_dim, self.architecture, 1_000_000 * self.seed + offset
        )

    def _checked(self, data: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        return arrays.check_data(data, self.modalities)


def load(path: str | Path) -> FingerprintModel:
    """Open a model written by `FingerprintModel.save`.

    Raises:
        ValueError: the file is not such an archive, is damaged, or names an unknown expert.
    """
    return archive.load(path)
