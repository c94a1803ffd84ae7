# ---
# jupyter:
#   jupytext: {text_representation: {extension: .py, format_name: percent}}
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# paperbook:
#   reads: ["results/lattice/*.json"]
# ---

# %% [markdown]
# (sec-lattice)=
# # Metal lattices
#
# :::{admonition} In short
# :class: in-short
#
# **Question.** Can two kinds of lattice be told apart, and their curves predicted, from photographs?
#
# **Method.** Synthetic photographs and compression curves with known truth; a hardening law as expert.
#
# **Finding.** The photograph alone names {glue:text}`lattice-share-image` of the test lattices rightly, the curve alone {glue:text}`lattice-share-curve`, both together {glue:text}`lattice-share-multimodal`.
# :::
#
# The paper's second experiment is the one it was written for. Ninety-one small lattices were printed in metal {cite:p}`garland2020lattices`, some of them gyroids, some octet trusses; each was photographed and
# then crushed. A photograph costs seconds, a compression test costs the specimen.
#
# **Neither the photographs nor the curves were published.** Everything on this page was measured on *synthetic* lattices, of the paper's numbers of specimens, pixels and tiles: a generator of ours draws a print quality, a density and defects for each
# specimen, ray-traces its photograph, and computes its curve. Modulus and strength are powers of the density, as in all cellular solids {cite:p}`gibson1997cellular` and in the octet truss {cite:p}`deshpande2001octet`; factors and powers come from
# voxel models that we homogenised, and what defects take and how prints harden are assumptions. The page shows how the method does on data of this
# kind, against a known truth; no number here can confirm or refute the paper's 94.74 %.

# %% tags=["parameters"]
seeds: list = [0]  # a set of lattices of its own, split and trained on, for each
restarts: int = 2  # models trained on each set; the held-out bound chooses
spread: float = 0.6  # difficulty dial: how much prints of a kind differ, 0 ... 2
dial: list = []  # further settings of the dial
dial_seeds: list = [0]  # sets for each of them
gyroid: int = 48  # lattices of each kind
octet: int = 43
pixels: int = 304  # edge of a photograph; a tile is a quarter of it
light: float = 12.0  # radius of the even-light filter, pixels
pool: int = 2  # pixels of a tile averaged to one of the encoder's, each way
scatter: float = 0.15  # expected scatter of modulus, strength and hardening from print to print
scatters: list = []  # other assumptions to compare with it
latent_dim: int = 2  # L
latent_dims: list = []  # others to compare with it
law: str = "softplus"  # how the generator's curves pass their knee
laws: list = []  # others: "menegotto", "gradual"
vary_seeds: list = [0]  # sets for each other L and law
epochs: int = 10  # of joint training
epochs_crossmodal: int = 4  # of unimodal training, each modality

# %%
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.mixture import GaussianMixture

import fplib as fp
import paperbook
from book.analysis import discordant, paired, photographs, refitting, votes
from book.analysis.intervals import (
    expert_interval,
    mean_interval,
    population_truth,
    recorded_intervals,
)
from book.figures import lattice as figures
from book.figures import lattice_scores
from fplib import experts, metrics, plots
from fplib.config import Architecture
from fplib.data.lattice import lattices_of
from fplib.data.lattice.mechanics import KINDS, PARAMETERS

# %% [markdown]
# ## The specimens
#
# Light, angle and exposure differ from photograph to photograph ({numref}`fig-lattice-photographs`), as they do on a bench. What the two modalities share is the print: a poor print
# has rougher and thinner walls, more broken struts, and a softer curve.


# %%
def lattices(seed, spread, law, tiles=True):
    """One set of synthetic lattices, split by lattice."""
    count = {"gyroid": gyroid, "octet": octet}
    return fp.data.lattice(spread=spread, **count, seed=seed, pixels=pixels, tiles=tiles, law=law)


data = lattices(seeds[0], spread, law)
whole = lattices(seeds[0], spread, law, tiles=False)
data, whole

# %% tags=["hide-input"]
#| label: fig-lattice-photographs
#| caption: >-
#|   Synthetic photographs of printed lattices: four of each kind, whole (304 pixels a side), load axis upright. Made
#|   by ray tracing; no real specimen is shown.
sheet = np.stack([whole.train["image"][whole.train.labels == k][:4] for k in (0, 1)])
plots.show(
    figures.photograph_sheet,
    sheet,
    KINDS,
    alt="Two rows of four grey photographs: gyroids with wavy openings above, octet trusses with triangles below.",
)

# %% [markdown]
# The lattices are split before anything else: {glue:text}`lattice-train` to train on, {glue:text}`lattice-held-out` held out to choose between models, {glue:text}`lattice-test` for the test. The
# paper splits 80 to 20, for 91 lattices most likely 72 and 19 ({ref}`erratum 21 <erratum-21>`); our 72 are the first two together. Only then is each photograph cut into quadrants, and only training tiles are flipped, so that no lattice stands on both sides:
# {glue:text}`lattice-tiles` training tiles.
#

# %%
counts = {"train": whole.train.n, "held_out": whole.validation.n, "test": whole.test.n}
paperbook.glue("lattice", tiles=data.train.n, **counts)

# %% [markdown]
# ## What the encoder and the expert see
#
# Two preparations matter more than anything about the networks. Both can be had for any specimen.
#
# **Even light.** The decoder is trained on errors of pixels, and most of those are errors of brightness. So each tile is divided by its own local mean (flat-field
# correction) and averaged to half its pixels each way ({numref}`fig-lattice-seen`).


# %%
def prepared(images):
    """Tiles as the encoder sees them."""
    return photographs.area_mean(photographs.even_light(images, light), pool)


# %% tags=["hide-input"]
#| label: fig-lattice-seen
#| caption: >-
#|   Tiles of synthetic photographs as taken (above) and as the encoder sees them (below): local light divided out,
#|   and averaged to fewer pixels.
some = [int(np.flatnonzero(data.train.labels == k)[16 * j]) for k in (0, 1) for j in (0, 1)]
taken = data.train["image"][some]
enlarged = np.kron(prepared(taken), np.ones((pool, pool)))[:, : pixels // 2, : pixels // 2]
plots.show(
    figures.photograph_sheet,
    np.stack([taken, enlarged]),
    ["photograph", "encoder"],
    columns=[KINDS[label] for label in data.train.labels[some]],
    alt="Four tiles above with uneven light, and the same four below, evenly lit.",
)

# %% [markdown]
# **Curves in units of scatter.** The likelihood of an expert {eq}`eq-expert` treats the points of a curve as independent. The curves of two prints of one kind differ in stiffness and strength,
# and that moves all points together: the spread of the curves about their mean has {glue:text}`lattice-points:.1f` effective points in a hundred. Counted as a hundred independent ones, every curve decides its own cluster with near
# certainty, on noise. So before training, we take out the covariance that curves of one kind should have if modulus, strength and hardening scatter by {glue:text}`lattice-scatter:.0f` % from print to print, and the toe and the rounding of the knee, of which nothing is known, by half, with 1 MPa of what is
# independent from point to point (`fplib.experts.Standardised`). No label was used for it, but we made the generator too: its moduli scatter by {glue:text}`lattice-moduli:.0f` %, so the assumption is a good one here and need not be elsewhere; {numref}`tbl-lattice-scatter` has others.
# Where curves scatter along the derivatives of the law itself, such weights leave the least-squares fit as it is {cite:p}`zyskind1967canonical`. The law with a toe supplies ours, so for the expert that is an approximation.
#
# The expert is the paper's: elastic up to a yield strain, linear hardening beyond {eq}`eq-expert-hardening`, fitted to the responsibility-weighted mean curve. Between two neighbouring points the best knee has a closed form, and all pairs of neighbours are tried, so the fit is the best there is (`fplib.experts.LinearHardening.least_squares`).


# %%
def in_units_of_scatter(data, scatter):
    """The expert for one data set, its limits and its expected covariance from training lattices."""
    curves = votes.one_view(data.train, lattices_of)["curve"].astype(float)
    limits = {"strain": float(data.t[-1]), "stress": float(curves.max())}
    law, rounded = experts.ScaledHardening(**limits), experts.RoundedHardening(**limits)
    t, middle = data.t / law.strain, curves.mean(axis=0) / law.stress
    typical = rounded.least_squares(t, middle[np.newaxis])[0]
    relative = np.array([scatter] * 3 + [0.5] * 2)  # toe and rounding are anybody's guess
    directions = experts.parameter_directions(rounded, t, typical, relative)
    return experts.Standardised(law, middle, directions, noise=1.0 / law.stress)


def seen(data, expert):
    """The data set as the model sees it."""

    def view(split):
        curve = expert.standardise(split["curve"].astype(float) / expert.law.stress)
        both = {"image": prepared(split["image"]), "curve": curve.astype(np.float32)}
        return fp.data.Split(both, ids=split.ids, labels=split.labels)

    views = {name: view(getattr(data, name)) for name in ("train", "validation", "test")}
    return replace(data, t=data.t.astype(float) / expert.law.strain, **views)


# %%
curves, kinds = whole.train["curve"].astype(float), whole.train.labels
centred = np.concatenate([curves[kinds == k] - curves[kinds == k].mean(axis=0) for k in (0, 1)])
points = experts.effective_points(centred)
known = [data.info["kinds"][kind] for kind in KINDS]
moduli = 100 * np.mean([k["std"]["modulus"] / k["mean"]["modulus"] for k in known])
paperbook.glue("lattice", points=points, scatter=100 * scatter, moduli=moduli)
points

# %% [markdown]
# ## Training and scoring
#
# Two clusters in two latent dimensions, smaller networks than for digits, and the start from the physics that is described in {ref}`sec-presets`, held for four epochs. Each set of lattices
# is trained on several times, from seeds that decide the search for the start, the initial weights, the order of the batches and the noise, and the bound on the held-out lattices chooses one of the models; labels are read after that.


# %%
architecture = Architecture(
    image_channels=(8, 16),
    curve_channels=(8, 16),
    stride=2,
    image_hidden=(64,),
    curve_hidden=(32,),
    decoder_hidden=(64,),
    decoder_channels=(16, 16, 8),
    log_variance_bound=8.0,
)


# %%
def train(views, expert, latent_dim, seed, checkpoint=None):
    """One model, both stages; no label is read."""
    image = fp.Image("image", views.train["image"].shape[1:])
    model = fp.FingerprintModel(
        [image, fp.Curve("curve", views.t, expert)],
        clusters=2,
        latent_dim=latent_dim,
        architecture=architecture,
        seed=seed,
    )
    common = {"batch_size": 64, "shards": 1, "warmup_steps": 20, "checkpoint": checkpoint}
    joint = {"learning_rate": 4e-3, "frozen_epochs": 4, "expert_variance": "fixed", "shift": 0}
    model.fit(views.train, views.validation, epochs=epochs, **joint, **common)
    model.fit_crossmodal(
        views.train, epochs=epochs_crossmodal, learning_rate=2e-3, shift=4, **common
    )
    return model


# %% [markdown]
# A verdict on a lattice is the mean of the responsibilities of its four tiles. Besides the accuracies a run notes the parameters of each kind with their intervals, three ways:
#
# - the **expert**'s, fitted to the mean curve of the cluster, with a bootstrap over lattices {cite:p}`efron1993bootstrap` that keeps the responsibilities;
# - the same, **refitted**: each draw of the bootstrap fits experts and responsibilities in turn until they agree. What the networks say of each lattice stays, so the networks are taken for known;
# - the mean over the **prints** of a cluster, each fitted alone with a law that also has a toe and a rounded knee, with Student's interval. The photographs alone decide
#   which prints count as the cluster's, because a curve that decided which mean it enters would bias that mean towards itself.


# %%
def verdicts(model, split, sources=("image", "curve"), assignment="mean_field"):
    """Responsibilities of every lattice, the mean over its tiles, (G, C)."""
    views = {name: split[name] for name in sources}
    return votes.vote(lattices_of(split.ids), model.responsibilities(views, assignment))[1]


def physical(law, parameters):
    """Quantities in MPa and strain, (..., Q)."""
    return np.stack([law.physical(parameters)[name] for name in PARAMETERS], axis=-1)


# %% tags=["hide-input"]
def refitted(model, parts, t, expert):
    """The expert's parameters when every draw of the bootstrap assigns the lattices anew."""
    evidence = [refitting.latent_evidence(model, part, lattices_of) for part in parts]
    once = [votes.one_view(part, lattices_of)["curve"] for part in parts]
    evidence, curves = (np.concatenate(x).astype(float) for x in (evidence, once))
    theta, noise = model.expert_parameters["curve"], model.expert_log_variance["curve"]
    theta, noise = (x.numpy().astype(float) for x in (theta, noise))
    assign = refitting.mean_field(expert, t, curves, evidence, noise)
    try:
        return refitting.refitted_interval(
            expert, t, curves, assign, theta, lambda p: physical(expert.law, p)
        )
    except ValueError:  # a cluster of one lattice in most draws
        return None


# %% tags=["hide-input"]
def estimates(model, data, views, expert):
    """Clusters' parameters in MPa, three ways, with 95 % intervals, from all lattices but the test's."""
    law, rounded = expert.law, experts.RoundedHardening(expert.law.strain, expert.law.stress)
    once = [votes.one_view(split, lattices_of) for split in (data.train, data.validation)]
    measured = np.concatenate([split["curve"] for split in once]).astype(float) / law.stress
    parts = views.train, views.validation
    both = np.concatenate([verdicts(model, part) for part in parts])
    image = np.concatenate([verdicts(model, part, ["image"], "from_z") for part in parts])
    if min(np.bincount(gamma.argmax(axis=1), minlength=2).min() for gamma in (both, image)) < 2:
        return {}, {}  # scatter cannot be judged from one lattice
    each = physical(rounded, rounded.least_squares(views.t, measured))
    return {
        "expert": expert_interval(law, views.t, both, measured, lambda p: physical(law, p)),
        "refitted": refitted(model, parts, views.t, expert),
        "prints": mean_interval(each, image),
    }, metrics.match_clusters(np.concatenate([s.labels for s in once]), both.argmax(axis=1))


# %% tags=["hide-input"]
def against_truth(model, data, views, expert):
    """Estimates, ends of intervals and truths, and the share of the prints' truths covered."""
    found, matched = estimates(model, data, views, expert)
    scores, covered = {}, []
    for cluster, kind in ((c, KINDS[label]) for c, label in matched.items()):
        judged = {way: interval for way, interval in found.items() if interval is not None}
        for (column, name), (way, interval) in product(enumerate(PARAMETERS), judged.items()):
            against = "population" if way == "prints" else "apparent"
            ends = {end: x[cluster, column] for end, x in interval._asdict().items()}
            ends["truth"] = data.info["kinds"][kind][against][name]
            scores |= {f"{way}.{kind}.{name}.{end}": value for end, value in ends.items()}
            if way == "prints":
                covered.append(ends["low"] <= ends["truth"] <= ends["high"])
    return scores | ({"prints.held": np.mean(covered)} if covered else {})


# %% [markdown]
# On the test lattices a run also measures how far a curve predicted from the photograph is from the one measured, and a photograph predicted from the curve from the one taken.


# %%
def predicted(model, views, expert, gamma):
    """Mean and standard deviation of curves, a mixture of the experts, MPa, (N, T) each."""
    curves = expert.law.predict(views.t, model.expert_parameters["curve"].numpy().astype(float))
    noise = np.exp(model.expert_log_variance["curve"].numpy().astype(float))
    within = noise[:, np.newaxis] * np.diag(expert.covariance())
    mean = gamma @ curves
    variance = gamma @ (within + np.square(curves)) - np.square(mean)
    return expert.law.stress * mean, expert.law.stress * np.sqrt(variance)


def rms(error):
    """Root of the mean square."""
    return np.sqrt(np.mean(np.square(error, dtype=float)))


# %%
def crossmodal(model, data, views, expert):
    """Errors of curves from photographs and of photographs from curves, on the test lattices."""
    once, view = (votes.one_view(split, lattices_of) for split in (data.test, views.test))
    gamma = verdicts(model, views.test, ["image"], "from_z")
    mean, deviation = predicted(model, views, expert, gamma)
    image, _ = model.infer({"curve": view["curve"]}, "image", samples=8)
    return {
        "error.curve": rms(mean - once["curve"]),
        "error.curve_baseline": rms(data.train["curve"].mean(axis=0) - once["curve"]),
        "coverage.curve": metrics.coverage(
            once["curve"][:, 1:], mean[:, 1:], np.square(deviation[:, 1:])
        ),
        "error.image": rms(image - view["image"]),
        "error.image_baseline": rms(views.train["image"].mean(axis=0) - view["image"]),
    }


# %% [markdown]
# For each source it records the confusion of the kinds, and how many lattices the photograph alone and the fusion of both name differently.


# %% tags=["hide-input"]
def outcomes(model, split):
    """Confusion of the test lattices by source, and those that only one of two sources names rightly."""
    labels = votes.one_view(split, lattices_of).labels
    named = {"both": verdicts(model, split)}
    named |= {name: verdicts(model, split, [name], "from_z") for name in ("image", "curve")}
    named = {name: gamma.argmax(axis=1) for name, gamma in named.items()}
    found = {
        f"confusion.{name}": discordant.confusion(labels, clusters)
        for name, clusters in named.items()
    }
    alone, fused = discordant.discordant(labels, named["image"], named["both"])
    return found | {"discordant.image": alone, "discordant.both": fused}


# %% [markdown]
# The rivals are what a reader would try first: k-means and a mixture on the curves, k-means on the tiles and on the power spectra of the photographs, which do not know where in the frame a pattern lies; and, with the labels in hand, a linear discriminant on the curves.


# %%
def baselines(data, views):
    """Accuracy of k-means and mixtures on the test lattices, and what labels could do."""
    train, test = (votes.one_view(split, lattices_of) for split in (data.train, data.test))
    curves, measured = train["curve"].astype(float), test["curve"].astype(float)
    plane = PCA(3, random_state=0).fit(curves)
    low, new = plane.transform(curves), plane.transform(measured)
    mixture = GaussianMixture(2, n_init=10, random_state=0)
    guesses = {
        "kmeans": KMeans(2, n_init=10, random_state=0).fit(curves).predict(measured),
        "gmm": mixture.fit(low).predict(new),
        "supervised": LinearDiscriminantAnalysis().fit(low, train.labels).predict(new),
    }
    tiles, others = (split["image"].reshape(split.n, -1) for split in (views.train, views.test))
    space = PCA(10, random_state=0).fit(tiles)
    by_tile = KMeans(2, n_init=10, random_state=0).fit(space.transform(tiles))
    score = metrics.clustering_accuracy
    return {
        f"baseline.curve.{name}.lattice": score(test.labels, guess)
        for name, guess in guesses.items()
    } | {
        "baseline.image.kmeans.tile": score(
            data.test.labels, by_tile.predict(space.transform(others))
        )
    }


# %%
def spectra(whole):
    """Accuracy of k-means on the power spectra of the photographs."""
    taken, others = (photographs.power_spectrum(s["image"]) for s in (whole.train, whole.test))
    guess = KMeans(2, n_init=10, random_state=0).fit(taken).predict(others)
    right = metrics.clustering_accuracy(whole.test.labels, guess)
    return {"baseline.image.spectrum.lattice": right}


# %%
def restarted(data, expert, latent_dim, checkpoint):
    """All restarts on one set of lattices; the held-out bound chooses one, then labels score."""
    views = seen(data, expert)
    folders = [checkpoint and checkpoint / f"restart_{r}" for r in range(restarts)]
    models = [train(views, expert, latent_dim, r, folder) for r, folder in enumerate(folders)]
    bounds = [model.score(views.validation) for model in models]
    each = [votes.evaluate_votes(model, views.test, lattices_of) for model in models]
    best = int(np.argmax(bounds))
    scores = each[best] | {"elbo.validation": bounds[best], "restarts.elbo": bounds}
    scores["restarts.elbo_training"] = [model.history_[-1]["elbo"] for model in models]
    for name, way in {"": "multimodal.mean_field", "_image": "image.from_z"}.items():
        scores[f"restarts.accuracy{name}"] = [e[f"accuracy.{way}.lattice"] for e in each]
    scores["test.lattices"] = len(set(lattices_of(data.test.ids)))
    asked = models[best], data, views, expert
    scores |= against_truth(*asked) | crossmodal(*asked)
    return scores | outcomes(models[best], views.test) | baselines(data, views), models[best]


# %%
about = {
    "load": fp.load,
    "synthetic_data": True,
    "notes": "Photographs and curves are synthetic, made by a generator.",
}


@paperbook.experiment(name="spread_{spread}_scatter_{scatter}_seed_{seed}", **about)
def run(seed, spread, scatter, checkpoint=None):
    """One set of lattices, at one setting of the dial and one assumption about scatter."""
    data, whole = (lattices(seed, spread, law, tiles=tiles) for tiles in (True, False))
    expert = in_units_of_scatter(data, scatter)
    scores, model = restarted(data, expert, latent_dim, checkpoint)
    return scores | spectra(whole), {"model": model, "data": data.hashes}


@paperbook.experiment(name="law_{law}_L{latent_dim}_seed_{seed}", **about)
def vary(seed, law, latent_dim, checkpoint=None):
    """The same with curves by another law, or another number of latent dimensions."""
    data = lattices(seed, spread, law)
    expert = in_units_of_scatter(data, scatter)
    scores, model = restarted(data, expert, latent_dim, checkpoint)
    return scores, {"model": model, "data": data.hashes}


# %%
wanted = [(seed, spread, scatter) for seed in seeds]
wanted += [(seed, other, scatter) for other in dial for seed in dial_seeds]
wanted += [(seed, spread, other) for other in scatters for seed in dial_seeds]
runs = [run(seed, float(at), float(assumed)) for seed, at, assumed in wanted]
others = [(law, other) for other in latent_dims] + [(other, latent_dim) for other in laws]
runs += [vary(seed, *each) for each in others for seed in vary_seeds]
model = runs[0]["model"]  # the one in the figures
expert = in_units_of_scatter(data, scatter)
views = seen(data, expert)
verdicts(model, views.test, ["image"], "from_z")[:3].round(3)  # from photographs alone

# %% tags=["hide-input"]
mine, published = paperbook.frame(runs), paperbook.published("lattice")


def of_kind(frame, by=law, dimensions=latent_dim):
    """The runs on curves by one law, with one number of latent dimensions."""
    by_law = frame["law"].fillna("softplus") if "law" in frame else "softplus"  # once the only one
    frame = frame.assign(law=by_law)
    return frame[(frame["law"] == by) & (frame["latent_dim"] == dimensions)]


def settled(frame, **kind):
    """Those at this page's setting of the dial and its assumption about scatter."""
    frame = of_kind(frame, **kind)
    return frame[(frame["spread"] == spread) & (frame["scatter"] == scatter)]


def best_known(**kind):
    """Published runs, or where there are none those of this build."""
    return settled(published, **kind) if len(settled(published, **kind)) else settled(mine, **kind)


shown = best_known()
len(shown)

# %% [markdown]
# Numbers below are those of the published runs, each on a set of lattices of its own; a setting that has none is shown by the runs of this build.
#
# ## Are the kinds found?
#
# {numref}`tbl-lattice-accuracy` counts test tiles and test lattices. A lattice has four tiles, and a tile says less than a lattice, so the two must not be mixed; the paper does not say which it counts, and only lattices allow
# its 94.74 % ({ref}`errata <sec-errata>`).


# %%
ways = {
    "multimodal.mean_field": "photograph + curve, mean field",
    "multimodal.from_z": "photograph + curve, from Z",
    "image.from_z": "photograph alone",
    "curve.from_z": "curve alone",
}
named = {
    f"accuracy.{way}.{unit}": f"{words}, per {unit}"
    for unit in ("lattice", "tile")
    for way, words in ways.items()
} | {
    "baseline.curve.kmeans.lattice": "k-means on the curves",
    "baseline.curve.gmm.lattice": "Gaussian mixture on three principal components of the curves",
    "baseline.image.kmeans.tile": "k-means on ten principal components of the tiles",
    "baseline.image.spectrum.lattice": "k-means on the power spectra of the photographs",
    "baseline.curve.supervised.lattice": "*with labels*: linear discriminant on the curves",
}


# %% tags=["hide-input"]
#| label: tbl-lattice-accuracy
#| caption: >-
#|   Accuracy on the synthetic test lattices over published runs, each on lattices of its own; *this run*: the first of
#|   this build. *Pooled*: right ones among the test lattices of all runs, Wilson's 95 % interval.
def knowing(metric):
    """Published runs that noted a metric; where none did, those of this build."""
    known = shown.dropna(subset=[metric]) if metric in shown else shown[:0]
    return known if len(known) else settled(mine)


def counted(metric):
    """How many test lattices of all runs are right, and how many there are."""
    known = knowing(metric)
    return int((known[metric] * known["test.lattices"]).round().sum()), int(
        known["test.lattices"].sum()
    )


def pooled(metric):
    """The same in words, with Wilson's interval."""
    right, total = counted(metric)
    low, high = metrics.interval(right, total)
    return f"{right} of {total}, {100 * low:.1f}–{100 * high:.1f} %"


rows = pd.concat([paperbook.summary(knowing(name), {name: named[name]}) for name in named])
rows = rows[["median", "min", "max"]]
rows.insert(0, "this run", [runs[0].metrics[metric] for metric in named])
rows["pooled"] = [pooled(metric) if "lattice" in metric else "–" for metric in named]
rows = rows.rename_axis("from").rename(columns={"min": "worst", "max": "best"})
paperbook.table(rows, percents=["this run", "median", "worst", "best"])

# %% tags=["hide-input"]
low, high = metrics.interval(18, 19)
shares = {
    "multimodal": "accuracy.multimodal.mean_field.lattice",
    "image": "accuracy.image.from_z.lattice",
    "curve": "accuracy.curve.from_z.lattice",
    "supervised": "baseline.curve.supervised.lattice",
    "spectrum": "baseline.image.spectrum.lattice",
    "mixture": "baseline.curve.gmm.lattice",
}
shares = {
    name: right / total
    for name, (right, total) in ((name, counted(metric)) for name, metric in shares.items())
}
paperbook.glue("lattice-paper", low=100 * low, high=100 * high)
paperbook.glue("lattice-share", **{n: paperbook.percent(x, 1) for n, x in shares.items()})
tiles_right = paperbook.percent(
    knowing("baseline.image.kmeans.tile")["baseline.image.kmeans.tile"].mean()
)
paperbook.glue("lattice-share", tiles=tiles_right)

# %% [markdown]
# The paper reports 94.74 % from each: most likely 18 of 19 lattices in one split ({ref}`erratum 21 <erratum-21>`), whose 95 % interval runs from {glue:text}`lattice-paper-low:.0f` to {glue:text}`lattice-paper-high:.0f` %. Ours come from other specimens, whose difficulty we set ourselves; that the numbers
# lie close to each other or far apart says nothing about either.
#
# The modalities can be compared among themselves, on the same synthetic specimens. Of all test lattices the model names {glue:text}`lattice-share-multimodal` rightly from both measurements (mean field),
# {glue:text}`lattice-share-image` from the photograph alone, and {glue:text}`lattice-share-curve` from the curve alone. The curves of soft gyroids and stiff octets overlap; with the labels in hand a linear discriminant on the curves gets
# {glue:text}`lattice-share-supervised`. The mean field adds the likelihood of the curve to what the photograph says, and the curve can overrule the photograph.
#
# {numref}`tbl-lattice-confusion` shows who is taken for whom.


# %% tags=["hide-input"]
#| label: tbl-lattice-confusion
#| caption: >-
#|   Test lattices of all runs (synthetic) by kind and by the kind that they are named.
counts = knowing("confusion.both")
words = {"both": "photograph + curve", "image": "photograph alone", "curve": "curve alone"}
pairs = [f"{true}, named {guess}" for true in KINDS for guess in KINDS]
sums = {words[w]: np.sum(counts[f"confusion.{w}"].tolist(), axis=0) for w in words}
paperbook.table(pd.DataFrame(sums, index=pairs).T.rename_axis("from"))

# %% tags=["hide-input"]
alone, fused = (counts[f"discordant.{way}"] for way in ("image", "both"))
p = discordant.mcnemar(int(alone.sum()), int(fused.sum()))
sign = 0 if p >= 0.05 else np.sign(fused.sum() - alone.sum())
verdict = {-1: "does worse than", 0: "cannot be told from", 1: "does better than"}[int(sign)]
sets_of = {"lost": int((alone > fused).sum()), "won": int((fused > alone).sum())}
only = {"alone": int(alone.sum()), "fused": int(fused.sum()), "runs": len(counts)}
by_set = paperbook.number(discordant.mcnemar(*sets_of.values()), 2)
tests = {"p": paperbook.number(p, 2), "p_sets": by_set}
paperbook.glue("lattice-fusion", verdict=verdict, **tests, **only, **sets_of)

# %% [markdown]
# The photograph alone is right about {glue:text}`lattice-fusion-alone` lattices that the fusion gets wrong, the fusion about {glue:text}`lattice-fusion-fused` that the photograph gets wrong; fusion loses in {glue:text}`lattice-fusion-lost` sets of {glue:text}`lattice-fusion-runs` and gains in {glue:text}`lattice-fusion-won`.
# By McNemar's exact test over lattices ($p$ = {glue:text}`lattice-fusion-p`) the fusion {glue:text}`lattice-fusion-verdict` the photograph. That test takes the lattices of one set for independent, though one model names them all; the same test over whole sets, losses against gains, has $p$ = {glue:text}`lattice-fusion-p-sets`. No network is needed for the photographs: k-means on their power spectra, which knows no curve, no label
# and no place in the frame, names {glue:text}`lattice-share-spectrum` rightly. So what the joint model adds can only lie in the curves and their physics.
#
# ## Physics, in MPa
#
# {numref}`fig-lattice-experts` shows the two experts of this run, and {numref}`tbl-lattice-parameters` what they say. The bootstrap is over lattices: the scatter from print to print is what limits the knowledge of a mean.


# %%
once = votes.one_view(data.train, lattices_of)
gamma, curves = verdicts(model, views.train), once["curve"].astype(float)
matched = metrics.match_clusters(once.labels, gamma.argmax(axis=1))
clusters = sorted(range(2), key=lambda c: matched.get(c, 9))
kind_of = [KINDS[matched[c]] if c in matched else "unmatched" for c in clusters]
theta = model.expert_parameters["curve"].numpy().astype(float)[clusters]
pd.DataFrame(expert.law.physical(theta), index=kind_of)  # MPa, strain

# %% tags=["hide-input"]
#| label: fig-lattice-experts
#| caption: >-
#|   Compression curves of the synthetic training lattices in the colour of their cluster, with its expert (solid) and
#|   a law with a toe and a rounded knee (dashed). Below, the start of the curves; dots are the means.
means = (gamma.T @ curves / gamma.sum(axis=0)[:, np.newaxis])[clusters]
rounded = experts.RoundedHardening(expert.law.strain, expert.law.stress)
softer = rounded.least_squares(views.t, means / expert.law.stress)
plots.show(
    figures.compression_curves,
    data.t,
    curves,
    np.argsort(clusters)[gamma.argmax(axis=1)],
    {
        "expert": expert.law.stress * expert.law.predict(views.t, theta),
        "with toe and rounded knee": expert.law.stress * rounded.predict(views.t, softer),
    },
    names=kind_of,
    zoom=0.06,
    alt="Two bundles of stress-strain curves, the gyroids' above, each with its two-piece expert; below, the first six per cent of strain.",
)


# %% tags=["hide-cell"] mystnb={"code_prompt_show": "Show the parameters of this run", "code_prompt_hide": "Hide the parameters of this run"}
#| label: tbl-lattice-parameters
#| caption: >-
#|   Parameters of the two kinds as found without labels, with 95 % intervals, beside the truth of the generator (this
#|   run). For the expert, truth is the best two-piece curve through the population's mean curve; for the prints, the
#|   population's mean parameter.
def in_unit(name, value):
    """A parameter in its unit: MPa, or strain in per cent."""
    return f"{100 * value:.2f} %" if name == "yield_strain" else f"{value:.4g} MPa"


origin = {"expert": "expert", "refitted": "expert, refitted", "prints": "mean of the prints"}
here = recorded_intervals(mine.head(1))
rows = [
    (
        row.kind,
        row.quantity.replace("_", " "),
        origin[row.way],
        in_unit(row.quantity, row.estimate),
        f"{in_unit(row.quantity, row.low)} – {in_unit(row.quantity, row.high)}",
        in_unit(row.quantity, row.truth),
    )
    for row in here.itertuples()
]
names = ["kind", "quantity", "from", "estimate", "95 % interval", "truth"]
paperbook.table(
    pd.DataFrame(rows, columns=names), index=False, formats=dict.fromkeys(names[3:], "")
)

# %% [markdown]
# The truth differs between the ways because the expert has a sharp knee and no toe: machine compliance and seating, which are in every real curve, take a share off its modulus. Against the truth softened in the same way its intervals cover {glue:text}`lattice-softened-expert` with the
# responsibilities kept, and {glue:text}`lattice-softened-refitted` with them refitted.
#
# ### Are the parameters the physical ones?
#
# The paper calls its experts interpretable. If they are, their parameters are those of the specimens: the means over the population that the prints were drawn from, the yield strain included. {numref}`tbl-lattice-held` asks every interval for them.


# %% tags=["hide-input"]
makers = {
    "softplus": "softplus knee (default)",
    "menegotto": "Menegotto–Pinto, as sharp",
    "gradual": "Menegotto–Pinto, half as sharp",
}
fits = {
    "expert": "the paper's expert, responsibilities kept",
    "refitted": "the paper's expert, responsibilities refitted",
    "prints": "toe and softplus knee, print by print",
}


def judged(by):
    """Intervals of all ways on curves by one law, against the means of the population."""
    found = recorded_intervals(population_truth(best_known(by=by)))
    return found.assign(bias=found["estimate"] / found["truth"] - 1, by=by)


def told(part):
    """How many intervals hold the truth, and the median bias."""
    bias = f"{100 * part['bias'].median():+.0f}".replace("-", "−")
    return f"{part['covered'].sum()} of {len(part)} ({bias} %)"


judgements = pd.concat([judged(by) for by in makers])

# %% tags=["hide-input"]
#| label: tbl-lattice-held
#| caption: >-
#|   95 % intervals that hold the mean of the population, over both kinds and all runs (synthetic lattices, a new set
#|   in each run); in brackets the median bias of the estimate. By the law that made the curves, and by what was fitted.
cells = judgements.groupby(["by", "way", "quantity"], sort=False)[["covered", "bias"]].apply(told)
cells = cells.unstack("quantity", sort=False) if len(cells) else pd.DataFrame()
order = [(by, way) for by in makers for way in fits if (by, way) in cells.index]
rows = cells.reindex(order)
rows.insert(0, "fitted", [fits[way] for _, way in order])
rows.insert(0, "curves made by", [makers[by] for by, _ in order])
rows = rows.rename(columns=lambda name: name.replace("_", " "))
paperbook.table(rows, index=False, formats=dict.fromkeys(rows.columns[2:], ""))

# %% tags=["hide-input"]
#| label: fig-lattice-parameters
#| caption: >-
#|   Estimates of the population's mean parameters with 95 % intervals, in per cent of the truth (synthetic lattices):
#|   by the paper's expert, and from fits of single prints with the generator's formula. A line a run; red crosses miss
#|   the truth.
groups = {}
usual = judgements[judgements["by"] == law]
for (way, kind, name), part in usual.groupby(["way", "kind", "quantity"], sort=False):
    ends = part[["estimate", "low", "high", "truth"]].to_dict("list")
    row = {"name": f"{kind}, {name.replace('_', ' ')}"} | ends
    if way != "refitted":
        groups.setdefault({"expert": "the paper's expert"}.get(way, "print by print"), []).append(
            row
        )
if groups:  # or no run found two clusters
    plots.show(
        lattice_scores.parameter_intervals,
        groups,
        alt="Horizontal intervals for each quantity and kind: the expert's lie beside one hundred per cent for modulus and yield strain, those of the prints about it.",
    )

# %% tags=["hide-input"]
for by, way, name in product(makers, fits, PARAMETERS):
    part = judgements.query("by == @by and way == @way and quantity == @name")
    share = told(part) if len(part) else paperbook.percent(None)
    paperbook.glue("lattice-holds", **{f"{by}-{way}-{name}": share})
part = judgements.query("by == @law and way == 'expert'").groupby("quantity", sort=False)
fails = [name.replace("_", " ") for name, held in part["covered"].mean().items() if held < 0.8]
paperbook.glue("lattice-expert", fails=", ".join(fails) or "none of the four")
softened = recorded_intervals(shown)
for way in ("expert", "refitted"):
    part = softened[softened["way"] == way]
    told_of = f"{part['covered'].sum()} of {len(part)}" if len(part) else paperbook.percent(None)
    paperbook.glue("lattice-softened", **{way: told_of})

# %% [markdown]
# **For the paper's expert the answer is no for {glue:text}`lattice-expert-fails`**, if a 95 % interval should hold at least four times of five. Its intervals hold the modulus in {glue:text}`lattice-holds-softplus-expert-modulus` and the yield strain in {glue:text}`lattice-holds-softplus-expert-yield-strain`; the yield stress in
# {glue:text}`lattice-holds-softplus-expert-yield-stress` and the hardening modulus in {glue:text}`lattice-holds-softplus-expert-hardening-modulus` (bias in brackets). Modulus and yield strain depend on the start of the curve, where the law is not what the curve is, and bias of this kind grows worse with more specimens: the intervals shrink about
# the wrong place. Refitting the responsibilities adds what is not known about who belongs where, and the modulus is held in {glue:text}`lattice-holds-softplus-refitted-modulus`; what a bias hides, no bootstrap sees.
#
# **The richer law does better because it is the generator's own formula.** Fitting data with the formula that made them is called an inverse crime: it shows that the arithmetic is right, not that the physics is. So the same prints were crushed by another law, that of Menegotto and Pinto for steel {cite:p}`menegotto1973steel`, with the same modulus,
# yield point and hardening, and the same toe. With a knee as sharp as before, the prints' intervals hold the modulus in {glue:text}`lattice-holds-menegotto-prints-modulus`; with one half as sharp, in {glue:text}`lattice-holds-gradual-prints-modulus`, and the yield strain in
# {glue:text}`lattice-holds-gradual-prints-yield-strain`. How a real lattice passes its knee is not known beforehand, so no number of the first rows may be expected of real specimens.
#
# The estimator of the prints was also changed after its first result had been seen. When the responsibilities of photograph and curve together sorted the prints, 86 % of its intervals for modulus, yield stress and hardening covered, on the sets that are shown here. Photographs alone then sorted them, and it was 97 %. There is a reason:
# an error of a curve goes in the direction that suits the cluster that gets it, a soft gyroid counted among the octets, while an error of a photograph has nothing to do with the curve. But the reason was looked for, and no new sets have tested it.
# And since the photographs name {glue:text}`lattice-share-image` of the test lattices rightly, the prints are sorted almost as their labels would sort them: these intervals say how well single prints are measured, and little about what clustering adds to that.
#
# ## One measurement from the other
#
# The paper's Figure 1 promises the expensive measurement from the cheap one. {numref}`fig-lattice-curves` does that on test lattices: the photograph says which kind it is, and the experts say what that kind does.


# %%
once, view = (votes.one_view(split, lattices_of) for split in (data.test, views.test))
gamma = verdicts(model, views.test, ["image"], "from_z")  # from the photographs alone
mean, deviation = predicted(model, views, expert, gamma)
image, _ = model.infer({"curve": view["curve"]}, "image", samples=8)  # from the curves alone
some = np.concatenate([np.flatnonzero(once.labels == k)[:2] for k in (0, 1)])

# %% tags=["hide-input"]
#| label: fig-lattice-curves
#| caption: >-
#|   Curves predicted from photographs alone (blue: mean and 95 % band) over the measured ones (orange), which the
#|   model did not see; dashed, the mean training curve. Synthetic lattices, one run; shown: the first of the four
#|   tiles predicted from.
names = [KINDS[label] for label in once.labels[some]]
plots.show(
    figures.predicted_curves,
    view["image"][some],
    data.t,
    once["curve"][some],
    mean[some],
    deviation[some],
    names,
    baseline=data.train["curve"].mean(axis=0),
    alt="Four tiles, and under each a predicted stress-strain curve with its band and the measured curve inside it.",
)

# %% tags=["hide-input"]
#| label: fig-lattice-images
#| caption: >-
#|   Photographs predicted from the curve alone, above a tile of the same test lattice (synthetic, evenly lit, as
#|   the encoder sees them) and the mean of all training tiles, which asks for no curve. One run.
average = np.repeat(views.train["image"].mean(axis=0)[np.newaxis], len(some), axis=0)
plots.show(
    figures.predicted_images,
    data.t,
    once["curve"][some],
    {"predicted": image[some], "photograph": view["image"][some], "mean": average},
    names,
    alt="Four stress-strain curves; under each the blurred image decoded from it, a tile of the lattice, and the mean of all tiles.",
)

# %% tags=["hide-input"]
#| label: tbl-lattice-inference
#| caption: >-
#|   Cross-modal inference on synthetic test lattices: root mean square error, that of the training mean, the runs in
#|   which the inference is better, and the share of curve points within the 95 % band; medians over published runs.
#|   MPa, and grey values.
middle = shown.median(numeric_only=True)
better = {
    to: int((shown[f"error.{to}"] < shown[f"error.{to}_baseline"]).sum())
    for to in ("curve", "image")
}
paperbook.glue("lattice-better", **better, runs=len(shown))
paperbook.table(
    pd.DataFrame(
        {
            "from": ["photograph", "curve"],
            "to": ["curve", "photograph"],
            "error": [middle["error.curve"], middle["error.image"]],
            "training mean": [middle["error.curve_baseline"], middle["error.image_baseline"]],
            "better in": [f"{better[to]} of {len(shown)} runs" for to in ("curve", "image")],
            "within the band": [middle["coverage.curve"], None],
        }
    ),
    index=False,
    formats=dict.fromkeys(["error", "training mean"], lambda error: paperbook.number(error, 4))
    | {"within the band": lambda share: paperbook.percent(share, 1)},
)

# %% [markdown]
# To be of use an inference has to beat the mean of all training lattices ({numref}`tbl-lattice-inference`). Curves from photographs are closer than the mean curve in {glue:text}`lattice-better-curve` of {glue:text}`lattice-better-runs` runs. Photographs from curves are closer than the mean photograph in {glue:text}`lattice-better-image` of {glue:text}`lattice-better-runs`; where that is seldom,
# a photograph is predicted as well without the curve.
#
# A photograph tells the kind and, to this model, nothing more: within a kind, every lattice is predicted the same curve, because the experts depend on the cluster alone. The prints differ in stiffness, and the band has to
# hold that. The decoded photographs are the mean texture of a kind, since where the pattern lies in the frame is not in two latent numbers.
#
# ## Restarts, and whether the choice can be trusted
#
# Each set was trained on from several seeds, and the bound on the held-out lattices chose.


# %% tags=["hide-input"]
def chosen_by(bound, accuracy):
    """Mean accuracy of the restarts that a bound chooses, where there was a choice."""
    several = knowing(bound)
    several = several[several["restarts.elbo"].map(len) > 1]
    pairs = several[[bound, f"restarts.{accuracy}"]].to_numpy()
    return pd.Series([a[np.argmax(bounds)] for bounds, a in pairs], dtype=float).mean()


for source in ("accuracy", "accuracy_image"):
    found = {"chosen": "restarts.elbo", "training": "restarts.elbo_training"}
    found = {rule: chosen_by(bound, source) for rule, bound in found.items()}
    several = shown[shown["restarts.elbo"].map(len) > 1]
    found["blind"] = several[f"restarts.{source}"].map(np.mean).astype(float).mean()
    paperbook.glue(f"lattice-{source}", **{r: paperbook.percent(x) for r, x in found.items()})
both = knowing("restarts.elbo_training")
both = both[both["restarts.elbo"].map(len) > 1]
rules = [both[name].map(np.argmax) for name in ("restarts.elbo", "restarts.elbo_training")]
paperbook.glue("lattice-rules", agree=int((rules[0] == rules[1]).sum()), sets=len(both))
worst = shown["restarts.accuracy"].map(min).min()
paperbook.glue("lattice", accuracy_worst=paperbook.percent(worst))

# %% [markdown]
# On average the chosen restart has an accuracy of {glue:text}`lattice-accuracy-chosen` from both modalities and {glue:text}`lattice-accuracy_image-chosen` from the photograph, and a restart chosen blindly {glue:text}`lattice-accuracy-blind` and
# {glue:text}`lattice-accuracy_image-blind`. The paper chooses by the lowest loss in training, without held-out lattices; among the same restarts that rule gives {glue:text}`lattice-accuracy-training` and {glue:text}`lattice-accuracy_image-training`, and both rules choose the same restart in {glue:text}`lattice-rules-agree` of {glue:text}`lattice-rules-sets` sets. The bound is mostly one of pixels. The worst of all restarts has {glue:text}`lattice-accuracy-worst` from both; where every restart does well, a rule has little to choose.
#
# ## One, two or three latent dimensions
#
# The paper takes two for the lattices and does not say what others give. {numref}`tbl-lattice-dimensions` tries one and three, on the same sets.


# %% tags=["hide-input"]
def dimension(l):
    """One row: accuracies with l latent dimensions, and the bound against two of the same sets."""
    known = best_known(dimensions=l)
    known = known[known["seed"].isin(shared)]  # sets that every dimension was tried on
    beside = published if len(settled(published, dimensions=l)) else mine
    bounds = (
        settled(beside, dimensions=n).set_index("seed")["elbo.validation"] for n in (l, latent_dim)
    )
    lead = paired.compare(*pd.concat(bounds, axis=1, join="inner").to_numpy(float).T)
    ends = f"{lead.mean:+.1f} ({lead.low:+.1f} to {lead.high:+.1f})" if lead.n > 1 else "–"
    ends = ends.replace("-", "−")
    medians = {words: known[metric].median() for words, metric in sources.items()}
    return medians | {
        "bound against two (nats)": "–" if l == latent_dim else ends,
        "runs": len(known),
    }


sources = {
    "both": "accuracy.multimodal.mean_field.lattice",
    "photograph": "accuracy.image.from_z.lattice",
    "curve": "accuracy.curve.from_z.lattice",
}
tried = [l for l in (1, 2, 3) if len(best_known(dimensions=l))]
shared = set.intersection(*(set(best_known(dimensions=l)["seed"]) for l in tried))

# %%
#| label: tbl-lattice-dimensions
#| caption: >-
#|   Latent dimensions: median accuracy per test lattice (synthetic), and the held-out bound a tile against that with
#|   two dimensions, the mean of pairs on the same set with Student's 95 % interval.
rows = pd.DataFrame([dimension(l) for l in tried], index=pd.Index(tried, name="latent dimensions"))
paperbook.table(rows, percents=list(sources), formats={"bound against two (nats)": ""})

# %% [markdown]
# ## How difficult is it?
#
# The generator has one dial, the spread of the prints of a kind. We set it to {glue:text}`lattice-dial` because a mixture that clusters the curves alone then comes near the paper's 94.74 % on a set of this size (on the test lattices here: {glue:text}`lattice-share-mixture`). Where our accuracies
# resemble the paper's, the resemblance was made: a match by design, and no evidence. The photographs have no dial, and whether they are hard depends on who looks: k-means on their tiles names {glue:text}`lattice-share-tiles` of the tiles rightly, little more than chance, k-means on their power spectra {glue:text}`lattice-share-spectrum` of the lattices. {numref}`fig-lattice-dial` turns the dial.


# %%
paperbook.glue("lattice", dial=f"{spread:g}")
# a set that is published counts once
sets = pd.concat([of_kind(mine), of_kind(published)])
sets = sets.drop_duplicates(["seed", "spread", "scatter"], keep="last")
sources |= {"k-means, curves": "baseline.curve.kmeans.lattice"}

# %% tags=["hide-input"]
#| label: fig-lattice-dial
#| caption: >-
#|   Accuracy per test lattice against the spread of the prints (synthetic lattices; a dot is a run on a set of its
#|   own, lines join medians). The expert's assumed scatter stays as it is.
turned = sets[sets["scatter"] == scatter]
plots.show(
    lattice_scores.difficulty,
    turned["spread"].tolist(),
    {words: turned[metric].tolist() for words, metric in sources.items()},
    alt="Accuracy falls as the prints differ more, that of k-means first.",
)

# %% tags=["hide-cell"] mystnb={"code_prompt_show": "Show other assumptions about scatter", "code_prompt_hide": "Hide other assumptions about scatter"}
#| label: tbl-lattice-scatter
#| caption: >-
#|   Median accuracy per test lattice against the scatter that the expert assumes (synthetic lattices, this page's
#|   setting of the dial).
assumed = sets[sets["spread"] == spread].groupby("scatter")
rows = pd.DataFrame({words: assumed[metric].median() for words, metric in sources.items()})
rows = rows.drop(columns="k-means, curves").assign(runs=assumed.size())
rows = rows.rename_axis("assumed scatter").rename(index=lambda share: f"{100 * share:.0f} %")
paperbook.table(rows, percents=["both", "photograph", "curve"])
