"""The general figures as an art editor sees them, in both modes."""

from __future__ import annotations

import numpy as np
import pytest

from fplib import plots
from fplib.plots import DARK, LIGHT
from tests.support.figures import (
    VERSIONS,
    T,
    assert_contrast,
    assert_legible,
    assert_pair,
    blobs,
    counts,
    history,
    latent,
    lines,
    pages,
)

DOTS = [
    {"name": "image + curve, mean field", "values": [1.0] * 5, "paper": 1.0},
    {"name": "image + curve, from Z", "values": [0.9996, 0.9998, 0.9991, 0.9999, 0.9985]},
    {"name": "image alone", "values": [0.972, 0.975, 0.968, 0.977], "paper": None},
    {"name": "curve alone", "values": [], "paper": None},
]
POOR = [{"name": f"method {k}", "values": [0.5 + k / 50, 0.6]} for k in range(12)]
LOST = history(30)
LOST[0] |= {"elbo": -12345.0, "elbo.validation": -900.0, "term.expert.curve": float("nan")}

FIGURES = {
    "training": (plots.training_curves, (history(6),), {}),
    "training, long": (plots.training_curves, (LOST,), {}),
    "training, one epoch": (plots.training_curves, (history(1),), {}),
    "latent 1": (plots.latent_space_3d, latent(1), {}),
    "latent 2": (plots.latent_space_3d, latent(2), {}),
    "latent 3": (plots.latent_space_3d, latent(3), {}),
    "latent 5": (plots.latent_space_3d, latent(5), {}),
    "latent, one view": (plots.latent_space_3d, latent(3), {"views": [(20, 40)]}),
    "decoded": (plots.decoded_images, (blobs(10, 4), range(10)), {}),
    "decoded, columns": (
        plots.decoded_images,
        (blobs(10, 3), range(10)),
        {"variants": ["−3σ", "μ", "+3σ"]},
    ),
    "experts, clean": (plots.expert_lines, lines(0.01), {}),
    "experts, noisy": (plots.expert_lines, lines(0.5), {"names": list("abcdefghij")}),
    "confusion": (plots.confusion_matrix, (counts(), "Image alone, noisy curves"), {}),
    "confusion, spare cluster": (
        plots.confusion_matrix,
        (np.array([[40, 3, 1], [2, 45, 0]]),),
        {"classes": ["gyroid", "octet"], "rows": "lattice", "columns": "lattice of the cluster"},
    ),
    "dots": (plots.accuracy_dots, (DOTS,), {}),
    "dots, many": (plots.accuracy_dots, (POOR,), {}),
    "pairs": (plots.example_pairs, (blobs(1, 10)[0], lines(0.5)[1][:10], T, np.arange(10)), {}),
    "pairs, unfinished row": (
        plots.example_pairs,
        (blobs(1, 7)[0], lines(0.5)[1][:7], T, np.arange(7)),
        {},
    ),
}


@pytest.fixture(scope="module")
def drawn():
    """Every figure in its versions."""
    return pages(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("version", VERSIONS)
def test_words_can_be_read(drawn, name, version):
    assert_legible(drawn[name, version])
    assert_contrast(drawn[name, version], DARK if version == "dark" else LIGHT)


@pytest.mark.parametrize("name", FIGURES)
def test_both_modes_say_the_same(drawn, name):
    assert_pair(drawn[name, "light"], drawn[name, "dark"])
