"""What one step of Adam differentiates."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

from tests.support.models import assert_same_bits, batch_of, eagerly, noise_of, scrambled, tiny
from tests.support.tolerances import SINGLE, assert_close

ASSIGNMENTS = ("mean_field", "from_z")


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


@pytest.fixture(scope="module", params=ASSIGNMENTS)
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
    for assignment in ASSIGNMENTS:
        with tf.GradientTape() as tape:
            entropy = model.terms(batch, noise, assignment)["cluster_entropy"]
        head = model.encoders["image"].trainable_weights[-1].value
        gradients = tape.gradient(entropy, [model.means, model.logits, model.log_variances, head])
        reached[assignment] = [g is not None and bool(np.any(g)) for g in gradients]
    assert reached == {"mean_field": [False] * 4, "from_z": [True] * 4}


def test_frozen_responsibilities_are_used_while_the_flag_is_set() -> None:
    model = scrambled(tiny())
    batch, noise = batch_of(model), noise_of(model)
    frozen = np.random.default_rng(0).dirichlet(np.ones(3), size=8)
    log_frozen = tf.constant(np.log(frozen), tf.float32)
    with eagerly():
        on, off = (
            model.terms(batch, noise, "mean_field", frozen=(tf.constant(flag), log_frozen))
            for flag in (True, False)
        )
        free = model.terms(batch, noise, "mean_field")
    expected = stats.entropy(frozen, axis=1)
    assert_close(on["cluster_entropy"], expected, SINGLE)
    assert_close(on["cluster_prior"], frozen @ model.mixture.log_weights.numpy(), SINGLE)
    for name, values in free.items():
        assert np.array_equal(off[name], values)


def test_unseen_modality_does_not_influence_the_posterior() -> None:
    """Only the bound still asks for it."""
    model = scrambled(tiny())
    batch, noise = batch_of(model), noise_of(model)
    names = list(batch)
    posterior = ("latent_entropy", "reconstruction.image")
    for place, name in enumerate(names):
        changed = batch | {name: 1 - batch[name]}
        with eagerly():
            one, two = (model.terms(b, noise, "from_z", n_unimodal=3) for b in (batch, changed))
        unseen = np.arange(8) // 3 == 1 - place  # encoded from the other modality alone
        for term in posterior:
            if term != f"reconstruction.{name}":
                same = one[term].numpy() == two[term].numpy()
                assert same.tolist() == unseen.tolist()
    seen = batch | {"curve": batch["curve"] * 3 - 7}
    with eagerly():
        one, two = (model.terms(b, noise, "from_z", n_unimodal=3) for b in (batch, seen))
    assert not np.allclose(one["expert.curve"][:3], two["expert.curve"][:3])


def test_specimens_seen_through_one_modality_have_its_posterior() -> None:
    model = scrambled(tiny())
    batch = batch_of(model)
    with eagerly():
        each = model.encode(batch)
        whole, some, all_alone = (model.fused_posterior(batch, alone) for alone in (0, 3, 4))
    for found, alone in ((some, 3), (all_alone, 4)):
        for place, name in enumerate(batch):
            rows = slice(place * alone, (place + 1) * alone)
            assert_close(found.mean[rows], each[name].mean[rows].numpy(), SINGLE)
            assert_close(found.log_variance[rows], each[name].log_variance[rows].numpy(), SINGLE)
        assert_close(found.mean[2 * alone :], whole.mean[2 * alone :].numpy(), SINGLE)


def test_encoders_are_not_asked_for_what_is_not_seen() -> None:
    model = scrambled(tiny())
    batch = batch_of(model)
    sizes = []
    inner = model.gaussian
    model.gaussian = lambda network, name, x, training: (
        sizes.append((name, len(x))) or inner(network, name, x, training)
    )
    with eagerly():
        model.fused_posterior(batch, 3)
    assert sizes == [(name, 5) for name in batch]


def test_training_mode_normalises_by_the_batch() -> None:
    model = scrambled(tiny())
    batch, noise = batch_of(model), noise_of(model)
    before = model.state()
    with eagerly():
        model.terms(batch, noise, "mean_field")
        assert_same_bits(model.state(), before)
        model.terms(batch, noise, "mean_field", training=True)
    after = model.state()
    changed = [n for n in after if not np.array_equal(after[n], before[n])]
    assert changed
    assert all(n.startswith("encoders/") for n in changed)
