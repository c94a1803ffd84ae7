"""Physics decoders: laws E(t; theta_c) of a curve, one set of parameters a cluster."""

from fplib.experts.base import (
    Affine,
    Expert,
    Proportional,
    from_config,
    log_likelihood,
    mixture_moments,
    noise_variance,
    register,
    weighted_least_squares,
)
from fplib.experts.hardening import LinearHardening, RoundedHardening, ScaledHardening
from fplib.experts.whitening import Standardised, effective_points, parameter_directions

__all__ = [
    "Affine",
    "Expert",
    "LinearHardening",
    "Proportional",
    "RoundedHardening",
    "ScaledHardening",
    "Standardised",
    "effective_points",
    "from_config",
    "log_likelihood",
    "mixture_moments",
    "noise_variance",
    "parameter_directions",
    "register",
    "weighted_least_squares",
]
