"""An expert tried on three clusters before anything is trained: what it gives, and what it must."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from fplib.experts.base import Expert

RULE = (
    "predict(t, parameters) takes t, (T,), and parameters, (C, P), as NumPy arrays or as tensors, "
    "and returns the curves, (C, T)"
)


def check(expert: Expert, t: ArrayLike) -> None:
    """Try an expert on three clusters, so that a slip is named before anything is trained.

    Args:
        expert: of any class.
        t: independent variable, (T,).

    Raises:
        ValueError: what `predict` or the start of the fit gives, and what it must.
    """
    names = expert.parameter_names
    named = isinstance(names, tuple) and all(isinstance(n, str) for n in names)
    if not named or not names or len(set(names)) < len(names):
        raise ValueError(
            f"{expert!r}: parameter_names must be a tuple of one or more different names; "
            f"received {names!r}."
        )
    t, theta = np.asarray(t, np.float64), trial_parameters(expert, t)
    curves = _tried(expert, "predict on NumPy arrays", len(t), expert.predict, t, theta)
    finite = np.isfinite(curves).all(axis=1)
    own = {
        n for n in ("least_squares", "guess") if getattr(type(expert), n) is not getattr(Expert, n)
    }
    if not own and not finite[0]:
        raise ValueError(
            f"{expert!r}: the fit starts from ones, where its curve is not finite. Define "
            "guess(t, curves) so that it returns a start inside the domain, (C, P)."
        )
    if own and finite.any():  # curves that the law can make, so its own fit must cope with them
        name = "least_squares" if "least_squares" in own else "guess"
        start = getattr(expert, name)
        targets = np.repeat(curves[finite][-1:], 3, axis=0)
        theta = _tried(expert, f"{name} on its own curves", len(names), start, t, targets)
        curves = _tried(expert, "predict at its own start", len(t), expert.predict, t, theta)
        finite = np.isfinite(curves).all(axis=1)
        if not finite.all():
            raise ValueError(
                f"{expert!r}: the curve at the start {theta[0].tolist()} that {name} "
                "gives is not finite."
            )
    graph = tf.function(lambda p: expert.predict(tf.constant(t, tf.float32), p))
    single = tf.constant(theta, tf.float32)
    tensors = _tried(
        expert,
        "predict on tensors (write it with operators and TensorFlow functions, such as tf.exp)",
        len(t),
        lambda: graph.get_concrete_function(tf.TensorSpec(theta.shape, tf.float32))(single),
    )
    compared = finite & (np.isfinite(tensors).all(axis=1) | bool(own))
    error, size = np.abs(tensors[compared] - curves[compared]), np.abs(curves[compared])
    if not (error <= 1e-2 * size.max(axis=1, keepdims=True, initial=1e-30)).all():
        raise ValueError(
            f"{expert!r}: predict gives other curves for float32 tensors than for NumPy arrays; "
            f"{RULE}."
        )


def trial_parameters(expert: Expert, t: ArrayLike) -> np.ndarray:
    """Three rows of parameters: ones, where fits start, and others that tell parameters apart, (3, P)."""
    graded = 1 + 0.1 * np.arange(len(expert.parameter_names))
    return np.stack([np.ones_like(graded), np.abs(t).max() / 2 * graded, graded])


def digest(expert: Expert, t: ArrayLike) -> str:
    """A few letters that differ when the curves of a class differ, to be kept beside its name."""
    with np.errstate(all="ignore"):
        curves = np.asarray(expert.predict(np.asarray(t), trial_parameters(expert, t)), np.float64)
    curves = np.nan_to_num(curves, posinf=0, neginf=0)
    size = np.abs(curves).max() or 1.0
    rounded = np.round(curves / size, 6) + 0.0  # no negative zeros
    return hashlib.sha256(rounded.tobytes() + f"{size:.5e}".encode()).hexdigest()[:12]


def _tried(expert: Expert, what: str, width: int, function: Callable, *given: Any) -> np.ndarray:
    """The result of a function of an expert as an array (3, width), or an error that says what it must be."""
    try:
        with np.errstate(all="ignore"):
            result = np.asarray(function(*given))
    except Exception as error:
        said = str(error).splitlines()[0] if str(error) else ""
        raise ValueError(
            f"{expert!r}: {what} failed ({type(error).__name__}: {said}); {RULE}."
        ) from error
    if result.dtype.kind not in "fiu" or result.shape != (3, width):
        found = f"{result.dtype} of shape {result.shape}" if result.dtype != object else "no array"
        raise ValueError(
            f"{expert!r}: {what} gave {found} for 3 clusters, where shape (3, {width}) is due; "
            f"{RULE}."
        )
    return result
