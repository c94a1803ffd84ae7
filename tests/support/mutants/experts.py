"""Wrong curves and wrong fits."""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import scipy.optimize
import tensorflow as tf

from fplib import experts

MUTANTS: dict[str, dict[str, Callable]] = {}


class ProportionalThroughMeans(experts.Proportional):
    """Slope from the means of curve and abscissa."""

    def least_squares(self, t, curves):
        return curves.mean(axis=1, keepdims=True) / t.mean()


class ProportionalWithConstant(experts.Proportional):
    """A curve that does not vanish at the origin."""

    def predict(self, t, parameters):
        return parameters[:, 0:1] * (t + 1)


class AffineExchanged(experts.Affine):
    """Intercept and slope in the other order."""

    def predict(self, t, parameters):
        return parameters[:, 1:2] + parameters[:, 0:1] * t


class AffineThroughEnds(experts.Affine):
    """A line through the first and the last point."""

    def least_squares(self, t, curves):
        slope = (curves[:, -1] - curves[:, 0]) / (t[-1] - t[0])
        return np.stack([curves[:, 0] - slope * t[0], slope], axis=1)


class HardeningDiscontinuous(experts.LinearHardening):
    """Beyond the knee s + h t instead of s + h (t - e)."""

    def predict(self, t, parameters):
        strain, hardening = parameters[:, 0:1], parameters[:, 2:3]
        right = experts.LinearHardening.predict(self, t, parameters)
        if isinstance(right, np.ndarray):
            return right + np.where(t > strain, hardening * strain, 0.0)
        return right + tf.where(t > strain, hardening * strain, tf.zeros_like(right))


class HardeningOfModulus(experts.LinearHardening):
    """The yield stress taken for the elastic modulus."""

    def predict(self, t, parameters):
        columns = [parameters[:, 0:1], parameters[:, 0:1] * parameters[:, 1:2], parameters[:, 2:3]]
        join = np.concatenate if isinstance(parameters, np.ndarray) else tf.concat
        return experts.LinearHardening.predict(self, t, join(columns, 1))


class HardeningThroughNumPy(experts.LinearHardening):
    """The knee of a Keras variable is a NumPy array, through which no derivative passes."""

    def predict(self, t, parameters):
        right = experts.LinearHardening.predict(self, t, parameters)
        if isinstance(parameters, keras.Variable):
            strain, stress, hardening = (parameters[:, i : i + 1] for i in range(3))
            below, above = np.minimum(t, strain), np.maximum(t - strain, 0.0)
            return stress / strain * below + hardening * above
        return right


def fit_for_knee(t: np.ndarray, curve: np.ndarray, knee: float) -> tuple[float, ...]:
    """Squared error and parameters of the best curve with a given knee."""
    design = np.stack([np.minimum(t, knee), np.maximum(t - knee, 0)], axis=1)
    elastic, hardening = np.linalg.lstsq(design, curve, rcond=None)[0]
    error = np.sum((design @ [elastic, hardening] - curve) ** 2)
    return float(error), knee, elastic * knee, hardening


class HardeningOnGrid(experts.LinearHardening):
    """Knees on grid points only."""

    def least_squares(self, t, curves):
        return np.array([min(fit_for_knee(t, x, knee) for knee in t[1:-1])[1:] for x in curves])


class HardeningLocal(experts.LinearHardening):
    """A search beside the best grid point, where the best knee of all need not be."""

    def least_squares(self, t, curves):
        fits = []
        for curve in curves:
            best = np.argmin([fit_for_knee(t, curve, knee)[0] for knee in t[1:-1]])
            bounds = t[max(best, 1)], t[min(best + 2, len(t) - 2)]
            search = scipy.optimize.minimize_scalar(
                lambda knee, curve=curve: fit_for_knee(t, curve, knee)[0],
                bounds=bounds,
                options={"xatol": 1e-10},
            )
            fits.append(fit_for_knee(t, curve, search.x)[1:])
        return np.array(fits)


for _kind in (ProportionalThroughMeans, ProportionalWithConstant):
    MUTANTS.setdefault("Proportional", {})[_kind.__doc__.rstrip(".")] = _kind
for _kind in (AffineExchanged, AffineThroughEnds):
    MUTANTS.setdefault("Affine", {})[_kind.__doc__.rstrip(".")] = _kind
for _kind in (
    HardeningDiscontinuous,
    HardeningOfModulus,
    HardeningThroughNumPy,
    HardeningOnGrid,
    HardeningLocal,
):
    MUTANTS.setdefault("LinearHardening", {})[_kind.__doc__.rstrip(".")] = _kind
