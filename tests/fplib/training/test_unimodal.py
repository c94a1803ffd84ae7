"""Unimodal encoders against the frozen joint model."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf
from scipy import stats

import fplib as fp
from fplib import networks
from fplib.config import override
from fplib.gaussians import DiagonalGaussian
from fplib.mixture import GaussianMixture
from fplib.training import unimodal
from fplib.training.augmentation import random_shift
from tests.support import references
from tests.support.fits import SHORT, SMALL, with_unimodal
from tests.support.models import (
    BOTH,
    CROSSMODAL,
    CURVE,
    MIXES,
    assert_same_bits,
    complete,
    copy,
    eagerly,
    scrambled,
    specimens,
    tiny,
    trained,
)
from tests.support.tolerances import SINGLE, assert_close

# -- the encoders ---------------------------------------------------------------------------------


def test_divergence_falls() -> None:
    history = complete().unimodal_history_
    for name in ("image", "curve"):
        kl = [row["kl"] for row in history if row["modality"] == name]
        assert len(kl) == CROSSMODAL.epochs
        assert kl[-1] < 0.8 * kl[0]


def test_history() -> None:
    history = complete().unimodal_history_
    each = CROSSMODAL.epochs
    assert [row["modality"] for row in history] == ["image"] * each + ["curve"] * each
    assert [row["epoch"] for row in history] == 2 * list(range(1, each + 1))
    assert all(set(row) == {"modality", "epoch", "kl", "cluster_kl", "seconds"} for row in history)
    assert all(row["kl"] > 0 and row["cluster_kl"] >= 0 for row in history)
    seconds = [row["seconds"] for row in history]
    assert seconds == sorted(seconds)
    _, plain = with_unimodal(cluster_weight=0.0, epochs=1)
    assert set(plain[0]) == {"modality", "epoch", "kl", "seconds"}


def test_the_joint_model_is_left_as_it_is() -> None:
    """To the bit, running averages of its encoders included."""
    before, after = trained().state(), complete().state()
    assert_same_bits({name: after[name] for name in before}, before)
    new = set(after) - set(before)
    assert {name.split("/")[1] for name in new} == {"image", "curve"}
    assert {name.split("/")[0] for name in new} == {"unimodal"}


def test_one_modality_alone_goes_through_its_unimodal_encoder_once_there_is_one() -> None:
    split = specimens(20, seed=4)
    one, two = trained(), complete()
    for name in ("image", "curve"):
        data = {name: split[name]}
        with eagerly():
            first = one.encode({name: tf.constant(split[name])})[name]
            second = two.encode({name: tf.constant(split[name])}, use_unimodal=True)[name]
        assert_close(one.transform(data), first.mean, SINGLE)
        assert_close(two.transform(data), second.mean, SINGLE)
        assert not np.allclose(first.mean, second.mean, atol=0.01)
    assert np.array_equal(one.transform(split), two.transform(split))  # together: the joint model


def test_one_modality_comes_closer_to_the_joint_posterior() -> None:
    split = specimens(100, seed=4)
    joint = trained().posterior(split)
    for name in ("image", "curve"):
        before, after = (
            references.kl_divergence(m.posterior({name: split[name]}), joint).mean()
            for m in (trained(), complete())
        )
        assert after < before


def test_a_model_of_one_modality_has_nothing_to_imitate() -> None:
    """Its joint posterior is its encoder's, which stays in use."""
    model = scrambled(tiny([CURVE]))
    data = {"curve": SMALL["curve"]}
    with eagerly():
        before = model.transform(data)
        model.fit_crossmodal(data, **SHORT | {"epochs": 1})
        assert np.array_equal(model.transform(data), before)


@pytest.mark.parametrize("direction", ["unimodal_to_joint", "joint_to_unimodal"])
def test_loss_against_the_definition(direction: str) -> None:
    """Both divergences of a batch, from the definition of each, for encoders that differ from the joint model's."""
    model = scrambled(tiny())
    rows = np.arange(30)
    with eagerly():
        joint, gamma = model.posterior(SMALL), model.responsibilities(SMALL)
        network = model._network(networks.encoder, "image", 77)
        config = override(CROSSMODAL, shift=0, direction=direction, cluster_weight=0.5)
        batch = {
            "x": tf.constant(SMALL["image"][rows]),
            "joint": DiagonalGaussian(*(tf.constant(a[rows]) for a in joint)),
            "gamma": tf.constant(gamma[rows]),
        }
        terms = unimodal._step_terms(model, network, "image", config)(batch, tf.constant([0, 0]))
        fresh = model._network(networks.encoder, "image", 77)
        found = model.gaussian(fresh, "image", tf.constant(SMALL["image"][rows]), training=True)
    found = DiagonalGaussian(*(a.numpy().astype(np.float64) for a in found))
    target = DiagonalGaussian(*(a[rows].astype(np.float64) for a in joint))
    pair = (found, target) if direction == "unimodal_to_joint" else (target, found)
    assert_close(terms["kl"], references.kl_divergence(*pair), SINGLE)
    mixture = GaussianMixture(*(np.asarray(a, np.float64) for a in model.mixture))
    log_found = references.log_responsibilities(found.mean, mixture)
    cluster = [stats.entropy(g, np.exp(f)) for g, f in zip(gamma[rows], log_found, strict=True)]
    assert_close(terms["cluster_kl"], 0.5 * np.array(cluster), 10 * SINGLE)  # ten nats wide


def test_warm_start_copies_the_joint_encoder_and_a_cold_one_does_not() -> None:
    warm, _ = with_unimodal(learning_rate=1e-12, epochs=1)
    cold, _ = with_unimodal(learning_rate=1e-12, epochs=1, warm_start=False)
    for name in ("image", "curve"):
        first = warm.encoders[name].trainable_weights
        copied = zip(first, warm.unimodal[name].trainable_weights, strict=True)
        assert all(np.allclose(a, b, atol=1e-9) for a, b in copied)
        kernels = zip(first, cold.unimodal[name].trainable_weights, strict=True)
        assert not any(np.allclose(a, b, atol=1e-3) for a, b in kernels if a.shape.rank > 1)


def test_curves_may_have_their_own_rate() -> None:
    model, _ = with_unimodal(learning_rate=1e-12, curve_learning_rate=0.01, epochs=1)
    for name, moves in (("image", False), ("curve", True)):
        pairs = zip(
            model.encoders[name].trainable_weights,
            model.unimodal[name].trainable_weights,
            strict=True,
        )
        assert all(np.allclose(a, b, atol=1e-9) != moves for a, b in pairs)


@pytest.mark.parametrize("mix", ["image, two curves", "two images"])
def test_every_modality_gets_an_encoder(mix: str) -> None:
    modalities = MIXES[mix]
    data = specimens(40, modalities=modalities)
    model = scrambled(tiny(modalities))
    with eagerly():
        model.fit_crossmodal(data, epochs=1, batch_size=40, progress=False)
        assert list(model.unimodal) == [m.name for m in modalities]
        for m in modalities:
            assert model.predict({m.name: data[m.name]}).shape == (40,)


ASSIGNMENTS = fp.config.ASSIGNMENTS


def test_clusters_are_found_from_one_modality() -> None:
    model, split = complete(), specimens(200, seed=9)
    for name, least in (("image", 0.9), ("curve", 0.95)):
        for assignment in ASSIGNMENTS:
            found = model.predict({name: split[name]}, assignment)
            accuracy = fp.metrics.clustering_accuracy(split.labels, found)
            assert accuracy > least, (name, assignment)


# -- shifted images -------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(200, 9, 12), (200, 10, 8, 3)])
@pytest.mark.parametrize("pixels", [1, 3])
def test_random_shift_against_a_loop(shape: tuple[int, ...], pixels: int) -> None:
    """Each image is one of the (2 p + 1)^2 shifted ones, filled with zeros; every shift occurs."""
    images = 1 + np.random.default_rng(0).random(shape).astype(np.float32)
    seed = tf.constant([3, 4])
    found = random_shift(tf.constant(images), pixels, seed).numpy()
    height, width = shape[1:3]
    shifts = []
    for image, moved in zip(images, found, strict=True):
        matches = []
        for down in range(-pixels, pixels + 1):
            for across in range(-pixels, pixels + 1):
                expected = np.zeros_like(image)
                for i in range(height):
                    if 0 <= i - down < height:
                        row = image[i - down]
                        start, stop = max(across, 0), width + min(across, 0)
                        expected[i, start:stop] = row[start - across : stop - across]
                if np.array_equal(expected, moved):
                    matches.append((down, across))
        assert len(matches) == 1
        shifts += matches
    assert len(set(shifts)) == (2 * pixels + 1) ** 2 if pixels == 1 else len(set(shifts)) > 40
    assert np.array_equal(random_shift(tf.constant(images), pixels, seed), found)
    assert not np.array_equal(random_shift(tf.constant(images), pixels, seed + 1), found)


def test_shifted_images_reach_the_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Images are moved, by a new draw at every step, and curves are not."""
    seeds: list[tuple[int, ...]] = []
    shift = unimodal.random_shift

    def watched(images: tf.Tensor, pixels: int, seed: tf.Tensor) -> tf.Tensor:
        assert pixels == 1
        assert images.shape[1:] == (12, 12)
        seeds.append(tuple(seed.numpy().tolist()))
        return shift(images, pixels, seed)

    monkeypatch.setattr(unimodal, "random_shift", watched)
    with_unimodal()
    assert len(set(seeds)) == len(seeds) == 8  # four steps of two shards
    seeds.clear()
    with_unimodal(shift=0, epochs=1)
    assert not seeds


def test_copy_is_deep() -> None:
    """The helper that the tests above stand on."""
    one = scrambled(tiny(BOTH))
    two = copy(one)
    assert_same_bits(two.state(), one.state())
    two.means.assign_add(np.ones((3, 2)))
    assert not np.array_equal(one.means, two.means)
