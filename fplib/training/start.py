"""Where joint training begins: variables of the model brought to a start that no label has seen."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from fplib.config import Curve, Training
from fplib.core import Core
from fplib.training.initialization import Start, physics_start


def initialise(core: Core, arrays: Mapping[str, np.ndarray], config: Training) -> Start | None:
    """Go to a label-free starting point.

    Args:
        core: changed in place.
        arrays: training data, modality name -> (N, ...).
        config: `start` chooses between physics and chance.

    Returns:
        The start, or None for a random one.
    """
    for name, modality in core.modalities.items():
        black_box = modality.expert is None  # its likelihood too is in standard units
        if isinstance(modality, Curve) and (config.start == "physics" or black_box):
            kind = np.float64 if black_box else None
            moments = (f(arrays[name], dtype=kind) for f in (np.mean, np.std))
            core.scaling[name].assign([*moments])
    if config.start == "random":
        _random_start(core, arrays)
        return None
    start = physics_start(
        arrays,
        list(core.modalities.values()),
        core.clusters,
        core.latent_dim,
        config.separation,
        core.seed,
        separation_of=config.separation_of,
    )
    core.means.assign(start.means)
    core.log_variances.assign(tf.zeros_like(core.log_variances))
    weights = np.maximum(start.responsibilities.mean(axis=0), 1e-6)
    core.logits.assign(np.log(weights / weights.sum()))
    for name in core.scientific:
        core.expert_parameters[name].assign(start.expert_parameters[name])
        if config.expert_variance != "fixed":
            core.expert_log_variance[name].assign(np.log(start.expert_variance[name]))
    return start


def _random_start(core: Core, arrays: Mapping[str, np.ndarray]) -> None:
    """Centres from N(0, 1), widths C^(-1/L), experts near the fit to all data: as the release."""
    rng = np.random.default_rng([core.seed, 3])
    core.means.assign(rng.standard_normal(core.means.shape))
    core.log_variances.assign(
        np.full(core.means.shape, -2 / core.latent_dim * np.log(core.clusters))
    )
    core.logits.assign(np.zeros(core.clusters))
    for name, modality in core.scientific.items():
        everything = arrays[name].astype(np.float64).mean(axis=0, keepdims=True)
        theta = modality.expert.least_squares(np.asarray(modality.t), everything)
        spread = 1 + 0.02 * rng.standard_normal((core.clusters, theta.shape[1]))
        core.expert_parameters[name].assign(theta * spread)
        core.expert_log_variance[name].assign(tf.zeros_like(core.expert_log_variance[name]))
