"""Every figure of the pages on digits, with data to draw: name -> (function, arrays, options)."""

from __future__ import annotations

import numpy as np

from book.figures import calibration, crossmodal, factorial, noise, noisy, order, preset, specimen
from tests.support.figures import T, blobs, counts, lines

RNG = np.random.default_rng(5)
DIMENSIONS = [1, 2, 3, 4, 6, 8, 10]


FIVE = np.arange(5)


def bounds(level: float) -> np.ndarray:
    return level - 20 / np.array(DIMENSIONS) + RNG.normal(0, 0.5, (3, 7))


def errors() -> dict[str, np.ndarray]:
    falling = 0.3 / np.array(DIMENSIONS) * RNG.uniform(0.7, 1.3, (3, 1))
    named = ("both, mean field", "both, from $Z$", "image alone", "curve alone")
    return {name: 1 - (i > 0) * falling / 10**i for i, name in enumerate(named)}


def race(scale: float, epochs: int = 30) -> dict:
    path = scale * np.arange(1, epochs + 1)
    bound = -680 - 20 / path + RNG.normal(0, 0.5, epochs)
    return {"path": path, "bound": bound, "accuracy": 1 - 0.8 * np.exp(-path)}


STARTS = [
    f"{start}, {curve}"
    for start in ("one point", "scattered", "the paper's start")
    for curve in ("clean", "noisy")
]


TURN = np.linspace(0, 1.6 * np.pi, 10)


SPIRAL = (3 + TURN)[:, None] * np.column_stack([np.cos(TURN), np.sin(TURN), 0.1 * TURN])

BEGUN = ["physics", "one point", "scattered", "paper's"]


def along(*orders: str) -> dict[str, dict]:
    return {
        f"{curve} curves": {name: {b: RNG.uniform(0, 1, 9) for b in BEGUN} for name in orders}
        for curve in ("clean", "noisy")
    }


SHARES = RNG.dirichlet(np.full(10, 0.3), 2)

FIGURES = {
    "specimen, assignments": (
        specimen.assignments,
        (
            blobs(1, 1)[0, 0],
            T,
            lines(0.5)[1][0],
            lines(0.5)[3],
            dict(zip(("$p(c|Z)$", "mean field"), SHARES, strict=True)),
            list(range(10)),
        ),
        {},
    ),
    "specimen, there and back": (
        specimen.there_and_back,
        (blobs(1, 1)[0, 0], T, 3 * T, np.full(20, 0.25), lines(0.5)[1][0], blobs(1, 2)[0, 1]),
        {},
    ),
    "calibration, one panel": (
        calibration.errors_against,
        (["0.01", "0.5", "0.71"], {"": {k: v[:, :3] for k, v in errors().items()}}),
        {"xlabel": "noise of the curve"},
    ),
    "calibration, bounds": (
        calibration.bound_against,
        (DIMENSIONS, {"clean curves": bounds(-680), "noisy curves": bounds(-745)}),
        {
            "chosen": {"clean curves": (5, 3), "noisy curves": (6, 6)},
            "here": {"clean curves": bounds(-681)[:1]},
        },
    ),
    "calibration, errors": (
        calibration.errors_against,
        (DIMENSIONS, {"clean curves": errors(), "noisy curves": errors()}),
        {},
    ),
    "calibration, restarts": (
        calibration.restarts,
        (
            {
                name: (RNG.normal(-740, 3, 10), RNG.uniform(0.5, 0.7, 10))
                for name in ("k-means, pixels", "VaDE-like, 12 epochs", "mixture, PCA")
            },
        ),
        {},
    ),
    "crossmodal, confusions": (
        crossmodal.confusion_panels,
        (
            {
                f"{curve}, {seen}": counts()
                for curve in ("clean", "noisy")
                for seen in ("image + curve", "image alone", "curve alone")
            },
        ),
        {},
    ),
    "crossmodal, curves": (
        crossmodal.curves_from_images,
        (
            blobs(1, 6)[0],
            T,
            lines(0.5)[3][:6],
            np.full((6, 20), 0.25),
            lines(0.5)[3][:6] + RNG.normal(0, 0.5, (6, 20)),
            [f"digit {k}" for k in range(6)],
        ),
        {},
    ),
    "crossmodal, images": (
        crossmodal.images_from_curves,
        (T, lines(0.5)[1][:6], blobs(6, 7), ["mean", *[""] * 6]),
        {"names": [f"slope {k}.0" for k in range(6)]},
    ),
    "crossmodal, coverage": (
        crossmodal.coverage_curves,
        (
            np.linspace(0.1, 0.99, 10),
            {"clean": np.linspace(0.1, 0.97, 10), "noisy": np.linspace(0.09, 0.985, 10)},
        ),
        {},
    ),
    "noise, levels": (
        noise.noise_levels,
        (
            blobs(1, 5)[0],
            {
                name: FIVE[:, None] * T + RNG.normal(0, s, (5, 20))
                for name, s in (
                    ("clean: $s=0.01$", 0.01),
                    ("noisy, standard deviation: $s=0.5$", 0.5),
                    ("noisy, variance: $s=0.707$", 0.7),
                )
            },
            T,
            FIVE,
        ),
        {},
    ),
    "noise, slopes": (
        noise.slope_histograms,
        (
            {
                name: np.repeat(np.arange(10), 200) + RNG.normal(0, s, 2000)
                for name, s in (
                    ("clean: $s=0.01$", 0.004),
                    ("noisy, standard deviation: $s=0.5$", 0.19),
                    ("noisy, variance: $s=0.707$", 0.27),
                )
            },
            np.repeat(np.arange(10), 200),
        ),
        {},
    ),
    "noisy, distance": (
        noisy.accuracy_by_distance,
        (
            np.linspace(0, 0.5, 2000),
            {
                name: RNG.random(2000) < np.minimum(1, low + slope * np.linspace(0, 0.5, 2000))
                for name, low, slope in (
                    ("curve alone", 0.6, 1.2),
                    ("image alone", 0.97, 0),
                    ("both", 0.93, 0.2),
                )
            },
        ),
        {"edges": np.linspace(0, 0.5, 6)},
    ),
    "noisy, walks": (
        noisy.walks,
        (
            blobs(9, 13),
            np.repeat(np.arange(9)[:, None], 13, axis=1) + (np.arange(13) > 6),
            [f"{k} → {k + 1}" for k in range(9)],
            np.linspace(0, 18, 13),
            list(range(9)),
        ),
        {},
    ),
    "noisy, embedded": (
        noisy.embedded_order,
        ({f"{start}, seed 0": (SPIRAL, np.arange(10)) for start in STARTS},),
        {},
    ),
    "noisy, order": (
        noisy.order_against_chance,
        (
            [
                {
                    "name": start,
                    "values": RNG.normal(0.5, 0.1, 10),
                    "chance": RNG.normal(0, 0.17, 999),
                }
                for start in STARTS
            ],
        ),
        {"xlabel": "correlation of latent distance and difference in slope rank"},
    ),
    "preset, film": (
        preset.film,
        ({"paper": [race(0.1)], "10 × rate": [race(0.1), race(0.11)], "50 × rate": [race(0.12)]},),
        {},
    ),
    "factorial, effects": (
        factorial.effect_intervals,
        (
            ["physics start", "least squares", "start × squares"],
            {
                title: np.array([[20.0, 15, 25], [0.1, -1, 1.2], [-5, -9, -1]])
                for title in ("image and curve", "image alone")
            },
        ),
        {"main": 2},
    ),
    "factorial, cells": (
        factorial.cell_map,
        (
            RNG.uniform(0.2, 1.0, (6, 8)),
            [
                f"{a}, {s}"
                for a in ("from z", "structured", "mean field")
                for s in ("random", "physics")
            ],
            [
                f"{e}\n{v}\n{d}"
                for e in ("Adam", "WLS")
                for v in ("noise 1", "noise fit")
                for d in ("–", "dropout")
            ],
        ),
        {},
    ),
    "order, by start": (
        order.by_start,
        (along("along the slopes", "along the names"), BEGUN),
        {
            "ylabel": "correlation of distances",
            "bands": {"along the slopes": (0.85, 1.0), "along the names": (-0.2, 0.2)},
            "chance": 0.0,
        },
    ),
    "order, bands": (
        order.by_start,
        (along("in slope", "in name", "in the first layout"), BEGUN),
        {"ylabel": "share of errors", "chance": 0.2},
    ),
    "order, courses": (
        order.courses,
        (
            {
                f"{curve} curves": {b: 1 / (1 + RNG.uniform(0, 1, (9, 5))) for b in BEGUN}
                for curve in ("clean", "noisy")
            },
        ),
        {"ylabel": "correlation of distances"},
    ),
    "preset, slopes": (
        preset.slope_paths,
        (
            {
                "paper": {
                    "step": [10, 900, 1800],
                    "slopes": 4.5 + RNG.normal(0, 0.1, (3, 10)),
                    "rate": 2e-5,
                },
                "100 × rate": {
                    "step": [10, 900, 1800],
                    "slopes": np.linspace(4, 5, 10) + np.array([[0], [1], [2]]),
                },
                "fast": {"step": [10, 1800], "slopes": np.tile(np.arange(10), (2, 1))},
            },
            np.arange(10),
        ),
        {"marks": {"10 h": 330_000.0, "14 h": 460_000.0}},
    ),
}
