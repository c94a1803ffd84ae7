"""Claims and runs in which a verdict is planted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from paperbook import claims
from paperbook.claims import Claim

METRIC = "accuracy.image"
MANY = 10**6  # specimens, so many that only seeds count


def runs(*values: float, metric: str = METRIC, **parameters) -> pd.DataFrame:
    """Runs that hold what a verdict reads, each with a seed of its own."""
    told = {metric: values, "seconds.total": 60.0, "seed": range(len(values))}
    return pd.DataFrame(told | parameters)


def around(centre: float, spread: float = 0.001, n: int = 10) -> tuple[float, ...]:
    """Values about a centre, the same on both sides."""
    return tuple(centre + spread * np.linspace(-1, 1, n))


def claim(**changes) -> Claim:
    """A claim that an accuracy on a hundred specimens reaches 0.9."""
    told = {"group": "g", "claim": "it works", "recipe": "r", "page": "p", "metric": METRIC}
    told |= {"specimens": 100, "reason": "because"}
    if not set(changes) & set(claims.RULES):
        told["at_least"] = 0.9
    return Claim(**told | changes)
