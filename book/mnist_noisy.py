# ---
# jupyter:
#   jupytext: {text_representation: {extension: .py, format_name: percent}}
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# paperbook:
#   reads: ["results/mnist_clean/*.json", "results/mnist_noisy/*.json"]
# ---

# %% [markdown]
# (sec-mnist-noisy)=
# # MNIST with a noisy curve
#
# :::{admonition} In short
# :class: in-short
#
# **Question.** Do two uncertain measurements together beat the better one?
#
# **Method.** Digits with curves too noisy to tell neighbours apart, in two readings of the noise, over many seeds.
#
# **Finding.** Together they win in {glue:text}`noisy-std-gained` of {glue:text}`noisy-std-runs` runs with a {glue:text}`noisy-std-words`, by {glue:text}`noisy-std-gain` points (median).
# :::
#
# With a clean curve ({ref}`sec-mnist-clean`) fusion can add nothing. Here the curve is noisy enough that some
# neighbouring digits cannot be told apart by it, whoever looks ({ref}`sec-data-ceiling`). {cite:t}`trask2022pima` make three statements about this case: the order of the curves orders the clusters
# in latent space (this page); images decoded at the edge of a cluster show the digits $c\pm1$ ({doc}`edges`); and what is misclassified is mistaken for a neighbour ({doc}`crossmodal`).
# What fusing gains, the paper does not put in numbers.
#
# The paper writes the noise as $\mathcal N(0,0.5)$. We run both readings of that, and name them: **std**, a standard deviation of 0.5, is the
# main one; **variance**, a variance of 0.5, is noisier. The curves are synthetic in either case, made from the label; training reads it in no other form.

# %% tags=["parameters"]
seeds: list = [0]  # one model for each, noise_std
seeds_variance: list = [0]  # one model for each, noise_variance
digits: int = 54_000  # training digits of the first reading, at most 54 000
digits_variance: int = 54_000  # of the second
noise_std: float = 0.5  # standard deviation of the curve's noise, per point, raw units
noise_variance: float = 0.5  # its variance, for the second reading
latent_dim: int = 3  # L
preset: str = "fast"  # "fast" or "paper"
epochs: int = 4  # of the joint model
epochs_crossmodal: int = 16  # of each unimodal encoder
radius: float = 3.0  # where the edge of a cluster is, in prior standard deviations
neutral_seeds: list = [0, 1]  # runs whose start has no order
neutral_starts: list = ["scattered"]  # any of "point", "scattered", "paper"
neutral_readings: list = ["std"]  # any of "clean", "std"
neutral_digits: int = 6_000  # training digits of each of them
neutral_epochs: int = 8  # of their joint model; they have no unimodal encoders
digits_judge: int = 20_000  # labelled digits that the judge of decoded images learns from

# %%
import functools
import math
from itertools import pairwise

import numpy as np
import pandas as pd

import fplib as fp
import paperbook
from book.analysis import classifier, ordering, periphery, predictive
from book.analysis import starts as beginnings
from book.figures import calibration, noisy, specimen
from fplib import metrics, plots
from fplib.evaluation import evaluate

readings = {"clean": 0.01, "std": noise_std, "variance": math.sqrt(noise_variance)}
words = {
    "std": f"standard deviation {noise_std:g}",
    "variance": f"variance {noise_variance:g}",
}

# %% [markdown]
# ## Training and scoring
#
# The two stages are those of the clean page. Besides the accuracies, each run records how often the digit nearest to the fitted slope is right, a rule that needs no model,
# and the gain of fusion: accuracy from both modalities minus that of the best way found to use one alone (the unimodal
# encoder of the image, either estimator from the curve, or that rule).


# %%
def untrained(t, seed):
    """The model of the book: an image, and a curve with a line through the origin as its expert."""
    return fp.FingerprintModel(
        [fp.Image("image", (28, 28)), fp.Curve("curve", t, fp.experts.Proportional())],
        clusters=10,
        latent_dim=latent_dim,
        preset=preset,
        seed=seed,
    )


def nearest_slope(data):
    """The digit whose line is nearest to each test curve: the best that the curve alone allows."""
    slope = data.test["curve"] @ data.t / (data.t @ data.t)
    return np.clip(np.rint(slope), 0, 9).astype(int)


# %%
def scores(model, data):
    """Metrics of one model on the 10 000 test digits."""
    labels = data.test.labels
    found = evaluate(model, data.test) | {"elbo.validation": model.score(data.validation)}
    rule = float(np.mean(nearest_slope(data) == labels))
    ways = ("accuracy.image", "accuracy.curve.from_z", "accuracy.curve.mean_field")
    single = max(rule, *(found[way] for way in ways))
    spread = data.info["noise_std"] / np.linalg.norm(data.t)  # of a fitted slope
    expected = predictive.slope_confusion(np.arange(10), np.bincount(labels), spread)
    found |= {
        "accuracy.curve.nearest": rule,
        "ceiling.curve": np.trace(expected) / len(labels),
        "gain.fusion": found["accuracy.multimodal.mean_field"] - single,
    }
    sources = {"multimodal": dict(data.test)} | {
        name: {name: data.test[name]} for name in data.test
    }
    for source, views in sources.items():
        clusters = model.predict(views, "mean_field" if source == "multimodal" else "from_z")
        matrix = metrics.confusion(labels, clusters, classes=range(10))[:, :10]
        found[f"confusion.{source}"] = matrix.ravel()
    return found


# %% [markdown]
# The edge of a cluster is examined by a classifier of images that has nothing to do with the model: a support-vector machine on principal components, trained on
# labelled training digits and on averages of digits of one class, because a decoder draws softer than a pen. A classifier that misreads the *centres* of clusters may not judge their edges: a
# run in which fewer than {glue:text}`noisy-sound:.0f` % of them are read as their own digit has no such judgement. It looks at images decoded at $\mu_c\pm3\sigma_c$ along each latent axis, as the paper does; in random directions, as far away; in the
# directions of the neighbours in slope; and on the way from each centre to those neighbours.


# %%
def prior(model):
    """Centres and log-variances of the clusters."""
    return model.means.numpy(), model.log_variances.numpy()


def slopes_of(model):
    """Slope of every cluster's expert, raw units."""
    return model.expert_parameters["curve"].numpy()[:, 0].astype(float)


# %%
def digit_names(model, split):
    """The digit that each cluster is matched with, for naming it; -9 for a cluster left over."""
    matched = metrics.match_clusters(split.labels, model.predict(split))
    return np.array([matched.get(c, -9) for c in range(model.clusters)])


def edges(model, data, seed):
    """What the judge sees at the edges of the clusters, and where their neighbours begin."""
    slopes, names = slopes_of(model), digit_names(model, data.test)
    see = functools.partial(classifier.seen, model, digits=digits_judge)
    return periphery.survey(prior(model), slopes, names, see, radius, seed)


# %%
def walks(model):
    """Latent points on the line from each centre towards the next in slope, (9, 13, L)."""
    steps = pairwise(np.argsort(slopes_of(model)))
    radii = radius / 2 * np.arange(13)
    return np.stack([periphery.walk(*prior(model), *step, radii) for step in steps])


# %%
@paperbook.experiment(name="judge")
def score_judge():
    """How well the judge reads real digits."""
    test = fp.data.mnist(digits=digits_judge).test
    read = classifier.judge(digits_judge).predict(test["image"])
    matrix = metrics.confusion(test.labels, read, classes=range(10))
    return {"accuracy.judge": np.trace(matrix) / test.n, "confusion.judge": matrix.ravel()}


@paperbook.experiment(
    name="{reading}_seed_{seed}",
    load=fp.load,
    parameters={"start": "physics"},
    synthetic_data=True,
)
def train(reading, noise_std, digits, seed, checkpoint=None):
    """One model with its unimodal encoders, scored, and what lies at the edges of its clusters."""
    data = fp.data.mnist(noise_std=noise_std, seed=seed, digits=digits)
    model = untrained(data.t, seed)
    model.fit(data.train, data.validation, epochs=epochs, checkpoint=checkpoint)
    model.fit_crossmodal(data.train, epochs=epochs_crossmodal, checkpoint=checkpoint)
    kept = {
        "model": model,
        "walked": classifier.seen(model, walks(model), digits_judge),
        "data": data.hashes,
    }
    return scores(model, data) | edges(model, data, seed), kept


# %%
score_judge()
paperbook.glue("noisy", sound=100 * periphery.SOUND)
runs = [train("std", noise_std, digits, seed) for seed in seeds]
noisier_runs = [
    train("variance", readings["variance"], digits_variance, seed) for seed in seeds_variance
]
model, noisier = runs[0]["model"], noisier_runs[0]["model"]  # those in the figures
data = fp.data.mnist(noise_std=noise_std, seed=seeds[0], digits=digits)


# %%
def alike(frame):
    """The runs whose curves were as noisy, and whose edges as far out, as here."""
    same_noise = np.isclose(frame["noise_std"], frame["reading"].map(readings))
    return frame[same_noise & np.isclose(frame["radius"], radius)]


published = alike(paperbook.published("mnist_noisy"))


def or_published(own):
    """The published runs of every start and reading; where there are none, this run's."""
    kind = ["start", "reading"]
    told, own = published.set_index(kind), own.set_index(kind)
    return pd.concat([told, own[~own.index.isin(told.index)]]).reset_index()


mine = paperbook.frame([*runs, *noisier_runs])
known = or_published(mine).query("start == 'physics'")

# %% [markdown]
# ## Accuracy, and what fusion gains
#
# {numref}`tbl-noisy-accuracy` has both readings. *Nearest slope* is the rule of {ref}`sec-data-ceiling` on the same test curves, and the *ceiling* its expected accuracy, which no method that sees the curve alone
# can be expected to exceed. The *gain of fusion* in {numref}`tbl-noisy-gain` is the accuracy from both minus that of the best single measurement, in percentage points, run by run.

# %% tags=["hide-input"]
#| label: tbl-noisy-accuracy
#| caption: >-
#|   Accuracy on the 10 000 MNIST test digits with noisy (synthetic) curves. *This run*: the median over the models
#|   trained when the book was built. The next columns: published runs of the full profile.
named = {
    "accuracy.multimodal.mean_field": "image + curve, mean field",
    "accuracy.multimodal.from_z": "image + curve, from Z",
    "accuracy.image": "image alone",
    "accuracy.curve": "curve alone",
    "accuracy.curve.nearest": "curve alone, nearest slope",
    "ceiling.curve": "curve alone, ceiling",
}
told = published.query("start == 'physics'")
accuracy = paperbook.summary(mine, named, by="reading")[["median"]].set_axis(["this run"], axis=1)
accuracy = accuracy.join(paperbook.summary(told, named, by="reading"))
accuracy = accuracy[["this run", "median", "min", "max", "runs"]]
accuracy = accuracy.sort_index(level="reading", sort_remaining=False, kind="stable")
paperbook.table(
    accuracy.rename(words, level="reading").rename_axis(["noise", "measured"]),
    percents=["this run", "median", "min", "max"],
    formats={"runs": ".0f"},
)

# %%
gain = known["gain.fusion"].groupby(known["reading"])
gains = gain.agg(["median", "min", "max"]) * 100
gains = gains.assign(gained=gain.agg(lambda points: int((points > 0).sum())), runs=gain.size())
for reading, found in gains.iterrows():
    glued = {"words": words[reading], "gain": f"{found['median']:+.2f}".replace("-", "−")}
    paperbook.glue(
        f"noisy-{reading}", gained=int(found["gained"]), runs=int(found["runs"]), **glued
    )

# %% tags=["hide-input"]
#| label: tbl-noisy-gain
#| caption: >-
#|   Gain of fusion in percentage points over the published runs (over this run's where there are none), and in how
#|   many of them it is above zero. Noisy (synthetic) curves.
points = dict.fromkeys(["median", "min", "max"], "+.2f")
paperbook.table(gains.rename(words).rename_axis("noise"), formats=points)

# %% [markdown]
# Both measurements together beat the better one in {glue:text}`noisy-std-gained` of {glue:text}`noisy-std-runs` runs with a {glue:text}`noisy-std-words` (median gain
# {glue:text}`noisy-std-gain` points) and in {glue:text}`noisy-variance-gained` of {glue:text}`noisy-variance-runs` with a {glue:text}`noisy-variance-words` ({glue:text}`noisy-variance-gain` points).
# {numref}`fig-noisy-noise` sets these runs beside those of {doc}`mnist_clean`, and {numref}`fig-noisy-gain` shows where the gain comes from.

# %% tags=["hide-input"]
#| label: fig-noisy-noise
#| caption: >-
#|   The noisier the curve, the more the image is worth beside it: wrong test digits against the noise of the synthetic
#|   curve, logarithmic with a place for none. Small dots are runs, larger marks their means; from both by mean field.
levels = pd.concat([paperbook.published("mnist_clean"), known])
levels = levels[levels["preset"] == preset].assign(noise=lambda runs: runs["noise_std"].round(2))
named = {
    "accuracy.multimodal.mean_field": "both",
    "accuracy.image": "image alone",
    "accuracy.curve": "curve alone",
}
tables = {
    name: levels.pivot_table(index="seed", columns="noise", values=metric)
    for metric, name in named.items()
}
plots.show(
    calibration.errors_against,
    [f"{noise:g}" for noise in sorted(levels["noise"].unique())],
    {"": tables},
    xlabel="noise of the curve (standard deviation, raw units)",
    ylabel="wrong test digits (%)",
    alt="Errors against noise: level for the image alone, rising steeply for the curve alone, and lowest for both.",
)

# %%
noisier_data = fp.data.mnist(noise_variance=noise_variance, seed=seeds_variance[0], digits=10)
test, t = noisier_data.test, noisier_data.t
slope = test["curve"] @ t / (t @ t)
borders = np.arange(0.5, 9)  # beyond 0 and 9 there is none
clear = np.minimum(np.abs(slope[:, np.newaxis] - borders).min(axis=1), 0.5)
names = digit_names(noisier, test)
right = {
    "curve alone": nearest_slope(noisier_data) == test.labels,
    "image alone": names[noisier.predict({"image": test["image"]}, "from_z")] == test.labels,
    "both": names[noisier.predict(test)] == test.labels,
}

# %% tags=["hide-input"]
#| label: fig-noisy-gain
#| caption: >-
#|   Accuracy against how clear the (synthetic) curve is: the distance of its slope from the nearest border between
#|   two digits, in units of the slope. Variance reading, one run, 10 000 test digits; bands are 95 % Wilson
#|   intervals. Below: how many specimens there are.
plots.show(
    noisy.accuracy_by_distance,
    clear,
    right,
    edges=np.linspace(0, 0.5, 6),
    alt="Line chart. From the curve alone accuracy falls to one half at the border between digits; from the image alone it is level; from both it is highest and nearly level.",
)

# %% [markdown]
# Where the curve is clear, it corrects what the image gets wrong; where it is not, the image decides. Two rules of the model lead to this: the fused posterior weighs the modalities by the
# variances that their encoders report, and the responsibilities add the curve's misfit to each expert, in units of the learned noise $\hat\sigma_c$.
# {numref}`fig-noisy-specimen` shows what the second rule does to one specimen.

# %%
views = dict(data.test)
gamma = {
    "$p(c\\,|\\,Z)$": model.responsibilities(views, "from_z"),
    "mean field": model.responsibilities(views, "mean_field"),
}
apart = np.abs(np.subtract(*gamma.values())).sum(axis=1).argmax()  # where they differ most

# %% tags=["hide-input"]
#| label: fig-noisy-specimen
#| caption: >-
#|   Mean field listens to the measured curve once more, $p(c\mid Z)$ does not: the test digit on which the two
#|   assignments of the noisy model differ most. Standard deviation reading; dots are the synthetic curve, lines the
#|   experts.
plots.show(
    specimen.assignments,
    data.test["image"][apart],
    data.t,
    data.test["curve"][apart],
    model.expert_curves("curve").numpy(),
    {name: shares[apart] for name, shares in gamma.items()},
    digit_names(model, data.test).tolist(),
    alt="A digit, its noisy curve over ten lines, and two bars for each cluster: the two assignments favour different ones.",
)

# %% [markdown]
# ## The latent space
#
# {numref}`fig-noisy-latent` is the counterpart of the paper's Figure 4. The order of the clusters along the path is that of the starting centres, which the `fast` recipe takes from the slopes; the last section
# of this page starts without it, and {doc}`edges` looks at what is decoded at the rims of the ellipsoids.

# %% tags=["hide-input"]
#| label: fig-noisy-latent
#| caption: >-
#|   With noisy curves a few specimens stray between neighbouring groups: latent means of test specimens (image and
#|   synthetic curve, standard deviation reading), coloured by digit, with two standard deviations of the ten clusters.
#|   Drag, or use the arrow keys, to turn it.
labels = data.test.labels
space = model.transform(data.test), labels, model.means.numpy(), model.log_variances.numpy()
plots.show(
    plots.latent_space_3d,
    *space,
    turn=plots.turning(*space),
    alt="Three-dimensional scatter of latent means, ten groups along a curved path, with a few stray points between neighbouring groups.",
)

# %%
names = digit_names(model, data.test)
slopes = slopes_of(model)
expert_std = np.exp(0.5 * model.expert_log_variance["curve"].numpy())
counts = data.train.n * np.exp(model.mixture.log_weights)
standard_error = expert_std / np.sqrt(np.maximum(counts, 1) * (data.t @ data.t))

# %% tags=["hide-input"]
#| label: fig-noisy-lines
#| caption: >-
#|   Noise moves no expert off the mean of its cluster's curves, and the residuals are normal with the noise it learned.
#|   Synthetic curves of the test set, standard deviation reading, whose true slopes are the labels.
plots.show(
    plots.expert_lines,
    data.t,
    data.test["curve"],
    model.predict(data.test),
    model.expert_curves("curve").numpy(),
    expert_std,
    names=names.tolist(),
    alt="Ten straight lines through the origin, each through the dots of a mean curve, and a histogram of residuals that follows the normal density.",
)

# %%
paperbook.glue(
    "noisy",
    slope_error=np.abs(slopes - names).max(),
    slope_uncertainty=standard_error.max(),
    noise=expert_std.mean(),
    noise_true=data.info["noise_std"],
)

# %% [markdown]
# What does the noise do to the experts? Over thousands of curves a slope is known to a standard error of at most {glue:text}`noisy-slope-uncertainty:.4f` (weighted least squares {eq}`eq-wls-line`), and the largest
# error is {glue:text}`noisy-slope-error:.4f`. The standard error is that of noise alone; curves assigned to the wrong line also bias a slope, which it leaves out. The mean learned noise is {glue:text}`noisy-noise:.3f`; the curves were made with {glue:text}`noisy-noise-true:.3f`.

# %% [markdown]
# (sec-noisy-order)=
# ## Does the order of the curves order the clusters?
#
# The paper: "Surprisingly, the sequential ordering of clusters in $X_2$ induces an sequential embedding of corresponding clusters in latent space." Our recipe places the centres in that order before training starts, so the
# models above cannot test it. The runs below are small and many, and their start has no order; curves are clean or noisy:
#
# - **one point**: assignments start from the mixture of lines, but all ten centres lie at one point; from the first epoch on, $\mu_c$ and $\sigma_c$ follow the data (in closed form);
# - **scattered**: the same, but after an epoch the centres are thrown to random places, two standard deviations apart or more, and held there for an epoch; then $\mu_c$ and $\sigma_c$ follow the data;
# - **the paper's start**: centres from $\mathcal N(0,1)$, experts that all start near the same slope, $\hat\sigma_c=1$; no mixture of lines (with our networks and rates, see {ref}`sec-presets`).
#
# Three measures say how far the centres are in the order of their experts' slopes. *Path*: find the shortest path through all ten centres {cite:p}`held1962sequencing`; Kendall's $|\tau|$ between place on the path and slope. *Neighbours*: the share of centres
# whose nearest centre is next to it in slope. *Distances*: Spearman's correlation between distance in latent space and difference in rank, over the 45 pairs, the idea of {cite:t}`mantel1967`. By chance they are
# 0.2, 0.2 and 0 on average. A permutation test compares the mean over runs with the same centres in random order.


# %%
@paperbook.experiment(name="{start}_{reading}_seed_{seed}", synthetic_data=True)
def neutral(start, reading, noise_std, digits, epochs, seed):
    """A small joint model from a start without order, and how its centres lie after each epoch."""
    data = fp.data.mnist(noise_std=noise_std, seed=seed, digits=digits)
    model, course = untrained(data.t, seed), []

    def watch(model, row):
        if start == "scattered" and row["epoch"] == 1:
            model.means.assign(beginnings.scattered(10, latent_dim, seed))
        course.append(ordering.agreement(model.means.numpy(), slopes_of(model)))

    model.fit(data.train, epochs=epochs, callback=watch, **beginnings.options(start))
    found = {f"order.{measure}": value for measure, value in course[-1].items()}
    found |= {f"order.{m}_by_epoch": [each[m] for each in course] for m in ordering.MEASURES}
    for assignment in ("mean_field", "from_z"):
        clusters = model.predict(data.test, assignment)
        accuracy = metrics.clustering_accuracy(data.test.labels, clusters)
        found[f"accuracy.multimodal.{assignment}"] = accuracy
    found |= {"centres": model.means.numpy().ravel(), "slopes": slopes_of(model)}
    return found | edges(model, data, seed), {"data": data.hashes}


# %%
small = [
    neutral(start, reading, readings[reading], neutral_digits, neutral_epochs, seed)
    for start in neutral_starts
    for reading in neutral_readings
    for seed in neutral_seeds
]
starts = {"point": "one point", "scattered": "scattered", "paper": "the paper's start"}
shades = {"clean": "clean", "std": "noisy"}
without = or_published(paperbook.frame(small)).query("start != 'physics'")
who = without["start"].map(starts) + ", " + without["reading"].map(shades)
whos = [f"{start}, {shade}" for start in starts.values() for shade in shades.values()]
without["start, curve"] = pd.Categorical(who, whos)
groups = dict(list(without.groupby("start, curve", observed=True)))


# %%
def placed(runs):
    """Centres (C, L) and slopes (C,) of each of several runs."""
    both = zip(runs["centres"], runs["slopes"], strict=True)
    return [(np.reshape(centres, (len(slopes), -1)), slopes) for centres, slopes in both]


chance = {
    who: [
        ordering.against_chance([run], "distances", 2_000, seed).null_distribution
        for seed, run in enumerate(placed(runs))
    ]
    for who, runs in groups.items()
}

# %% tags=["hide-input"]
#| label: fig-noisy-order
#| caption: >-
#|   Order of the cluster centres after a start without order, by the measure *distances*: every run, their mean (thick
#|   tick) and quartiles. Grey: the middle 95 % of the same centres in random order. Synthetic curves; published runs
#|   where there are any.
plots.show(
    noisy.order_against_chance,
    [
        {
            "name": who,
            "values": runs["order.distances"].tolist(),
            "chance": np.concatenate(chance[who]),
        }
        for who, runs in groups.items()
    ],
    xlabel="correlation of latent distance and difference in slope rank",
    alt="Dots of every run for each kind of start, mostly to the right of the grey bars that show random order.",
)

# %%
#| label: tbl-noisy-order
#| caption: >-
#|   Order of the centres, mean over runs, after the first epoch → after the last, in brackets the p-value of a
#|   one-sided permutation test of the latter; and the median accuracy from both modalities (mean field; synthetic
#|   curves).
rows = []
for who, runs in groups.items():
    cells = {"start, curve": who, "runs": len(runs)}
    for measure in ordering.MEASURES:
        begun = np.mean([course[0] for course in runs[f"order.{measure}_by_epoch"]])
        found = ordering.against_chance(placed(runs), measure, 2_000)
        p = f"{found.pvalue:.4f}" if found.pvalue > 1 / 2_000 else "< 0.0006"
        cells[measure] = f"{begun:.2f} → {found.statistic:.2f} ({p})".replace("-", "−")
    rows.append(cells | {"accuracy": runs["accuracy.multimodal.mean_field"].median()})
percents = {"accuracy": lambda x: paperbook.percent(x, 1)}
paperbook.table(pd.DataFrame(rows), index=False, formats=percents)

# %% tags=["hide-input"]
#| label: fig-noisy-path
#| caption: >-
#|   Cluster centres of the first runs from a start without order, along the two directions in which they spread
#|   most, joined in the order of their slopes. Numbers rank the slopes. Trained with synthetic curves.
panels = {}
for who, runs in groups.items():
    first = runs[: 2 if len(groups) < 3 else 1]
    for seed, run in zip(first["seed"], placed(first), strict=True):
        panels[f"{who}, seed {seed}"] = run
plots.show(
    noisy.embedded_order,
    panels,
    alt="Small maps of ten numbered centres joined by lines in the order of their slopes.",
)
