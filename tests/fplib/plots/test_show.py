"""From a drawing function to the book: one output with two pictures, or a file."""

from __future__ import annotations

import base64
import io

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from fplib import plots
from fplib.plots.show import LIMIT, png
from fplib.plots.style import DARK, DESK, DPI, LIGHT, PHONE
from tests.support.figures import latent, lines

DOTS = [{"name": "image alone", "values": [0.972, 0.975, 0.968], "paper": None}]


def decode(data: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(data, validate=True)))


@pytest.mark.parametrize(
    ("draw", "arrays"), [(plots.latent_space_3d, latent(3)), (plots.expert_lines, lines(0.5))]
)
def test_payload_is_one_picture_for_every_reader_of_moderate_size(draw, arrays):
    bundle = plots.payload(draw, *arrays, alt="What it\n shows.")
    assert set(bundle) == {"image/png", "text/plain", plots.VERSIONS}
    assert bundle["text/plain"] == "What it shows."
    pictures = {"light": bundle["image/png"]} | bundle[plots.VERSIONS]
    readers = {"light": (LIGHT, DESK), "dark": (DARK, DESK)}
    readers |= {"phone": (LIGHT, PHONE), "phone.dark": (DARK, PHONE)}
    assert set(pictures) == set(readers)
    for reader, (palette, across) in readers.items():
        data = pictures[reader]
        picture = decode(data)
        assert picture.format == "PNG"
        assert len(base64.b64decode(data)) <= LIMIT
        assert picture.width == round(across * DPI)
        corner = np.array(picture.convert("RGB").getpixel((0, 0))) / 255
        assert corner == pytest.approx(to_rgb(palette.paper), abs=0.01)
    assert plots.payload(draw, *arrays, alt="What it shows.") == bundle


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
    assert Image.open(io.BytesIO(reduced)).width >= 0.4 * DESK * DPI


def test_show_displays_one_output(monkeypatch):
    calls = []
    monkeypatch.setattr("IPython.display.display", lambda *a, **k: calls.append((a, k)))
    draw, arrays = plots.accuracy_dots, (DOTS,)
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
    draw, arrays = plots.accuracy_dots, (DOTS,)
    first, second = (
        plots.save(draw, *arrays, path=tmp_path / f"{i}{suffix}").read_bytes() for i in range(2)
    )
    assert first == second
    start = {".pdf": b"%PDF", ".svg": b"<?xml", ".png": b"\x89PNG"}[suffix]
    assert first.startswith(start)
    if suffix == ".pdf":
        assert b"/FontFile2" in first  # TrueType inside
        assert b"/Type3" not in first
    with pytest.raises(ValueError, match=r"path: expected a name ending in \.pdf"):
        plots.save(draw, *arrays, path=tmp_path / "figure.jpg")
