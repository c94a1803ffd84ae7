"""The two Bayesian estimates of the cluster, against Bayes' rule."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special
from scipy import stats

import fplib as fp
from fplib.bayes import bayes_centroid, bayes_cluster
from tests.support.fits import SMALL
from tests.support.models import (
    T,
    assert_probabilities,
    complete,
    eagerly,
    scrambled,
    specimens,
    tiny,
    trained,
)
from tests.support.tolerances import SINGLE, assert_close


def test_cluster_of_an_expert_modality_by_direct_bayes() -> None:
    """Equation (19): pi_c times a multivariate normal, normalised."""
    model = scrambled(tiny())
    model.expert_log_variance["curve"].assign([0.0, 0.5, -0.5])
    with eagerly():
        found = bayes_cluster(model, {"curve": SMALL["curve"]})
        centroid = bayes_centroid(model, {"curve": SMALL["curve"]})
    assert_probabilities(found, (60, 3))
    weights = np.exp(model.mixture.log_weights)
    joint = np.stack(
        [
            w * stats.multivariate_normal(slope * T, variance).pdf(SMALL["curve"])
            for w, (slope,), variance in zip(
                weights,
                model.expert_parameters["curve"].numpy().astype(np.float64),
                np.exp([0.0, 0.5, -0.5]),
                strict=True,
            )
        ],
        axis=1,
    )
    expected = joint / joint.sum(axis=1, keepdims=True)
    assert (expected.max(axis=1) < 0.99).any()
    assert_close(found, expected, SINGLE)
    assert_close(centroid, expected, SINGLE)  # an expert sees the cluster alone


def black_box() -> tuple[fp.FingerprintModel, np.ndarray]:
    """A decoder with residuals so large that several clusters may have made an image."""
    model = scrambled(tiny())
    model.residual_variance["image"].assign(5.0)
    return model, SMALL["image"]


def test_centroid_of_a_black_box_modality() -> None:
    """Equation (20): the decoded centres as three normals."""
    model, images = black_box()
    with eagerly():
        found = bayes_centroid(model, {"image": images})
        centres = model.decode(model.means.numpy())["image"].astype(np.float64)
    log_joint = model.mixture.log_weights.numpy() + np.stack(
        [stats.norm(c, np.sqrt(5)).logpdf(images).sum(axis=(1, 2)) for c in centres], axis=1
    )
    assert_probabilities(found, (60, 3))
    assert_close(found, scipy.special.softmax(log_joint, axis=1), 10 * SINGLE)  # sums of 144 pixels


def test_cluster_of_a_black_box_modality_is_the_average_over_the_cluster() -> None:
    """Equation (19) against draws of our own: p(X|c) as a mean of 2000 likelihoods."""
    model, images = black_box()
    images = images[:20]
    model.log_variances.assign(np.full((3, 2), -1.0))
    model.means.assign([[2.0, 0], [-2, 1], [0, -2]])
    rng = np.random.default_rng(0)
    log_joint = []
    with eagerly():
        found = bayes_cluster(model, {"image": images}, samples=2000)
        for c in range(3):
            z = model.means.numpy()[c] + np.exp(-0.5) * rng.standard_normal((2000, 2))
            decoded = model.decode(z)["image"].astype(np.float64)
            squares = ((images[:, np.newaxis] - decoded) ** 2).sum(axis=(2, 3))  # (N, 2000)
            log_joint.append(scipy.special.logsumexp(-squares / 10, axis=1))
    expected = scipy.special.softmax(model.mixture.log_weights + np.stack(log_joint, 1), axis=1)
    assert_probabilities(found, (20, 3))
    assert_close(found, expected, 0.02)  # 2000 draws scatter by 0.004
    with eagerly():
        centroid = bayes_centroid(model, {"image": images})
    assert np.abs(centroid - expected).max() > 0.05  # so the average was needed


def test_bayesian_estimates_find_the_clusters() -> None:
    split = specimens(100, seed=6)
    model = complete()
    for estimate in (bayes_cluster, bayes_centroid):
        for name in ("image", "curve"):
            gamma = estimate(model, {name: split[name]})
            accuracy = fp.metrics.clustering_accuracy(split.labels, gamma.argmax(axis=1))
            assert accuracy > (0.95 if name == "curve" else 0.8), (estimate, name)


def test_draws_depend_on_the_seed() -> None:
    model, images = black_box()
    with eagerly():
        one, same, other = (
            bayes_cluster(model, {"image": images}, samples=4, seed=s) for s in (0, 0, 1)
        )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("names", [[], ["image", "curve"]])
def test_bayesian_estimates_take_one_modality(names: list[str]) -> None:
    data = {name: SMALL[name] for name in names}
    for estimate in (bayes_cluster, bayes_centroid):
        with pytest.raises(ValueError, match="one modality at a time; received"):
            estimate(trained(), data)
