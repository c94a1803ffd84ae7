# ---
# jupyter:
#   jupytext: {text_representation: {extension: .py, format_name: percent}}
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# fplib:
#   reads: [mnist_clean, "results/mnist_clean/*.json"]
# ---

# %% [markdown]
# # Fingerprints of many measurements
#
# This book accompanies {cite:t}`trask2022pima`, *Unsupervised physics-informed disentanglement of multimodal data for
# high-throughput scientific discovery*. The paper's method takes several kinds of measurement of the same specimens, say an image and a
# stress–strain curve, and finds the groups that all of them share, without labels. A group is a **fingerprint**: from the cheap
# image alone it says what the expensive curve will look like, with an uncertainty, and where physics is known, the curve is described by a physical law
# with parameters that a scientist can read.
#
# It is a book that runs. Every number and figure was computed by the code beside it, by a small TensorFlow library called `fplib`; numbers stand in
# records that name the parameters, the versions and the machine, and the text takes them from there.
#
# ## What the paper claims, and what we measure
#
# Each row of {numref}`tbl-claims` is a claim that survives in the text of the paper we worked from, in which the displayed equations, the figures and Table 1 are
# missing. A number that is lost is called lost; none has been guessed. *Published* is the median over the published runs, *this run* is the model that was
# trained when these pages were built.

# %% tags=["parameters"]
profile: str = "quick"  # whose records are shown as "this run"

# %% tags=["hide-input"] mystnb={"markdown_format": "myst"}
import numpy as np
from IPython.display import Markdown

from fplib import records

published = records.load("mnist_clean", folder=records.published_folder())
mine = records.load("mnist_clean", folder=records.run_folder(profile))

LOST = records.NOT_RECOVERED
REPRODUCED, IN_PART, NOT, CANNOT = (
    "reproduced",
    "reproduced in part",
    "not reproduced",
    "cannot be tested",
)


def median(runs: list[dict], metric: str) -> float | None:
    """Median of a metric over runs, None without any."""
    return records.table(runs, [metric])[0]["median"]


def judged(metric: str, reached: float, nearly: float) -> str:
    """Verdict on a claim that a metric is at least so high, over the published runs (this run when there are none)."""
    values = records.table(published or mine, [metric])[0]["values"]
    if min(values) >= reached:
        return REPRODUCED
    return IN_PART if np.median(values) >= nearly else NOT


def row(claim: str, paper: str, metric: str, verdict: str) -> str:
    """One line of the ledger."""
    shown = [records.percent(median(runs, metric)) for runs in (published, mine)]
    return f"| {claim} | {paper} | {shown[0]} | {shown[1]} | {verdict} |"


def minutes(runs: list[dict]) -> str:
    """Median duration of training, both stages."""
    spent = [r["seconds"]["stage_one"] + r["seconds"]["stage_two"] for r in runs]
    return f"{np.median(spent) / 60:.1f} min" if spent else "–"


multimodal, from_z = "accuracy.multimodal.mean_field", "accuracy.multimodal.from_z"
SUPERVISED = 0.9991  # An et al. 2020, the best supervised accuracy that the caption of the paper's Table 1 names
lines = [
    row(
        "Image and clean curve together: perfect clustering",
        "100 %",
        multimodal,
        judged(multimodal, 1.0, 0.999),
    ),
    row(
        "The same from the paper's estimator $p(c\\mid Z)$",
        "100 %",
        from_z,
        judged(from_z, 1.0, 0.999),
    ),
    row(
        "Image and clean curve together: above the best supervised classifier of images, 99.91 % {cite:p}`an2020ensemble`",
        "above",
        multimodal,
        judged(multimodal, np.nextafter(SUPERVISED, 1), SUPERVISED),
    ),
    row("Cross-modal: from the image alone", LOST, "accuracy.image", CANNOT),
    row("Cross-modal: from the clean curve alone", LOST, "accuracy.curve", CANNOT),
    f"| Cost of a training run | 10–14 h on one P100 or V100 | {minutes(published)} | {minutes(mine)} | – |",
]
caption = (
    "Claims of the paper on MNIST with the clean synthetic curve, beside our measurements on the 10 000 test digits. A verdict of *reproduced* means that every "
    f"published run ({len(published)} seeds) reaches the claim, *in part* that the median comes within a tenth of a percent of it; "
    "*cannot be tested* that the paper's number is lost. {ref}`sec-mnist-clean` tells how they were obtained."
)
table = "| claim | paper | published | this run | verdict |\n|:--|:--|--:|--:|:--|\n" + "\n".join(
    lines
)
Markdown(f":::{{table}} {caption}\n:name: tbl-claims\n\n{table}\n:::")

# %% [markdown]
# ## Where to go
#
# ::::{grid} 1 2 2 2
# :gutter: 3
#
# :::{grid-item-card} The model, derived
# :link: derivation
# :link-type: doc
#
# From the assumptions to every formula that is computed, each one checked numerically in the page.
# :::
#
# :::{grid-item-card} The data
# :link: data
# :link-type: doc
#
# Handwritten digits, each with a line whose slope is the digit, and how well the line alone can do.
# :::
#
# :::{grid-item-card} MNIST with a clean curve
# :link: mnist_clean
# :link-type: doc
#
# The headline experiment, trained live: digits sorted from images and lines, without labels.
# :::
#
# :::{grid-item-card} Two recipes
# :link: presets
# :link-type: doc
#
# The paper's way of training and ours, setting by setting, with the reasons.
# :::
#
# :::{grid-item-card} Run it yourself
# :link: running
# :link-type: doc
#
# One command builds the book; a few words change a parameter.
# :::
#
# :::{grid-item-card} The library
# :link: api
# :link-type: doc
#
# Every public function, with shapes and units.
# :::
# ::::
#
# Readers who know variational autoencoders can start with {doc}`mnist_clean` and look formulas up when they need them. Everyone else is
# served best by {doc}`derivation`, which asks for a first course in statistics and nothing more.
