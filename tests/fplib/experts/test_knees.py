"""The search for toe and knee against dense grids; wrong searches in test_mutants."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest

from fplib.experts import knees as module
from tests.support.tolerances import EXACT, MINIMISER, assert_close

OPTIONS = list(itertools.product((False, True), repeat=2))  # toe, level
AXES = {
    "even": np.linspace(0.0, 1.0, 16),
    "uneven": 0.2 * np.sort(np.random.default_rng(3).uniform(size=16)),
    "from below zero": np.linspace(-0.1, 0.9, 16),
    "late": np.linspace(0.1, 5.0, 16),
}


def pieces(t: np.ndarray, toe: float | None, knee: float) -> np.ndarray:
    """Columns of a curve with both places given: first slope, second slope, level, (T, 3)."""
    start = 0.0 if toe is None else toe
    low = t if toe is None else np.maximum(t, toe)
    first = np.minimum(low, knee) - start
    return np.stack([first, np.maximum(t - knee, 0.0), np.ones_like(t)], axis=1)


def least_on_grid(t, curve, weights, toe: bool, level: bool) -> float:
    """Squared error of the best curve over a dense grid of places, one solution each."""
    least, root = np.inf, np.sqrt(weights)
    positive = t[t > 0]
    dense = np.unique(np.concatenate([np.linspace(positive[0], t[-2], 60), positive[:-1]]))
    starts = np.unique(np.concatenate([[0.0], dense])) if toe else [None]
    for start, knee in itertools.product(starts, dense):
        if start is not None and start >= knee:
            continue
        design = root[:, None] * pieces(t, start, knee)[:, : 2 + level]
        if np.linalg.matrix_rank(design) < 2 + level:
            continue
        found = np.linalg.lstsq(design, root * curve, rcond=None)[0]
        least = min(least, float(np.sum((design @ found - root * curve) ** 2)))
    return least


def error(t, curve, weights, found, toe: bool) -> float:
    """Squared error of a fit."""
    start, knee, first, beyond, level = found
    fitted = pieces(t, start if toe else None, knee) @ [first, beyond, level]
    return float(weights @ (fitted - curve) ** 2)


def check_never_above_a_grid(search: Callable) -> None:
    rng = np.random.default_rng(0)
    for t, (toe, level) in itertools.product(AXES.values(), OPTIONS):
        size = t[-1]
        for noise in (0.01, 0.3):
            theta = np.array([0.12, 0.2]) * toe * size, np.array([0.43, 0.61]) * size
            slopes = np.array([[2.0, 0.5], [1.0, -0.5]]) / size
            curves = np.array(
                [
                    pieces(t, a if toe else None, b) @ [*s, 0.3 * level]
                    for a, b, s in zip(*theta, slopes, strict=True)
                ]
            )
            curves = curves + noise * rng.normal(size=curves.shape)
            weights = rng.gamma(2.0, size=curves.shape)
            for given in (None, weights):
                w = np.ones_like(curves) if given is None else given
                for row, curve, v in zip(
                    search(t, curves, given, toe, level), curves, w, strict=True
                ):
                    least = least_on_grid(t, curve, v, toe, level)
                    assert error(t, curve, v, row, toe) <= least * (1 + EXACT)


def check_places_between_points_are_found(search: Callable) -> None:
    """Without noise every parameter comes back, in any unit of t and of the curve."""
    rng = np.random.default_rng(1)
    t = np.linspace(0.0, 1.0, 40)
    for toe, level in OPTIONS:
        for size, unit in ((1.0, 1.0), (1e-3, 1e9), (300.0, 1e-9)):
            wanted = np.stack(
                [
                    rng.uniform(0.06, 0.2, 20) * toe,
                    rng.uniform(0.35, 0.8, 20),
                    rng.uniform(1.0, 2.0, 20),
                    rng.uniform(-1.0, 0.5, 20),
                    rng.uniform(0.1, 0.5, 20) * level,
                ],
                axis=1,
            )
            curves = np.array([pieces(t, r[0] if toe else None, r[1]) @ r[2:] for r in wanted])
            found = search(size * t, unit * curves, None, toe, level)
            assert_close(found / [size, size, unit / size, unit / size, unit], wanted, MINIMISER)


CHECKS = {"search": [check_never_above_a_grid, check_places_between_points_are_found]}


@pytest.mark.parametrize("check", CHECKS["search"])
def test_formula(check: Callable) -> None:
    check(module.search)


def test_curves_alike_everywhere_and_curves_of_zeros_are_fitted() -> None:
    t = AXES["even"]
    curves = np.stack([2 * t, 0 * t, -t])
    for toe, level in OPTIONS:
        found = module.search(t, curves, None, toe, level)
        assert np.isfinite(found).all()
        for row, curve in zip(found, curves, strict=True):
            assert error(t, curve, np.ones(16), row, toe) < 1e-20


def test_too_few_points_are_refused_with_the_sign() -> None:
    for t in (-np.linspace(0, 1, 9)[::-1], np.append(-np.linspace(0.1, 1, 9)[::-1], 0.5)):
        for toe, level in OPTIONS:
            with pytest.raises(
                ValueError, match=r"more points of t above zero; .* pass -t\[::-1\]"
            ):
                module.search(t, np.ones((1, len(t))), None, toe, level)
