"""The explorer without training: models with random numbers, and a page that holds nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import fplib as fp
from book.analysis import display, weights
from fplib import experts
from fplib.config import Architecture
from fplib.data import Split
from tests.support.tinybook import ROOT

SCRIPTS = (ROOT / "book" / "_static" / "explorer").as_uri()
T = np.linspace(0, 1, 20)
SIDE = 19  # of a tile; odd, so that padding is not the same on both sides
common = {"curve_channels": (4, 6), "stride": 2, "log_variance_bound": 8.0}
DIGITS = Architecture(
    image_channels=(6, 8),
    image_hidden=(16, 16),
    curve_hidden=(12,),
    decoder_hidden=(16,),
    decoder_channels=(8, 8, 4),
    **common,
)
TILES = Architecture(
    image_channels=(4, 4),
    image_hidden=(8,),
    curve_hidden=(8,),
    decoder_hidden=(4,),
    decoder_channels=(4, 4, 4),
    **common,
)


def page_models() -> tuple[fp.FingerprintModel, fp.FingerprintModel]:
    """A model of digits and one of tiles; the numbers of both are random, the same each time."""
    line = fp.Curve("curve", T, experts.Proportional())
    digits = fp.FingerprintModel([fp.Image("image", (28, 28)), line], 10, architecture=DIGITS)
    stress = fp.Curve("curve", T, standardised(T))
    tiles = fp.FingerprintModel(
        [fp.Image("image", (SIDE, SIDE)), stress], 2, latent_dim=2, architecture=TILES
    )
    for model in (digits, tiles):
        scatter(model)
    digits.expert_parameters["curve"].assign(np.arange(10.0)[:, np.newaxis])
    tiles.expert_parameters["curve"].assign([[0.2, 0.5, 0.3], [0.3, 0.8, 0.1]])
    return digits, tiles


def standardised(t: np.ndarray) -> experts.Standardised:
    """An expert for curves of lattices, in units of scatter."""
    law = experts.ScaledHardening(strain=0.2, stress=50.0)
    return experts.Standardised(law, t, np.stack([t, t**2], axis=1), noise=0.05)


def scatter(model: fp.FingerprintModel) -> None:
    """Random numbers for all variables; the model answers as if it had been trained."""
    rng = np.random.default_rng(3)
    for name, variable in model.variables().items():
        shape = variable.shape
        path = getattr(variable, "path", "")
        if name == "means":
            variable.assign(rng.normal(0, 1, shape))
        elif name in ("logits", "log_variances"):
            variable.assign(rng.normal(0, 0.5, shape))
        elif name.startswith("decoders/"):  # grey values between zero and one, most of them
            bias = rng.uniform(0, 0.3, shape)
            variable.assign(bias if path.endswith("bias") else 2.5 * variable)
        elif path.endswith("kernel"):  # so that inputs differ in what the encoders say
            variable.assign(2.0 * variable)
        elif path.endswith(("beta", "bias", "moving_mean")):
            variable.assign(rng.normal(0, 0.3, shape))
        elif path.endswith(("gamma", "moving_variance")):
            variable.assign(rng.uniform(0.5, 1.5, shape))
    model.history_ = [{}]


def inputs(count: int, side: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Strokes and lines, (count, side, side) in the levels of a page and (count, T)."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:side, :side]
    ends = rng.uniform(3, side - 3, (count, 2, 2, 1, 1))
    along = np.linspace(0, 1, 12)[:, np.newaxis, np.newaxis, np.newaxis]
    dots = ends[:, 0] + along[:, np.newaxis] * (ends[:, 1] - ends[:, 0])  # (12, count, 2, 1, 1)
    far = np.min((rows - dots[:, :, 0]) ** 2 + (columns - dots[:, :, 1]) ** 2, axis=0)
    images = weights.of_pixels(weights.pixels(np.exp(-far / 2)), (side, side))
    curves = rng.uniform(0, 9, (count, 1)) * T + rng.normal(0, 0.5, (count, len(T)))
    return images, curves.astype(np.float32)


def written(folder: Path) -> Path:
    """A page with the explorer of `page_models`, whose kernels are rounded as the page has them."""
    digits, tiles = page_models()
    for model in (digits, tiles):
        weights.rounded(model)
    images, curves = inputs(30, 28)
    split = Split({"image": images, "curve": curves}, ids=range(30), labels=np.arange(30) % 10)
    some, _ = inputs(4, SIDE)
    measured = np.abs(inputs(4, SIDE)[1])
    kinds = ("gyroid", "octet")
    data = {
        "digits": display.digits(digits, split, {c: c for c in range(10)}, 20),
        "lattices": display.lattices(tiles, some, measured, [0, 0, 1, 1], {0: 0, 1: 1}, kinds),
    }
    places = "".join(f'<div class="explorer-{n}"></div>' for n in ("digits", "walk", "lattices"))
    lit = '<div class="ex-equation-encoder">F</div><div class="ex-equation-poe">P</div>'
    page = folder / "explorer.html"
    page.write_text(
        f'<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8"><title>Explorer</title></head>'
        f"<body><main><h1>Explorer</h1>{places}{lit}{display.element(data, SCRIPTS)}</main></body></html>",
        encoding="utf-8",
    )
    return page
