"""What the explorer's page carries: models, examples and colours, in one element of HTML."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import fplib as fp
from book.analysis import weights
from fplib.plots import DARK, LIGHT, Palette

SCRIPTS = ("network", "model", "draw", "digits", "walk", "lattices", "main")  # in this order
FOLDER = "../_static/explorer"
SOURCES = Path(__file__).parents[1] / "_static" / "explorer"
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
    shades, labels = [named.get(c, 0) for c in range(model.clusters)], np.asarray(split.labels)
    first = [int(np.flatnonzero(labels == digit)[0]) for digit in range(10)]
    some = {name: split[name][:points] for name in model.modalities}
    latent = model.transform(some).ravel()[:, np.newaxis]  # one channel, one scale
    return {
        "model": weights.model(model, model.encoders, "image"),
        "names": [str(named.get(c, "–")) for c in range(model.clusters)],
        "shades": shades,
        "order": [int(c) for c in np.argsort([named.get(c, 99) for c in range(model.clusters)])],
        "examples": weights.pixels(split["image"][first]),
        "slopes": [int(label) for label in labels[first]],
        "points": weights.packed(latent, 2),
        "labels": labels[:points].tolist(),
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
    alone = model.unimodal.get("image") or model.encoders["image"]
    told = weights.model(model, {"image": alone})
    curves, variances = megapascals(model)
    (curve,) = model.scientific.values()
    told |= {"curves": weights.plain(curves), "variances": weights.plain(variances)}
    told["t"] = weights.plain(100 * curve.expert.law.strain * np.array(curve.t))
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


def answers(model: fp.FingerprintModel, data: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What the page shows of specimens: latent means, responsibilities of both kinds, images."""
    z = model.transform(data)
    return {
        "latent mean": z,
        "from Z": model.responsibilities(data, "from_z"),
        "mean field": model.responsibilities(data, "mean_field"),
        "image": model.decode(z)["image"],
    }


def mixed(images: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Mixtures of two images each, as a reader can make them, (count, H, W) float32."""
    rng = np.random.default_rng(seed)
    one, other = images[rng.integers(len(images), size=(2, count))]
    share = rng.random((count, 1, 1))
    return ((1 - share) * one + share * other).astype(np.float32)


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
        f'<script type="application/json" id="explorer-data">{json.dumps(told, separators=(",", ":"))}</script>\n'
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
    """How many numbers the kernels of a page's model have."""
    model = told["model"]
    networks = [*model["encoders"].values(), model["decoder"] or []]
    kernels = (layer["kernel"] for one in networks for layer in one if "kernel" in layer)
    return sum(math.prod(kernel["shape"]) for kernel in kernels)


def kilobytes(html: str) -> float:
    """What the explorer adds to its page, 1000 bytes each: its element, scripts and style."""
    files = SOURCES.iterdir()
    return (len(html.encode()) + sum(path.stat().st_size for path in files)) / 1000
