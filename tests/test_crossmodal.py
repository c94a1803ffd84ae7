"""Stage two: unimodal encoders against the frozen joint model, and the two Bayesian estimates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import references
import scipy.special
import tensorflow as tf
from models import (
    BOTH,
    CROSSMODAL,
    CURVE,
    IMAGE,
    MIXES,
    T,
    assert_probabilities,
    assert_same_bits,
    assert_same_history,
    complete,
    copy,
    eagerly,
    scrambled,
    specimens,
    tiny,
    trained,
)
from scipy import stats
from tolerances import SINGLE, assert_close

import fplib as fp
from fplib import archive, crossmodal
from fplib.config import override
from fplib.crossmodal import bayes_centroid, bayes_cluster, random_shift
from fplib.gaussians import DiagonalGaussian
from fplib.mixture import GaussianMixture

SMALL = specimens(60)
SHORT = {"epochs": 2, "batch_size": 30, "progress": False}


def second_stage(
    model: fp.FingerprintModel | None = None, **options: object
) -> tuple[fp.FingerprintModel, list[dict]]:
    """A general model after two short epochs of stage two, and the history."""
    model = scrambled(tiny()) if model is None else model
    with eagerly():
        history = model.fit_crossmodal(SMALL, **SHORT | options)
    return model, history


def unimodal(model: fp.FingerprintModel) -> dict[str, np.ndarray]:
    return {n: a for n, a in archive.state(model).items() if n.startswith("unimodal/")}


# -- the second encoders ---------------------------------------------------------------------------------------------


def test_divergence_falls() -> None:
    history = complete().stage_two_history
    for name in ("image", "curve"):
        kl = [row["kl"] for row in history if row["modality"] == name]
        assert len(kl) == CROSSMODAL.epochs
        assert kl[-1] < 0.8 * kl[0]


def test_history() -> None:
    history = complete().stage_two_history
    each = CROSSMODAL.epochs
    assert [row["modality"] for row in history] == ["image"] * each + ["curve"] * each
    assert [row["epoch"] for row in history] == 2 * list(range(1, each + 1))
    assert all(set(row) == {"modality", "epoch", "kl", "cluster_kl", "seconds"} for row in history)
    assert all(row["kl"] > 0 and row["cluster_kl"] >= 0 for row in history)
    seconds = [row["seconds"] for row in history]
    assert seconds == sorted(seconds)
    _, alone = second_stage(cluster_weight=0.0, epochs=1)
    assert set(alone[0]) == {"modality", "epoch", "kl", "seconds"}


def test_stage_one_is_left_as_it_is() -> None:
    """To the bit, running averages of its encoders included."""
    before, after = archive.state(trained()), archive.state(complete())
    assert_same_bits({name: after[name] for name in before}, before)
    new = set(after) - set(before)
    assert {name.split("/")[1] for name in new} == {"image", "curve"}
    assert {name.split("/")[0] for name in new} == {"unimodal"}


def test_one_modality_alone_goes_through_its_second_encoder_once_there_is_one() -> None:
    split = specimens(20, seed=4)
    one, two = trained(), complete()
    for name in ("image", "curve"):
        data = {name: split[name]}
        with eagerly():
            first = one.encode({name: tf.constant(split[name])})[name]
            second = two.encode({name: tf.constant(split[name])}, unimodal=True)[name]
        assert_close(one.transform(data), first.mean, SINGLE)
        assert_close(two.transform(data), second.mean, SINGLE)
        assert not np.allclose(first.mean, second.mean, atol=0.01)
    assert np.array_equal(one.transform(split), two.transform(split))  # together: stage one


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
    """Its joint posterior is its encoder's: stage one's encoder stays in use."""
    model = scrambled(tiny([CURVE]))
    data = {"curve": SMALL["curve"]}
    with eagerly():
        before = model.transform(data)
        model.fit_crossmodal(data, **SHORT | {"epochs": 1})
        assert np.array_equal(model.transform(data), before)


@pytest.mark.parametrize("direction", ["unimodal_to_joint", "joint_to_unimodal"])
def test_loss_against_the_definition(direction: str) -> None:
    """Both divergences of a batch, from the definition of each, for encoders that differ from stage one's."""
    model = scrambled(tiny())
    rows = np.arange(30)
    with eagerly():
        joint, gamma = model.posterior(SMALL), model.responsibilities(SMALL)
        network = model._encoder(IMAGE, 77)
        config = override(CROSSMODAL, shift=0, direction=direction, cluster_weight=0.5)
        terms = crossmodal._step_terms(
            model,
            network,
            "image",
            tf.constant(SMALL["image"]),
            DiagonalGaussian(*map(tf.constant, joint)),
            tf.constant(gamma),
            config,
        )(tf.constant(rows), tf.constant([0, 0]))
        fresh = model._encoder(IMAGE, 77)
        found = model.gaussian(fresh, "image", tf.constant(SMALL["image"][rows]), training=True)
    found = DiagonalGaussian(*(a.numpy().astype(np.float64) for a in found))
    target = DiagonalGaussian(*(a[rows].astype(np.float64) for a in joint))
    pair = (found, target) if direction == "unimodal_to_joint" else (target, found)
    assert_close(terms["kl"], references.kl_divergence(*pair), SINGLE)
    mixture = GaussianMixture(*(np.asarray(a, np.float64) for a in model.mixture))
    log_found = references.log_responsibilities(found.mean, mixture)
    cluster = [stats.entropy(g, np.exp(f)) for g, f in zip(gamma[rows], log_found, strict=True)]
    assert_close(terms["cluster_kl"], 0.5 * np.array(cluster), 10 * SINGLE)  # ten nats wide


def test_warm_start_copies_stage_one_and_a_cold_one_does_not() -> None:
    warm, _ = second_stage(learning_rate=1e-12, epochs=1)
    cold, _ = second_stage(learning_rate=1e-12, epochs=1, warm_start=False)
    for name in ("image", "curve"):
        first = warm.encoders[name].trainable_weights
        copied = zip(first, warm.unimodal[name].trainable_weights, strict=True)
        assert all(np.allclose(a, b, atol=1e-9) for a, b in copied)
        kernels = zip(first, cold.unimodal[name].trainable_weights, strict=True)
        assert not any(np.allclose(a, b, atol=1e-3) for a, b in kernels if a.shape.rank > 1)


def test_curves_may_have_their_own_rate() -> None:
    model, _ = second_stage(learning_rate=1e-12, curve_learning_rate=0.01, epochs=1)
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


# -- bits, killing and continuing ------------------------------------------------------------------------------------


class Killed(Exception):
    """Stands for a power cut."""


@pytest.fixture(scope="module")
def uninterrupted() -> tuple[fp.FingerprintModel, list[dict]]:
    return second_stage()


def kill_in_epoch(number: int) -> Callable:
    """Replaces `Descent.epoch`; its n-th call dies after the work and before it is saved."""
    epoch, calls = crossmodal.Descent.epoch, []

    def broken(self: crossmodal.Descent, *arguments: object) -> dict:
        found = epoch(self, *arguments)
        calls.append(1)
        if len(calls) == number:
            raise Killed
        return found

    return broken


@pytest.mark.parametrize("number", [2, 3, 4], ids=["first", "between", "second"])
def test_killed_and_continued(
    number: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    uninterrupted: tuple[fp.FingerprintModel, list[dict]],
) -> None:
    """Within the first modality's epochs, between the two modalities, within the second's."""
    with monkeypatch.context() as patch:
        patch.setattr(crossmodal.Descent, "epoch", kill_in_epoch(number))
        with pytest.raises(Killed):
            second_stage(checkpoint=tmp_path)
    calls: list[int] = []
    epoch = crossmodal.Descent.epoch

    def counted(self: crossmodal.Descent, *arguments: object) -> dict:
        calls.append(1)
        return epoch(self, *arguments)

    monkeypatch.setattr(crossmodal.Descent, "epoch", counted)
    model, history = second_stage(checkpoint=tmp_path)
    assert len(calls) == 4 - (number - 1)  # what was saved is not done again
    assert_same_bits(archive.state(model), archive.state(uninterrupted[0]))
    assert_same_history(history, uninterrupted[1])
    again, same = second_stage(checkpoint=tmp_path)  # a finished run is only read
    assert len(calls) == 4 - (number - 1)
    assert_same_bits(archive.state(again), archive.state(model))
    assert same == history


def test_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    second_stage(checkpoint=tmp_path, epochs=1)
    with pytest.raises(ValueError, match="belongs to another run: its options"):
        second_stage(checkpoint=tmp_path, epochs=1, shift=0)
    with pytest.raises(ValueError, match="belongs to another run: its seed"):
        second_stage(scrambled(tiny(seed=1)), checkpoint=tmp_path, epochs=1)
    file = tmp_path / "stage_two.ckpt"
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(ValueError, match=r"stage_two\.ckpt .*damaged"):
        second_stage(checkpoint=tmp_path, epochs=1)


def test_checkpoint_for_another_joint_model_is_refused(tmp_path: Path) -> None:
    second_stage(checkpoint=tmp_path, epochs=1)
    with pytest.raises(ValueError, match="belongs to another run"):
        second_stage(scrambled(tiny(), seed=1), checkpoint=tmp_path, epochs=1)


def test_different_seeds_differ(uninterrupted: tuple[fp.FingerprintModel, list[dict]]) -> None:
    """The joint model is the same; order of the data and shifts of the images are not."""
    first = uninterrupted[0]
    second = tiny(seed=1)
    archive.restore(second, {n: a for n, a in archive.state(first).items() if "unimodal" not in n})
    second_stage(second)
    mine, other = unimodal(first), unimodal(second)
    assert not any(np.array_equal(mine[n], other[n]) for n in mine)


def test_labels_are_not_read(uninterrupted: tuple[fp.FingerprintModel, list[dict]]) -> None:
    model = scrambled(tiny())
    with eagerly():
        model.fit_crossmodal(SMALL.without_labels(), **SHORT)
    assert_same_bits(unimodal(model), unimodal(uninterrupted[0]))


def test_wrong_data_and_options_are_refused() -> None:
    model = scrambled(tiny())
    with pytest.raises(ValueError, match=r"lacks the modalities \['image'\]"):
        model.fit_crossmodal({"curve": SMALL["curve"]})
    with pytest.raises(TypeError, match="Crossmodal has no option 'keep'"):
        model.fit_crossmodal(SMALL, keep="best")
    with pytest.raises(ValueError, match="direction must be one of"):
        model.fit_crossmodal(SMALL, direction="both")
    assert model.unimodal == {}


def test_first_term_that_is_not_finite_is_named() -> None:
    model = scrambled(tiny())
    with eagerly():
        model.add_unimodal("image")
    model.encoders["image"].weights[-1].assign(np.full(4, np.nan))
    with pytest.raises(FloatingPointError, match=r"Term 'kl' became nan in epoch 1, step"):
        second_stage(model)


# -- shifted images --------------------------------------------------------------------------------------------------


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
    shift = crossmodal.random_shift

    def watched(images: tf.Tensor, pixels: int, seed: tf.Tensor) -> tf.Tensor:
        assert pixels == 1
        assert images.shape[1:] == (12, 12)
        seeds.append(tuple(seed.numpy().tolist()))
        return shift(images, pixels, seed)

    monkeypatch.setattr(crossmodal, "random_shift", watched)
    second_stage()
    assert len(set(seeds)) == len(seeds) == 4
    seeds.clear()
    second_stage(shift=0, epochs=1)
    assert not seeds


# -- Bayes' rule -----------------------------------------------------------------------------------------------------


def test_cluster_of_an_expert_modality_by_direct_bayes() -> None:
    """Equation (19): pi_c times a multivariate normal, normalised."""
    model = scrambled(tiny())
    model.expert_log_variance["curve"].assign([0.0, 0.5, -0.5])
    with eagerly():
        found = bayes_cluster(model, {"curve": SMALL["curve"]})
        centroid = bayes_centroid(model, {"curve": SMALL["curve"]})
    assert_probabilities(found, (60, 3))
    weights = np.exp(model.mixture.log_weights)
    joint = np.stack(
        [
            w * stats.multivariate_normal(slope * T, variance).pdf(SMALL["curve"])
            for w, (slope,), variance in zip(
                weights,
                model.expert_parameters["curve"].numpy().astype(np.float64),
                np.exp([0.0, 0.5, -0.5]),
                strict=True,
            )
        ],
        axis=1,
    )
    expected = joint / joint.sum(axis=1, keepdims=True)
    assert (expected.max(axis=1) < 0.99).any()
    assert_close(found, expected, SINGLE)
    assert_close(centroid, expected, SINGLE)  # an expert sees the cluster alone


def black_box() -> tuple[fp.FingerprintModel, np.ndarray]:
    """A decoder with residuals so large that several clusters may have made an image."""
    model = scrambled(tiny())
    model.residual_variance["image"].assign(5.0)
    return model, SMALL["image"]


def test_centroid_of_a_black_box_modality() -> None:
    """Equation (20): the decoded centres as three normals."""
    model, images = black_box()
    with eagerly():
        found = bayes_centroid(model, {"image": images})
        centres = model.decode(model.means.numpy())["image"].astype(np.float64)
    log_joint = model.mixture.log_weights.numpy() + np.stack(
        [stats.norm(c, np.sqrt(5)).logpdf(images).sum(axis=(1, 2)) for c in centres], axis=1
    )
    assert_probabilities(found, (60, 3))
    assert_close(found, scipy.special.softmax(log_joint, axis=1), 10 * SINGLE)  # sums of 144 pixels


def test_cluster_of_a_black_box_modality_is_the_average_over_the_cluster() -> None:
    """Equation (19) against draws of our own: p(X|c) as a mean of 4000 likelihoods."""
    model, images = black_box()
    model.log_variances.assign(np.full((3, 2), -1.0))
    model.means.assign([[2.0, 0], [-2, 1], [0, -2]])
    rng = np.random.default_rng(0)
    log_joint = []
    with eagerly():
        found = bayes_cluster(model, {"image": images}, samples=2000)
        for c in range(3):
            z = model.means.numpy()[c] + np.exp(-0.5) * rng.standard_normal((4000, 2))
            decoded = model.decode(z)["image"].astype(np.float64)
            squares = ((images[:, np.newaxis] - decoded) ** 2).sum(axis=(2, 3))  # (N, 4000)
            log_joint.append(scipy.special.logsumexp(-squares / 10, axis=1))
    expected = scipy.special.softmax(model.mixture.log_weights + np.stack(log_joint, 1), axis=1)
    assert_probabilities(found, (60, 3))
    assert_close(found, expected, 0.02)  # 2000 draws scatter by 0.004
    with eagerly():
        centroid = bayes_centroid(model, {"image": images})
    assert np.abs(centroid - expected).max() > 0.05  # so the average was needed


def test_bayesian_estimates_find_the_clusters() -> None:
    split = specimens(100, seed=6)
    model = complete()
    for estimate in (bayes_cluster, bayes_centroid):
        for name in ("image", "curve"):
            gamma = estimate(model, {name: split[name]})
            accuracy = fp.metrics.clustering_accuracy(split.labels, gamma.argmax(axis=1))
            assert accuracy > (0.95 if name == "curve" else 0.8), (estimate, name)


def test_draws_depend_on_the_seed() -> None:
    model, images = black_box()
    with eagerly():
        one, same, other = (
            bayes_cluster(model, {"image": images}, samples=4, seed=s) for s in (0, 0, 1)
        )
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("names", [[], ["image", "curve"]])
def test_bayesian_estimates_take_one_modality(names: list[str]) -> None:
    data = {name: SMALL[name] for name in names}
    for estimate in (bayes_cluster, bayes_centroid):
        with pytest.raises(ValueError, match="one modality at a time; received"):
            estimate(tiny(), data)


def test_copy_is_deep() -> None:
    """The helper that the tests above stand on."""
    one = scrambled(tiny(BOTH))
    two = copy(one)
    assert_same_bits(archive.state(two), archive.state(one))
    two.means.assign_add(np.ones((3, 2)))
    assert not np.array_equal(one.means, two.means)
