"""The product of experts, equation (8); wrong formulas in test_mutants."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from fplib import gaussians
from fplib.gaussians import DiagonalGaussian
from tests.support import references
from tests.support.numerics import assert_finite_gradient, assert_gradient, cast
from tests.support.problems import LEVELS, experts, moved
from tests.support.tolerances import SINGLE, assert_close


def check_product_exact(product: Callable) -> None:
    for level in LEVELS:
        given = experts(level=level)
        assert_close(product(given), references.product_of_experts(given))
    mixed = [experts(i, 1, level)[0] for i, level in enumerate(LEVELS)]
    assert_close(product(mixed), references.product_of_experts(mixed))
    for shift in (-800.0, 800.0):  # precisions beyond float64; a common factor moves no mean
        shifted = product([DiagonalGaussian(e.mean, e.log_variance + shift) for e in experts()])
        mean, log_variance = references.product_of_experts(experts())
        assert_close(shifted, (mean, log_variance + shift))


def check_product_single_precision(product: Callable) -> None:
    for level in LEVELS:
        pair = cast(experts(count=2, level=level), tf.float32)
        fused = product(pair)
        assert fused.mean.dtype == fused.log_variance.dtype == tf.float32
        assert_close(fused, references.product_of_experts(pair), SINGLE)


def check_product_quadrature(product: Callable) -> None:
    """The normalised product of the densities on a grid has the moments of the closed form."""
    grid = np.linspace(-12, 12, 4001)[:, np.newaxis, np.newaxis]
    density = np.ones_like(grid)
    for e in experts():
        density = density * stats.norm(e.mean, np.exp(e.log_variance / 2)).pdf(grid)
    density /= density.sum(axis=0)
    mean = (density * grid).sum(axis=0)
    variance = (density * (grid - mean) ** 2).sum(axis=0)
    assert_close(product(experts()), (mean, np.log(variance)))


def check_product_invariances(product: Callable) -> None:
    a, b, c = experts()
    fused = product([a, b, c])
    assert_close(product([c, a, b]), fused)
    assert_close(product([product([a, b]), c]), fused)
    assert_close(product([a]), a)
    vague = DiagonalGaussian(a.mean + 1e3, a.log_variance + 800)  # its precision is zero in float64
    assert_close(product([a, b, vague, c]), fused)
    twice = product([a, b, c, a, b, c])  # everything measured twice: half the variance
    assert_close(twice, (fused.mean, fused.log_variance - np.log(2)))
    assert_close(product([moved(e) for e in (a, b, c)]), moved(fused))


def check_product_gradient(product: Callable) -> None:
    assert_gradient(product, experts())
    for dtype in (tf.float32, tf.float64):
        for level in (-90.0, 90.0):
            assert_finite_gradient(product, cast([*experts(level=level), *experts(1)], dtype))


CHECKS: dict[str, list[Callable]] = {
    "product_of_experts": [
        check_product_exact,
        check_product_single_precision,
        check_product_quadrature,
        check_product_invariances,
        check_product_gradient,
    ],
}


@pytest.mark.parametrize(("name", "check"), [(n, c) for n, cs in CHECKS.items() for c in cs])
def test_formula(name: str, check: Callable) -> None:
    check(getattr(gaussians, name))


def test_product_of_no_experts_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one Gaussian"):
        gaussians.product_of_experts([])
