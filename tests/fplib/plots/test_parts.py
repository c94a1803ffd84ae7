"""Pieces that figures share."""

import itertools

import numpy as np
import pytest

from fplib.plots import LIGHT, canvas, parts, style


@pytest.mark.parametrize(
    ("fraction", "digits", "words"),
    [
        (0.98714, 2, "98.71 %"),
        (1.0, 2, "100.00 %"),
        (0.99999, 2, "99.99 %"),
        (0.99999, 4, "99.9990 %"),
        (1e-9, 2, "0.01 %"),
        (0.0, 1, "0.0 %"),
        (None, 2, "–"),
        (float("nan"), 2, "–"),
    ],
)
def test_percent_rounds_nothing_to_all_or_none(fraction, digits, words):
    assert parts.percent(fraction, digits) == words


def test_numbers_have_thin_thousands_and_a_true_minus():
    assert parts.spaced(-1234567.0) == "−1 234 567".replace(" ", "\N{NO-BREAK SPACE}")
    assert parts.spaced(0.25) == "0.25"
    assert parts.in_percent(0.9999) == "99.99"


def test_series_look_by_role_and_differ():
    names = ["both, mean field", "both, from $Z$", "image alone", "curve alone", "noise"]
    looks = parts.looks(names, LIGHT)
    assert [look.colour for look in looks[:4]] == [
        LIGHT.both,
        LIGHT.both,
        LIGHT.image,
        LIGHT.curve,
    ]
    assert looks[0].line != looks[1].line
    assert len({look.marker for look in looks}) == 5
    for first, second in itertools.combinations(looks, 2):
        assert (first.colour, first.line) != (second.colour, second.line)


def test_offsets_keep_equal_values_apart():
    for n in (1, 2, 5, 20):
        offsets = parts.golden(n)
        assert (np.abs(offsets) <= 0.5).all()
        assert np.diff(np.sort(offsets)).min(initial=1) > 0.3 / n
        assert np.abs(np.diff(offsets)).min(initial=1) > 0.35  # neighbours in value least of all


def test_rows_have_their_names_from_the_top():
    with style():
        axis = canvas(2).subplots()
        parts.named_rows(axis, ["a", 2])
    assert [t.get_text() for t in axis.get_yticklabels()] == ["a", "2"]
    low, high = axis.get_ylim()
    assert low > 1 > 0 > high


def test_shapes_are_refused_by_name():
    assert parts.shaped("x", [[1, 2]], None, 2).dtype == np.float64
    for shape in ((2,), (1, 3), (None, None, None)):
        with pytest.raises(ValueError, match=r"^x: expected shape \(.*\), received \(1, 2\)\.$"):
            parts.shaped("x", [[1, 2]], *shape)
