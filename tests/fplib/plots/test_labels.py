"""Labels beside the ends of lines."""

import numpy as np
import pytest
from scipy.optimize import minimize

from fplib.plots import labels as labels_


def test_spread_labels_are_apart_in_order_and_as_near_as_can_be():
    rng = np.random.default_rng(4)
    for n in (1, 2, 5, 9):
        wanted = rng.uniform(0, 1, n)
        placed = labels_.spread(wanted, 0.15)
        assert (np.argsort(placed) == np.argsort(wanted)).all()
        assert (np.diff(np.sort(placed)) >= 0.15 - 1e-12).all()
        order = np.argsort(wanted)
        found = minimize(
            lambda y, w=wanted[order]: np.sum((y - w) ** 2),
            np.arange(n) * 0.2,
            tol=1e-14,
            constraints=[
                {"type": "ineq", "fun": lambda y, i=i: y[i + 1] - y[i] - 0.15} for i in range(n - 1)
            ],
        )
        assert placed[order] == pytest.approx(found.x, abs=1e-4)
    assert labels_.spread([0.9, 0.1], 0.2).tolist() == pytest.approx([0.9, 0.1])
