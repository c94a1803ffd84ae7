# ---
# jupyter:
#   jupytext: {text_representation: {extension: .py, format_name: percent}}
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# paperbook:
#   reads: [lattice, "book/_static/explorer/*"]
# ---

# %% [markdown]
# (sec-explorer)=
# # Explorer
#
# :::{admonition} In short
# :class: in-short
#
# **Question.** What does the model make of a measurement that you invent?
#
# **Method.** Two narrow models run in this page while you draw; nothing is sent anywhere.
#
# **Finding.** The one below names {glue:text}`explorer-both` of test digits rightly from image and curve, {glue:text}`explorer-image` from the image.
# :::
#
# ## Draw a digit
#
# Draw with the pointer or the keys: arrows move the pen, with space held they draw, Delete clears. The second measurement is a noisy line, whose slope is the digit ({ref}`sec-mnist-noisy`): set another slope than the digit
# you drew, and see which one the model believes. Switch a measurement off, and the product loses a factor. An equation lights up when its part has run, and its number leads to its derivation.
#
# :::{div} explorer-digits
# This part of the page is made by a script.
# :::
#
# ::::{div} explorer-equations
#
# :::{div} ex-equation-encoder
# Encoders {eq}`eq-encoder`: $[\mu_i,\log\sigma_i^2]=F_i(X_i)$
# :::
#
# :::{div} ex-equation-poe
# Product {eq}`eq-poe`: $\sigma^{-2}=\sum_i\sigma_i^{-2}$, $\mu=\sigma^2\sum_i\sigma_i^{-2}\mu_i$
# :::
#
# :::{div} ex-equation-responsibilities
# From $Z$ {eq}`eq-responsibilities`: $p(c\mid Z)\propto\pi_c\,\mathcal N(Z;\mu_c,\sigma_c^2)$
# :::
#
# :::{div} ex-equation-mean-field
# Mean field {eq}`eq-mean-field`: $q^*(c)\propto$ $\pi_c\,e^{\mathbb E_q\log p(Z\mid c)}\,p(X_2\mid c)$
# :::
#
# :::{div} ex-equation-decoder
# Decoder {eq}`eq-black-box`: $p(X_1\mid Z)=\mathcal N(\hat X_1(Z),I)$
# :::
#
# :::{div} ex-equation-expert
# Experts {eq}`eq-moe-mean`, {eq}`eq-moe-variance`: $\mathbb E[X_2]=\sum_cq^*(c)\,\hat\theta_ct$
# :::
#
# ::::
#
# ## Walk the latent space
#
# Each dot is a test digit, measured both ways; discs are the centres of the clusters. Drag the ring, or slide from one centre to another: between clusters the image changes shape, and the curve has two answers.
#
# :::{div} explorer-walk
# This part of the page is made by a script.
# :::
#
# ::::{div} explorer-equations
#
# :::{div} ex-equation-decoder-walk
# Decoder {eq}`eq-black-box`: $\hat X_1(Z)$
# :::
#
# :::{div} ex-equation-responsibilities-walk
# From $Z$ {eq}`eq-responsibilities`: $\gamma_c=p(c\mid Z)$
# :::
#
# :::{div} ex-equation-expert-walk
# Experts {eq}`eq-moe-mean`, {eq}`eq-moe-variance`: $\mathbb E[X_2\mid Z]=\sum_c\gamma_c\,\hat\theta_ct$
# :::
#
# ::::
#
# ## From a photograph to a curve
#
# Tiles of synthetic lattices from the test set of {ref}`sec-lattice`, in even light, as the encoder sees them. From the tile alone follows a compression curve in MPa; the dashed one is what the specimen did. Mix two tiles, and there
# is a point where the kind tips over.
#
# :::{div} explorer-lattices
# This part of the page is made by a script.
# :::
#
# ::::{div} explorer-equations
#
# :::{div} ex-equation-responsibilities-lattice
# From $Z$ {eq}`eq-responsibilities`: $\gamma_c=p(c\mid Z)$
# :::
#
# :::{div} ex-equation-expert-lattice
# Experts {eq}`eq-expert-hardening`, {eq}`eq-moe-mean`: $\sum_c\gamma_c\,E(t;\varepsilon_c,s_c,h_c)$
# :::
#
# ::::
#
# ## How it is made
#
# The models of the other chapters are too large to be carried by a page, so two narrow ones are trained for this one, with the same recipe and on the same data.

# %% tags=["parameters"]
seed: int = 0
digits: int = 54_000  # training digits, at most 54 000
noise_std: float = 0.5  # of the curve, per point, raw units
epochs: int = 6  # of joint training, digits
epochs_lattices: int = 10  # of joint training, lattices
epochs_crossmodal: int = 4  # of unimodal training, lattices
points: int = 400  # specimens shown in latent space

# %%
import numpy as np

import fplib as fp
import paperbook
from book.analysis import display, photographs, votes, weights
from book.figures import explorer as figures
from fplib import metrics, plots

# %%
from fplib.config import Architecture
from fplib.data.lattice import lattices_of
from fplib.data.lattice.mechanics import KINDS
from fplib.evaluation import evaluate

both = {"curve_channels": (8, 16), "stride": 2, "log_variance_bound": 8.0}
for_digits = Architecture(
    image_channels=(32, 24),
    image_hidden=(48, 48),
    curve_hidden=(64,),
    decoder_hidden=(64,),
    decoder_channels=(16, 16, 8),
    **both,
)
for_lattices = Architecture(
    image_channels=(8, 6),
    image_hidden=(16,),
    curve_hidden=(32,),
    decoder_hidden=(16,),
    decoder_channels=(8, 8, 4),
    **both,
)


# %%
@paperbook.experiment(name="digits_seed_{seed}", load=fp.load, synthetic_data=True)
def train_digits(seed, checkpoint=None):
    """A narrow model of digits and noisy lines, scored on the test digits."""
    data = fp.data.mnist(noise_std=noise_std, seed=seed, digits=digits)
    curve = fp.Curve("curve", data.t, fp.experts.Proportional())
    model = fp.FingerprintModel(
        [fp.Image("image", (28, 28)), curve], clusters=10, architecture=for_digits, seed=seed
    )
    model.fit(data.train, data.validation, epochs=epochs, checkpoint=checkpoint)
    return evaluate(model, data.test), {"model": model, "data": data.hashes}


data = fp.data.mnist(noise_std=noise_std, seed=seed, digits=digits)
of_digits = train_digits(seed)
model = of_digits["model"]

# %% [markdown]
# A tile is prepared as on the lattices' page, and the expert with its units of scatter is taken from the model there.


# %%
def tiles_of(whole):
    """The lattices of a run of that page, as its model sees them, and the expert."""
    told = whole.parameters
    names = ("seed", "spread", "gyroid", "octet", "pixels", "law")
    data = fp.data.lattice(**{name: told[name] for name in names})
    curve = whole["model"].modalities["curve"]

    def view(split):
        images = photographs.even_light(split["image"], told["light"])
        stress = curve.expert.standardise(split["curve"].astype(float) / curve.expert.law.stress)
        both = {
            "image": photographs.area_mean(images, told["pool"]),
            "curve": stress.astype("float32"),
        }
        return fp.data.Split(both, ids=split.ids, labels=split.labels)

    return (
        data,
        {name: view(getattr(data, name)) for name in ("train", "validation", "test")},
        curve,
    )


# %%
@paperbook.experiment(name="lattices", load=fp.load, synthetic_data=True)
def train_lattices(whole, checkpoint=None):
    """A narrow model of photographs and curves of lattices, scored on the test tiles."""
    data, views, curve = tiles_of(whole)
    model = fp.FingerprintModel(
        [fp.Image("image", views["train"]["image"].shape[1:]), curve],
        clusters=2,
        latent_dim=2,
        architecture=for_lattices,
    )
    common = {"batch_size": 64, "shards": 1, "warmup_steps": 20, "checkpoint": checkpoint}
    joint = {"learning_rate": 4e-3, "frozen_epochs": 4, "expert_variance": "fixed", "shift": 0}
    model.fit(views["train"], views["validation"], epochs=epochs_lattices, **joint, **common)
    alone = {"learning_rate": 2e-3, "shift": 4, "epochs": epochs_crossmodal}
    model.fit_crossmodal(views["train"], **alone, **common)
    return evaluate(model, views["test"]), {"model": model, "data": data.hashes}


whole = paperbook.runs("lattice", load=fp.load)[0]
of_lattices = train_lattices(whole)
printed, views, _ = tiles_of(whole)

# %% [markdown]
# A kernel travels as whole numbers, three characters each in an encoder and two in a decoder, with one scale a channel (`book/analysis/weights.py`). {numref}`tbl-explorer-rounding` has what that changes; from here on the models have the kernels of the page.

# %%
narrow = of_lattices["model"]
some = {name: data.test[name][:1000] for name in model.modalities}
inputs = {
    "digits, image and curve": (model, some),
    "digits, image": (model, {"image": some["image"]}),
    "digits, curve": (model, {"curve": some["curve"]}),
    "tiles, mixed": (narrow, {"image": display.mixed(views["test"]["image"], 1000)}),
}
before = {name: display.answers(*asked) for name, asked in inputs.items()}
for one in (model, narrow):
    weights.rounded(one)
after = {name: display.answers(*asked) for name, asked in inputs.items()}

# %%
#| label: tbl-explorer-rounding
#| caption: >-
#|   Largest change of any number by the rounding of kernels: test digits by what the model sees, and mixtures of two
#|   test tiles (synthetic lattices). Responsibilities and pixels run from zero to one.
import pandas as pd

largest = {
    name: {key: np.abs(found[key] - after[name][key]).max() for key in found}
    for name, found in before.items()
}
changes = pd.DataFrame(largest).T
paperbook.table(changes.map(lambda x: paperbook.number(x, 2)))

# %%
named = metrics.match_clusters(data.test.labels, model.predict(data.test))
kinds = metrics.match_clusters(views["test"].labels, narrow.predict(views["test"]))
once = votes.one_view(views["test"], lattices_of)
shown = np.concatenate([np.flatnonzero(once.labels == kind)[:4] for kind in (0, 1)])
measured = votes.one_view(printed.test, lattices_of)["curve"][shown]
tiles = once["image"][shown], measured, once.labels[shown]
told = {
    "digits": display.digits(model, data.test, named, points),
    "lattices": display.lattices(narrow, *tiles, kinds, KINDS),
}
page = display.element(told)

# %% tags=["hide-input"]
from IPython.display import HTML

HTML(page)

# %%
scores = of_digits.metrics
paperbook.glue(
    "explorer",
    both=paperbook.percent(scores["accuracy.multimodal.mean_field"]),
    image=paperbook.percent(scores["accuracy.image"]),
    curve=paperbook.percent(scores["accuracy.curve"]),
    tiles=paperbook.percent(of_lattices.metrics["accuracy.image"]),
    numbers_digits=paperbook.number(display.count(told["digits"])),
    numbers_lattices=paperbook.number(display.count(told["lattices"])),
    kilobytes=round(display.kilobytes(page)),
    pixel=paperbook.number(changes["image"].max(), 2),
    responsibility=paperbook.number(changes[["from Z", "mean field"]].max().max(), 2),
)

# %% [markdown]
# Rounding moves no pixel by more than {glue:text}`explorer-pixel` and no responsibility by more than {glue:text}`explorer-responsibility`. Kernels have {glue:text}`explorer-numbers-digits` numbers for digits and {glue:text}`explorer-numbers-lattices` for lattices; with examples, scripts and style
# the explorer takes {glue:text}`explorer-kilobytes` kB. From the curve alone the model of digits names {glue:text}`explorer-curve` rightly, and that of lattices {glue:text}`explorer-tiles` of single test tiles from the image. A digit is seen by the encoders of the joint model, and a missing measurement is left out of the product; a tile has its unimodal encoder.
#
# A test compares the scripts with TensorFlow on a thousand inputs (`tests/book/test_explorer.py`).

# %% tags=["hide-input", "explorer-still"]
#| label: fig-explorer-still
#| caption: >-
#|   A still of the explorer for readers without scripts: a test digit and its noisy (synthetic) line, the Gaussian
#|   of each encoder and their product, the cluster by both estimators, and what the model expects of each measurement.
specimen = {name: data.test[name][:1] for name in model.modalities}
parts = {name: model.posterior({name: x}) for name, x in specimen.items()}
parts["both"] = model.posterior(specimen)
gammas = {"from Z": "from_z", "mean field": "mean_field"}
gammas = {words: model.responsibilities(specimen, way)[0] for words, way in gammas.items()}
mean, variance = model.infer(specimen, "curve")
plots.show(
    figures.still,
    specimen["image"][0],
    data.t,
    specimen["curve"][0],
    {role: type(q)(q.mean[0], q.log_variance[0]) for role, q in parts.items()},
    {words: gamma[told["digits"]["order"]] for words, gamma in gammas.items()},
    model.decode(parts["both"].mean)["image"][0],
    (mean[0], np.sqrt(variance[0])),
    [told["digits"]["names"][c] for c in told["digits"]["order"]],
    alt="A digit and a noisy line on the left; Gaussians in three latent dimensions and bars of ten clusters in the middle; a blurred digit and a line with a band on the right.",
)
