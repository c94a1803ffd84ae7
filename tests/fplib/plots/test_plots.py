"""Figures, checked as an art editor would, and against the numbers that they claim to show."""

from __future__ import annotations

import base64
import io
import itertools

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from matplotlib.text import Text
from PIL import Image
from scipy.optimize import minimize

from book.figures import calibration
from fplib import plots
from fplib.plots import labels as labels_
from fplib.plots import space
from fplib.plots.images import tile
from fplib.plots.show import LIMIT, png
from fplib.plots.style import DPI, WIDTH, readable_on

PALETTES = (plots.LIGHT, plots.DARK)
SMALLEST = 8.0  # points; a figure of 5.4 inches on a phone's 358 pixels sets them at 7 pixels
T = np.linspace(0, 1, 20)


def history(epochs: int) -> list[dict]:
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
    rng, s = np.random.default_rng(1), np.linspace(0, 1, 10)
    path = [3 * np.cos(np.pi * s), 2 * np.cos(2 * np.pi * s), 1.5 * np.cos(3 * np.pi * s), s, s**2]
    means = 8 * np.stack(path, axis=1)[:, :dimensions]
    digits = rng.integers(0, 10, n)
    z = means[digits] + rng.normal(0, noise, (n, dimensions))
    return z, digits, means, rng.normal(0, 0.2, means.shape)


def lines(std: float, n: int = 400):
    rng = np.random.default_rng(2)
    digits = rng.integers(0, 10, n)
    curves = digits[:, None] * T + rng.normal(0, std, (n, len(T)))
    return T, curves, digits, np.arange(10)[:, None] * T, np.full(10, std)


def blobs(rows: int, columns: int) -> np.ndarray:
    x, y = np.meshgrid(np.linspace(-1, 1, 28), np.linspace(-1, 1, 28))
    width = np.linspace(0.05, 0.5, rows * columns).reshape(rows, columns, 1, 1)
    return np.exp(-(x**2 + y**2) / width)


DIMENSIONS = [1, 2, 3, 4, 6, 8, 10]


def bounds(level: float) -> np.ndarray:
    return level - 20 / np.array(DIMENSIONS) + np.random.default_rng(4).normal(0, 0.5, (3, 7))


def errors() -> dict[str, np.ndarray]:
    falling = 0.3 / np.array(DIMENSIONS) * np.ones((3, 1))
    named = ("both, mean field", "both, from $Z$", "image alone", "curve alone")
    return {name: 1 - (i > 0) * falling / 10**i for i, name in enumerate(named)}


def restarted(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(-740, 3, 10), rng.uniform(0.5, 0.7, 10)


def counts() -> np.ndarray:
    rng = np.random.default_rng(3)
    matrix = np.diag(rng.integers(850, 1135, 10))
    i = np.arange(9)
    matrix[i, i + 1], matrix[i + 1, i] = rng.integers(0, 50, 9), rng.integers(0, 5, 9)
    return matrix


DOTS = [
    {"name": "image + curve, mean field", "values": [1.0] * 5, "paper": 1.0},
    {"name": "image + curve, from Z", "values": [0.9996, 0.9998, 0.9991, 0.9999, 0.9985]},
    {"name": "image alone", "values": [0.972, 0.975, 0.968, 0.977], "paper": None},
    {"name": "curve alone", "values": [], "paper": None},
]
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
    "decoded": (plots.decoded_images, (blobs(10, 8), range(10)), {}),
    "decoded, columns": (
        plots.decoded_images,
        (blobs(10, 7), range(10)),
        {"columns": ["−3σ", "−2σ", "−σ", "μ", "+σ", "+2σ", "+3σ"]},
    ),
    "experts, clean": (plots.expert_lines, lines(0.01), {}),
    "experts, noisy": (plots.expert_lines, lines(0.5), {"names": list("abcdefghij")}),
    "pairs": (plots.example_pairs, (blobs(1, 10)[0], lines(0.5)[1][:10], T, np.arange(10)), {}),
    "pairs, unfinished row": (
        plots.example_pairs,
        (blobs(1, 7)[0], lines(0.5)[1][:7], T, np.arange(7)),
        {},
    ),
    "confusion": (plots.confusion_matrix, (counts(), "Image alone, noisy curves"), {}),
    "confusion, spare cluster": (
        plots.confusion_matrix,
        (np.array([[40, 3, 1], [2, 45, 0]]),),
        {"classes": ["gyroid", "octet"], "rows": "lattice", "columns": "lattice of the cluster"},
    ),
    "dots": (plots.accuracy_dots, (DOTS,), {}),
    "bounds": (
        calibration.bound_against,
        (DIMENSIONS, {"clean curves": bounds(-680), "noisy curves": bounds(-745)}),
        {"chosen": {"clean curves": (5, 3), "noisy curves": (6, 6)}},
    ),
    "errors": (
        calibration.errors_against,
        (DIMENSIONS, {"clean": errors(), "noisy": errors()}),
        {},
    ),
    "restarts": (
        calibration.restarts,
        ({name: restarted(i) for i, name in enumerate(("k-means, pixels", "VaDE", "PCA"))},),
        {},
    ),
}


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


@pytest.fixture(scope="module")
def drawn() -> dict[tuple[str, str], Page]:
    """Every figure in both palettes: {(name, palette name): page}."""
    return {
        (name, palette.name): Page(draw(*arrays, palette=palette, **options))
        for (name, (draw, arrays, options)), palette in itertools.product(FIGURES.items(), PALETTES)
    }


@pytest.mark.parametrize("name", FIGURES)
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_no_words_are_clipped_tiny_or_on_top_of_others(drawn, name, mode):
    page = drawn[name, mode]
    edge = page.figure.bbox
    assert page.texts
    for text, b in page.texts.items():
        assert text.get_fontsize() >= SMALLEST, text
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


@pytest.mark.parametrize("name", FIGURES)
def test_both_modes_say_the_same(drawn, name):
    light, dark = drawn[name, "light"], drawn[name, "dark"]
    assert light.words == dark.words
    sizes = [page.figure.get_size_inches().tolist() for page in (light, dark)]
    assert sizes[0] == sizes[1]
    assert sizes[0][0] == WIDTH


def test_no_text_has_the_colour_of_the_other_mode(drawn):
    for (name, mode), page in drawn.items():
        palette = plots.LIGHT if mode == "light" else plots.DARK
        for text in page.texts:
            if text.axes is not None and "confusion" in name and text in text.axes.texts:
                continue  # its cell is the background
            assert contrast(text.get_color(), palette.paper) >= 4.5, (name, mode, text)


def linear(colour) -> np.ndarray:
    rgb = np.array(to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(first, second) -> float:
    """Contrast ratio of the Web Content Accessibility Guidelines, 1 to 21."""
    high, low = sorted(
        (linear(c) @ [0.2126, 0.7152, 0.0722] + 0.05 for c in (first, second)), reverse=True
    )
    return high / low


def oklab(rgb: np.ndarray) -> np.ndarray:
    lms = rgb @ np.array(
        [
            [0.4122214708, 0.2119034982, 0.0883024619],
            [0.5363325363, 0.6806995451, 0.2817188376],
            [0.0514459929, 0.1073969566, 0.6299787005],
        ]
    )
    return np.cbrt(lms) @ np.array(
        [
            [0.2104542553, 1.9779984951, 0.0259040371],
            [0.7936177850, -2.4285922050, 0.7827717662],
            [-0.0040720468, 0.4505937099, -0.8086757660],
        ]
    )


# Full dichromacy: G. M. Machado et al., IEEE Trans. Visualization and Computer Graphics 15, 2009.
SIGHT = {
    "normal": np.eye(3),
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritan": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


@pytest.mark.parametrize("palette", PALETTES, ids=lambda p: p.name)
@pytest.mark.parametrize("sight", SIGHT)
def test_any_two_classes_can_be_told_apart_by_every_reader(palette, sight):
    seen = np.array([linear(c) for c in palette.classes]) @ np.transpose(SIGHT[sight])
    lab = oklab(np.clip(seen, 0, 1))
    apart = min(np.linalg.norm(a - b) for a, b in itertools.combinations(lab, 2))
    least = {"normal": 0.10, "tritan": 0.06}.get(sight, 0.08)
    assert apart >= least


@pytest.mark.parametrize("palette", PALETTES, ids=lambda p: p.name)
def test_palettes_are_ordered_and_readable(palette):
    lightness = oklab(np.array([linear(c) for c in palette.classes]))[:, 0]
    assert (np.diff(lightness) > 0).all()
    assert contrast(palette.ink, palette.paper) >= 10
    assert contrast(palette.muted, palette.paper) >= 4.5
    assert contrast(palette.accent, palette.paper) >= 4.5
    assert contrast(palette.contrast, palette.paper) >= 4.2
    assert min(contrast(c, palette.paper) for c in palette.classes) >= 1.6
    assert readable_on(palette.ink, palette) == palette.paper
    assert readable_on(palette.paper, palette) == palette.ink


def test_a_palette_spreads_few_classes_and_repeats_after_ten():
    p = plots.LIGHT
    assert [p.of(i) for i in range(10)] == list(p.classes)
    assert p.of(13, 20) == p.classes[3]
    assert p.of(0, 1) == p.classes[0]
    for count in range(2, 10):
        assert len({p.of(i, count) for i in range(count)}) == count


def decode(data: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(data, validate=True)))


@pytest.mark.parametrize("name", ["latent 3", "experts, noisy"])
def test_payload_is_one_light_and_one_dark_picture_of_moderate_size(name):
    draw, arrays, options = FIGURES[name]
    bundle = plots.payload(draw, *arrays, alt="What it\n shows.", **options)
    assert set(bundle) == {"image/png", "text/plain", plots.DARK_MIME}
    assert bundle["text/plain"] == "What it shows."
    pictures = bundle["image/png"], bundle[plots.DARK_MIME]["png"]
    for data, palette in zip(pictures, PALETTES, strict=True):
        picture = decode(data)
        assert picture.format == "PNG"
        assert len(base64.b64decode(data)) <= LIMIT
        assert picture.width == round(WIDTH * DPI)
        corner = np.array(picture.convert("RGB").getpixel((0, 0))) / 255
        assert corner == pytest.approx(to_rgb(palette.paper), abs=0.01)
    again = plots.payload(draw, *arrays, alt="What it shows.", **options)
    assert again == bundle


def crowded(*, palette):
    made = plots.canvas(2.5)
    axis = made.subplots()
    axis.imshow(np.random.default_rng(0).random((400, 900, 3)), interpolation="nearest")
    return made


def test_a_picture_that_would_be_too_large_is_reduced():
    with plots.style(plots.LIGHT):
        made = crowded(palette=plots.LIGHT)
        file = io.BytesIO()
        made.savefig(file, format="png")
        assert file.tell() > 2 * LIMIT
        reduced = png(made)
    assert len(reduced) < file.tell() / 2
    assert Image.open(io.BytesIO(reduced)).width >= 0.4 * WIDTH * DPI


def test_show_displays_one_output(monkeypatch):
    calls = []
    monkeypatch.setattr("IPython.display.display", lambda *a, **k: calls.append((a, k)))
    draw, arrays, _ = FIGURES["dots"]
    assert plots.show(draw, *arrays, alt="Dots.") is None
    plots.show(lambda palette: draw(*arrays, palette=palette), alt="Dots.")
    ((first,), options), ((second,), _) = calls
    assert options == {"raw": True}
    assert first == second == plots.payload(draw, *arrays, alt="Dots.")


@pytest.mark.parametrize("alt", ["", "  ", None])
def test_a_figure_without_words_is_refused(alt):
    with pytest.raises(ValueError, match="alt: expected a sentence"):
        plots.payload(crowded, alt=alt)


def test_a_function_that_returns_no_figure_is_refused():
    with pytest.raises(TypeError, match=r"draw: expected .* Figure, received Axes"):
        plots.payload(lambda palette: plots.canvas(1).subplots(), alt="Nothing.")


def test_figures_made_with_pyplot_are_closed_and_styled():
    import matplotlib.pyplot as plt

    def draw(*, palette):
        made, axis = plt.subplots()
        assert mpl.rcParams["text.color"] == palette.ink
        axis.plot([0, 1])
        return made

    before = dict(mpl.rcParams)
    plots.payload(draw, alt="A line.")
    assert plt.get_fignums() == []
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("suffix", [".pdf", ".svg", ".png"])
def test_saved_figures_are_reproducible_and_embed_their_fonts(tmp_path, suffix):
    draw, arrays, options = FIGURES["dots"]
    first, second = (
        plots.save(draw, *arrays, path=tmp_path / f"{i}{suffix}", **options).read_bytes()
        for i in range(2)
    )
    assert first == second
    start = {".pdf": b"%PDF", ".svg": b"<?xml", ".png": b"\x89PNG"}[suffix]
    assert first.startswith(start)
    if suffix == ".pdf":
        assert b"/FontFile2" in first  # TrueType inside
        assert b"/Type3" not in first
    with pytest.raises(ValueError, match=r"path: expected a name ending in \.pdf"):
        plots.save(draw, *arrays, path=tmp_path / "figure.jpg")


# What the figures claim


def test_confusion_prints_every_count_once(drawn):
    shown = [t.get_text() for t in drawn["confusion", "light"].axes[0].texts]
    assert sorted(map(int, shown)) == sorted(counts()[counts() > 0].tolist())
    spare = drawn["confusion, spare cluster", "light"].words
    assert {"40", "45", "–", "gyroid", "octet"} <= set(spare)
    made = drawn["confusion", "light"]
    for text in made.axes[0].texts:
        column, row = (round(v) for v in text.get_position())
        assert counts()[row, column] == int(text.get_text())
        cell = made.axes[0].images[0].get_array()[row, column]
        assert contrast(text.get_color(), tuple(cell[:3])) >= 3


def test_confusion_colours_hits_and_errors_differently(drawn):
    cells = drawn["confusion", "light"].axes[0].images[0].get_array()
    hit, error = cells[3, 3], cells[3, 4]
    assert hit[2] > hit[0]  # blue
    assert error[0] > error[2]  # orange
    assert tuple(cells[0, 5][:3]) == to_rgb(plots.LIGHT.paper)


def test_dots_show_every_run_the_median_and_what_is_lost(drawn):
    made = drawn["dots", "light"]
    shown = "\n".join(made.words)
    assert "median 100.00 %\n◇ paper 100.00 %" in shown
    assert "median 97.35 %\npaper not recovered" in shown
    assert "median 99.96 %" in shown
    assert "median –\npaper not recovered" in shown
    dots = [line for line in made.axes[0].lines if line.get_marker() == "o"]
    assert [len(line.get_xdata()) for line in dots] == [len(row["values"]) for row in DOTS]
    for row, line in zip(DOTS, dots, strict=True):
        assert sorted(line.get_xdata()) == sorted(row["values"])
        assert len(set(np.round(line.get_ydata(), 3))) == len(row["values"])
    diamonds = [line for line in made.axes[0].lines if line.get_marker() == "D"]
    assert [line.get_xdata()[0] for line in diamonds] == [1.0]


def test_expert_lines_state_the_share_within_the_band(drawn):
    _, curves, clusters, mean, std = lines(0.5)
    inside = np.mean(np.abs(curves - mean[clusters]) <= 2 * std[clusters, None])
    titles = [axis.get_title(loc="left") for axis in drawn["experts, noisy", "light"].axes]
    assert f"{100 * inside:.1f} % within ±2 standard deviations" in titles[1]
    ends = [
        t for t in drawn["experts, noisy", "light"].axes[0].texts if t.get_text() in "abcdefghij"
    ]
    levels = [t.xy[1] for t in ends]
    assert levels == pytest.approx(range(10))
    assert levels == sorted(levels)
    assert len(ends) == 10


def test_expert_bands_are_drawn_for_each_cluster_when_they_differ():
    t, curves, clusters, mean, std = lines(0.5)
    for given, expected in ((std, 2), (np.linspace(0.1, 1, 10), 20)):
        made = plots.expert_lines(t, curves, clusters, mean, given)
        dashed = [line for line in made.axes[1].lines if line.is_dashed()]
        assert len(dashed) == expected
        levels = sorted(abs(line.get_ydata()[0]) for line in dashed)
        assert levels[-1] == pytest.approx(2 * given.max())


def test_digits_keep_their_colour_whatever_the_order_of_the_clusters():
    t, curves, clusters, mean, std = lines(0.5)
    order = np.random.default_rng(0).permutation(10)
    made = plots.expert_lines(t, curves, np.argsort(order)[clusters], mean[order], std, names=order)
    for line, digit in zip(made.axes[0].lines, order, strict=True):
        assert line.get_color() == plots.LIGHT.of(digit)
        assert line.get_ydata()[-1] == pytest.approx(digit)


def test_training_shows_every_finite_number_of_the_history(drawn):
    made = drawn["training, long", "light"]
    titles = [axis.get_title(loc="left") for axis in made.axes]
    assert titles == [
        "Evidence lower bound",
        "Reconstruction, image",
        "Expert, curve",
        "Latent prior",
        "Cluster prior",
        "Latent entropy",
        "Cluster entropy",
        "Shares of 10 clusters",
        "Entropy of q(c|X)",
    ]
    expert = made.axes[2].lines[0]
    assert expert.get_xdata().tolist() == list(range(2, 31))
    assert expert.get_ydata().tolist() == [row["term.expert.curve"] for row in LOST[1:]]
    assert any("starts at −12" in text for text in made.words)
    low, high = made.axes[0].get_ylim()
    assert -800 < low < -712 < high  # the first epoch does not flatten the others
    assert len([line for line in made.axes[7].lines if len(line.get_xdata()) == 30]) == 10


def test_training_leaves_out_what_was_not_recorded():
    made = plots.training_curves([{"epoch": 1, "elbo": -3.0}, {"epoch": 2, "elbo": -2.0}])
    assert [axis.get_title(loc="left") for axis in made.axes] == ["Evidence lower bound"]
    made = plots.training_curves([{"occupancy": [0.5, 0.5]}])
    assert [axis.get_title(loc="left") for axis in made.axes] == ["Shares of 2 clusters"]
    made = plots.training_curves([{"elbo": float("nan"), "entropy": 0.5, "occupancy": None}])
    assert [axis.get_title(loc="left") for axis in made.axes] == ["Entropy of q(c|X)"]
    with pytest.raises(ValueError, match="history: expected one dictionary an epoch"):
        plots.training_curves([])
    with pytest.raises(ValueError, match="history: expected 'elbo'"):
        plots.training_curves([{"epoch": 1}])


def test_training_does_not_magnify_noise():
    """Closed-form terms can be constant to 1e-4 nats; they must look constant."""
    rows = [{"epoch": e, "term.cluster_prior": -2.301 + 1e-4 * (e % 2)} for e in range(1, 7)]
    page = Page(plots.training_curves([row | {"entropy": 1e-28} for row in rows]))
    low, high = page.axes[0].get_ylim()
    assert high - low >= 0.1
    assert low < -2.301 < -2.3009 < high
    assert page.axes[1].get_ylim()[1] >= 0.1
    assert not any("e−" in text or "+" in text for text in page.words)


def test_mosaic_keeps_every_image_in_its_place():
    images = blobs(3, 4)
    mosaic, down, across = tile(images, gap=2)
    assert mosaic.shape == (3 * 30 - 2, 4 * 30 - 2)
    for row, column in itertools.product(range(3), range(4)):
        part = mosaic[row * down :, column * across :][:28, :28]
        assert (part == images[row, column]).all()
    assert np.isnan(mosaic).sum() == mosaic.size - images.size


@pytest.mark.parametrize("dimensions", [1, 2, 3, 5])
def test_latent_space_names_every_class_in_every_view(drawn, dimensions):
    made = drawn[f"latent {dimensions}", "light"]
    shown = made.words
    views = 2 if dimensions >= 3 else 1
    for digit in range(10):
        if dimensions != 1:  # there the ticks of the count may be digits too
            assert shown.count(str(digit)) >= views
    if dimensions > 1:
        ellipses = [p for axis in made.axes for p in axis.patches if isinstance(p, Ellipse)]
        assert len(ellipses) == 10 * views
    if dimensions == 5:
        assert any("variance in 5 dimensions" in text for text in shown)


def test_an_ellipsoid_is_outlined_exactly():
    """The drawn ellipse is the outline of the projected two-standard-deviation ellipsoid."""
    z, digits, means, log_variances = latent(3)
    view = (25, 33)
    made = plots.latent_space_3d(z, digits, means, log_variances, views=[view])
    ellipses = [p for p in made.axes[0].patches if isinstance(p, Ellipse)]
    rng = np.random.default_rng(0)
    sphere = rng.normal(size=(200_000, 3))
    sphere /= np.linalg.norm(sphere, axis=1, keepdims=True)
    side = space.View.of(*view, z.min(axis=0), z.max(axis=0))
    for mean, log_variance, ellipse in zip(means, log_variances, ellipses, strict=True):
        shadow = side.flat(mean + 2 * np.exp(log_variance / 2) * sphere)
        turn = np.radians(-ellipse.angle)
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        unit = (shadow - ellipse.center) @ rotation.T / [ellipse.width / 2, ellipse.height / 2]
        radius = np.hypot(*unit.T)
        assert radius.max() == pytest.approx(1, abs=1e-3)
        angle = np.degrees(np.arctan2(*unit.T[::-1]))
        rim = [radius[np.abs(angle - a) < 4].max() for a in range(-170, 180, 20)]
        assert min(rim) > 0.99


def test_a_view_is_a_rotation():
    view = space.View.of(25, 33, np.zeros(3), np.ones(3))
    frame = np.vstack([view.axes, view.towards])
    assert frame @ frame.T == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(frame) == pytest.approx(1)
    assert view.axes[1, 2] > 0  # up is up
    above = space.View.of(90, -90, np.zeros(3), np.ones(3))
    assert above.flat(np.array([[1.0, 2.0, 3.0]])) == pytest.approx(np.array([[1.0, 2.0]]))


def test_the_best_views_do_not_look_along_a_row_of_clusters():
    row = np.array([[0, 0, 0], [5, 0, 0], [10, 0, 0.1]])  # from azimuth 0 each covers the next
    views = space.best_views(row)
    assert len(views) == 2
    for elevation, azimuth in views:
        assert elevation == 22
        assert abs(np.sin(np.radians(azimuth))) > 0.5
    apart = abs((views[0][1] - views[1][1] + 180) % 360 - 180)
    assert apart >= 50
    assert len(space.best_views(np.zeros((1, 3)))) == 2


def test_many_specimens_are_thinned_reproducibly():
    z, digits, means, log_variances = latent(2, n=3000)
    made = [
        plots.latent_space_3d(z, digits, means, log_variances, points=500).axes[0].collections[0]
        for _ in range(2)
    ]
    assert len(made[0].get_offsets()) == 500
    assert (made[0].get_offsets() == made[1].get_offsets()).all()


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


Z, DIGITS, MEANS, LOGS = latent(3)


@pytest.mark.parametrize(
    ("draw", "arguments", "options", "message"),
    [
        (plots.latent_space_3d, (Z[:, 0], DIGITS, MEANS, LOGS), {}, r"^z: .*\(600,\)"),
        (plots.latent_space_3d, (Z, DIGITS[:5], MEANS, LOGS), {}, r"^labels: .*\(600,\).*\(5,\)"),
        (plots.latent_space_3d, (Z, DIGITS, MEANS[:, :2], LOGS), {}, "^means, log_variances: "),
        (plots.latent_space_3d, (Z * np.nan, DIGITS, MEANS, LOGS), {}, "^z: expected finite"),
        (plots.decoded_images, (blobs(3, 2)[0], [1, 2]), {}, r"^images: .*\(2, 28, 28\)"),
        (plots.decoded_images, (blobs(3, 2), [1, 2]), {}, "^images: .* 2 names"),
        (plots.decoded_images, (blobs(3, 2), "abc"), {"columns": ["x"]}, "^columns: expected 2"),
        (plots.expert_lines, (T, *lines(1)[1:4], np.ones(9)), {}, r"^std: expected .*\(10,\)"),
        (
            plots.expert_lines,
            (T, lines(1)[1], lines(1)[2] + 5, *lines(1)[3:]),
            {},
            r"^clusters: expected integers 0\.\.9",
        ),
        (
            plots.example_pairs,
            (blobs(1, 3)[0], lines(1)[1][:4], T, [1, 2, 3]),
            {},
            r"\(n, H, W\).*received \(3, 28, 28\), \(4, 20\)",
        ),
        (plots.confusion_matrix, (np.ones((3, 2)),), {}, r"^matrix: .*\(3, 2\)"),
        (plots.confusion_matrix, (-np.eye(2, dtype=int),), {}, "^matrix: expected counts"),
        (
            plots.confusion_matrix,
            (np.eye(3, dtype=int),),
            {"classes": "ab"},
            "^classes: expected 3",
        ),
        (plots.accuracy_dots, ([],), {}, "^rows: expected at least one"),
        (
            plots.accuracy_dots,
            ([{"name": "a", "values": [97.0]}],),
            {},
            "^rows: expected fractions",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_refused_by_name(draw, arguments, options, message):
    with pytest.raises(ValueError, match=message):
        draw(*arguments, **options)
