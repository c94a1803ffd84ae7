# ---
# jupyter:
#   jupytext: {text_representation: {extension: .py, format_name: percent}}
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# fplib:
#   reads: [mnist_clean, mnist_noisy, "results/mnist_noisy/*.json", "results/crossmodal/*.json"]
# ---

# %% [markdown]
# (sec-crossmodal)=
# # One measurement from another
#
# The paper's promise is economic. Train once on specimens that were measured in every way; afterwards take the cheap measurement alone, and let the model say what
# the expensive one would have been. This page asks how well that works between an image and a curve, on MNIST with the clean and with the noisy (synthetic)
# curve, and where it fails. Nothing is trained here: the models are those of {ref}`sec-mnist-clean` and {ref}`sec-mnist-noisy` (noise read as a standard deviation).
#
# ## Three ways to use one measurement
#
# **A second encoder.** After the joint model and with that frozen, the paper trains one encoder for each modality alone to imitate the joint posterior, by the closed-form divergence
# {eq}`eq-kl`. The cluster then follows from $p(c\mid Z)$ at the mean {eq}`eq-responsibilities`. Our `fast` recipe adds the divergence of the other factor of the posterior,
# $q(c\mid X)$ ({ref}`sec-presets`).
#
# **The first encoder, alone.** The joint model has an encoder for each modality already, and a product of one expert is that expert, so it can be asked by itself. The paper does not,
# because an encoder that was only ever trained in company need not stand on its own. Ours was trained alone too, by modality dropout.
#
# **Bayes' rule.** The two estimates that the paper names without pursuing them: the most likely cluster {eq}`eq-bayes-cluster`, for an image with the integral {eq}`eq-bayes-black-box`
# averaged over draws of each cluster, and the most likely centre {eq}`eq-bayes-centre`. Neither needs training. For the curve, whose expert does not depend on $Z$, the two coincide.

# %% tags=["parameters"]
samples: int = 64  # draws of Z a cluster, for the integral of the Bayesian estimate
specimens: int = 2_000  # test specimens whose images are generated from their curves
draws: int = 8  # of Z for each of those
profile: str = "quick"  # whose models are read; named in the record

# %% tags=["hide-input"]
import time
from pathlib import Path

import numpy as np
from IPython.display import Markdown
from myst_nb import glue

import fplib as fp
from book.analysis import classifier as judge
from book.analysis import predictive
from book.figures import crossmodal
from fplib import metrics, plots
from fplib.training.unimodal import bayes_centroid, bayes_cluster
from paperbook import records

begin = time.perf_counter()
LEVELS = np.array([0.1, 0.25, 0.5, 0.68, 0.8, 0.9, 0.95, 0.99])
SOURCES = {"multimodal": "image + curve", "image": "image alone", "curve": "curve alone"}


def home(page: str) -> Path:
    """The folder of records in which a page left its model: this run's own, else the profile's."""
    places = (records.run_folder(profile), records.root() / "runs" / profile / "records")
    for folder in places:
        if (folder / "models" / f"{page}.fp.zip").is_file():
            return folder
    raise FileNotFoundError(
        f"no models/{page}.fp.zip among the records of profile {profile!r}. This page trains nothing, it reads the "
        f"model of page {page}: run `fplib run {page} --profile {profile}` first."
    )


def told(page: str, seed: int) -> dict:
    """What the run behind that model was told."""
    for record in records.load(page, folder=home(page)):
        options = {"reading": "std", "start": "physics"} | record["parameters"]
        if (options["seed"], options["reading"], options["start"]) == (seed, "std", "physics"):
            return record["parameters"]
    raise FileNotFoundError(
        f"no record of page {page} with seed {seed} beside its model: run `fplib run {page} --profile {profile}`."
    )


pages = {"clean": "mnist_clean", "noisy": "mnist_noisy"}
models = {name: fp.load(home(page) / "models" / f"{page}.fp.zip") for name, page in pages.items()}
given = {name: told(pages[name], model.seed) for name, model in models.items()}
data = {
    name: fp.data.mnist(
        noise_std=given[name]["noise_std"], seed=model.seed, digits=given[name]["digits"]
    )
    for name, model in models.items()
}
for name in models:
    glue(f"cross-{name}-noise", float(given[name]["noise_std"]), display=False)

# %% [markdown]
# ## Which digits are confused
#
# {numref}`fig-cross-confusion` is our version of the paper's Figure 5. The paper describes it as "approximately banded": what is misclassified is mistaken for a neighbour in the
# order of the slopes. The paper's own counts are lost.

# %% tags=["hide-input"]
#| label: fig-cross-confusion
#| caption: >-
#|   Test digits (rows) against the digit of the assigned cluster (columns), from both modalities and from each
#|   alone, with accuracy; curves are synthetic, clean above, noisy (standard deviation) below. Blue: right. Orange:
#|   errors, on a square-root scale that shows single ones. One run of each.
matrices, panels = {}, {}
for name, model in models.items():
    test = data[name].test
    for source, words in SOURCES.items():
        views = {source: test[source]} if source in test else dict(test)
        method = "mean_field" if source == "multimodal" else "from_z"
        # a cluster that nothing was assigned to leaves a column out, never one more than ten
        matrix = metrics.confusion(test.labels, model.predict(views, method), classes=range(10))
        matrices[name, source] = matrix[:, :10]
        panels[f"{name}, {words}"] = matrix[:, :10]
plots.show(
    crossmodal.confusion_panels,
    panels,
    alt="Six ten-by-ten maps of counts. Clean: nearly everything on the diagonal. Noisy: errors next to the diagonal for the curve alone, and mostly there for the others.",
)

# %% [markdown]
# How much of a band is that, and what makes it? {numref}`tbl-cross-band` counts the errors that fall on a neighbour, $|\Delta|=1$, and sets three expectations beside them.
#
# - *Chance*: the same numbers of errors of each digit and of wrong uses of each answer, paired at random.
# - *Digits that look alike*: the errors of a classifier of images that never saw a curve (a support-vector machine, trained on labelled digits). Neighbours in number are not
#   neighbours in looks: 4 and 9, 7 and 9, 3 and 5 are confused, so its share is near that of chance.
# - *The ceiling of the curve*: what the best rule that sees only the curve must get wrong. Its errors are neighbours almost by definition.

# %% tags=["hide-input"] mystnb={"markdown_format": "myst"}
train = data["clean"].train
see = judge.image_classifier(train["image"], train.labels)
test = data["clean"].test
looks = metrics.confusion(test.labels, see.predict(test["image"]), classes=range(10))
found: dict = {}


def spared(share: float) -> str:
    """A share of errors, or a dash when there is no error."""
    return "–" if np.isnan(share) else records.percent(share, 1)


def band_row(words: str, matrix: np.ndarray, key: str | None = None) -> str:
    """Errors of a confusion matrix, how many of them are neighbours, and chance."""
    errors = int(matrix.sum() - np.trace(matrix))
    share, by_chance = metrics.band_share(matrix), predictive.shuffled_band_share(matrix)
    interval = "–"
    if errors:
        low, high = metrics.interval(round(share * errors), errors)
        interval = f"{100 * low:.0f}–{100 * high:.0f} %"
    if key:
        found[f"errors.{key}"] = errors
        found[f"confusion.{key}"] = matrix.ravel().tolist()
        if errors:
            found[f"band.{key}"], found[f"band_chance.{key}"] = share, by_chance
    return f"| {words} | {errors} | {spared(share)} | {interval} | {spared(by_chance)} |"


rows = []
for (name, source), matrix in matrices.items():
    rows.append(band_row(f"{name}, {SOURCES[source]}", matrix, f"{name}.{source}"))
rows.append(band_row("images by a supervised classifier", looks, "looks.image"))
t, labels = np.asarray(data["noisy"].t, float), data["noisy"].test.labels
deviation = given["noisy"]["noise_std"] / np.linalg.norm(t)
ceiling = predictive.slope_confusion(np.arange(10), np.bincount(labels), deviation)
share = metrics.band_share(ceiling)
found["band.ceiling.curve"] = share
found["ceiling.curve"] = float(np.trace(ceiling) / ceiling.sum())
rows.append(
    f"| noisy, expected of the nearest slope | {ceiling.sum() - np.trace(ceiling):.0f} | {records.percent(share, 1)} | – | "
    f"{spared(predictive.shuffled_band_share(ceiling))} |"
)
Markdown(
    ":::{table} Errors on the 10 000 test digits and the share of them that are mistaken for a neighbour, with Wilson's 95 % interval, and the share that "
    "chance would give (one run; curves synthetic).\n:name: tbl-cross-band\n\n"
    "| from | errors | with $\\lvert\\Delta\\rvert=1$ | interval | by chance |\n|:--|--:|--:|--:|--:|\n"
    + "\n".join(rows)
    + "\n:::"
)

# %% tags=["hide-input"]
for key in ("noisy.image", "clean.image", "noisy.multimodal", "looks.image", "ceiling.curve"):
    glue(f"cross-band.{key}", spared(found.get(f"band.{key}", float("nan"))), display=False)

# %% [markdown]
# The curve's errors are the ceiling's, as they must be. The image is the case that says something: its encoder sees pixels only, and whatever order its errors have beyond that of the
# supervised classifier ({glue:text}`cross-band.looks.image` of whose errors are neighbours) came from the noisy curves it was trained with. In this run
# {glue:text}`cross-band.noisy.image` of the errors from the image are neighbours with the noisy curve, and {glue:text}`cross-band.clean.image` with the clean one.

# %% tags=["hide-input"]
#| label: fig-cross-image
#| caption: >-
#|   Test digits against the digit of the cluster assigned from the image alone, by the second-stage encoder of the
#|   model trained with noisy (synthetic) curves, standard deviation reading; one run.
plots.show(
    plots.confusion_matrix,
    matrices["noisy", "image"],
    alt="Ten by ten table of counts; most errors lie beside the diagonal or between digits that look alike.",
)

# %% [markdown]
# ### Over seeds
#
# One run has few errors to count. {numref}`tbl-cross-seeds` adds up the confusion matrices of every published run of {ref}`sec-mnist-noisy`, in both readings of the noise.

# %% tags=["hide-input"] mystnb={"markdown_format": "myst"}
runs = records.load("mnist_noisy", folder=records.published_folder())
lines = []
for reading in ("std", "variance"):
    chosen = [r for r in runs if r["parameters"].get("reading") == reading]
    for source, words in SOURCES.items():
        kept = [
            r["metrics"][f"confusion.{source}"]
            for r in chosen
            if f"confusion.{source}" in r["metrics"]
        ]
        if kept:
            matrix = np.sum(kept, axis=0).reshape(10, 10)
            lines.append(band_row(f"{reading}, {words} ({len(kept)} runs)", matrix))
seeds_table = (
    ":::{table} Errors of all published runs together, and the share of them that are mistaken for a neighbour, as in {numref}`tbl-cross-band`; the interval takes errors "
    "as independent, although runs share the test digits.\n:name: tbl-cross-seeds\n\n"
    "| noise, from | errors | with $\\lvert\\Delta\\rvert=1$ | interval | by chance |\n|:--|--:|--:|--:|--:|\n"
    + ("\n".join(lines) or "| no published runs yet | – | – | – | – |")
    + "\n:::"
)
Markdown(seeds_table)

# %% [markdown]
# ## Second encoders against Bayes' rule
#
# {numref}`tbl-cross-ways` compares the ways to name a specimen from one measurement, on the same models and the same test digits.

# %% tags=["hide-input"] mystnb={"markdown_format": "myst"}


def first_encoders(model: fp.FingerprintModel, views: dict) -> np.ndarray:
    """Clusters from the joint model's own encoder of one modality."""
    second = model.unimodal
    model.forget_unimodal()
    try:
        return model.predict(views, "from_z")
    finally:
        model.forget_unimodal()
        model.unimodal = second


lines = []
for name, model in models.items():
    test = data[name].test
    for source in ("image", "curve"):
        views = {source: test[source]}
        ways = {
            "second_encoder": model.predict(views, "from_z"),
            "first_encoder": first_encoders(model, views),
            "bayes_cluster": bayes_cluster(model, views, samples).argmax(axis=1),
            "bayes_centroid": bayes_centroid(model, views).argmax(axis=1),
        }
        got = {way: metrics.clustering_accuracy(test.labels, c) for way, c in ways.items()}
        for way, accuracy in got.items():
            found[f"accuracy.{source}.{name}_{way}"] = accuracy
        cells = " | ".join(records.percent(accuracy) for accuracy in got.values())
        lines.append(f"| {name}, {SOURCES[source]} | {cells} |")
Markdown(
    ":::{table} Accuracy from one modality on the 10 000 test digits (one run; curves synthetic): the second-stage encoder, the joint model's own encoder used alone, "
    "and the Bayesian estimates of the cluster and of the centre.\n:name: tbl-cross-ways\n\n"
    "| from | second encoder | first encoder | Bayes, cluster | Bayes, centre |\n|:--|--:|--:|--:|--:|\n"
    + "\n".join(lines)
    + "\n:::"
)

# %% [markdown]
# From the curve, Bayes' rule is hard to beat: the experts *are* the distribution that made the curves, so it reaches the ceiling and an encoder can only come near. From the image it judges by
# squared differences between pixels and ten decoded clusters, a template match, and knows nothing of what the encoder has learned to ignore. The paper chose encoders; on images that choice is borne out.
#
# ## Curves from images
#
# The prediction is a mixture of experts {eq}`eq-moe-mean`, {eq}`eq-moe-variance`, weighed by $q(c\mid X_1)$. Where the image is clear one expert speaks, and the band is that of the measurement noise. Where it is not,
# two lines share the weight and the band opens. {numref}`fig-cross-curves` shows, for the noisy model, images of which the model is most and least certain.

# %% tags=["hide-input"]
#| label: fig-cross-curves
#| caption: >-
#|   Curves predicted from the image alone (line: mean, band: 95 %), noisy model. Dots: the (synthetic) curve
#|   measured on the same specimen, which the model did not see. Left three: a random choice of test digits; right
#|   three: the images with the most evenly divided assignment.
model, test = models["noisy"], data["noisy"].test
gamma = model.responsibilities({"image": test["image"]})
entropy = -np.sum(gamma * np.log(np.maximum(gamma, 1e-12)), axis=1)
some = np.random.default_rng(7).choice(test.n, 3, replace=False)
chosen = np.concatenate([some, np.argsort(entropy)[::-1][:3]])
mean, variance = model.infer({"image": test["image"][chosen]}, "curve")
plots.show(
    crossmodal.curves_from_images,
    test["image"][chosen],
    data["noisy"].t,
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
shares, lines = {}, []
for name, model in models.items():
    test, t = data[name].test, data[name].t
    views = {"image": test["image"]}
    gamma = model.responsibilities(views)
    expert_std = np.exp(0.5 * model.expert_log_variance["curve"].numpy())
    below = predictive.mixture_probability(
        test["curve"], gamma, model.expert_curves("curve").numpy(), expert_std
    )
    shares[name] = predictive.central_coverage(below[:, 1:], LEVELS)
    mean, variance = model.infer(views, "curve")
    error = float(np.sqrt(np.mean(np.square(mean - test["curve"]))))
    noise = float(given[name]["noise_std"])
    blank = float(np.sqrt(np.mean(np.square(test["curve"] - test["curve"].mean(axis=0)))))
    gaussian = metrics.coverage(test["curve"][:, 1:], mean[:, 1:], variance[:, 1:])
    mixture = float(shares[name][LEVELS == 0.95][0])
    found |= {
        f"error.curve.{name}": error,
        f"coverage.curve.{name}_gaussian": gaussian,
        f"coverage.curve.{name}_mixture": mixture,
    }
    lines.append(
        f"| {name} | image | curve | {error:.3f} | {noise:.3f} | {blank:.3f} | {records.percent(gaussian, 1)} | {records.percent(mixture, 1)} |"
    )
plots.show(
    crossmodal.coverage_curves,
    LEVELS,
    shares,
    alt="Share of measured points inside the interval against the promised probability, for the clean and the noisy model, as a difference from it.",
)

# %% [markdown]
# What is missing is confidence in wrong clusters. The encoder's $q(c\mid X_1)$ is nearly always close to zero or one, so an image that it misreads gets a narrow band about the wrong
# line. With the clean curve that band is a hundredth wide and every misread image falls out of it at every level. Widening the bands by the error rate on held-out specimens would mend it; the model
# itself does not.

# %% [markdown]
# ## Images from curves
#
# In the other direction the curve's encoder gives $q(Z\mid X_2)$, and decoded draws of it are images ({numref}`fig-cross-images`). Between two digits, a noisy curve leaves open which image to draw.

# %% tags=["hide-input"]
#| label: fig-cross-images
#| caption: >-
#|   Images generated from a noisy (synthetic) curve alone: mean over draws of Z, then single draws. The curves'
#|   slopes are named at the left; those between whole numbers lie between two digits. Test set, noisy model.
model, test, t = models["noisy"], data["noisy"].test, np.asarray(data["noisy"].t)
slopes = test["curve"] @ t / (t @ t)
wanted = np.array([1.0, 3.0, 3.5, 4.0, 6.5, 8.0])
rows = [int(np.abs(slopes - slope).argmin()) for slope in wanted]
views = {"curve": test["curve"][rows]}
q = model.posterior(views)
mean_image, _ = model.infer(views, "image", samples=64)
deviation = np.exp(0.5 * q.log_variance)
rng = np.random.default_rng(3)
drawn = [
    model.decode(q.mean + deviation * rng.standard_normal(q.mean.shape))["image"] for _ in range(6)
]
plots.show(
    crossmodal.images_from_curves,
    t,
    views["curve"],
    np.stack([mean_image, *drawn], axis=1),
    ["mean", *[""] * 6],
    names=[f"slope {slope:.1f}" for slope in wanted],
    alt="Six noisy lines of rising slope, each beside generated digits that fit the slope.",
)

# %% tags=["hide-input"] mystnb={"markdown_format": "myst"}
for name, model in models.items():
    test = data[name].test.take(np.arange(min(specimens, data[name].test.n)))
    mean, variance = model.infer({"curve": test["curve"]}, "image", samples=draws)
    error = float(np.sqrt(np.mean(np.square(mean - test["image"]))))
    blank = float(np.sqrt(np.mean(np.square(test["image"] - train["image"].mean(axis=0)))))
    best = model.decode(model.transform(test))["image"]  # from image and curve together
    floor = float(np.sqrt(np.mean(np.square(best - test["image"]))))
    inside = metrics.coverage(test["image"], mean, variance)
    inked = test["image"] > 0
    ink = metrics.coverage(test["image"][inked], mean[inked], variance[inked])
    found |= {
        f"error.image.{name}": error,
        f"coverage.image.{name}_gaussian": inside,
        f"coverage.image.{name}_ink": ink,
    }
    shown = f"{records.percent(inside, 1)} ({records.percent(ink, 1)} of inked pixels)"
    lines.append(
        f"| {name} | curve | image | {error:.3f} | {floor:.3f} | {blank:.3f} | {shown} | – |"
    )
Markdown(
    ":::{table} Cross-modal inference on the test set (one run; curves synthetic, raw units; grey values in [0, 1]): root mean square error, beside the least that can be expected (for curves the "
    "measurement noise, for images what the model reconstructs from both modalities) and beside always predicting the mean; and the share of curve points or pixels inside the 95 % "
    "band, Gaussian and of the mixture.\n:name: tbl-cross-inference\n\n"
    "| model | from | to | error | least | mean | Gaussian band | mixture band |\n|:--|:--|:--|--:|--:|--:|--:|--:|\n"
    + "\n".join(lines)
    + "\n:::"
)

# %% [markdown]
# A curve carries the class and nothing of the handwriting, so the image it predicts is the cluster's average, and its error is the spread of handwriting within a digit. The band for pixels is that of one
# residual variance for the whole image, too wide on the empty border and too narrow on strokes, which the two shares show.

# %% tags=["remove-cell"]
record = records.new(
    "crossmodal",
    profile=profile,
    parameters={
        "seed": models["noisy"].seed,
        "seed_clean": models["clean"].seed,
        "noise_std": given["noisy"]["noise_std"],
        "noise_std_clean": given["clean"]["noise_std"],
        "digits": given["noisy"]["digits"],
        "digits_clean": given["clean"]["digits"],
        "samples": samples,
        "specimens": specimens,
        "draws": draws,
    },
    metrics=found,
    seconds={"page": time.perf_counter() - begin},
    data=data["noisy"].hashes,
    synthetic_data=True,
    notes="Models of the pages mnist_clean and mnist_noisy. The curves are synthetic; the images are MNIST.",
)
records.write(record, f"seed_{models['noisy'].seed}")
