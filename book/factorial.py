# ---
# jupyter:
#   jupytext: {text_representation: {extension: .py, format_name: percent}}
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# paperbook:
#   reads: ["results/factorial/*.json"]
# ---

# %% [markdown]
# (sec-factorial)=
# # Which difference matters?
#
# :::{admonition} In short
# :class: in-short
#
# **Question.** Which difference between the two recipes matters?
#
# **Method.** Cross five of them in a factorial; then change the paper's own networks one step at a time.
#
# **Finding.** {glue:text}`factorial-smallest` ({glue:text}`factorial-whose`; with the paper's networks.)
# :::
#
# The presets `paper` and `fast` differ in {glue:text}`factorial-fields` fields ({numref}`tbl-presets`), and {doc}`paper_preset` shows how far apart their results are. A comparison of the two says nothing about *which* of the
# differences is responsible. This page takes the five that could change what the model finds rather than how fast it trains, and crosses them.
#
# | factor | the paper | ours, or in between |
# |---|---|---|
# | assignment, $q(c\mid X)$ | $p(c\mid Z)$, {eq}`eq-responsibilities` | mean field {eq}`eq-mean-field`; structured, $p(c\mid Z,X_S)$ {eq}`eq-structured` |
# | start | centres drawn at random, experts alike | a mixture of experts on the curves |
# | experts | by Adam | by weighted least squares {eq}`eq-wls` |
# | noise of the experts | $\hat\sigma_c=1$ | its closed form {eq}`eq-expert-variance` |
# | modality dropout | none | two thirds of the specimens are encoded from one modality |
#
# Two experiments answer two questions. A **full factorial** of the five, with cheap networks and the same seeds in each cell, tells what each factor does *on average over the others*, and which of them need one
# another. Then the **paper's own networks**, one change at a time, tell the smallest change to the printed recipe that reaches what the paper reports.

# %% tags=["parameters"]
crossed: list = ["start", "experts"]  # factors; the others stay as the paper has them
seeds: list = [0]  # each cell is trained with each of them
digits: int = 2_000  # training digits of a cell, at most 54 000
epochs: int = 2
changes: list = [[]]  # sets of changes to the paper's recipe, names as in CHANGES below
change_seeds: list = [0]
change_digits: int = 1_000  # training digits of a changed recipe
change_epochs: int = 2
noise_std: float = 0.01  # of the curve, per point, raw units

# %%
import itertools
import warnings

import pandas as pd

import fplib as fp
import paperbook
from book.analysis import effects, own_recipe
from book.figures import factorial as figures
from fplib import plots
from fplib.config import PRESETS
from fplib.evaluation import evaluate
from fplib.training.joint import StarvingClusterWarning

# a cluster that starves in a bad cell is a finding, and recorded
warnings.simplefilter("ignore", StarvingClusterWarning)

# %% [markdown]
# ## The factorial
#
# Every cell has the networks, the rate and the schedule of `fast`, which train in seconds, and is scored on the test digits. Labels score; no cell is chosen by them.


# %%
FACTORS = {  # the paper's level first
    "assignment": ["from_z", "structured", "mean_field"],
    "start": ["random", "physics"],
    "experts": ["adam", "least_squares"],
    "expert_variance": ["fixed", "closed_form"],
    "modality_dropout": [0.0, 0.6667],
}


def model_for(data, preset, seed):
    """An untrained model of digits and their curves."""
    modalities = [fp.Image("image", (28, 28)), fp.Curve("curve", data.t, fp.experts.Proportional())]
    return fp.FingerprintModel(modalities, clusters=10, latent_dim=3, preset=preset, seed=seed)


# %%
@paperbook.experiment(
    name="{assignment}-{start}-{experts}-{expert_variance}-{modality_dropout}-seed_{seed}",
    parameters={"recipe": "factorial"},
    synthetic_data=True,
    notes="The curve is synthetic, made from the label; the images are MNIST.",
)
def cell(assignment, start, experts, expert_variance, modality_dropout, seed):
    """One cell of the factorial with one seed: the scores on all test digits."""
    data = fp.data.mnist(noise_std=noise_std, seed=seed, digits=digits)
    model = model_for(data, "fast", seed)
    factors = {"assignment": assignment, "start": start, "experts": experts}
    factors |= {"expert_variance": expert_variance, "modality_dropout": modality_dropout}
    model.fit(data.train, epochs=epochs, **factors)
    scores = evaluate(model, data.test)
    own = fp.metrics.clustering_accuracy(data.test.labels, model.predict(data.test, assignment))
    return scores | {"accuracy.own": own}, {"data": data.hashes}


# %%
levels = {name: found if name in crossed else found[:1] for name, found in FACTORS.items()}
cells = [dict(zip(FACTORS, each, strict=True)) for each in itertools.product(*levels.values())]
mine = paperbook.frame([cell(**levels, seed=seed) for seed in seeds for levels in cells])
mine[["assignment", "start", "seed", "accuracy.multimodal.from_z", "accuracy.image"]].head()

# %% [markdown]
# ## The paper's networks, changed step by step
#
# Here the recipe is the paper's in every field, at fifty times its learning rate: the time lapse whose end {doc}`paper_preset` compares with the end of the real one. One change at a time, then those together that are needed.


# %%
CHANGES = {
    "structured": {"assignment": "structured"},
    "mean field": {"assignment": "mean_field"},
    "physics start": {"start": "physics", "frozen_epochs": 1},
    "least squares": {"experts": "least_squares"},
    "expert noise": {"expert_variance": "closed_form"},
    "dropout": {"modality_dropout": 2 / 3},
    "our widths": {"widths": "fixed", "weights": "closed_form"},
}


def lapse(changed):
    """Options of the paper's recipe at fifty times its rate, with changes."""
    options = {"learning_rate": 50 * PRESETS["paper"].training.learning_rate, "batch_size": 32}
    for name in changed.split(" + ") if changed else []:
        options |= CHANGES[name]
    return options | {"epochs": change_epochs, "shards": 1}


# %%
@paperbook.experiment(
    name="changed-{changed}-seed_{seed}",
    parameters={"recipe": "lapse_50"},
    synthetic_data=True,
    notes="The curve is synthetic, made from the label; the images are MNIST.",
)
def step(changed, seed, checkpoint=None):
    """The paper's recipe at 50 times its rate with some changes: the scores on all test digits."""
    data = fp.data.mnist(noise_std=noise_std, seed=seed, digits=change_digits)
    model = model_for(data, "paper", seed)
    watched, options = data.validation.take(slice(2_000)), lapse(changed)
    model.fit(data.train, watched, checkpoint=checkpoint, **options)
    assignment = options.get("assignment", "from_z")
    own = fp.metrics.clustering_accuracy(data.test.labels, model.predict(data.test, assignment))
    return evaluate(model, data.test) | {"accuracy.own": own}, {"data": data.hashes}


# %%
stepped = paperbook.frame(
    [step(" + ".join(sorted(change)), seed) for seed in change_seeds for change in changes]
)
published = paperbook.published("factorial")

# %% [markdown]
# Everything below stands on the {glue:text}`factorial-whose`: {glue:text}`factorial-cells` cells with {glue:text}`factorial-seeds` seeds each, {glue:text}`factorial-digits` training digits. The full design has {glue:text}`factorial-planned` cells. A single seed has no interval.
#
# ## What each factor does
#
# An effect is the difference that a factor makes, averaged over all cells of the others, for each seed; its interval is the 95 % $t$ interval over seeds. An interaction says how much *more* a change
# does where another has been made. {numref}`fig-factorial-effects` has both, for the joint accuracy by the estimator a cell trains with and for the accuracy of the image alone.


# %%
def known(recipe, own):
    """The published runs, or this build's where there are none."""
    told = published[published.get("recipe", pd.Series(dtype=str)) == recipe]
    return told if len(told) else own


factorial, steps = known("factorial", mine), known("lapse_50", stepped)
WORDS = {
    ("assignment", "structured"): "structured assignment",
    ("assignment", "mean_field"): "mean-field assignment",
    ("start", "physics"): "physics start",
    ("experts", "least_squares"): "least squares",
    ("expert_variance", "closed_form"): "noise learned",
    ("modality_dropout", 0.6667): "modality dropout",
}
RESPONSES = {"accuracy.own": "image and curve", "accuracy.image": "image alone"}


def named(effect):
    """An effect in words."""
    pair = [WORDS[c[0], c[2]] for c in (effect.one, effect.two) if c]
    return " × ".join(pair)


# %%
tried = {n: [level for level in all_ if level in set(factorial[n])] for n, all_ in FACTORS.items()}
found = {}
for response in RESPONSES:
    table = effects.table(factorial, response, tried)
    found[response] = table.assign(name=[named(e) for e in table.itertuples()])
paperbook.glue(
    "factorial",
    whose="published runs" if factorial is not mine else "runs of this build",
    cells=len(factorial[list(FACTORS)].drop_duplicates()),
    fields=sum(
        getattr(ours, field) != value
        for theirs, ours in zip(
            vars(PRESETS["paper"]).values(), vars(PRESETS["fast"]).values(), strict=True
        )
        for field, value in vars(theirs).items()
    ),
    planned=len(list(itertools.product(*FACTORS.values()))),
    seeds=factorial["seed"].nunique(),
    digits=paperbook.number(int(factorial["digits"].iloc[0])),
)

# %%
#| label: fig-factorial-effects
#| caption: >-
#|   What each change of the paper's recipe does to accuracy on test digits, with 95 % intervals over seeds: green
#|   raises it, red lowers it, grey cannot be told from nothing. Below the rule, the largest interactions. Clean
#|   synthetic curves.
joint = found["accuracy.own"]
main = joint[joint["two"].isna()]["name"]
order = [*main, *effects.strongest(joint, 5)["name"]]
plots.show(
    figures.effect_intervals,
    order,
    {
        title: 100 * found[r].set_index("name").loc[order, ["mean", "low", "high"]].to_numpy()
        for r, title in RESPONSES.items()
    },
    main=len(main),
    alt="Dots with intervals: the effect of each change on the accuracy from both modalities and from the image alone.",
)

# %%
#| label: fig-factorial-cells
#| caption: >-
#|   Median accuracy on test digits over seeds in every cell, in percent, from image and (synthetic, clean) curve by
#|   the estimator that the cell trains with. Rows: assignment and start. Columns: experts, noise, dropout.
median = factorial.pivot_table(
    "accuracy.own",
    ["assignment", "start"],
    ["experts", "expert_variance", "modality_dropout"],
    "median",
).reindex(FACTORS["assignment"], level=0)
SHORT = {"adam": "Adam", "least_squares": "WLS", "fixed": "noise 1", "closed_form": "noise fit"}
columns = [f"{SHORT[e]}\n{SHORT[v]}\n{'dropout' if d else '–'}" for e, v, d in median.columns]
rows = [f"{a.replace('_', ' ')}, {s}" for a, s in median.index]
plots.show(
    figures.cell_map,
    median.to_numpy(),
    rows,
    columns,
    alt="Heat map of the median accuracy in every cell of the factorial.",
)

# %% [markdown]
# ## The smallest change
#
# {numref}`tbl-factorial-steps` has the paper's networks. {glue:text}`factorial-smallest`


# %%
paperbook.glue("factorial", smallest=own_recipe.smallest(steps))

# %%
#| label: tbl-factorial-steps
#| caption: >-
#|   The paper's recipe at fifty times its rate, with changes: median accuracy on test digits and range over seeds, by
#|   the estimator that the recipe trains with, and from the image alone. MNIST with clean (synthetic) curves.
words = {"accuracy.own": "image and curve", "accuracy.image": "image alone"}
shown = steps.assign(changed=steps["changed"].replace("", "nothing"))
summary = paperbook.summary(shown, words, by="changed")
paperbook.table(
    summary.reset_index(), index=False, percents=["median", "mean", "std", "min", "max"]
)
