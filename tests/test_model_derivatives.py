"""What one step of Adam differentiates."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from models import (
    assert_same_bits,
    batch_of,
    eagerly,
    noise_of,
    scrambled,
    tiny,
)
from scipy import stats
from tolerances import SINGLE, assert_close

from fplib import archive

METHODS = ("mean_field", "from_z")


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
