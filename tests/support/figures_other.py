"""Every figure of the pages on lattices and speed, with data: name -> (function, arrays, options)."""

from __future__ import annotations

import numpy as np

from book.figures import bench, lattice, lattice_scores, schematic
from tests.support.figures import blobs

RNG = np.random.default_rng(5)
STRAIN = np.linspace(0, 0.2, 41)


def contestants(*names: str) -> list[dict]:
    return [
        {"name": name, "values": RNG.normal(8600 / (1 + k / 3), 200, 5), "ours": k < 2}
        for k, name in enumerate(names)
    ]


def prints(n: int, stiff: float) -> np.ndarray:
    """Compression curves with a knee, (n, T), MPa."""
    elastic = stiff * RNG.normal(1, 0.1, (n, 1)) * STRAIN
    return np.minimum(elastic, 35 + 60 * (STRAIN - 0.035)) * RNG.normal(1, 0.05, (n, 1))


def intervals(name: str, n: int = 20) -> dict:
    middle = RNG.normal(1, 0.03, n)
    return {
        "name": name,
        "estimate": middle,
        "low": middle - 0.06,
        "high": middle + 0.06,
        "truth": 1.0,
    }


PRINTS = np.concatenate([prints(20, 1200.0), prints(20, 800.0)])


MEANS = np.stack([PRINTS[:20].mean(axis=0), PRINTS[20:].mean(axis=0)])


PARAMETERS = ("modulus", "yield stress", "yield strain", "hardening modulus")


LAYERS = [
    f"{network} {k}, {kind}"
    for network in ("image encoder", "curve encoder", "image decoder")
    for k, kind in enumerate(("convolution", "convolution", "dense", "transposed"), 1)
]


PARTS = {"convolutions": 23.0, "transposed convolutions": 40.0, "dense layers": 23.0}

FIGURES = {
    "schematic, model": (schematic.model, (), {}),
    "schematic, story": (schematic.story, (), {}),
    "schematic, training": (schematic.training, (), {}),
    "bench, contest": (
        bench.contest_bars,
        (
            {
                "preset fast": contestants(
                    "fplib",
                    "fplib, whole epoch",
                    "PyTorch, float32",
                    "PyTorch, two halves",
                    "JMVAE of multivae",
                ),
                "preset paper": contestants(
                    "fplib", "PyTorch, float32", "PyTorch, two halves", "PyTorch, float64"
                ),
            },
        ),
        {},
    ),
    "bench, stacks": (
        bench.time_stacks,
        (
            {
                f"preset {k}": {
                    "fplib": PARTS | {"everything else": 28.0},
                    "PyTorch": PARTS | {"everything else": 93.0},
                }
                for k in ("fast", "paper")
            },
        ),
        {},
    ),
    "bench, products": (
        bench.product_speeds,
        (
            [
                {
                    "name": name,
                    "forward": RNG.uniform(2, 250),
                    "input": RNG.uniform(2, 250) if k else None,
                    "kernel": RNG.uniform(2, 250),
                }
                for k, name in enumerate(
                    [*LAYERS, "image decoder 5, transposed", "image encoder 5, dense"]
                )
            ],
        ),
        {"peak": 215.0, "step": 110.0},
    ),
    "lattice, photographs": (
        lattice.photograph_sheet,
        (blobs(2, 4), ["gyroid", "octet"]),
        {"columns": list("abcd")},
    ),
    "lattice, curves": (
        lattice.compression_curves,
        (
            STRAIN,
            PRINTS,
            np.repeat([0, 1], 20),
            {"expert": MEANS, "with toe and rounded knee": 0.98 * MEANS},
        ),
        {"names": ["gyroid", "octet"], "zoom": 0.06},
    ),
    "lattice, predicted curves": (
        lattice.predicted_curves,
        (
            blobs(1, 4)[0],
            STRAIN,
            PRINTS[18:22],
            MEANS[[0, 0, 1, 1]],
            np.full((4, 41), 3.0),
            ["gyroid", "gyroid", "octet", "octet"],
        ),
        {"baseline": MEANS.mean(axis=0)},
    ),
    "lattice, predicted images": (
        lattice.predicted_images,
        (
            STRAIN,
            PRINTS[18:22],
            {"predicted": blobs(1, 4)[0], "photograph": blobs(1, 4)[0]},
            ["gyroid", "gyroid", "octet", "octet"],
        ),
        {},
    ),
    "lattice, parameters": (
        lattice_scores.parameter_intervals,
        ({kind: [intervals(name) for name in PARAMETERS] for kind in ("gyroid", "octet")},),
        {},
    ),
    "lattice, dial": (
        lattice_scores.difficulty,
        (
            np.repeat([0.3, 0.6, 0.9, 1.2], 5),
            {
                name: 1 - np.repeat([0, 0, 0.05 * k, 0.1 * k], 5) * RNG.uniform(0.6, 1, 20)
                for k, name in enumerate(("both", "photograph", "curve", "k-means, curves"))
            },
        ),
        {},
    ),
    "lattice, selection": (
        lattice_scores.selection,
        (
            [
                {"elbo": RNG.normal(-9000, 1, 4), "accuracy": RNG.choice([0.842, 0.947, 1.0], 4)}
                for _ in range(10)
            ],
        ),
        {},
    ),
}
