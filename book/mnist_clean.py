# ---
# jupyter:
#   jupytext: {text_representation: {extension: .py, format_name: percent}}
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# paperbook:
#   reads: ["results/mnist_clean/*.json", "results/bench/*.json", "results/latent_dimension/*.json"]
# ---

# %% [markdown]
# (sec-mnist-clean)=
# # MNIST with a clean curve
#
# :::{admonition} In short
# :class: in-short
#
# **Question.** Does an image learn the classes that a clean curve gives away?
#
# **Method.** Train on digits, each with a line whose slope is its label; test each view alone.
#
# **Finding.** Both together: {glue:text}`clean-both` (from $Z$); the image alone: {glue:text}`clean-image` (medians of the published seeds). {doc}`table1` has a simpler rival that does better.
# :::
#
# The first view $X_1$ is a handwritten digit {cite:p}`lecun1998gradient`. The second, $X_2=ct+\epsilon$, is a straight line whose slope is the digit
# $c$, with almost no noise; it is synthetic and made from the label, so training is given the label in another form ({ref}`sec-data` shows both). Sorting specimens by such lines is easy. The
# question is whether the *image* learns the classes well enough to name the digit when the line is not there.
#
# The model is the one of {ref}`sec-derivation`: two encoders fused by a product of experts, ten Gaussian clusters in three latent
# dimensions, a network that decodes images, and for the curve a physics expert per cluster, the line $E(t;\theta_c)=\theta_ct$.

# %% tags=["parameters"]
seeds: list = [0]  # one model is trained for each
digits: int = 54_000  # training digits, at most 54 000
noise_std: float = 0.01  # of the curve, per point, raw units
latent_dim: int = 3  # L
preset: str = "fast"  # "fast" or "paper"
epochs: int = 4  # of joint training
epochs_crossmodal: int = 16  # of unimodal training, each modality

# %%
import numpy as np

import fplib as fp
import paperbook
from book.analysis import trainings
from fplib import metrics, plots
from fplib.evaluation import evaluate

# %% [markdown]
# ## Training
#
# Training has two stages. The first fits the joint model to both modalities: it starts from a mixture of lines fitted to the
# curves alone, then alternates the streaming expectation-maximisation pass of {prf:ref}`alg-training` with an epoch of Adam on the negative
# bound. The second gives every modality an encoder of its own that imitates the joint posterior, so that either view can be used alone.
# Labels appear in the last line only, to score.


# %%
@paperbook.experiment(name="seed_{seed}", load=fp.load, synthetic_data=True)
def train(seed, checkpoint=None):
    """One model, both stages, scored on the 10 000 test digits."""
    data = fp.data.mnist(noise_std=noise_std, seed=seed, digits=digits)
    model = fp.FingerprintModel(
        [fp.Image("image", (28, 28)), fp.Curve("curve", data.t, fp.experts.Proportional())],
        clusters=10,
        latent_dim=latent_dim,
        preset=preset,
        seed=seed,
    )
    model.fit(data.train, data.validation, epochs=epochs, checkpoint=checkpoint)
    model.fit_crossmodal(data.train, epochs=epochs_crossmodal, checkpoint=checkpoint)
    scores = evaluate(model, data.test) | {"elbo.validation": model.score(data.validation)}
    return scores, {"model": model, "data": data.hashes}


# %%
runs = [train(seed) for seed in seeds]
model = runs[0]["model"]  # the one in the figures
data = fp.data.mnist(noise_std=noise_std, seed=seeds[0], digits=digits)
digit_of = metrics.match_clusters(data.test.labels, model.predict(data.test))
order = sorted(range(model.clusters), key=lambda c: digit_of.get(c, 99))

# %% [markdown]
# ## The latent space
#
# Each specimen becomes a point, the mean of its posterior. {numref}`fig-clean-latent` colours the points by the true digit. Clusters whose lines are
# alike lie next to each other, and here that is by design rather than by discovery: the `fast` preset places the ten centres along the order of the
# slopes before training. The paper reports that such an order *emerges*; {ref}`sec-noisy-order` and {doc}`order` test that from starts without it.

# %%
latent = model.transform(data.test)
latent[:3]

# %% tags=["hide-input"]
#| label: fig-clean-latent
#| caption: >-
#|   Ten groups stand apart in latent space: means of test specimens (image and synthetic curve), coloured by digit, with
#|   two standard deviations of the ten clusters. Training read no label but those that the slopes are. Drag, or use
#|   the arrow keys, to turn it.
space = latent, data.test.labels, model.means.numpy(), model.log_variances.numpy()
plots.show(
    plots.latent_space_3d,
    *space,
    turn=plots.turning(*space),
    alt="Three-dimensional scatter of latent means, ten separate groups of points along a curved path, each inside its ellipsoid.",
)

# %% [markdown]
# ## What the clusters generate
#
# A cluster is a generative model. Draw $Z\sim\mathcal N(\mu_c,\sigma_c^2I)$, decode it, and an image comes out ({numref}`fig-clean-images`). For the curve there is nothing to
# draw: the expert is the cluster's line, with its own noise level ({numref}`fig-clean-lines`).
#
# Draws from one cluster hardly differ. A likely reason: the model gives every pixel the variance one, as the paper's does, while grey values span zero to one. Drawing a stroke more faithfully then
# gains less likelihood than it costs in divergence to place $Z$ more precisely within its cluster.

# %%
drawn = [model.generate(c, n=5, seed=1)["image"] for c in order]
centre = model.decode(model.means.numpy())["image"][order]
slopes = model.expert_parameters["curve"].numpy()[:, 0]
noise = np.exp(0.5 * model.expert_log_variance["curve"].numpy())
{
    digit_of[c]: (round(float(slopes[c]), 3), round(float(noise[c]), 4))
    for c in order
    if c in digit_of
}

# %% tags=["hide-input"]
#| label: fig-clean-images
#| caption: >-
#|   Draws from one cluster hardly differ: images decoded at its centre and at three random draws of Z from it. Columns
#|   are named by the digit the cluster was matched with after training.
images = np.concatenate([centre[:, np.newaxis], np.stack(drawn)[:, :3]], axis=1)
plots.show(
    plots.decoded_images,
    images,
    [str(digit_of.get(c, "–")) for c in order],
    variants=["centre", *["draw"] * 3],
    alt="Grid of generated handwritten digits, one column for each of the ten clusters, each column showing one blurred digit again and again.",
)

# %% tags=["hide-input"]
#| label: fig-clean-lines
#| caption: >-
#|   Every expert lies on the mean of its cluster's curves, and the residuals are normal with the noise it learned.
#|   Synthetic curves of the test set, whose true slopes are the labels.
plots.show(
    plots.expert_lines,
    data.t,
    data.test["curve"],
    model.predict(data.test),
    model.expert_curves("curve").numpy(),
    noise,
    names=[digit_of.get(c, c) for c in range(model.clusters)],
    alt="Ten straight lines through the origin with slopes zero to nine, each through the dots of a mean curve, and a histogram of residuals that follows the normal density.",
)

# %%
slope_error = max(abs(slopes[c] - digit_of[c]) for c in digit_of)
paperbook.glue("clean", slope_error=paperbook.number(slope_error, 2), noise=noise.mean())

# %% [markdown]
# The largest error of a slope is {glue:text}`clean-slope-error`, and the mean learned noise is {glue:text}`clean-noise:.4f`; the curves were made with whole
# slopes and a standard deviation of 0.01.
#
# ## Accuracy
#
# Clusters have no names. Accuracy is the share of specimens whose cluster belongs to their digit under the best one-to-one matching of
# clusters and digits {eq}`eq-accuracy`, on 10 000 test digits that no stage of training saw. Two estimators are reported: the *mean-field* optimum, which also weighs
# the measured curve under each expert, and the paper's $p(c|Z)$ *from Z*, which sees the latent mean alone.

# %%
named = {
    "accuracy.multimodal.from_z": "image + curve, from Z",
    "accuracy.multimodal.mean_field": "image + curve, mean field",
    "accuracy.image.from_z": "image alone",
    "accuracy.curve.from_z": "curve alone",
}
this = paperbook.summary(paperbook.frame(runs), named)["median"]
published = paperbook.summary(paperbook.published("mnist_clean"), named)
medians = paperbook.published("mnist_clean").median(numeric_only=True)
both, image = (medians[f"accuracy.{source}.from_z"] for source in ("multimodal", "image"))
paperbook.glue("clean", both=paperbook.percent(both), image=paperbook.percent(image))
paperbook.glue("clean", **trainings.image_alone())

# %%
#| label: tbl-clean-accuracy
#| caption: >-
#|   Clustering accuracy on the 10 000 MNIST test digits with the clean synthetic curve. *This run*: when the book was
#|   built. The next columns: published runs of the full profile. *Paper*: "perfect" for both
#|   together, from Z; other rows as {ref}`our copy <sec-errata-lost>` has them.
shown = published[["median", "min", "max", "runs"]].assign(paper=[1.0, None, None, None])
shown.insert(0, "this run", this)
paperbook.table(shown, percents=["this run", "median", "min", "max", "paper"])

# %%
image_alone = metrics.confusion(
    data.test.labels, model.predict({"image": data.test["image"]}, assignment="from_z")
)
errors = image_alone.sum() - np.trace(image_alone[:, :10])
paperbook.glue("clean", image_errors=errors, image_band=100 * metrics.band_share(image_alone))

# %% [markdown]
# The image alone is the hard case. Its encoder learned from curves that came with the training digits, and here it has the picture and nothing else. In this run it misplaces
# {glue:text}`clean-image-errors` of 10 000 digits ({numref}`fig-clean-confusion`).
#
# The accuracy of the image alone has several values in this book, because the trainings differ. The published seeds above have {glue:text}`clean-image` after
# {glue:text}`clean-epochs` unimodal epochs on {glue:text}`clean-digits` digits. The timed run of {doc}`bench` has {glue:text}`clean-image-bench` after {glue:text}`clean-epochs-bench` epochs on {glue:text}`clean-digits-bench`; the runs of
# {doc}`latent_dimension` with three dimensions have {glue:text}`clean-image-dimension` (median) after {glue:text}`clean-epochs-dimension` on {glue:text}`clean-digits-dimension`. The column *this run* is a single seed, with
# the parameters that the end of this page lists. A median and a mean of the same runs may differ in the last digit.

# %% tags=["hide-input"]
#| label: fig-clean-confusion
#| caption: >-
#|   Test digits against the digit of the cluster assigned from the image alone, by its unimodal encoder.
plots.show(
    plots.confusion_matrix,
    image_alone,
    alt="Ten by ten table of counts, nearly all on the diagonal.",
)

# %% [markdown]
# What the image says of the curve, and the curve of the image, is the subject of {doc}`crossmodal`. The paper reports 10 to 14 hours a run on one P100 or V100 GPU.
