"""What a reader would try instead: clusterings of joined measurements, and VaDE."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal
from threadpoolctl import threadpool_limits

from book.analysis import baselines
from book.analysis.baselines import Clustering
from fplib.data import Split
from fplib.metrics import clustering_accuracy
from tests.support.models import IMAGE, eagerly, specimens
from tests.support.tolerances import assert_close


@pytest.fixture(autouse=True)
def _one_thread():
    with threadpool_limits(1):  # so few specimens only wait for their threads
        yield


def blobs(
    distance: float, n: int = 600, kinds: int = 4, seed: int = 0, shared: bool = True
) -> Split:
    """Four kinds: Gaussian clouds in a picture of 3 × 4 pixels and in a curve of five points.

    With `shared`, either modality tells all four apart; else the picture tells 0, 1 from 2, 3 and
    the curve 0, 2 from 1, 3.
    """
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(n) % kinds)
    corners = np.random.default_rng(99).standard_normal((2, kinds, 12))
    picture, curve = (labels, labels) if shared else (labels // 2, labels % 2)
    x = distance * corners[0][picture] + rng.standard_normal((n, 12))
    y = 1000 * (distance * corners[1][curve][:, :5] + rng.standard_normal((n, 5)))
    return Split({"image": x.reshape(n, 3, 4), "curve": y}, labels=labels)


@pytest.mark.parametrize("method", baselines.METHODS)
@pytest.mark.parametrize("components", [None, 4])
def test_separate_blobs_are_found_and_held_out_ones_assigned(method, components):
    found = Clustering(method, 4, components=components, restarts=3, seed=1).fit(blobs(4.0))
    test = blobs(4.0, seed=5)
    assert clustering_accuracy(test.labels, found.predict(test)) == 1.0
    assert found.predict(test).dtype == np.int64


@pytest.mark.parametrize("method", baselines.METHODS)
def test_without_blobs_nothing_is_found(method):
    """The counterpart: the accuracy above is not a matter of course."""
    data = blobs(0.0)
    found = Clustering(method, 4, seed=1).fit(data)
    assert clustering_accuracy(data.labels, found.predict(data)) < 0.4


@pytest.mark.parametrize("method", baselines.METHODS)
def test_joined_modalities_tell_more_than_each(method):
    data = blobs(3.0, shared=False)

    def accuracy(*names: str) -> float:
        part = {name: data[name] for name in names}
        found = Clustering(method, 4, restarts=5, components=4).fit(part)
        return clustering_accuracy(data.labels, found.predict(part))

    assert accuracy("image") < 0.6
    assert accuracy("curve") < 0.6
    assert accuracy("image", "curve") > 0.95


@pytest.mark.parametrize("method", baselines.METHODS)
def test_units_of_a_modality_do_not_matter(method):
    data = blobs(2.0)
    other = {"image": 7 * data["image"] - 3, "curve": data["curve"] / 1000}
    found = [Clustering(method, 4, seed=2).fit(d).predict(d) for d in (data, other)]
    assert (found[0] == found[1]).all()


def test_labels_are_not_read():
    data = blobs(2.0)
    shuffled = Split(dict(data), labels=data.labels[::-1])
    found = [
        Clustering("gmm", 4).fit(d).predict(d) for d in (data, shuffled, data.without_labels())
    ]
    assert (found[0] == found[1]).all()
    assert (found[0] == found[2]).all()


def test_score_of_k_means_is_the_share_of_variance_left():
    data, held_out = blobs(2.0), blobs(2.0, seed=3)
    found = Clustering("kmeans", 4, restarts=2).fit(data)
    share = 0.0
    for name in data:
        x, y = (d[name].reshape(len(d[name]), -1) for d in (data, held_out))
        clusters = found.predict(data)
        centres = np.stack([x[clusters == c].mean(axis=0) for c in range(4)])
        left = np.square(y - centres[found.predict(held_out)]).sum(axis=1).mean()
        share += left / np.square(x - x.mean(axis=0)).sum(axis=1).mean() / 2
    # the centres of scikit-learn are the means of all but the last rounding of assignments
    assert_close(found.score(held_out), -share, 1e-3)
    assert found.score(data) > found.score(held_out) > -1


def test_score_of_a_mixture_is_the_mean_log_density():
    data, held_out = blobs(2.0), blobs(2.0, seed=3)
    found = Clustering("gmm", 4, components=3).fit(data)
    mixture, features = found._estimator, found._features(held_out)
    densities = [
        weight * multivariate_normal(mean, covariance).pdf(features)
        for weight, mean, covariance in zip(
            mixture.weights_, mixture.means_, mixture.covariances_, strict=True
        )
    ]
    assert features.shape == (600, 3)
    assert_close(found.score(held_out), np.log(np.sum(densities, axis=0)).mean())


def test_covariances_are_diagonal_on_raw_features_and_full_on_components():
    data = blobs(2.0)
    assert Clustering("gmm", 4).fit(data)._estimator.covariances_.shape == (4, 17)
    full = Clustering("gmm", 4, components=3).fit(data)._estimator.covariances_
    assert full.shape == (4, 3, 3)


def test_constant_pixels_and_constant_modalities_do_no_harm():
    data = dict(blobs(4.0))
    data["image"] = np.concatenate([data["image"], np.zeros((600, 3, 4))], axis=2)
    data["blank"] = np.ones((600, 8))
    for method in baselines.METHODS:
        found = Clustering(method, 4, restarts=3).fit(data)
        assert clustering_accuracy(blobs(4.0).labels, found.predict(data)) == 1.0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("dbscan", 4), "method must be one of 'kmeans', 'gmm'; received 'dbscan'"),
        (("gmm", 0), "clusters must be a whole number of at least 1; received 0"),
    ],
)
def test_wrong_arguments_are_named(arguments, said):
    with pytest.raises(ValueError, match=said):
        Clustering(*arguments)


def test_wrong_data_are_named():
    data = blobs(2.0)
    with pytest.raises(ValueError, match=r"data: expected at least as many .* 3 for 4"):
        Clustering("gmm", 4).fit(data.take(slice(3)))
    with pytest.raises(ValueError, match=r"missing \['curve'\]"):
        Clustering("kmeans", 4).fit(data).predict({"image": data["image"]})
    with pytest.raises(ValueError, match=r"data\['image'\]: expected finite numbers"):
        Clustering("kmeans", 4).fit({"image": np.full((9, 2), np.nan)})


def test_vade_is_our_model_with_one_modality():
    data, held_out = specimens(120), specimens(30, seed=1)
    with eagerly():
        model = baselines.vade(
            IMAGE,
            data["image"],
            held_out["image"],
            clusters=3,
            latent_dim=2,
            seed=4,
            epochs=1,
            batch_size=60,
            progress=False,
        )
        other = baselines.vade(
            IMAGE, data["image"], clusters=3, latent_dim=2, seed=5, epochs=1, progress=False
        )
    assert list(model.modalities) == ["image"]
    assert not model.scientific
    assert (model.clusters, model.latent_dim, model.seed) == (3, 2, 4)
    assert "elbo.validation" in model.history_[0]
    assert np.isfinite(model.score({"image": held_out["image"]}))
    assert (model.means.numpy() != other.means.numpy()).any()
