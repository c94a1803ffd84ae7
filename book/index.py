# ---
# jupyter:
#   jupytext: {text_representation: {extension: .py, format_name: percent}}
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# paperbook:
#   reads: [mnist_clean, "results/*/*.json"]
# ---

# %% [markdown]
# # PIMA, a companion that runs
#
# :::{div} landing-finding
# Labels hidden in curves teach an image encoder to name **{glue:text}`joint-image`** of handwritten digits; a plain two-step baseline reaches **{glue:text}`joint-two-steps`**. Fusing image and curve pays only when curves
# are noisy (**{glue:text}`joint-gain` points**), and on synthetic lattices it loses to the photograph alone ({glue:text}`joint-lattice-both` against {glue:text}`joint-lattice-image`).
# :::

# %% tags=["remove-input"]
#| label: fig-hero
#| caption: >-
#|   The latent space of the model trained on MNIST with clean synthetic curves: test digits (dots), the image decoded
#|   at each centre, and beside it the curve of each cluster.
import numpy as np

import fplib as fp
import paperbook
from book.figures import hero
from fplib import metrics, plots

run = paperbook.runs("mnist_clean", load=fp.load)[0]
model, told = run["model"], run.parameters
test = fp.data.mnist(noise_std=told["noise_std"], seed=told["seed"], digits=told["digits"]).test
matched = metrics.match_clusters(test.labels, model.predict(test))
digits = [matched.get(c, -1) for c in range(model.clusters)]
centres = model.means.numpy()
plots.show(
    hero.fingerprints,
    model.transform(test),
    test.labels,
    centres,
    model.decode(centres)["image"].reshape(-1, 28, 28),
    np.asarray(model.modalities["curve"].t),
    model.expert_curves("curve").numpy(),
    test["curve"][:60],
    digits,
    alt="Ten coloured groups of points, each with the handwritten digit decoded at its centre, and ten straight lines in the same colours.",
)

# %% [markdown]
# ::::{grid} 3
# :gutter: 2
# :class-container: landing-doors
#
# :::{grid-item-card} Understand it
# :link: derivation
# :link-type: doc
#
# The model in six formulas, each beside its code; behind them the proofs.
# :::
#
# :::{grid-item-card} Check it
# :link: ledger
# :link-type: doc
#
# Every claim of the paper beside what was measured.
# :::
#
# :::{grid-item-card} Use it
# :link: quickstart
# :link-type: doc
#
# On your own data, on two cores, in minutes.
# :::
# ::::
#
# :::{div} landing-about
# `make book` trains and builds all of it, `make test` tests it. By the fplib developers, after {cite:t}`trask2022pima`. MIT licence · [how to cite](#sec-cite){repository}`repository`
# :::
#
# ## What this is
#
# PIMA, a *physics-informed multimodal autoencoder*, takes several kinds of measurement of the same specimens, say an image and a stress–strain curve, and finds the groups that all of them
# share; it asks for no labels. A group is a **fingerprint**: from the cheap image alone it says what the expensive curve will look like, with an uncertainty, and where physics is known, the
# curve is described by a law whose parameters a scientist can read. This book accompanies {cite:t}`trask2022pima`. On its digits the second measurement is a line made *from* the label; its lattices are synthetic.
#
# Every number and figure was computed by the code beside it, with a small TensorFlow library called `fplib`. A number in a sentence comes from the record of a run, which names the parameters, the
# versions and the machine.
#
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
#
# The paper's own recipe, run until its bound is flat: {glue:text}`own-reached` ({doc}`paper_preset`). {glue:text}`own-smallest` ({doc}`factorial`, with the paper's networks at fifty times its rate, by the estimator that is trained with.)

# %% tags=["remove-input"]
from book.analysis import landing, own_recipe

paperbook.glue("joint", **landing.numbers())
steps = paperbook.published("factorial", recipe="lapse_50")
paperbook.glue(
    "own",
    reached=own_recipe.reached(paperbook.published("paper_preset")),
    smallest=own_recipe.smallest(steps),
)

# %% [markdown]
# ## Where to go
#
# Whoever knows variational autoencoders can start with {doc}`mnist_clean` and look formulas up when they are needed. {doc}`derivation` is the model on one page; {doc}`proofs` begins further back and uses probability densities,
# expectations and the chain rule, and introduces divergences, variational inference and expectation-maximisation as they come.
#
# ::::{grid} 1 2 2 2
# :gutter: 3
#
# :::{grid-item-card} Start
# {doc}`quickstart`, {doc}`explorer`, {doc}`whats_new`
# :::
#
# :::{grid-item-card} Results
# {doc}`mnist_clean`, {doc}`mnist_noisy`, {doc}`edges`, {doc}`crossmodal`, {doc}`table1`, {doc}`latent_dimension`, {doc}`lattice`, {doc}`fashion`
# :::
#
# :::{grid-item-card} Theory
# {doc}`derivation`, {doc}`proofs`, {doc}`data`
# :::
#
# :::{grid-item-card} Reproduction
# {doc}`ledger`, {doc}`paper_preset`, {doc}`factorial`, {doc}`order`, {doc}`protocol`, {doc}`errata`, {doc}`presets`
# :::
#
# :::{grid-item-card} Reference
# {doc}`running`, {doc}`bench`, {doc}`audit`, {doc}`architecture`, {doc}`api`, {doc}`internals`, {doc}`glossary`, {doc}`references`
# :::
# ::::
#
# (sec-cite)=
# ## How to cite
#
# Please cite the paper; `CITATION.cff` in the repository has both it and this book.
#
# ```bibtex
# @misc{trask2022pima,
#   title  = {Unsupervised physics-informed disentanglement of multimodal data for high-throughput scientific discovery},
#   author = {Trask, Nathaniel and Martinez, Carianne and Lee, Kookjin and Boyce, Brad},
#   year   = {2022},
#   eprint = {2202.03242},
#   archivePrefix = {arXiv}
# }
# ```
