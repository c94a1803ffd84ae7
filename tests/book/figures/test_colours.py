"""Whoever draws takes colours by their meaning from the palette, and writes none."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from matplotlib.colors import CSS4_COLORS, TABLEAU_COLORS, XKCD_COLORS, is_color_like

ROOT = Path(__file__).parents[3]
DRAWING = [
    path
    for folder in ("fplib/plots", "book/figures")
    for path in sorted((ROOT / folder).glob("*.py"))
    if path.name != "style.py"
]
PAGES = sorted((ROOT / "book").glob("*.py"))
NAMES = {name.lower() for name in (*CSS4_COLORS, *TABLEAU_COLORS, *XKCD_COLORS)}
SAID = ("color", "c", "cmap", "facecolor", "edgecolor", "fc", "ec", "mfc", "mec", "colors")


def literals(source: str) -> list[str]:
    """Colours written out: #rrggbb and names anywhere, any colour or map given to an artist."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value.lower()
            if text in NAMES or (text.startswith("#") and is_color_like(text)):
                found.append(node.value)
        given = []
        if isinstance(node, ast.Call):
            given = [(k.arg, k.value) for k in node.keywords]
        elif isinstance(node, ast.Dict):
            given = [
                (getattr(k, "value", None), v) for k, v in zip(node.keys, node.values, strict=True)
            ]
        for name, value in given:
            constant = isinstance(value, ast.Constant) and isinstance(value.value, str)
            if name in SAID and constant and value.value != "none":
                found.append(value.value)
    return found


@pytest.mark.parametrize("path", [*DRAWING, *PAGES], ids=lambda p: p.name)
def test_no_colour_is_written_out(path):
    if path in PAGES:  # a cell's words may be colours' names, such as those of a table
        shown = [text for text in literals(path.read_text()) if text.startswith("#")]
    else:
        shown = literals(path.read_text())
    assert shown == []


@pytest.mark.parametrize(
    "source",
    [
        "plot(x, color='C0')",
        "x = '#12ab34'",
        "y = 'tab:blue'",
        "imshow(a, cmap='viridis')",
        "look = {'mfc': 'k'}",
        "z = ('Crimson',)",
    ],
)
def test_a_written_colour_is_found(source):
    assert literals(source)


def test_words_and_palette_are_no_colours():
    assert literals("plot(x, color=palette.ink, mfc='none', label='k = 3')") == []
