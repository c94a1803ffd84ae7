# ---
# jupyter:
#   jupytext: {text_representation: {extension: .py, format_name: percent}}
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# paperbook:
#   reads: ["results/paper_preset/*.json"]
# ---

# %% [markdown]
# (sec-paper-preset)=
# # The paper's recipe, to its end
#
# :::{admonition} In short
# :class: in-short
#
# **Question.** What does the paper's own recipe reach?
#
# **Method.** Run it as printed until its bound is flat, and faster in time lapses.
#
# **Finding.** From image and clean curve, by the paper's estimator: {glue:text}`preset-reached`. The paper reports 100 %.
# :::
#
# Most pages of this book train with the preset `fast`, which is not the paper's recipe. This page runs the recipe as it is printed: the
# encoders of Appendix A, a random start, the responsibilities $p(c\mid Z)$ {eq}`eq-responsibilities`, experts updated by Adam with their noise held at $\hat\sigma_c=1$, and one learning
# rate, $1.97\cdot10^{-5}$, from the first step to the last. {numref}`tbl-presets` lists it setting by setting. {doc}`factorial` takes the difference to `fast` apart.
#
# Three things that the recipe needs are not in the paper ({ref}`erratum 17 <erratum-17>`): the batch size, the number of epochs, and the starting values. We take batches of 32, which make a step cheap, and start as the authors' release does {cite:p}`pima2022release`.
# A run ends when its bound on validation digits has not risen by a tenth of a nat for the last tenth of its length, or when its steps are spent.
#
# ## A speed limit
#
# Why so many steps? Adam divides the gradient by its own recent size, so a parameter moves by at most about the learning rate in a step, *however steep the loss*. The slopes of the ten experts start close
# together, near the average of all digits; the slopes of the data run from 0 to 9:
#
# $$
# \text{steps}\;\gtrsim\;\frac{\max_c|\theta_c^{\text{true}}-\theta_c^{\text{start}}|}{\text{learning rate}} .
# $$ (eq-speed-limit)
#
# From the middle of ten slopes the outermost has {glue:text}`preset-units` units to go, which is {glue:text}`preset-steps` steps. Neither more data nor a faster network changes this number much; a smaller batch makes a step cheaper. If a rate is a speed, one can look ahead by raising it. A *time lapse*
# is the literal recipe at ten or fifty times its rate and with as many fewer steps. The noise of the steps grows with the rate, so a lapse need not end where the real run ends; how far apart they end is measured below. The lapse of fifty trains on three tenths of the digits, so that
# its centres, which move once an epoch, are moved as often.

# %% tags=["parameters"]
runs: list = [["paper", 0, 0.01], ["lapse_50", 0, 0.01]]  # recipe, seed, noise of the curve
digits: int = 2_000  # training digits, at most 54 000
# of the literal recipe at most; a lapse takes as many fewer as its rate is higher
steps: int = 600
batch_size: int = 32  # not given in the paper
held_out: int = 300  # validation digits on which the bound and the accuracy are watched
epochs_unimodal: int = 2  # of each unimodal encoder

# %%
import warnings

import numpy as np
import pandas as pd
from scipy.spatial.distance import pdist

import fplib as fp
import paperbook
from book.analysis import own_recipe
from book.figures import preset as figures
from fplib import metrics, plots
from fplib.config import PRESETS
from fplib.evaluation import evaluate

# %% [markdown]
# ## One run
#
# The experiment below is all that was run. Labels score validation digits after every epoch, and the test digits once, at the end; they choose nothing.

# %%
RATE = PRESETS["paper"].training.learning_rate
LAPSES = {"paper": (1, 1.0), "lapse_10": (10, 1.0), "lapse_50": (50, 0.3)}  # rate, share of digits


def flat(bounds, least):
    """Whether the bound has not risen by 0.1 nats for the last tenth of its length."""
    tenth = len(bounds) // 10
    if len(bounds) < max(least, 20):
        return False
    return max(bounds[-tenth:]) - max(bounds[:-tenth]) < 0.1


# %%
def watch(split, least):
    """A callback that scores every epoch on validation digits and ends a run that is flat."""
    image = {"image": split["image"]}

    def look(model, row):
        for way in ("from_z", "mean_field"):
            row[way] = metrics.clustering_accuracy(split.labels, model.predict(split, way))
        row["image"] = metrics.clustering_accuracy(split.labels, model.predict(image, "from_z"))
        width = np.exp(0.5 * model.log_variances.numpy()).mean()
        row["spread"] = float(pdist(model.means.numpy()).max() / width)  # in cluster widths
        row["slopes"] = model.expert_parameters["curve"].numpy()[:, 0].tolist()
        return flat([r["elbo.validation"] for r in model.history_], least)

    return look


# %%
def path(history, steps_per_epoch):
    """The history as metrics, to six digits."""
    rows = pd.DataFrame(history).rename(columns=lambda name: name.replace(".", "_"))
    rows["step"] = rows["epoch"] * steps_per_epoch
    columns = rows.drop(columns=["stopped"], errors="ignore").to_dict("list")
    bounds = columns["elbo_validation"]
    found = {f"by_epoch.{name}": rounded(values) for name, values in columns.items()}
    return found | {"overfitting.nats": max(bounds) - bounds[-1]}


def rounded(values):
    """Numbers, or lists of them, to six significant digits."""
    if isinstance(values, list):
        return [rounded(value) for value in values]
    return values if isinstance(values, int) else float(f"{values:.6g}")


# %%
def untrained(data, seed):
    """The paper's model of digits and their curves."""
    modalities = [fp.Image("image", (28, 28)), fp.Curve("curve", data.t, fp.experts.Proportional())]
    # a starving cluster is a finding here, and recorded
    warnings.simplefilter("ignore", fp.training.joint.StarvingClusterWarning)
    return fp.FingerprintModel(modalities, clusters=10, latent_dim=3, preset="paper", seed=seed)


def told(model, history, steps_per_epoch):
    """What is recorded of a run beside its scores."""
    slopes = model.expert_parameters["curve"].numpy()[:, 0].tolist()
    end = {"stopped": float("stopped" in history[-1]), "epochs": len(history), "slopes": slopes}
    return end | path(history, steps_per_epoch)


# %%
@paperbook.experiment(
    name="{recipe}-noise_{noise_std}-seed_{seed}",
    load=fp.load,
    synthetic_data=True,
    notes="The curve is synthetic, made from the label; the images are MNIST. Stage one only: "
    "single modalities are encoded by the encoders of the joint model.",
)
def train(recipe, seed, noise_std, checkpoint=None):
    """The paper's recipe, or a time lapse of it, until its bound is flat or its steps are spent."""
    lapse, share = LAPSES[recipe]
    data = fp.data.mnist(noise_std=noise_std, seed=seed, digits=round(share * digits))
    watched = data.validation.take(slice(held_out))
    steps_per_epoch = len(data.train.ids) // batch_size
    epochs = -(-steps // (lapse * steps_per_epoch))
    model = untrained(data, seed)
    options = {"learning_rate": lapse * RATE, "batch_size": batch_size, "epochs": epochs}
    options |= {"callback": watch(watched, least=epochs // 2), "checkpoint": checkpoint}
    history = model.fit(data.train, watched, shards=1, **options)
    scores = evaluate(model, data.test) | {"elbo.validation": model.score(watched, "from_z")}
    scores |= told(model, history, steps_per_epoch)
    return scores, {"model": model, "data": data.hashes}


# %% [markdown]
# The paper then trains an encoder for each modality alone, at rates of its own, to imitate the joint posterior. The second experiment does that to each model of the first, and asks after every epoch how many of the held-out specimens get the cluster that the joint model gives them. No label
# takes part.


# %%
def agreement(model, split):
    """Share of specimens that each modality alone puts where both together do."""
    both = model.predict(split, "from_z")
    return {n: np.mean(model.predict({n: split[n]}, "from_z") == both) for n in model.modalities}


@paperbook.experiment(
    name="unimodal-{recipe}-noise_{noise_std}-seed_{seed}",
    synthetic_data=True,
    notes="The curve is synthetic, made from the label; the images are MNIST.",
)
def imitate(trained, recipe, seed, noise_std, checkpoint=None):
    """Unimodal encoders for a trained model, and how well they agree with it by epoch."""
    model, share = trained["model"], LAPSES[recipe][1]
    data = fp.data.mnist(noise_std=noise_std, seed=seed, digits=round(share * digits))
    watched, rows = data.validation.take(slice(held_out)), []
    for epoch in range(1, epochs_unimodal + 1):  # each call goes on where the last has stopped
        options = {"epochs": epoch, "batch_size": batch_size, "checkpoint": checkpoint}
        model.fit_crossmodal(data.train, shards=1, **options)
        rows.append(agreement(model, watched))
    by_epoch = pd.DataFrame(rows)
    scores = {f"agreement.{n}": share for n, share in agreement(model, data.test).items()}
    scores |= {f"overfitting.unimodal.{n}": s.max() - s.iloc[-1] for n, s in by_epoch.items()}
    scores |= {f"by_epoch.agreement_{n}": s.tolist() for n, s in by_epoch.items()}
    alone = {n: v for n, v in evaluate(model, data.test).items() if "multimodal" not in n}
    return scores | {f"unimodal.{n}": v for n, v in alone.items()}, {"data": data.hashes}


# %%
trained = [train(recipe, seed, noise_std) for recipe, seed, noise_std in runs]
alone = [imitate(run, *asked) for run, asked in zip(trained, runs, strict=True)]
mine = paperbook.frame(trained)
everything = paperbook.published("paper_preset")
joint = everything.get("by_epoch.step", pd.Series(dtype=object)).notna()
published, second = everything[joint], everything[~joint]
NAMES = {"paper": "paper", "lapse_10": "10 × rate", "lapse_50": "50 × rate"}
clean = published[published.get("noise_std", pd.Series(dtype=float)) == 0.01]


def films(runs):
    """Every run's series by recipe, in words; `path` is how far a slope can have come."""
    found = {}
    for run in runs.to_dict("records"):
        series = {k.removeprefix("by_epoch."): v for k, v in run.items() if k.startswith("by_")}
        rate = RATE * LAPSES[run["recipe"]][0]
        series |= {"path": rate * np.array(series["step"]), "bound": series["elbo_validation"]}
        series |= {"accuracy": series["from_z"], "rate": rate}
        found.setdefault(NAMES[run["recipe"]], []).append(series)
    return {name: found[name] for name in NAMES.values() if name in found}


shown = films(clean if len(clean) else mine)
paperbook.glue("preset", reached=own_recipe.reached(published))
way = np.abs(np.arange(10) - 4.5).max()  # from the middle of the slopes to the outermost
paperbook.glue("preset", units=way, steps=paperbook.number(round(way / RATE)))

# %% [markdown]
# Figures and tables stand on the **published runs** of the full profile, where there are any; {numref}`tbl-preset-mine` has what *this* build measured.
#
# ## Where the slopes go
#
# {numref}`fig-preset-slopes` shows the experts of one run of each recipe on their way.

# %% tags=["hide-input"]
#| label: fig-preset-slopes
#| caption: >-
#|   Slopes of the ten experts along training; grey rules are the true slopes of the synthetic curves. Left, the
#|   literal recipe: shaded is as far as its rate can carry a slope. Then the time lapses. Seed 0, clean curves.
plots.show(
    figures.slope_paths,
    {
        name: {"step": found[0]["step"], "slopes": found[0]["slopes"]}
        | ({"rate": RATE} if name == "paper" else {})
        for name, found in shown.items()
    },
    np.arange(10),
    alt="Slopes of ten experts against steps, for the literal recipe and its time lapses, with the ten true slopes as rules.",
)

# %% [markdown]
# ## Does the lapse predict the end?
#
# {numref}`fig-preset-film` lays all runs over one another, along the path that the rate allows. {numref}`tbl-preset-lapse` compares the ends: each lapse with the literal run of the same seed.

# %% tags=["hide-input"]
#| label: fig-preset-film
#| caption: >-
#|   The bound on validation digits, and the accuracy from image and (synthetic, clean) curve by the paper's
#|   estimator p(c|Z), along training; one line a seed. The axis is the rate times the steps taken, so that runs at
#|   several rates lie over one another.
plots.show(
    figures.film,
    shown,
    alt="Line charts of the bound and of the accuracy along training for the literal recipe and its time lapses.",
)

# %%
ways = {
    "accuracy.multimodal.from_z": "from Z",
    "accuracy.multimodal.mean_field": "mean field",
    "accuracy.image": "image",
    "accuracy.curve": "curve",
    "elbo.validation": "bound",
}


def against_literal(runs, lapse):
    """Differences of a lapse to the literal runs of its seeds: mean, and the largest."""
    ends = runs.pivot(index="seed", columns="recipe", values=list(ways))
    apart = pd.DataFrame({w: ends[m][lapse] - ends[m]["paper"] for m, w in ways.items()}).dropna()
    sizes = apart.abs().max()
    return [
        {"lapse": NAMES[lapse], "seeds": len(apart), "": kind} | row.to_dict()
        for kind, row in (("mean difference", apart.mean()), ("largest", sizes))
    ]


# %%
#| label: tbl-preset-lapse
#| caption: >-
#|   How far the end of a time lapse lies from the end of the literal recipe with the same seed: accuracies on test
#|   digits as fractions, the bound on validation digits in nats.
recipes = set(clean.get("recipe", []))
lapses = sorted(recipes - {"paper"}) if "paper" in recipes else []
rows = [row for lapse in lapses for row in against_literal(clean, lapse)]
rows = rows or [{"lapse": "no pair of runs yet"} | dict.fromkeys(ways.values(), np.nan)]
paperbook.table(pd.DataFrame(rows), index=False, formats=dict.fromkeys(ways.values(), "+.4f"))

# %% [markdown]
# ## Where it ends
#
# The paper reports 100 % from image and curve. {numref}`tbl-preset-ends` has every published run.

# %%
#| label: tbl-preset-ends
#| caption: >-
#|   Where each published run ended: accuracy on the 10 000 test digits by the paper's estimator p(c|Z) and by the
#|   mean field, from image and (synthetic) curve together and from each alone, in thousands of steps.
columns = {"recipe": "recipe", "noise_std": "noise", "seed": "seed", "steps": "1000 steps"} | ways


def ends(runs):
    """Every run's end, one row each."""
    if runs.empty:
        return pd.DataFrame(columns=list(columns.values()))
    steps = [series[-1] / 1000 for series in runs["by_epoch.step"]]
    found = runs.assign(steps=steps, recipe=runs["recipe"].map(NAMES))
    return found[list(columns)].rename(columns=columns)


percents = ["from Z", "mean field", "image", "curve"]
formats = {"1000 steps": ".0f", "bound": ".1f"}
paperbook.table(ends(published), index=False, percents=percents, formats=formats)

# %% [markdown]
# ## The encoders of single modalities
#
# {numref}`tbl-preset-unimodal` has the second stage. The paper saw no overfitting of these encoders to the cluster labels, and chose their rates because they "supported learning".

# %%
#| label: tbl-preset-unimodal
#| caption: >-
#|   Unimodal encoders of the published runs, medians: share of the test digits to which a modality alone gives the
#|   cluster of the joint model, accuracy from it alone, and how far the agreement on held-out digits had fallen
#|   from its best epoch at the end.
shown = {
    f"{kind}{name}": f"{words}, {name}"
    for name in ("image", "curve")
    for kind, words in (
        ("agreement.", "agrees"),
        ("unimodal.accuracy.", "accuracy"),
        ("overfitting.unimodal.", "fell"),
    )
}
rows = second.reindex(columns=["recipe", "noise_std", *shown])
rows = rows.assign(recipe=rows["recipe"].map(NAMES)).groupby(["recipe", "noise_std"]).median()
paperbook.table(rows.rename(columns=shown), percents=list(shown.values()))

# %% [markdown]
# ## What this page shows, and what it does not
#
# It shows where the printed settings lead with the batch size and the starting values that we had to choose, on seeds that we did not. It does **not** show that the paper's result cannot be had with them: a batch size, a start or a number of epochs that the paper does not print may matter.
# The {ref}`ledger <sec-ledger>` has a row for this recipe wherever it tests a claim.
#
# A run that is stopped continues from its last epoch when the same command is given again: `paperbook run paper_preset --profile full --records results`.


# %%
#| label: tbl-preset-mine
#| caption: >-
#|   What this build measured; it may have fewer digits and steps, see the parameters above. Columns as in
#|   {numref}`tbl-preset-ends`.
paperbook.table(ends(mine), index=False, percents=percents, formats=formats)
