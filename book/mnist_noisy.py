# ---
# jupyter:
#   jupytext: {text_representation: {extension: .py, format_name: percent}}
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# fplib:
#   reads: ["results/mnist_noisy/*.json"]
# ---

# %% [markdown]
# (sec-mnist-noisy)=
# # MNIST with a noisy curve
#
# In {ref}`sec-mnist-clean` the curve gives the digit away, and fusing it with the image can add nothing. Now the curve is noisy enough that some
# neighbouring digits cannot be told apart by it, whoever looks ({ref}`sec-data-ceiling`). Three statements of {cite:t}`trask2022pima` are about this case:
#
# 1. the clusters lie in latent space in the order of the digits, and it is the order of the curves that brought this about;
# 2. images decoded at the edge of a cluster, at $\mu_c\pm3\sigma_c$, show the digits $c\pm1$;
# 3. what is misclassified is mistaken for a neighbour (that one is measured in {ref}`sec-crossmodal`).
#
# A fourth question the paper does not put in numbers, although it is the point of the exercise: do two imperfect measurements together do better
# than the better of the two?
#
# The paper writes the noise as $\mathcal N(0,0.5)$. We run both readings of that, and name them: **std**, a standard deviation of 0.5, is the
# main one; **variance**, a variance of 0.5, is noisier. The curves are synthetic in either case.

# %% tags=["parameters"]
seeds: list = [0]  # one model for each, noise_std
seeds_variance: list = [0]  # one model for each, noise_variance
digits: int = 54_000  # training digits of the first reading, at most 54 000
digits_variance: int = 54_000  # of the second
noise_std: float = 0.5  # standard deviation of the curve's noise, per point, raw units
noise_variance: float = 0.5  # its variance, for the second reading
latent_dim: int = 3  # L
preset: str = "fast"  # "fast" or "paper"
epochs: int = 4  # of stage one
epochs_crossmodal: int = 16  # of stage two, each modality
radius: float = 3.0  # where the edge of a cluster is, in prior standard deviations
neutral_seeds: list = [0, 1]  # runs whose start has no order
neutral_starts: list = ["scattered"]  # any of "point", "scattered", "paper"
neutral_readings: list = ["std"]  # any of "clean", "std"
neutral_digits: int = 6_000  # training digits of each of them
neutral_epochs: int = 8  # of stage one; they have no stage two
profile: str = "quick"  # named in the record

# %% tags=["hide-input"]
import shutil
import time
from itertools import pairwise

import numpy as np
from IPython.display import Markdown
from myst_nb import glue

import fplib as fp
from book.analysis import classifier as judge
from book.analysis import ordering, periphery, predictive
from book.figures import noisy
from fplib import metrics, plots
from fplib.evaluation import evaluate
from paperbook import records, resume

PAGE = "mnist_noisy"
NOISE = {
    "clean": {"noise_std": 0.01},
    "std": {"noise_std": noise_std},
    "variance": {"noise_variance": noise_variance},
}
WORDS = {
    "std": f"standard deviation {noise_std:g}",
    "variance": f"variance {noise_variance:g}",
}
NOTES = "The curve is synthetic, made from the label; the images are MNIST."


def dataset(reading: str, seed: int, kept: int) -> fp.data.dataset.Dataset:
    """Images and noisy curves in one of the two readings."""
    return fp.data.mnist(**NOISE[reading], seed=seed, digits=kept)


def untrained(data: fp.data.dataset.Dataset, seed: int) -> fp.FingerprintModel:
    """The model of the book: an image, and a curve with a line through the origin as its expert."""
    modalities = [fp.Image("image", (28, 28)), fp.Curve("curve", data.t, fp.experts.Proportional())]
    return fp.FingerprintModel(
        modalities, clusters=10, latent_dim=latent_dim, preset=preset, seed=seed
    )


def digit_names(model: fp.FingerprintModel, split: fp.data.dataset.Split) -> np.ndarray:
    """The digit that each cluster is matched with, for naming it; -9 for a cluster left over."""
    matched = metrics.match_clusters(split.labels, model.predict(split))
    return np.array([matched.get(c, -9) for c in range(model.clusters)])


def slope_of(model: fp.FingerprintModel) -> np.ndarray:
    """Slope of every cluster's expert, raw units."""
    return model.expert_parameters["curve"].numpy()[:, 0].astype(float)


# %% [markdown]
# ## Training and scoring
#
# The two stages are those of the clean page. Besides the accuracies a run notes how well a rule does that needs no model, the digit
# nearest to the fitted slope, and the gain of fusion: accuracy from both modalities minus that of the best way found to use one alone (the second-stage
# encoder of the image, either estimator from the curve, or that rule).


# %%
def nearest_slope(data: fp.data.dataset.Dataset) -> np.ndarray:
    """The digit whose line is nearest to each test curve: the best that the curve alone allows."""
    slope = data.test["curve"] @ data.t / (data.t @ data.t)
    return np.clip(np.rint(slope), 0, 9).astype(int)


def scores(model: fp.FingerprintModel, data: fp.data.dataset.Dataset) -> dict:
    """Metrics of one run on the 10 000 test digits."""
    labels = data.test.labels
    found = evaluate(model, data.test) | {"elbo.validation": model.score(data.validation)}
    rule = float(np.mean(nearest_slope(data) == labels))
    alone = [found["accuracy.image"], found["accuracy.curve.from_z"]]
    best = max(*alone, found["accuracy.curve.mean_field"], rule)
    deviation = data.info["noise_std"] / np.linalg.norm(data.t)
    expected = predictive.slope_confusion(np.arange(10), np.bincount(labels), deviation)
    found |= {
        "accuracy.curve.nearest": rule,
        "ceiling.curve": float(np.trace(expected) / len(labels)),
        "gain.fusion": found["accuracy.multimodal.mean_field"] - best,
    }
    for source, method in (("multimodal", "mean_field"), ("image", "from_z"), ("curve", "from_z")):
        views = {source: data.test[source]} if source in model.modalities else dict(data.test)
        matrix = metrics.confusion(labels, model.predict(views, method))[:, :10]
        found[f"confusion.{source}"] = matrix.ravel().tolist()
    return found


# %% [markdown]
# The edge of a cluster is examined by a classifier of images that has nothing to do with the model: a support-vector machine on principal components, trained on
# labelled training digits. It looks at images decoded at $\mu_c\pm3\sigma_c$ along each latent axis, as the paper does; in random directions, as far away; in the
# directions of the neighbours in slope; and on the way from each centre to those neighbours.


# %%
def edges(model: fp.FingerprintModel, names: np.ndarray, see, seed: int) -> dict:
    """What is decoded at the edges of the clusters, and where their neighbours begin."""
    prior = model.means.numpy(), model.log_variances.numpy()
    order = np.argsort(slope_of(model))
    steps = list(pairwise(order))
    steps += [(end, start) for start, end in steps]

    def seen(z: np.ndarray) -> np.ndarray:
        image = model.decode(z.reshape(-1, model.latent_dim))["image"]
        return see.predict(image).reshape(z.shape[:-1])

    towards = np.stack([periphery.walk(*prior, *step, [radius]) for step in steps])
    starts = names[[start for start, _ in steps]]
    tallies = {
        "axes": periphery.tally(names, seen(periphery.axis_points(*prior, radius))),
        "sphere": periphery.tally(names, seen(periphery.sphere_points(*prior, radius, seed=seed))),
        "towards": periphery.tally(starts, seen(towards)),
    }
    distances = [periphery.separation(*prior, *step) for step in steps]
    borders = []
    for step, distance, own in zip(steps, distances, starts, strict=True):
        radii = np.linspace(0, distance, 41)
        changed = seen(periphery.walk(*prior, *step, radii)) != own
        if changed.any() and not changed[0]:
            borders.append(float(radii[changed.argmax()]))
    found: dict = {
        f"periphery.{where}.{what}": share
        for where, shares in tallies.items()
        for what, share in shares.items()
        if what != "chance"
    }
    found["periphery.separations"] = distances
    if borders:  # a model that decodes the same digit everywhere has none
        found["periphery.borders"] = borders
    return found


first = dataset("std", seeds[0], digits)
see = judge.image_classifier(first.train["image"], first.train.labels)
judged = float(see.score(first.test["image"], first.test.labels))
glue("noisy-judge", 100 * judged, display=False)


# %%
def train(reading: str, seed: int, shown: bool = False) -> tuple:
    """One model, both stages, scored, and its record; a run recorded before is not repeated."""
    kept = digits if reading == "std" else digits_variance
    data = dataset(reading, seed, kept)
    told = {
        "seed": seed,
        "reading": reading,
        "start": "physics",
        "noise_std": data.info["noise_std"],
        "digits": kept,
        "latent_dim": latent_dim,
        "preset": preset,
        "epochs": epochs,
        "epochs_crossmodal": epochs_crossmodal,
        "radius": radius,
    }
    name = f"{reading}_seed_{seed}"
    # the page on cross-modal inference reads the first
    stem = PAGE if reading == "std" else f"{PAGE}_{reading}"
    saved = records.run_folder(profile) / "models" / f"{stem}.fp.zip"
    record = resume.finished(PAGE, name, profile=profile, parameters=told)
    if record is not None and not shown:
        return None, data, record
    if record is not None and saved.is_file():
        return fp.load(saved), data, record

    model = untrained(data, seed)
    checkpoint = records.scratch_folder(profile, f"{PAGE}-{name}")
    begin = time.perf_counter()
    model.fit(data.train, data.validation, epochs=epochs, checkpoint=checkpoint)
    stage_one = time.perf_counter() - begin
    begin = time.perf_counter()
    model.fit_crossmodal(data.train, epochs=epochs_crossmodal, checkpoint=checkpoint)
    seconds = {"stage_one": stage_one, "stage_two": time.perf_counter() - begin}
    shutil.rmtree(checkpoint)  # finished: nothing is left to resume
    if shown:
        model.save(saved)
    found = scores(model, data) | edges(model, digit_names(model, data.test), see, seed)
    record = records.new(
        PAGE,
        profile=profile,
        parameters=told,
        metrics=found,
        seconds=seconds,
        data=data.hashes,
        synthetic_data=True,
        notes=NOTES,
    )
    records.write(record, name)
    return model, data, record


model, data, record = train("std", seeds[0], shown=True)
noisier, noisier_data, noisier_record = train("variance", seeds_variance[0], shown=True)
mine = {
    "std": [record] + [train("std", seed)[-1] for seed in seeds[1:]],
    "variance": [noisier_record] + [train("variance", seed)[-1] for seed in seeds_variance[1:]],
}

# %% tags=["hide-input"]
published = records.load(PAGE, folder=records.published_folder())


def of(runs: list[dict], reading: str, start: str = "physics") -> list[dict]:
    """The runs with one reading of the noise, as much of it as here, and one kind of start."""
    std = float(np.sqrt(noise_variance)) if reading == "variance" else NOISE[reading]["noise_std"]
    return [
        run
        for run in runs
        if (run["parameters"]["reading"], run["parameters"]["start"]) == (reading, start)
        and np.isclose(run["parameters"]["noise_std"], std)
    ]


def values(runs: list[dict], metric: str) -> list:
    """One metric of all runs that have it."""
    return [run["metrics"][metric] for run in runs if metric in run["metrics"]]


# %% [markdown]
# ## Accuracy, and what fusion gains
#
# {numref}`tbl-noisy-accuracy` has both readings. *Nearest slope* is the rule of {ref}`sec-data-ceiling` on the same test curves, and the *ceiling* its expected accuracy, which no method that sees the curve alone
# can be expected to exceed. *Gain of fusion* is the accuracy from both minus that of the best single measurement, in percentage points, run by run.

# %% tags=["hide-input"] mystnb={"markdown_format": "myst"}
named = {
    "accuracy.multimodal.mean_field": "image + curve, mean field",
    "accuracy.multimodal.from_z": "image + curve, from Z",
    "accuracy.image": "image alone",
    "accuracy.curve": "curve alone",
    "accuracy.curve.nearest": "curve alone, nearest slope",
    "ceiling.curve": "curve alone, ceiling",
}


def points(fraction: float | None) -> str:
    """A difference of accuracies in percentage points."""
    return "–" if fraction is None else f"{100 * fraction:+.2f}"


lines = []
for reading in ("std", "variance"):
    told = of(published, reading)
    for metric, words in named.items():
        row, this = (records.table(runs, [metric])[0] for runs in (told, mine[reading]))
        cells = [
            records.percent(x) for x in (this["median"], row["median"], row["min"], row["max"])
        ]
        lines.append(f"| {WORDS[reading]} | {words} | {' | '.join(cells)} | {row['n']} |")
    row, this = (records.table(runs, ["gain.fusion"])[0] for runs in (told, mine[reading]))
    cells = [points(x) for x in (this["median"], row["median"], row["min"], row["max"])]
    lines.append(f"| {WORDS[reading]} | *gain of fusion* | {' | '.join(cells)} | {row['n']} |")
    gains = values(told or mine[reading], "gain.fusion")
    glue(f"noisy-{reading}-words", WORDS[reading], display=False)
    glue(f"noisy-{reading}-runs", len(gains), display=False)
    glue(f"noisy-{reading}-gained", int(np.sum(np.asarray(gains) > 0)), display=False)
    glue(f"noisy-{reading}-gain", points(float(np.median(gains))), display=False)
caption = (
    "Accuracy on the 10 000 MNIST test digits with noisy (synthetic) curves. *This run*: the median over the models trained when the book was built. The next columns: published runs of the "
    "full profile. The paper's own numbers for noisy data are lost."
)
header = "| noise | measured | this run | median | worst | best | runs |\n|:--|:--|--:|--:|--:|--:|--:|\n"
Markdown(
    f":::{{table}} {caption}\n:name: tbl-noisy-accuracy\n\n{header}" + "\n".join(lines) + "\n:::"
)

# %% [markdown]
# Both measurements together beat the better one in {glue:text}`noisy-std-gained` of {glue:text}`noisy-std-runs` runs with a {glue:text}`noisy-std-words` (median gain
# {glue:text}`noisy-std-gain` points) and in {glue:text}`noisy-variance-gained` of {glue:text}`noisy-variance-runs` with a {glue:text}`noisy-variance-words` ({glue:text}`noisy-variance-gain` points).
# {numref}`fig-noisy-gain` shows where the gain comes from.

# %% tags=["hide-input"]
#| label: fig-noisy-gain
#| caption: >-
#|   Accuracy against how clear the (synthetic) curve is: the distance of its slope from the nearest border between
#|   two digits, in units of the slope. Variance reading, one run, 10 000 test digits; bands are 95 % Wilson
#|   intervals. Below: how many specimens there are.
test, t = noisier_data.test, noisier_data.t
slope = test["curve"] @ t / (t @ t)
borders = np.arange(0.5, 9)  # beyond 0 and 9 there is none
clear = np.minimum(np.abs(slope[:, np.newaxis] - borders).min(axis=1), 0.5)
clusters = digit_names(noisier, test)
both = clusters[noisier.predict(test)] == test.labels
image = clusters[noisier.predict({"image": test["image"]}, "from_z")] == test.labels
right = {
    "curve alone": nearest_slope(noisier_data) == test.labels,
    "image alone": image,
    "both": both,
}
plots.show(
    noisy.accuracy_by_distance,
    clear,
    right,
    edges=np.linspace(0, 0.5, 6),
    alt="Line chart. From the curve alone accuracy falls to one half at the border between digits; from the image alone it is level; from both it is highest and nearly level.",
)

# %% [markdown]
# Where the curve is clear, it decides and mends what the image gets wrong; where it is not, the image decides. Neither happens by rule: the fused posterior weighs the modalities by the variances
# that their encoders report, and the responsibilities add the curve's misfit to each expert, in units of the learned noise $\hat\sigma_c$.
#
# ## The latent space
#
# {numref}`fig-noisy-latent` is the counterpart of the paper's Figure 4. The order of the clusters along the path is that of the starting centres, which the `fast` recipe takes from the slopes; the last section
# of this page starts without it.

# %% tags=["hide-input"]
#| label: fig-noisy-latent
#| caption: >-
#|   Latent means of test specimens (image and noisy synthetic curve together, standard deviation reading), coloured
#|   by digit, seen from two sides. Ellipsoids: two standard deviations of the ten prior clusters.
plots.show(
    plots.latent_space_3d,
    model.transform(data.test),
    data.test.labels,
    model.means.numpy(),
    model.log_variances.numpy(),
    alt="Three-dimensional scatter of latent means, ten groups along a curved path, with a few stray points between neighbouring groups.",
)

# %% tags=["hide-input"]
#| label: fig-noisy-lines
#| caption: >-
#|   The ten expert lines with bands of two expert standard deviations over measured (synthetic) curves of the test
#|   set, and below the residuals. Standard deviation reading. Slopes and noise were learned without labels.
clusters = digit_names(model, data.test)
expert_std = np.exp(0.5 * model.expert_log_variance["curve"].numpy())
plots.show(
    plots.expert_lines,
    data.t,
    data.test["curve"],
    model.predict(data.test),
    model.expert_curves("curve").numpy(),
    expert_std,
    names=clusters.tolist(),
    alt="Ten straight lines through the origin with wide overlapping bands over scattered curves, and residuals filling their band evenly.",
)

# %% tags=["hide-input"]
slopes = slope_of(model)
glue("noisy-slope-error", float(np.abs(slopes - clusters).max()), display=False)
counts = np.bincount(model.predict(data.train), minlength=model.clusters)
uncertainty = expert_std / np.sqrt(np.maximum(counts, 1) * float(data.t @ data.t))
glue("noisy-slope-uncertainty", float(uncertainty.max()), display=False)
glue("noisy-noise", float(expert_std.mean()), display=False)
glue("noisy-noise-true", float(data.info["noise_std"]), display=False)

# %% [markdown]
# The experts are not hurt by the noise. Over thousands of curves a slope is known to a standard error of at most {glue:text}`noisy-slope-uncertainty:.4f` (weighted least squares {eq}`eq-wls-line`), and the largest
# error is {glue:text}`noisy-slope-error:.4f`. The mean learned noise is {glue:text}`noisy-noise:.3f`; the curves were made with {glue:text}`noisy-noise-true:.3f`.
#
# (sec-noisy-periphery)=
# ## At the edge of a cluster
#
# The caption of the paper's Figure 4 says of images decoded at $Z\in\{\mu_c\pm3\sigma_c\}$: "at the periphery of each cluster a digit ±1 is generated". {numref}`fig-noisy-edge` shows these images for our model.

# %% tags=["hide-input"]
#| label: fig-noisy-edge
#| caption: >-
#|   Images decoded at the centre of every cluster and at three prior standard deviations from it, down and up each
#|   latent axis. Rows are named by the digit the cluster was matched with. Noisy model, standard deviation reading.
order = np.argsort(clusters)
prior = model.means.numpy(), model.log_variances.numpy()
edge = periphery.axis_points(*prior, radius)
cells = np.concatenate([prior[0][:, np.newaxis], edge], axis=1)[order]
image = model.decode(cells.reshape(-1, latent_dim))["image"]
axes = [f"{sign}$z_{j + 1}$" for sign in "+−" for j in range(latent_dim)]
plots.show(
    plots.decoded_images,
    image.reshape(*cells.shape[:2], *image.shape[1:]),
    clusters[order].tolist(),
    columns=["centre", *axes],
    alt="Grid of decoded digits, ten rows; at the centre and at three standard deviations along each axis.",
)

# %% [markdown]
# To measure what the eye sees, an independent classifier ({glue:text}`noisy-judge:.1f` % right on the real test digits) names every decoded image. {numref}`tbl-noisy-edge` counts how often that is the cluster's own digit, a
# neighbour $c\pm1$, or another.

# %% tags=["hide-input"] mystnb={"markdown_format": "myst"}
PLACES = {
    "axes": "along each latent axis, as in the paper",
    "sphere": "in random directions",
    "towards": "towards the neighbours in slope",
}


def edge_lines(words: str, runs: list[dict]) -> list[str]:
    """Shares of own, adjacent and other digits at the edge: medians over runs."""
    found = []
    for place, direction in PLACES.items():
        shares = [
            records.table(runs, [f"periphery.{place}.{what}"])[0]["median"]
            for what in ("own", "adjacent", "other")
        ]
        shown = " | ".join(records.percent(share, 1) for share in shares)
        found.append(f"| {words} | {direction} | {shown} | {len(runs)} |")
    return found


lines = []
for reading in ("std", "variance"):
    lines += edge_lines(WORDS[reading], of(published, reading) or mine[reading])
Markdown(
    ":::{table} What an independent classifier sees in images decoded three prior standard deviations from the centres: medians over the published runs (over this run's where there are none). "
    "Models with noisy synthetic curves.\n:name: tbl-noisy-edge\n\n"
    "| noise | direction | own digit | $c\\pm1$ | other | runs |\n|:--|:--|--:|--:|--:|--:|\n"
    + "\n".join(lines)
    + "\n:::"
)

# %% tags=["hide-input"]
shown_runs = of(published, "std") or mine["std"]
for name in ("borders", "separations"):
    lengths = [x for each in values(shown_runs, f"periphery.{name}") for x in each]
    glue(f"noisy-{name}", f"{np.median(lengths):.1f}" if lengths else "–", display=False)
adjacent = records.table(shown_runs, ["periphery.axes.adjacent", "periphery.axes.other"])
glue("noisy-edge-adjacent", records.percent(adjacent[0]["median"], 1), display=False)
glue("noisy-edge-other", records.percent(adjacent[1]["median"], 1), display=False)

# %% [markdown]
# The claim depends on how far apart the clusters are in units of their own width. Here neighbours lie {glue:text}`noisy-separations` standard deviations apart (median), because the `fast` recipe starts
# them far apart and holds $\sigma_c$, and the digit changes {glue:text}`noisy-borders` standard deviations from the centre, to be compared with the paper's three. {numref}`fig-noisy-walks` walks on.

# %% tags=["hide-input"]
#| label: fig-noisy-walks
#| caption: >-
#|   Images decoded on the straight line from each cluster's centre towards the next in slope. In the corner, what an
#|   independent classifier sees, bold where it is not the digit that was left. Frame: three prior standard
#|   deviations. Noisy model, standard deviation reading.
rank = np.argsort(slopes)
radii = radius / 2 * np.arange(13)
steps = list(pairwise(rank))
paths = np.stack([periphery.walk(*prior, *step, radii) for step in steps])
image = model.decode(paths.reshape(-1, latent_dim))["image"]
plots.show(
    noisy.walks,
    image.reshape(*paths.shape[:2], *image.shape[1:]),
    see.predict(image).reshape(paths.shape[:2]),
    [f"{clusters[a]} → {clusters[b]}" for a, b in steps],
    radii,
    [int(clusters[a]) for a, _ in steps],
    mark=radius,
    alt="Nine rows of decoded digits; in each row one digit turns into the next about half way.",
)

# %% [markdown]
# (sec-noisy-order)=
# ## Does the order of the curves order the clusters?
#
# The paper: "Surprisingly, the sequential ordering of clusters in $X_2$ induces an sequential embedding of corresponding clusters in latent space." Our recipe places the centres in that order before training starts, so the
# models above have nothing to say about it. Here are runs whose start has no order, small ones, many of them, with the clean and with the noisy curve:
#
# - **one point**: assignments start from the mixture of lines, but all ten centres lie at one point; from the first epoch on, $\mu_c$ and $\sigma_c$ follow the data (in closed form);
# - **scattered**: the same, but after an epoch the centres are thrown to random places, two standard deviations apart or more, and held there for an epoch; then $\mu_c$ and $\sigma_c$ follow the data;
# - **the paper's start**: centres from $\mathcal N(0,1)$, experts that all start near the same slope, $\hat\sigma_c=1$; no mixture of lines (with our networks and rates, see {ref}`sec-presets`).
#
# Three measures say how far the centres are in the order of their experts' slopes. *Path*: find the shortest path through all ten centres; Kendall's $|\tau|$ between place on the path and slope. *Neighbours*: the share of centres
# whose nearest centre is next to it in slope. *Distances*: Spearman's correlation between distance in latent space and difference in rank, over the 45 pairs. By chance they are
# 0.2, 0.2 and 0 on average. A permutation test compares the mean over runs with the same centres in random order.


# %%
def neutral(start: str, reading: str, seed: int) -> dict:
    """A small joint model from a start without order, and how its centres lie; its record."""
    data = dataset(reading, seed, neutral_digits)
    told = {
        "seed": seed,
        "reading": reading,
        "start": start,
        "noise_std": data.info["noise_std"],
        "digits": neutral_digits,
        "latent_dim": latent_dim,
        "preset": preset,
        "epochs": neutral_epochs,
        "radius": radius,
    }
    name = f"{start}_{reading}_seed_{seed}"
    record = resume.finished(PAGE, name, profile=profile, parameters=told)
    if record is not None:
        return record
    model = untrained(data, seed)
    course: dict[str, list] = {measure: [] for measure in ordering.MEASURES}
    history: list[dict] = []

    def watch(model: fp.FingerprintModel, row: dict) -> None:
        """Note the order after each epoch; scatter the centres after the first."""
        if start == "scattered" and row["epoch"] == 1:
            draw = np.random.default_rng([seed, 71]).standard_normal(model.means.shape)
            distance = np.linalg.norm(draw[:, np.newaxis] - draw, axis=-1)
            closest = distance[np.triu_indices(len(draw), 1)].min()
            model.means.assign((2.0 * draw / closest).astype(np.float32))
        for measure, value in ordering.agreement(model.means.numpy(), slope_of(model)).items():
            course[measure].append(value)
        history.append(row)

    options = {
        "point": {"separation": 1e-4, "evidence_epochs": 0, "widths": "closed_form"},
        "scattered": {"separation": 1e-4, "evidence_epochs": 2, "widths": "closed_form"},
        "paper": {"start": "random", "expert_variance": "held", "widths": "adam"},
    }[start]
    begin = time.perf_counter()
    model.fit(data.train, epochs=neutral_epochs, callback=watch, **options)
    seconds = {"stage_one": time.perf_counter() - begin}
    labels = data.test.labels
    found = {f"order.{m}": values[-1] for m, values in course.items()}
    found |= {f"order.{m}_by_epoch": values for m, values in course.items()}
    found |= {
        "accuracy.multimodal.mean_field": metrics.clustering_accuracy(
            labels, model.predict(data.test)
        ),
        "accuracy.multimodal.from_z": metrics.clustering_accuracy(
            labels, model.predict(data.test, "from_z")
        ),
        "centres": model.means.numpy().ravel().tolist(),
        "slopes": slope_of(model).tolist(),
    }
    found |= edges(model, digit_names(model, data.test), see, seed)
    record = records.new(
        PAGE,
        profile=profile,
        parameters=told,
        metrics=found,
        seconds=seconds,
        data=data.hashes,
        synthetic_data=True,
        notes=NOTES,
    )
    records.write(record, name)
    return record


small = [
    neutral(start, reading, seed)
    for start in neutral_starts
    for reading in neutral_readings
    for seed in neutral_seeds
]

# %% tags=["hide-input"]
STARTS = {"point": "one point", "scattered": "scattered", "paper": "the paper's start"}
SHADES = {"clean": "clean", "std": "noisy"}
groups = {}
for start in STARTS:
    for reading in SHADES:
        runs = of(published, reading, start) or of(small, reading, start)
        if runs:
            groups[start, reading] = runs


def centres(run: dict) -> tuple[np.ndarray, np.ndarray]:
    """Centres (C, L) and slopes (C,) of a recorded run."""
    slope = np.asarray(run["metrics"]["slopes"])
    return np.asarray(run["metrics"]["centres"]).reshape(len(slope), -1), slope


tested, null = {}, {}
for key, runs in groups.items():
    null[key] = [ordering.chance(centres(r)[0], 2_000, r["parameters"]["seed"]) for r in runs]
    agreed = [{m: r["metrics"][f"order.{m}"] for m in ordering.MEASURES} for r in runs]
    tested[key] = ordering.pooled(agreed, null[key])

# %% tags=["hide-input"]
#| label: fig-noisy-order
#| caption: >-
#|   Order of the cluster centres after training from a start without order, by the measure *distances*: every run
#|   (dots), their mean and quartiles. Grey bars: the middle 95 % of what the same centres give in random order, and its mean.
#|   Synthetic curves, clean or noisy (standard deviation); published runs where there are any.
plots.show(
    noisy.order_against_chance,
    [
        {
            "name": f"{STARTS[start]}, {SHADES[reading]}",
            "values": values(runs, "order.distances"),
            "chance": np.concatenate([each["distances"] for each in null[start, reading]]),
        }
        for (start, reading), runs in groups.items()
    ],
    xlabel="correlation of latent distance and difference in slope rank",
    alt="Dots of every run for each kind of start, mostly to the right of the grey bars that show random order.",
)

# %% tags=["hide-input"] mystnb={"markdown_format": "myst"}
lines = []
for (start, reading), runs in groups.items():
    cells = []
    for measure in ordering.MEASURES:
        found = tested[start, reading][measure]
        begun = np.mean([run["metrics"][f"order.{measure}_by_epoch"][0] for run in runs])
        p = f"{found['p']:.4f}" if found["p"] >= 0.0006 else "< 0.0006"
        cells += [f"{begun:.2f} → {found['mean']:.2f}", p]
    right = records.percent(records.table(runs, ["accuracy.multimodal.mean_field"])[0]["median"], 1)
    lines.append(
        f"| {STARTS[start]}, {SHADES[reading]} | {len(runs)} | {' | '.join(cells)} | {right} |"
    )
Markdown(
    ":::{table} Order of the centres, mean over runs, after the first epoch → after the last, with the p-value of a one-sided permutation test of the latter, and the median accuracy from both "
    "modalities (mean field; synthetic curves).\n:name: tbl-noisy-order\n\n"
    "| start, curve | runs | path | p | neighbours | p | distances | p | accuracy |\n|:--|--:|--:|--:|--:|--:|--:|--:|--:|\n"
    + "\n".join(lines)
    + "\n:::"
)

# %% tags=["hide-input"]
#| label: fig-noisy-path
#| caption: >-
#|   Cluster centres of the first runs from a start without order, along the two directions in which they spread
#|   most, joined in the order of their slopes. Numbers rank the slopes. Trained with synthetic curves.
panels = {}
for (start, reading), runs in groups.items():
    for run in runs[: 2 if len(groups) < 3 else 1]:
        panels[f"{STARTS[start]}, {SHADES[reading]}, seed {run['parameters']['seed']}"] = centres(
            run
        )
plots.show(
    noisy.embedded_order,
    panels,
    alt="Small maps of ten numbered centres joined by lines in the order of their slopes.",
)

# %% [markdown]
# These models also offer a fairer test of what lies at the edge of a cluster: after their start, distances and widths follow the data. They may still remember the start (*scattered* begins with the closest two
# centres two standard deviations apart, the others with less), so the three are kept apart in {numref}`tbl-noisy-neutral-edge`, which repeats {numref}`tbl-noisy-edge` for them.

# %% tags=["hide-input"] mystnb={"markdown_format": "myst"}
lines = []
for (start, reading), runs in groups.items():
    lines += edge_lines(f"{STARTS[start]}, {SHADES[reading]}", runs)
Markdown(
    ":::{table} What an independent classifier sees in images decoded three prior standard deviations from the centres of models whose start had no order: medians over runs (synthetic curves).\n"
    ":name: tbl-noisy-neutral-edge\n\n"
    "| start, curve | direction | own digit | $c\\pm1$ | other | runs |\n|:--|:--|--:|--:|--:|--:|\n"
    + "\n".join(lines)
    + "\n:::"
)

# %% [markdown]
# ## Cost
#
# Stage one took {glue:text}`noisy-seconds-one:.0f` s and stage two {glue:text}`noisy-seconds-two:.0f` s for the model of the figures. Other noise: `fplib run mnist_noisy -p noise_std 1.0`.

# %% tags=["remove-cell"]
glue("noisy-seconds-one", float(record["seconds"]["stage_one"]), display=False)
glue("noisy-seconds-two", float(record["seconds"]["stage_two"]), display=False)
