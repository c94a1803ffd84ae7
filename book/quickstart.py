# ---
# jupyter:
#   jupytext: {text_representation: {extension: .py, format_name: percent}}
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# paperbook:
#   reads: ["results/quickstart/*.json"]
# ---

# %% [markdown]
# (sec-quickstart)=
# # Five-minute tour
#
# :::{admonition} In short
# :class: in-short
#
# **Question.** How is such a model trained, and what can it be asked?
#
# **Method.** Fifteen lines on digits, each an image with a line; then one question a cell.
#
# **Finding.** After {glue:text}`quickstart-seconds:.0f` seconds of training the image alone names the cluster of {glue:text}`quickstart-image` of the test digits.
# :::
#
# After `pip install` of this repository these lines run in an empty folder; MNIST is fetched on first use, and verified.
#
# ```python
# import fplib as fp
#
# data = fp.data.mnist(noise_std=0.01, seed=0, digits=20_000)
# model = fp.FingerprintModel(
#     [fp.Image("image", (28, 28)), fp.Curve("curve", data.t, fp.experts.Proportional())],
#     clusters=10,
#     latent_dim=3,
#     seed=0,
# )
# model.fit(data.train, data.validation, epochs=3)  # both measurements together
# model.fit_crossmodal(data.train, epochs=4)  # each by itself, taught by both
#
# clusters = model.predict({"image": data.test["image"]})
# ```
#
# Each specimen is an image and a line whose slope is the digit. Training reads no other label. This page runs the same as an experiment, so that its model is
# kept and its numbers are recorded:

# %% tags=["parameters"]
digits: int = 20_000  # training digits, at most 54 000
epochs: int = 3  # of the joint model
epochs_crossmodal: int = 4  # of the unimodal encoders
seeds: list = [0]

# %%
import numpy as np

import fplib as fp
import paperbook
from book.figures import crossmodal as figures
from fplib import plots
from fplib.evaluation import evaluate


# %%
@paperbook.experiment(name="seed_{seed}", load=fp.load, synthetic_data=True)
def tour(seed):
    """The fifteen lines, scored on the 10 000 test digits."""
    data = fp.data.mnist(noise_std=0.01, seed=seed, digits=digits)
    modalities = [
        fp.Image("image", (28, 28)),
        fp.Curve("curve", data.t, fp.experts.Proportional()),
    ]
    model = fp.FingerprintModel(modalities, clusters=10, latent_dim=3, seed=seed)
    model.fit(data.train, data.validation, epochs=epochs)
    model.fit_crossmodal(data.train, epochs=epochs_crossmodal)
    return evaluate(model, data.test), {"model": model, "data": data.hashes}


# %%
runs = [tour(seed) for seed in seeds]
model = runs[0]["model"]
data = fp.data.mnist(noise_std=0.01, seed=seeds[0], digits=digits)
image = {"image": data.test["image"]}

# %% tags=["remove-cell"]
shown = paperbook.frame(runs)
paperbook.glue(
    "quickstart",
    seconds=shown["seconds.total"].median(),
    image=paperbook.percent(shown["accuracy.image"].median(), 1),
)

# %% [markdown]
# ## What is in the clusters?
#
# Each has a law for its curves. Here it is a line, and its parameter a slope, in the units of the data:

# %%
np.sort(model.expert_parameters["curve"].numpy()[:, 0]).round(2)

# %% [markdown]
# ## Which cluster, from the image alone, and how surely?

# %%
model.responsibilities(image)[:3].round(2)

# %% [markdown]
# ## What curve does an image imply?
#
# Mean and variance at every point of the curve that was not measured ({numref}`fig-quickstart`):

# %%
mean, variance = model.infer({"image": data.test["image"][:6]}, "curve")

# %% tags=["hide-input"]
#| label: fig-quickstart
#| caption: >-
#|   Curves inferred from six images alone, with the 95 % band of each, over the synthetic lines that were measured.
plots.show(
    figures.curves_from_images,
    data.test["image"][:6],
    data.t,
    mean,
    variance,
    data.test["curve"][:6],
    data.test.labels[:6],
    alt="Six handwritten digits, and under each its measured line within the band inferred from the image.",
)

# %% [markdown]
# ## What would such a specimen look like?

# %%
drawn, _ = model.infer({"curve": data.test["curve"][:6]}, "image")
drawn.shape

# %% [markdown]
# ## Keep it
#
# `model.save("tour.fpmodel.npz")` writes one file of arrays and JSON, in which nothing is pickled; `fp.load` opens it. Your own specimens go in as these did: `fit` takes any mapping from names
# to arrays with a row a specimen. {doc}`running` has devices and profiles, {doc}`api` every function, and {doc}`derivation` what happened.
