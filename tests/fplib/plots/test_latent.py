"""The latent space: names, ellipsoids and views."""

import numpy as np
import pytest
from matplotlib.patches import Ellipse

from fplib import plots
from fplib.plots import space
from tests.support.figures import Page, latent

Z, DIGITS, MEANS, LOGS = latent(3)


@pytest.mark.parametrize("dimensions", [1, 2, 3, 5])
def test_latent_space_names_every_class_in_every_view(dimensions):
    made = Page(plots.latent_space_3d(*latent(dimensions)))
    shown = made.words
    views = 2 if dimensions >= 3 else 1
    for digit in range(10):
        if dimensions != 1:  # there the ticks of the count may be digits too
            assert shown.count(str(digit)) >= views
    if dimensions > 1:
        ellipses = [p for axis in made.axes for p in axis.patches if isinstance(p, Ellipse)]
        assert len(ellipses) == 10 * views
    if dimensions == 5:
        assert any("variance in 5 dimensions" in text for text in shown)


def test_an_ellipsoid_is_outlined_exactly():
    """The drawn ellipse is the outline of the projected two-standard-deviation ellipsoid."""
    z, digits, means, log_variances = latent(3)
    view = (25, 33)
    made = plots.latent_space_3d(z, digits, means, log_variances, views=[view])
    ellipses = [p for p in made.axes[0].patches if isinstance(p, Ellipse)]
    rng = np.random.default_rng(0)
    sphere = rng.normal(size=(200_000, 3))
    sphere /= np.linalg.norm(sphere, axis=1, keepdims=True)
    side = space.View.of(*view, z.min(axis=0), z.max(axis=0))
    for mean, log_variance, ellipse in zip(means, log_variances, ellipses, strict=True):
        shadow = side.flat(mean + 2 * np.exp(log_variance / 2) * sphere)
        turn = np.radians(-ellipse.angle)
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        unit = (shadow - ellipse.center) @ rotation.T / [ellipse.width / 2, ellipse.height / 2]
        radius = np.hypot(*unit.T)
        assert radius.max() == pytest.approx(1, abs=1e-3)
        angle = np.degrees(np.arctan2(*unit.T[::-1]))
        rim = [radius[np.abs(angle - a) < 4].max() for a in range(-170, 180, 20)]
        assert min(rim) > 0.99


def test_a_view_is_a_rotation():
    view = space.View.of(25, 33, np.zeros(3), np.ones(3))
    frame = np.vstack([view.axes, view.towards])
    assert frame @ frame.T == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(frame) == pytest.approx(1)
    assert view.axes[1, 2] > 0  # up is up
    above = space.View.of(90, -90, np.zeros(3), np.ones(3))
    assert above.flat(np.array([[1.0, 2.0, 3.0]])) == pytest.approx(np.array([[1.0, 2.0]]))


def test_the_best_views_do_not_look_along_a_row_of_clusters():
    row = np.array([[0, 0, 0], [5, 0, 0], [10, 0, 0.1]])  # from azimuth 0 each covers the next
    views = space.best_views(row)
    assert len(views) == 2
    for elevation, azimuth in views:
        assert elevation == 22
        assert abs(np.sin(np.radians(azimuth))) > 0.5
    apart = abs((views[0][1] - views[1][1] + 180) % 360 - 180)
    assert apart >= 50
    assert len(space.best_views(np.zeros((1, 3)))) == 2


def test_many_specimens_are_thinned_reproducibly():
    z, digits, means, log_variances = latent(2, n=3000)
    made = [
        plots.latent_space_3d(z, digits, means, log_variances, points=500).axes[0].collections[0]
        for _ in range(2)
    ]
    assert len(made[0].get_offsets()) == 500
    assert (made[0].get_offsets() == made[1].get_offsets()).all()


def test_one_dimension_counts_every_specimen():
    z, labels, means, log_variances = latent(1)
    above, below = plots.latent_space_3d(z, labels, means, log_variances).axes
    assert sum(bar.get_height() for bar in below.patches) == len(z)
    colours = {bar.get_facecolor() for bar in below.patches}
    assert len(colours) == 10
    (intervals,) = above.collections  # of two standard deviations
    reach = np.diff([path[:, 0] for path in intervals.get_segments()], axis=1)[:, 0]
    expected = 4 * np.exp(0.5 * log_variances[np.argsort(means[:, 0]), 0])
    assert reach == pytest.approx(expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((Z[:, 0], DIGITS, MEANS, LOGS), r"^z: .*\(600,\)"),
        ((Z, DIGITS[:5], MEANS, LOGS), r"^labels: .*\(600,\).*\(5,\)"),
        ((Z, DIGITS, MEANS[:, :2], LOGS), r"^means: expected shape \(any, 3\)"),
        ((Z, DIGITS, MEANS, LOGS[:5]), r"^log_variances: expected shape \(10, 3\)"),
        ((Z * np.nan, DIGITS, MEANS, LOGS), "^z, means: expected finite"),
        ((Z[:0], DIGITS[:0], MEANS, LOGS), "^z, means: .* at least one"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_by_name(arguments, message):
    with pytest.raises(ValueError, match=message):
        plots.latent_space_3d(*arguments)
