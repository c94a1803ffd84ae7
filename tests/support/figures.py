"""What tests of figures share: data to draw, and the eye of an art editor."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from fplib.plots.style import DARK, DESK, LIGHT, PHONE, Palette, style

PALETTES = (LIGHT, DARK)
IN_PIXELS = {DESK: 774 / DESK, PHONE: 342 / PHONE}  # of an inch, in columns of 774 and 342 pixels
VERSIONS = ("light", "dark", "phone")
T = np.linspace(0, 1, 20)


def history(epochs: int) -> list[dict]:
    """A training in which the cluster prior stays level."""
    rng, rows = np.random.default_rng(0), []
    for epoch in range(1, epochs + 1):
        left = np.exp(-1.1 * (epoch - 1))
        shares = 1 + rng.normal(0, 0.02, 10) + left * rng.normal(0, 0.3, 10)
        terms = {
            "term.reconstruction.image": -737 - 9 * left,
            "term.expert.curve": 45 - 60 * left,
            "term.latent_prior": -11 - 2 * left,
            "term.cluster_prior": -2.3,
            "term.latent_entropy": -6 + 3 * left,
            "term.cluster_entropy": 0.01 + 0.3 * left,
        }
        bound = sum(terms.values())
        rows.append(
            {"epoch": epoch, "seconds": 50.0 * epoch, "elbo": bound, "elbo.validation": bound - 0.8}
            | terms
            | {"occupancy": list(shares / shares.sum()), "entropy": 0.01 + 0.3 * left}
        )
    return rows


def latent(dimensions: int, n: int = 600, noise: float = 0.8):
    """Specimens of ten classes along a path, and their clusters: z, labels, means, log variances."""
    rng, s = np.random.default_rng(1), np.linspace(0, 1, 10)
    path = [3 * np.cos(np.pi * s), 2 * np.cos(2 * np.pi * s), 1.5 * np.cos(3 * np.pi * s), s, s**2]
    means = 8 * np.stack(path, axis=1)[:, :dimensions]
    digits = rng.integers(0, 10, n)
    z = means[digits] + rng.normal(0, noise, (n, dimensions))
    return z, digits, means, rng.normal(0, 0.2, means.shape)


def lines(std: float, n: int = 400):
    """Straight curves of ten slopes: t, curves, digits, means (10, T), standard deviations (10,)."""
    rng = np.random.default_rng(2)
    digits = rng.integers(0, 10, n)
    curves = digits[:, None] * T + rng.normal(0, std, (n, len(T)))
    return T, curves, digits, np.arange(10)[:, None] * T, np.full(10, std)


def blobs(rows: int, columns: int) -> np.ndarray:
    """Images of growing blobs, (rows, columns, 28, 28)."""
    x, y = np.meshgrid(np.linspace(-1, 1, 28), np.linspace(-1, 1, 28))
    width = np.linspace(0.05, 0.5, rows * columns).reshape(rows, columns, 1, 1)
    return np.exp(-(x**2 + y**2) / width)


def counts() -> np.ndarray:
    """A confusion matrix of ten digits whose errors lie beside the diagonal."""
    rng = np.random.default_rng(3)
    matrix = np.diag(rng.integers(850, 1135, 10))
    i = np.arange(9)
    matrix[i, i + 1], matrix[i + 1, i] = rng.integers(0, 50, 9), rng.integers(0, 5, 9)
    return matrix


class Page:
    """A figure laid out, with the words that were really drawn and where.

    Matplotlib keeps texts that it never draws (ticks outside the axis, axes switched off), so the
    drawing itself is watched.
    """

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.texts: dict[Text, object] = {}
        original = Text.draw

        def watched(text, renderer, *args, **kwargs):
            if text.get_visible() and text.get_text().strip():
                self.texts[text] = Text.get_window_extent(text)
            return original(text, renderer, *args, **kwargs)

        Text.draw = watched
        try:
            figure.draw_without_rendering()
        finally:
            Text.draw = original

    @property
    def axes(self):
        return self.figure.axes

    @property
    def words(self) -> list[str]:
        return [text.get_text() for text in self.texts]


def pages(figures: Mapping[str, tuple]) -> dict[tuple[str, str], Page]:
    """Figures for a desk in both palettes and for a phone in one: {(name, version): page}."""
    versions = {p.name: (p, DESK) for p in PALETTES} | {"phone": (LIGHT, PHONE)}
    found = {}
    for (name, (draw, arrays, options)), version in itertools.product(figures.items(), versions):
        palette, across = versions[version]
        with style(palette, across):
            found[name, version] = Page(draw(*arrays, palette=palette, **options))
    return found


def assert_legible(page: Page) -> None:
    """No words are clipped, tiny or on top of others."""
    edge = page.figure.bbox
    assert page.texts
    for text, b in page.texts.items():
        size = text.get_fontsize() / 72 * IN_PIXELS[page.figure.get_figwidth()]
        assert size >= 9, text
        assert size <= 13, text
        assert b.x0 >= edge.x0 - 1, (text, "left")
        assert b.x1 <= edge.x1 + 1, (text, "right")
        assert b.y0 >= edge.y0 - 1, (text, "below")
        assert b.y1 <= edge.y1 + 1, (text, "above")
    for (first, a), (second, b) in itertools.combinations(page.texts.items(), 2):
        wide = min(a.x1, b.x1) - max(a.x0, b.x0)
        high = min(a.y1, b.y1) - max(a.y0, b.y0)
        if wide > 0 and high > 0:
            shared = wide * high / min(a.width * a.height, b.width * b.height)
            assert shared < 0.12, (first.get_text(), second.get_text(), round(shared, 2))


def assert_contrast(page: Page, palette: Palette) -> None:
    """Words can be read on their page; numbers inside have a background of their own."""
    for text in page.texts:
        inside = text.axes is not None and text in text.axes.texts
        if not (inside and text.get_text().isdecimal()):
            assert contrast(text.get_color(), palette.paper) >= 4.2, text


def assert_pair(light: Page, dark: Page) -> None:
    """Both modes say the same, at one size, no higher than 700 pixels."""
    assert light.words == dark.words
    (width, height), other = (page.figure.get_size_inches() for page in (light, dark))
    assert (width, height) == tuple(other)
    assert width == DESK
    assert height * IN_PIXELS[width] <= 700


def linear(colour) -> np.ndarray:
    """A colour in linear light, (3,)."""
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(first, second) -> float:
    """Contrast ratio of the Web Content Accessibility Guidelines, 1 to 21."""
    high, low = sorted(
        (linear(c) @ [0.2126, 0.7152, 0.0722] + 0.05 for c in (first, second)), reverse=True
    )
    return high / low
