"""The model: its bound and derivatives, everything it can be asked, and whether it finds the clusters."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import references
import tensorflow as tf
from models import (
    BOTH,
    CURVE,
    FREE_CURVE,
    IMAGE,
    MIXES,
    PRESET,
    T,
    assert_probabilities,
    assert_same_bits,
    complete,
    copy,
    eagerly,
    scrambled,
    specimens,
    tiny,
    trained,
)
from scipy import stats
from scipy.special import log_softmax
from tolerances import BAND, SINGLE, assert_close, assert_within_band

import fplib as fp
from fplib import archive
from fplib.config import Curve, Image
from fplib.gaussians import DiagonalGaussian
from fplib.mixture import GaussianMixture

NEW = specimens(60, seed=7)
METHODS = ("mean_field", "from_z")


def batch_of(model: fp.FingerprintModel, n: int = 8) -> dict[str, tf.Tensor]:
    """The first specimens as tensors."""
    split = specimens(n, seed=7, modalities=list(model.modalities.values()))
    return {name: tf.constant(split[name]) for name in model.modalities}


def noise_of(model: fp.FingerprintModel, n: int = 8) -> tf.Tensor:
    drawn = np.random.default_rng(1).standard_normal((n, model.latent_dim))
    return tf.constant(drawn, tf.float32)


# -- construction ----------------------------------------------------------------------------------------------------


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
    one, same, other = (archive.state(tiny(seed=s)) for s in (3, 3, 4))
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
    assert len(variables) == held + 3 + 2 + 2 + 1  # prior; expert; scaling; residual


# -- the bound -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_terms_against_the_reference(method: str) -> None:
    """Encoders and decoders give the numbers; fusion, gamma and every expectation are recomputed in SciPy."""
    model = scrambled(tiny())
    batch, noise = batch_of(model), noise_of(model)
    with eagerly():
        found = model.terms(batch, noise, method)
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
    if method == "mean_field":
        log_gamma = references.mean_field_log_responsibilities(q, prior, likelihoods)
    else:
        log_gamma = references.log_responsibilities(z, prior)
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
    for method in METHODS:
        terms = model.elbo(NEW, method)
        total = terms.pop("elbo")
        assert total.shape == (60,)
        assert_close(total, np.sum(list(terms.values()), axis=0), SINGLE)
        assert model.score(NEW, method) == pytest.approx(total.mean(), rel=1e-6)
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
            other = tiny([modalities[i] for i in order])
            archive.restore(other, archive.state(model))
            found = other.elbo(split)
            assert set(found) == set(expected)
            for name, values in expected.items():
                assert_close(found[name], values, SINGLE)
            assert_close(other.transform(split), means, SINGLE)


@pytest.mark.parametrize("method", METHODS)
def test_numbering_of_the_clusters_does_not_matter(method: str) -> None:
    model = scrambled(tiny())
    other, order = copy(model), [2, 0, 1]
    for name, variable in other.variables().items():
        if name in ("logits", "means", "log_variances") or name.startswith("expert"):
            variable.assign(variable.numpy()[order])
    with eagerly():
        for name, values in model.elbo(NEW, method).items():
            assert_close(other.elbo(NEW, method)[name], values, SINGLE)
        gamma = model.responsibilities(NEW, method)
        assert_close(other.responsibilities(NEW, method), gamma[:, order], SINGLE)


def test_one_cluster_with_a_standard_normal_prior_is_a_plain_autoencoder() -> None:
    """log p(X|Z) - KL(q || N(0, I)), written down without any mixture."""
    model = tiny([IMAGE], clusters=1)
    images = specimens(20)["image"]
    with eagerly():
        found = model.elbo({"image": images}, seed=3)["elbo"]
        mean, log_variance = (a.astype(np.float64) for a in model.posterior({"image": images}))
        draw = np.random.default_rng(3).standard_normal((20, 2)).astype(np.float32)
        decoded = model.decode(mean + np.exp(log_variance / 2) * draw)["image"].astype(np.float64)
    likelihood = stats.norm(decoded).logpdf(images).sum(axis=(1, 2))
    divergence = 0.5 * (np.exp(log_variance) + mean**2 - 1 - log_variance).sum(axis=1)
    assert_close(found, likelihood - divergence, SINGLE)


# -- derivatives -----------------------------------------------------------------------------------------------------

WATCHED = {
    "image encoder, first kernel": lambda m: m.encoders["image"].trainable_weights[0],
    "image encoder, head": lambda m: m.encoders["image"].trainable_weights[-2],
    "curve encoder, head": lambda m: m.encoders["curve"].trainable_weights[-2],
    "image decoder, kernel": lambda m: m.decoders["image"].trainable_weights[2],
    "image decoder, last bias": lambda m: m.decoders["image"].trainable_weights[-1],
    "logits": lambda m: m.logits,
    "means": lambda m: m.means,
    "log_variances": lambda m: m.log_variances,
    "slopes": lambda m: m.expert_parameters["curve"],
    "expert variances": lambda m: m.expert_log_variance["curve"],
}


@pytest.fixture(scope="module", params=METHODS)
def differentiated(request: pytest.FixtureRequest) -> tuple:
    """A general model, the bound of a batch as a function, and its derivatives."""
    model = scrambled(tiny())
    batch, noise = batch_of(model), noise_of(model)

    def bound() -> tf.Tensor:
        terms = model.terms(batch, noise, request.param)
        return tf.add_n([tf.reduce_sum(tf.cast(t, tf.float64)) for t in terms.values()])

    variables = {name: find(model) for name, find in WATCHED.items()}
    with tf.GradientTape() as tape:
        value = bound()
    values = [
        getattr(v, "value", v) if not isinstance(v, tf.Variable) else v for v in variables.values()
    ]
    return bound, variables, dict(zip(variables, tape.gradient(value, values), strict=True))


@pytest.mark.parametrize("name", list(WATCHED))
def test_derivatives_against_finite_differences(name: str, differentiated: tuple) -> None:
    """Along its own gradient g, the bound must rise by |g|: a wrong length or a wrong direction would not do.

    For the mean field this is the whole derivative, gamma's included, though no derivative passes through gamma.
    """
    bound, variables, gradients = differentiated
    variable, gradient = variables[name], gradients[name].numpy().astype(np.float64)
    length = np.linalg.norm(gradient)
    assert length > 0.1
    here = np.asarray(variable)
    # half a nat either way: the rounding of a bound of a thousand nats is far below, curvature mostly cancels
    step = min(0.5 / length, 0.01)
    ends = []
    for sign in (1, -1):
        variable.assign(here + sign * step * gradient / length)
        ends.append(float(bound()))
    variable.assign(here)
    assert (ends[0] - ends[1]) / (2 * step * length) == pytest.approx(1, abs=0.01)


def test_derivatives_stop_at_mean_field_responsibilities_and_pass_those_from_z() -> None:
    """The cluster entropy is a function of gamma alone."""
    model = scrambled(tiny())
    batch, noise = batch_of(model), noise_of(model)
    reached = {}
    for method in METHODS:
        with tf.GradientTape() as tape:
            entropy = model.terms(batch, noise, method)["cluster_entropy"]
        head = model.encoders["image"].trainable_weights[-1].value
        gradients = tape.gradient(entropy, [model.means, model.logits, model.log_variances, head])
        reached[method] = [g is not None and bool(np.any(g)) for g in gradients]
    assert reached == {"mean_field": [False] * 4, "from_z": [True] * 4}


def test_held_responsibilities_are_used_while_the_flag_is_set() -> None:
    model = scrambled(tiny())
    batch, noise = batch_of(model), noise_of(model)
    held = np.random.default_rng(0).dirichlet(np.ones(3), size=8)
    log_held = tf.constant(np.log(held), tf.float32)
    with eagerly():
        on, off = (
            model.terms(batch, noise, "mean_field", held=(tf.constant(flag), log_held))
            for flag in (True, False)
        )
        free = model.terms(batch, noise, "mean_field")
    expected = stats.entropy(held, axis=1)
    assert_close(on["cluster_entropy"], expected, SINGLE)
    assert_close(on["cluster_prior"], held @ model.mixture.log_weights.numpy(), SINGLE)
    for name, values in free.items():
        assert np.array_equal(off[name], values)


def test_absent_modality_does_not_influence_the_posterior() -> None:
    """Only the bound still asks for it."""
    model = scrambled(tiny())
    batch, noise = batch_of(model), noise_of(model)
    changed = batch | {"curve": batch["curve"] * 3 - 7}
    alone = tf.constant([[True] * 8, [False] * 8])
    some = tf.constant([[True] * 8, [False, True] * 4])
    posterior = ("latent_entropy", "reconstruction.image")
    with eagerly():
        one, two = (model.terms(b, noise, "from_z", present=alone) for b in (batch, changed))
        assert all(np.array_equal(one[name], two[name]) for name in posterior)
        assert not np.allclose(one["expert.curve"], two["expert.curve"])
        one, two = (model.terms(b, noise, "from_z", present=some) for b in (batch, changed))
        for name in posterior:
            same = one[name].numpy() == two[name].numpy()
            assert same[::2].all()
            assert not same[1::2].any()
        with tf.GradientTape() as tape:
            terms = model.terms(batch, noise, "from_z", present=alone)
        weights = model.encoders["curve"].trainable_weights[-1].value
        gradient = tape.gradient(list(terms.values()), weights)
    assert gradient is None or not np.any(gradient)


def test_training_mode_normalises_by_the_batch() -> None:
    model = scrambled(tiny())
    batch, noise = batch_of(model), noise_of(model)
    before = archive.state(model)
    with eagerly():
        model.terms(batch, noise, "mean_field")
        assert_same_bits(archive.state(model), before)
        model.terms(batch, noise, "mean_field", training=True)
    after = archive.state(model)
    changed = [n for n in after if not np.array_equal(after[n], before[n])]
    assert changed
    assert all(n.startswith("encoders/") for n in changed)


# -- what a user asks ------------------------------------------------------------------------------------------------


def subsets(names: list[str]) -> list[tuple[str, ...]]:
    """Every set of at least one modality."""
    sizes = range(1, len(names) + 1)
    return [s for k in sizes for s in itertools.combinations(names, k)]


@pytest.mark.parametrize("mix", list(MIXES))
def test_any_mix_of_modalities(mix: str) -> None:
    """Trained for an epoch, then asked everything from every subset: shapes, types and finiteness."""
    modalities = MIXES[mix]
    names = [m.name for m in modalities]
    split = specimens(40, modalities=modalities)
    model = tiny(modalities)
    with eagerly():
        model.fit(split, epochs=2, batch_size=40, progress=False)
        model.fit_crossmodal(split, epochs=1, batch_size=40, progress=False)
        for subset in subsets(names):
            data = {name: split[name][:5] for name in subset}
            assert model.transform(data).shape == (5, 2)
            for method in METHODS:
                assert_probabilities(model.responsibilities(data, method), (5, 3))
            for wanted in modalities:
                mean, variance = model.infer(data, wanted.name, samples=2)
                assert mean.shape == variance.shape == (5, *wanted.shape)
                assert mean.dtype == variance.dtype == np.float32
                assert np.isfinite(mean).all()
                assert (variance > 0).all()
        drawn = model.generate(1, n=4)
        assert {n: a.shape for n, a in drawn.items()} == {
            m.name: (4, *m.shape) for m in modalities
        } | {"z": (4, 2)}
        terms = model.elbo(split)
        expected = {f"reconstruction.{n}" for n in model.decoders}
        expected |= {f"expert.{n}" for n in model.scientific}
        assert {n for n in terms if "." in n} == expected
        assert all(np.isfinite(v).all() and v.shape == (40,) for v in terms.values())


def test_predictions() -> None:
    model = trained()
    for method in METHODS:
        gamma = model.responsibilities(NEW, method)
        assert_probabilities(gamma, (60, 3))
        assert np.array_equal(model.predict(NEW, method), gamma.argmax(axis=1))
    assert np.array_equal(model.transform(NEW), model.posterior(NEW).mean)


def test_mean_field_weighs_the_physics_and_from_z_does_not() -> None:
    """From one posterior, both by the reference; the second is blind to the expert."""
    model = scrambled(tiny())
    with eagerly():
        q = DiagonalGaussian(*(a.astype(np.float64) for a in model.posterior(NEW)))
        found = {method: model.responsibilities(NEW, method) for method in METHODS}
        image = {"image": NEW["image"]}
        alone = model.responsibilities(image)
        q_image = DiagonalGaussian(*(a.astype(np.float64) for a in model.posterior(image)))
    prior = GaussianMixture(*(np.asarray(a, np.float64) for a in model.mixture))
    predictions = model.expert_parameters["curve"].numpy().astype(np.float64) * T
    likelihoods = references.log_likelihood(
        NEW["curve"], predictions, model.expert_log_variance["curve"].numpy()
    )
    expected = references.mean_field_log_responsibilities(q, prior, likelihoods)
    assert_close(found["mean_field"], np.exp(expected), 3 * SINGLE)
    from_z = references.log_responsibilities(q.mean, prior)
    assert_close(found["from_z"], np.exp(from_z), 3 * SINGLE)
    assert np.abs(found["mean_field"] - found["from_z"]).max() > 0.05
    expected = references.mean_field_log_responsibilities(q_image, prior, 0 * likelihoods)
    assert_close(alone, np.exp(expected), 3 * SINGLE)


def test_specimens_are_independent() -> None:
    """A prediction does not depend on what stands beside it."""
    model = trained()
    whole, part = model.posterior(NEW), model.posterior(NEW.take([41, 3, 17]))
    assert_close(part.mean, whole.mean[[41, 3, 17]], SINGLE)
    assert_close(part.log_variance, whole.log_variance[[41, 3, 17]], SINGLE)
    one = model.responsibilities(NEW.take([41]))
    assert_close(one, model.responsibilities(NEW)[[41]], SINGLE)


def test_questions_do_not_change_the_model() -> None:
    model = complete()
    before = archive.state(model)
    model.predict(NEW)
    model.infer({"curve": NEW["curve"]}, "image", samples=2)
    model.generate(0)
    model.score(NEW)
    assert_same_bits(archive.state(model), before)


QUESTIONS: dict[str, Any] = {
    "predict": lambda m, d: m.predict(d),
    "responsibilities": lambda m, d: m.responsibilities(d),
    "transform": lambda m, d: m.transform(d),
    "posterior": lambda m, d: m.posterior(d),
    "infer": lambda m, d: m.infer(d, "curve"),
    "elbo": lambda m, d: m.elbo(d),
}


@pytest.mark.parametrize("question", list(QUESTIONS))
def test_wrong_data_are_refused_by_every_question(question: str) -> None:
    ask = QUESTIONS[question]
    with pytest.raises(ValueError, match=r"'sound'\]; the model knows the modalities"):
        ask(trained(), {"image": NEW["image"], "sound": NEW["curve"]})
    with pytest.raises(ValueError, match=r"data\['image'\] must hold pixels in \[0, 1\]"):
        ask(trained(), {"image": 255 * NEW["image"], "curve": NEW["curve"]})
    with pytest.raises(ValueError, match=r"not finite, first in specimen 0"):
        ask(trained(), {"image": NEW["image"] * np.nan, "curve": NEW["curve"]})
    with pytest.raises(ValueError, match="Modalities must describe the same specimens"):
        ask(trained(), {"image": NEW["image"], "curve": NEW["curve"][:9]})
    with pytest.raises(TypeError, match="data must map modality names to arrays"):
        ask(trained(), NEW["image"])


def test_wrong_choices_are_refused() -> None:
    model = trained()
    with pytest.raises(ValueError, match="method must be one of 'mean_field', 'from_z'; received"):
        model.predict(NEW, "exact")
    with pytest.raises(ValueError, match="modality must be one of 'image', 'curve'; received 'im"):
        model.infer(NEW, "images")
    for cluster in (-1, 3):
        with pytest.raises(
            ValueError, match=rf"cluster must be a whole number in 0 … 2; received {cluster}"
        ):
            model.generate(cluster)


def test_unknown_method_is_refused_by_the_bound() -> None:
    for ask in (trained().elbo, trained().score):
        with pytest.raises(ValueError, match="method must be one of"):
            ask(NEW, "form_z")


@pytest.mark.parametrize("name", ["mean", "log_variance", "noise", "z"])
def test_a_modality_may_have_any_name(name: str) -> None:
    model = scrambled(tiny([Curve(name, T, CURVE.expert)]))
    twin = scrambled(tiny([CURVE]))
    with eagerly():
        found = model.responsibilities({name: NEW["curve"]})
        assert np.array_equal(found, twin.responsibilities({"curve": NEW["curve"]}))
        assert model.score({name: NEW["curve"]}) == twin.score({"curve": NEW["curve"]})
        assert np.array_equal(model.generate(0)[name], twin.generate(0)["curve"])


@pytest.mark.parametrize(
    ("question", "name"),
    [
        (lambda m: m.generate(1.5), "cluster"),
        (lambda m: m.generate(1, n=0), "n"),
        (lambda m: m.infer(NEW, "image", samples=0), "samples"),
        (lambda m: m.decode(np.zeros((4, 5))), "z"),
        (lambda m: m.decode(np.zeros(2)), "z"),
    ],
    ids=["cluster", "n", "samples", "width of z", "rank of z"],
)
def test_wrong_numbers_are_refused(question: Any, name: str) -> None:
    with pytest.raises(ValueError, match=rf"^{name} must"):
        question(trained())


# -- prediction of one modality from others --------------------------------------------------------------------------


def test_expert_moments_against_draws() -> None:
    """Choose a cluster by gamma, then add the cluster's noise to its curve."""
    model = scrambled(tiny())
    model.expert_log_variance["curve"].assign([-2.0, 0.0, -4.0])
    data = {"image": NEW["image"][:4]}
    with eagerly():
        mean, variance = model.infer(data, "curve")
        gamma = model.responsibilities(data).astype(np.float64)
        curves = model.expert_curves("curve").numpy().astype(np.float64)
    assert (gamma.max(axis=1) < 0.99).all()
    rng = np.random.default_rng(0)
    draws = []
    for row in gamma:
        chosen = rng.choice(3, p=row / row.sum(), size=40_000)
        sigma = np.exp([-1.0, 0.0, -2.0])[chosen, np.newaxis]
        draws.append(curves[chosen] + sigma * rng.standard_normal((40_000, len(T))))
    draws = np.stack(draws, axis=1)
    assert_within_band(draws, mean, detects=0.1)
    assert_within_band(np.square(draws - mean), variance, detects=0.5)


def test_black_box_moments_against_draws() -> None:
    model = scrambled(tiny())
    data = {"curve": NEW["curve"][:3]}
    with eagerly():
        q = model.posterior(data)
        z = q.mean + np.exp(q.log_variance / 2) * np.random.default_rng(5).standard_normal(
            (500, 3, 2)
        )
        draws = model.decode(z.reshape(-1, 2))["image"].reshape(500, 3, 12, 12)
        mean, variance = model.infer(data, "image", samples=50, seed=1)
        again, _ = model.infer(data, "image", samples=50, seed=1)
        other, _ = model.infer(data, "image", samples=50, seed=2)
    # two independent means: one of 500 and one of 50 draws
    error = draws.std(axis=0) * np.sqrt(1 / 500 + 1 / 50)
    assert (np.abs(mean - draws.mean(axis=0)) <= BAND * error + 1e-6).all()
    residual = float(model.residual_variance["image"])
    assert (variance >= residual * (1 - 1e-6)).all()
    spread = draws.var(axis=0)
    assert np.median((variance - residual) / spread) == pytest.approx(1, abs=0.3)
    assert np.array_equal(mean, again)
    assert not np.array_equal(mean, other)


def test_coverage_is_sane() -> None:
    """Curves from images: the 95 % interval of a right prediction holds 95 % of the points."""
    model, split = complete(), specimens(300, seed=8)
    data = {"image": split["image"]}
    mean, variance = model.infer(data, "curve")
    right = model.predict(data) == model.predict(split)
    assert right.mean() > 0.9
    covered = fp.metrics.coverage(split["curve"][right], mean[right], variance[right])
    assert 0.9 < covered < 0.99
    assert fp.metrics.coverage(split["curve"][right], mean[right], variance[right] / 9) < 0.6


def test_image_from_a_curve_is_better_than_the_mean_image() -> None:
    model, split = complete(), specimens(200, seed=8)
    mean, _ = model.infer({"curve": split["curve"]}, "image", samples=8)
    error = np.mean((mean - split["image"]) ** 2)
    assert error < 0.8 * np.mean((specimens()["image"].mean(axis=0) - split["image"]) ** 2)


def test_decoded_experts_are_averaged_by_equation_12() -> None:
    model = scrambled(tiny())
    z = np.random.default_rng(0).normal(size=(7, 2))
    with eagerly():
        decoded = model.decode(z)
    assert set(decoded) == {"image", "curve"}
    log_joint = log_softmax(model.logits.numpy()) + np.stack(
        [
            stats.norm(m, np.exp(s / 2)).logpdf(z).sum(axis=1)
            for m, s in zip(model.means.numpy(), model.log_variances.numpy(), strict=True)
        ],
        axis=1,
    )
    gamma = np.exp(log_softmax(log_joint, axis=1))
    expected = gamma @ (model.expert_parameters["curve"].numpy() * T)
    assert_close(decoded["curve"], expected, SINGLE)


# -- generation ------------------------------------------------------------------------------------------------------


def test_generated_specimens_come_from_their_cluster() -> None:
    """Moments of 4000 draws of Z and of the curve."""
    model = scrambled(tiny())
    model.expert_log_variance["curve"].assign([-2.0, 0.0, -4.0])
    with eagerly():
        for cluster in range(3):
            drawn = model.generate(cluster, n=4000)
            centre = model.means.numpy()[cluster].astype(np.float64)
            width = np.exp(model.log_variances.numpy()[cluster].astype(np.float64))
            assert_within_band(drawn["z"] / np.sqrt(width), centre / np.sqrt(width), detects=0.2)
            assert_within_band(np.square(drawn["z"] - centre) / width, np.ones(2), detects=0.3)
            curve = model.expert_curves("curve").numpy()[cluster].astype(np.float64)
            variance = np.exp([-2.0, 0.0, -4.0][cluster])
            standard = (drawn["curve"] - curve) / np.sqrt(variance)
            assert_within_band(standard, np.zeros(12), detects=0.2)
            assert_within_band(np.square(standard), np.ones(12), detects=0.3)


def test_generated_images_are_the_decoded_latent_points() -> None:
    model = trained()
    drawn = model.generate(1, n=5)
    assert_close(drawn["image"], model.decode(drawn["z"])["image"], SINGLE)


def test_generation_without_noise_and_its_seeds() -> None:
    model = trained()
    clean = model.generate(2, n=3, noise=False)
    assert np.array_equal(clean["curve"], np.tile(model.expert_curves("curve")[2], (3, 1)))
    one, same, other = (model.generate(2, n=3, seed=s) for s in (0, 0, 1))
    assert all(np.array_equal(one[n], same[n]) for n in one)
    assert not any(np.array_equal(one[n], other[n]) for n in one)
    assert not np.array_equal(
        model.generate(0, n=3)["z"] - model.means[0], one["z"] - model.means[2]
    )


# -- the whole ---------------------------------------------------------------------------------------------------------


def test_clusters_are_found() -> None:
    """Three seeds: all specimens from both modalities, nearly all from the latent point alone, for each of them."""
    split = specimens(200, seed=9)
    exact, latent = [], []
    for seed in (1, 2, 3):
        model = tiny(seed=seed)
        with eagerly():
            model.fit(specimens(60), epochs=3, batch_size=20, progress=False)
            exact.append(fp.metrics.clustering_accuracy(split.labels, model.predict(split)))
            found = model.predict(split, "from_z")
            latent.append(fp.metrics.clustering_accuracy(split.labels, found))
    assert min(exact) > 0.99
    assert np.median(latent) > 0.9


def test_clusters_are_found_from_one_modality() -> None:
    model, split = complete(), specimens(200, seed=9)
    for name, least in (("image", 0.9), ("curve", 0.95)):
        for method in METHODS:
            found = model.predict({name: split[name]}, method)
            accuracy = fp.metrics.clustering_accuracy(split.labels, found)
            assert accuracy > least, (name, method)
