from collections.abc import Mapping

import numpy as np
import pytest

from fplib.data import Dataset, Split


@pytest.fixture
def split():
    rng = np.random.default_rng(0)
    return Split(
        {"image": rng.random((6, 4, 4)), "curve": rng.random((6, 5))},
        ids=[10, 11, 12, 13, 14, 15],
        labels=[0, 1, 2, 0, 1, 2],
    )


def test_mapping_shows_modalities_only(split):
    assert isinstance(split, Mapping)
    assert list(split) == ["image", "curve"]
    assert set(dict(split)) == {"image", "curve"} == set(split.keys())
    assert len(split) == 2
    assert split.n == len(split.ids) == 6


@pytest.mark.parametrize("name", ["labels", "label", "ids", "y"])
def test_labels_cannot_be_reached_through_the_mapping(split, name):
    assert name not in split
    assert split.get(name) is None
    with pytest.raises(KeyError, match="'image', 'curve'"):
        split[name]
    assert not any(np.array_equal(values, split.labels) for values in split.values())


def test_without_labels_has_none_and_leaves_the_original_alone(split):
    bare = split.without_labels()
    assert bare.labels is None
    assert np.array_equal(bare.ids, split.ids)
    assert all(bare[name] is split[name] for name in split)
    assert split.labels is not None
    assert bare.take([1, 2]).labels is None


@pytest.mark.parametrize(
    ("indices", "expected"),
    [
        ([3, 0], [3, 0]),
        (slice(1, 5, 2), [1, 3]),
        (np.array([True, False, False, True, False, True]), [0, 3, 5]),
        ([], []),
        (2, [2]),
    ],
)
def test_take_keeps_everything_aligned(split, indices, expected):
    part = split.take(indices)
    assert part.n == len(expected)
    assert np.array_equal(part.ids, split.ids[expected])
    assert np.array_equal(part.labels, split.labels[expected])
    for name in split:
        assert np.array_equal(part[name], split[name][expected])


def test_labels_become_int64(split):
    assert split.labels.dtype == np.int64


def test_ids_count_from_zero_by_default():
    assert Split({"x": np.zeros((3, 2))}).ids.tolist() == [0, 1, 2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"modalities": {}}, "modalities: expected at least one"),
        ({"modalities": {"a": np.zeros((3, 1)), "b": np.zeros((4, 1))}}, r"'a': 3, 'b': 4"),
        ({"modalities": {"a": np.float64(1.0)}}, "same number of specimens"),
        (
            {"modalities": {"a": np.zeros((3, 1))}, "labels": [1, 2]},
            r"labels: expected shape \(3,\)",
        ),
        (
            {"modalities": {"a": np.zeros((3, 1))}, "ids": [[1, 2, 3]]},
            r"ids: expected shape \(3,\)",
        ),
        (
            {"modalities": {"a": np.zeros((3, 1))}, "ids": ["x", "y", "x"]},
            "3 different ids, received 2",
        ),
    ],
)
def test_errors_name_the_argument(arguments, message):
    with pytest.raises(ValueError, match=message):
        Split(**arguments)


def test_dataset_says_what_is_synthetic(split):
    data = Dataset("toy", split, split, split, synthetic=("curve",))
    assert repr(data) == "Dataset('toy': 6/6/6 specimens; image, curve (synthetic))"
    assert "synthetic" not in repr(Dataset("toy", split, split, split))
    assert "kept apart" in repr(split)
    assert "absent" in repr(split.without_labels())
