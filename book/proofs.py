# ---
# jupyter:
#   jupytext: {text_representation: {extension: .py, format_name: percent}}
#   kernelspec: {name: python3, display_name: Python 3, language: python}
# ---

# %% [markdown]
# (sec-proofs)=
# # Proofs and checks
#
# :::{admonition} In short
# :class: in-short
#
# **Question.** Are the six formulas right, and where do they come from?
#
# **Method.** Derive each, and compute it a second time by sampling, quadrature or brute force.
#
# **Finding.** They are, to {glue:text}`proofs-checks-worst`; the bound agrees with {glue:text}`proofs-samples` draws. But the paper's responsibilities make it looser than it need be ({prf:ref}`prop-mean-field`).
# :::
#
# Every statement says where it comes from. A number inside a mark, as in {bdg-primary-line}`paper (15)`, is the paper's equation number; {numref}`tbl-derivation-equations` says how surely it is known. The numbers in the margin are this book's own.
#
# | mark | meaning |
# |---|---|
# | {bdg-primary-line}`paper` | stated in {cite:t}`trask2022pima`, in words or as a formula |
# | {bdg-muted-line}`after paper` | its content is the paper's, its wording ours: our copy lacks displayed equations ({ref}`sec-errata-lost`), and this one follows from the words around it, from VaDE {cite:p}`jiang2017vade`, on which the paper builds, and from what the authors' later release computes {cite:p}`pima2022release` |
# | {bdg-success-line}`ours` | derived here; the paper does not state it |
#
# Three conventions hold throughout. Logarithms are natural, so log-probabilities are in nats. Products, quotients and squares of vectors are
# taken element by element; $\odot$ stands for the product where it helps. And $\mathcal N(x;m,s^2I)$ with a *vector* $s^2$ is the Gaussian
# with the entries of $s^2$ on the diagonal of its covariance. Formulas hold for one specimen; an index $d$ appears when specimens are summed.
# {numref}`tbl-derivation-symbols` lists every symbol with its shape. The reader needs expectation, variance and Bayes' rule; the idea of a variational bound is explained where it enters.

# %% tags=["parameters"]
seed: int = 0  # of every random number on this page
seeds: list = [0]  # of what is recorded for the ledger
samples: int = 1_000_000  # draws of (Z, c) for the Monte Carlo check of the bound
clusters: int = 4  # C of the test problems
latent_dim: int = 3  # L
pixels: int = 16  # numbers in the black-box modality
points: int = 20  # T, points on a curve
problems: int = 2_000  # random problems for the two responsibilities
specimens: int = 5_000  # length of the stream
batch: int = 128  # specimens in one batch of the stream

# %%
from itertools import permutations
from types import SimpleNamespace

import numpy as np
import pandas as pd
import tensorflow as tf
from scipy import optimize, special, stats

import paperbook
from book.analysis import errata
from book.figures import derivation as figures
from book.figures import schematic
from fplib import elbo, experts, gaussians, metrics, mixture, plots
from fplib.gaussians import DiagonalGaussian
from fplib.mixture import GaussianMixture, Moments

rng = np.random.default_rng(seed)
t = np.linspace(0.0, 1.0, points)  # where curves are measured
grid = np.linspace(-15.0, 15.0, 20_001)  # for quadrature


# %%
def random_gaussian(*shape):
    """Random diagonal Gaussians, in float64."""
    parts = rng.normal(0.0, 1.0, shape), rng.normal(-0.5, 0.7, shape)
    return DiagonalGaussian(*map(tf.constant, parts))


def random_mixture(*batch):
    """A random prior, or a batch of them."""
    shape = (*batch, clusters, latent_dim)
    weights = special.log_softmax(rng.normal(0.0, 0.7, shape[:-1]), axis=-1)
    parts = weights, rng.normal(0.0, 1.5, shape), rng.normal(0.0, 0.5, shape)
    return GaussianMixture(*map(tf.constant, parts))


checks = []


def agree(name, equation, method, ours, other):
    """Note how far the library and another method are apart; stop if far."""
    apart = np.abs(np.asarray(ours) - np.asarray(other)).max()
    checks.append((f"{name} {{eq}}`{equation}`", method, apart))
    assert apart < 1e-6, f"{name}: {apart} apart"
    print(f"{name}: at most {paperbook.number(apart, 1)} apart ({method})")


# %% [markdown]
# (sec-model)=
# ## What is modelled
#
# A **specimen** is measured in $D$ ways. Each kind of measurement is a **modality**: an image, a stress–strain curve. Measurement $i$ is a vector
# $X_i\in\mathbb R^{d_i}$. Modalities come in two kinds {bdg-primary-line}`paper`:
#
# - $M_{DD}$, the **data-driven** ones. Nobody has a formula for them, so a neural network decodes them: a *black box*.
# - $M_S$, the **scientific** ones. A physical model with few parameters describes them: an *expert*.
#
# Two things are hidden. The **cluster** $c\in\{1,\dots,C\}$ says which population a specimen belongs to. The **latent point** $Z\in\mathbb R^L$,
# with $L$ small, says how the specimen varies within and between populations. The model tells how data come about: draw a cluster, draw a latent point
# from that cluster, then draw every measurement independently of the others {bdg-primary-line}`paper (2), (23)`:
#
# $$
# p(X_1,\dots,X_D,Z,c)=\left[\prod_{i=1}^D p(X_i\mid Z,c)\right]p(Z\mid c)\,p(c),
# $$
#
# which is {eq}`eq-joint`. From here on, $X$ without an index stands for all measurements $X_1,\dots,X_D$ of the specimen.
#
# Learning means making the observed data probable: raising $\log p(X)$, for which $Z$ and $c$ must be summed out. The integral over
# $Z$ runs through a neural network, so it has no closed form. Variational inference {cite:p}`blei2017variational,kingma2014vae` replaces it by a bound.
# Take any distribution $q(Z,c\mid X)$ and define the **evidence lower bound** (ELBO) {bdg-muted-line}`after paper (1)`
#
# $$
# \mathcal L=\mathbb E_{q(Z,c\mid X)}\left[\log\frac{p(X,Z,c)}{q(Z,c\mid X)}\right].
# $$ (eq-elbo)
#
# :::{prf:lemma} Why it is a lower bound
# :label: lem-bound
#
# $$
# \log p(X)=\mathcal L+D_{KL}\big(q(Z,c\mid X)\,\big\|\,p(Z,c\mid X)\big)\;\ge\;\mathcal L .
# $$ (eq-elbo-gap)
# :::
#
# :::{prf:proof}
# Write $p(X,Z,c)=p(Z,c\mid X)\,p(X)$ in {eq}`eq-elbo`. The factor $p(X)$ does not depend on $Z$ or $c$, so it leaves the expectation; what remains is
# minus the Kullback–Leibler divergence, which is never negative.
# :::
#
# So raising $\mathcal L$ does two things at once: it makes the data more probable, and it draws $q$ towards the true posterior. The bound holds for
# **every** $q$. Each simplification of $q$ below can therefore make the bound looser but never wrong.
#
# The first simplification is the **mean-field** assumption {bdg-primary-line}`paper (3), (24)`: given the data, $Z$ and $c$ are independent,
#
# $$
# q(Z,c\mid X)=q(Z\mid X)\;q(c\mid X).
# $$ (eq-q-separable)
#
# (sec-encoders)=
# ## Encoders
#
# Each modality has its own neural network, the **encoder** $F_i$ with weights $\theta_i$. It turns a measurement into a Gaussian over the latent space
# {bdg-muted-line}`after paper (4)`:
#
# $$
# \left[\mu_i,\;\log\sigma_i^2\right]=F_i(X_i;\theta_i),\qquad q(Z\mid X_i)=\mathcal N(Z;\mu_i,\sigma_i^2I),\qquad \mu_i,\sigma_i^2\in\mathbb R^L .
# $$ (eq-encoder)
#
# The covariance is diagonal {bdg-primary-line}`paper`. The network emits the *logarithm* of the variance. Appendix A of the paper speaks of a standard deviation;
# a logarithm needs no constraint to stay valid, and the authors' release uses it too.
#
# ```{source} fplib.networks.encoder
# :equations: eq-encoder
# ```
#
# (sec-poe)=
# ## Fusing the modalities: a product of experts
#
# Now combine the $D$ Gaussians into one. If the modalities are independent given $Z$, Bayes' rule says how {bdg-muted-line}`after paper (5)–(6)`. Replace each
# $p(X_i\mid Z)$ by $p(Z\mid X_i)\,p(X_i)/p(Z)$:
#
# $$
# p(Z\mid X)=\frac{p(Z)\prod_i p(X_i\mid Z)}{p(X)}
# =\frac{\prod_i p(X_i)}{p(X)}\,\frac{\prod_i p(Z\mid X_i)}{p(Z)^{D-1}}
# \propto\frac{\prod_i p(Z\mid X_i)}{p(Z)^{D-1}} .
# $$ (eq-bayes-posterior)
#
# The posterior is a product of one factor per modality, scaled by a power of the prior. The prior of this model is a mixture, and dividing by a mixture
# leaves no closed form. The paper therefore *assumes* {bdg-muted-line}`after paper (7)`
#
# $$
# q(Z\mid X)\;\propto\;\prod_{i=1}^D q(Z\mid X_i),
# $$ (eq-poe-assumption)
#
# which drops the factor $p(Z)^{-(D-1)}$. MVAE {cite:p}`wu2018mvae` makes the other common choice and multiplies by the prior as a further expert; here no prior expert is
# added. A product of densities, normalised, is called a **product of experts** {cite:p}`hinton2002poe`.
#
# :::{prf:lemma} A product of Gaussians is Gaussian
# :label: lem-poe
#
# The product {eq}`eq-poe-assumption` is {eq}`eq-poe`: element by element over the $L$ coordinates {bdg-muted-line}`after paper (8)`,
#
# $$
# q(Z\mid X)=\mathcal N(Z;\mu,\sigma^2I),\qquad
# \sigma^{-2}=\sum_i\sigma_i^{-2},\qquad
# \mu=\sigma^2\odot\sum_i\sigma_i^{-2}\odot\mu_i .
# $$
# :::
#
# :::{prf:proof}
# One coordinate at a time, and up to constants: the logarithm of the product is $-\tfrac12\sum_i\sigma_i^{-2}(Z-\mu_i)^2$, which is
# $-\tfrac12\left[Z^2\sum_i\sigma_i^{-2}-2Z\sum_i\sigma_i^{-2}\mu_i\right]$. The logarithm of $\mathcal N(Z;\mu,\sigma^2)$ is $-\tfrac12\left[Z^2\sigma^{-2}-2Z\sigma^{-2}\mu\right]$. Compare the
# coefficients of $Z^2$ and $Z$.
# :::
#
# The result is narrower than its narrowest factor, and a modality that knows nothing ($\sigma_i\to\infty$) drops out.
#
# The code evaluates {eq}`eq-poe` in another form {bdg-success-line}`ours`, equal in exact arithmetic and safe in floating point however large or small a variance is:
#
# $$
# \begin{gathered}
# \log\sigma^2=-\operatorname{logsumexp}_i\left(-\log\sigma_i^2\right),\\
# \mu=\sum_i w_i\odot\mu_i,\qquad w=\operatorname{softmax}_i\!\left(-\log\sigma_i^2\right).
# \end{gathered}
# $$ (eq-poe-stable)
#
# It needs no small constant against division by zero.
#
# **Check against quadrature.** Multiply the densities of three random Gaussians on a fine grid, normalise numerically, and compare mean and variance with {eq}`eq-poe-stable`, for 200 such sets.


# %%
def log_densities(g):
    """Log-densities of one-dimensional Gaussians on the grid, from SciPy."""
    return stats.norm.logpdf(grid, g.mean.numpy(), np.exp(0.5 * g.log_variance.numpy()))


def moments(densities):
    """Mean and variance of densities on the grid, by quadrature."""
    mean = np.trapezoid(densities * grid, grid)
    return mean, np.trapezoid(densities * (grid - mean[:, np.newaxis]) ** 2, grid)


three = [random_gaussian(200, 1) for _ in range(3)]
product = np.exp(sum(map(log_densities, three)))
mean, variance = moments(product / np.trapezoid(product, grid)[:, np.newaxis])

fused = gaussians.product_of_experts(three)
ours = fused.mean[:, 0], tf.exp(fused.log_variance[:, 0])
agree("product of Gaussians", "eq-poe-stable", "quadrature", ours, (mean, variance))

# %% [markdown]
# Training needs a draw from $q(Z\mid X)$ through which derivatives can pass. The **reparameterisation** {bdg-primary-line}`paper` supplies it
# {cite:p}`kingma2014vae`: shift and scale a standard normal draw,
#
# $$
# Z=\mu+\sigma\odot\epsilon,\qquad \epsilon\sim\mathcal N(0,I).
# $$ (eq-reparameterisation)
#
# ```{source} fplib.gaussians.sample
# :equations: eq-reparameterisation
# ```
#
# (sec-prior)=
# ## The prior: a mixture of Gaussians
#
# An ordinary variational autoencoder has the prior $\mathcal N(0,I)$, one cloud. Clusters need several. The prior is a **Gaussian mixture** {bdg-primary-line}`paper`:
#
# $$
# p(c)=\pi_c,\qquad \pi=\operatorname{softmax}(\text{trainable vector})\in\mathbb R^C,\qquad\sum_c\pi_c=1,
# $$ (eq-prior-c)
#
# $$
# p(Z\mid c)=\mathcal N(Z;\mu_c,\sigma_c^2I),\qquad \mu_c,\sigma_c^2\in\mathbb R^L .
# $$ (eq-prior-z)
#
# The displays are {bdg-muted-line}`after paper (9)–(10)`. The softmax keeps every weight positive and makes them sum to one. Summing out the cluster gives $p(Z)=\sum_c\pi_c\,\mathcal N(Z;\mu_c,\sigma_c^2I)$.
# Note the two kinds of index: $\mu_i$ with a modality $i$ comes from an encoder, $\mu_c$ with a cluster $c$ is a parameter of the prior, and plain $\mu$ is the fused posterior.
#
# ```{source} fplib.mixture.GaussianMixture
# :equations: eq-prior-c eq-prior-z
# ```
#
# (sec-decoders)=
# ## Decoders: black boxes and experts
#
# **Black box.** For $X_i\in M_{DD}$ a neural network with weights $\hat\theta_i$ maps the latent point to the expected measurement $\hat X_i$. The cluster has no direct say {bdg-muted-line}`after paper (11)`:
#
# $$
# p(X_i\mid Z,c)=p(X_i\mid Z)=\mathcal N\big(X_i;\hat X_i(Z;\hat\theta_i),I\big).
# $$ (eq-black-box)
#
# The unit variance is that of the authors' release; the printed formula may be more general.
#
# ```{source} fplib.elbo.black_box_log_likelihood
# :equations: eq-black-box
# ```
#
# **Expert.** For $X_i\in M_S$ a physical model $E$ predicts the curve over an independent variable $t$ (time, strain) from a few parameters $\hat\theta_c$, one set per cluster {bdg-primary-line}`paper`:
#
# $$
# p(X_i\mid Z,c)=p(X_i\mid c)=\mathcal N\big(X_i;E(t;\hat\theta_c),\hat\sigma_c^2I\big).
# $$ (eq-expert)
#
# The curve of an expert depends on the cluster **alone**; $Z$ does not enter. That makes its parameters readable, one value per cluster, and it has a consequence in
# {ref}`sec-responsibilities`. The hats matter: $\sigma_c$ is the width of a cluster in latent space, $\hat\sigma_c$ is the noise of an expert in the units of the measurement. The paper's
# "we have taken $\sigma_c=1$" means $\hat\sigma_c$; the cluster widths are trained.
#
# ```{source} fplib.experts.log_likelihood
# :equations: eq-expert
# ```
#
# Two experts appear in the paper. For digits with a synthetic curve it is a line through the origin, called affine there although it has no intercept {bdg-primary-line}`paper`,
#
# $$
# E(t;\hat\theta_c)=\hat\theta_c\,t .
# $$ (eq-expert-line)
#
# ```{source} fplib.experts.Proportional
# :equations: eq-expert-line eq-wls-line
# ```
#
# For lattices it is linear strain hardening {cite:p}`jones2009plasticity`. With yield strain $\varepsilon_c$, yield stress $s_c$ and hardening modulus $h_c$ {bdg-muted-line}`after paper`:
#
# $$
# E(t;\varepsilon_c,s_c,h_c)=\begin{cases}(s_c/\varepsilon_c)\,t & t<\varepsilon_c\\ s_c+h_c\,(t-\varepsilon_c) & t\ge\varepsilon_c .\end{cases}
# $$ (eq-expert-hardening)
#
# The two pieces meet at the yield point, and the elastic modulus is $s_c/\varepsilon_c$.
#
# ```{source} fplib.experts.LinearHardening.predict
# :equations: eq-expert-hardening
# ```
#
# Its two further parameters are for machines that travel before they press, and for curves that do not start at zero ({doc}`lattice`).
#
# (sec-moe)=
# ## What an expert modality looks like from a latent point
#
# Given $Z$ the cluster is uncertain, with probabilities $\gamma_c=p(c\mid Z)$ that {ref}`sec-responsibilities` computes. So $p(X_i\mid Z)=\sum_c\gamma_c\,\mathcal N(X_i;E(t;\hat\theta_c),\hat\sigma_c^2I)$ is a
# **mixture of experts** {cite:p}`jacobs1991experts,jordan1994experts`. The paper uses its mean and variance for prediction with error bars {bdg-muted-line}`after paper (12)–(13)`. For every point of $t$,
#
# $$
# \mathbb E[X_i\mid Z]=\sum_{c}\gamma_c\,E(t;\hat\theta_c),
# $$ (eq-moe-mean)
#
# $$
# \operatorname{Var}[X_i\mid Z]=\sum_{c}\gamma_c\left(\hat\sigma_c^2+E(t;\hat\theta_c)^2\right)-\Big(\sum_{c}\gamma_c\,E(t;\hat\theta_c)\Big)^2 .
# $$ (eq-moe-variance)
#
# :::{prf:proof}
# The mean is the average of the experts' means. For the variance use $\operatorname{Var}[X]=\mathbb E[X^2]-\mathbb E[X]^2$ and $\mathbb E[X^2\mid c]=\hat\sigma_c^2+E(t;\hat\theta_c)^2$.
# :::
#
# A difference of two large numbers can come out negative in floating point. The code uses the same variance split into noise *within* the clusters and spread *between* them {bdg-success-line}`ours`:
#
# $$
# \operatorname{Var}[X_i\mid Z]=\sum_{c}\gamma_c\,\hat\sigma_c^2+\sum_{c}\gamma_c\left(E(t;\hat\theta_c)-\mathbb E[X_i\mid Z]\right)^2 .
# $$ (eq-moe-variance-stable)

# %%
gamma = rng.dirichlet(np.ones(clusters), 50)
level, log_noise = rng.normal(0.0, 1.5, (clusters, 1)), rng.normal(-1.0, 0.4, clusters)
density = gamma @ stats.norm.pdf(grid, level, np.exp(0.5 * log_noise)[:, np.newaxis])
mean, variance = moments(density)

ours = experts.mixture_moments(*map(tf.constant, (gamma, level, log_noise)))
ours = np.squeeze(ours)
agree("mixture of experts", "eq-moe-variance", "quadrature", ours, (mean, variance))

# %% [markdown]
# (sec-elbo)=
# ## The bound in closed form
#
# ### A sum of five expectations
#
# Put the factorisations {eq}`eq-joint` and {eq}`eq-q-separable` into {eq}`eq-elbo`. The logarithm turns products into sums {bdg-primary-line}`paper (25)`. With $\mathbb E_q$ short for the expectation under $q(Z,c\mid X)$,
#
# $$
# \begin{aligned}
# \mathcal L={}&\sum_{i=1}^D\mathbb E_q\left[\log p(X_i\mid Z,c)\right]+\mathbb E_q\left[\log p(Z\mid c)\right]+\mathbb E_q\left[\log p(c)\right]\\
# &-\mathbb E_q\left[\log q(Z\mid X)\right]-\mathbb E_q\left[\log q(c\mid X)\right].
# \end{aligned}
# $$ (eq-elbo-sum)
#
# The first line of (25) as we have it reads $\log p(X,Z)$ without the $c$. The five expectations that follow it there are the right ones.
#
# Because $q$ is a product, each expectation is a sum over clusters of an integral over $Z$ {bdg-muted-line}`after paper (26)`. Write $\gamma_c=q(c\mid X)$ for the cluster probabilities, the **responsibilities**:
#
# $$
# \mathbb E_q\left[h(Z,c)\right]=\sum_{c=1}^C\gamma_c\int q(Z\mid X)\,h(Z,c)\,dZ .
# $$ (eq-expectation)
#
# Nothing so far says what $\gamma$ is. The next lemmas hold for any $\gamma$ with $\gamma_c\ge0$ and $\sum_c\gamma_c=1$; {ref}`sec-responsibilities` chooses one.
#
# ### A lemma for each term
#
# The paper proves these in its Appendix B. Two of its lemma numbers are known, B.1 and B.5. Three terms are left for B.2 to B.4: those with $\log p(Z\mid c)$, $\log p(c)$ and $\log q(Z\mid X)$, which the text before B.5 is about.
#
# :::{prf:lemma} Average log-density of a Gaussian under another (paper: Lemma B.1)
# :label: lem-b1
#
# For $q=\mathcal N(\mu,\sigma^2I)$ and $p=\mathcal N(m,s^2I)$ in $\mathbb R^L$ {bdg-muted-line}`after paper`,
#
# $$
# \mathbb E_q\left[\log p(Z)\right]=-\tfrac12\sum_{j=1}^L\left[\log 2\pi s_j^2+\frac{\sigma_j^2}{s_j^2}+\frac{(\mu_j-m_j)^2}{s_j^2}\right].
# $$ (eq-lemma-b1)
# :::
#
# :::{prf:proof}
# $\log p(Z)=-\tfrac12\sum_j\left[\log2\pi s_j^2+(Z_j-m_j)^2/s_j^2\right]$, and $\mathbb E_q(Z_j-m_j)^2=\sigma_j^2+(\mu_j-m_j)^2$: variance plus squared bias.
# :::
#
# It is Lemma 1 of VaDE {cite:p}`jiang2017vade`.
#
# ```{source} fplib.gaussians.expected_log_density
# :equations: eq-lemma-b1
# ```
#
# :::{prf:lemma} Black-box reconstruction
# :label: lem-reconstruction
#
# For $X_i\in M_{DD}$ and one draw $Z\sim q(Z\mid X)$ {bdg-muted-line}`after paper`,
#
# $$
# \mathbb E_q\left[\log p(X_i\mid Z)\right]\approx-\tfrac12\left\|X_i-\hat X_i(Z)\right\|^2-\tfrac{d_i}2\log2\pi .
# $$ (eq-term-reconstruction)
# :::
#
# :::{prf:proof}
# The summand does not depend on $c$, so the sum over clusters gives one. The integral over $Z$ goes through a network; one reparameterised draw {eq}`eq-reparameterisation` estimates it without bias.
# :::
#
# This is the only estimated term, and the reason for the words *single-sample* ELBO.
#
# :::{prf:lemma} Expert reconstruction
# :label: lem-expert
#
# For $X_i\in M_S$, exactly {bdg-muted-line}`after paper`,
#
# $$
# \begin{aligned}
# \mathbb E_q\left[\log p(X_i\mid c)\right]&=\sum_{c}\gamma_c\log p(X_i\mid c)\\
# &=-\tfrac12\sum_{c}\gamma_c\left[\frac{\|X_i-E(t;\hat\theta_c)\|^2}{\hat\sigma_c^2}+d_i\log2\pi\hat\sigma_c^2\right].
# \end{aligned}
# $$ (eq-term-expert)
# :::
#
# :::{prf:proof}
# The summand does not depend on $Z$, so the integral in {eq}`eq-expectation` gives one.
# :::
#
# :::{prf:lemma} Latent prior
# :label: lem-latent-prior
#
# Exactly {bdg-muted-line}`after paper`,
#
# $$
# \mathbb E_q\left[\log p(Z\mid c)\right]=-\tfrac12\sum_{c}\gamma_c\sum_{j=1}^L\left[\log2\pi\sigma_{c,j}^2+\frac{\sigma_j^2}{\sigma_{c,j}^2}+\frac{(\mu_j-\mu_{c,j})^2}{\sigma_{c,j}^2}\right].
# $$ (eq-term-latent-prior)
# :::
#
# :::{prf:proof}
# {prf:ref}`lem-b1` with $p=p(Z\mid c)$, once for each cluster, averaged with weights $\gamma_c$.
# :::
#
# ```{source} fplib.mixture.expected_log_cluster_densities
# :equations: eq-term-latent-prior
# ```
#
# :::{prf:lemma} Cluster prior
# :label: lem-cluster-prior
#
# Exactly {bdg-muted-line}`after paper`,
#
# $$
# \mathbb E_q\left[\log p(c)\right]=\sum_{c}\gamma_c\log\pi_c .
# $$ (eq-term-cluster-prior)
# :::
#
# :::{prf:proof}
# The summand $\log\pi_c$ does not depend on $Z$.
# :::
#
# :::{prf:lemma} Entropy of the latent posterior
# :label: lem-latent-entropy
#
# Exactly {bdg-muted-line}`after paper`,
#
# $$
# -\mathbb E_q\left[\log q(Z\mid X)\right]=\tfrac12\sum_{j=1}^L\left(\log2\pi+1+\log\sigma_j^2\right).
# $$ (eq-term-latent-entropy)
# :::
#
# :::{prf:proof}
# {prf:ref}`lem-b1` with $p=q$, as the paper says: $m=\mu$ and $s=\sigma$, so the two fractions are $1$ and $0$.
# :::
#
# ```{source} fplib.gaussians.entropy
# :equations: eq-term-latent-entropy
# ```
#
# :::{prf:lemma} Entropy of the responsibilities (paper: Lemma B.5)
# :label: lem-b5
#
# Exactly {bdg-primary-line}`paper`,
#
# $$
# -\mathbb E_q\left[\log q(c\mid X)\right]=-\sum_{c}\gamma_c\log\gamma_c .
# $$ (eq-term-cluster-entropy)
# :::
#
# :::{prf:proof}
# $\log\gamma_c$ does not depend on $Z$, and $q(Z\mid X)$ integrates to one.
# :::
#
# ### The single-sample ELBO
#
# Add the six lines. The two terms with $\tfrac L2\log2\pi$, from the latent prior and from its entropy, cancel. With the paper's $\hat\sigma_c=1$ the sum is {eq}`eq-elbo-closed` {bdg-muted-line}`after paper (14)`.
#
# If the expert's noise is free instead of one, the second term of {eq}`eq-elbo-closed` becomes {bdg-success-line}`ours`, and in effect what the authors' release trains,
#
# $$
# -\tfrac12\sum_{i\in M_S}\sum_{c=1}^C\gamma_c\left[\frac{\|X_i-E_i(t;\hat\theta_c)\|^2}{\hat\sigma_c^2}+d_i\log\hat\sigma_c^2\right].
# $$ (eq-elbo-free-variance)
#
# Training minimises $-\mathcal L$, averaged over the specimens of a batch. For Adam a sum would be the same but for the stabiliser $\epsilon$; it is not the same for a bound on the norm of the gradient, which the preset `fast` has. The library keeps the terms apart and named, constants included, so each is the expectation itself:
#
# | name | formula | what it rewards |
# |---|---|---|
# | `reconstruction.<modality>` | {eq}`eq-term-reconstruction` | the decoder reproduces the measurement |
# | `expert.<modality>` | {eq}`eq-term-expert` | the physics of the likely clusters fits |
# | `latent_prior` | {eq}`eq-term-latent-prior` | the posterior lies in its clusters |
# | `cluster_prior` | {eq}`eq-term-cluster-prior` | clusters that are common |
# | `latent_entropy` | {eq}`eq-term-latent-entropy` | uncertainty about $Z$ |
# | `cluster_entropy` | {eq}`eq-term-cluster-entropy` | uncertainty about $c$ |
#
# ### Two ways to read it
#
# Group the last four terms {bdg-success-line}`ours`:
#
# $$
# \begin{aligned}
# \mathcal L={}&\sum_{i=1}^D\mathbb E_q\left[\log p(X_i\mid Z,c)\right]\\
# &-\sum_{c}\gamma_c\,D_{KL}\big(q(Z\mid X)\,\big\|\,p(Z\mid c)\big)-D_{KL}(\gamma\,\|\,\pi).
# \end{aligned}
# $$ (eq-elbo-kl-form)
#
# Fit on the one side; on the other, two penalties: for lying away from one's clusters, and for preferring clusters that the prior thinks rare. With a single cluster, $\gamma_1=\pi_1=1$ and
#
# $$
# \mathcal L=\sum_{i=1}^D\mathbb E_q\left[\log p(X_i\mid Z)\right]-D_{KL}\big(q(Z\mid X)\,\big\|\,p(Z)\big),
# $$ (eq-elbo-vae)
#
# the ELBO of an ordinary multimodal variational autoencoder.
#
# (sec-monte-carlo)=
# ### Check: the closed form against sampling
#
# A closed form is easy to get wrong by a factor of one half. So compute {eq}`eq-elbo-sum` by brute force: draw $(Z,c)$ from $q$, {glue:text}`proofs-samples` times, average the six logarithms, and compare. The sampling
# below uses SciPy's densities and nothing of the library. The responsibilities are arbitrary, since the lemmas hold for any. The black-box decoder is linear here, $\hat X_1(Z)=WZ+b$, because then its expectation is known
# exactly and the unbiasedness of the single draw can be checked as well:
# $\mathbb E_q\|X_1-WZ-b\|^2=\|X_1-W\mu-b\|^2+\sum_j\sigma_j^2\|w_j\|^2$, where $w_j$ is column $j$ of $W$.


# %%
def specimen(seed):
    """Posterior, prior, experts, decoder, measurements of a specimen, all random."""
    rng = np.random.default_rng(seed)
    return SimpleNamespace(
        mu=rng.normal(size=latent_dim),
        sigma=rng.uniform(0.5, 1.2, latent_dim),
        gamma=rng.dirichlet(np.full(clusters, 2.0)),
        pi=rng.dirichlet(np.full(clusters, 2.0)),
        centre=rng.normal(0.0, 1.5, (clusters, latent_dim)),
        width=rng.uniform(0.6, 1.6, (clusters, latent_dim)),
        slope=rng.normal(0.0, 1.5, (clusters, 1)),
        noise=rng.uniform(0.4, 0.9, clusters),  # standard deviation of each expert
        decoder=rng.normal(0.0, 0.7, (pixels, latent_dim)),
        bias=rng.normal(size=pixels),
        image=rng.normal(size=pixels),
        curve=0.8 * t + rng.normal(0.0, 0.5, points),
    )


# %%
def closed_form(s):
    """Every term of the bound, from the library; the image's is its expectation."""
    parts = s.mu[np.newaxis], 2 * np.log(s.sigma[np.newaxis])
    posterior = DiagonalGaussian(*map(tf.constant, parts))
    parts = np.log(s.pi), s.centre, 2 * np.log(s.width)
    prior = GaussianMixture(*map(tf.constant, parts))
    lines = experts.Proportional().predict(t, s.slope)
    parts = s.curve[np.newaxis], lines, 2 * np.log(s.noise)
    likelihood = experts.log_likelihood(*map(tf.constant, parts))
    gamma = tf.constant(np.log([s.gamma]))
    terms = elbo.elbo_terms({}, {"curve": likelihood}, posterior, prior, gamma)
    residual = s.image - s.decoder @ s.mu - s.bias
    spread = s.sigma**2 @ (s.decoder**2).sum(axis=0)
    image = -0.5 * (residual @ residual + spread + pixels * np.log(2 * np.pi))
    return {"reconstruction.image": image} | {n: float(v[0]) for n, v in terms.items()}


# %%
def sampled(s, n, rng):
    """The same logarithms at n draws of (Z, c) from q, from SciPy's densities alone."""
    normal = stats.norm.logpdf
    c = rng.choice(clusters, size=n, p=s.gamma)
    z = rng.normal(s.mu, s.sigma, (n, latent_dim))
    by_cluster = normal(s.curve, s.slope * t, s.noise[:, np.newaxis]).sum(axis=1)
    return {
        "reconstruction.image": normal(s.image, z @ s.decoder.T + s.bias).sum(axis=1),
        "expert.curve": by_cluster[c],
        "latent_prior": normal(z, s.centre[c], s.width[c]).sum(axis=1),
        "cluster_prior": np.log(s.pi)[c],
        "latent_entropy": -normal(z, s.mu, s.sigma).sum(axis=1),
        "cluster_entropy": -np.log(s.gamma)[c],
    }


# %%
@paperbook.experiment(name="seed_{seed}")
def monte_carlo(seed):
    """Every term sampled, with its standard error, beside its closed form."""
    s, rng = specimen(seed), np.random.default_rng(seed + 1)
    total, squares = 0.0, 0.0
    for n in np.diff([*range(0, samples, 100_000), samples]):
        drawn = pd.DataFrame(sampled(s, n, rng)).assign(sum=lambda x: x.sum(axis=1))
        total, squares = total + drawn.sum(), squares + (drawn**2).sum()
    found = pd.DataFrame({"sampled": total / samples})
    found["s.e."] = np.sqrt((squares / samples - found["sampled"] ** 2) / samples)
    closed = closed_form(s)
    found["closed form"] = pd.Series(closed | {"sum": sum(closed.values())})
    found["diff. / s.e."] = (found["closed form"] - found["sampled"]) / found["s.e."]
    worst = found["diff. / s.e."].abs().max()
    assert worst < 5, "the closed form disagrees with sampling"
    sampled_sum, error, closed_sum, distance = found.loc["sum"]
    return {
        "elbo.samples": samples,
        "elbo.closed": closed_sum,
        "elbo.monte_carlo": sampled_sum,
        "elbo.standard_error": error,
        "elbo.distance": abs(distance),
        "elbo.worst_distance": worst,
    }, {"terms": found.to_dict()}


# %%
#| label: tbl-elbo-monte-carlo
#| caption: >-
#|   Every term of {eq}`eq-elbo-sum`, in nats: the average over draws of $(Z,c)$ with its standard error (s.e.), the
#|   closed form, and their difference in standard errors. A difference of more than 5 would stop this page.
run, *_ = [monte_carlo(each) for each in seeds]
terms = pd.DataFrame(run["terms"]).rename_axis("term")
paperbook.glue("proofs", samples=paperbook.number(samples), **run.metrics)
paperbook.table(terms, formats=dict.fromkeys(terms, ".4f") | {"diff. / s.e.": "+.2f"})

# %% [markdown]
# The two sums differ by {glue:text}`proofs-elbo.distance:.2f` standard errors.
#
# Would this check notice a mistake? {numref}`tbl-elbo-mistakes` puts five mistakes into the closed form, of the kind that public implementations of such bounds contain. The smallest shift is {glue:text}`proofs-smallest-mistake:.0f` standard errors of its term.

# %%
s = specimen(seed)
mistakes = {  # what is wrong: term, by how much
    "log-variance of a cluster without its one half": (
        "latent_prior",
        -s.gamma @ np.log(s.width).sum(axis=1),
    ),
    r"the posterior's own variance $\sigma_j^2/\sigma_{c,j}^2$ forgotten": (
        "latent_prior",
        0.5 * s.gamma @ (s.sigma**2 / s.width**2).sum(axis=1),
    ),
    r"$\log\pi_c$ added once for every latent coordinate": (
        "cluster_prior",
        (latent_dim - 1) * s.gamma @ np.log(s.pi),
    ),
    r"no $\tfrac L2\log2\pi$ in the entropy, but one in the prior": (
        "latent_entropy",
        -0.5 * latent_dim * np.log(2 * np.pi),
    ),
    "entropy of the responsibilities with the wrong sign": (
        "cluster_entropy",
        2 * s.gamma @ np.log(s.gamma),
    ),
}

# %%
#| label: tbl-elbo-mistakes
#| caption: >-
#|   Deliberate mistakes in {eq}`eq-elbo-closed`: how far each moves its term, in nats and in the standard errors of
#|   {numref}`tbl-elbo-monte-carlo`.
moved = pd.DataFrame(mistakes.values(), mistakes, ["term", "shift"])
moved = moved.rename_axis("mistake")
moved["shift / s.e."] = moved["shift"].abs() / terms["s.e."][moved["term"]].to_numpy()
paperbook.glue("proofs", smallest_mistake=moved["shift / s.e."].min())
paperbook.table(moved, formats={"shift": "+.3f", "shift / s.e.": ".0f"})

# %% [markdown]
# (sec-responsibilities)=
# ## Which responsibilities?
#
# ### The paper's choice
#
# The paper takes for $\gamma$ the probability of the clusters given the latent point that was drawn {bdg-primary-line}`paper (15)`, which Bayes' rule turns into {eq}`eq-responsibilities`.
#
# Far from all centres every density underflows to zero and the fraction is zero by zero. The logarithm is finite {bdg-success-line}`ours`:
#
# $$
# \begin{aligned}
# \log\gamma_c&=b_c-\operatorname{logsumexp}_{c'}b_{c'},\\
# b_c&=\log\pi_c-\tfrac12\sum_{j=1}^L\left[\log2\pi\sigma_{c,j}^2+\frac{(Z_j-\mu_{c,j})^2}{\sigma_{c,j}^2}\right].
# \end{aligned}
# $$ (eq-responsibilities-log)
#
# ```{source} fplib.gaussians.log_density
# :equations: eq-responsibilities-log
# ```
#
# During training $Z$ is the same draw that the decoder sees; for reported results we use $Z=\mu$, so that evaluation is not random.

# %%
prior, z = random_mixture(), rng.normal(0.0, 3.0, (500, latent_dim))
width = np.exp(0.5 * prior.log_variances.numpy())
density = stats.norm.pdf(z[:, np.newaxis], prior.means.numpy(), width).prod(axis=-1)
quotient = np.exp(prior.log_weights) * density
quotient /= quotient.sum(axis=1, keepdims=True)

ours = tf.exp(mixture.log_responsibilities(tf.constant(z), prior))
agree("responsibilities", "eq-responsibilities", "the quotient", ours, quotient)

# %% [markdown]
# ### The paper's argument, and where it stops
#
# The paper follows VaDE. Suppose that **no** modality depends on the cluster directly, $p(X_i\mid Z,c)=p(X_i\mid Z)$. Then $p(X,Z,c)=p(X\mid Z)\,p(Z)\,p(c\mid Z)$ and {eq}`eq-elbo` splits {bdg-primary-line}`paper`, corrected:
#
# $$
# \begin{aligned}
# \mathcal L={}&\int q(Z\mid X)\,\log\frac{p(X\mid Z)\,p(Z)}{q(Z\mid X)}\,dZ\\
# &-\mathbb E_{q(Z\mid X)}\left[D_{KL}\big(q(c\mid X)\,\big\|\,p(c\mid Z)\big)\right].
# \end{aligned}
# $$ (eq-estimator-argument)
#
# As we have it, the divergence has a plus sign, with which zero would be its worst value and not its best; the integral lacks its weight $q(Z\mid X)$; and the joint density lacks its $c$ ({ref}`No. 12 <erratum-12>`).
# The first term does not contain $q(c\mid X)$. The second is at most zero, and zero if $q(c\mid X)=p(c\mid Z)$. Hence the choice {eq}`eq-responsibilities`.
#
# The argument has two gaps {bdg-success-line}`ours`.
#
# 1. $q(c\mid X)$ is **one** distribution for the specimen, while $p(c\mid Z)$ changes with $Z$. No single $q(c\mid X)$ makes the divergence vanish for every $Z$.
# 2. An expert depends on $c$. Then $p(X_i\mid c)$ moves into the second term, and $p(c\mid Z)$ leaves out the evidence of the very modality that was modelled by physics.
#
# The paper itself cautions that the argument holds only at local minima of the loss.
#
# ### The best choice, exactly
#
# :::{prf:proposition} The optimal responsibilities
# :label: prop-mean-field
#
# Fix $q(Z\mid X)=\mathcal N(\mu,\sigma^2I)$ and all parameters. Let
#
# $$
# a_c=\log\pi_c+\mathbb E_{q(Z\mid X)}\left[\log p(Z\mid c)\right]+\sum_{i\in M_S}\log p(X_i\mid c).
# $$ (eq-mean-field-logit)
#
# Among all distributions over the clusters, {bdg-success-line}`ours`
#
# $$
# \begin{aligned}
# q^*(c)&=\frac{e^{a_c}}{\sum_{c'}e^{a_{c'}}}\\
# &\propto\pi_c\,\exp\Big\{\mathbb E_{q(Z\mid X)}\left[\log p(Z\mid c)\right]+\sum_{i\in M_S}\log p(X_i\mid c)\Big\}
# \end{aligned}
# $$ (eq-mean-field)
#
# is the only one that maximises $\mathcal L$, and every other $\gamma$ falls short by exactly
#
# $$
# \mathcal L(q^*)-\mathcal L(\gamma)=D_{KL}(\gamma\,\|\,q^*)\ge0 .
# $$ (eq-mean-field-gap)
# :::
#
# :::{prf:proof}
# By the lemmas, the part of $\mathcal L$ that contains $\gamma$ is $J(\gamma)=\sum_c\gamma_ca_c-\sum_c\gamma_c\log\gamma_c$. Put $a_c=\log q^*(c)+A$ with $A=\log\sum_{c'}e^{a_{c'}}$. Since $\sum_c\gamma_c=1$,
# $J(\gamma)=A-\sum_c\gamma_c\log\left(\gamma_c/q^*(c)\right)=A-D_{KL}(\gamma\,\|\,q^*)$. A divergence is never negative and vanishes only for equal distributions. $\blacksquare$
#
# *The same with a Lagrange multiplier.* Set the derivative of $J(\gamma)+\lambda\left(\sum_c\gamma_c-1\right)$ to zero: $a_c-\log\gamma_c-1+\lambda=0$, so $\gamma_c\propto e^{a_c}$. It is a maximum because $J$ is strictly concave.
# :::
#
# The expectation in {eq}`eq-mean-field-logit` is {prf:ref}`lem-b1`, so $q^*$ costs no more than {eq}`eq-responsibilities`.
#
# ```{source} fplib.mixture.mean_field_log_responsibilities
# :equations: eq-mean-field-logit eq-mean-field
# ```
#
# Three consequences {bdg-success-line}`ours`:
#
# **The clusters can be summed out of the bound.** At $q^*$ the part $J$ equals $A$, hence
#
# $$
# \mathcal L(q^*)=\sum_{i\in M_{DD}}\mathbb E_q\left[\log p(X_i\mid Z)\right]-\mathbb E_q\left[\log q(Z\mid X)\right]+\log\sum_{c=1}^Ce^{a_c} .
# $$ (eq-elbo-collapsed)
#
# **No derivative through $q^*$ is needed.** At a maximum over $\gamma$ a small change of $\gamma$ does not change $\mathcal L$. So $q^*$ may be treated as a constant when $\mathcal L$ is differentiated by everything else, and the gradient is still exact.
#
# **When the two choices agree.** Take $Z=\mu$, no expert modality, and the same $\sigma_c$ for all clusters. Then the term $\sigma_j^2/\sigma_{c,j}^2$ is the same for every cluster and $q^*(c)=p(c\mid\mu)$ exactly. Unequal widths or an expert break the
# tie. The expert's part is not small. On the 20 points of the paper's digit curves, two neighbouring slopes differ by $\tfrac12\sum t^2/\hat\sigma_c^2=3.42/\hat\sigma_c^2$ nats: 3.42 with the paper's $\hat\sigma_c=1$, and
# some 34 000 with the true noise of 0.01. A $Z$ drawn on the wrong side of a boundary is charged all of it, while $q^*$ has read the curve and is not.
#
# {numref}`fig-bound-gap` shows both gaps of the argument at work, for two clusters in one dimension.

# %%
parts = np.log([0.5, 0.5]), [[0.0], [6.0]], [[0.0], [0.0]]  # two clusters of width one
pair = GaussianMixture(*(tf.constant(part, tf.float64) for part in parts))
nodes = np.linspace(-8.0, 8.0, 2_001)
share = stats.norm.pdf(nodes) / stats.norm.pdf(nodes).sum()


def shortfall(centre, width, noise=None):
    """KL(p(c|Z) || q*), averaged over Z; `noise` is the expert's, none without one."""
    parts = [[centre]], [[2 * np.log(width)]]
    q = DiagonalGaussian(*(tf.constant(part, tf.float64) for part in parts))
    charge = np.zeros((1, 2)) if noise is None else [[0.0, -0.5 * (t @ t) / noise**2]]
    evidence = tf.constant(charge, tf.float64)
    best = mixture.mean_field_log_responsibilities(q, pair, evidence)
    z = tf.constant(centre + width * nodes[:, np.newaxis])
    paper = mixture.log_responsibilities(z, pair)
    return share @ np.sum(np.exp(paper) * (paper - best), axis=1)


# %%
widths = np.geomspace(0.05, 4.0, 80)
noises = {
    "no expert": None,
    r"expert, $\hat\sigma_c=1$": 1.0,
    r"expert, $\hat\sigma_c=0.5$": 0.5,
}
gaps = {
    place: {name: [shortfall(at, w, std) for w in widths] for name, std in noises.items()}
    for place, at in {"On its cluster": 0.0, "Half-way": 3.0}.items()
}
wide = {"alone": shortfall(0.0, 2.0), "expert": shortfall(0.0, 2.0, 1.0)}
paperbook.glue("proofs-gap", **wide)

# %% tags=["hide-input"]
#| label: fig-bound-gap
#| caption: >-
#|   What the paper's responsibilities cost, {eq}`eq-mean-field-gap`, for two clusters six widths apart. Left: a
#|   posterior on its cluster loses when it is wide enough to cross over. Right: half-way, the curve could decide, and
#|   $p(c\mid Z)$ does not look at it.
plots.show(
    figures.bound_gap,
    widths,
    gaps,
    alt="Two panels of three curves each. On its cluster, the loss is zero up to a posterior as wide as the cluster and then rises steeply, "
    "highest with the strongest expert evidence. Half-way, it is nearly level at every width: above six nats with strong "
    "evidence, above one with weak evidence, and from zero to two thirds of a nat without an expert.",
)

# %% [markdown]
# On its cluster, with a posterior twice as wide as the cluster, the loss is {glue:text}`proofs-gap-alone:.2f` nats per specimen without an expert and {glue:text}`proofs-gap-expert:.2f` with one at $\hat\sigma_c=1$.
#
# **Check over random problems.** The next cells draw {glue:text}`proofs-problems` problems: prior, posterior and expert evidence, from faint to overwhelming. In each they evaluate the bound of `fplib.elbo` at $q^*$ and at $p(c\mid Z)$ for 64 draws of $Z$.
# The difference must never be negative and must equal the divergence {eq}`eq-mean-field-gap`. On 20 of the problems a numerical optimiser, which knows nothing of the formula, looks for something better.

# %%
priors, q = random_mixture(problems), random_gaussian(problems, latent_dim)
strength = 10.0 ** rng.uniform(-1.0, 2.0, (problems, 1))
evidence = tf.constant(strength * rng.normal(size=(problems, clusters)))
best = mixture.mean_field_log_responsibilities(q, priors, evidence)


def bound(log_gamma):
    """The bound of every problem, without black boxes: gamma is not in their terms."""
    terms = elbo.elbo_terms({}, {"curve": evidence}, q, priors, log_gamma)
    return elbo.elbo(terms).numpy()


lost, divergence = [], []
for _ in range(64):
    z = gaussians.sample(q, tf.constant(rng.normal(size=(problems, latent_dim))))
    log_gamma = mixture.log_responsibilities(z, priors)
    lost.append(bound(best) - bound(log_gamma))
    divergence.append(np.sum(np.exp(log_gamma) * (log_gamma - best), axis=-1))
assert np.min(lost) > -1e-9
scale = 1 + np.abs(bound(best))
paperbook.glue("proofs", problems=paperbook.number(problems))
agree("shortfall", "eq-mean-field-gap", "two bounds", lost / scale, divergence / scale)

# %%
densities = mixture.expected_log_cluster_densities(q, priors)
logits = priors.log_weights + densities + evidence


def negative_bound(gamma, logit):
    return gamma @ (np.log(np.maximum(gamma, 1e-300)) - logit)


simplex = {
    "method": "SLSQP",
    "bounds": [(0, 1)] * clusters,
    "constraints": {"type": "eq", "fun": lambda gamma: gamma.sum() - 1},
    "tol": 1e-12,
}
chosen, even = logits[:20].numpy(), np.full(clusters, 1 / clusters)
found = [-optimize.minimize(negative_bound, even, a, **simplex).fun for a in chosen]
ours = special.logsumexp(chosen, axis=1)
agree("optimal responsibilities", "eq-mean-field", "numerical optimiser", ours, found)

# %% [markdown]
# (sec-structured)=
# ### Letting the clusters depend on Z
#
# $q^*$ is the best that one distribution of a specimen can be. {prf:ref}`prop-mean-field` holds inside the family $q(Z\mid X)\,q(c\mid X)$, and the paper's own first gap points out of it: $p(c\mid Z)$ changes with $Z$. Let the assignment do the same {bdg-success-line}`ours`.
#
# :::{prf:proposition} The structured assignment
# :label: prop-structured
#
# Let the posterior be $q(Z\mid X)\,q(c\mid Z,X)$, and $b_c(Z)=\log\pi_c+\log p(Z\mid c)+\sum_{i\in M_S}\log p(X_i\mid c)$. Among all $q(c\mid Z,X)$
#
# $$
# q^*(c\mid Z,X)=\frac{e^{b_c(Z)}}{\sum_{c'}e^{b_{c'}(Z)}}=p(c\mid Z,X_S)
# $$ (eq-structured)
#
# maximises the bound, which becomes
#
# $$
# \begin{aligned}
# \mathcal L_s={}&\sum_{i\in M_{DD}}\mathbb E_q\left[\log p(X_i\mid Z)\right]-\mathbb E_q\left[\log q(Z\mid X)\right]\\
# &+\mathbb E_{q(Z\mid X)}\Big[\log\sum_{c=1}^Ce^{b_c(Z)}\Big]
# \end{aligned}
# $$ (eq-elbo-structured)
#
# and is never below that of the best factorised assignment: $\mathcal L_s\ge\mathcal L(q^*)$.
# :::
#
# :::{prf:proof}
# For each $Z$ the proof of {prf:ref}`prop-mean-field` applies with $b_c(Z)$ in the place of $a_c$, and gives $p(c\mid Z,X_S)$ by Bayes' rule. The rest is Jensen's inequality. The function $b\mapsto\log\sum_ce^{b_c}$ is convex and
# $\mathbb E_{q(Z\mid X)}[b_c(Z)]=a_c$, so $\mathbb E\big[\log\sum_ce^{b_c(Z)}\big]\ge\log\sum_ce^{a_c}$, which is the last term of {eq}`eq-elbo-collapsed`. $\blacksquare$
# :::
#
# So three assignments stand in a row. The paper's $p(c\mid Z)$ looks at $Z$ and not at the curve; $q^*(c)$ looks at the curve and averages over $Z$; $p(c\mid Z,X_S)$ looks at both, costs the same, and has the highest bound. Like $q^*$ it may be held constant in derivatives. Its expectation has no closed form, so all of it is
# taken at the one draw of $Z$ that the decoder sees, `assignment="structured"`. {doc}`factorial` compares the three in training.
#
# VaDE's own rule is the *average* $q(c\mid X)=\mathbb E_{q(Z\mid X)}[p(c\mid Z)]$ {cite:p}`jiang2017vade`. The paper's single draw is its one-sample estimate. Averaging closes neither gap: it is one distribution for the specimen again, and by {eq}`eq-mean-field-gap` below $q^*$ unless it equals it.
#
# The check takes both bounds at the same draws, for the random problems above. The average of $\log\sum_ce^{b_c(Z)}$ must not fall below the collapsed bound by more than its Monte Carlo error.

# %%
drawn, averaged, draws = 0.0, 0.0, 256
for _ in range(draws):
    z = gaussians.sample(q, tf.constant(rng.normal(size=(problems, latent_dim))))
    log_gamma = mixture.log_responsibilities(z, priors, evidence)
    terms = elbo.elbo_terms({}, {"curve": evidence}, q, priors, log_gamma, z)
    at_draw = gaussians.log_density(z[:, np.newaxis], priors.components)
    logits_at_draw = priors.log_weights + at_draw + evidence
    collapsed = special.logsumexp(logits_at_draw, axis=1) + gaussians.entropy(q)
    drawn = drawn + np.stack([collapsed, collapsed**2]) / draws
    averaged = averaged + tf.exp(mixture.log_responsibilities(z, priors)) / draws
agree("structured bound", "eq-elbo-structured", "log-sum-exp", elbo.elbo(terms), collapsed)

# %%
gain, error = drawn[0] - bound(best), np.sqrt((drawn[1] - drawn[0] ** 2) / draws)
assert np.all(gain > -6 * error - 1e-9)
vade = bound(best) - bound(tf.math.log(averaged))
assert np.min(vade) > -1e-9
faint = strength[:, 0] < 1
paperbook.glue("proofs", draws=draws, gain=np.median(gain[faint]), vade=np.median(vade[faint]))

# %% [markdown]
# Where the evidence of the curve is faint (a scale below one), the structured bound lies {glue:text}`proofs-gain:.2f` nats above the factorised one in the median over problems, and the average of VaDE {glue:text}`proofs-vade:.2f` nats below it.

# %% [markdown]
# (sec-em)=
# ## Closed-form updates of the mixture
#
# Over a data set the loss is the sum over specimens {bdg-primary-line}`paper`; the display is {bdg-muted-line}`after paper (16)–(18)`:
#
# $$
# \min\;\sum_{d=1}^N-\mathcal L_d .
# $$ (eq-dataset-loss)
#
# With the responsibilities $\gamma_{cd}$ held fixed, some parameters have an exact minimiser. This is the M-step of expectation–maximisation {cite:p}`dempster1977em`; the variational reading of it, where
# both steps raise one bound, is that of {cite:t}`neal1998em`.
#
# :::{prf:lemma} Cluster centres
# :label: lem-em-centre
#
# For fixed $\gamma$, and $\sum_d\gamma_{cd}>0$, the only minimiser over $\mu_c$ is {bdg-primary-line}`paper`; display {bdg-muted-line}`after paper (16)–(18)`
#
# $$
# \mu_c=\frac{\sum_d\gamma_{cd}\,\mu_d}{\sum_d\gamma_{cd}}
# $$ (eq-em-centre)
#
# where $\mu_d\in\mathbb R^L$ is the fused encoder mean of specimen $d$, from {eq}`eq-poe`.
# :::
#
# :::{prf:proof}
# Of {eq}`eq-elbo-closed` only $-\tfrac12\gamma_{cd}(\mu_{d,j}-\mu_{c,j})^2/\sigma_{c,j}^2$ contains $\mu_{c,j}$. The derivative of the sum, $\sum_d\gamma_{cd}(\mu_{d,j}-\mu_{c,j})/\sigma_{c,j}^2$, vanishes at {eq}`eq-em-centre`; the width cancels. The second
# derivative has one sign, so the point is the global optimum.
# :::
#
# The paper stops there and trains $\pi$ and $\sigma_c$ with Adam. The same calculus gives them too.
#
# :::{prf:lemma} Cluster weights and widths
# :label: lem-em-rest
#
# For fixed $\gamma$ the only minimisers over $\pi$ and over $\sigma_c^2$ are {bdg-success-line}`ours`
#
# $$
# \pi_c=\frac1N\sum_{d=1}^N\gamma_{cd},
# $$ (eq-em-weight)
#
# $$
# \sigma_{c,j}^2=\frac{\sum_d\gamma_{cd}\left[\sigma_{d,j}^2+(\mu_{d,j}-\mu_{c,j})^2\right]}{\sum_d\gamma_{cd}} .
# $$ (eq-em-variance)
# :::
#
# :::{prf:proof}
# *Weights.* Put $\bar\gamma_c=\tfrac1N\sum_d\gamma_{cd}$, which sums to one. Then $\tfrac1N\sum_d\sum_c\gamma_{cd}\log\pi_c=\sum_c\bar\gamma_c\log\bar\gamma_c-D_{KL}(\bar\gamma\,\|\,\pi)$, largest when $\pi=\bar\gamma$.
# *Widths.* As a function of $v=\sigma_{c,j}^2$ the bound is $-\tfrac12\left(W\log v+S/v\right)$ with $W=\sum_d\gamma_{cd}$ and $S$ the numerator of {eq}`eq-em-variance`. Its derivative $-\tfrac12(Wv-S)/v^2$ is positive below $v=S/W$ and negative above.
# :::
#
# The width counts each specimen's own uncertainty $\sigma_d^2$ as well as its distance from the centre.

# %%
posterior = random_gaussian(specimens, latent_dim)
gamma = rng.dirichlet(np.full(clusters, 0.3), specimens)  # (N, C)
whole = Moments.of(tf.constant(gamma), posterior.mean, tf.exp(posterior.log_variance))
found = mixture.maximise(whole, random_mixture())

mean, variance = posterior.mean.numpy(), np.exp(posterior.log_variance.numpy())
centre = gamma.T @ mean / gamma.sum(axis=0)[:, np.newaxis]
pairs = zip(centre, gamma.T, strict=True)
width = [np.average(variance + (mean - m) ** 2, axis=0, weights=g) for m, g in pairs]
agree("weights", "eq-em-weight", "NumPy", tf.exp(found.log_weights), gamma.mean(axis=0))
agree("centres", "eq-em-centre", "NumPy", found.means, centre)
agree("widths", "eq-em-variance", "NumPy", tf.exp(found.log_variances), width)

# %%
with tf.GradientTape() as tape:
    tape.watch(found)
    free = found._replace(log_weights=tf.nn.log_softmax(found.log_weights))
    terms = elbo.elbo_terms({}, {}, posterior, free, tf.math.log(tf.constant(gamma)))
    total = tf.reduce_mean(elbo.elbo(terms))
slopes = np.concatenate([np.ravel(g) for g in tape.gradient(total, found)])
agree("the M-step", "eq-elbo-closed", "derivative of the bound", slopes, 0)

# %% [markdown]
# ### One pass over the data, in batches
#
# The sums above need every specimen, but data arrive in batches. Keep the total weight $W_c$ and the weighted mean $M_c$ of what has been seen, and fold in a batch $B$ {bdg-muted-line}`after paper`:
#
# $$
# M_c\leftarrow\frac{W_cM_c+\sum_{d\in B}\gamma_{cd}\,\mu_d}{W_c+\sum_{d\in B}\gamma_{cd}},\qquad
# W_c\leftarrow W_c+\sum_{d\in B}\gamma_{cd}.
# $$ (eq-stream)
#
# :::{prf:lemma} The stream equals the batch
# :label: lem-stream
#
# Started from $W_c=0$, after any number of batches of any size $M_c$ equals {eq}`eq-em-centre` over all specimens seen so far, if $\gamma$ and $\mu_d$ do not change meanwhile {bdg-success-line}`ours`.
# :::
#
# :::{prf:proof}
# $W_cM_c=\sum\gamma_{cd}\mu_d$ and $W_c=\sum\gamma_{cd}$ hold for the empty stream, and {eq}`eq-stream` adds the batch's sums to both.
# :::
#
# The library also streams the spread, needed for {eq}`eq-em-variance`. Merging two streams $A$ and $B$ with share $s=W_B/(W_A+W_B)$ {bdg-success-line}`ours`, in the form of {cite:t}`chan1983variance` that does not subtract large numbers:
#
# $$
# \begin{aligned}
# M&=M_A+s\,(M_B-M_A),\\
# V&=(1-s)\,V_A+s\,V_B+s(1-s)\,(M_B-M_A)^2 .
# \end{aligned}
# $$ (eq-stream-merge)
#
# Here $V$ is the weighted mean of $\sigma_d^2+(\mu_d-M)^2$, so $V$ **is** {eq}`eq-em-variance`. The last term is the variance of the two means about the common one.
#
# ```{source} fplib.mixture.Moments.of
# :equations: eq-stream
# ```
#
# ```{source} fplib.mixture.Moments.merge
# :equations: eq-stream eq-stream-merge
# ```
#
# {numref}`fig-loop` draws the algorithm, {prf:ref}`alg-training` lists it.

# %% tags=["hide-input"]
#| label: fig-loop
#| caption: >-
#|   An epoch goes through the data twice: first for the responsibilities and what follows from them in closed form,
#|   then for the networks. Nothing of the first pass is differentiated.
plots.show(
    schematic.training,
    alt="Four boxes in a loop: encode and fuse; responsibilities; closed forms for centres and experts; steps of Adam "
    "for the networks; then the next epoch.",
)

# %% [markdown]
# :::{prf:algorithm} Training with streaming EM for cluster centres (paper: Algorithm 1)
# :label: alg-training
#
# **Inputs** specimens in batches; initial encoders, decoders, experts, and prior $\pi,\mu_c,\sigma_c$
#
# **Output** the same, trained
#
# For each epoch:
#
# 1. Set $W_c\leftarrow0$ and $M_c\leftarrow0$ for all clusters.
# 2. For each batch $B$, without derivatives:
#    1. encode and fuse: $\mu_d,\sigma_d^2$ for $d\in B$ by {eq}`eq-encoder` and {eq}`eq-poe`;
#    2. responsibilities $\gamma_{cd}$ with the present prior, by {eq}`eq-responsibilities` at a draw of $Z$, or by {eq}`eq-mean-field`;
#    3. fold the batch into $M_c,W_c$ by {eq}`eq-stream`.
# 3. Set $\mu_c\leftarrow M_c$.
# 4. For each batch: one Adam step {cite:p}`kingma2015adam` on $-\mathcal L$ for everything except $\mu_c$.
# :::
#
# :::{dropdown} Code of step 3, with all updates that have a closed form
# ```{source} fplib.training.em.em_step
# :equations: eq-em-centre eq-em-weight eq-em-variance eq-wls eq-expert-variance
# ```
# :::
#
# The listing is {bdg-muted-line}`after paper`, but for its title and last lines. The authors' release writes $\mu_c$ back after **every** batch, inside step 2, so that later batches see moved centres and the result depends on their order. That is in the spirit of incremental EM {cite:p}`neal1998em`.
# The text does not decide between the two. `fplib` writes back once, as above: the pass is exact, and its result does not depend on the order of the data.
#
# With $q^*$ the update of $\gamma$ and the updates of the mixture each maximise the same $\mathcal L$, so for a fixed encoder alternating them never lowers the bound {bdg-success-line}`ours`. With $p(c\mid Z)$ there is no such guarantee.
#
# {glue:text}`proofs-specimens` specimens in {glue:text}`proofs-batches` shuffled batches give the centres and widths of the whole set:

# %%
stream = Moments.zeros(clusters, latent_dim)
seen, streamed = np.zeros((clusters, 1)), np.zeros((clusters, latent_dim))
parts = np.split(rng.permutation(specimens), range(batch, specimens, batch))
for part in parts:
    g, m, v = gamma[part], mean[part], variance[part]
    stream = stream.merge(Moments.of(*map(tf.constant, (g, m, v))))
    weight = g.sum(axis=0)[:, np.newaxis]
    streamed = (seen * streamed + g.T @ m) / (seen + weight)  # as in Algorithm 1
    seen = seen + weight

paperbook.glue("proofs", specimens=paperbook.number(specimens), batches=len(parts))
agree("centres in a stream", "eq-stream", "all specimens at once", streamed, centre)
ours, whole = (stream.mean, stream.variance), (centre, width)
agree("merged streams", "eq-stream-merge", "all specimens at once", ours, whole)

# %% [markdown]
# (sec-least-squares)=
# ## Closed-form updates of the experts
#
# Only the second term of {eq}`eq-elbo-closed` contains the expert's parameters. For fixed $\gamma$ its minimiser is a weighted least-squares fit {bdg-primary-line}`paper`; display {bdg-muted-line}`after paper (16)–(18)`:
#
# $$
# \hat\theta_c=\arg\min_\theta\sum_{d=1}^N\gamma_{cd}\left\|X_{i,d}-E(t;\theta)\right\|^2 .
# $$ (eq-wls)
#
# The paper derives this, remarks that solving it every epoch would be likely to help, and updates $\hat\theta_c$ with Adam. Solving it is cheap, because it does not need the specimens one by one.
#
# :::{prf:lemma} Fitting the weighted mean curve is enough
# :label: lem-wls
#
# Let $W_c=\sum_d\gamma_{cd}$ and $\bar X_c=\sum_d\gamma_{cd}X_{i,d}/W_c$. Then {bdg-success-line}`ours`
#
# $$
# \begin{aligned}
# &\sum_d\gamma_{cd}\left\|X_{i,d}-E(t;\theta)\right\|^2\\
# &\qquad=W_c\left\|\bar X_c-E(t;\theta)\right\|^2+\sum_d\gamma_{cd}\left\|X_{i,d}-\bar X_c\right\|^2 .
# \end{aligned}
# $$ (eq-wls-reduction)
# :::
#
# :::{prf:proof}
# Add and subtract $\bar X_c$ inside the norm and expand. The cross term is $2\left\langle\sum_d\gamma_{cd}(X_{i,d}-\bar X_c),\;\bar X_c-E(t;\theta)\right\rangle$, and the left factor is zero by definition of $\bar X_c$.
# :::
#
# The last sum does not depend on $\theta$. So one curve per cluster, streamed by {eq}`eq-stream`, replaces the data set, whatever the expert.
#
# ```{source} fplib.experts.weighted_least_squares
# :equations: eq-wls eq-wls-reduction
# ```
#
# For the line {eq}`eq-expert-line` the answer is explicit {bdg-muted-line}`after paper`:
#
# $$
# \hat\theta_c=\frac{\langle t,\bar X_c\rangle}{\langle t,t\rangle}=\frac{\sum_d\gamma_{cd}\,\langle t,X_{2,d}\rangle}{\langle t,t\rangle\sum_d\gamma_{cd}} .
# $$ (eq-wls-line)

# %%
n = 400
gamma = rng.dirichlet(np.full(clusters, 0.5), n)
curves = rng.normal(0.0, 3.0, (n, 1)) * t + rng.normal(0.0, 0.3, (n, points))
line = experts.Proportional()
theta = experts.weighted_least_squares(line, t, gamma, curves)

roots = np.sqrt(gamma.T)[:, :, np.newaxis]  # (C, N, 1)
pairs = [((root * t).reshape(-1, 1), (root * curves).ravel()) for root in roots]
general = [np.linalg.lstsq(*pair)[0] for pair in pairs]
agree("expert line", "eq-wls-line", "least squares over all specimens", theta, general)

# %% [markdown]
# For strain hardening {eq}`eq-expert-hardening`, fix the yield strain. The curve is then linear in the elastic modulus $a_c=s_c/\varepsilon_c$ and in $h_c$ {bdg-success-line}`ours`:
#
# $$
# \begin{gathered}
# E(t)=a_c\,u(t)+h_c\,v(t),\qquad u=\min(t,\varepsilon_c),\quad v=\max(t-\varepsilon_c,0),\\
# \begin{pmatrix}\langle u,u\rangle&\langle u,v\rangle\\\langle u,v\rangle&\langle v,v\rangle\end{pmatrix}\begin{pmatrix}a_c\\h_c\end{pmatrix}=\begin{pmatrix}\langle u,\bar X_c\rangle\\\langle v,\bar X_c\rangle\end{pmatrix}.
# \end{gathered}
# $$ (eq-wls-hardening)
#
# What remains is one number, $\varepsilon_c$, and it takes finitely many tries. While the knee moves between two neighbouring points of $t$, the points at its left and at its right stay the same. The best fit with a knee there is a line through
# the origin at the left and a free line at the right, if the two cross between these points; if they do not, one of the two points is the best knee. So trying every point and every gap finds the exact minimum, although the misfit as a function of $\varepsilon_c$
# can have several valleys.
#
# :::{dropdown} Code of the fit
# ```{source} fplib.experts.LinearHardening.least_squares
# :equations: eq-wls-hardening
# ```
# :::

# %%
law = experts.LinearHardening()
truth = np.array([[0.25, 0.6, 0.3], [0.45, 0.9, 0.1]])  # yield strain, stress, modulus
own = rng.integers(2, size=n)
bent = law.predict(t, truth)[own] + rng.normal(0.0, 0.05, (n, points))
soft = np.where(own[:, np.newaxis] == np.arange(2), 0.9, 0.1)
fit = experts.weighted_least_squares(law, t, soft, bent)


def misfit(parameters, c):
    residuals = bent - law.predict(t, parameters[np.newaxis])
    return soft[:, c] @ (residuals**2).sum(axis=1)


def by_optimiser(c):
    options = {"xatol": 1e-10, "fatol": 1e-12, "maxiter": 2000}
    starts = fit[c] * [[1.0, 1.0, 1.0], [0.9, 1.1, 1.2], [1.1, 0.9, 0.8]]
    ends = (optimize.minimize(misfit, s, c, "Nelder-Mead", options=options) for s in starts)
    return min(end.fun for end in ends)


found = [by_optimiser(c) for c in (0, 1)]
ours = [misfit(fit[c], c) for c in (0, 1)]
agree("misfit of hardening", "eq-wls-hardening", "numerical optimiser", ours, found)

# %% [markdown]
# {numref}`tbl-derivation-exact` records for the ledger how exact sums over batches are, and what the paper's assignment costs, on random problems of several seeds. The paper expects that least squares in batches "may require" recursive least squares or a Kalman filter.
# {prf:ref}`lem-wls` says why it does not: the fit needs the weighted mean curve and nothing else, and that is a stream {eq}`eq-stream`.


# %%
def random_problems(rng):
    """Posteriors, priors and expert evidence of the seed, in float64."""
    shape = (problems, clusters, latent_dim)
    weights = special.log_softmax(rng.normal(0.0, 0.7, shape[:-1]), axis=-1)
    parts = weights, rng.normal(0.0, 1.5, shape), rng.normal(0.0, 0.5, shape)
    prior = GaussianMixture(*map(tf.constant, parts))
    flat = (problems, latent_dim)
    q = DiagonalGaussian(*map(tf.constant, (rng.normal(size=flat), rng.normal(-0.5, 0.7, flat))))
    return q, prior, tf.constant(rng.normal(size=(problems, clusters)))


# %%
@paperbook.experiment(name="exactness-seed_{seed}")
def exactness(seed):
    """Sums over batches against all specimens at once, and the shortfall of p(c|Z)."""
    rng = np.random.default_rng(seed)
    share = rng.dirichlet(np.ones(clusters), specimens)
    curves = rng.normal(size=(specimens, points))
    stream = Moments.zeros(clusters, points)
    for part in np.split(rng.permutation(specimens), range(batch, specimens, batch)):
        stream = stream.merge(Moments.of(tf.constant(share[part]), tf.constant(curves[part])))
    whole, law = share.T @ curves / share.sum(axis=0)[:, np.newaxis], experts.Proportional()
    batched, at_once = (law.least_squares(t, mean) for mean in (stream.mean.numpy(), whole))
    q, prior, x = random_problems(rng)
    best = mixture.mean_field_log_responsibilities(q, prior, x)
    z = gaussians.sample(q, tf.constant(rng.normal(size=(problems, latent_dim))))
    paper = mixture.log_responsibilities(z, prior)
    return {
        "stream.error": np.abs(stream.mean - whole).max(),
        "least_squares.batched_error": np.abs(batched - at_once).max(),
        "gap.median": np.median(np.sum(np.exp(paper) * (paper - best), axis=-1)),
    }


# %%
#| label: tbl-derivation-exact
#| caption: >-
#|   Largest error of a weighted mean and of least squares summed over batches, against all specimens at once; and the
#|   median shortfall of the bound at $p(c\mid Z)$ for a draw of $Z$, in nats, over random problems. One row a seed.
found = paperbook.frame([exactness(each) for each in seeds]).set_index("seed")
found = found[["stream.error", "least_squares.batched_error", "gap.median"]]
found.columns = ["mean in a stream", "least squares in a stream", "shortfall, nats"]
paperbook.table(found, formats=dict.fromkeys(found, paperbook.number))

# %% [markdown]
# If the noise of the expert is free, {eq}`eq-elbo-free-variance` gives it as well, by the argument for widths in {prf:ref}`lem-em-rest` {bdg-success-line}`ours`. With $T=d_i$ points on the curve,
#
# $$
# \begin{aligned}
# \hat\sigma_c^2&=\frac{\sum_d\gamma_{cd}\left\|X_{i,d}-E(t;\hat\theta_c)\right\|^2}{T\sum_d\gamma_{cd}}\\
# &=\frac1T\left[\left\|\bar X_c-E(t;\hat\theta_c)\right\|^2+\frac{\sum_d\gamma_{cd}\|X_{i,d}-\bar X_c\|^2}{\sum_d\gamma_{cd}}\right].
# \end{aligned}
# $$ (eq-expert-variance)
#
# The second form needs the streamed moments only. The fit $\hat\theta_c$ does not depend on $\hat\sigma_c$, so fitting first and taking the variance afterwards maximises over both.
#
# ```{source} fplib.experts.noise_variance
# :equations: eq-expert-variance
# ```

# %%
whole = Moments.of(tf.constant(gamma), tf.constant(curves))
parts = whole.mean.numpy(), whole.variance.numpy(), line.predict(t, theta)
noise = experts.noise_variance(*parts)
with tf.GradientTape() as tape:
    slope, log_noise = unknown = tf.constant(theta), tf.constant(np.log(noise))
    tape.watch(unknown)
    lines = line.predict(t, slope)
    each = experts.log_likelihood(tf.constant(curves), lines, log_noise)
    term = tf.reduce_mean(tf.reduce_sum(gamma * each, axis=1))  # the bound's
by_slope, by_noise = tape.gradient(term, unknown)
agree("expert parameters", "eq-wls", "derivative of the bound", by_slope, 0)
agree("expert noise", "eq-expert-variance", "derivative of the bound", by_noise, 0)

# %% [markdown]
# (sec-unimodal)=
# ## One modality alone
#
# The aim is to infer one modality from another: an expensive curve from a cheap image. One encoder of the product alone is a poor guide, because it has only ever been used together with the others {bdg-primary-line}`paper`.
# So after the multimodal model is trained and frozen, each modality gets a **second**, *unimodal* encoder of the same architecture, $\tilde q(Z\mid X_i)=\mathcal N(Z;\tilde\mu_i,\tilde\sigma_i^2I)$, trained to reproduce the fused posterior {bdg-primary-line}`paper`. The loss is {bdg-muted-line}`after paper (16)–(18)`
#
# $$
# \begin{aligned}
# &D_{KL}\big(\mathcal N(\tilde\mu_i,\tilde\sigma_i^2I)\,\big\|\,\mathcal N(\mu,\sigma^2I)\big)\\
# &\qquad=\tfrac12\sum_{j=1}^L\left[\log\frac{\sigma_j^2}{\tilde\sigma_{i,j}^2}-1+\frac{\tilde\sigma_{i,j}^2}{\sigma_j^2}+\frac{(\tilde\mu_{i,j}-\mu_j)^2}{\sigma_j^2}\right].
# \end{aligned}
# $$ (eq-kl)
#
# :::{prf:proof}
# $D_{KL}(\tilde q\,\|\,q)=\mathbb E_{\tilde q}[\log\tilde q]-\mathbb E_{\tilde q}[\log q]$. The first is minus the entropy {eq}`eq-term-latent-entropy`, the second is {prf:ref}`lem-b1`.
# :::
#
# The direction, unimodal first, is the one the text and the release agree on. It punishes a unimodal encoder that puts mass where the joint posterior has none, so it errs on the narrow side.

# %%
p, q = random_gaussian(50, 1), random_gaussian(50, 1)
log_p, log_q = log_densities(p), log_densities(q)
integral = np.trapezoid(np.exp(log_p) * (log_p - log_q), grid)
agree("divergence", "eq-kl", "quadrature", gaussians.kl_divergence(p, q), integral)

# %% [markdown]
# With the unimodal encoder in place of the fused posterior, {eq}`eq-responsibilities` gives $p(c\mid X_i)$ from one measurement, a black-box decoder gives $p(X_j\mid Z)$ for $j\ne i$, and {eq}`eq-moe-mean`–{eq}`eq-moe-variance` give a curve with error bars.
#
# **Bayesian estimates.** The paper names two further ways to find the cluster of a single measurement and does not pursue them {bdg-primary-line}`paper`. The cluster most likely to have produced it {bdg-muted-line}`after paper (19)`,
#
# $$
# c^*=\arg\max_c\,p(c\mid X_i),\quad p(c\mid X_i)=\frac{\pi_c\,p(X_i\mid c)}{\sum_{c'}\pi_{c'}\,p(X_i\mid c')},
# $$ (eq-bayes-cluster)
#
# where $p(X_i\mid c)$ is {eq}`eq-expert` for an expert, in closed form, and for a black box is an average over the cluster, which sampling estimates:
#
# $$
# p(X_i\mid c)=\int p(X_i\mid Z)\,p(Z\mid c)\,dZ .
# $$ (eq-bayes-black-box)
#
# And the cluster whose *centre* is most likely to have produced it {bdg-muted-line}`after paper (20)`:
#
# $$
# c^*=\arg\max_c\;\pi_c\;p(X_i\mid Z=\mu_c),
# $$ (eq-bayes-centre)
#
# that is, decode every centre and compare. For a black box both take the mean squared residual on training data as the variance of $p(X_i\mid Z)$, not the one of {eq}`eq-black-box`, under which pixels would hardly count.
#
# :::{dropdown} Code of both
# ```{source} fplib.bayes.bayes_cluster
# :equations: eq-bayes-cluster eq-bayes-black-box
# ```
#
# ```{source} fplib.bayes.bayes_centroid
# :equations: eq-bayes-centre
# ```
# :::
#
# (sec-accuracy)=
# ## Counting right answers
#
# Clusters are numbered arbitrarily, labels are not. **Clustering accuracy** grants the method the best translation between the two {bdg-primary-line}`paper`; display {bdg-muted-line}`after paper (21)`:
#
# $$
# \mathrm{acc}=\max_{m}\frac1N\sum_{d=1}^N\mathbf 1\{l_d=m(c_d)\},\qquad c_d=\arg\max_c\gamma_{cd},
# $$ (eq-accuracy)
#
# where $l_d$ is the label of specimen $d$ and $m$ runs over the one-to-one maps from clusters to labels. Trying all maps is hopeless for ten clusters (3.6 million), but with the counts $w_{jk}=\#\{d: c_d=j,\,l_d=k\}$ the task is to choose one entry in each row and column with the largest
# sum, the assignment problem that the Hungarian method solves {cite:p}`kuhn1955hungarian`. The map is found anew on each set that is evaluated. Labels enter here, to score; on MNIST they also made the curves ({ref}`sec-data`).
#
# ```{source} fplib.metrics.clustering_accuracy
# :equations: eq-accuracy
# ```

# %%
labels, named = rng.integers(5, size=200), rng.integers(5, size=200)
every = max(np.mean(labels == np.array(m)[named]) for m in permutations(range(5)))
ours = metrics.clustering_accuracy(labels, named)
agree("accuracy", "eq-accuracy", "all permutations of five clusters", ours, every)

# %% [markdown]
# (sec-checks)=
# ## Every check
#
# {numref}`tbl-derivation-checks` collects the checks of this page, and how far the library and an independent computation are apart. Where a derivative of the bound is named, it was formed automatically at the claimed optimum and must vanish.

# %%
#| label: tbl-derivation-checks
#| caption: Formulas of this page against independent computations, the largest difference found.
columns = ["formula", "compared with", "largest difference"]
worst = max(apart for _, _, apart in checks)
paperbook.glue("proofs-checks", count=len(checks), worst=paperbook.number(worst, 1))
apart = {"largest difference": lambda value: paperbook.number(value, 1)}
paperbook.table(pd.DataFrame(checks, columns=columns), formats=apart, index=False)

# %% [markdown]
# (sec-tables)=
# ## Tables
#
# ### Symbols
#
# :::{table} Symbols, shapes and names in the code. $N$ specimens (or a batch of them), $D$ modalities, $L$ latent dimensions (the paper's $l$), $C$ clusters, $T$ points on a curve, $P$ parameters of an expert.
# :name: tbl-derivation-symbols
#
# | symbol | shape | meaning | code |
# |---|---|---|---|
# | $X_i$ | $(N,d_i)$; image $(N,H,W)$, curve $(N,T)$ | measurement, modality $i$ | `data[name]` |
# | $c$ | $(N,)$ | cluster | `predict(…)` |
# | $Z$ | $(N,L)$ | latent point | `z` |
# | $\mu_i,\log\sigma_i^2$ | $(N,L)$ each | Gaussian of encoder $i$ | `DiagonalGaussian(mean, log_variance)` |
# | $\mu,\log\sigma^2$ | $(N,L)$ each | fused posterior | `posterior` |
# | $\tilde\mu_i,\log\tilde\sigma_i^2$ | $(N,L)$ each | unimodal encoder | `DiagonalGaussian` |
# | $\epsilon$ | $(N,L)$ | standard normal draw | `noise` |
# | $\pi$ | $(C,)$ | cluster weights | `GaussianMixture.log_weights` |
# | $\mu_c$ | $(C,L)$ | cluster centres | `GaussianMixture.means` |
# | $\log\sigma_c^2$ | $(C,L)$ | cluster widths | `GaussianMixture.log_variances` |
# | $\gamma$ | $(N,C)$, rows sum to one | responsibilities | `log_responsibilities` |
# | $q^*$ | $(N,C)$ | their optimum | `mean_field_log_responsibilities` |
# | $\hat X_i(Z)$ | like $X_i$ | black-box decoder mean | `decoded` |
# | $t$ | $(T,)$ | independent variable | `t` |
# | $\hat\theta_c$ | $(C,P)$ | expert parameters | `parameters` |
# | $E(t;\hat\theta_c)$ | $(C,T)$ | expert curves | `expert.predict(t, parameters)` |
# | $\log\hat\sigma_c^2$ | $(C,)$ | expert noise | `expert_log_variance` |
# | $W_c,M_c,V$ | $(C,)$, $(C,L)$, $(C,L)$ | streamed moments | `Moments(weight, mean, variance)` |
# | $\mathcal L$ | $(N,)$ | evidence lower bound, nats | `elbo` |
# :::
#
# ### The paper's equations and where they are here
#
# :::{table} The paper's equation numbers. *Read*: the number stands in the text that we have. *Cited*: independent code cites it. *Counted*: inferred from the numbers around it.
# :name: tbl-derivation-equations
#
# | paper | content | number | here |
# |---|---|---|---|
# | (1) | evidence lower bound | counted | {eq}`eq-elbo` |
# | (2), (23) | joint density | (23) read | {eq}`eq-joint` |
# | (3), (24) | separable posterior | read | {eq}`eq-q-separable` |
# | (4) | encoders | counted | {eq}`eq-encoder` |
# | (5)–(7) | Bayes' rule and the product assumption | counted | {eq}`eq-bayes-posterior`, {eq}`eq-poe-assumption` |
# | (8) | product of experts | cited | {eq}`eq-poe` |
# | (9)–(10) | mixture prior | counted | {eq}`eq-prior-c`, {eq}`eq-prior-z` |
# | (11) | black-box decoder | counted | {eq}`eq-black-box` |
# | (12)–(13) | mixture-of-experts mean and variance | counted | {eq}`eq-moe-mean`, {eq}`eq-moe-variance` |
# | (14) | single-sample ELBO | counted | {eq}`eq-elbo-closed` |
# | (15) | responsibilities | read | {eq}`eq-responsibilities` |
# | (16)–(18) | three of: data-set loss, centres, least squares, unimodal divergence | counted | {eq}`eq-dataset-loss`, {eq}`eq-em-centre`, {eq}`eq-wls`, {eq}`eq-kl` |
# | (19) | most likely cluster | counted | {eq}`eq-bayes-cluster` |
# | (20) | most likely centre | read | {eq}`eq-bayes-centre` |
# | (21) | clustering accuracy | counted | {eq}`eq-accuracy` |
# | (22) | the bound restated | counted | {eq}`eq-elbo` |
# | (25) | sum of expectations | read | {eq}`eq-elbo-sum` |
# | (26) and on | general expectation; Lemmas B.1 to B.5 | counted; B.1, B.5 read | {eq}`eq-expectation` to {eq}`eq-term-cluster-entropy` |
# :::
#
# ### Where the printed paper and this page differ
#
# {numref}`tbl-derivation-errata` is a part of the list that {ref}`sec-errata` discusses.

# %%
#| label: tbl-derivation-errata
#| caption: >-
#|   Misprints and ambiguities that concern the mathematics. The numbers are those of {numref}`tbl-errata`.
listed = errata.read(paperbook.data("errata.yml"))
numbers = [4, 8, 9, 10, 11, 12, 13, 14, 15, 16, 19, 29]
paperbook.table(errata.compared(listed, numbers))
