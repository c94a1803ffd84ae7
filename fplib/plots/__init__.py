"""Every figure of the book, from arrays and records; nothing here trains or computes a score."""

from fplib.plots.bench import contest_bars, product_speeds, time_stacks
from fplib.plots.calibration import bound_against, errors_against, restarts
from fplib.plots.curves import example_pairs, expert_lines
from fplib.plots.errata import densities
from fplib.plots.images import decoded_images
from fplib.plots.latent import latent_space_3d
from fplib.plots.noise import noise_levels, slope_histograms
from fplib.plots.preset import bound_race, recipe_race, slope_paths
from fplib.plots.scores import accuracy_dots, confusion_matrix
from fplib.plots.show import DARK_MIME, payload, save, show
from fplib.plots.style import DARK, LIGHT, Palette, canvas, figure, halo, style
from fplib.plots.training import training_curves

__all__ = [
    "DARK",
    "DARK_MIME",
    "LIGHT",
    "Palette",
    "accuracy_dots",
    "bound_against",
    "bound_race",
    "canvas",
    "confusion_matrix",
    "contest_bars",
    "decoded_images",
    "densities",
    "errors_against",
    "example_pairs",
    "expert_lines",
    "figure",
    "halo",
    "latent_space_3d",
    "noise_levels",
    "payload",
    "product_speeds",
    "recipe_race",
    "restarts",
    "save",
    "show",
    "slope_histograms",
    "slope_paths",
    "style",
    "time_stacks",
    "training_curves",
]
