import numpy as np
import pytest
from matplotlib.colors import to_rgb

from book.figures.noise import noise_levels, slope_histograms
from fplib.plots import DARK, LIGHT

T = np.linspace(0, 1, 6)
LABELS = np.array([0, 3, 9])


@pytest.fixture
def pairs(rng):
    images = rng.random((3, 4, 4))
    curves = {
        name: LABELS[:, None] * T + rng.normal(0, s, (3, 6)) for name, s in (("a", 0), ("b", 1))
    }
    return images, curves


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_curves_are_drawn_as_given_on_one_scale(pairs, palette):
    images, curves = pairs
    drawn = noise_levels(images, curves, T, LABELS, palette=palette)
    axes = np.array(drawn.axes).reshape(3, 3)
    for row, values in zip(axes[1:], curves.values(), strict=True):
        for axis, label, curve in zip(row, LABELS, values, strict=True):
            line, points = axis.get_lines()
            assert np.array_equal(points.get_ydata(), curve)
            assert np.allclose(line.get_ydata(), label * T)
            assert points.get_color() == palette.of(int(label))
    assert len({axis.get_ylim() for axis in axes[1:].flat}) == 1
    low, high = axes[1, 0].get_ylim()
    assert low < min(c.min() for c in curves.values())
    assert high > max(c.max() for c in curves.values())


def test_columns_have_equal_gaps(pairs):
    drawn = noise_levels(pairs[0], {"a long name that runs over columns": pairs[1]["a"]}, T, LABELS)
    drawn.draw_without_rendering()
    left = [axis.get_position().x0 for axis in drawn.axes[3:]]
    assert np.ptp(np.diff(left)) < 0.02


def test_bars_count_every_slope(rng):
    labels = np.repeat(np.arange(10), 20)
    slopes = {"quiet": labels + rng.normal(0, 0.01, 200), "loud": labels + rng.normal(0, 0.2, 200)}
    drawn = slope_histograms(slopes, labels)
    assert [axis.get_title(loc="left") for axis in drawn.axes] == ["quiet", "loud"]
    borders = [line.get_xdata()[0] for line in drawn.axes[0].get_lines()]
    assert borders == [0.5 + k for k in range(9)]
    for axis in drawn.axes:
        assert len(axis.collections) == 10
        for k, area in enumerate(axis.collections[::-1]):  # seaborn draws the last first
            assert np.allclose(area.get_facecolor()[0, :3], to_rgb(LIGHT.of(k)))
        steps = [area.get_paths()[0].vertices for area in axis.collections]
        counted = sum(v[:, 1].max() for v in steps)
        assert counted <= 200
    quiet = [area.get_paths()[0].vertices[:, 1].max() for area in drawn.axes[0].collections]
    loud = [area.get_paths()[0].vertices[:, 1].max() for area in drawn.axes[1].collections]
    edges = np.arange(-1.025, 10.03, 0.05)
    for tops, values in ((quiet, slopes["quiet"]), (loud, slopes["loud"])):
        expected = [np.histogram(values[labels == k], edges)[0].max() for k in range(10)]
        assert tops[::-1] == expected


@pytest.mark.parametrize(
    ("draw", "arguments", "message"),
    [
        (noise_levels, (np.zeros((3, 4, 4)), {"a": np.zeros((2, 6))}, T, LABELS), r"curves\['a'\]"),
        (
            noise_levels,
            (np.zeros((3, 4, 4)), {"a": np.zeros((3, 6))}, T, LABELS[:2]),
            "labels: expected shape",
        ),
        (slope_histograms, ({"a": np.zeros(4)}, LABELS), r"slopes\['a'\]: expected shape \(3\)"),
    ],
)
def test_errors_name_the_argument(draw, arguments, message):
    with pytest.raises(ValueError, match=message):
        draw(*arguments)
