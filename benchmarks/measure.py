"""Rounds in which every contestant takes a turn, and medians over them."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

Answer = TypeVar("Answer")


def alternate(
    contestants: Mapping[str, Callable[[], Answer]],
    rounds: int,
    progress: Callable[[str, Answer], None] = lambda name, answer: None,
) -> dict[str, list[Answer]]:
    """Let all contestants take a turn in every round, so that a slow minute hits all of them.

    The order turns round from one round to the next: nobody always follows the same neighbour.

    Args:
        contestants: name -> a turn.
        rounds: how many turns each takes.
        progress: told what each turn gave.

    Returns:
        Name -> what its turns gave, one entry a round.
    """
    answers: dict[str, list[Answer]] = {name: [] for name in contestants}
    for number in range(rounds):
        names = list(contestants)
        for name in names if number % 2 == 0 else reversed(names):
            answers[name].append(contestants[name]())
            progress(name, answers[name][-1])
    return answers


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Median over rounds of ours over theirs, each pair from the same round."""
    return statistics.median(a / b for a, b in zip(ours, theirs, strict=True))


def spread(values: Sequence[float]) -> float:
    """Half the distance between the quartiles, as a share of the median; 0 for a single value."""
    if len(values) < 2:
        return 0.0
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return (high - low) / 2 / middle


def steps_for(seconds: float, run: Callable[[int], float], first: int = 2) -> int:
    """How many steps fill about the given time, found by doubling.

    Args:
        seconds: the time wished for.
        run: takes a number of steps and returns the time they took, s.
        first: how many to start with.

    Returns:
        The number of steps, at least one.
    """
    steps = first
    while (took := run(steps)) < seconds / 4 and steps < 1 << 20:
        steps *= 2
    return max(1, round(steps * seconds / took))


def shortest(
    call: Callable[[], object], seconds: float, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Shortest time of as many calls as fit into some seconds, at least three.

    For a floor: a disturbance can only raise a time, so the shortest is the nearest to the truth.

    Args:
        call: what to time.
        seconds: for all calls together.
        clock: tells the time, s.

    Returns:
        Time of one call, s.
    """
    times: list[float] = []
    end = clock() + seconds
    while len(times) < 3 or clock() < end:
        begin = clock()
        call()
        times.append(clock() - begin)
    return min(times)
