"""From a drawing function to the book: one output with a picture for every reader, or a file."""

from __future__ import annotations

import base64
import io
import sys
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from PIL import Image

from fplib.plots.style import DARK, DESK, DPI, LIGHT, PHONE, Palette, style

LIMIT = 250_000  # bytes of one PNG
VERSIONS = "application/vnd.paperbook.versions+json"  # the MIME type of all pictures but the first
READERS = {"": (LIGHT, DESK), "dark": (DARK, DESK)}
READERS |= {"phone": (LIGHT, PHONE), "phone.dark": (DARK, PHONE)}


def png(drawn: Figure) -> bytes:
    """A figure as PNG of 256 colours, a third of the bytes; smaller where it would exceed `LIMIT`.

    Args:
        drawn: the figure.

    Returns:
        The bytes of the file; the same figure gives the same bytes.
    """
    dpi = float(DPI)
    while True:
        file = io.BytesIO()
        drawn.savefig(file, format="png", dpi=dpi, metadata={"Software": None})
        image = Image.open(file).convert("RGB")
        file = io.BytesIO()
        image.quantize(256, dither=Image.Dither.NONE).save(file, "png", optimize=True)
        if file.tell() <= LIMIT or dpi < DPI / 2:
            return file.getvalue()
        dpi *= 0.85


def payload(
    draw: Callable[..., Figure],
    *arrays: Any,
    alt: str,
    turn: Mapping[str, Any] | None = None,
    **options: Any,
) -> dict[str, Any]:
    """One figure as a MIME bundle: a light PNG, text, and the other versions for the book's reader.

    Args:
        draw: called as draw(*arrays, palette=…, **options), once for each version.
        *arrays: what it draws.
        alt: what the figure shows, in words, for readers who do not see it.
        turn: the same in space, from `turning`, for a page where it can be turned.
        **options: its keywords.

    Returns:
        {"image/png": base64, "text/plain": alt, VERSIONS: {"dark": base64, "phone": …}}.

    Raises:
        ValueError: if `alt` is empty.
        TypeError: if `draw` does not return a Matplotlib figure.
    """
    if not isinstance(alt, str) or not alt.strip():
        raise ValueError(
            f"alt: expected a sentence that says what the figure shows, received {alt!r}."
        )
    images: dict[str, Any] = {}
    for reader, (palette, across) in READERS.items():
        with style(palette, across):
            drawn = draw(*arrays, palette=palette, **options)
            if not isinstance(drawn, Figure):
                raise TypeError(
                    "draw: expected a function that returns a Matplotlib Figure, received "
                    f"{type(drawn).__name__}. Return the figure, not its axes."
                )
            images[reader] = base64.b64encode(png(drawn)).decode("ascii")
        _forget(drawn)
    if turn is not None:
        images["turn"] = dict(turn)
    return {"image/png": images.pop(""), "text/plain": " ".join(alt.split()), VERSIONS: images}


def show(
    draw: Callable[..., Figure],
    *arrays: Any,
    alt: str,
    turn: Mapping[str, Any] | None = None,
    **options: Any,
) -> None:
    """Display a figure in a notebook, in light and dark, for a desk and a phone, as one output.

    `show(confusion_matrix, matrix, alt="…")` and
    `show(lambda palette: confusion_matrix(matrix, palette=palette), alt="…")` are the same.

    Args:
        draw: called as draw(*arrays, palette=…, **options), once for each version.
        *arrays: what it draws.
        alt: what the figure shows, in words, for readers who do not see it.
        turn: the same in space, from `turning`, for a page where it can be turned.
        **options: its keywords.

    Raises:
        ValueError: if `alt` is empty.
        TypeError: if `draw` does not return a Matplotlib figure.
    """
    from IPython.display import display

    display(payload(draw, *arrays, alt=alt, turn=turn, **options), raw=True)


def save(
    draw: Callable[..., Figure],
    *arrays: Any,
    path: str | PathLike[str],
    palette: Palette = LIGHT,
    **options: Any,
) -> Path:
    """Write a figure to a file; .pdf and .svg are vectors with their fonts inside.

    Args:
        draw: called as draw(*arrays, palette=palette, **options).
        *arrays: what it draws.
        path: file with the suffix .pdf, .svg or .png.
        palette: `LIGHT` or `DARK`.
        **options: its keywords.

    Returns:
        The path.

    Raises:
        ValueError: for another suffix.
    """
    path = Path(path)
    metadata = {".pdf": {"CreationDate": None}, ".svg": {"Date": None}, ".png": None}
    if path.suffix not in metadata:
        raise ValueError(f"path: expected a name ending in .pdf, .svg or .png, received {path}.")
    with style(palette):
        drawn = draw(*arrays, palette=palette, **options)
        if path.suffix == ".png":
            path.write_bytes(png(drawn))
        else:
            drawn.savefig(path, metadata=metadata[path.suffix])
    _forget(drawn)
    return path


def _forget(drawn: Figure) -> None:
    """Close a figure made by pyplot, which a notebook would otherwise show a second time."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close(drawn)
