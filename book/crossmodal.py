# ---
# jupyter:
#   jupytext: {text_representation: {extension: .py, format_name: percent}}
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# paperbook:
#   reads: [mnist_clean, mnist_noisy, "results/mnist_noisy/*.json"]
# ---

# %% [markdown]
# (sec-crossmodal)=
# # One measurement from another
#
# :::{admonition} In short
# :class: in-short
#
# **Question.** How well does an image predict the curve, and a curve the image?
#
# **Method.** Ask one pair of models, of {doc}`mnist_clean` and {doc}`mnist_noisy`, for what they were not shown.
#
# **Finding.** From the image alone the 95 % band holds {glue:text}`cross-band-covered` of the points of noisy curves; where the image is misread, {glue:text}`cross-misread-noisy`.
# :::
#
# The paper's promise is economic: train once on specimens that were measured in every way, then take the cheap measurement alone and let the model say what
# the expensive one would have been. Nothing is trained on this page. The curves are synthetic, made from the label; noise is read as a standard deviation.
#
# ## Three ways to use one measurement
#
# **A unimodal encoder.** After the joint model and with that frozen, the paper trains one encoder for each modality alone to imitate the joint posterior, by the closed-form divergence
# {eq}`eq-kl`. The cluster then follows from $p(c\mid Z)$ at the mean {eq}`eq-responsibilities`. Our `fast` recipe adds the divergence of the other factor of the posterior,
# $q(c\mid X)$ ({ref}`sec-presets`).
#
# **The joint encoder, alone.** The joint model has an encoder for each modality already, and a product of one expert is that expert, so it can be asked by itself. The paper does not,
# because an encoder that always saw both modalities in training need not work when it sees one. Ours saw one at times, by modality dropout.
#
# **Bayes' rule.** The two estimates that the paper names without pursuing them: the most likely cluster {eq}`eq-bayes-cluster`, for an image with the integral {eq}`eq-bayes-black-box`
# averaged over draws of each cluster, and the most likely centre {eq}`eq-bayes-centre`. Neither needs training. For the curve, whose expert does not depend on $Z$, the two coincide.

# %% tags=["parameters"]
samples: int = 64  # draws of Z a cluster, for the integral of the Bayesian estimate
specimens: int = 2_000  # test specimens whose images are generated from their curves
draws: int = 8  # of Z for each of those

# %%
import numpy as np
import pandas as pd

import fplib as fp
import paperbook
from book.analysis import predictive
from book.figures import crossmodal, specimen
from fplib import bayes, gaussians, metrics, plots


def data_of(run):
    """What the model of a run was trained and scored on."""
    told = run.parameters
    return fp.data.mnist(noise_std=told["noise_std"], seed=told["seed"], digits=told["digits"])


# %%
noisy_runs = {run.name: run for run in paperbook.runs("mnist_noisy", load=fp.load)}
clean_runs = {run.parameters["seed"]: run for run in paperbook.runs("mnist_clean", load=fp.load)}
pairs = {  # models of one seed
    run.parameters["seed"]: {"clean": clean_runs[run.parameters["seed"]], "noisy": run}
    for name, run in noisy_runs.items()
    if name.startswith("std") and run.parameters["seed"] in clean_runs
}
runs = pairs[min(pairs)]
model, data = runs["noisy"]["model"], data_of(runs["noisy"])  # those in the figures
test, t = data.test, np.asarray(data.t, float)
runs["noisy"].parameters

# %% [markdown]
# ## The questions
#
# Each function puts one question to a model, about the 10 000 test digits; the sections below discuss the answers. First: which cluster does it name, from both modalities and from each alone?


# %%
def confusions(model, test):
    """Digits (rows) against the digits of their clusters, counts (10, 10), by what is seen."""
    found = {}
    for source in ("multimodal", "image", "curve"):
        views = {source: test[source]} if source in test else dict(test)
        clusters = model.predict(views, "mean_field" if source == "multimodal" else "from_z")
        # a cluster that nothing was assigned to leaves a column out, never one more than ten
        found[source] = metrics.confusion(test.labels, clusters, classes=range(10))[:, :10]
    return found


def ceiling(run):
    """What the nearest slope can be expected to answer, (10, 10)."""
    data = data_of(run)
    spread = run.parameters["noise_std"] / np.linalg.norm(data.t)  # of a fitted slope
    return predictive.slope_confusion(np.arange(10), np.bincount(data.test.labels), spread)


# %%
def band(matrix):
    """Errors, the share of them that name a neighbour, and what chance would give."""
    found = {"errors": matrix.sum() - np.trace(matrix)}
    if found["errors"]:
        found["band"] = metrics.band_share(matrix)
        found["band_chance"] = predictive.shuffled_band_share(matrix)
    return found


# %% [markdown]
# Then, how often is that right, in each of the ways above to use one measurement?


# %%
def joint_encoder(model, views):
    """Clusters by the joint model's own encoder of one modality, the unimodal ones set aside."""
    unimodal, model.unimodal = model.unimodal, {}
    try:
        return model.predict(views, "from_z")
    finally:
        model.unimodal = unimodal


def divergence(model, test, source):
    """Mean divergence of a modality's posterior from that of both, by either encoder, in nats."""
    joint = gaussians.DiagonalGaussian(*model.posterior(dict(test)))
    views, unimodal = {source: test[source]}, model.unimodal
    found = {}
    for way, encoders in (("second_encoder", unimodal), ("first_encoder", {})):
        model.unimodal = encoders
        alone = gaussians.DiagonalGaussian(*model.posterior(views))
        found[way] = float(np.mean(gaussians.kl_divergence(alone, joint)))
    model.unimodal = unimodal
    return found


# %%
def ways(model, test, source):
    """Accuracy from one modality in four ways."""
    views = {source: test[source]}
    clusters = {
        "second_encoder": model.predict(views, "from_z"),
        "first_encoder": joint_encoder(model, views),
        "bayes_cluster": bayes.bayes_cluster(model, views, samples).argmax(axis=1),
        "bayes_centroid": bayes.bayes_centroid(model, views).argmax(axis=1),
    }
    return {way: metrics.clustering_accuracy(test.labels, c) for way, c in clusters.items()}


# %% [markdown]
# At last, what would the other measurement be, and how sure is that?


# %%
def error(found, wanted):
    """Root mean square error."""
    return float(np.sqrt(np.mean(np.square(found - wanted))))


def curves_from_images(model, test, name, levels):
    """Error and coverage of predicted curves; coverage of the mixture at several levels."""
    views, truth = {"image": test["image"]}, test["curve"]
    mean, variance = model.infer(views, "curve")
    expert_std = np.exp(0.5 * model.expert_log_variance["curve"].numpy())
    lines, gamma = model.expert_curves("curve").numpy(), model.responsibilities(views)
    below = predictive.mixture_probability(truth, gamma, lines, expert_std)[:, 1:]
    gaussian = metrics.coverage(truth[:, 1:], mean[:, 1:], variance[:, 1:])
    found = {
        f"error.curve.{name}": error(mean, truth),
        f"coverage.curve.{name}_gaussian": gaussian,
        f"coverage.curve.{name}_mixture": predictive.central_coverage(below, [0.95])[0],
    }
    named = metrics.match_clusters(test.labels, model.predict(views, "from_z"))
    wrong = [
        named.get(c) != label for c, label in zip(gamma.argmax(axis=1), test.labels, strict=True)
    ]
    if any(wrong):
        found[f"coverage.curve.{name}_misread"] = predictive.central_coverage(below[wrong], [0.95])[
            0
        ]
    return found, predictive.central_coverage(below, levels)


# %%
def images_from_curves(model, test, name):
    """Error and coverage of generated images, beside images decoded from both modalities."""
    truth = test["image"]
    mean, variance = model.infer({"curve": test["curve"]}, "image", samples=draws)
    ink = truth > 0
    return {
        f"error.image.{name}": error(mean, truth),
        f"error.image.{name}_least": error(model.decode(model.transform(test))["image"], truth),
        f"coverage.image.{name}_gaussian": metrics.coverage(truth, mean, variance),
        f"coverage.image.{name}_ink": metrics.coverage(truth[ink], mean[ink], variance[ink]),
    }


# %%
@paperbook.experiment(name="seed_{seed}", parameters={"recipe": "fast"}, synthetic_data=True)
def ask(seed, clean, noisy, judge, levels):
    """All questions, to one model with clean and one with noisy curves."""
    matrices = {"looks.image": np.reshape(judge.metrics["confusion.judge"], (10, 10))}
    matrices["ceiling.curve"] = ceiling(noisy)
    found, shares = {}, {}
    for name, run in (("clean", clean), ("noisy", noisy)):
        model, test = run["model"], data_of(run).test
        matrices |= {f"{name}.{source}": m for source, m in confusions(model, test).items()}
        for source in ("image", "curve"):
            accuracy = ways(model, test, source)
            found |= {f"accuracy.{source}.{name}_{way}": share for way, share in accuracy.items()}
            nats = divergence(model, test, source)
            found |= {f"divergence.{source}.{name}_{way}": value for way, value in nats.items()}
        curves, shares[name] = curves_from_images(model, test, name, levels)
        found |= curves | images_from_curves(model, test.take(slice(specimens)), name)
    for key, matrix in matrices.items():
        found |= {f"{what}.{key}": value for what, value in band(matrix).items()}
        found[f"confusion.{key}"] = matrix.ravel()
    found["ceiling.curve"] = np.trace(matrices["ceiling.curve"]) / matrices["ceiling.curve"].sum()
    return found, {"shares": shares, "data": data_of(noisy).hashes}


# %%
levels = [0.1, 0.25, 0.5, 0.68, 0.8, 0.9, 0.95, 0.99]
asked = [ask(s, p["clean"], p["noisy"], noisy_runs["judge"], levels) for s, p in pairs.items()]
answers = asked[list(pairs).index(min(pairs))]  # figures and tables show one pair
found = answers.metrics
seen = {"multimodal": "image + curve", "image": "image alone", "curve": "curve alone"}
named = {f"{name}.{source}": f"{name}, {words}" for name in runs for source, words in seen.items()}
named["looks.image"] = "images by a supervised classifier"
named["ceiling.curve"] = "noisy, expected of the nearest slope"
matrices = {key: np.reshape(found[f"confusion.{key}"], (10, 10)) for key in named}

# %% [markdown]
# ## Which digits are confused
#
# {numref}`fig-cross-confusion` is our version of the paper's Figure 5. The paper describes it as "approximately banded": what is misclassified is mistaken for a neighbour in the
# order of the slopes.

# %% tags=["hide-input"]
#| label: fig-cross-confusion
#| caption: >-
#|   Errors stand beside the diagonal where the curve is noisy and alone. Test digits (rows) against the digit of the
#|   assigned cluster, with accuracy; synthetic curves. Grey: right. Red: errors, on a square-root scale that shows
#|   single ones. One run of each.
plots.show(
    crossmodal.confusion_panels,
    {named[key]: matrices[key] for key in list(named)[:6]},
    alt="Six ten-by-ten maps of counts. Clean: nearly everything on the diagonal. Noisy: errors next to the diagonal for the curve alone, and mostly there for the others.",
)

# %% [markdown]
# How much of a band is that, and what makes it? {numref}`tbl-cross-band` counts the errors that fall on a neighbour, $|\Delta|=1$, and sets three expectations beside them.
#
# - *Chance*: the same numbers of errors of each digit and of wrong uses of each answer, paired at random.
# - *Digits that look alike*: the errors of a classifier of images that never saw a curve (a support-vector machine, trained on labelled digits). Neighbours in number are not
#   neighbours in looks: 4 and 9, 7 and 9, 3 and 5 are confused, so its share is near that of chance.
# - *The ceiling of the curve*: what the best rule that sees only the curve must get wrong. Its errors are neighbours almost by definition.


# %% tags=["hide-input"]
def bands(matrices):
    """A line for each confusion matrix: errors, and the share of them that name a neighbour."""
    rows = []
    for words, matrix in matrices.items():
        row = {"from": words, "interval": "–", **band(matrix)}
        if row["errors"] and np.issubdtype(matrix.dtype, np.integer):
            low, high = metrics.interval(round(row["band"] * row["errors"]), row["errors"])
            row["interval"] = f"{100 * low:.0f}–{100 * high:.0f} %"
        rows.append(row)
    columns = {"band": r"with $\lvert\Delta\rvert=1$", "band_chance": "by chance"}
    ordered = pd.DataFrame(rows, columns=["from", "errors", "band", "interval", "band_chance"])
    return ordered.rename(columns=columns)


def tenths(share):
    """A share in percent, to a tenth."""
    return paperbook.percent(share, 1)


# %% tags=["hide-input"]
#| label: tbl-cross-band
#| caption: >-
#|   Errors on the 10 000 test digits and the share of them that are mistaken for a neighbour, with Wilson's 95 %
#|   interval, and the share that chance would give (one run; curves synthetic).
table = bands({named[key]: matrix for key, matrix in matrices.items()})
shown = {"errors": ".0f", **dict.fromkeys(table.columns[[2, 4]], tenths)}
paperbook.table(table, index=False, formats=shown)

# %%
for key in ("band.noisy.image", "band.clean.image", "band.looks.image"):
    paperbook.glue("cross", **{key: tenths(found.get(key))})

# %% [markdown]
# From the curve alone the errors are those that the best rule is expected to make, nearly all between neighbours; that would be so with any model. From the image, whose encoder sees pixels only, it need not be. In this run {glue:text}`cross-band.noisy.image` of the errors from
# the image are neighbours where the model was trained with the noisy curve, {glue:text}`cross-band.clean.image` where it was trained with the clean one, and {glue:text}`cross-band.looks.image`
# with the supervised classifier, which had no curve. That is an observation. Our recipe also starts with adjacent slopes in adjacent places, and counts cannot tell what the noise, the curves
# and that start each contribute; {doc}`order` finds out by experiment, with slopes dealt to the digits at random.

# %% tags=["hide-input"]
#| label: fig-cross-image
#| caption: >-
#|   Test digits against the digit of the cluster assigned from the image alone, by the unimodal encoder of the
#|   model trained with noisy (synthetic) curves, standard deviation reading; one run.
plots.show(
    plots.confusion_matrix,
    matrices["noisy.image"],
    alt="Ten by ten table of counts; most errors lie beside the diagonal or between digits that look alike.",
)

# %% [markdown]
# ### Over seeds
#
# One run has few errors to count. {numref}`tbl-cross-seeds` adds up the confusion matrices of every published run of {ref}`sec-mnist-noisy`, in both readings of the noise.

# %%
#| label: tbl-cross-seeds
#| caption: >-
#|   Errors of all published runs together, and the share of them that are mistaken for a neighbour, as in
#|   {numref}`tbl-cross-band`; the interval takes errors as independent, although runs share the test digits.
summed = {}
for reading, of in paperbook.published("mnist_noisy", start="physics").groupby("reading"):
    for source, words in seen.items():
        kept = of[f"confusion.{source}"].dropna().tolist()
        matrix = np.sum(kept, axis=0).reshape(10, 10)
        summed[f"{reading}, {words} ({len(kept)} runs)"] = matrix
paperbook.table(bands(summed), index=False, formats=shown)

# %% [markdown]
# ## Unimodal encoders against Bayes' rule
#
# {numref}`tbl-cross-ways` compares the ways to name a specimen from one measurement, on the same models and the same test digits.

# %% tags=["hide-input"]
#| label: tbl-cross-ways
#| caption: >-
#|   Accuracy from one modality on the 10 000 test digits (one run; curves synthetic): the unimodal encoder, the joint
#|   model's own encoder used alone, and the Bayesian estimates of the cluster and of the centre.
columns = {
    "second_encoder": "unimodal encoder",
    "first_encoder": "joint encoder",
    "bayes_cluster": "Bayes, cluster",
    "bayes_centroid": "Bayes, centre",
}
rows = {
    f"{name}, {seen[source]}": [found[f"accuracy.{source}.{name}_{way}"] for way in columns]
    for name in runs
    for source in ("image", "curve")
}
accuracy = pd.DataFrame.from_dict(rows, "index", columns=list(columns.values()))
paperbook.table(accuracy.rename_axis("from"), percents=list(accuracy.columns))

# %% [markdown]
# From the curve, Bayes' rule is hard to beat: the experts *are* the distribution that made the curves, so it reaches the ceiling and an encoder can only come near. From the image it judges by
# squared differences between pixels and ten decoded clusters, a template match, and cannot ignore what the encoder has learned to ignore. On images the paper's choice of encoders is the better one.
#
# The paper trains unimodal encoders because those of the joint model land "far from" the joint posterior. {numref}`tbl-cross-far` measures how far. Ours were trained alone too, by modality dropout, so theirs may well have been farther.

# %%
#| label: tbl-cross-far
#| caption: >-
#|   Mean divergence of the posterior from one modality from that of both, in nats a test digit: by the unimodal
#|   encoder and by the joint model's own, medians over the pairs of models that this build asked.
far = {
    f"{name}, {seen[source]}": [
        np.median([run.metrics[f"divergence.{source}.{name}_{way}"] for run in asked])
        for way in ("second_encoder", "first_encoder")
    ]
    for name in runs
    for source in ("image", "curve")
}
far = pd.DataFrame.from_dict(far, "index", columns=["unimodal encoder", "joint encoder"])
paperbook.table(far.rename_axis("from"), formats=dict.fromkeys(far, ".2f"))

# %% [markdown]
# ## Curves from images
#
# The prediction is a mixture of experts {eq}`eq-moe-mean`, {eq}`eq-moe-variance`, weighed by $q(c\mid X_1)$. Where the image is clear one expert speaks, and the band is that of the measurement noise. Where it is not,
# two lines share the weight and the band opens. {numref}`fig-cross-round` follows one specimen from its image to a curve and back; {numref}`fig-cross-curves` shows, for the noisy model, images of which the model is most and least certain.

# %%
gamma = model.responsibilities({"image": test["image"]})
entropy = -np.sum(gamma * np.log(np.maximum(gamma, 1e-12)), axis=1)
some = np.random.default_rng(7).choice(test.n, 3, replace=False)
chosen = np.concatenate([some, np.argsort(entropy)[::-1][:3]])
mean, variance = model.infer({"image": test["image"][chosen]}, "curve")

# %% tags=["hide-input"]
#| label: fig-cross-round
#| caption: >-
#|   From an image to a curve and back: the curve predicted from the image alone, over the synthetic one measured on the
#|   same digit, and the image predicted from that predicted curve. A random test digit, noisy model.
back, _ = model.infer({"curve": mean[:1]}, "image", samples=64)
plots.show(
    specimen.there_and_back,
    test["image"][chosen[0]],
    t,
    mean[0],
    variance[0],
    test["curve"][chosen[0]],
    back[0],
    alt="A handwritten digit; a line with its band through measured points; and a blurred image of the same digit.",
)

# %% tags=["hide-input"]
#| label: fig-cross-curves
#| caption: >-
#|   Curves predicted from the image alone (line: mean, band: 95 %) over the synthetic curve measured on the same
#|   specimen (dots), noisy model. Left three: a random choice of digits; right three: the images with the most evenly
#|   divided assignment.
plots.show(
    crossmodal.curves_from_images,
    test["image"][chosen],
    t,
    mean,
    variance,
    test["curve"][chosen],
    [f"digit {label}" for label in test.labels[chosen]],
    alt="Six digits and under each a predicted line with its band and measured points. Three clear digits have narrow bands around the points; three ambiguous ones wide bands.",
)

# %% [markdown]
# Are the bands honest? For every point of every test curve we ask with what probability the prediction put it that low or lower (the probability integral transform of the mixture), and count
# how many points fall into the central interval of each level. An honest prediction lies at zero in {numref}`fig-cross-coverage`. The Gaussian band with the mixture's mean and variance, which is what the
# paper's two formulas give, is counted beside it in {numref}`tbl-cross-inference`.

# %% tags=["hide-input"]
#| label: fig-cross-coverage
#| caption: >-
#|   Predicting the (synthetic) curve from the image alone: share of the points of 10 000 test curves inside the
#|   central predictive interval of the mixture of experts, less the probability that the interval promises. On the
#|   dashed line they agree.
plots.show(
    crossmodal.coverage_curves,
    levels,
    answers["shares"],
    alt="Share of measured points inside the interval against the promised probability, for the clean and the noisy model, as a difference from it.",
)

# %%
paperbook.glue("cross", band_covered=tenths(found["coverage.curve.noisy_mixture"]))
for name in runs:
    share = found.get(f"coverage.curve.{name}_misread")
    paperbook.glue("cross", **{f"misread_{name}": tenths(share)})

# %% [markdown]
# Of the points of those curves whose image is misread, {glue:text}`cross-misread-clean` lie inside the 95 % band with the clean curve and {glue:text}`cross-misread-noisy` with the noisy one. What is missing is doubt where the cluster is wrong. The encoder's $q(c\mid X_1)$ is nearly always close to zero or one, so an image that it misreads gets a narrow band about the wrong
# line. With the clean curve that band is a hundredth wide and every misread image falls out of it at every level. Widening the bands by the error rate on held-out specimens would mend it; the model
# itself does not.

# %% [markdown]
# ## Images from curves
#
# In the other direction the curve's encoder gives $q(Z\mid X_2)$, and decoded draws of it are images ({numref}`fig-cross-images`). Between two digits, a noisy curve leaves open which image to draw.

# %%
slopes = test["curve"] @ t / (t @ t)
wanted = np.array([1.0, 3.0, 3.5, 4.0, 6.5, 8.0])
views = {"curve": test["curve"][[int(np.abs(slopes - slope).argmin()) for slope in wanted]]}
q = model.posterior(views)
noise = np.random.default_rng(3).standard_normal((6, *q.mean.shape))
drawn = [model.decode(z)["image"] for z in q.mean + np.exp(0.5 * q.log_variance) * noise]
mean_image, _ = model.infer(views, "image", samples=64)

# %% tags=["hide-input"]
#| label: fig-cross-images
#| caption: >-
#|   Images generated from a noisy (synthetic) curve alone: mean over draws of Z, then single draws. The curves'
#|   slopes are named at the left; those between whole numbers lie between two digits. Test set, noisy model.
plots.show(
    crossmodal.images_from_curves,
    t,
    views["curve"],
    np.stack([mean_image, *drawn], axis=1),
    ["mean", *[""] * 6],
    names=[f"slope {slope:.1f}" for slope in wanted],
    alt="Six noisy lines of rising slope, each beside generated digits that fit the slope.",
)

# %% tags=["hide-input"]
#| label: tbl-cross-inference
#| caption: >-
#|   Cross-modal inference on the test set (one run, synthetic curves): root mean square error, the least that can be
#|   expected (noise, or what both modalities reconstruct), that of predicting the mean; and the share of points,
#|   pixels or inked pixels within the 95 % bands.
rows = []
for wanted, source in (("curve", "image"), ("image", "curve")):
    for name, run in runs.items():
        split, key = data_of(run), f"{wanted}.{name}"
        rows.append(
            {
                "model": name,
                "from": source,
                "to": wanted,
                "error": found[f"error.{key}"],
                "least": found.get(f"error.{key}_least", run.parameters["noise_std"]),
                "mean": error(split.train[wanted].mean(axis=0), split.test[wanted]),
                "Gaussian band": found[f"coverage.{key}_gaussian"],
                "on ink": found.get(f"coverage.{key}_ink"),
                "mixture band": found.get(f"coverage.{key}_mixture"),
            }
        )
formats = dict.fromkeys(["Gaussian band", "on ink", "mixture band"], tenths)
formats |= dict.fromkeys(["error", "least", "mean"], ".3f")
paperbook.table(pd.DataFrame(rows), index=False, formats=formats)

# %% [markdown]
# A curve carries the class and nothing of the handwriting, so the image it predicts is the cluster's average, and its error is the spread of handwriting within a digit. The band for pixels is that of one
# residual variance for the whole image, too wide on the empty border and too narrow on strokes, which the two shares show.
