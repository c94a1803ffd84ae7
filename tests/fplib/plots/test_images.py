"""Images in rows."""

import itertools

import numpy as np
import pytest

from fplib import plots
from fplib.plots.images import tile
from tests.support.figures import blobs


def test_mosaic_keeps_every_image_in_its_place():
    images = blobs(3, 4)
    mosaic, down, across = tile(images, gap=2)
    assert mosaic.shape == (3 * 30 - 2, 4 * 30 - 2)
    for row, column in itertools.product(range(3), range(4)):
        part = mosaic[row * down :, column * across :][:28, :28]
        assert (part == images[row, column]).all()
    assert np.isnan(mosaic).sum() == mosaic.size - images.size


def test_rows_and_columns_have_their_names_where_they_lie():
    (axis,) = plots.decoded_images(blobs(3, 2), "abc", variants=["x", "y"]).axes
    assert [t.get_text() for t in axis.get_xticklabels()] == ["a", "b", "c"]
    assert [t.get_text() for t in axis.get_yticklabels()] == ["x", "y"]
    assert axis.get_xticks() == pytest.approx([13.5, 43.5, 73.5])
    assert axis.get_yticks() == pytest.approx([13.5, 43.5])


def test_channels_of_one_are_dropped():
    shown = [
        plots.decoded_images(images, "abc").axes[0].get_images()[0].get_array()
        for images in (blobs(3, 2), blobs(3, 2)[..., np.newaxis])
    ]
    assert np.array_equal(*(np.ma.filled(s, -1) for s in shown))


@pytest.mark.parametrize(
    ("images", "names", "options", "message"),
    [
        (blobs(3, 2)[0], [1, 2], {}, r"^images: .*\(2, 28, 28\)"),
        (blobs(3, 2), [1, 2], {}, r"^images: expected shape \(2, "),
        (blobs(3, 2), "abc", {"variants": ["x"]}, "^variants: expected 2 names"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_by_name(images, names, options, message):
    with pytest.raises(ValueError, match=message):
        plots.decoded_images(images, names, **options)
