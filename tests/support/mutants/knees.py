"""Wrong searches for toe and knee."""

from __future__ import annotations

from collections.abc import Callable
from unittest import mock

import numpy as np

from fplib.experts import knees

MUTANTS: dict[str, dict[str, Callable]] = {}

_search, _cases = knees.search, knees._cases


def without(free: str) -> Callable:
    """A search whose toes (or knees) lie at points of t only."""

    def mutant(*given):
        def cases(*arguments):
            return (case for case in _cases(*arguments) if free not in case[2])

        with mock.patch.object(knees, "_cases", cases):
            return _search(*given)

    return mutant


def column(change: Callable) -> Callable:
    """The right search with its result changed."""
    return lambda t, x, w, toe, level: change(t, *_search(t, x, w, toe, level).T)


MUTANTS["search"] = {
    "toes at points only": without("toe"),
    "knees at points only": without("knee"),
    "weights ignored": lambda t, x, w, toe, level: _search(t, x, None, toe, level),
    "weights squared": lambda t, x, w, toe, level: _search(
        t, x, None if w is None else w**2, toe, level
    ),
    "never a level": lambda t, x, w, toe, level: _search(t, x, w, toe, False),
    "never a toe": lambda t, x, w, toe, level: _search(t, x, w, False, level),
    "knee counted from the toe": column(
        lambda t, toe, knee, *others: np.stack([toe, knee - toe, *others], axis=1)
    ),
    "change of slope for the second slope": column(
        lambda t, toe, knee, first, beyond, level: np.stack(
            [toe, knee, first, beyond - first, level], axis=1
        )
    ),
}
