"""What a user asks of a trained model, on arrays: clusters, latent points, predictions, samples.

Letters: N specimens, L latent dimensions, C clusters, T points on a curve.
"""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral

import numpy as np
import tensorflow as tf

from fplib import arrays, experts
from fplib.checks import choice, natural
from fplib.elbo import elbo
from fplib.gaussians import DiagonalGaussian, product_of_experts
from fplib.mixture import log_responsibilities

# names that no modality can have, for arrays that travel beside the data
MEAN, LOG_VARIANCE, NOISE = "posterior.mean", "posterior.log_variance", "sample.noise"


class Inference:
    """The questions, answered through the tensors of `fplib.model.FingerprintModel`."""

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
            q = DiagonalGaussian(batch[MEAN], batch[LOG_VARIANCE])
            return tf.exp(self.log_assignment(q, self.expert_log_likelihoods(batch), method))

        return self.evaluate(
            ("responsibilities", method),
            function,
            data | {MEAN: posterior.mean, LOG_VARIANCE: posterior.log_variance},
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
        natural("samples", samples)
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

        z = np.asarray(z, np.float32)
        if z.ndim != 2 or z.shape[1] != self.latent_dim or not len(z):
            raise ValueError(
                f"z must have shape (N, {self.latent_dim}) with N >= 1; received {z.shape}."
            )
        return self.evaluate("decode", function, {"z": z})

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
        whole = isinstance(cluster, Integral) and not isinstance(cluster, bool)
        if not whole or not 0 <= cluster < self.clusters:
            raise ValueError(
                f"cluster must be a whole number in 0 … {self.clusters - 1}; received {cluster!r}."
            )
        natural("n", n)
        rng = np.random.default_rng([seed, cluster])
        deviation = np.exp(0.5 * self.log_variances.numpy()[cluster])
        z = self.means.numpy()[cluster] + deviation * rng.standard_normal((n, self.latent_dim))
        drawn = self.decode(z)
        for name in self.scientific:
            sigma = np.exp(0.5 * self.expert_log_variance[name].numpy()[cluster]) if noise else 0.0
            curve = self.expert_curves(name).numpy()[cluster]
            drawn[name] = (curve + sigma * rng.standard_normal((n, len(curve)))).astype(np.float32)
        return {"z": z.astype(np.float32)} | drawn

    def elbo(
        self, data: Mapping[str, np.ndarray], method: str = "mean_field", seed: int = 0
    ) -> dict[str, np.ndarray]:
        """Named terms of the bound for each specimen, all modalities present, one sample of Z each.

        Returns:
            Term -> (N,) in nats, see `fplib.elbo.elbo_terms`, and their sum under "elbo".
        """
        choice("method", method, ("mean_field", "from_z"))
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
            draw = batch.pop(NOISE)
            terms = self.terms(batch, draw, method)
            return terms | {"elbo": elbo(terms)}

        return self.evaluate(("elbo", method), function, data | {NOISE: noise})

    def score(self, data: Mapping[str, np.ndarray], method: str = "mean_field") -> float:
        """Mean bound on log p(X_1, ..., X_D), in nats a specimen; higher is better."""
        return float(self.elbo(data, method)["elbo"].mean())

    def evaluate(self, key, function, data: Mapping[str, np.ndarray]):
        """Apply a function of a batch to whole arrays; its graph is kept by `key` and names."""
        key = (key, tuple(data))
        if key not in self._graphs:
            self._graphs[key] = arrays.compile(function, data)
        return arrays.batches(self._graphs[key], data)

    def _checked(self, data: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        return arrays.check_data(data, self.modalities)
