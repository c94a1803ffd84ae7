# ---
# jupyter:
#   jupytext: {text_representation: {extension: .py, format_name: percent}}
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# paperbook:
#   reads: ["results/bench/*.json", "runs/own/bench/*.json"]
# ---

# %% [markdown]
# (sec-bench)=
# # How fast
#
# :::{admonition} In short
# :class: in-short
#
# **Question.** How fast does the model train on two processor cores?
#
# **Method.** Time it in turns with PyTorch and another multimodal autoencoder, on an idle machine, and keep a record.
#
# **Finding.** From `fit()` to {glue:text}`bench-both` of the test digits from both measurements in {glue:text}`bench-to-both` s; {glue:text}`bench-accuracy` from the image alone in {glue:text}`bench-to-image` s.
# :::
#
# Nothing is timed while the book is built, since a build shares the
# machine with itself. `make bench` measures everything, in one run, and leaves a record; the page shows records. What was tried on the way, and how the floor is measured, is in `docs/performance.md`.

# %%
from pathlib import Path

import pandas as pd

import paperbook
from book.figures import bench as figures
from fplib import plots
from paperbook import records, workspace

here = workspace.root_or_none() or Path()
own = records.load("bench", here / "runs" / "own")  # made on this machine
published = records.load("bench")
record = (published + own)[-1]
metrics, told, machine = (record[part] for part in ("metrics", "parameters", "environment"))
busy = told["load_average"] > 0.3
paperbook.glue(
    "bench",
    whose="measured on this machine" if own else "published",
    date=record["created"][:10],
    load="busy, so the numbers are too low" if busy else "idle",
    **{name: machine[name] for name in ("device", "cores", "python", "tensorflow")},
    **{name: told[name] for name in ("torch", "multivae", "rounds")},
)

# %% [markdown]
# *Numbers: {glue:text}`bench-whose`, {glue:text}`bench-date`; {glue:text}`bench-device`, {glue:text}`bench-cores` cores; Python {glue:text}`bench-python`, TensorFlow {glue:text}`bench-tensorflow`,
# PyTorch {glue:text}`bench-torch`, multivae {glue:text}`bench-multivae`; {glue:text}`bench-rounds` rounds. The machine was {glue:text}`bench-load`.*
#
# ## What was wanted, and what came out
#
# {numref}`tbl-bench-goals` holds the goals that were set before the engine was tuned. A ratio is our speed over theirs: the median over rounds, each round's pair measured within the same minute.


# %%
step, times, seconds = "training step, ", "{:.2f} ×", "{:.0f} s"
goals = pd.DataFrame(
    [  # metric, words, goal, how it is shown
        ("ratio.torch_float32.fast", step + "`fast`, over PyTorch float32", 1.7, times),
        ("ratio.torch_float32.paper", step + "`paper`, over PyTorch float32", 1.25, times),
        ("ratio.torch_float64.paper", step + "`paper`, over PyTorch float64", 2.8, times),
        ("ratio.multivae_jmvae", "epoch, over JMVAE with networks of equal size", 1.5, times),
        ("roofline.fast", "share of the floor, `fast`", 0.6, "{:.0%}"),
        ("roofline.paper", "share of the floor, `paper`", 0.6, "{:.0%}"),
        ("seconds.to_100_percent", "from `fit()` to 100.00 % of the test digits", 45, seconds),
        ("seconds.to_image_97", "both stages, to 97 % from the image alone", 240, seconds),
        ("memory.peak_mb", "peak resident memory of that run", 1500, "{:.0f} MB"),
        ("seconds.import_fplib", "`import fplib`", 0.3, "{:.3f} s"),
    ],
    columns=["metric", "", "goal", "form"],
)


# %%
#| label: tbl-bench-goals
#| caption: >-
#|   Goals and measurements. A dash: not reached, or not measured.
def shown(form, value):
    """A number in its unit."""
    return "–" if pd.isna(value) else form.format(value).replace("%", " %")


def judged(row):
    """A goal, what was measured, and whether it was reached; of ratios and shares more is better."""
    more = row.metric.startswith(("ratio", "roofline"))
    value = metrics.get(row.metric)
    reached = value is not None and (value >= row.goal if more else value <= row.goal)
    return {
        "goal": f"{'≥' if more else '≤'} {shown(row.form, row.goal)}",
        "measured": shown(row.form, value),
        "reached": "–" if value is None else "yes" if reached else "no",
    }


rows = pd.DataFrame([judged(row) for row in goals.itertuples()], index=goals[""])
paperbook.table(rows, formats={"goal": "", "measured": ""})

# %%
paperbook.glue(
    "bench",
    accuracy=paperbook.percent(metrics["accuracy.image.from_z"]),
    joint=told["epochs"],
    unimodal=told["epochs_crossmodal"],
    short=told["epochs_to_100_percent"],
    both=paperbook.percent(metrics["accuracy.multimodal.mean_field"]),
    to_both=f"{metrics['seconds.to_100_percent']:.0f}",
    to_image=f"{metrics['seconds.both_stages']:.0f}",
)

# %% [markdown]
# The run to 97 % trained {glue:text}`bench-joint` epochs of joint training and {glue:text}`bench-unimodal` of unimodal training and reached {glue:text}`bench-accuracy` from the image alone ({doc}`mnist_clean` says why other pages have other values); the run to 100 % trained {glue:text}`bench-short` of joint training.
#
# Definitions matter here. *To 100 %* is everything from the call of `fit()` on 54 000 clean digits to the clusters of the 10 000 test digits: the search for a start, the compilation of the
# graphs, the training, and `predict` with image and curve. The clean curve alone would do for that answer, and the number says what it costs to
# ask for it, not how hard it is. *Both stages* is `fit` and `fit_crossmodal` in a fresh process, whose peak memory is the one in the table. Loading the data and importing TensorFlow are in neither. No validation
# data are watched.
#
# ## The opponents
#
# **PyTorch, written for this.** The same networks, bound, and changes of the training images, in channels-last layout, with data in memory, a fused Adam, and no number read back during an epoch. A test
# loads our weights into it and compares the outputs of every network, every named term of the bound and every gradient, for both presets. It may choose its own threads, layout and batch size, and whether to be compiled by
# `torch.compile`; the best of what it tried, listed in {numref}`tbl-bench-settings`, is what we compare with. Ours trains with the batch that the preset names. In
# float64 it is the same program in the precision that the authors' release uses {cite:p}`pima2022release`.
#
# Three things ours does that a plain PyTorch program does not. It computes a batch in two halves side by side, each with batch normalisation of its own, as data-parallel training
# does on two devices. And under modality dropout, which shows a third of the specimens by their curve alone, it does not encode the images of that third; the plain program encodes everything and ignores what is not to be seen. And it computes the
# decoder's last layer, which has a single map, as a depthwise convolution and a sum, and adds the biases of the maps before it as one row of numbers. Nothing keeps a determined PyTorch user from doing the same. Against PyTorch with the first two, which is no longer the plain opponent of the goals, the ratios are {glue:text}`bench-shards-fast` (`fast`)
# and {glue:text}`bench-shards-paper` (`paper`, which has no modality dropout).
#
# **JMVAE** of the package [multivae](https://github.com/AgatheSenellart/MultiVae): another objective for the same purpose, with our encoders and our image decoder inside, and its own joint encoder, which holds a second copy of the encoders. Its own trainer runs
# its epochs, validation and saving left out. One of its epochs also trains the encoders of the single modalities, for which `fplib` has unimodal training; ours includes the
# expectation–maximisation pass, which JMVAE does not have. The goal compares epoch with epoch. Counting an epoch of our unimodal training as well, the ratio is
# {glue:text}`bench-two-stages`.
#
# All contestants live in processes of their own and take turns, in an order that turns round from one round to the next; only one of them computes at a time.


# %%
over = {
    "two_stages": "multivae_jmvae.two_stages",
    "shards_fast": "torch_float32_shards.fast",
    "shards_paper": "torch_float32_shards.paper",
}
ratios = {key: shown(times, metrics.get(f"ratio.{name}")) for key, name in over.items()}
at_floor = 1e6 / metrics["microseconds.fast.floor"]  # images a second
ceiling = at_floor / metrics["images_per_second.torch_float32.fast"]
paperbook.glue("bench", ceiling=ceiling, **ratios)

# %% tags=["hide-input"]
#| label: fig-bench-speed
#| caption: >-
#|   Training speed on MNIST with the synthetic curve: median (bar) and every round (dots), and by how much the bar of
#|   `fplib` is longer. The speeds of JMVAE and of *ours, epoch* are those of whole epochs.
OPPONENTS = {
    "torch_float32.{}": "PyTorch, float32",
    "torch_float32_shards.{}": "PyTorch, two halves",
    "torch_float64.{}": "PyTorch, float64",
    "multivae_jmvae": "JMVAE of multivae",
}


def contestants(preset):
    """Ours and whoever was measured beside it, images a second in every round."""
    rates = {"fplib": metrics[f"rounds.{preset}"]}
    if preset == "fast":
        rates["fplib, whole epoch"] = [metrics["images_per_second.epoch.fast"]]
    for name, words in OPPONENTS.items():
        found = metrics.get("rounds." + name.format(preset))
        if found and (preset == "fast" or "{}" in name):
            rates[words] = found
    return [{"name": n, "values": v, "ours": n.startswith("fplib")} for n, v in rates.items()]


plots.show(
    figures.contest_bars,
    {f"preset {preset}": contestants(preset) for preset in ("fast", "paper")},
    alt="Bars of images per second for fplib and its opponents, for the preset fast above and the preset paper below.",
)

# %% tags=["hide-cell"] mystnb={"code_prompt_show": "Show what each opponent tried", "code_prompt_hide": "Hide what each opponent tried"}
#| label: tbl-bench-settings
#| caption: >-
#|   What each opponent tried before the rounds began, images per second in short trials, and what it chose (bold).
rows = pd.DataFrame(
    [
        (f"`{name}`", f"**{words}**" if words == choice["setting"] else words, rate)
        for name, choice in told["settings"].items()
        for words, rate in choice["tried"].items()
    ],
    columns=["opponent", "setting", "images/s"],
)
speed = pd.to_numeric(rows["images/s"], errors="coerce")  # what failed says why
rows = rows.assign(speed=speed).sort_values(["opponent", "speed"], ascending=[True, False])


def spaced(value):
    """A rounded number with a space for each thousand; words stay words."""
    return f"{value:,.0f}".replace(",", " ") if isinstance(value, float) else str(value)


paperbook.table(rows.drop(columns="speed"), index=False, formats={"images/s": spaced})

# %% [markdown]
# ## The floor
#
# How much faster could it be? A training step consists of products (convolutions, transposed convolutions, dense layers) and of everything else: activations, batch normalisation, the bound, random numbers, Adam. The products alone,
# each in the fastest of the forms that were measured, make a floor: a step in which everything else is free ({numref}`fig-bench-time`). Even at the floor, a step of `fast` would be no more than {glue:text}`bench-ceiling:.1f` times as fast as the plain PyTorch program's.


# %%
kinds = {
    "convolution": "convolutions",
    "transposed": "transposed convolutions",
    "dense": "dense layers",
}


def parts(preset, rate):
    """Microseconds per image: the floor by kind of layer, and the rest of a step at this rate."""
    floor = {words: metrics[f"microseconds.{preset}.{kind}"] for kind, words in kinds.items()}
    return floor | {"everything else": max(0.0, 1e6 / rate - sum(floor.values()))}


times = {
    f"preset {preset}": {
        "fplib": parts(preset, metrics[f"images_per_second.{preset}"]),
        "PyTorch": parts(preset, metrics[f"images_per_second.torch_float32.{preset}"]),
    }
    for preset in ("fast", "paper")
}
pd.DataFrame(times["preset fast"])

# %% tags=["hide-input"]
#| label: fig-bench-time
#| caption: >-
#|   Time of one training step per image. Coloured: the floor, the products alone. Grey: everything else, ours and
#|   PyTorch's.
plots.show(
    figures.time_stacks,
    times,
    alt="Stacked bars of microseconds per image: convolutions, transposed convolutions, dense layers, and everything else, for fplib and PyTorch.",
)


# %% tags=["hide-cell"] mystnb={"code_prompt_show": "Show the speed of every product", "code_prompt_hide": "Hide the speed of every product"}
#| label: fig-bench-products
#| caption: >-
#|   Speed of every layer's products alone, preset `fast`, training batch: the fastest way of TensorFlow and PyTorch.
#|   Upright lines: a product of two large matrices, and our whole step.
def speeds(preset):
    """GFLOP/s of every product of a step."""
    for i, product in enumerate(told["products"][preset]):
        network, number = product["name"].split("/")
        words = " ".join(reversed(network.split("_")))  # encoder_image
        row = {"name": f"{words} {number}, {product['kind']}"}
        for form in ("forward", "input", "kernel"):
            microseconds = metrics[f"microseconds.{preset}.{form}"][i]
            operations = 2 * metrics[f"multiply_adds.{preset}.products"][i]
            row[form] = operations / microseconds / 1e3 if microseconds else None
        yield row


plots.show(
    figures.product_speeds,
    list(speeds("fast")),
    peak=metrics["gflops.matrix_product"],
    step=metrics["gflops.fast"],
    alt="Dot chart of GFLOP per second of every layer's products, with lines for a large matrix product and for the whole training step.",
)

# %% tags=["hide-cell"] mystnb={"code_prompt_show": "Show speeds, operations and the floor", "code_prompt_hide": "Hide speeds, operations and the floor"}
#| label: tbl-bench-speeds
#| caption: >-
#|   Speeds, operations and the floor.
named = {
    "images_per_second.{}": "training step, images/s",
    "images_per_second.em_pass.{}": "expectation–maximisation pass, images/s",
    "images_per_second.epoch.{}": "epoch, both of them, images/s",
    "images_per_second.stage_two": "unimodal training, an epoch of both encoders, images/s",
    "images_per_second.inference": "`predict` from both modalities, images/s",
    "multiply_adds.{}": "multiply-adds of an image, forward",
    "gflops.{}": "training step, GFLOP/s",
    "gflops.torch_float32.{}": "the same, PyTorch float32, GFLOP/s",
    "microseconds.{}.step": "step, µs per image",
    "microseconds.{}.floor": "floor, µs per image",
    "roofline.{}": "share of the floor",
}
rows = pd.DataFrame(index=named.values())
for preset in ("fast", "paper"):
    here = [n if preset == "fast" or "{}" in n else "" for n in named]
    rows[f"`{preset}`"] = [metrics.get(name.format(preset)) for name in here]
rows.loc["a large float32 matrix product, GFLOP/s"] = metrics["gflops.matrix_product"]
form = dict.fromkeys(rows, lambda x: spaced(x) if x >= 100 else paperbook.number(x))
paperbook.table(rows, formats=form)

# %% [markdown]
# ## What these numbers do not say
#
# They are of one machine, and of networks so small that overheads count. On a GPU, or with other images, the order may differ. Steps are compared, not the number of steps to a result: PyTorch running
# this model would need as many as `fplib` does, JMVAE has another objective and another answer. The PyTorch program is a fair one, not the fastest conceivable.
#
# To measure your own machine, when nothing else runs on it: `make bench`, then `make book`. `make bench ARGS=--quick` takes a short look that proves nothing.


# %%
#| label: tbl-bench-machines
#| caption: >-
#|   Every record that this page found.
every = paperbook.frame(published + own)
rows = pd.DataFrame(
    {
        "run": [f"{r['created'][:10]}" for r in published + own],
        "machine": [
            f"{r['environment']['device'].removeprefix('CPU: ')}, {r['environment']['cores']} cores"
            for r in published + own
        ],
        "`fast`, images/s": every["images_per_second.fast"],
        "`paper`, images/s": every["images_per_second.paper"],
        "over PyTorch, `fast`": every["ratio.torch_float32.fast"],
    }
)
rates = dict.fromkeys(["`fast`, images/s", "`paper`, images/s"], spaced)
paperbook.table(rows, index=False, formats=rates | {"over PyTorch, `fast`": ".2f"})
