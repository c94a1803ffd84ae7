"""Label-free starting points: a mixture of physics on the curves, or of features without any."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import pdist

from fplib.config import Curve
from fplib.experts import Affine, LinearHardening, Proportional
from fplib.metrics import clustering_accuracy
from fplib.training.initialization import physics_start
from fplib.training.mixture_of_experts import MixtureOfExperts
from tests.support.models import BOTH, CURVE, FREE_CURVE, IMAGE, LOAD, SLOPES, T, specimens
from tests.support.tolerances import SINGLE, assert_close


def lines(noise: float, n: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Ten lines through the origin with slopes 0 to 9, as in the MNIST problem, and which is which."""
    rng = np.random.default_rng(seed)
    kinds = rng.permutation(np.arange(n) % 10)
    return kinds[:, np.newaxis] * T + noise * rng.standard_normal((n, len(T))), kinds


def test_clean_lines_are_recovered() -> None:
    curves, kinds = lines(noise=0.01)
    start = physics_start({"curve": curves}, [CURVE], 10, 3, 8.0, seed=0)
    assert_close(np.sort(start.expert_parameters["curve"][:, 0]), np.arange(10), 0.01)
    assert clustering_accuracy(kinds, start.responsibilities.argmax(axis=1)) == 1.0
    # the estimate of a variance from 40 curves of 12 points scatters by sqrt(2 / 480) = 6.5 %
    assert_close(start.expert_variance["curve"] / 0.01**2, np.ones(10), 0.35, scale=0)


def test_noisy_lines_are_recovered_as_well_as_they_can_be() -> None:
    """Noise of half a slope: the best possible classifier, which knows the slopes, sets the mark."""
    curves, kinds = lines(noise=0.5, n=2000)
    slopes = curves @ T / (T @ T)
    best = np.mean(np.clip(np.round(slopes), 0, 9) == kinds)
    assert best < 0.98  # the problem is not trivial
    start = physics_start({"curve": curves}, [CURVE], 10, 3, 8.0, seed=0, starts=5)
    assert_close(np.sort(start.expert_parameters["curve"][:, 0]), np.arange(10), 0.1)
    assert clustering_accuracy(kinds, start.responsibilities.argmax(axis=1)) > best - 0.01
    assert_close(start.expert_variance["curve"], np.full(10, 0.25), 0.1, scale=0)


def test_two_scientific_curves_count_together() -> None:
    """Neither curve tells all four kinds apart; both together do."""
    rng = np.random.default_rng(0)
    kinds = rng.permutation(np.arange(200) % 4)
    noise = 0.05 * rng.standard_normal((2, 200, len(T)))
    data = {
        "curve": np.array([1, 1, 3, 3])[kinds, np.newaxis] * T + noise[0],
        "load": np.array([0, 4, 0, 4])[kinds, np.newaxis] - T + noise[1],
    }
    start = physics_start(data, [CURVE, LOAD], 4, 2, 8.0, seed=0)
    assert clustering_accuracy(kinds, start.responsibilities.argmax(axis=1)) == 1.0
    order = start.responsibilities[[np.flatnonzero(kinds == k)[0] for k in range(4)]].argmax(axis=1)
    assert_close(start.expert_parameters["curve"][order, 0], [1, 1, 3, 3], 0.05)
    assert_close(start.expert_parameters["load"][order], [[0, -1], [4, -1], [0, -1], [4, -1]], 0.05)


def test_curves_of_different_units_have_the_same_say_in_the_layout() -> None:
    """Volts or millivolts: the places of the clusters in latent space stay."""
    split = specimens(90, modalities=[CURVE, LOAD])
    plain, other = (
        physics_start(
            {**split, "load": unit * split["load"]}, [CURVE, LOAD], 3, 2, 8.0, 0, starts=2
        )
        for unit in (1, 1000)
    )
    assert_close(np.sort(pdist(other.means)), np.sort(pdist(plain.means)), 1e-3)


def test_images_do_not_enter_when_there_is_physics() -> None:
    split = specimens(90)
    start = physics_start(split, BOTH, 3, 2, 8.0, seed=0)
    other = physics_start({**split, "image": 0 * split["image"]}, BOTH, 3, 2, 8.0, seed=0)
    assert np.array_equal(start.responsibilities, other.responsibilities)
    assert np.array_equal(start.means, other.means)


def test_start_has_the_promised_shapes() -> None:
    split = specimens(60)
    start = physics_start(split, BOTH, 3, 2, 8.0, seed=0)
    assert (start.responsibilities.shape, start.responsibilities.dtype) == ((60, 3), np.float32)
    assert (start.means.shape, start.means.dtype) == ((3, 2), np.float32)
    assert start.expert_parameters["curve"].shape == (3, 1)
    assert start.expert_variance["curve"].shape == (3,)
    assert_close(start.responsibilities.sum(axis=1), np.ones(60), SINGLE)
    assert list(start.expert_parameters) == ["curve"]


def test_start_depends_on_data_and_seed_alone() -> None:
    split = specimens(90, seed=3)
    first, again = (physics_start(split, BOTH, 3, 2, 8.0, seed=5) for _ in range(2))
    assert np.array_equal(first.responsibilities, again.responsibilities)
    assert np.array_equal(first.means, again.means)
    noisy = {"curve": lines(noise=0.5, n=60)[0]}
    one, two = (physics_start(noisy, [CURVE], 6, 2, 8.0, seed=s, starts=3) for s in (0, 1))
    assert not np.array_equal(one.responsibilities, two.responsibilities)


def test_without_physics_features_are_clustered() -> None:
    """Four images that anyone can tell apart, and one curve that follows them."""
    rng = np.random.default_rng(0)
    kinds = rng.permutation(np.arange(120) % 4)
    images = np.zeros((120, 12, 12), np.float32)
    for i, k in enumerate(kinds):
        images[i, 3 * (k // 2) : 3 * (k // 2) + 6, 3 * (k % 2) : 3 * (k % 2) + 6] = 1
    images = np.clip(images + 0.05 * rng.standard_normal(images.shape), 0, 1)
    curves = kinds[:, np.newaxis] * T
    for data, modalities in (
        ({"image": images}, [IMAGE]),
        ({"image": images, "curve": curves}, [IMAGE, FREE_CURVE]),
    ):
        start = physics_start(data, modalities, 4, 2, 8.0, seed=0)
        assert clustering_accuracy(kinds, start.responsibilities.argmax(axis=1)) == 1.0
        assert start.expert_parameters == start.expert_variance == {}
        assert pdist(start.means).min() == pytest.approx(8.0, rel=1e-5)


def mixture(curves: np.ndarray, clusters: int) -> MixtureOfExperts:
    return MixtureOfExperts([CURVE], {"curve": curves}, clusters)


def test_the_start_with_the_highest_likelihood_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    curves, _ = lines(noise=0.5)
    runs = []
    climb = MixtureOfExperts.climb

    def watched(self: MixtureOfExperts, log_gamma: np.ndarray, iterations: int) -> tuple:
        runs.append(climb(self, log_gamma, iterations))
        return runs[-1]

    monkeypatch.setattr(MixtureOfExperts, "climb", watched)
    found, value = mixture(curves, 10).search(8, np.random.default_rng(0))
    assert len(runs) == 9  # eight starts, then the winner on everything
    values = [v for _, v in runs[:8]]
    assert min(values) < max(values) - 1e-4  # they differ, so there was something to choose
    assert value >= max(values)
    best = runs[int(np.argmax(values))][0]["theta"]["curve"]
    others = [r[0]["theta"]["curve"] for i, r in enumerate(runs[:8]) if i != np.argmax(values)]
    distance = np.abs(found["theta"]["curve"] - best).max()
    assert distance < min(np.abs(found["theta"]["curve"] - o).max() for o in others)


def test_more_starts_are_never_worse() -> None:
    curves, _ = lines(noise=0.5)
    values = [mixture(curves, 10).search(k, np.random.default_rng(0))[1] for k in (1, 5)]
    assert values[1] >= values[0]


def test_likelihood_is_that_of_the_mixture() -> None:
    """Every pair of curve and cluster as a multivariate normal, in SciPy."""
    curves, _ = lines(noise=0.5, n=60)
    m = mixture(curves, 4)
    gamma = np.random.default_rng(0).dirichlet(np.ones(4), size=60)
    parameters, value = m.climb(np.log(gamma), 1)
    slopes = (gamma.T @ curves / gamma.sum(axis=0)[:, np.newaxis]) @ T / (T @ T)
    assert_close(parameters["theta"]["curve"][:, 0], slopes, 1e-8)  # a weight of 1e-10 is added
    variance = np.mean(
        [g * np.mean((x - s * T) ** 2) * 4 for x, gs in zip(curves, gamma, strict=True)
         for g, s in zip(gs, slopes, strict=True)]
    )  # fmt: skip
    assert_close(parameters["variance"]["curve"], np.full(4, variance), 1e-8)
    joint = [
        [w * stats.multivariate_normal(s * T, variance).pdf(x) for w, s in zip(gamma.mean(axis=0), slopes, strict=True)]
        for x in curves
    ]  # fmt: skip
    assert value == pytest.approx(np.log(np.sum(joint, axis=1)).mean(), rel=1e-7)
    posterior = np.array(joint) / np.sum(joint, axis=1, keepdims=True)
    assert_close(np.exp(m.log_responsibilities(parameters)), posterior, 1e-6)


def test_likelihood_never_falls() -> None:
    """The one property that every correct EM has and nearly no wrong one."""
    curves, _ = lines(noise=0.5)
    m = mixture(curves, 10)
    log_gamma = m.seed_assignment(np.random.default_rng(0))
    values = []
    for _ in range(15):
        parameters, value = m.climb(log_gamma, 1)
        values.append(value)
        log_gamma = m.log_responsibilities(parameters)
    assert np.all(np.diff(values) >= -1e-9)
    assert values[-1] > values[0] + 0.01


def test_climb_stops_at_a_fixed_point() -> None:
    curves, _ = lines(noise=0.5)
    m = mixture(curves, 10)
    parameters, value = m.climb(m.seed_assignment(np.random.default_rng(0)), 500)
    further, later = m.climb(m.log_responsibilities(parameters), 5)
    assert later - value < 1e-5 * abs(value)
    assert_close(further["theta"]["curve"], parameters["theta"]["curve"], 0.02)


def test_curves_without_noise() -> None:
    """Likelihoods have no bound here; the floor under the variance keeps them finite."""
    curves, kinds = lines(noise=0.0, n=50)
    start = physics_start({"curve": curves}, [CURVE], 10, 2, 8.0, seed=0)
    assert clustering_accuracy(kinds, start.responsibilities.argmax(axis=1)) == 1.0
    assert np.isfinite(start.log_likelihood)
    assert (start.expert_variance["curve"] > 0).all()


def test_the_winner_is_polished_on_all_specimens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fplib.training.mixture_of_experts.SEARCH_SIZE", 50)
    curves, kinds = lines(noise=0.05, n=200)
    start = physics_start({"curve": curves}, [CURVE], 10, 2, 8.0, seed=0)
    assert start.responsibilities.shape == (200, 10)
    assert clustering_accuracy(kinds, start.responsibilities.argmax(axis=1)) == 1.0


@pytest.mark.parametrize("scale", [1e-3, 1e4])
def test_units_do_not_matter(scale: float) -> None:
    curves, _ = lines(noise=0.2, n=200)
    plain, scaled = (
        physics_start({"curve": s * curves}, [CURVE], 10, 2, 8.0, seed=0, starts=3)
        for s in (1, scale)
    )
    slopes, wanted = (np.sort(s.expert_parameters["curve"][:, 0]) for s in (scaled, plain))
    assert_close(slopes / scale, wanted, 1e-6)
    assert_close(np.sort(pdist(scaled.means)), np.sort(pdist(plain.means)), 1e-3)


def test_another_expert() -> None:
    """Two materials with a knee; nothing is known about lines."""
    t = np.linspace(0.01, 1, 20)
    truth = np.array([[0.3, 2.0, 0.5], [0.6, 1.5, 1.0]])
    kinds = np.arange(60) % 2
    clean = LinearHardening().predict(t, truth)
    curves = clean[kinds] + 0.02 * np.random.default_rng(0).standard_normal((60, 20))
    start = physics_start(
        {"stress": curves}, [Curve("stress", t, LinearHardening())], 2, 2, 8.0, seed=0
    )
    found = start.expert_parameters["stress"]
    assert_close(found[np.argsort(found[:, 0])], truth, 0.02)


def test_single_cluster_start() -> None:
    split = specimens(30)
    start = physics_start(split, BOTH, 1, 2, 8.0, seed=0)
    assert (start.responsibilities == 1).all()
    assert start.means.tolist() == [[0.0, 0.0]]
    assert_close(start.expert_parameters["curve"], [[SLOPES.mean()]], 0.1)


def test_affine_search_equals_least_squares_of_one_cluster() -> None:
    """With one cluster nothing is left to search: the numbers are those of a plain regression."""
    curves = specimens(40, modalities=[LOAD])["load"].astype(np.float64)
    start = physics_start({"load": curves}, [LOAD], 1, 2, 8.0, seed=0)
    slope, intercept = np.polyfit(T, curves.mean(axis=0), 1)
    assert_close(start.expert_parameters["load"], [[intercept, slope]], 1e-8)
    residual = np.mean((curves - intercept - slope * T) ** 2)
    assert_close(start.expert_variance["load"], [residual], 1e-8)
    assert isinstance(LOAD.expert, Affine)
    assert not isinstance(LOAD.expert, Proportional)
