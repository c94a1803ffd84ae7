"""Experts for compression curves: linear hardening in scaled units, and the same law with its edges
rounded.

A machine measures more than its specimen: platens seat themselves before they press (the toe), and
a lattice yields strut by strut rather than at once (the rounded knee).
"""

from __future__ import annotations

import numpy as np
import scipy.optimize
import tensorflow as tf

from fplib.experts import LinearHardening, register
from fplib.validation import positive


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
