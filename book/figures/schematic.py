"""Diagrams of the model: its parts, how it tells that data come about, and how it is trained."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, FancyBboxPatch

from book.figures.drawing import Board, Point
from fplib.plots.style import LIGHT, Palette, figure, narrow, width

THREE = np.array([(0.3, 0.82), (0.6, 0.86), (0.68, 0.68), (0.45, 0.53), (0.7, 0.38), (0.6, 0.16)])
STROKE = np.vstack([THREE, (0.28, 0.2)])  # a digit, as the corners of a stroke
CENTRES = np.array([(0.16, 0.3), (0.28, 0.7), (0.55, 0.84), (0.8, 0.6), (0.72, 0.24), (0.44, 0.2)])
CHOSEN = 3  # the cluster of the specimen


@figure
def model(*, palette: Palette = LIGHT) -> Figure:
    """The model: encoders, product of experts, clusters in latent space, decoder and expert.

    Args:
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure, from left to right, on a phone from top to bottom.
    """
    lanes = _grid()
    board = Board.of(7.1 if narrow() else 2.9, palette)
    names = {1: ("image", palette.image), -1: ("curve", palette.curve)}
    for lane, (name, colour) in names.items():
        seen, encoder = lanes(0, lane), lanes(1, lane)
        number = 1 if lane == 1 else 2
        _thumbnail(board, seen, name, colour)
        board.words(_named(seen, lane), f"{name} $X_{number}$", colour)
        board.arrow([_edge(seen, 0.42), _edge(encoder, -0.5, -0.28)], colour)
        board.box(encoder, (1.0, 0.56), f"encoder\n$\\mu_{number},\\,\\sigma_{number}$", colour)
        middle = lanes(2, 0)
        board.arrow([_edge(encoder, 0.5, 0.28), _towards(encoder, middle, lane)], colour)
    fused, space = lanes(2, 0), lanes(3, 0)
    board.box(fused, (1.06, 0.62), "product\n$q(Z\\,|\\,X)$", palette.both)
    side = 1.3
    board.arrow([_edge(fused, 0.53, 0.31), _edge(space, -side / 2)], palette.both)
    _latent(board.inset(space, (side, side)), palette)
    board.words(_beside(space, side), "clusters $c$\nin latent space $Z$", palette.ink)
    for lane, (name, colour) in names.items():
        part, out = lanes(4, lane), lanes(5, lane)
        number = 1 if lane == 1 else 2
        told = "network\n$\\hat X_1(Z)$" if lane == 1 else "expert\n$E(t;\\,\\hat\\theta_c)$"
        board.arrow([_corner(space, side, lane), _edge(part, -0.5, -0.28)], palette.ink)
        board.box(part, (1.0, 0.56), told, colour)
        board.arrow([_edge(part, 0.5, 0.28), _edge(out, -0.42)], colour)
        _thumbnail(board, out, name, colour, decoded=True)
        given = "Z" if lane == 1 else "c"
        board.words(_named(out, lane), f"$p(X_{number}\\,|\\,{given})$", colour)
    return board.figure


def _grid() -> Callable[[int, int], Point]:
    """How stages and lanes become points: flow to the right, on a phone downwards."""
    if narrow():
        drops = (0, 1.05, 2.05, 3.5, 4.95, 5.95)
        return lambda stage, lane: (width() / 2 - 1.15 * lane, 6.62 - drops[stage])
    step = (width() - 1.1) / 5
    return lambda stage, lane: (0.55 + step * stage, 1.55 + 0.78 * lane)


def _edge(at: Point, beside: float, below: float | None = None) -> Point:
    """A point on the outline: so far along the flow from the middle, on a phone downwards."""
    below = beside if below is None else below
    return (at[0], at[1] - below) if narrow() else (at[0] + beside, at[1])


def _towards(start: Point, middle: Point, lane: int) -> Point:
    """Where the arrow of one encoder meets the box of the product."""
    if narrow():
        return middle[0] + 0.3 * np.sign(start[0] - middle[0]), middle[1] + 0.31
    return middle[0] - 0.53, middle[1] + 0.16 * lane


def _corner(space: Point, side: float, lane: int) -> Point:
    """Where the arrow to one decoder leaves the latent space."""
    if narrow():
        return space[0] - 0.35 * lane, space[1] - side / 2
    return space[0] + side / 2, space[1] + 0.35 * lane


def _beside(space: Point, side: float) -> Point:
    """Where the name of the latent space stands."""
    return (space[0] + 1.45, space[1]) if narrow() else (space[0], space[1] - side / 2 - 0.26)


def _named(at: Point, lane: int) -> Point:
    """Where the name of a thumbnail stands: below it, on a phone between the two."""
    return (at[0] + 0.74 * lane, at[1]) if narrow() else (at[0], at[1] - 0.52)


def _thumbnail(board: Board, at: Point, name: str, colour: str, decoded: bool = False) -> None:
    """A small image or curve; a decoded one is softer, or a line with its band."""
    palette = board.palette
    inside = board.inset(at, (0.74, 0.74))
    if name == "image":
        inside.imshow(_digit(0.09 if decoded else 0.055), cmap=palette.grey, vmin=0, vmax=1)
        return
    t = np.linspace(0, 1, 15)
    if decoded:
        inside.fill_between(t, 0.75 * t - 0.16, 0.75 * t + 0.16, color=colour, alpha=0.25, lw=0)
        inside.plot(t, 0.75 * t, color=colour)
    else:
        noise = np.random.default_rng(4).normal(0, 0.08, len(t))
        inside.plot(t, 0.75 * t + noise, "o", color=colour, markersize=2.2)
    inside.set(xlim=(-0.08, 1.08), ylim=(-0.3, 1.05))


def _digit(thickness: float) -> np.ndarray:
    """Image of a digit drawn by one stroke, (28, 28)."""
    y, x = np.mgrid[1:0:28j, 0:1:28j]
    points = np.stack([x, y], axis=-1)
    distance = np.full((28, 28), np.inf)
    for start, end in pairwise(STROKE):
        along = np.clip((points - start) @ (end - start) / np.sum((end - start) ** 2), 0, 1)
        nearest = start + along[..., None] * (end - start)
        distance = np.minimum(distance, np.linalg.norm(points - nearest, axis=-1))
    return np.exp(-((distance / thickness) ** 2))


def _latent(axis: Axes, palette: Palette) -> None:
    """Clusters in a plane, and the posterior of one specimen in one of them."""
    for index, centre in enumerate(CENTRES):
        colour = palette.of(index + index // 2)
        for size, opacity in ((0.26, 0.3), (0.15, 0.55)):
            axis.add_patch(Ellipse(centre, size, size, facecolor=colour, alpha=opacity, lw=0))
    place = CENTRES[CHOSEN] + (0.02, -0.03)
    axis.add_patch(Ellipse(place, 0.12, 0.08, fill=False, edgecolor=palette.both, lw=1.6))
    axis.plot(*place, "o", color=palette.both, markersize=3)
    axis.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")


@figure
def story(*, palette: Palette = LIGHT) -> Figure:
    """The generative story as a graph: circles are random, filled ones measured, squares parameters.

    Args:
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure, from left to right, on a phone from top to bottom.
    """
    board = Board.of(5.9 if narrow() else 2.5, palette)

    def place(step: float, lane: float) -> Point:
        if narrow():
            return 1.72 - 0.8 * lane, 5.45 - 1.28 * step
        return 0.6 + 1.55 * step, 1.4 + 0.62 * lane

    weights, cluster, latent = place(0, 0), place(1, 0), place(2, 0.55)
    image, curve = place(3, 0.55), place(3, -0.75)
    settings = {
        "centres": (place(1.45, 1.25) if not narrow() else place(1.5, 1.5), "$\\mu_c,\\sigma_c$"),
        "expert": (
            place(2, -1.35) if not narrow() else place(2.45, -1.95),
            "$\\hat\\theta_c,\\hat\\sigma_c$",
        ),
    }
    radius, square = 0.27, (0.66, 0.36)
    across, up = zip(cluster, image, curve, latent, strict=True)
    left, right, foot, top = min(across) - 0.75, max(across) + 0.45, min(up) - 0.62, max(up) + 0.45
    plate = FancyBboxPatch(
        (left, foot), right - left, top - foot, boxstyle="round,pad=0,rounding_size=0.12"
    )
    plate.set_fill(False)
    plate.set(edgecolor=palette.grid, linewidth=1.5, zorder=0)
    board.axis.add_patch(plate)
    board.words((right - 0.1, foot + 0.15), "for each specimen", palette.muted, ha="right")
    arrows = [(weights, cluster), (cluster, latent), (latent, image), (cluster, curve)]
    arrows += [(settings["centres"][0], latent), (settings["expert"][0], curve)]
    inks = {image: palette.image, curve: palette.curve}
    for start, end in arrows:
        leave = 0.36 if start in (weights, *(p for p, _ in settings.values())) else radius
        far = math.dist(start, end)
        path = [_between(start, end, leave / far), _between(end, start, 1.05 * radius / far)]
        board.arrow(path, inks.get(end, palette.muted))
    board.box(weights, square, "$\\pi$")
    for at, name in settings.values():
        board.box(at, square, name)
    board.circle(cluster, radius, "$c$")
    board.circle(latent, radius, "$Z$")
    for at, name, ink in ((image, "$X_1$", palette.image), (curve, "$X_2$", palette.curve)):
        board.circle(at, radius, name, ink, facecolor=palette.shades(ink)(0.25))
    _story_words(board, cluster, latent, image, curve)
    return board.figure


def _between(start: Point, end: Point, share: float) -> Point:
    """The point at a share of the way."""
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])


def _story_words(board: Board, cluster: Point, latent: Point, image: Point, curve: Point) -> None:
    """What happens in each step, beside its circle."""
    palette = board.palette
    if narrow():
        right: dict[str, str] = {"ha": "left"}
        board.words((curve[0] + 0.6, cluster[1]), "1. draw a cluster", **right)
        board.words((curve[0] + 0.6, latent[1]), "2. draw a point from it", **right)
        board.words((image[0] - 0.1, image[1] - 0.88), "3. decode\nthe image", palette.image)
        board.words(
            (curve[0] + 0.5, curve[1] - 0.88), "4. add noise to\nthe expert's curve", palette.curve
        )
        return
    board.words((cluster[0], cluster[1] + 0.42), "1. draw a cluster")
    board.words((latent[0] + 0.75, latent[1] - 0.38), "2. draw a point from it")
    beside: dict[str, str] = {"ha": "left"}
    board.words(
        (image[0] + 0.6, image[1]), "3. a network\n    decodes the image", palette.image, **beside
    )
    board.words(
        (curve[0] + 0.6, curve[1]), "4. the expert's curve\n    plus noise", palette.curve, **beside
    )


@figure
def training(*, palette: Palette = LIGHT) -> Figure:
    """The loop of Algorithm 1: a pass of expectation–maximisation, then an epoch of Adam.

    Args:
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.
    """
    board = Board.of(4.9 if narrow() else 2.5, palette)
    if narrow():
        size, places = (3.3, 0.62), [(2.05, 4.45 - 1.0 * k) for k in range(4)]
    else:
        size, places = (1.72, 1.0), [(0.96 + 2.027 * k, 1.35) for k in range(4)]
    texts = [
        ("each batch: encode and fuse", "$\\mu_d,\\ \\sigma_d^2$", palette.muted),
        ("E: responsibilities", "$\\gamma_{cd}=p(c\\,|\\,Z_d)$", palette.accent),
        ("M: closed forms", "$\\mu_c\\leftarrow M_c$, experts", palette.accent),
        ("each batch: a step of Adam", "networks, on $-\\mathcal{L}$", palette.muted),
    ]
    for at, (first, second, ink) in zip(places, texts, strict=True):
        first = first if narrow() else first.replace(": ", ":\n", 1)
        board.box(at, size, f"{first}\n{second}", ink)
    for start, end in pairwise(places):
        board.arrow(
            [_edge(start, size[0] / 2, size[1] / 2), _edge(end, -size[0] / 2, -size[1] / 2)]
        )
    begin, last = places[0], places[-1]
    if narrow():
        far = begin[0] + size[0] / 2
        board.arrow(
            [(far, last[1]), (far + 0.42, last[1]), (far + 0.42, begin[1]), (far, begin[1])]
        )
        board.words((far + 0.62, (begin[1] + last[1]) / 2), "next epoch", rotation=90)
        board.words(
            (2.05, 0.75), "E and M without derivatives, Adam without $\\mu_c$", palette.muted
        )
        return board.figure
    below = begin[1] - size[1] / 2
    board.arrow(
        [(last[0], below), (last[0], below - 0.4), (begin[0], below - 0.4), (begin[0], below)]
    )
    board.words((width() / 2, below - 0.22), "next epoch")
    for k, words in ((0.5, "one pass over the data, without derivatives"), (3, "a second pass")):
        x = places[0][0] + 2.027 * k if k == 3 else places[1][0]
        board.words((x, begin[1] + size[1] / 2 + 0.28), words, palette.muted)
    return board.figure
