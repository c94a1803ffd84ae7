"""Compression tests as machines record them: preload, slack, signs, and spread along the curve.

All curves are made up, so that the modulus and the noise of every kind are known.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import fplib as fp
from fplib import metrics
from fplib.config import Curve
from fplib.experts import Expert, LinearHardening, Proportional, ResidualWarning, ScaledHardening
from tests.support.fits import fitted
from tests.support.models import eagerly, tiny
from tests.support.references import hardening_curve

STRAIN = np.linspace(0.0, 0.2, 60)
# yield strain, yield stress (MPa), hardening modulus (MPa) of three kinds
KINDS = np.array([[0.04, 40.0, 60.0], [0.06, 30.0, 120.0], [0.05, 60.0, -40.0]])
LABELS = np.arange(90) % 3
MACHINES = {
    "as it should be": (lambda x, s: x, {}),
    "preload": (lambda x, s: x + 0.2 * s, {"offset": True}),
    "slack": (lambda x, s: np.interp(STRAIN - 0.01, STRAIN, x), {"toe": True}),
    "both": (
        lambda x, s: 0.2 * s + np.interp(STRAIN - 0.01, STRAIN, x),
        {"toe": True, "offset": True},
    ),
}


def specimens(machine: str) -> np.ndarray:
    """Curves that differ in strength by 2 %, with noise of 1 MPa, (90, 60)."""
    rng = np.random.default_rng(0)
    change = MACHINES[machine][0]
    curves = np.array([change(hardening_curve(STRAIN, *KINDS[k]), KINDS[k, 1]) for k in LABELS])
    return (1 + 0.02 * rng.normal(size=(90, 1))) * curves + rng.normal(size=(90, 60))


def trained(
    curves: np.ndarray, expert: Expert, t: np.ndarray = STRAIN, noise: str = "constant"
) -> fp.FingerprintModel:
    """A short fit of the curve alone."""
    model = tiny([Curve("stress", t, expert, noise)])
    return fitted({"stress": curves}, model, epochs=2, batch_size=30)


def by_kind(model: fp.FingerprintModel, curves: np.ndarray) -> np.ndarray:
    """Parameters of the experts in the order of the kinds, (3, P); the clusters must be right."""
    with eagerly():
        clusters = model.predict({"stress": curves})
    kind = metrics.match_clusters(LABELS, clusters)
    assert metrics.clustering_accuracy(LABELS, clusters) == 1
    return model.expert_parameters["stress"].numpy()[
        [c for _, c in sorted(zip(kind.values(), kind, strict=True))]
    ]


@pytest.mark.parametrize("machine", list(MACHINES))
@pytest.mark.parametrize("scaled", [False, True])
def test_moduli_with_the_option_for_the_machine(machine: str, scaled: bool) -> None:
    """Within 3 %, without a warning; every parameter is named."""
    options = MACHINES[machine][1]
    curves = specimens(machine)
    expert = ScaledHardening(0.2, 60.0, **options) if scaled else LinearHardening(**options)
    assert expert.parameter_names == (*LinearHardening.parameter_names, *options)
    sizes = (0.2, 60.0) if scaled else (1.0, 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ResidualWarning)
        model = trained(curves / sizes[1], expert, STRAIN / sizes[0])
    found = by_kind(model, curves / sizes[1])
    if scaled:
        physical = expert.physical(found)
        found = np.stack([physical[name] for name in expert.parameter_names], axis=1)
        assert np.allclose(physical["modulus"], found[:, 1] / found[:, 0])
    assert np.allclose(found[:, 1] / found[:, 0], KINDS[:, 1] / KINDS[:, 0], rtol=0.03)
    assert np.allclose(found[:, :2], KINDS[:, :2], rtol=0.03)
    if "toe" in options:
        assert np.allclose(found[:, 3], 0.01, atol=5e-4)
    if "offset" in options:
        assert np.allclose(found[:, -1], 0.2 * KINDS[:, 1], rtol=0.05)


@pytest.mark.parametrize(("machine", "least"), [("preload", 0.2), ("slack", 0.15), ("both", 0.04)])
def test_a_law_that_does_not_know_the_machine_is_reported(machine: str, least: float) -> None:
    """The modulus is off by a fifth (where the errors do not cancel), which is said, with what to try."""
    curves = specimens(machine)
    said = (
        r"LinearHardening\(toe=False, offset=False\) of 'stress', cluster \d: the residuals are not "
        r"noise.* parameters may be far off\. Try toe=True .* offset=True for a preload"
    )
    with pytest.warns(ResidualWarning, match=said) as caught:
        model = trained(curves, LinearHardening())
    assert len(caught) >= 2
    found = by_kind(model, curves)
    error = found[:, 1] / found[:, 0] / (KINDS[:, 1] / KINDS[:, 0]) - 1
    assert np.abs(error).max() > least


def test_stress_that_is_counted_negative_is_fitted_with_its_sign() -> None:
    curves = specimens("as it should be")
    found = by_kind(trained(-curves, LinearHardening()), -curves)
    assert np.allclose(found[:, :2], KINDS[:, :2] * [1, -1], rtol=0.03)


@pytest.mark.parametrize("options", [{}, {"toe": True}, {"offset": True}])
def test_strain_that_is_counted_negative_is_refused_before_training(options: dict) -> None:
    said = r"^LinearHardening.* counted negative, pass -t\[::-1\] and -curves\[:, ::-1\]"
    with pytest.raises(ValueError, match=said):
        tiny([Curve("stress", -STRAIN[::-1], LinearHardening(**options))])
    with pytest.raises(ValueError, match=r"Curve 'stress': .* increasing .*, decreasing\. Turn t"):
        Curve("stress", -STRAIN, LinearHardening())


# -- noise along the curve ----------------------------------------------------

T = np.linspace(0.0, 1.0, 24)
SLOPES = np.array([1.0, 2.0, 3.0])
SPREAD = 0.02 + 0.18 * T**2  # standard deviation at each point


def growing(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Lines whose spread grows along t: curves (n, 24) and kinds (n,)."""
    rng = np.random.default_rng(seed)
    kinds = np.arange(n) % 3
    return SLOPES[kinds, np.newaxis] * T + SPREAD * rng.normal(size=(n, 24)), kinds


@pytest.mark.parametrize("noise", ["constant", "per_point"])
def test_bands_cover_at_each_point_where_noise_may_vary(noise: str) -> None:
    """0.95 from the origin to the end; one variance for all points gives 1.00 and about 0.7."""
    model = trained(growing(600, 0)[0], Proportional(), T, noise)
    curves, _ = growing(3000, 1)
    with eagerly():
        mean, variance = model.infer({"stress": curves}, "stress")
    found = metrics.coverage(curves, mean, variance, axis=0)
    assert found.shape == (24,)
    assert np.mean(found) == pytest.approx(metrics.coverage(curves, mean, variance))
    if noise == "constant":
        assert found[0] == 1
        assert found[-1] < 0.75
    else:
        assert np.all(np.abs(found - 0.95) < 0.025)
        # slopes are found with the weights that the noise asks for
        theta = np.sort(model.expert_parameters["stress"].numpy()[:, 0])
        weight = (T / SPREAD) ** 2
        assert np.all(np.abs(theta - SLOPES) < 5 / np.sqrt(200 * weight.sum()))


def test_generated_curves_spread_like_the_data() -> None:
    model = trained(growing(600, 0)[0], Proportional(), T, "per_point")
    with eagerly():
        drawn = model.generate(1, 4000)["stress"]
        plain = model.generate(1, 3, noise=False)["stress"]
    deviation = np.exp(model.expert_log_variance["stress"].numpy()[1] / 2)
    assert np.allclose(drawn.std(axis=0), deviation, rtol=0.06)
    assert np.allclose(deviation, SPREAD, rtol=0.2)
    assert np.ptp(plain, axis=0).max() == 0


def test_an_origin_that_all_curves_share_does_not_outweigh_the_rest() -> None:
    curves, kinds = growing(300, 2)
    curves[:, 0] = 0.0
    model = trained(curves, Proportional(), T, "per_point")
    data = curves.copy()
    data[:, 0] += 0.01
    with eagerly():
        found = model.predict({"stress": data})
    assert metrics.clustering_accuracy(kinds, found) > 0.99
