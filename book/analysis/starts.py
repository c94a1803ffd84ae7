"""Starts of the joint training whose cluster centres have an order, or none."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.spatial.distance import pdist

STARTS = ("physics", "point", "scattered", "paper")
WITHOUT_ORDER = STARTS[1:]


def options(start: str) -> dict[str, Any]:
    """How `fit` of the `fast` recipe is told to begin.

    Args:
        start: "physics", the recipe's layout of the centres by physics; "point", all centres at
            one point; "scattered", the same for an epoch, after which the caller throws them to
            random places (`scattered`); "paper", centres and experts drawn at random.

    Returns:
        Fields of `fplib.config.Training`.

    Raises:
        ValueError: for another name.
    """
    follow = {"separation": 1e-4, "widths": "closed_form"}
    known: dict[str, dict[str, Any]] = {
        "physics": {},
        "point": follow | {"frozen_epochs": 0},
        "scattered": follow | {"frozen_epochs": 2},
        "paper": {"start": "random", "expert_variance": "fixed", "widths": "adam"},
    }
    if start not in known:
        raise ValueError(f"start: expected one of {STARTS}, received {start!r}.")
    return known[start]


def scattered(clusters: int, latent_dim: int, seed: int) -> np.ndarray:
    """Centres at random places, the closest two of them two units apart.

    Args:
        clusters: C, at least 2.
        latent_dim: L.
        seed: of the draw.

    Returns:
        (C, L) float32.
    """
    draw = np.random.default_rng([seed, 71]).standard_normal((clusters, latent_dim))
    return (2 * draw / pdist(draw).min()).astype(np.float32)
