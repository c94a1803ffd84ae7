"""What a user asks of a model: clusters and latent points, from any modalities, and only of right data."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
import scipy.special

import fplib as fp
from fplib.config import Curve
from fplib.gaussians import DiagonalGaussian
from fplib.mixture import GaussianMixture
from tests.support import references
from tests.support.models import (
    CURVE,
    MIXES,
    T,
    assert_probabilities,
    assert_same_bits,
    complete,
    eagerly,
    scrambled,
    specimens,
    tiny,
    trained,
)
from tests.support.tolerances import SINGLE, assert_close

NEW = specimens(60, seed=7)

ASSIGNMENTS = fp.config.ASSIGNMENTS


def subsets(names: list[str]) -> list[tuple[str, ...]]:
    """Every set of at least one modality."""
    sizes = range(1, len(names) + 1)
    return [s for k in sizes for s in itertools.combinations(names, k)]


@pytest.mark.parametrize("mix", list(MIXES))
def test_any_mix_of_modalities(mix: str) -> None:
    """Both stages, then a question from every subset of the modalities: shapes, types, finite numbers."""
    modalities = MIXES[mix]
    names = [m.name for m in modalities]
    split = specimens(40, modalities=modalities)
    model = tiny(modalities)
    with eagerly():
        model.fit(split, epochs=2, batch_size=40, progress=False)
        model.fit_crossmodal(split, epochs=1, batch_size=40, progress=False)
        for i, subset in enumerate(subsets(names)):
            data = {name: split[name][:5] for name in subset}
            assert model.transform(data).shape == (5, 2)
            assert_probabilities(model.responsibilities(data, ASSIGNMENTS[i % 2]), (5, 3))
            wanted = modalities[i % len(modalities)]
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
    for assignment in ASSIGNMENTS:
        gamma = model.responsibilities(NEW, assignment)
        assert_probabilities(gamma, (60, 3))
        assert np.array_equal(model.predict(NEW, assignment), gamma.argmax(axis=1))
    assert np.array_equal(model.transform(NEW), model.posterior(NEW).mean)


def test_mean_field_weighs_the_physics_and_from_z_does_not() -> None:
    """From one posterior, both by the reference; the second is blind to the expert."""
    model = scrambled(tiny())
    with eagerly():
        q = DiagonalGaussian(*(a.astype(np.float64) for a in model.posterior(NEW)))
        found = {assignment: model.responsibilities(NEW, assignment) for assignment in ASSIGNMENTS}
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
    structured = references.log_joint(q.mean, prior) + likelihoods
    assert_close(found["structured"], scipy.special.softmax(structured, axis=1), 3 * SINGLE)
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
    before = model.state()
    model.predict(NEW)
    model.infer({"curve": NEW["curve"]}, "image", samples=2)
    model.generate(0)
    model.score(NEW)
    assert_same_bits(model.state(), before)


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


UNTRAINED: dict[str, Any] = QUESTIONS | {
    "decode": lambda m, d: m.decode(np.zeros((1, 2))),
    "generate": lambda m, d: m.generate(0),
    "score": lambda m, d: m.score(d),
    "fit_crossmodal": lambda m, d: m.fit_crossmodal(d),
    "save": lambda m, d: m.save("never.fpmodel.npz"),
    "bayes_cluster": lambda m, d: fp.bayes.bayes_cluster(m, {"image": d["image"]}),
    "bayes_centroid": lambda m, d: fp.bayes.bayes_centroid(m, {"image": d["image"]}),
}


@pytest.mark.parametrize("question", list(UNTRAINED))
def test_a_model_that_is_not_trained_says_so(question: str) -> None:
    message = rf"^{question} needs a trained model\. Call fit\(train, validation\) first, or open"
    with pytest.raises(fp.NotFittedError, match=message) as raised:
        UNTRAINED[question](tiny(), dict(NEW))
    assert isinstance(raised.value, ValueError)


def test_every_public_question_is_asked_of_an_untrained_model() -> None:
    """A new method of the class has to be entered above."""
    public = {name for name in vars(fp.FingerprintModel) if not name.startswith("_")}
    assert public - {"fit"} == {name for name in UNTRAINED if not name.startswith("bayes")}


def test_wrong_choices_are_refused() -> None:
    model = trained()
    with pytest.raises(
        ValueError, match="assignment must be one of 'mean_field', 'from_z', 'structured'; received"
    ):
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
        with pytest.raises(ValueError, match="assignment must be one of"):
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
