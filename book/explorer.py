# ---
# jupyter:
#   jupytext: {text_representation: {extension: .py, format_name: percent}}
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# paperbook:
#   reads: [lattice]
# ---

# %% [markdown]
# (sec-explorer)=
# # Explorer
#
# What does the model do with a measurement that it has never seen? Draw one. Both encoders, the product of experts, the responsibilities, the decoder and the experts run here, in your browser,
# while you draw; nothing is sent anywhere, and the page works without a network. Every equation lights up when its part has run, and its number leads to its derivation.
#
# **Finding.** The models below have {glue:text}`explorer-numbers-digits` and {glue:text}`explorer-numbers-lattices` numbers, narrow enough for a page. On test digits the first names {glue:text}`explorer-both` rightly from image and curve, {glue:text}`explorer-image` from the image and {glue:text}`explorer-curve` from the curve.
#
# ## Draw a digit
#
# Draw with the pointer, or with the keys: arrows move the pen, with space held they draw, Delete clears. The second measurement is a line with noise, whose slope is the digit, as in {ref}`sec-mnist-noisy`: set its slope to
# something else than you drew, and see whom the model believes. Switch a measurement off, and the product loses a factor.
#
# :::{div} explorer-digits
# This part of the page is made by a script.
# :::
#
# ::::{div} explorer-equations
#
# :::{div} ex-equation-encoder
# Encoders {eq}`eq-encoder`: $\;[\mu_i,\log\sigma_i^2]=F_i(X_i)$
# :::
#
# :::{div} ex-equation-poe
# Product {eq}`eq-poe`: $\;\sigma^{-2}=\sum_i\sigma_i^{-2},\;\;\mu=\sigma^2\sum_i\sigma_i^{-2}\mu_i$
# :::
#
# :::{div} ex-equation-responsibilities
# From $Z$ {eq}`eq-responsibilities`: $\;p(c\mid Z)\propto\pi_c\,\mathcal N(Z;\mu_c,\sigma_c^2)$
# :::
#
# :::{div} ex-equation-mean-field
# Mean field {eq}`eq-mean-field`: $\;q^*(c)\propto\pi_c\,e^{\mathbb E_q\log p(Z\mid c)}\,p(X_2\mid c)$
# :::
#
# :::{div} ex-equation-decoder
# Decoder {eq}`eq-black-box`: $\;p(X_1\mid Z)=\mathcal N(\hat X_1(Z),I)$
# :::
#
# :::{div} ex-equation-expert
# Experts {eq}`eq-moe-mean`, {eq}`eq-moe-variance`: $\;\mathbb E[X_2]=\sum_cq^*(c)\,\hat\theta_ct$
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
# Decoder {eq}`eq-black-box`: $\;\hat X_1(Z)$
# :::
#
# :::{div} ex-equation-responsibilities-walk
# From $Z$ {eq}`eq-responsibilities`: $\;\gamma_c=p(c\mid Z)$
# :::
#
# :::{div} ex-equation-expert-walk
# Experts {eq}`eq-moe-mean`, {eq}`eq-moe-variance`: $\;\mathbb E[X_2\mid Z]=\sum_c\gamma_c\,\hat\theta_ct$
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
# From $Z$ {eq}`eq-responsibilities`: $\;\gamma_c=p(c\mid Z)$
# :::
#
# :::{div} ex-equation-expert-lattice
# Experts {eq}`eq-expert-hardening`, {eq}`eq-moe-mean`: $\;\sum_c\gamma_c\,E(t;\varepsilon_c,s_c,h_c)$
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
points: int = 400  # specimens shown in latent space

# %%
import numpy as np

import fplib as fp
import paperbook
from book.analysis import display, photographs, votes, weights
from book.figures import explorer as figures
from fplib import metrics, plots
from fplib.config import Architecture
from fplib.data.lattice import lattices_of
from fplib.data.lattice.mechanics import KINDS
from fplib.evaluation import evaluate

common = {"curve_channels": (8, 16), "stride": 2, "log_variance_bound": 8.0}
for_digits = Architecture(
    image_channels=(32, 32),
    image_hidden=(64, 64),
    curve_hidden=(64,),
    decoder_hidden=(64,),
    decoder_channels=(16, 16, 8),
    **common,
)
for_lattices = Architecture(
    image_channels=(8, 8),
    image_hidden=(16,),
    curve_hidden=(32,),
    decoder_hidden=(16,),
    decoder_channels=(8, 8, 4),
    **common,
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
    told = {"batch_size": 64, "shards": 1, "warmup_steps": 20, "learning_rate": 4e-3, "shift": 0}
    told |= {"frozen_epochs": 4, "expert_variance": "fixed", "epochs": epochs_lattices}
    model.fit(views["train"], views["validation"], checkpoint=checkpoint, **told)
    return evaluate(model, views["test"]), {"model": model, "data": data.hashes}


whole = paperbook.runs("lattice", load=fp.load)[0]
of_lattices = train_lattices(whole)
printed, views, _ = tiles_of(whole)

# %% [markdown]
# A kernel travels as whole numbers of twelve bits, two characters each, with one scale a channel (`book.analysis.weights`). What that changes is measured on {glue:text}`explorer-inputs` test digits, from both measurements and
# from the image alone, and on the test tiles; from here on the models have the kernels that the page has.


# %%
def answers(model, data):
    """Latent means, both kinds of responsibilities, and images, from all and from the image."""
    found = {}
    for source in (tuple(model.modalities), ("image",)):
        seen = {name: data[name] for name in source}
        z = model.transform(seen)
        found[*source, "Z"] = z
        found[*source, "from Z"] = model.responsibilities(seen, "from_z")
        found[*source, "mean field"] = model.responsibilities(seen, "mean_field")
        found[*source, "image"] = model.decode(z)["image"]
    return found


changes = {}
narrow = {"digits": (model, data.test), "tiles": (of_lattices["model"], views["test"])}
for name, (one, split) in narrow.items():
    some = {key: split[key][:1000] for key in one.modalities}
    one.forget_unimodal()
    before = answers(one, some)
    weights.rounded(one)
    changes[name] = display.largest_difference(before, answers(one, some))

# %%
#| label: tbl-explorer-rounding
#| caption: >-
#|   Largest change of any element by rounding kernels to twelve bits: latent means, responsibilities, and pixels,
#|   whose values run from zero to one; on test digits and on test tiles of synthetic lattices.
import pandas as pd

rounding = pd.DataFrame(changes)
rounding.index = [f"{name}, from {' + '.join(source)}" for *source, name in rounding.index]
paperbook.table(rounding, formats=dict.fromkeys(changes, ".1e"))

# %%
named = metrics.match_clusters(data.test.labels, model.predict(data.test))
kinds = metrics.match_clusters(views["test"].labels, narrow["tiles"][0].predict(views["test"]))
once = votes.one_view(views["test"], lattices_of)
shown = np.concatenate([np.flatnonzero(once.labels == kind)[:4] for kind in (0, 1)])
measured = votes.one_view(printed.test, lattices_of)["curve"][shown]
told = {
    "digits": display.digits(model, data.test, named, points),
    "lattices": display.lattices(
        narrow["tiles"][0], once["image"][shown], measured, once.labels[shown], kinds, KINDS
    ),
}

# %% tags=["hide-input"]
from IPython.display import HTML

page = display.element(told)
HTML(page)

# %%
scores = of_digits.metrics
paperbook.glue(
    "explorer",
    both=paperbook.percent(scores["accuracy.multimodal.mean_field"]),
    image=paperbook.percent(scores["accuracy.image"]),
    curve=paperbook.percent(scores["accuracy.curve"]),
    numbers_digits=display.count(told["digits"]),
    numbers_lattices=display.count(told["lattices"]),
    kilobytes=round(len(page.encode()) / 1000),
    inputs=min(1000, data.test.n),
    pixel=max(v for name, v in changes["digits"].items() if name[-1] == "image"),
    responsibility=max(
        v for one in changes.values() for n, v in one.items() if n[-1] in ("from Z", "mean field")
    ),
)

# %% [markdown]
# Rounding changes no pixel by more than {glue:text}`explorer-pixel:.1e`, and no responsibility by more than {glue:text}`explorer-responsibility:.1e`. Models and examples take {glue:text}`explorer-kilobytes` kB of this page. The arithmetic of the scripts is compared with TensorFlow's by a test
# (`tests/book/test_explorer.py`).

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
