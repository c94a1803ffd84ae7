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
# Most pages of this book train with the preset `fast`. It reaches the paper's headline in minutes, and it is not the paper's recipe. This page runs the recipe as it is printed, until its bound no longer rises: the
# encoders of Appendix A, a random start, the responsibilities $p(c\mid Z)$ {eq}`eq-responsibilities`, experts updated by Adam with their noise held at $\hat\sigma_c=1$, and one learning
# rate, $1.97\cdot10^{-5}$, from the first step to the last. {numref}`tbl-presets` lists it setting by setting.
#
# Three things that the recipe needs are not in the paper ({ref}`erratum 17 <erratum-17>`): the batch size, the number of epochs, and the starting values. We take batches of 32, train until the bound on validation digits has been flat for a tenth of its length, and start as the authors' release does {cite:p}`pima2022release`.

# %% tags=["parameters"]
runs: list = [["paper", 0, 0.01], ["lapse_50", 0, 0.01]]  # recipe, seed, noise of the curve
digits: int = 2_000  # training digits, at most 54 000
steps: int = (
    1_500  # of the literal recipe at most; a lapse takes as many fewer as its rate is higher
)
batch_size: int = 32  # not given in the paper
held_out: int = 300  # validation digits on which the bound and the accuracy are watched

# %%
import warnings

import numpy as np
import pandas as pd
from scipy.spatial.distance import pdist

import fplib as fp
import paperbook
from fplib import metrics
from fplib.config import PRESETS
from fplib.evaluation import evaluate

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
    return {f"by_epoch.{name}": rounded(values) for name, values in columns.items()}


def rounded(values):
    """Numbers, or lists of them, to six significant digits."""
    if isinstance(values, list):
        return [rounded(value) for value in values]
    return values if isinstance(values, int) else float(f"{values:.6g}")


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
    modalities = [fp.Image("image", (28, 28)), fp.Curve("curve", data.t, fp.experts.Proportional())]
    model = fp.FingerprintModel(modalities, clusters=10, latent_dim=3, preset="paper", seed=seed)
    # a starving cluster is a finding here, and recorded
    warnings.simplefilter("ignore", fp.training.joint.StarvingClusterWarning)
    history = model.fit(
        data.train,
        watched,
        learning_rate=lapse * RATE,
        batch_size=batch_size,
        epochs=epochs,
        callback=watch(watched, least=epochs // 2),
        checkpoint=checkpoint,
        shards=1,
    )
    scores = evaluate(model, data.test) | {"elbo.validation": model.score(watched, "from_z")}
    scores |= {"stopped": float("stopped" in history[-1]), "epochs": len(history)}
    scores["slopes"] = model.expert_parameters["curve"].numpy()[:, 0].tolist()
    return scores | path(history, steps_per_epoch), {"model": model, "data": data.hashes}


# %%
mine = paperbook.frame([train(recipe, seed, noise_std) for recipe, seed, noise_std in runs])
published = paperbook.published("paper_preset")

# %%
#| label: tbl-preset-ends
#| caption: >-
#|   Where each published run ended: accuracy on the 10 000 test digits by the paper's estimator p(c|Z) and by the
#|   mean field, from image and (synthetic) curve together and from each alone.
ways = ["multimodal.from_z", "multimodal.mean_field", "image", "curve"]
columns = ["recipe", "noise_std", "seed", "epochs", *(f"accuracy.{way}" for way in ways)]
ends = published.reindex(columns=columns).rename(columns=lambda n: n.removeprefix("accuracy."))
paperbook.table(ends, percents=ways)

# %%
#| label: tbl-preset-mine
#| caption: >-
#|   What this build measured; it may have fewer digits and steps, see the parameters above. Columns as in
#|   {numref}`tbl-preset-ends`.
ends = mine.reindex(columns=columns).rename(columns=lambda n: n.removeprefix("accuracy."))
paperbook.table(ends, percents=ways)
