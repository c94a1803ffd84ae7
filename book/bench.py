# ---
# jupyter:
#   jupytext: {text_representation: {extension: .py, format_name: percent}}
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# fplib:
#   reads: ["results/bench/*.json", "runs/full/records/bench/*.json"]
# ---

# %% [markdown]
# (sec-bench)=
# # How fast, beside what
#
# A training run that takes hours on a GPU is a run that nobody repeats. `fplib` is written for two processor cores, and this page says how fast it is there: beside the
# same model written in PyTorch, beside another multimodal autoencoder, and beside the floor that the hardware sets. Nothing is timed while the book is built, since a build shares the
# machine with itself. `make bench` measures everything, in one run, and leaves a record; the page shows records.

# %% tags=["hide-input"] mystnb={"markdown_format": "myst"}
from IPython.display import Markdown
from myst_nb import glue

from book.figures import bench as figures
from fplib import plots
from paperbook import records

published = records.load("bench", folder=records.published_folder())
own = records.load("bench", folder=records.root() / "runs" / "full" / "records")
record = (published + own)[-1] if published or own else None
metrics = record["metrics"] if record else {}
told = record["parameters"] if record else {}


def machine(found: dict) -> str:
    """What the numbers of a record were measured on."""
    device = found["environment"]["device"].removeprefix("CPU: ")
    return f"{device}, {found['environment']['cores']} cores"


def sources() -> str:
    """Where the numbers of this page come from."""
    if record is None:
        return (
            ":::{note}\nThere are no published runs yet, and none of your own: the tables and figures of this page are empty. "
            "`make bench` on an idle machine fills them.\n:::"
        )
    environment = record["environment"]
    here = "published" if published else "measured on this machine"
    busy = told["load_average"] > 0.3
    warning = " **The machine was busy, so the numbers are too low.**" if busy else ""
    return (
        f"*Numbers: {here}, {record['created'][:10]}; {machine(record)}; Python {environment['python']}, TensorFlow {environment['tensorflow']}, "
        f"PyTorch {told['torch']}, multivae {told['multivae']}; {told['rounds']} rounds.*{warning}"
    )


Markdown(sources())

# %% [markdown]
# ## What was wanted, and what came out
#
# {numref}`tbl-bench-goals` holds the goals that were set before the engine was tuned. A ratio is our speed over theirs: the median over rounds, each round's pair measured within the same minute.

# %% tags=["hide-input"] mystnb={"markdown_format": "myst"}
GOALS = [  # metric, words, goal, whether more is better, form
    ("ratio.torch_float32.fast", "training step, `fast`, over PyTorch float32", 1.7, True, "{:.2f} ×"),
    ("ratio.torch_float32.paper", "training step, `paper`, over PyTorch float32", 1.25, True, "{:.2f} ×"),
    ("ratio.torch_float64.paper", "training step, `paper`, over PyTorch float64", 2.8, True, "{:.2f} ×"),
    ("ratio.multivae_jmvae", "epoch, over JMVAE with networks of equal size", 1.5, True, "{:.2f} ×"),
    ("roofline.fast", "share of the floor, `fast`", 0.6, True, "{:.0%}"),
    ("roofline.paper", "share of the floor, `paper`", 0.6, True, "{:.0%}"),
    ("seconds.to_100_percent", "from `fit()` to 100.00 % of the test digits, both modalities, s", 45, False, "{:.0f}"),
    ("seconds.to_image_97", "both stages, to 97 % from the image alone, s", 240, False, "{:.0f}"),
    ("memory.peak_mb", "peak resident memory of that run, MB", 1500, False, "{:.0f}"),
    ("seconds.import_fplib", "`import fplib`, s", 0.3, False, "{:.3f}"),
]  # fmt: skip


def shown(form: str, value: float | None) -> str:
    """A number in a table."""
    return "–" if value is None else form.format(value).replace("%", " %")


def verdict(value: float | None, goal: float, more: bool) -> str:
    """Whether a goal was reached."""
    if value is None:
        return "–"
    return "yes" if (value >= goal if more else value <= goal) else "no"


lines = [
    f"| {words} | {'≥' if more else '≤'} {shown(form, goal)} | {shown(form, metrics.get(name))} | {verdict(metrics.get(name), goal, more)} |"
    for name, words, goal, more, form in GOALS
]
accuracy = metrics.get("accuracy.image.from_z")
caption = "Goals and measurements."
if record:
    caption += (
        f" The run to 97 % trained {told['epochs']} epochs of stage one and {told['epochs_crossmodal']} of stage two and reached {records.percent(accuracy)} from the image "
        f"alone; the run to 100 % trained {told['epochs_to_100_percent']} of stage one. A dash: not reached, or not measured."
    )
Markdown(
    f":::{{table}} {caption}\n:name: tbl-bench-goals\n\n| | goal | measured | reached |\n|:--|--:|--:|:-:|\n"
    + "\n".join(lines)
    + "\n:::"
)

# %% [markdown]
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
# its epochs, validation and saving left out. One of its epochs also trains the encoders of the single modalities, for which `fplib` has stage two; ours includes the
# expectation–maximisation pass, which JMVAE does not have. The goal compares epoch with epoch. Counting an epoch of our stage two as well, the ratio is
# {glue:text}`bench-two-stages`.
#
# All contestants live in processes of their own and take turns, in an order that turns round from one round to the next; only one of them computes at a time.

# %% tags=["hide-input"]
for key, name in {
    "two-stages": "ratio.multivae_jmvae.two_stages",
    "shards-fast": "ratio.torch_float32_shards.fast",
    "shards-paper": "ratio.torch_float32_shards.paper",
}.items():
    glue(f"bench-{key}", shown("{:.2f} ×", metrics.get(name)), display=False)
floor = metrics.get("microseconds.fast.floor")
ceiling = 1e6 / floor / metrics["images_per_second.torch_float32.fast"] if floor else None
glue("bench-ceiling", shown("{:.1f}", ceiling), display=False)

# %% tags=["hide-input"]
#| label: fig-bench-speed
#| caption: >-
#|   Training speed on MNIST with the synthetic curve: median (bar) and every round (dots), and by how much the bar
#|   of `fplib` is longer; the goals take the median of the rounds' own ratios instead. The speeds of JMVAE and of
#|   *ours, epoch* are those of whole epochs.
OPPONENTS = {
    "torch_float32": "PyTorch, float32",
    "torch_float32_shards": "PyTorch, two halves",
    "torch_float64": "PyTorch, float64",
    "multivae_jmvae": "JMVAE of multivae",
}


def contestants(preset: str) -> list[dict]:
    """Ours and whoever was measured beside it."""
    rows = [{"name": "fplib", "values": metrics[f"rounds.{preset}"], "ours": True}]
    for name, words in OPPONENTS.items():
        key = f"rounds.{name}.{preset}" if name != "multivae_jmvae" else f"rounds.{name}"
        if key in metrics and (name != "multivae_jmvae" or preset == "fast"):
            rows.append({"name": words, "values": metrics[key], "ours": False})
    if preset == "fast":
        epoch = [metrics["images_per_second.epoch.fast"]]
        rows.insert(1, {"name": "fplib, whole epoch", "values": epoch, "ours": True})
    return rows


def nothing(palette: plots.Palette):
    """What stands in place of a figure while there is no record."""
    drawn = plots.canvas(0.6)
    drawn.text(0.5, 0.5, "no published runs yet", ha="center", va="center", color=palette.muted)
    return drawn


if record:
    plots.show(
        figures.contest_bars,
        {f"preset {preset}": contestants(preset) for preset in ("fast", "paper")},
        alt="Bars of images per second for fplib and its opponents, for the preset fast above and the preset paper below.",
    )
else:
    plots.show(nothing, alt="No published runs yet.")

# %% tags=["hide-input"] mystnb={"markdown_format": "myst"}
lines = []
for name, choice in told.get("settings", {}).items():
    for words, rate in sorted(
        choice["tried"].items(), key=lambda pair: -pair[1] if isinstance(pair[1], float) else 1
    ):
        words_ = f"**{words}**" if words == choice["setting"] else words
        number = f"{rate:,.0f}".replace(",", " ") if isinstance(rate, float) else rate
        lines.append(f"| `{name}` | {words_} | {number} |")
Markdown(
    ":::{table} What each opponent tried before the rounds began, images per second in short trials, and what it chose (bold).\n:name: tbl-bench-settings\n\n"
    "| opponent | setting | images/s |\n|:--|:--|--:|\n"
    + "\n".join(lines or ["| – | – | – |"])
    + "\n:::"
)

# %% [markdown]
# ## The floor
#
# How much faster could it be? A training step consists of products (convolutions, transposed convolutions, dense layers; each forward, for the gradient of its input and for the
# gradient of its weights) and of everything else: activations, batch normalisation, the bound, random numbers, gathering the batch, Adam. The products alone, each measured on its own in TensorFlow, in TensorFlow with the two halves of
# the batch side by side, and in PyTorch, at the training batch size, the fastest of the three taken form by form, make a floor: a step in which everything else is free. The share of the floor is that time over the time of our whole step.
# Where the library computes a product in a form of its own (the decoder's last layer, as a depthwise convolution and a sum), TensorFlow's time is that form's; what is quicker there lowers the floor as well.
# Even at the floor, a step of `fast` would be no more than {glue:text}`bench-ceiling` times as fast as the plain PyTorch program's.
#
# Operations are counted from the layers, two a multiply-add and three products a layer; an encoder's count for the share of specimens that it sees. {numref}`fig-bench-products` shows why a large matrix product is the wrong yardstick for networks of this size: even alone, most of
# these products reach a fraction of it.

# %% tags=["hide-input"]
#| label: fig-bench-time
#| caption: >-
#|   Time of one training step per image. Coloured: the floor, the products alone. Grey: everything else, ours and
#|   PyTorch's.
KINDS = {
    "convolution": "convolutions",
    "transposed": "transposed convolutions",
    "dense": "dense layers",
}


def parts(preset: str, rate: float) -> dict[str, float]:
    """Microseconds per image: the floor by kind of layer, and the rest of a step at this rate."""
    floor = {words: metrics[f"microseconds.{preset}.{kind}"] for kind, words in KINDS.items()}
    return floor | {"everything else": max(0.0, 1e6 / rate - sum(floor.values()))}


if record:
    plots.show(
        figures.time_stacks,
        {
            f"preset {preset}": {
                "fplib": parts(preset, metrics[f"images_per_second.{preset}"]),
                "PyTorch": parts(preset, metrics[f"images_per_second.torch_float32.{preset}"]),
            }
            for preset in ("fast", "paper")
        },
        alt="Stacked bars of microseconds per image: convolutions, transposed convolutions, dense layers, and everything else, for fplib and PyTorch.",
    )
else:
    plots.show(nothing, alt="No published runs yet.")

# %% tags=["hide-input"]
#| label: fig-bench-products
#| caption: >-
#|   Speed of every layer's products alone, preset `fast`, training batch: the fastest way of TensorFlow and PyTorch.
#|   Upright lines: a product of two large matrices, and our whole step.
NETWORKS = {
    "encoder_image": "image encoder",
    "encoder_curve": "curve encoder",
    "decoder_image": "image decoder",
}


def speeds(preset: str) -> list[dict]:
    """1e9 operations per second of every product of a step."""
    rows = []
    for i, product in enumerate(told["products"][preset]):
        network, number = product["name"].split("/")
        operations = 2 * metrics[f"multiply_adds.{preset}.products"][i]
        row: dict = {"name": f"{NETWORKS[network]} {number}, {product['kind']}"}
        for form in ("forward", "input", "kernel"):
            microseconds = metrics[f"microseconds.{preset}.{form}"][i]
            row[form] = operations / microseconds / 1e3 if microseconds else None
        rows.append(row)
    return rows


if record:
    plots.show(
        figures.product_speeds,
        speeds("fast"),
        peak=metrics["gflops.matrix_product"],
        step=metrics["gflops.fast"],
        alt="Dot chart of GFLOP per second of every layer's products, with lines for a large matrix product and for the whole training step.",
    )
else:
    plots.show(nothing, alt="No published runs yet.")

# %% tags=["hide-input"] mystnb={"markdown_format": "myst"}
ROWS = [
    ("images_per_second.{}", "training step, images/s"),
    ("images_per_second.em_pass.{}", "expectation–maximisation pass, images/s"),
    ("images_per_second.epoch.{}", "epoch, both of them, images/s"),
    ("multiply_adds.{}", "multiply-adds of an image, forward, millions"),
    ("gflops.{}", "training step, GFLOP/s"),
    ("gflops.torch_float32.{}", "the same, PyTorch float32, GFLOP/s"),
    ("microseconds.{}.step", "step, µs per image"),
    ("microseconds.{}.floor", "floor, µs per image"),
    ("roofline.{}", "share of the floor"),
]


def cell(name: str) -> str:
    """A measured number in its unit, or a dash."""
    value = metrics.get(name)
    if value is None:
        return "–"
    if name.startswith("roofline"):
        return shown("{:.0%}", value)
    if name.startswith("multiply_adds"):
        return f"{value / 1e6:.2f}"
    return f"{value:,.0f}".replace(",", " ") if value >= 100 else f"{value:.1f}"


lines = [f"| {words} | {cell(n.format('fast'))} | {cell(n.format('paper'))} |" for n, words in ROWS]
lines += [
    f"| {words} | {cell(f'images_per_second.{name}')} | – |"
    for name, words in {
        "stage_two": "stage two, an epoch of both encoders, images/s",
        "inference": "`predict` from both modalities, images/s",
    }.items()
]
peak = cell("gflops.matrix_product")
Markdown(
    f":::{{table}} Speeds, operations and the floor; a large float32 matrix product runs at {peak} GFLOP/s.\n:name: tbl-bench-speeds\n\n"
    "| | `fast` | `paper` |\n|:--|--:|--:|\n" + "\n".join(lines) + "\n:::"
)

# %% [markdown]
# ## What these numbers do not say
#
# They are of one machine, and of networks so small that overheads count. On a GPU, or with other images, the order may differ. Steps are compared, not the number of steps to a result: PyTorch running
# this model would need as many as `fplib` does, JMVAE has another objective and another answer. The PyTorch program is a fair one, not the fastest conceivable; whoever can make it faster, with the same function, makes this page better.
#
# To measure your own machine, when nothing else runs on it: `make bench`, then `make book`. `make bench ARGS=--quick` takes a short look that proves nothing.

# %% tags=["hide-input"] mystnb={"markdown_format": "myst"}
rows = [("published", r) for r in published] + [("own", r) for r in own]
COLUMNS = ("images_per_second.fast", "images_per_second.paper", "ratio.torch_float32.fast")
lines = [
    f"| {kind}, {r['created'][:10]} | {machine(r)} | "
    + " | ".join(f"{r['metrics'][name]:,.4g}" for name in COLUMNS)
    + " |"
    for kind, r in rows
]
Markdown(
    ":::{table} Every record that this page found.\n:name: tbl-bench-machines\n\n| run | machine | `fast`, images/s | `paper`, images/s | over PyTorch, `fast` |\n|:--|:--|--:|--:|--:|\n"
    + "\n".join(lines or ["| – | no published runs yet | – | – | – |"])
    + "\n:::"
)
