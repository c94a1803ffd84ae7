"""The tests tested: each wrong formula fails a check, and each check fails for a wrong formula."""

from __future__ import annotations

from collections.abc import Callable

import mutants.elbo
import mutants.expert_statistics
import mutants.experts
import mutants.gaussians
import mutants.moments
import mutants.product_of_experts
import mutants.responsibilities
import pytest
import test_elbo
import test_elbo_identities
import test_expert_statistics
import test_experts
import test_gaussians
import test_mixture
import test_moments
import test_product_of_experts

MUTANTS = (
    mutants.product_of_experts.MUTANTS
    | mutants.gaussians.MUTANTS
    | mutants.responsibilities.MUTANTS
    | mutants.moments.MUTANTS
    | mutants.experts.MUTANTS
    | mutants.expert_statistics.MUTANTS
    | mutants.elbo.MUTANTS
)
CHECKS: dict[str, list[Callable]] = {}
for _module in (
    test_product_of_experts,
    test_gaussians,
    test_mixture,
    test_moments,
    test_experts,
    test_expert_statistics,
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
