"""The trial of an expert before anything is trained: every slip is named, and what is right passes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf

from fplib.experts import (
    Affine,
    Expert,
    LinearHardening,
    Proportional,
    RoundedHardening,
    ScaledHardening,
    Standardised,
    check,
    digest,
)

T = np.linspace(0.0, 1.0, 20)


def expert(predict: Callable | None = None, *, fit=None, guess=None, names=("a", "b")) -> Expert:
    """An expert that a user might write."""
    methods = {"parameter_names": names, "predict": predict, "guess": guess, "least_squares": fit}
    return type("Mine", (Expert,), {k: v for k, v in methods.items() if v is not None})()


def line(self, t, p):
    return p[:, 0:1] + p[:, 1:2] * t


@pytest.mark.parametrize(
    "right",
    [
        Proportional(),
        Affine(),
        *(LinearHardening(toe, offset) for toe in (False, True) for offset in (False, True)),
        ScaledHardening(0.2, 50.0, toe=True),
        RoundedHardening(),
        Standardised(LinearHardening(), T, T[:, np.newaxis], 0.1),
        expert(line),
        expert(lambda self, t, p: p[:, 0:1] * tf.exp(-p[:, 1:2] * t)),
        expert(lambda self, t, p: p[:, 0:1] * t ** p[:, 1:2]),
    ],
    ids=repr,
)
@pytest.mark.parametrize("t", [T, 300 * T, 0.02 * T, T + 0.05])
def test_what_is_right_passes(right: Expert, t: np.ndarray) -> None:
    check(right, t)


def test_a_law_whose_start_is_known_may_have_any_domain() -> None:
    """log(a - 7) is no number at ones, which is nobody's start here."""
    check(
        expert(
            lambda self, t, p: tf.math.log(p[:, 0:1] - 7) + p[:, 1:2] * t,
            guess=lambda self, t, x: np.stack([7 + np.exp(x[:, 0]), x[:, -1] - x[:, 0]], axis=1),
        ),
        T,
    )


WRONG = {
    "forgotten return": (expert(lambda self, t, p: None), "NumPy arrays gave no array for 3"),
    "one curve": (expert(lambda self, t, p: p[0, 0] + p[0, 1] * t), r"gave .* of shape \(20,\)"),
    "one point": (expert(lambda self, t, p: p[:, 0:1]), r"gave .* of shape \(3, 1\) for 3"),
    "transposed": (
        expert(lambda self, t, p: (p[:, 0:1] + p[:, 1:2] * t).T),
        r"of shape \(20, 3\) for 3 clusters, where shape \(3, 20\) is due",
    ),
    "complex": (expert(lambda self, t, p: line(self, t, p) + 1j), "gave complex128 of shape"),
    "an exception": (
        expert(lambda self, t, p: p[:, 2:3] + p[:, "x"]),
        "predict on NumPy arrays failed .IndexError",
    ),
    "without predict": (expert(), "failed .NotImplementedError: Mine must define predict"),
    "NumPy functions": (
        expert(lambda self, t, p: p[:, 0:1] * np.exp(-p[:, 1:2] * t)),
        r"predict on tensors .*such as tf.exp.* failed .NotImplementedError",
    ),
    "NumPy in the middle": (
        expert(lambda self, t, p: p[:, 0:1] * np.asarray(t) + p[:, 1:2].numpy()),
        "failed .AttributeError",
    ),
    "two laws": (
        expert(lambda self, t, p: line(self, t, p) * (1 if isinstance(p, np.ndarray) else 1.5)),
        "predict gives other curves for float32 tensors than for NumPy arrays",
    ),
    "start outside the domain": (
        expert(lambda self, t, p: tf.math.log(p[:, 0:1] - 2) + p[:, 1:2] * t),
        "the fit starts from ones, where its curve is not finite. Define guess",
    ),
    "guess outside the domain": (
        expert(
            lambda self, t, p: tf.math.log(p[:, 0:1]) + p[:, 1:2] * t,
            guess=lambda self, t, x: -np.ones((len(x), 2)),
        ),
        r"the curve at the start \[-1.0, -1.0\] that guess gives is not finite",
    ),
    "guess of a wrong shape": (
        expert(line, guess=lambda self, t, x: np.ones(2)),
        r"guess on its own curves gave float64 of shape \(2,\)",
    ),
    "fit of a wrong shape": (
        expert(line, fit=lambda self, t, curves: np.ones((len(curves), 3))),
        r"least_squares on its own curves gave float64 of shape \(3, 3\)",
    ),
    "fit that fails": (
        expert(line, fit=lambda self, t, curves: np.linalg.inv(curves)),
        "least_squares on its own curves failed .LinAlgError",
    ),
    "names that are one text": (
        expert(line, names="ab"),
        "parameter_names must be a tuple .* 'ab'",
    ),
    "no names": (expert(line, names=()), r"parameter_names must be a tuple .* received \(\)"),
    "a name twice": (expert(line, names=("a", "a")), "different names"),
}


@pytest.mark.parametrize("name", list(WRONG))
def test_what_is_wrong_is_named(name: str) -> None:
    wrong, said = WRONG[name]
    with pytest.raises(ValueError, match=rf"^Mine\(\): .*{said}"):
        check(wrong, T)


@pytest.mark.parametrize("options", [{}, {"toe": True}, {"offset": True}])
@pytest.mark.parametrize("t", [-T[::-1], np.append(-T[:0:-1], [0, 0.1]), -1 - T[::-1]])
def test_strain_that_is_counted_negative_is_refused_with_the_sign(options, t) -> None:
    said = r"more points of t above zero; .* counted negative, pass -t\[::-1\] and -curves"
    with pytest.raises(ValueError, match=said):
        check(LinearHardening(**options), t)


def test_digest_tells_laws_apart_and_units_together() -> None:
    assert digest(Affine(), T) == digest(Affine(), T)
    assert len(digest(Affine(), T)) == 12
    others = [Proportional(), LinearHardening(), LinearHardening(toe=True), RoundedHardening()]
    other = expert(lambda self, t, p: p[:, 0:1] + p[:, 1:2] * t + 1e-3 * t**2)
    twice = expert(lambda self, t, p: 2 * line(self, t, p))
    assert len({digest(e, T) for e in [*others, Affine(), other, twice]}) == 7
    assert digest(Affine(), T) != digest(Affine(), 2 * T)
    undefined = expert(lambda self, t, p: np.log(p[:, 0:1] - 1.05) + p[:, 1:2] * t)
    assert digest(undefined, T) == digest(undefined, T)
