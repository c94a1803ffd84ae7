"""Graphs of arrows between names: what is reached, circles, arrows that follow from others, an order."""

from __future__ import annotations

from collections.abc import Mapping

Arrows = Mapping[str, frozenset[str]]  # each name -> those that its arrows lead to


def reached(arrows: Arrows, start: str) -> set[str]:
    """All that one arrow or several lead to."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = arrows[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def circles(arrows: Arrows) -> list[list[str]]:
    """Groups of two and more names that reach one another."""
    reach = {name: reached(arrows, name) for name in arrows}
    groups = {
        tuple(sorted(other for other in reach[name] if name in reach[other]))
        for name in arrows
        if name in reach[name]
    }
    return [list(group) for group in sorted(groups)]


def reduced(arrows: Arrows) -> Arrows:
    """The arrows that do not follow from others: none a -> c beside a -> b -> … -> c.

    Those of a circle all stay.
    """
    reach = {name: reached(arrows, name) for name in arrows}

    def follows(name: str, target: str) -> bool:
        return name not in reach[target] and any(
            target in reach[other] and other not in reach[target]
            for other in arrows[name] - {target}
        )

    return {
        name: frozenset(target for target in targets if not follows(name, target))
        for name, targets in arrows.items()
    }


def ordered(arrows: Arrows) -> list[str]:
    """Names such that arrows run forward, near what they come from; in a circle few run back."""
    reach = {name: len(reached(arrows, name)) for name in arrows}
    left: dict[str, frozenset[str]] = dict(arrows)
    done: list[str] = []
    while left:
        before = {name: sum(name in left[a] for a in left if a != name) for name in left}

        def latest(name: str) -> int:
            return max((n for n, other in enumerate(done) if name in arrows[other]), default=-1)

        free = [name for name in left if not before[name]]
        if free:  # of what nothing left leads to, that which was led to last
            chosen = max(free, key=lambda name: (latest(name), reach[name], name))
        else:
            chosen = max(
                left, key=lambda name: (len(left[name] & left.keys()) - before[name], name)
            )
        done.append(chosen)
        del left[chosen]
    return done
