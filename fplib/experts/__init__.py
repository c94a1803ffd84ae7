"""Physics decoders: laws E(t; theta_c) of a curve, one set of parameters a cluster."""

from fplib.experts.base import (
    Affine,
    Expert,
    Proportional,
    above,
    fit,
    log_likelihood,
    mixture_moments,
    noise_variance,
    weighted_least_squares,
)
from fplib.experts.hardening import LinearHardening, RoundedHardening, ScaledHardening
from fplib.experts.residuals import ResidualWarning, residuals
from fplib.experts.settings import from_config
from fplib.experts.trial import check, digest
from fplib.experts.whitening import Standardised, effective_points, parameter_directions

__all__ = [
    "Affine",
    "Expert",
    "LinearHardening",
    "Proportional",
    "ResidualWarning",
    "RoundedHardening",
    "ScaledHardening",
    "Standardised",
    "above",
    "check",
    "digest",
    "effective_points",
    "fit",
    "from_config",
    "log_likelihood",
    "mixture_moments",
    "noise_variance",
    "parameter_directions",
    "residuals",
    "weighted_least_squares",
]
