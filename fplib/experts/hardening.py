"""Experts for compression curves: linear hardening, the same law in scaled units, and with its edges
rounded.

A machine measures more than its specimen: platens seat themselves before they press (the toe), and
a lattice yields strut by strut rather than at once (the rounded knee).
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from fplib.checks import choice, positive
from fplib.experts.base import Array, Expert
from fplib.experts.knees import search

UNITS = {
    "yield_strain": "strain",
    "yield_stress": "stress",
    "hardening_modulus": "modulus",
    "toe": "strain",
    "offset": "stress",
    "rounding": "strain",
}


class LinearHardening(Expert):
    """Elastic line up to a yield point, then linear hardening: the lattice expert of the paper.

    E(t) = (s / e) t for t < e and s + h (t - e) beyond, with yield strain e, yield stress s and
    hardening modulus h; the elastic modulus is s / e. Strain and stress count from where the
    specimen starts to carry: with a toe d, t becomes max(t - d, 0); with an offset o, E becomes
    o + E.

    Args:
        toe: whether the machine may have to travel first (slack, a loading train that seats itself).
        offset: whether the curve may start at a stress (preload, a load cell that is not at zero).

    Reference: Jones, "Deformation theory of plasticity", 2009.
    """

    parameter_names: tuple[str, ...] = ("yield_strain", "yield_stress", "hardening_modulus")
    advice = "Try toe=True for slack or seating, offset=True for a preload, or RoundedHardening."

    def __init__(self, toe: bool = False, offset: bool = False) -> None:
        self.toe, self.offset = (
            choice("toe", toe, (False, True)),
            choice("offset", offset, (False, True)),
        )
        extra = [name for name in ("toe", "offset") if getattr(self, name)]
        self.parameter_names = (*LinearHardening.parameter_names, *extra)

    def predict(self, t: Array, parameters: Array) -> Array:
        """Piecewise linear curves, continuous at the knee, (C, T)."""
        strain, stress, hardening, *extra = (
            parameters[:, i : i + 1] for i in range(len(self.parameter_names))
        )
        arrays = isinstance(strain, np.ndarray)
        least, most = (np.minimum, np.maximum) if arrays else (tf.minimum, tf.maximum)
        x = most(t - extra[0], 0.0) if self.toe else t
        curves = stress / strain * least(x, strain) + hardening * most(x - strain, 0.0)
        return curves + extra[-1] if self.offset else curves

    def least_squares(
        self, t: np.ndarray, curves: np.ndarray, weights: np.ndarray | None = None
    ) -> np.ndarray:
        """The exact minimum over toes from zero and knees from the first positive point to the last but one."""
        toe, knee, slope, beyond, level = search(t, curves, weights, self.toe, self.offset).T
        fits = [knee - toe, slope * (knee - toe), beyond, toe, level]
        kept = [True, True, True, self.toe, self.offset]
        return np.stack([f for f, keep in zip(fits, kept, strict=True) if keep], axis=1)


class ScaledHardening(LinearHardening):
    """Linear hardening of curves that were divided by limits, with the way back to physical units.

    The model sees t = strain / `strain` and X = stress / `stress`. The limits are settings of the
    expert, so they are saved with the model and come back with it.

    Args:
        strain: strain that became 1.
        stress: stress that became 1, MPa; take it from training data only.
        toe, offset: as in `LinearHardening`.

    Raises:
        ValueError: a limit is not a positive number.
    """

    def __init__(
        self, strain: float = 1.0, stress: float = 1.0, toe: bool = False, offset: bool = False
    ) -> None:
        super().__init__(toe, offset)
        self.strain, self.stress = positive("strain", strain), positive("stress", stress)

    def physical(self, parameters: np.ndarray) -> dict[str, np.ndarray]:
        """Parameters in MPa and strain, with the elastic modulus that they imply.

        Args:
            parameters: scaled, (..., P), in the order of `parameter_names`.

        Returns:
            "modulus" and every parameter by name, each (...,).
        """
        size = {
            "strain": self.strain,
            "stress": self.stress,
            "modulus": self.stress / self.strain,
        }
        values = np.asarray(parameters, np.float64)
        found = {n: values[..., i] * size[UNITS[n]] for i, n in enumerate(self.parameter_names)}
        return {"modulus": found["yield_stress"] / found["yield_strain"]} | found


class RoundedHardening(ScaledHardening):
    """Linear hardening behind a toe and with a rounded knee; sharp edges are its limit.

    The strain that reaches the specimen lags behind the machine's by the toe d, x = t - d + d
    exp(-t / d). The slope passes from the elastic modulus k = s / e to the hardening modulus h
    over a width w about the yield strain e: E = k x - (k - h) w [ln(1 + exp((x - e) / w)) - ln(1 +
    exp(-e / w))].
    """

    parameter_names = (*LinearHardening.parameter_names, "toe", "rounding")
    advice = Expert.advice

    def __init__(self, strain: float = 1.0, stress: float = 1.0) -> None:
        super().__init__(strain, stress)
        self.parameter_names = RoundedHardening.parameter_names

    def predict(self, t: Array, parameters: Array) -> Array:
        """Curves through the origin with two straight parts, (C, T)."""
        if isinstance(parameters, np.ndarray):
            exp, softplus = np.exp, lambda x: np.logaddexp(0.0, x)
        else:
            exp, softplus = tf.exp, tf.nn.softplus
        e, s, h, d, w = (parameters[:, i : i + 1] for i in range(5))
        x = t - d + d * exp(-t / d)
        bend = w * (softplus((x - e) / w) - softplus(-e / w))
        return s / e * x - (s / e - h) * bend

    def guess(self, t: np.ndarray, curves: np.ndarray) -> np.ndarray:
        """The sharp fit, which is too soft, with a little toe and rounding."""
        sharp = LinearHardening().least_squares(t, curves)
        return np.concatenate([sharp, 0.1 * sharp[:, :1], 0.1 * sharp[:, :1]], axis=1)

    def bounds(self, t: np.ndarray) -> tuple:
        """All but s and h stay positive."""
        least = 1e-3 * np.min(np.diff(t))
        low = np.array([t[t > 0][0], -np.inf, -np.inf, least, least])
        return low, np.array([t[-1], np.inf, np.inf, t[-1], t[-1]])

    def least_squares(
        self, t: np.ndarray, curves: np.ndarray, weights: np.ndarray | None = None
    ) -> np.ndarray:
        """Trust-region least squares from `guess`, one curve at a time."""
        return Expert.least_squares(self, t, curves, weights)
