"""Graphs whose circles, shortcuts and order can be seen by eye."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from paperbook.arrows import Arrows, circles, ordered, reached, reduced


def graph(text: str) -> Arrows:
    """`a>b` an arrow, `c` a name without one."""
    found: dict[str, set[str]] = {}
    for word in text.split():
        name, _, target = word.partition(">")
        found.setdefault(name, set())
        if target:
            found[name].add(target)
            found.setdefault(target, set())
    return {name: frozenset(targets) for name, targets in found.items()}


def drawn_at_random(size: int, seed: int, circular: bool) -> Arrows:
    """Arrows from each name to later ones, or to any."""
    rng = np.random.default_rng(seed)
    names = [f"n{i:02}" for i in rng.permutation(size)]
    pairs = itertools.permutations if circular else itertools.combinations
    found: dict[str, set[str]] = {name: set() for name in names}
    for a, b in pairs(names, 2):
        if rng.uniform() < (2.5 if circular else 5) / size:
            found[a].add(b)
    return {name: frozenset(targets) for name, targets in found.items()}


def powers(arrows: Arrows) -> tuple[list[str], np.ndarray]:
    """Names, and which reaches which by the powers of the adjacency matrix."""
    names = sorted(arrows)
    one = np.array([[b in arrows[a] for b in names] for a in names], dtype=int)
    total = sum(np.linalg.matrix_power(one, k) for k in range(1, len(names) + 1))
    return names, total > 0


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("circular", [False, True])
def test_what_is_reached_and_what_goes_round_are_those_of_the_matrix(seed, circular) -> None:
    arrows = drawn_at_random(12, seed, circular)
    names, reach = powers(arrows)
    for i, name in enumerate(names):
        assert reached(arrows, name) == {names[j] for j in np.flatnonzero(reach[i])}
    round_trips = {names[i] for i in np.flatnonzero(np.diag(reach))}
    assert {name for group in circles(arrows) for name in group} == round_trips
    assert bool(round_trips) == circular


def test_circles_that_share_no_name_are_told_apart() -> None:
    assert circles(graph("a>b b>a b>c c>d d>e e>c f>a")) == [["a", "b"], ["c", "d", "e"]]
    assert circles(graph("a>b b>c a>c")) == []


@pytest.mark.parametrize("seed", range(5))
def test_reduced_arrows_reach_the_same_and_none_can_be_spared(seed) -> None:
    arrows = drawn_at_random(14, seed, circular=False)
    fewer = reduced(arrows)
    assert sum(map(len, fewer.values())) < sum(map(len, arrows.values()))
    for name in arrows:
        assert reached(fewer, name) == reached(arrows, name)
        for target in fewer[name]:
            without = fewer | {name: fewer[name] - {target}}
            assert target not in reached(without, name)


def test_no_arrow_of_a_circle_is_left_out() -> None:
    arrows = graph("a>b b>c c>a a>c c>d b>d")
    assert all(arrows[name] - {"d"} == reduced(arrows)[name] - {"d"} for name in arrows)


@pytest.mark.parametrize("seed", range(5))
def test_order_lets_every_arrow_run_forward(seed) -> None:
    arrows = drawn_at_random(15, seed, circular=False)
    order = ordered(arrows)
    assert sorted(order) == sorted(arrows)
    assert all(order.index(a) < order.index(b) for a in arrows for b in arrows[a])


def test_order_keeps_a_chain_together_and_begins_with_what_reaches_most() -> None:
    assert ordered(graph("z>y a>b b>c c>d lone")) == ["a", "b", "c", "d", "z", "y", "lone"]


def test_in_a_circle_one_arrow_runs_back() -> None:
    arrows = graph("a>b a>c b>c c>d d>a")
    order = ordered(arrows)
    assert sum(order.index(a) > order.index(b) for a in arrows for b in arrows[a]) == 1
