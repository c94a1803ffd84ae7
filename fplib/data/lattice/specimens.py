"""A set of lattices, each drawn from random streams of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fplib.data.lattice import mechanics
from fplib.data.lattice.mechanics import KINDS

LATENT, CURVE, PHOTOGRAPH = range(3)  # random streams of a lattice


@dataclass(frozen=True)
class Specimens:
    """Hold N lattices: gyroids first, then octets.

    Args:
        ids: (N,) names, such as "gyroid-07".
        labels: (N,) 0 for a gyroid, 1 for an octet.
        prints: what each is like, by kind.
        curve: (N, 100) float32 engineering stress, MPa, over `mechanics.STRAIN`.
        seed: seed of the streams.
    """

    ids: np.ndarray
    labels: np.ndarray
    prints: dict[str, mechanics.Prints]
    curve: np.ndarray
    seed: int

    def row(self, index: int) -> tuple[str, dict[str, float]]:
        """Return kind and true parameters of one lattice."""
        kind = KINDS[self.labels[index]]
        return kind, self.prints[kind].row(self.number(index))

    def number(self, index: int) -> int:
        """Return the number of a lattice within its kind."""
        return int(np.sum(self.labels[:index] == self.labels[index]))


def stream(seed: int, kind: str, number: int, purpose: int) -> np.random.Generator:
    """Return a random stream of one lattice, independent of all others and of how many there are."""
    key = (KINDS.index(kind), number, purpose)
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def specimens(
    spread: float, gyroid: int, octet: int, seed: int, law: str = "softplus"
) -> Specimens:
    """Draw lattices and their curves, without photographs: enough to turn the dial, and quick.

    Args:
        spread: difficulty dial s.
        gyroid: number of gyroids.
        octet: number of octets.
        seed: seed of the streams.
        law: how curves pass their knee, one of `mechanics.CURVE_LAWS`; all else is the same.
    """
    ids, prints, curve = [], {}, []
    for kind, n in zip(KINDS, (gyroid, octet), strict=True):
        one_by_one = [
            mechanics.draw(kind, spread, 1, stream(seed, kind, k, LATENT)) for k in range(n)
        ]
        curve += [
            mechanics.curves(one, stream(seed, kind, k, CURVE), law=law)
            for k, one in enumerate(one_by_one)
        ]
        prints[kind] = mechanics.stack(one_by_one)
        ids += [f"{kind}-{k:02d}" for k in range(n)]
    return Specimens(
        ids=np.array(ids),
        labels=np.repeat(np.arange(2), (gyroid, octet)),
        prints=prints,
        curve=np.concatenate(curve).astype(np.float32),
        seed=seed,
    )
