# ---
# jupyter:
#   jupytext: {text_representation: {extension: .py, format_name: percent}}
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# paperbook:
#   reads: ["results/*/*.json"]
# ---

# %% [markdown]
# # PIMA, a companion that runs
#
# This book accompanies {cite:t}`trask2022pima`, *Unsupervised physics-informed disentanglement of multimodal data for
# high-throughput scientific discovery*. The paper's method takes several kinds of measurement of the same specimens, say an image and a
# stress–strain curve, and finds the groups that all of them share; it asks for no labels. (On the digits below the second measurement is a line made *from* the label.) A group is a **fingerprint**: from the cheap
# image alone it says what the expensive curve will look like, with an uncertainty, and where physics is known, the curve is described by a physical law
# with parameters that a scientist can read.
#
# It is a book that runs. Every number and figure was computed by the code beside it, by a small TensorFlow library called `fplib`; numbers stand in
# records that name the parameters, the versions and the machine, and the text takes them from there.
#
# ## What the paper's own recipe reaches
#
# The printed recipe, run until its bound is flat: {glue:text}`own-reached` ({doc}`paper_preset`). {glue:text}`own-smallest` ({doc}`factorial`, with the paper's networks at fifty times its rate, by the estimator that is trained with.)

# %% tags=["remove-input"]
import paperbook
from book.analysis import own_recipe

steps = paperbook.published("factorial", recipe="lapse_50")
paperbook.glue(
    "own",
    reached=own_recipe.reached(paperbook.published("paper_preset")),
    smallest=own_recipe.smallest(steps),
)

# %% [markdown]
# ## What the joint model is for
#
# Not for the simplest task. On the digits the line gives the group away, so it can be had in two steps: cluster the lines by themselves, then teach a network which image has which cluster.
# From the image alone these two steps are right on {glue:text}`joint-two-steps` of the test digits after {glue:text}`joint-seconds-two-steps:.0f` seconds of training, our joint model on
# {glue:text}`joint-image` after {glue:text}`joint-seconds:.0f`. Compared seed by seed, {glue:text}`joint-verdict` with clean lines; with noisy ones, {glue:text}`joint-verdict-std`
# ({ref}`sec-table1-verdict`).
#
# What remains for the joint model, as far as the records go: it weighs two uncertain measurements of one specimen. With noisy lines both together reach {glue:text}`joint-both-std`, the line
# alone {glue:text}`joint-curve-std`, the image alone {glue:text}`joint-image-std`, and the network of the two steps, which sees no line, {glue:text}`joint-two-steps-std`. It gives a posterior, so
# that one measurement predicts the other with an error band; of the points of noisy curves {glue:text}`joint-covered` lie inside the 95 % band predicted from the image ({doc}`crossmodal`, one run, and
# there what the band misses). And an image can be drawn from a curve, for which two steps have no decoder. Parameters of a law for each group come with either; {doc}`lattice` judges them.

# %% tags=["remove-input"]
from book.analysis import rivals

clean, noisy = (rivals.duels()[noise] for noise in ("clean", "std"))
with_noise = rivals.ours().query("reading == 'std'").mean(numeric_only=True)
across = paperbook.published("crossmodal")["coverage.curve.noisy_mixture"].mean()
paperbook.glue(
    "joint",
    two_steps=paperbook.percent(clean.two_steps),
    image=paperbook.percent(clean.joint),
    seconds_two_steps=clean.two_steps_seconds,
    seconds=clean.joint_seconds,
    verdict=clean.verdict,
    verdict_std=noisy.verdict,
    two_steps_std=paperbook.percent(noisy.two_steps),
    image_std=paperbook.percent(noisy.joint),
    both_std=paperbook.percent(with_noise["accuracy.multimodal.mean_field"]),
    curve_std=paperbook.percent(with_noise["accuracy.curve"]),
    covered=paperbook.percent(across, 1),
)

# %% [markdown]
# ## Where to go
#
# Readers who know variational autoencoders can start with {doc}`mnist_clean` and look formulas up when they need them. Everyone else is
# served best by {doc}`derivation`, which asks for a first course in statistics and nothing more.
#
# ::::{grid} 1 2 3 3
# :gutter: 3
#
# :::{grid-item-card} The model, derived
# :link: derivation
# :link-type: doc
#
# From the assumptions to every formula that is computed, each checked numerically in the page.
# :::
#
# :::{grid-item-card} The data
# :link: data
# :link-type: doc
#
# Handwritten digits, each with a line whose slope is the digit, and how far the line alone can go.
# :::
#
# :::{grid-item-card} Two recipes
# :link: presets
# :link-type: doc
#
# The paper's way of training and ours, setting by setting, with the reasons.
# :::
#
# :::{grid-item-card} Errata
# :link: errata
# :link-type: doc
#
# Where the paper cannot be followed to the letter, and what a test says about it.
# :::
#
# :::{grid-item-card} MNIST, clean curve
# :link: mnist_clean
# :link-type: doc
#
# The headline experiment, trained live: digits sorted from images and from lines that are made from the label.
# :::
#
# :::{grid-item-card} MNIST, noisy curve
# :link: mnist_noisy
# :link-type: doc
#
# When neither view suffices: what fusion gains, and what lies at the edge of a cluster.
# :::
#
# :::{grid-item-card} Latent dimensions
# :link: latent_dimension
# :link-type: doc
#
# Is three the best number? Calibrated with labels and without.
# :::
#
# :::{grid-item-card} Table 1
# :link: table1
# :link-type: doc
#
# Our method beside what a reader would try first, which for one task is better.
# :::
#
# :::{grid-item-card} Cross-modal inference
# :link: crossmodal
# :link-type: doc
#
# From an image to a curve and back, with error bands that are checked.
# :::
#
# :::{grid-item-card} Metal lattices
# :link: lattice
# :link-type: doc
#
# Photographs and compression curves, synthetic: two kinds found, their strength in MPa.
# :::
#
# :::{grid-item-card} The paper preset
# :link: paper_preset
# :link-type: doc
#
# The printed recipe, run as printed: what it costs, and where ten hours would take it.
# :::
#
# :::{grid-item-card} Speed
# :link: bench
# :link-type: doc
#
# What a minute of two cores buys, beside other implementations and the machine's own limit.
# :::
# ::::
#
# {doc}`running` tells how to build all this and how to change a parameter; {doc}`api` describes every public function, with shapes and units.
