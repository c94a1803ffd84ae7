"""The tests tested: each wrong formula fails a check, and each check fails for a wrong formula."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.fplib import (
    test_elbo,
    test_elbo_identities,
    test_gaussians,
    test_mixture,
    test_moments,
    test_product_of_experts,
)
from tests.fplib.experts import test_base as test_experts
from tests.fplib.experts import test_expert_statistics, test_knees
from tests.support.mutants import (
    elbo,
    expert_statistics,
    experts,
    gaussians,
    knees,
    moments,
    product_of_experts,
    responsibilities,
)

MUTANTS = (
    product_of_experts.MUTANTS
    | gaussians.MUTANTS
    | responsibilities.MUTANTS
    | moments.MUTANTS
    | experts.MUTANTS
    | expert_statistics.MUTANTS
    | knees.MUTANTS
    | elbo.MUTANTS
)
CHECKS: dict[str, list[Callable]] = {}
for _module in (
    test_product_of_experts,
    test_gaussians,
    test_mixture,
    test_moments,
    test_experts,
    test_expert_statistics,
    test_knees,
    test_elbo,
    test_elbo_identities,
):
    for _function, _checks in _module.CHECKS.items():
        CHECKS[_function] = CHECKS.get(_function, []) + _checks


def rejects(check: Callable, mutant: Callable) -> bool:
    """Whether a check fails for its values; any other kind of failure is an error of this test."""
    try:
        check(mutant)
    except AssertionError:
        return True
    return False


def test_every_checked_function_has_mutants() -> None:
    assert set(MUTANTS) == set(CHECKS)


@pytest.mark.parametrize(
    ("function", "mistake"), [(f, mistake) for f, wrong in MUTANTS.items() for mistake in wrong]
)
def test_mutant_is_rejected(function: str, mistake: str) -> None:
    assert any(rejects(check, MUTANTS[function][mistake]) for check in CHECKS[function])


@pytest.mark.parametrize(("function", "check"), [(f, c) for f, cs in CHECKS.items() for c in cs])
def test_check_has_power(function: str, check: Callable) -> None:
    assert any(rejects(check, mutant) for mutant in MUTANTS[function].values())
