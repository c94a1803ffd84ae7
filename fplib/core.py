"""The tensor-level model: variables, encoders, assignments, and the terms of the bound.

Letters: N specimens, D modalities, L latent dimensions, C clusters, T points on a curve.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated as Float
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from fplib import experts, networks, runtime
from fplib.checks import choice, natural
from fplib.config import PRESETS, Architecture, Curve, Image, Preset
from fplib.elbo import elbo_terms
from fplib.gaussians import DiagonalGaussian, product_of_experts, sample
from fplib.mixture import GaussianMixture, log_responsibilities, mean_field_log_responsibilities
from fplib.shapes import shaped

Batch = Mapping[str, Float[tf.Tensor, "N ..."]]  # some specimens by modality, in their units
BY_MODALITY = "expert_parameters expert_log_variance decoder_log_variance scaling residual_variance"


class Core:
    """Variables of PIMA and what is computed with them on tensors; see `fplib.FingerprintModel`."""

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
        curves = {n: m for n, m in self.modalities.items() if isinstance(m, Curve)}
        self.scientific = {n: m for n, m in curves.items() if m.expert is not None}
        runtime.start()
        for modality in self.scientific.values():
            experts.check(modality.expert, modality.t)
        self.reset()

    # -- variables --

    def reset(self) -> None:
        """Forget everything learned: fresh networks from the same seeds, no history."""
        runtime.forget_kernels()
        self.history_: list[dict] = []
        self.unimodal_history_: list[dict] = []
        self.seconds_: dict[str, float] = {}
        self.forget_unimodal()
        self.encoders, self.decoders = {}, {}
        for i, (n, m) in enumerate(self.modalities.items()):
            self.encoders[n] = self._network(networks.encoder, n, 1 + i)
            if m.expert is None:
                self.decoders[n] = self._network(networks.decoder, n, 101 + i)
        shape = [self.clusters, self.latent_dim]
        self.logits = tf.Variable(tf.zeros([self.clusters]), name="logits")
        self.means = tf.Variable(tf.zeros(shape), name="means")
        self.log_variances = tf.Variable(tf.zeros(shape), name="log_variances")
        self.expert_parameters, self.expert_log_variance = {}, {}
        for n, m in self.scientific.items():
            points = m.shape if m.noise == "per_point" else ()
            theta = tf.ones([self.clusters, len(m.expert.parameter_names)])
            self.expert_parameters[n] = tf.Variable(theta)
            self.expert_log_variance[n] = tf.Variable(tf.zeros([self.clusters, *points]))
        # networks see and decode curves as (x - offset) / scale, by the mean and standard deviation
        # of the training data; experts and likelihoods are in the unit of the data
        self.scaling = {n: tf.Variable([0.0, 1.0]) for n in self.modalities}
        self.decoder_log_variance = {n: tf.Variable(0.0) for n in self.decoders}
        self.residual_variance = {n: tf.Variable(1.0) for n in self.decoders}

    def forget_unimodal(self) -> None:
        """Drop the unimodal encoders, for others to take their place."""
        self.unimodal: dict[str, keras.Model] = {}
        self.graphs: dict[Any, Callable] = {}  # compiled questions, see `fplib.inference`

    def add_unimodal(self, name: str) -> None:
        """Create the unimodal encoder of one modality, with fresh weights."""
        self.graphs = {}
        block = 201 + list(self.modalities).index(name)
        self.unimodal[name] = self._network(networks.encoder, name, block)

    def variables(self) -> dict[str, tf.Variable]:
        """Every array of the model by a stable name."""
        found = {"logits": self.logits, "means": self.means, "log_variances": self.log_variances}
        for group in BY_MODALITY.split():
            found |= {f"{group}/{n}": v for n, v in getattr(self, group).items()}
        for group in ("encoders", "decoders", "unimodal"):
            for n, network in getattr(self, group).items():
                found |= {f"{group}/{n}/{i}": w for i, w in enumerate(network.weights)}
        return found

    def state(self) -> dict[str, np.ndarray]:
        """A copy of every array, name -> array."""
        return {name: np.asarray(variable.numpy()) for name, variable in self.variables().items()}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Put arrays from `state` back, all or none.

        Raises:
            ValueError: an array is missing or has another shape.
        """
        variables = self.variables()
        for name, variable in variables.items():
            wanted, found = tuple(variable.shape), getattr(state.get(name), "shape", "nothing")
            if found != wanted:
                raise ValueError(
                    f"Array {name!r}: the model needs shape {wanted}, the file has {found}."
                )
        for name, variable in variables.items():
            variable.assign(state[name])

    def _network(self, build: Callable, name: str, block: int) -> keras.Model:
        """A network with seeds of its own: a thousand of them a block, one a layer."""
        seed = 1_000_000 * self.seed + 1000 * block
        return build(self.modalities[name], self.latent_dim, self.architecture, seed)

    # -- the generative and the inference model --

    @property
    def mixture(self) -> GaussianMixture:
        """The prior p(c) p(Z|c): log-weights (C,), means and log-variances (C, L)."""
        return GaussianMixture(tf.nn.log_softmax(self.logits), self.means, self.log_variances)

    @shaped
    def expert_curves(self, name: str) -> Float[tf.Tensor, "C T"]:
        """E(t; theta_c) of one scientific modality, (C, T), in its unit."""
        t, expert = self.scientific[name].t, self.scientific[name].expert
        return expert.predict(tf.constant(t, tf.float32), self.expert_parameters[name])

    @shaped
    def encode(
        self, batch: Batch, training: bool = False, use_unimodal: bool = False
    ) -> dict[str, Float[DiagonalGaussian, "N L"]]:
        """q(Z_i|X_i) of each given modality, equation (4) of the paper.

        Args:
            batch: modality name -> tensor, (N, ...), in the modality's unit.
            training: whether batch normalisation uses (and updates by) the batch.
            use_unimodal: use the unimodal encoders.

        Returns:
            Modality name -> Gaussian, (N, L).
        """
        encoders = self.unimodal if use_unimodal else self.encoders
        return {name: self.gaussian(encoders[name], name, x, training) for name, x in batch.items()}

    @shaped
    def fused_posterior(
        self, batch: Batch, n_unimodal: int = 0, training: bool = False
    ) -> Float[DiagonalGaussian, "N L"]:
        """q(Z|X), equation (5) of the paper, some specimens being seen through one modality only.

        Args:
            batch: every modality, name -> tensor, (N, ...).
            n_unimodal: so many specimens are encoded from the first modality alone, as many more
                from the second, and so on, all others from every modality; D n_unimodal <= N.
            training: as in `encode`.

        Returns:
            One Gaussian a specimen, (N, L).
        """
        n, rest = n_unimodal, n_unimodal * len(batch)
        seen = {
            name: tf.concat([x[i * n : (i + 1) * n], x[rest:]], axis=0) if n else x
            for i, (name, x) in enumerate(batch.items())
        }
        encoded = list(self.encode(seen, training).values())
        parts = [DiagonalGaussian(q.mean[:n], q.log_variance[:n]) for q in encoded]
        parts.append(
            product_of_experts([DiagonalGaussian(q.mean[n:], q.log_variance[n:]) for q in encoded])
        )
        return DiagonalGaussian(*(tf.concat(values, axis=0) for values in zip(*parts, strict=True)))

    @shaped
    def gaussian(
        self, network: keras.Model, name: str, x: Float[tf.Tensor, "N ..."], training: bool
    ) -> Float[DiagonalGaussian, "N L"]:
        """The Gaussian that one encoder network emits for x, (N, L)."""
        x = self.standardised(name, x)
        mean, log_variance = tf.split(network(x, training=training), 2, axis=-1)
        bound = self.architecture.log_variance_bound
        return DiagonalGaussian(
            mean, log_variance if bound is None else bound * tf.tanh(log_variance / bound)
        )

    @shaped
    def standardised(
        self, name: str, x: Float[tf.Tensor, "N *measurement"]
    ) -> Float[tf.Tensor, "N *measurement"]:
        """Data as networks see them, (N, ...): images as they are, curves in standard units."""
        if isinstance(self.modalities[name], Image):
            return x
        offset, scale = tf.unstack(self.scaling[name])
        return (x - offset) / scale

    @shaped
    def decoded(self, name: str, z: Float[tf.Tensor, "N L"]) -> Float[tf.Tensor, "N ..."]:
        """Mean of p(X_i|Z) of one black-box modality, (N, ...), in its unit."""
        x = self.decoders[name](z)
        if isinstance(self.modalities[name], Image):
            return x
        offset, scale = tf.unstack(self.scaling[name])
        return offset + scale * x

    @shaped
    def expert_log_likelihoods(self, batch: Batch) -> dict[str, Float[tf.Tensor, "N C"]]:
        """log p(X_i|c) of each given scientific modality, name -> (N, C), in nats."""
        return {
            n: experts.log_likelihood(batch[n], self.expert_curves(n), self.expert_log_variance[n])
            for n in self.scientific
            if n in batch
        }

    @shaped
    def log_assignment(
        self,
        posterior: Float[DiagonalGaussian, "N L"],
        likelihoods: Mapping[str, Float[tf.Tensor, "N C"]],
        assignment: str,
        z: Float[tf.Tensor, "N L"] | None = None,
    ) -> Float[tf.Tensor, "N C"]:
        """log q(c|X), (N, C).

        Args:
            posterior: q(Z|X), (N, L).
            likelihoods: from `expert_log_likelihoods`.
            assignment: "mean_field", the exact optimum that does not depend on Z; "from_z", the
                paper's p(c|Z); "structured", p(c|Z, X_S), the exact optimum that does.
            z: where the last two are taken, (N, L); the posterior mean when it is None.
        """
        evidence = tf.add_n(list(likelihoods.values())) if likelihoods else None
        if assignment == "mean_field":
            return mean_field_log_responsibilities(posterior, self.mixture, evidence)
        z = posterior.mean if z is None else z
        return log_responsibilities(z, self.mixture, None if assignment == "from_z" else evidence)

    @shaped
    def terms(
        self,
        batch: Batch,
        noise: Float[tf.Tensor, "N L"],
        assignment: str,
        *,
        n_unimodal: int = 0,
        frozen: tuple[tf.Tensor | tf.Variable, Float[tf.Tensor, "N C"]] | None = None,
        training: bool = False,
    ) -> dict[str, Float[tf.Tensor, "N"]]:
        """Named ELBO terms of a batch of tensors: what training differentiates.

        Args:
            batch: every modality, name -> (N, ...).
            noise: standard normal, (N, L).
            assignment: how q(c|X) is formed, "mean_field", "from_z" or "structured".
            n_unimodal: how many specimens the encoders see through each modality alone, see
                `fused_posterior`; the bound is always over all modalities.
            frozen: a flag (), and the log q(c|X), (N, C), to use instead while the flag is set.
            training: as in `encode`.

        Returns:
            Term -> (N,), in nats.
        """
        posterior = self.fused_posterior(batch, n_unimodal, training)
        z = sample(posterior, noise)
        likelihoods = self.expert_log_likelihoods(batch)
        log_gamma = self.log_assignment(posterior, likelihoods, assignment, z)
        if assignment != "from_z":
            # a maximiser of the bound: its derivative contributes nothing
            log_gamma = tf.stop_gradient(log_gamma)
        if frozen is not None:
            log_gamma = tf.where(frozen[0], frozen[1], log_gamma)
        decoded = {
            n: (self.standardised(n, batch[n]), decoder(z, training=training))
            for n, decoder in self.decoders.items()
        }
        at, variances = z if assignment == "structured" else None, self.decoder_log_variance
        terms = elbo_terms(decoded, likelihoods, posterior, self.mixture, log_gamma, at, variances)
        for n in decoded:
            if isinstance(self.modalities[n], Curve):  # densities in the unit of the data
                points = self.modalities[n].shape[0]
                terms[f"reconstruction.{n}"] -= points * tf.math.log(self.scaling[n][1])
        return terms
