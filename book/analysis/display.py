"""What the explorer's page carries: models, examples and colours, in one element of HTML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import fplib as fp
from book.analysis import weights
from fplib.plots import DARK, LIGHT, Palette

SCRIPTS = ("network", "model", "draw", "digits", "walk", "lattices", "main")  # in this order
FOLDER = "../_static/explorer"
NOTHING = "The explorer needs JavaScript; the figure below is a still of it."


def digits(
    model: fp.FingerprintModel, split: fp.data.Split, named: Mapping[int, int], points: int
) -> dict[str, Any]:
    """The model of the digits, one example of each, and some specimens in latent space.

    Args:
        model: with kernels as the page has them.
        split: images, curves and labels; the first of each digit is an example.
        named: the digit of each cluster that has one.
        points: how many specimens to show.
    """
    shades = [named.get(c, 0) for c in range(model.clusters)]
    first = [int(np.flatnonzero(split.labels == digit)[0]) for digit in range(10)]
    some = {name: split[name][:points] for name in model.modalities}
    latent = model.transform(some).ravel()[:, np.newaxis]  # one channel, one scale
    return {
        "model": weights.model(model, "image"),
        "names": [str(named.get(c, "–")) for c in range(model.clusters)],
        "shades": shades,
        "order": [int(c) for c in np.argsort([named.get(c, 99) for c in range(model.clusters)])],
        "examples": weights.pixels(split["image"][first]),
        "slopes": [int(label) for label in split.labels[first]],
        "points": weights.packed(latent),
        "labels": split.labels[:points].tolist(),
    }


def lattices(
    model: fp.FingerprintModel,
    tiles: np.ndarray,
    measured: np.ndarray,
    labels: Sequence[int],
    named: Mapping[int, int],
    kinds: Sequence[str],
) -> dict[str, Any]:
    """The model of the lattices, without its decoder, and some tiles with their curves in MPa.

    Args:
        model: with kernels as the page has them; its expert is an `fplib.experts.Standardised`.
        tiles: as the encoder sees them, (N, H, H).
        measured: curves, MPa, (N, T).
        labels: kind of each tile, (N,).
        named: the kind of each cluster that has one.
        kinds: their names.
    """
    told = weights.model(model)
    curves, variances = megapascals(model)
    (curve,) = model.scientific.values()
    told |= {"curves": weights.plain(curves), "variances": weights.plain(variances)}
    told["t"] = weights.plain(100 * curve.expert.law.strain * np.array(curve.t))
    told["encoders"].pop(curve.name)
    each = [kinds[named[c]] if c in named else "–" for c in range(model.clusters)]
    return {
        "model": told,
        "names": each,
        "shades": [[1, 7][named.get(c, c % 2)] for c in range(model.clusters)],
        "side": tiles.shape[1],
        "tiles": weights.pixels(tiles),
        "measured": [[round(float(x), 2) for x in one] for one in measured],
        "kinds": [kinds[label] for label in labels],
    }


def megapascals(model: fp.FingerprintModel) -> tuple[np.ndarray, np.ndarray]:
    """Curves of the experts and the variances about them, MPa and MPa squared, (C, T) each."""
    (curve,) = model.scientific.values()
    expert, theta = curve.expert, model.expert_parameters[curve.name].numpy().astype(float)
    curves = expert.law.stress * expert.law.predict(np.array(curve.t), theta)
    noise = np.exp(model.expert_log_variance[curve.name].numpy().astype(float))
    return curves, expert.law.stress**2 * noise[:, np.newaxis] * np.diag(expert.covariance())


def largest_difference(
    before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray]
) -> dict[str, float]:
    """Largest difference in any element of each answer."""
    return {name: float(np.abs(before[name] - after[name]).max()) for name in before}


def element(data: Mapping[str, Any], folder: str = FOLDER) -> str:
    """HTML that carries the data and starts the scripts.

    Args:
        data: "digits" and "lattices", from the functions of those names.
        folder: where the scripts lie, as the page sees it.
    """
    told = {"palettes": {p.name: _colours(p) for p in (LIGHT, DARK)}} | dict(data)
    scripts = "\n".join(f'<script defer src="{folder}/{name}.js"></script>' for name in SCRIPTS)
    return (
        f'<link rel="stylesheet" href="{folder}/explorer.css">\n'
        f'<script type="application/json" id="explorer-data">{json.dumps(told)}</script>\n'
        f"{scripts}\n<noscript><p>{NOTHING}</p></noscript>"
    )


def _colours(palette: Palette) -> dict[str, str]:
    shades = {f"class-{i}": shade for i, shade in enumerate(palette.classes)}
    return (
        palette.roles
        | {"paper": palette.paper, "ink": palette.ink, "muted": palette.muted}
        | shades
    )


def count(told: Mapping[str, Any]) -> int:
    """How many numbers the networks of a page's model have."""
    model = told["model"]
    layers = [
        *(one for each in model["encoders"].values() for one in each),
        *(model["decoder"] or []),
    ]
    parts = ("bias", "scale", "offset")
    return sum(
        sum(len(one.get(part, [])) for part in parts)
        + len(one.get("kernel", {}).get("text", "")) // 2
        for one in layers
    )
