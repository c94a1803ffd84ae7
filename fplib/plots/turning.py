"""What a reader needs to turn a view of a three-dimensional latent space: a few hundred points.

The book's `turn.js` draws it on a canvas in place of the still.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from fplib.plots.latent import SIGMAS
from fplib.plots.parts import shaped
from fplib.plots.space import best_views
from fplib.plots.style import DARK, LIGHT


def turning(
    z: ArrayLike, labels: ArrayLike, means: ArrayLike, log_variances: ArrayLike, points: int = 400
) -> dict[str, Any] | None:
    """Points in space with their class, and the clusters, in hundredths of the farthest point.

    Args:
        z: latent means, (N, L).
        labels: class of each specimen, (N,), integers or strings.
        means: cluster means μ_c, (C, L).
        log_variances: logarithms of the cluster variances log σ_c², (C, L).
        points: at most so many specimens, chosen evenly by a fixed seed.

    Returns:
        "view": elevation and azimuth, degrees; "points": x, y, z and class of each; "clusters": x,
        y, z and the half-axes of two standard deviations; "names": name, x, y, z of each class;
        "light" and "dark": the colours of the classes. None unless L is 3.
    """
    z, means = shaped("z", z, None, None), shaped("means", means, None, np.shape(z)[-1])
    half = SIGMAS * np.exp(0.5 * shaped("log_variances", log_variances, *means.shape))
    if z.shape[1] != 3:
        return None
    classes, ranks = np.unique(np.asarray(labels), return_inverse=True)
    chosen = np.random.default_rng(0).permutation(len(z))[:points]
    middle = means.mean(axis=0)
    places, centres = z[chosen] - middle, means - middle
    unit = 100 / np.linalg.norm(np.concatenate([places, centres]), axis=1).max()
    named = [np.median(z[ranks == k], axis=0) - middle for k in range(len(classes))]

    def whole(rows: np.ndarray) -> list[list[int]]:
        return np.rint(unit * rows).astype(int).tolist()

    told = zip(whole(places), ranks[chosen].tolist(), strict=True)
    return {
        "view": list(map(int, best_views(means, 1)[0])),
        "points": [[*place, rank] for place, rank in told],
        "clusters": whole(np.concatenate([centres, half], axis=1)),
        "names": [
            [str(n), *place] for n, place in zip(classes, whole(np.array(named)), strict=True)
        ],
        **{p.name: [p.of(k, len(classes)) for k in range(len(classes))] for p in (LIGHT, DARK)},
    }
