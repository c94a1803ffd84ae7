"""The general figures, from arrays; nothing here trains or computes a score.

`style` is the leaf that all share, `parts` and `statistics` are what several figures are made of.
"""

from fplib.plots.curves import example_pairs, expert_lines
from fplib.plots.images import decoded_images
from fplib.plots.latent import latent_space_3d
from fplib.plots.scores import accuracy_dots, confusion_matrix
from fplib.plots.show import VERSIONS, payload, save, show
from fplib.plots.style import DARK, LIGHT, ROLES, Palette, canvas, figure, halo, style
from fplib.plots.training import training_curves
from fplib.plots.turning import turning

__all__ = [
    "DARK",
    "LIGHT",
    "ROLES",
    "VERSIONS",
    "Palette",
    "accuracy_dots",
    "canvas",
    "confusion_matrix",
    "decoded_images",
    "example_pairs",
    "expert_lines",
    "figure",
    "halo",
    "latent_space_3d",
    "payload",
    "save",
    "show",
    "style",
    "training_curves",
    "turning",
]
