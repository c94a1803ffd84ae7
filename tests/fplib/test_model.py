"""The model: what it is made of, and its bound."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.special
import tensorflow as tf
from scipy import stats

import fplib as fp
from fplib.config import Curve, Image
from fplib.gaussians import DiagonalGaussian
from fplib.mixture import GaussianMixture
from tests.support import references
from tests.support.models import (
    BOTH,
    CURVE,
    FREE_CURVE,
    IMAGE,
    PRESET,
    T,
    assert_same_bits,
    batch_of,
    copy,
    declared_trained,
    eagerly,
    noise_of,
    scrambled,
    specimens,
    tiny,
    trained,
)
from tests.support.tolerances import SINGLE, assert_close

NEW = specimens(60, seed=7)

ASSIGNMENTS = fp.config.ASSIGNMENTS


# -- construction ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"modalities": []}, r"modalities must hold at least one, .* received names \[\]"),
        (
            {"modalities": [IMAGE, Curve("image", T)]},
            r"with different names; received names \['image', 'image'\]",
        ),
        ({"clusters": 0}, "clusters must be a whole number of at least 1; received 0"),
        ({"clusters": 2.5}, r"clusters must .* received 2\.5"),
        ({"latent_dim": 0}, "latent_dim must be a whole number of at least 1; received 0"),
        ({"seed": -1}, "seed must be a whole number of at least 0; received -1"),
        ({"seed": 0.5}, r"seed must .* received 0\.5"),
        ({"preset": "slow"}, "preset must be one of 'paper', 'fast'; received 'slow'"),
    ],
)
def test_wrong_argument_is_refused(arguments: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fp.FingerprintModel(**{"modalities": BOTH, "clusters": 3} | arguments)


def test_a_new_model() -> None:
    model = fp.FingerprintModel(BOTH, clusters=4)
    assert (model.clusters, model.latent_dim, model.seed, model.history_) == (4, 3, 0, [])
    assert list(model.modalities) == ["image", "curve"]
    assert list(model.scientific) == ["curve"]
    assert list(model.decoders) == ["image"]
    assert model.preset is fp.config.PRESETS["fast"]
    assert_close(np.exp(model.mixture.log_weights), np.full(4, 0.25), SINGLE)
    assert model.expert_curves("curve").shape == (4, len(T))


def test_architecture_replaces_that_of_the_preset() -> None:
    small = fp.FingerprintModel([CURVE], 2, preset="paper", architecture=PRESET.architecture)
    large = fp.FingerprintModel([CURVE], 2, preset="paper")
    assert small.preset is large.preset
    count = [m.encoders["curve"].count_params() for m in (small, large)]
    assert count[0] < count[1]


def test_weights_depend_on_the_seed_alone() -> None:
    one, same, other = (tiny(seed=s).state() for s in (3, 3, 4))
    assert_same_bits(same, one)
    kernels = [n for n, a in one.items() if n.startswith(("enc", "dec")) and a.ndim > 1]
    assert kernels
    assert not any(np.array_equal(one[n], other[n]) for n in kernels)


def test_equal_modalities_get_different_networks() -> None:
    twins = tiny([Image("a", (12, 12)), Image("b", (12, 12))])
    for group in (twins.encoders, twins.decoders):
        pairs = zip(group["a"].get_weights(), group["b"].get_weights(), strict=True)
        assert not any(np.array_equal(a, b) for a, b in pairs if a.ndim > 1)
    twins.add_unimodal("a")
    pairs = zip(twins.encoders["a"].get_weights(), twins.unimodal["a"].get_weights(), strict=True)
    assert not any(np.array_equal(a, b) for a, b in pairs if a.ndim > 1)


def test_every_array_has_a_name_of_its_own() -> None:
    model = tiny()
    model.add_unimodal("image")
    variables = model.variables()
    assert len({id(v) for v in variables.values()}) == len(variables)
    held = sum(
        len(n.weights) for g in (model.encoders, model.decoders, model.unimodal) for n in g.values()
    )
    assert len(variables) == held + 3 + 2 + 2 + 2  # prior; expert; scaling; black box


# -- the bound ------------------------------------------------------------------------------------


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_terms_against_the_reference(assignment: str) -> None:
    """Encoders and decoders give the numbers; fusion, gamma and every expectation are recomputed in SciPy."""
    model = scrambled(tiny())
    batch, noise = batch_of(model), noise_of(model)
    with eagerly():
        found = model.terms(batch, noise, assignment)
        encoded = [DiagonalGaussian(*map(np.asarray, q)) for q in model.encode(batch).values()]
    mean, log_variance = references.product_of_experts(encoded)
    z = mean + np.exp(log_variance / 2) * noise.numpy()
    with eagerly():
        decoded = model.decode(z)["image"].astype(np.float64)
    prior = GaussianMixture(*(np.asarray(a, np.float64) for a in model.mixture))
    predictions = model.expert_parameters["curve"].numpy().astype(np.float64) * T
    likelihoods = references.log_likelihood(
        batch["curve"].numpy(), predictions, model.expert_log_variance["curve"].numpy()
    )
    q = DiagonalGaussian(mean, log_variance)
    if assignment == "mean_field":
        log_gamma = references.mean_field_log_responsibilities(q, prior, likelihoods)
    else:
        joint = references.log_joint(z, prior) + (assignment == "structured") * likelihoods
        log_gamma = joint - scipy.special.logsumexp(joint, axis=1, keepdims=True)
    p = references.Problem(
        **dict.fromkeys(references.Problem._fields)
        | {
            "posterior": q,
            "mixture": prior,
            "responsibilities": np.exp(log_gamma),
            "likelihoods": likelihoods,
            "images": batch["image"].numpy().astype(np.float64),
            "decoded": decoded,
        }
    )
    expected = references.elbo_terms(p)
    if assignment == "structured":  # everything about Z at its sample
        components = [stats.norm(m, np.exp(v / 2)) for m, v in zip(*prior[1:], strict=True)]
        densities = np.stack([c.logpdf(z).sum(axis=1) for c in components], axis=1)
        expected["latent_prior"] = (p.responsibilities * densities).sum(axis=1)
    deviation = np.exp(model.decoder_log_variance["image"].numpy() / 2)
    pixels = stats.norm(decoded, deviation).logpdf(p.images)
    expected["reconstruction.image"] = pixels.sum(axis=(1, 2))
    assert set(found) == set(expected)
    for name, values in expected.items():
        assert_close(found[name], values, 3 * SINGLE)  # through networks and sums of 144 pixels


def test_log_variances_are_bounded() -> None:
    """b tanh(x / b): the head of the preset cannot leave [-b, b]; without a bound it can."""
    for bound in (8.0, None):
        architecture = fp.config.override(PRESET.architecture)
        architecture = fp.config.Architecture(**{**vars(architecture), "log_variance_bound": bound})
        model = tiny([CURVE], architecture=architecture)
        head = model.encoders["curve"].layers[-1]
        head.bias.assign([0.0, 0.0, 3.0, 500.0])
        head.kernel.assign(0 * head.kernel)
        with eagerly():
            q = model.encode({"curve": tf.constant(NEW["curve"][:1])})["curve"]
        expected = [3.0, 500.0] if bound is None else [8 * np.tanh(3 / 8), 8.0]
        assert_close(q.log_variance, [expected], SINGLE)


def test_encoders_see_scaled_curves_and_experts_raw_ones() -> None:
    model = scrambled(tiny([CURVE]))
    shifted = copy(model)
    offset, scale = model.scaling["curve"].numpy()
    shifted.scaling["curve"].assign([offset * 10 + 3, scale * 10])
    with eagerly():
        curves = NEW["curve"]
        assert_close(
            shifted.transform({"curve": 10 * curves + 3}),
            model.transform({"curve": curves}),
            SINGLE,
        )
        found = shifted.expert_log_likelihoods({"curve": tf.constant(curves)})["curve"]
        expected = model.expert_log_likelihoods({"curve": tf.constant(curves)})["curve"]
        assert np.array_equal(found, expected)


def test_elbo_is_the_sum_of_its_terms_and_score_its_mean() -> None:
    model = trained()
    for assignment in ASSIGNMENTS:
        terms = model.elbo(NEW, assignment)
        total = terms.pop("elbo")
        assert total.shape == (60,)
        assert_close(total, np.sum(list(terms.values()), axis=0), SINGLE)
        assert model.score(NEW, assignment) == pytest.approx(total.mean(), rel=1e-6)
    assert model.score(NEW) > model.score(NEW, "from_z")  # the mean field maximises the bound


def test_bound_needs_every_modality() -> None:
    with pytest.raises(ValueError, match="needs every modality; missing: curve"):
        trained().elbo({"image": NEW["image"]})


def test_order_of_the_modalities_does_not_matter() -> None:
    modalities = [IMAGE, FREE_CURVE, Image("back", (10, 13))]
    model = scrambled(tiny(modalities))
    split = specimens(30, modalities=modalities)
    with eagerly():
        expected, means = model.elbo(split), model.transform(split)
        for order in ([2, 0, 1], [1, 2, 0]):
            other = declared_trained(tiny([modalities[i] for i in order]))
            other.restore(model.state())
            found = other.elbo(split)
            assert set(found) == set(expected)
            for name, values in expected.items():
                assert_close(found[name], values, SINGLE)
            assert_close(other.transform(split), means, SINGLE)


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_numbering_of_the_clusters_does_not_matter(assignment: str) -> None:
    model = scrambled(tiny())
    other, order = copy(model), [2, 0, 1]
    for name, variable in other.variables().items():
        if name in ("logits", "means", "log_variances") or name.startswith("expert"):
            variable.assign(variable.numpy()[order])
    with eagerly():
        for name, values in model.elbo(NEW, assignment).items():
            assert_close(other.elbo(NEW, assignment)[name], values, SINGLE)
        gamma = model.responsibilities(NEW, assignment)
        assert_close(other.responsibilities(NEW, assignment), gamma[:, order], SINGLE)


def test_one_cluster_with_a_standard_normal_prior_is_a_plain_autoencoder() -> None:
    """log p(X|Z) - KL(q || N(0, I)), written down without any mixture."""
    model = declared_trained(tiny([IMAGE], clusters=1))
    images = specimens(20)["image"]
    with eagerly():
        found = model.elbo({"image": images}, seed=3)["elbo"]
        mean, log_variance = (a.astype(np.float64) for a in model.posterior({"image": images}))
        draw = np.random.default_rng(3).standard_normal((20, 2)).astype(np.float32)
        decoded = model.decode(mean + np.exp(log_variance / 2) * draw)["image"].astype(np.float64)
    likelihood = stats.norm(decoded).logpdf(images).sum(axis=(1, 2))
    divergence = 0.5 * (np.exp(log_variance) + mean**2 - 1 - log_variance).sum(axis=1)
    assert_close(found, likelihood - divergence, SINGLE)
