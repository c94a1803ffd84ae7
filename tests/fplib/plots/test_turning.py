"""What the canvas of a page is given: the same latent space as the still, small enough to embed."""

from __future__ import annotations

import json

import numpy as np
import pytest

from fplib import plots
from tests.support.figures import latent


def test_points_and_clusters_keep_their_shape():
    z, labels, means, log_variances = latent(3)
    told = plots.turning(z, labels, means, log_variances, points=len(z))
    order = np.random.default_rng(0).permutation(len(z))
    points, clusters = np.array(told["points"]), np.array(told["clusters"])
    assert np.array_equal(points[:, 3], labels[order])
    farthest = np.linalg.norm(points[:, :3], axis=1).max()
    assert farthest == pytest.approx(100, abs=1)
    unit = 100 / np.linalg.norm(z - means.mean(axis=0), axis=1).max()
    assert np.allclose(points[:, :3], unit * (z[order] - means.mean(axis=0)), atol=0.51)
    assert np.allclose(clusters[:, 3:], unit * 2 * np.exp(0.5 * log_variances), atol=0.51)
    assert [name for name, *_ in told["names"]] == [str(k) for k in range(10)]
    assert told["dark"] == list(plots.DARK.classes)


def test_it_is_small_and_only_for_three_dimensions():
    assert len(json.dumps(plots.turning(*latent(3, n=5000)), separators=(",", ":"))) < 10_000
    assert plots.turning(*latent(2)) is None


def test_a_figure_carries_it_beside_its_pictures():
    told = plots.turning(*latent(3))
    bundle = plots.payload(plots.latent_space_3d, *latent(3), alt="Points.", turn=told)
    assert bundle[plots.VERSIONS]["turn"] == told
    assert set(bundle[plots.VERSIONS]) == {"dark", "phone", "phone.dark", "turn"}
