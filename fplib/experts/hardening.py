"""Experts for compression curves: linear hardening, the same law in scaled units, and with its edges
rounded.

A machine measures more than its specimen: platens seat themselves before they press (the toe), and
a lattice yields strut by strut rather than at once (the rounded knee).
"""

from __future__ import annotations

import itertools

import numpy as np
import scipy.optimize
import tensorflow as tf

from fplib.checks import positive
from fplib.experts.base import Expert, register


@register
class LinearHardening(Expert):
    """Elastic line up to a yield point, then linear hardening: the lattice expert of the paper.

    E(t) = (s / e) t for t < e and s + h (t - e) beyond, with yield strain e, yield stress s and
    hardening modulus h; the elastic modulus is s / e.

    Reference: Jones, "Deformation theory of plasticity", 2009.
    """

    parameter_names = ("yield_strain", "yield_stress", "hardening_modulus")

    def predict(self, t, parameters):
        """Two-piece linear curves, continuous at the knee, (C, T)."""
        strain, stress, hardening = parameters[:, 0:1], parameters[:, 1:2], parameters[:, 2:3]
        if isinstance(strain, np.ndarray):
            below, above = np.minimum(t, strain), np.maximum(t - strain, 0.0)
        else:
            below, above = tf.minimum(t, strain), tf.nn.relu(t - strain)
        return stress / strain * below + hardening * above

    def least_squares(self, t: np.ndarray, curves: np.ndarray) -> np.ndarray:
        """The exact minimum over yield strains from the first positive point to the last but one.

        While the knee moves between two neighbouring points of t, the points on either side of it
        stay the same, so the best fit there is a line through the origin at the left and a free
        line at the right, provided that they cross between the two points. Otherwise the best knee
        is one of the points, where the moduli solve 2 x 2 normal equations.
        """
        knees = t[(t > 0) & (t < t[-1])]
        misfit, fits = np.full(len(curves), np.inf), np.zeros((len(curves), 3))

        def consider(knee, elastic, hardening, allowed) -> None:
            fit = np.stack([knee, elastic * knee, hardening], axis=1)  # (C, 3)
            fit[~allowed] = 1.0
            new = np.where(allowed, np.sum((self.predict(t, fit) - curves) ** 2, axis=1), np.inf)
            fits[new < misfit] = fit[new < misfit]
            np.minimum(misfit, new, out=misfit)

        for knee in knees:
            design = np.stack([np.minimum(t, knee), np.maximum(t - knee, 0.0)], axis=1)
            elastic, hardening = np.linalg.lstsq(design, curves.T, rcond=None)[0]
            consider(np.full(len(curves), knee), elastic, hardening, np.full(len(curves), True))
        for low, high in itertools.pairwise(knees):
            left = t <= low
            elastic = curves[:, left] @ t[left] / (t[left] @ t[left])
            design = np.stack([np.ones(np.sum(~left)), t[~left]], axis=1)
            offset, hardening = np.linalg.lstsq(design, curves[:, ~left].T, rcond=None)[0]
            bend = elastic - hardening
            knee = np.divide(offset, bend, out=np.zeros_like(bend), where=bend != 0)
            consider(knee, elastic, hardening, (low < knee) & (knee < high))
        return fits


@register
class ScaledHardening(LinearHardening):
    """Linear hardening of curves that were divided by limits, with the way back to physical units.

    The model sees t = strain / `strain` and X = stress / `stress`. The limits are settings of the
    expert, so they are saved with the model and come back with it.

    Args:
        strain: strain that became 1.
        stress: stress that became 1, MPa; take it from training data only.

    Raises:
        ValueError: a limit is not a positive number.
    """

    units = ("strain", "stress", "modulus")  # of the parameters

    def __init__(self, strain: float = 1.0, stress: float = 1.0) -> None:
        self.strain, self.stress = positive("strain", strain), positive("stress", stress)

    def to_config(self) -> dict:
        """Name and limits."""
        return super().to_config() | {"strain": self.strain, "stress": self.stress}

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
        found = {
            name: values[..., i] * size[unit]
            for i, (name, unit) in enumerate(zip(self.parameter_names, self.units, strict=True))
        }
        return {"modulus": found["yield_stress"] / found["yield_strain"]} | found


@register
class RoundedHardening(ScaledHardening):
    """Linear hardening behind a toe and with a rounded knee; sharp edges are its limit.

    The strain that reaches the specimen lags behind the machine's by the toe d, x = t - d + d
    exp(-t / d). The slope passes from the elastic modulus k = s / e to the hardening modulus h
    over a width w about the yield strain e: E = k x - (k - h) w [ln(1 + exp((x - e) / w)) - ln(1 +
    exp(-e / w))].
    """

    parameter_names = (*LinearHardening.parameter_names, "toe", "rounding")
    units = (*ScaledHardening.units, "strain", "strain")

    def predict(self, t, parameters):
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

    def least_squares(self, t: np.ndarray, curves: np.ndarray) -> np.ndarray:
        """Trust-region least squares from `guess`, one curve at a time; all but h stay positive."""
        least = 1e-3 * np.min(np.diff(t))
        low = np.array([t[t > 0][0], -np.inf, -np.inf, least, least])
        high = np.array([t[-1], np.inf, np.inf, t[-1], t[-1]])

        def residual(theta: np.ndarray, curve: np.ndarray) -> np.ndarray:
            return self.predict(t, theta[np.newaxis])[0] - curve

        return np.stack(
            [
                scipy.optimize.least_squares(
                    residual,
                    np.clip(start, low, high),
                    bounds=(low, high),
                    x_scale="jac",
                    args=(c,),
                ).x
                for start, c in zip(self.guess(t, curves), curves, strict=True)
            ]
        )
