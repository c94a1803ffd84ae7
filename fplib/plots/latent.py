"""The latent space: specimens coloured by class, and the Gaussian of every cluster around them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse
from numpy.typing import ArrayLike

from fplib.plots.parts import shaped, wrapped
from fplib.plots.space import View, best_views, draw_box
from fplib.plots.style import LARGE, LIGHT, TALLEST, Palette, canvas, figure, halo, narrow, width

SIGMAS = 2.0  # half-axes of the ellipsoids, in prior standard deviations


class Scene(NamedTuple):
    """What is drawn: specimens with their class, and clusters; D is 1, 2 or 3."""

    z: np.ndarray  # (N, D)
    ranks: np.ndarray  # (N,) index into classes
    classes: list[str]
    colours: list[str]
    means: np.ndarray  # (C, D)
    covariances: np.ndarray  # (C, D, D)
    axes: list[str]  # names of the D axes
    note: str = ""


@figure
def latent_space_3d(
    z: ArrayLike,
    labels: ArrayLike,
    means: ArrayLike,
    log_variances: ArrayLike,
    *,
    views: Sequence[tuple[float, float]] | None = None,
    points: int = 4000,
    palette: Palette = LIGHT,
) -> Figure:
    """Latent means coloured by class, with the two-standard-deviation ellipsoids of the clusters.

    One dimension is drawn as histograms, two as a plane, three from several sides; from four on
    the first three principal axes of `z` are shown and the ellipsoids are projected onto them.

    Args:
        z: latent means, (N, L).
        labels: class of each specimen, (N,), integers or strings.
        means: cluster means μ_c, (C, L).
        log_variances: logarithms of the cluster variances log σ_c², (C, L).
        views: elevation and azimuth of each view, degrees; by default the two in which the
            clusters cover each other least.
        points: at most so many specimens are drawn, chosen evenly by a fixed seed.
        palette: `LIGHT` or `DARK`.

    Returns:
        The figure.

    Raises:
        ValueError: if shapes do not fit together or a number is not finite.
    """
    z, means = shaped("z", z, None, None), shaped("means", means, None, np.shape(z)[-1])
    log_variances = shaped("log_variances", log_variances, *means.shape)
    labels = np.asarray(labels)
    if labels.shape != z.shape[:1]:
        raise ValueError(f"labels: expected shape {z.shape[:1]}, received {labels.shape}.")
    if not (z.size and np.isfinite(z).all() and np.isfinite(means).all()):
        raise ValueError("z, means: expected finite numbers, at least one specimen.")
    covariances = np.exp(log_variances)[:, :, None] * np.eye(z.shape[1])
    axes = [f"$z_{{{j + 1}}}$" for j in range(z.shape[1])]
    note = ""
    if z.shape[1] > 3:
        z, means, covariances, note = _principal(z, means, covariances)
        axes = ["PC 1", "PC 2", "PC 3"]
    classes = np.unique(labels)
    ranks = np.searchsorted(classes, labels)
    chosen = np.random.default_rng(0).permutation(len(z))[:points]
    scene = Scene(
        z[chosen],
        ranks[chosen],
        [str(name) for name in classes],
        [palette.of(k, len(classes)) for k in range(len(classes))],
        means,
        covariances,
        axes,
        note,
    )
    if z.shape[1] == 1:
        return _line(scene, palette)
    return _plane(scene, palette) if z.shape[1] == 2 else _space(scene, views, palette)


def _space(scene: Scene, views: Sequence[tuple[float, float]] | None, palette: Palette) -> Figure:
    """Three dimensions: the box from several sides, all on one scale."""
    reach = SIGMAS * np.sqrt(np.diagonal(scene.covariances, axis1=1, axis2=2))
    everything = np.concatenate([scene.z, scene.means - reach, scene.means + reach])
    low, high = everything.min(axis=0), everything.max(axis=0)
    seen = [View.of(e, a, low, high) for e, a in views or best_views(scene.means)]
    size = max(view.width for view in seen), max(view.height for view in seen)  # one scale for all
    grid = (len(seen), 1) if narrow() else (1, len(seen))
    each = width() / grid[1] * size[1] / size[0]
    drawn = canvas(each * grid[0] + 0.25 * bool(scene.note))
    for axis, view in zip(drawn.subplots(*grid, squeeze=False).flat, seen, strict=True):
        draw_box(axis, view, scene.axes, size, palette)
        floor = scene.z.copy()
        floor[:, 2] = view.low[2]
        cloud = {"linewidths": 0, "rasterized": True}  # thousands of points are no vector graphic
        axis.scatter(*view.flat(floor).T, color=palette.grid, s=2.5, zorder=1, **cloud)
        depth = view.depth(scene.z)
        order = np.argsort(depth)  # far specimens first
        shade = np.asarray(scene.colours, dtype=object)[scene.ranks[order]]
        near = (depth[order] - depth.min()) / max(np.ptp(depth), 1e-12)
        size_of = 2.5 + 4 * near
        axis.scatter(
            *view.flat(scene.z[order]).T, c=list(shade), s=size_of, alpha=0.75, zorder=3, **cloud
        )
        flat = [view.axes @ covariance @ view.axes.T for covariance in scene.covariances]
        _ellipses(axis, view.flat(scene.means), flat, palette)
        _name_classes(axis, view.flat(scene.z), scene, palette)
    if scene.note:
        drawn.supxlabel(wrapped(scene.note, 100 if not narrow() else 50), color=palette.muted)
    return drawn


def _plane(scene: Scene, palette: Palette) -> Figure:
    """Two dimensions: the specimens, and an ellipse around each cluster."""
    reach = np.ptp(scene.z, axis=0)
    drawn = canvas(float(np.clip((width() - 0.6) * reach[1] / reach[0] + 0.6, 2.5, TALLEST)))
    axis = drawn.subplots()
    shade = np.asarray(scene.colours, dtype=object)[scene.ranks]
    x, y = scene.z.T
    axis.scatter(x, y, c=list(shade), s=5, lw=0, alpha=0.75, zorder=3, rasterized=True)
    _ellipses(axis, scene.means, scene.covariances, palette)
    axis.set(xlabel=scene.axes[0], ylabel=scene.axes[1], aspect="equal")
    axis.margins(0.08)
    _name_classes(axis, scene.z, scene, palette)
    axis.update_datalim([text.get_position() for text in axis.texts])
    axis.autoscale_view()
    return drawn


def _line(scene: Scene, palette: Palette) -> Figure:
    """One dimension: a stacked histogram of the classes, the clusters as intervals above it."""
    import seaborn as sns

    drawn = canvas(3.0)
    above, below = drawn.subplots(2, 1, sharex=True, height_ratios=(1, 4))
    bins = np.linspace(scene.z.min(), scene.z.max(), 121)
    values = [scene.z[scene.ranks == k, 0] for k in range(len(scene.classes))]
    hues = {"hue": scene.ranks, "palette": dict(enumerate(scene.colours)), "legend": False}
    sns.histplot(x=scene.z[:, 0], bins=bins, multiple="stack", **hues, lw=0, alpha=1, ax=below)
    heights = np.arange(len(scene.means)) % 3  # neighbours may overlap
    order = np.argsort(scene.means[:, 0])
    reach = SIGMAS * np.sqrt(scene.covariances[order, 0, 0])
    bars = {"fmt": "o", "ms": 3, "lw": 1, "capsize": 2, "color": palette.ink}
    above.errorbar(scene.means[order, 0], heights, xerr=reach, **bars)
    above.set_ylim(-0.7, 2.7)
    above.set_axis_off()
    above.set_title("Clusters: mean ± 2 standard deviations")
    below.set_title("Specimens by class")
    below.set(xlabel=scene.axes[0], ylabel="count")
    top = below.get_ylim()[1]
    below.set_ylim(0, 1.12 * top)
    for name, value in zip(scene.classes, values, strict=True):
        text = below.text(np.median(value), 1.02 * top, name, ha="center", fontweight="bold")
        text.set_path_effects(halo(palette))
    return drawn


def _ellipses(
    axis: Axes, means: np.ndarray, covariances: Iterable[np.ndarray], palette: Palette
) -> None:
    """Outlines of two-dimensional Gaussians; that of a projected ellipsoid is such an ellipse."""
    for mean, covariance in zip(means, covariances, strict=True):
        values, vectors = np.linalg.eigh(covariance)
        width, height = 2 * SIGMAS * np.sqrt(values)
        angle = np.degrees(np.arctan2(vectors[1, 0], vectors[0, 0]))
        axis.add_patch(
            Ellipse(mean, width, height, angle=angle, fill=False, ec=palette.ink, lw=0.8, zorder=4)
        )


def _name_classes(axis: Axes, flat: np.ndarray, scene: Scene, palette: Palette) -> None:
    """Each class's name beside its specimens: colour is never the only sign."""
    middles = np.array(
        [np.median(flat[scene.ranks == k], axis=0) for k in range(len(scene.classes))]
    )
    span = np.hypot(*np.ptp(flat, axis=0))
    # Words keep away from all clusters: of twelve directions the freest is taken.
    angles = np.linspace(0, 2 * np.pi, 13)[:-1] + np.pi / 2
    directions = np.column_stack([np.cos(angles), np.sin(angles)])
    taken = [*middles]
    for k, name in enumerate(scene.classes):
        cloud = flat[scene.ranks == k] - middles[k]
        distance = np.hypot(*cloud.T)
        # a few of a class may lie in another cluster: the name stays with the many
        radius = min(np.quantile(distance, 0.95), 3 * np.median(distance)) + 0.028 * span
        places = middles[k] + radius * directions
        others = np.array([m for i, m in enumerate(taken) if i != k] or [middles[k] + span])
        room = np.linalg.norm(places[:, None] - others, axis=-1).min(axis=1)
        best = places[np.argmax(np.minimum(room, 0.2 * span))]
        taken.append(best)
        text = axis.text(best[0], best[1], name, ha="center", va="center", fontsize=LARGE, zorder=6)
        text.set(color=palette.ink, fontweight="bold", path_effects=halo(palette))


def _principal(
    z: np.ndarray, means: np.ndarray, covariances: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, str]:
    """Specimens and clusters along the first three principal axes, and the variance these hold."""
    centre = z.mean(axis=0)
    _, scales, axes = np.linalg.svd(z - centre, full_matrices=False)
    axes = axes[:3]
    # The sign of a principal axis is arbitrary; fix it so that the figure is reproducible.
    axes = axes * np.sign(axes[np.arange(3), np.abs(axes).argmax(axis=1)])[:, None]
    share = 100 * scales[:3] ** 2 / max((scales**2).sum(), 1e-300)
    note = f"The principal axes hold {share[0]:.0f}, {share[1]:.0f} and {share[2]:.0f} %"
    note += f" of the variance in {z.shape[1]} dimensions"
    return (z - centre) @ axes.T, (means - centre) @ axes.T, axes @ covariances @ axes.T, note
