"""Verdicts compared specimen by specimen, against counts by hand."""

from __future__ import annotations

import numpy as np
import pytest

from book.analysis.discordant import confusion, discordant, mcnemar, named

LABELS = np.array([0, 0, 0, 1, 1, 1])
FIRST = np.array([1, 1, 1, 0, 0, 1])  # names turned round, one wrong
SECOND = np.array([0, 0, 1, 1, 1, 1])


def test_names_of_clusters_do_not_matter() -> None:
    assert named(LABELS, FIRST).tolist() == [True] * 5 + [False]
    assert named(LABELS, SECOND).tolist() == [True, True, False, True, True, True]


def test_confusion_is_row_by_row() -> None:
    assert confusion(LABELS, FIRST) == [3, 0, 1, 2]
    assert confusion(LABELS, SECOND) == [2, 1, 0, 3]
    assert confusion(LABELS, np.zeros(6, int)) in ([3, 0, 3, 0], [0, 3, 0, 3])


def test_only_specimens_on_which_they_differ_count() -> None:
    assert discordant(LABELS, FIRST, SECOND) == (1, 1)
    assert discordant(LABELS, FIRST, LABELS) == (0, 1)
    assert discordant(LABELS, LABELS, FIRST) == (1, 0)


def test_mcnemar_is_a_sign_test() -> None:
    assert mcnemar(14, 0) == pytest.approx(2 * 0.5**14)
    assert mcnemar(1, 5) == pytest.approx(2 * (1 + 6) / 64)
    assert mcnemar(5, 1) == mcnemar(1, 5)
    assert mcnemar(3, 3) == mcnemar(0, 0) == 1
