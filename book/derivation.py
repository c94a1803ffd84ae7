# ---
# jupyter:
#   jupytext: {text_representation: {extension: .py, format_name: percent}}
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# paperbook: {reads: [proofs]}
# ---

# %% [markdown]
# (sec-derivation)=
# # The model in six formulas
#
# :::{admonition} In short
# :class: in-short
#
# **Question.** What does the model compute?
#
# **Method.** Six formulas, each beside the code that computes it; one specimen passes through all of them.
#
# **Finding.** All but the networks and one draw is in closed form, and right: {glue:text}`proofs.py::proofs-checks-count:.0f` comparisons with other ways to compute it agree to rounding ({doc}`proofs`).
# :::

# %% tags=["hide-input"]
#| label: fig-model
#| caption: >-
#|   Two measurements of one specimen meet in one latent space: each encoder gives a Gaussian, their product the
#|   posterior of $Z$, whose cluster $c$ chooses the expert. A network decodes the image from $Z$. After the paper's
#|   Figure 1, drawn anew.
from book.figures import schematic
from fplib import plots

plots.show(
    schematic.model,
    alt="Image and curve each enter an encoder; both meet in a product, which is a point in a latent space with "
    "clusters. From there a network leads to an image, and the expert of the cluster to a curve with a band.",
)

# %% [markdown]
# (sec-joint)=
# ## How a specimen comes about
#
# In the model of {cite:t}`trask2022pima` a specimen belongs to a hidden cluster $c$, has a hidden position $Z\in\mathbb R^L$ near the centre of that cluster, and is measured in $D$ ways. Given $Z$ and $c$, the measurements $X_1,\dots,X_D$ do not depend on one another:
#
# $$
# \boxed{\begin{aligned}
# &p(X_1,\dots,X_D,Z,c)\\
# &\quad=\pi_c\;\mathcal N(Z;\mu_c,\sigma_c^2I)\;\prod_{i=1}^D p(X_i\mid Z,c)
# \end{aligned}}
# $$ (eq-joint)
#
# {numref}`fig-story` draws it. An image is decoded from $Z$ by a network, with unit variance {eq}`eq-black-box`. A curve is a physical law, the **expert** $E(t;\hat\theta_c)$, with one set of parameters for each cluster {eq}`eq-expert`.
# To generate a specimen is to read the formula from left to right.
#
# ```{source} fplib.inference.generate
# :equations: eq-joint
# ```

# %% tags=["hide-input"]
#| label: fig-story
#| caption: >-
#|   How data come about, by the model: the cluster decides the latent point and the expert's curve, the latent point
#|   the image. Circles are random, filled ones are measured; boxes are parameters.
plots.show(
    schematic.story,
    alt="A graph: the weights lead to the cluster c, it leads to Z and to the curve X2; Z leads to the image X1. "
    "Centres and widths lead to Z, parameters and noise of the expert to X2.",
)

# %% [markdown]
# The specimen of this page has two clusters to choose from, whose curves have the slopes 1 and 2. Its own curve has a slope between them.

# %% tags=["parameters"]
slope: float = 1.7  # of the specimen's curve
image: list = [-0.9, 0.5, 0.8, 0.35]  # its encoder: means, deviations of Z
curve: list = [0.9, -0.6, 0.6, 1.1]  # the same of the curve's

# %%
import numpy as np
import pandas as pd
import tensorflow as tf

import paperbook
from book.figures import derivation as figures
from fplib import elbo, experts, gaussians, mixture
from fplib.gaussians import DiagonalGaussian
from fplib.mixture import GaussianMixture, Moments

# %%
t = np.linspace(0.0, 1.0, 20)
lines = experts.Proportional().predict(t, np.array([[1.0], [2.0]]))
log_noise = tf.constant(np.log([0.25, 0.25]))  # the experts' variances
parts = np.log([0.5, 0.5]), [[-1.0, 0.0], [1.0, 0.0]], [[-1.0, 0.0], [-1.0, 0.0]]
prior = GaussianMixture(*(tf.constant(part, tf.float64) for part in parts))
measured = tf.constant(slope * t[np.newaxis])


def gaussian(values):
    """A Gaussian from its means and standard deviations."""
    mean, std = np.array(values, float).reshape(2, 1, -1)
    return DiagonalGaussian(tf.constant(mean), tf.constant(2 * np.log(std)))


# %% [markdown]
# (sec-fuse)=
# ## From measurements to one position
#
# An encoder network reads each measurement and answers with a Gaussian over $Z$, mean $\mu_i$ and variance $\sigma_i^2$ {eq}`eq-encoder`. The **product of experts** multiplies the answers and normalises ({prf:ref}`lem-poe`; the paper's (8)):
#
# $$
# \boxed{\begin{gathered}
# q(Z\mid X)=\mathcal N(Z;\mu,\sigma^2I),\\
# \sigma^{-2}=\sum_{i=1}^D\sigma_i^{-2},\quad
# \mu=\sigma^2\odot\sum_{i=1}^D\sigma_i^{-2}\odot\mu_i
# \end{gathered}}
# $$ (eq-poe)
#
# Precisions add, and whoever is surer counts more. A missing measurement is left out of the sums, so the same formula serves any subset.
#
# ```{source} fplib.gaussians.product_of_experts
# :equations: eq-poe eq-poe-stable
# ```

# %%
posterior = gaussians.product_of_experts([gaussian(image), gaussian(curve)])


def moments(g):
    """Mean and standard deviation, as the figure takes them."""
    return g.mean.numpy()[0], np.exp(0.5 * g.log_variance.numpy()[0])


plane = [moments(g) for g in (gaussian(image), gaussian(curve), posterior)]
line = [(mean[:1], std[:1]) for mean, std in plane]

# %% tags=["hide-input"]
#| label: fig-fusion
#| caption: >-
#|   Two Gaussians and their normalised product, {eq}`eq-poe`, along the first axis (left) and in the plane (right).
#|   The product takes the best of each. Contours enclose 39 % and 86 % of the probability.
plots.show(
    figures.fusion,
    line,
    plane,
    alt="Left: two bell curves, one wide and one narrow, and their product between them, narrower than both. "
    "Right: two crossed ellipses and the small ellipse of their product where they overlap.",
)

# %% [markdown]
# (sec-which-cluster)=
# ## Which cluster?
#
# The **responsibility** $\gamma_c$ is the probability of a cluster. The paper reads it off the latent position alone, by Bayes' rule (its (15)):
#
# $$
# \boxed{\begin{aligned}
# \gamma_c&=q(c\mid X)\approx p(c\mid Z)\\
# &=\frac{\pi_c\,\mathcal N(Z;\mu_c,\sigma_c^2I)}{\sum_{c'=1}^C\pi_{c'}\,\mathcal N(Z;\mu_{c'},\sigma_{c'}^2I)}
# \end{aligned}}
# $$ (eq-responsibilities)
#
# It ignores what the curve says about the clusters. The best responsibilities do not {eq}`eq-mean-field`, and cost no more ({prf:ref}`prop-mean-field`).
#
# ```{source} fplib.mixture.log_responsibilities
# :equations: eq-responsibilities eq-responsibilities-log
# ```

# %%
#| label: tbl-six-responsibilities
#| caption: Probability of each cluster. The best responsibilities also read the curve.
# log p(curve|c), (1, C)
evidence = experts.log_likelihood(measured, tf.constant(lines), log_noise)
log_gamma = {
    "from Z": mixture.log_responsibilities(posterior.mean, prior),
    "mean field": mixture.mean_field_log_responsibilities(posterior, prior, evidence),
}
shares = {name: np.exp(log)[0] for name, log in log_gamma.items()}
shares = pd.DataFrame(shares, ["slope 1", "slope 2"]).rename_axis("cluster")
paperbook.table(shares, formats=dict.fromkeys(shares, ".3f"))

# %% [markdown]
# (sec-bound)=
# ## What training raises
#
# The probability of the data cannot be computed, since $Z$ would have to be integrated out through a network. Training raises a **lower bound** of its logarithm instead, the ELBO ({prf:ref}`lem-bound`). All its terms but the first are exact; the first takes one draw of $Z$. With experts of variance one it is the paper's (14):
#
# $$
# \boxed{\begin{aligned}
# \mathcal L={}&-\tfrac12\sum_{i\in M_{DD}}\left\|X_i-\hat X_i(Z)\right\|^2
# -\tfrac12\sum_{i\in M_S}\sum_{c=1}^C\gamma_c\left\|X_i-E_i(t;\hat\theta_c)\right\|^2\\
# &-\tfrac12\sum_{c=1}^C\gamma_c\sum_{j=1}^L\left[\log\sigma_{c,j}^2+\frac{\sigma_j^2}{\sigma_{c,j}^2}+\frac{(\mu_j-\mu_{c,j})^2}{\sigma_{c,j}^2}\right]\\
# &+\sum_{c=1}^C\gamma_c\log\frac{\pi_c}{\gamma_c}
# +\tfrac12\sum_{j=1}^L\left(1+\log\sigma_j^2\right)-\tfrac12\sum_{i=1}^Dd_i\log2\pi
# \end{aligned}}
# $$ (eq-elbo-closed)
#
# Here $M_{DD}$ are the modalities decoded by networks, $M_S$ those with an expert, and $d_i$ is the length of a measurement. The first line asks for a good fit, the second for a position inside the likely clusters, the third for clusters that are common and for admitting doubt.
#
# ```{source} fplib.elbo.elbo_terms
# :equations: eq-elbo-closed eq-elbo-sum eq-elbo-free-variance eq-term-expert eq-term-cluster-prior eq-term-cluster-entropy
# ```

# %%
#| label: tbl-six-terms
#| caption: The terms of the bound without an image, in nats, at both responsibilities.
terms = {
    name: elbo.elbo_terms({}, {"curve": evidence}, posterior, prior, log)
    for name, log in log_gamma.items()
}
table = pd.DataFrame(terms).map(lambda term: float(term[0])).rename_axis("term")
table.loc["the bound, nats"] = table.sum()
paperbook.table(table, formats=dict.fromkeys(table, ".3f"))

# %% [markdown]
# (sec-closed-forms)=
# ## Clusters without a search
#
# With the responsibilities of all $N$ specimens fixed, the best clusters have a closed form: the M-step of expectation–maximisation. Specimen $d$ has the position $\mu_d$ with variance $\sigma_d^2$:
#
# $$
# \boxed{\begin{gathered}
# \mu_c=\frac{\sum_d\gamma_{cd}\,\mu_d}{\sum_d\gamma_{cd}},\qquad
# \pi_c=\frac1N\sum_{d}\gamma_{cd},\\
# \sigma_c^2=\frac{\sum_d\gamma_{cd}\left[\sigma_d^2+(\mu_d-\mu_c)^2\right]}{\sum_d\gamma_{cd}}
# \end{gathered}}
# $$ (eq-em)
#
# The paper updates the centres so and leaves the rest to Adam. The sums can be gathered batch by batch without error ({prf:ref}`lem-stream`), and the experts' parameters follow the same way, from the weighted mean curve alone ({prf:ref}`lem-wls`).
#
# ```{source} fplib.mixture.maximise
# :equations: eq-em eq-em-centre eq-em-weight eq-em-variance
# ```

# %%
#| label: tbl-six-centres
#| caption: First coordinate of the centres, before and after an update from this specimen alone.
gamma = tf.exp(log_gamma["mean field"])
seen = Moments.of(gamma, posterior.mean, tf.exp(posterior.log_variance))
updated = mixture.maximise(seen, prior)
centres = {"before": prior.means.numpy()[:, 0], "after": updated.means.numpy()[:, 0]}
centres = pd.DataFrame(centres, ["slope 1", "slope 2"]).rename_axis("centre")
paperbook.table(centres, formats=dict.fromkeys(centres, ".3f"))

# %% [markdown]
# Along the first axis: of a single specimen both centres move onto it; of many, each is drawn to its own.
#
# (sec-one-from-another)=
# ## One measurement from another
#
# The aim is to infer an expensive curve from a cheap image. After training, each modality gets a **unimodal** encoder that imitates the fused position: it minimises a divergence {eq}`eq-kl`. What it says, and formula {eq}`eq-responsibilities`, give $\gamma$ from the image alone, and the experts are averaged with it:
#
# $$
# \boxed{\begin{gathered}
# \tilde q(Z\mid X_i)=\arg\min_{\tilde q}\,D_{KL}\big(\tilde q\,\big\|\,q(Z\mid X)\big),\\
# \mathbb E[X_j\mid X_i]=\sum_{c=1}^C\gamma_c\,E_j(t;\hat\theta_c)
# \end{gathered}}
# $$ (eq-prediction)
#
# The variance {eq}`eq-moe-variance` adds the noise of each expert to the spread between experts: where the image leaves two clusters possible, the error bar is as wide as they are apart.
#
# ```{source} fplib.gaussians.kl_divergence
# :equations: eq-prediction eq-kl
# ```
#
# ```{source} fplib.experts.mixture_moments
# :equations: eq-prediction eq-moe-mean eq-moe-variance eq-moe-variance-stable
# ```

# %%
#| label: tbl-six-inference
#| caption: What the image alone says of the curve.
alone = tf.exp(mixture.log_responsibilities(gaussian(image).mean, prior))
mean, variance = experts.mixture_moments(alone, tf.constant(lines), log_noise)
far = gaussians.kl_divergence(gaussian(image), posterior)
found = {
    "divergence of the image's encoder, nats": far,
    "end of the curve, from the image": mean[:, -1],
    "its standard deviation": np.sqrt(variance[:, -1]),
    "end of the curve, measured": measured[:, -1],
}
found = pd.Series({name: float(x[0]) for name, x in found.items()}, name="value")
found = found.rename_axis("from the image alone").to_frame()
paperbook.table(found, formats={"value": ".3f"})

# %% [markdown]
# The image alone points to the wrong cluster, and its error bar does not know it: the reason why unimodal encoders are trained and not taken from the product. {doc}`crossmodal` has the results on digits.
#
# These formulas come from assumptions that {doc}`proofs` spells out, with the proofs, with the check of every formula by sampling, quadrature or brute force, and with the number that each has in the paper ({numref}`tbl-derivation-equations`).
