"""No result depends on the unit of a curve: the same data in twenty orders of magnitude."""

from __future__ import annotations

import functools

import numpy as np
import pytest
import tensorflow as tf

import fplib as fp
from fplib import metrics
from fplib.bayes import bayes_cluster
from fplib.config import Curve
from fplib.experts import LinearHardening
from tests.support.fits import SMALL, fitted
from tests.support.models import CURVE, FREE_CURVE, IMAGE, T, copy, eagerly, tiny
from tests.support.tolerances import assert_close

CURVES = {
    "black box": FREE_CURVE,
    "line": CURVE,
    "hardening": Curve("curve", T, LinearHardening(offset=True)),
    "noise at each point": Curve("curve", T, CURVE.expert, "per_point"),
}
CARRIERS = {  # arrays in the unit of the curve, or of its square, or logarithms of such
    "scaling/curve": 1,
    "residual_variance/curve": 2,
    "expert_parameters/curve": 1,
    "expert_log_variance/curve": 0,
}


def in_unit(scale: float) -> dict[str, np.ndarray]:
    """The small data with curves in another unit."""
    return {"image": SMALL["image"], "curve": SMALL["curve"] * np.float32(scale)}


@functools.cache
def trained(kind: str, scale: float = 1.0) -> fp.FingerprintModel:
    """A short fit."""
    return fitted(in_unit(scale), tiny([IMAGE, CURVES[kind]]), epochs=3, batch_size=20)


def numbers(model: fp.FingerprintModel, scale: float) -> dict[str, np.ndarray]:
    """What is learned, with the unit taken out."""
    state = {k: v.astype(np.float64) for k, v in model.state().items()}
    for name, power in CARRIERS.items():
        if name in state:
            state[name] /= scale**power
    if "expert_parameters/curve" in state:
        state["expert_log_variance/curve"] -= 2 * np.log(scale)
        if isinstance(model.modalities["curve"].expert, LinearHardening):
            state["expert_parameters/curve"][:, 0] *= scale  # a strain
    return state


@pytest.mark.parametrize("kind", ["black box", "line", "hardening"])
@pytest.mark.parametrize("power", [-36, 40])
def test_powers_of_two_leave_the_bits(kind: str, power: int) -> None:
    """Nothing is rounded by such a change of unit, so nothing may differ but logarithms."""
    scale = 2.0**power
    one, other = numbers(trained(kind), 1.0), numbers(trained(kind, scale), scale)
    different = {k for k in one if not np.array_equal(one[k], other[k])}
    assert different <= {"expert_log_variance/curve"}
    for name in different:
        assert_close(other[name], one[name], 1e-6)


@pytest.mark.parametrize("kind", list(CURVES))
@pytest.mark.parametrize("scale", [1e-10, 1e9])
def test_answers_scale_with_the_unit(kind: str, scale: float) -> None:
    one, other = trained(kind), trained(kind, scale)
    data, images = in_unit(scale), {"image": SMALL["image"]}
    for name, value in numbers(one, 1.0).items():
        assert_close(numbers(other, scale)[name], value, 1e-3)
    with eagerly():
        points = len(T) * np.log(scale)
        assert_close(other.score(data) + points, one.score(SMALL), 1e-4)
        assert_close(other.responsibilities(data), one.responsibilities(SMALL), 1e-3)
        for found, wanted, power in zip(
            other.infer(images, "curve", samples=2),
            one.infer(images, "curve", samples=2),
            (1, 2),
            strict=True,
        ):
            assert_close(found / scale**power, wanted, 1e-3)
        assert_close(other.generate(1)["curve"] / scale, one.generate(1)["curve"], 1e-3)
        alone = {"curve": data["curve"]}, {"curve": SMALL["curve"]}
        assert_close(bayes_cluster(other, alone[0]), bayes_cluster(one, alone[1]), 1e-3)
        if kind != "black box":
            assert metrics.clustering_accuracy(SMALL.labels, other.predict(data)) > 0.95


@pytest.mark.parametrize("kind", list(CURVES))
@pytest.mark.parametrize(("scale", "said"), [(1e18, "stay within"), (1e-30, "exceed 1e-12")])
def test_units_that_single_precision_cannot_square_are_refused(kind, scale, said) -> None:
    with pytest.raises(ValueError, match=rf"data\['curve'\] must {said} .* Choose another unit"):
        fitted(in_unit(scale), tiny([IMAGE, CURVES[kind]]))


@pytest.mark.parametrize("kind", list(CURVES))
def test_a_trained_model_answers_far_away_or_refuses(kind: str) -> None:
    model = trained(kind)
    with eagerly():
        gamma = model.responsibilities(in_unit(1e14))
        assert_close(gamma.sum(axis=1), np.ones(60), 1e-5)
        with pytest.raises(ValueError, match=r"data\['curve'\] must stay within"):
            model.predict(in_unit(1e19))
        if kind != "black box":  # nearer than its range, and yet too far to be squared
            model = copy(model)
            sure = model.expert_log_variance["curve"]
            sure.assign(tf.fill(sure.shape, -80.0))
            with pytest.raises(ValueError, match="answer for specimen 0 is not finite"):
                model.predict(in_unit(1e14))


@pytest.mark.parametrize("kind", ["line", "hardening"])
def test_alarms_that_a_user_has_set_for_numpy_stay_silent(kind: str) -> None:
    with np.errstate(all="raise"):
        model = fitted(SMALL, tiny([IMAGE, CURVES[kind]]), epochs=2)
        with eagerly():
            assert np.isfinite(model.infer(SMALL, "curve")[1]).all()
