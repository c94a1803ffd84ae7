"""Stage one: what a fit may read and change, what it reports, how it stops and continues."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
import references
import tensorflow as tf
from models import (
    ARCHITECTURE,
    BOTH,
    CURVE,
    IMAGE,
    MIXES,
    NOISE,
    PRESET,
    SLOPES,
    TRAINING,
    T,
    assert_same_bits,
    assert_same_history,
    eagerly,
    scrambled,
    specimens,
    tiny,
    trained,
)
from tolerances import BAND, SINGLE, assert_close

import fplib as fp
from fplib import archive, training
from fplib.arrays import check_data
from fplib.config import override
from fplib.data import Split
from fplib.gaussians import DiagonalGaussian, sample
from fplib.initialization import Start
from fplib.mixture import log_responsibilities
from fplib.training import StarvingClusterWarning

SMALL = specimens(60)
SHORT = {"epochs": 2, "batch_size": 60, "progress": False}


def fitted(
    data: Mapping[str, np.ndarray] = SMALL, model: fp.FingerprintModel | None = None, **options
) -> fp.FingerprintModel:
    """A model after two short epochs."""
    model = tiny() if model is None else model
    with eagerly():
        model.fit(data, **SHORT | options)
    return model


@functools.cache
def usual() -> dict[str, np.ndarray]:
    """The arrays of the usual short fit."""
    return archive.state(fitted())


class Killed(Exception):
    """Stands for a power cut."""


def kill_after(epoch: int) -> Callable:
    def callback(model: fp.FingerprintModel, row: dict) -> None:
        if row["epoch"] == epoch:
            raise Killed

    return callback


# -- labels ----------------------------------------------------------------------------------------------------------


class Sealed(Mapping):
    """A split that lets nobody look at anything but the modalities."""

    def __init__(self, split: Split) -> None:
        self._split = split

    def __getitem__(self, name: str) -> np.ndarray:
        return self._split[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._split)

    def __len__(self) -> int:
        return len(self._split)

    def __getattr__(self, name: str) -> None:
        raise AssertionError(f"training asked for {name!r}")


def test_labels_cannot_influence_training() -> None:
    """Present, shuffled, withheld, and in a split that reports any attempt to look: identical bits."""
    shuffled = Split(
        dict(SMALL), ids=SMALL.ids, labels=np.random.default_rng(0).permutation(SMALL.labels)
    )
    assert not np.array_equal(shuffled.labels, SMALL.labels)
    models = [
        fitted(train, validation=train)
        for train in (shuffled, SMALL.without_labels(), Sealed(SMALL))
    ]
    for model in models:
        assert_same_bits(archive.state(model), usual())  # trained with the right labels in sight
        assert_same_history(model.history_, models[0].history_)


# -- seeds and resuming ----------------------------------------------------------------------------------------------


def test_continued_equals_uninterrupted_when_compiled(tmp_path: Path) -> None:
    """Also: one seed gives one sequence of bits, and nothing is traced so often that TensorFlow warns."""
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append
    tf.get_logger().addHandler(handler)
    epochs: list[int] = []
    try:
        expected = trained()
        (tmp_path / "stage_one.ckpt").write_bytes(expected.checkpoint_after_two_epochs)
        model = tiny()
        model.fit(
            specimens(),
            validation=specimens(90, seed=1),
            checkpoint=tmp_path,
            callback=lambda _, row: epochs.append(row["epoch"]),
            progress=False,
        )
    finally:
        tf.get_logger().removeHandler(handler)
    assert epochs == list(range(3, TRAINING.epochs + 1))  # it did continue
    assert_same_bits(archive.state(model), archive.state(expected))
    assert_same_history(model.history_, expected.history_)
    assert [r.getMessage() for r in records if r.levelno >= logging.WARNING] == []


EVERYTHING_BY_ADAM = {
    "start": "random",
    "evidence_epochs": 0,
    "responsibilities": "from_z",
    "weights": "adam",
    "widths": "adam",
    "experts": "adam",
    "expert_variance": "adam",
}


@pytest.mark.parametrize("options", [{"keep": "best"}, EVERYTHING_BY_ADAM], ids=["best", "adam"])
def test_killed_and_continued(
    options: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With keep="best", the best epoch is the first: it must survive in the checkpoint of the second."""
    scores = [-1.0, -5.0, -3.0]
    monkeypatch.setattr(fp.FingerprintModel, "score", lambda model, *_: scores[len(model.history_)])
    options = options | {"epochs": 3, "batch_size": 30, "validation": SMALL}
    states: list[dict] = []

    def keep(model: fp.FingerprintModel, row: dict) -> None:
        states.append(archive.state(model))

    expected = fitted(**options, callback=keep)
    with pytest.raises(Killed):
        fitted(**options, checkpoint=tmp_path, callback=kill_after(2))
    model = fitted(**options, checkpoint=tmp_path)
    assert_same_bits(archive.state(model), archive.state(expected))
    assert_same_history(model.history_, expected.history_)
    kept = states[0 if options.get("keep") == "best" else 2]
    networks = [name for name in kept if not name.startswith("residual_variance")]
    final = archive.state(expected)
    assert_same_bits({n: final[n] for n in networks}, {n: kept[n] for n in networks})
    assert any(not np.array_equal(states[0][n], states[2][n]) for n in networks)


def test_killed_within_an_epoch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was done of the second epoch is forgotten."""
    epoch = training.Descent.epoch

    def broken(self: training.Descent, number: int, progress: Callable | None = None) -> dict:
        found = epoch(self, number, progress)
        if number == 1:
            raise Killed
        return found

    with monkeypatch.context() as patch:
        patch.setattr(training.Descent, "epoch", broken)
        with pytest.raises(Killed):
            fitted(checkpoint=tmp_path)
    assert_same_bits(archive.state(fitted(checkpoint=tmp_path)), usual())


def test_a_finished_run_is_only_read(tmp_path: Path) -> None:
    expected = fitted(checkpoint=tmp_path, epochs=1)
    calls = []
    model = fitted(checkpoint=tmp_path, epochs=1, callback=lambda *_: calls.append(1))
    assert not calls
    assert_same_bits(archive.state(model), archive.state(expected))
    assert model.history_ == expected.history_
    assert [p.name for p in tmp_path.iterdir()] == ["stage_one.ckpt"]  # no temporary file is left


def test_different_seeds_differ() -> None:
    first, second = usual(), archive.state(fitted(model=tiny(seed=1)))
    same = [n for n in first if np.array_equal(first[n], second[n])]
    assert not [n for n in same if n.startswith(("encoders", "decoders", "means"))]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a short run."""
    folder = tmp_path_factory.mktemp("run")
    fitted(checkpoint=folder, epochs=1)
    return folder


OTHER_RUNS = {
    "options": {"epochs": 3},
    "data": {"data": specimens(60, seed=5)},
    "seed": {"model": lambda: tiny(seed=1)},
    "clusters": {"model": lambda: tiny(clusters=2)},
    "latent_dim": {"model": lambda: fp.FingerprintModel(BOTH, 3, 4, preset=PRESET)},
    "architecture": {
        "model": lambda: tiny(architecture=override(ARCHITECTURE, log_variance_bound=7.0))
    },
    "modalities": {"model": lambda: tiny((CURVE, IMAGE))},
}


@pytest.mark.parametrize("key", list(OTHER_RUNS))
def test_checkpoint_of_another_run_is_refused(key: str, checkpoint: Path) -> None:
    changes = {k: v() if k == "model" else v for k, v in OTHER_RUNS[key].items()}
    with pytest.raises(ValueError, match=rf"belongs to another run: its {key} .* delete the file"):
        fitted(**{"epochs": 1} | changes, checkpoint=checkpoint)


def test_checkpoint_with_other_validation_data_is_refused(tmp_path: Path) -> None:
    options = {"epochs": 1, "keep": "best", "checkpoint": tmp_path}
    fitted(**options, validation=SMALL)
    with pytest.raises(ValueError, match="belongs to another run"):
        fitted(**options, validation=specimens(60, seed=5))


def test_numpy_numbers_as_options(tmp_path: Path) -> None:
    options = {"epochs": np.int64(1), "learning_rate": np.float32(0.01)}
    assert len(fitted(**options, checkpoint=tmp_path).history_) == 1


def test_fitting_again_starts_afresh() -> None:
    model = fitted()
    fitted(model=model)
    assert_same_bits(archive.state(model), usual())


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.999])
def test_truncated_checkpoint_is_refused(keep: float, checkpoint: Path, tmp_path: Path) -> None:
    whole = (checkpoint / "stage_one.ckpt").read_bytes()
    (tmp_path / "stage_one.ckpt").write_bytes(whole[: int(keep * len(whole))])
    with pytest.raises(ValueError, match=r"stage_one\.ckpt .*damaged"):
        fitted(checkpoint=tmp_path, epochs=1)


# -- what is reported ------------------------------------------------------------------------------------------------


def test_history() -> None:
    model = trained()
    terms = {
        "term.reconstruction.image",
        "term.expert.curve",
        "term.latent_prior",
        "term.cluster_prior",
        "term.latent_entropy",
        "term.cluster_entropy",
    }
    others = {"epoch", "elbo", "elbo.validation", "occupancy", "entropy", "seconds"}
    assert [row["epoch"] for row in model.history_] == list(range(1, TRAINING.epochs + 1))
    for row in model.history_:
        assert set(row) == terms | others
        assert row["elbo"] == pytest.approx(sum(row[t] for t in terms), rel=1e-6)
        assert sum(row["occupancy"]) == pytest.approx(1, abs=1e-5)
        assert 0 <= row["entropy"] <= np.log(3)
    seconds = [row["seconds"] for row in model.history_]
    assert sorted(seconds) == seconds
    assert seconds[0] > 0
    assert model.history_[-1]["elbo"] > model.history_[0]["elbo"] + 1


def test_last_row_describes_the_model_that_is_kept() -> None:
    model, validation = trained(), specimens(90, seed=1)
    row = model.history_[-1]
    assert row["elbo.validation"] == pytest.approx(model.score(validation), rel=1e-5)
    gamma = model.responsibilities(validation)
    assert_close(row["occupancy"], gamma.mean(axis=0), SINGLE)


def test_without_validation_the_training_data_are_watched() -> None:
    model = fitted(epochs=1)
    (row,) = model.history_
    assert "elbo.validation" not in row
    assert_close(row["occupancy"], model.responsibilities(SMALL).mean(axis=0), SINGLE)


def test_validation_data_are_only_looked_at() -> None:
    assert_same_bits(archive.state(fitted(validation=specimens(30, seed=8))), usual())


def test_progress_line_and_silence(capsys: pytest.CaptureFixture) -> None:
    fitted(epochs=1)
    assert capsys.readouterr() == ("", "")
    fitted(epochs=1, progress=True)
    line = capsys.readouterr().err
    assert "stage one 100%" in line
    assert "bound -" in line


def test_starving_cluster_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    start = training.physics_start

    def starved(*arguments: object) -> Start:
        """The third cluster is far away and its expert fits nothing."""
        found = start(*arguments)
        gamma = np.eye(3, dtype=np.float32)[SMALL.labels % 2]
        parameters = {"curve": np.array([[2.0], [2.5], [500.0]])}
        return Start(gamma, found.means, parameters, found.expert_variance, 0.0)

    fitted(epochs=1)  # a warning would be an error here
    monkeypatch.setattr(training, "physics_start", starved)
    message = r"Cluster 2 holds 0\.00% of the data .*33%.* Fewer clusters, another seed"
    with pytest.warns(StarvingClusterWarning, match=message):
        fitted(epochs=1)


def test_first_term_that_is_not_finite_is_named() -> None:
    def spoil(model: fp.FingerprintModel, row: dict) -> None:
        model.decoders["image"].weights[-1].assign([np.nan])

    with pytest.raises(FloatingPointError, match=r"'reconstruction\.image' became nan in epoch 2"):
        fitted(epochs=2, callback=spoil)


def test_broken_expert_is_named_and_the_checkpoint_stays_good(tmp_path: Path) -> None:
    def spoil(model: fp.FingerprintModel, row: dict) -> None:
        model.expert_log_variance["curve"].assign([np.nan] * 3)

    options = {"expert_variance": "held", "epochs": 2, "checkpoint": tmp_path}
    message = r"Term 'expert\.curve' became nan in epoch 2, step .*Lower learning_rate, set gradi"
    with pytest.raises(FloatingPointError, match=message):
        fitted(**options, callback=spoil)
    model = fitted(**options)
    assert [row["epoch"] for row in model.history_] == [1, 2]
    assert all(np.isfinite(a).all() for a in archive.state(model).values())


def test_wrong_data_and_options_are_refused() -> None:
    model = tiny()
    with pytest.raises(ValueError, match=r"lacks the modalities \['curve'\]"):
        model.fit({"image": SMALL["image"]})
    with pytest.raises(ValueError, match=r"lacks the modalities \['image'\]"):
        model.fit(SMALL, validation={"curve": SMALL["curve"]})
    with pytest.raises(ValueError, match=r"pixels in \[0, 1\]"):
        model.fit({**SMALL, "image": 255 * SMALL["image"]})
    with pytest.raises(TypeError, match="Training has no option 'epoch'; its options are batch"):
        model.fit(SMALL, epoch=3)
    with pytest.raises(ValueError, match="keep must be one of 'best', 'last'; received 'first'"):
        model.fit(SMALL, keep="first")
    assert model.history_ == []


# -- the start -------------------------------------------------------------------------------------------------------


def test_physics_start_is_put_into_the_model() -> None:
    model = scrambled(tiny())
    arrays = check_data(SMALL, model.modalities)
    start = training.initialise(model, arrays, TRAINING)
    assert_close(model.means, start.means, SINGLE)
    assert not model.log_variances.numpy().any()
    assert_close(tf.nn.softmax(model.logits), start.responsibilities.mean(axis=0), SINGLE)
    slopes = model.expert_parameters["curve"].numpy()[:, 0]
    assert_close(np.sort(slopes), SLOPES, 0.05)
    assert_close(np.exp(model.expert_log_variance["curve"]), np.full(3, NOISE**2), 0.5, scale=0)
    mean, deviation = model.scaling["curve"].numpy()
    assert_close([mean, deviation], [SMALL["curve"].mean(), SMALL["curve"].std()], SINGLE)


def test_random_start() -> None:
    """Centres from N(0, 1), widths C^(-1/L), uniform weights, every expert near the fit to all data."""
    model = fp.FingerprintModel([CURVE], 8, 3, preset=PRESET, seed=4)
    arrays = check_data({"curve": SMALL["curve"]}, model.modalities)
    config = override(TRAINING, start="random")
    assert training.initialise(model, arrays, config) is None
    assert_close(np.exp(0.5 * model.log_variances), np.full((8, 3), 0.5), SINGLE)
    assert not model.logits.numpy().any()
    assert not model.expert_log_variance["curve"].numpy().any()
    everything = SMALL["curve"].mean(axis=0) @ T / (T @ T)
    slopes = model.expert_parameters["curve"].numpy()[:, 0]
    assert_close(slopes / everything, np.ones(8), 0.1)
    assert len(set(slopes)) == 8
    assert 0.5 < model.means.numpy().std() < 1.5
    before = model.means.numpy()
    training.initialise(model, arrays, config)
    assert np.array_equal(model.means, before)


def test_random_start_of_the_usual_recipe() -> None:
    assert len(fitted(start="random", evidence_epochs=1).history_) == 2


def test_held_variance_is_not_touched_by_the_start() -> None:
    model = tiny()
    arrays = check_data(SMALL, model.modalities)
    training.initialise(model, arrays, override(TRAINING, expert_variance="held"))
    assert not model.expert_log_variance["curve"].numpy().any()


def test_evidence_is_held_during_the_first_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start that is sure of nothing: its entropy is log 3 while it is held, and not afterwards."""
    start = training.physics_start

    def undecided(*arguments: object) -> Start:
        found = start(*arguments)
        uniform = np.full_like(found.responsibilities, 1 / 3)
        return Start(uniform, found.means, found.expert_parameters, found.expert_variance, 0.0)

    monkeypatch.setattr(training, "physics_start", undecided)
    centres: list[np.ndarray] = []
    model = fitted(
        epochs=3, evidence_epochs=2, callback=lambda m, _: centres.append(m.means.numpy())
    )
    entropies = [row["term.cluster_entropy"] for row in model.history_]
    assert_close(entropies[:2], np.full(2, np.log(3)), SINGLE)
    assert entropies[2] < 0.1
    assert np.array_equal(centres[0], centres[1])  # no EM pass before the evidence is let go
    assert not np.array_equal(centres[1], centres[2])


# -- the EM pass -----------------------------------------------------------------------------------------------------

N = 150
MANY = specimens(N, seed=2)
CLOSED = override(
    TRAINING, centres="em", widths="closed_form", weights="closed_form", experts="least_squares"
)


def stepped(
    config: fp.config.Training, data: Mapping[str, np.ndarray] = MANY
) -> tuple[fp.FingerprintModel, dict[str, np.ndarray]]:
    """A general model before (its arrays) and after one EM pass in batches of 64, the last of 22."""
    model = scrambled(tiny())
    before = archive.state(model)
    arrays = {k: tf.constant(v) for k, v in check_data(data, model.modalities).items()}
    with eagerly(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "BATCH", 64)
        stream = training.expectation(model, arrays, config.responsibilities)
        training.em_step(model, stream, config, seed=(3, 1))
    return model, before


def responsibilities(method: str) -> tuple[np.ndarray, DiagonalGaussian]:
    """gamma (N, C) and the posterior before the pass, all specimens at once, in float64."""
    model = scrambled(tiny())
    with eagerly():
        q = model.posterior(MANY)
        if method == "mean_field":
            gamma = model.responsibilities(MANY)
        else:  # the same draws as the pass: one stream of noise for each batch
            noise = [tf.random.stateless_normal([64, 2], [3, 1 + i]) for i in (0, 64, 128)]
            z = sample(DiagonalGaussian(*map(tf.constant, q)), tf.concat(noise, 0)[:N])
            gamma = np.exp(log_responsibilities(z, model.mixture))
    return gamma.astype(np.float64), DiagonalGaussian(*(a.astype(np.float64) for a in q))


@pytest.mark.parametrize("method", ["mean_field", "from_z"])
def test_streamed_pass_equals_the_whole_data_at_once(method: str) -> None:
    model, _ = stepped(override(CLOSED, responsibilities=method))
    gamma, q = responsibilities(method)
    assert gamma.mean(axis=0).min() > 0.05  # every cluster has something to say
    assert gamma.max(axis=1).min() < 0.9  # and not all specimens are certain
    variance = np.exp(q.log_variance)
    weight, mean, spread = references.weighted_moments(gamma, q.mean, variance)
    assert_close(model.means, mean, SINGLE)
    assert_close(np.exp(model.log_variances), spread, SINGLE)
    assert_close(tf.nn.softmax(model.logits), weight / N, SINGLE)
    curves = MANY["curve"].astype(np.float64)
    slopes = (gamma.T @ (curves @ T)) / weight / (T @ T)
    assert_close(model.expert_parameters["curve"], slopes[:, np.newaxis], SINGLE)
    noise = references.noise_variance(gamma, curves, slopes[:, np.newaxis] * T)
    assert_close(np.exp(model.expert_log_variance["curve"]), noise, SINGLE)


def test_order_of_the_stream_does_not_matter() -> None:
    order = np.random.default_rng(0).permutation(N)
    (one, _), (two, _) = stepped(CLOSED), stepped(CLOSED, MANY.take(order))
    for name, array in archive.state(one).items():
        assert_close(archive.state(two)[name], array, SINGLE)


GROUPS = {
    "means": {"centres": "held"},
    "log_variances": {"widths": "held"},
    "logits": {"weights": "held"},
    "expert_parameters/curve": {"experts": "adam"},
    "expert_log_variance/curve": {"expert_variance": "held"},
}


@pytest.mark.parametrize("held", [None, *GROUPS])
def test_only_what_the_options_say_is_set(held: str | None) -> None:
    """Everything in closed form but one; networks with their running averages never change."""
    model, before = stepped(override(CLOSED, **GROUPS[held]) if held else CLOSED)
    after = archive.state(model)
    changed = {n for n in after if not np.array_equal(after[n], before[n])}
    assert changed == set(GROUPS) - {held}
    assert any("encoders" in n for n in after)


@pytest.mark.parametrize(("group", "option"), [("log_variances", "widths"), ("logits", "weights")])
def test_what_is_left_to_adam_is_not_set(group: str, option: str) -> None:
    model, before = stepped(override(CLOSED, **{option: "adam"}))
    assert np.array_equal(archive.state(model)[group], before[group])


def test_cluster_without_specimens_keeps_what_it_has() -> None:
    model = scrambled(tiny())
    model.means.assign_add([[0, 0], [0, 0], [1e4, 0]])
    model.expert_parameters["curve"].assign([[1.0], [2.0], [70.0]])
    before = archive.state(model)
    arrays = {k: tf.constant(v) for k, v in check_data(MANY, model.modalities).items()}
    with eagerly():
        training.em_step(model, training.expectation(model, arrays, "mean_field"), CLOSED, (0, 0))
    after = archive.state(model)
    for name in ("means", "log_variances", "expert_parameters/curve", "expert_log_variance/curve"):
        assert np.array_equal(after[name][2], before[name][2])
        assert not np.array_equal(after[name][:2], before[name][:2])
    weights = np.exp(model.mixture.log_weights)
    assert weights[2] < 1e-6
    assert np.isfinite(after["logits"]).all()


def test_a_line_without_noise_keeps_a_positive_variance() -> None:
    lines = {"curve": SLOPES[MANY.labels, np.newaxis] * T}
    model = tiny([CURVE])
    model.expert_parameters["curve"].assign(SLOPES[:, np.newaxis])
    model.expert_log_variance["curve"].assign([-10.0] * 3)
    arrays = {k: tf.constant(v) for k, v in check_data(lines, model.modalities).items()}
    with eagerly():
        training.em_step(model, training.expectation(model, arrays, "mean_field"), CLOSED, (0, 0))
    variance = np.exp(model.expert_log_variance["curve"].numpy())
    assert (variance > 0).all()
    assert (variance < 1e-6).all()


# -- the Adam epoch --------------------------------------------------------------------------------------------------


def test_what_is_held_stays_and_what_is_left_to_adam_moves() -> None:
    held = {
        "centres": "held",
        "widths": "held",
        "weights": "held",
        "expert_variance": "held",
        "experts": "adam",
        "evidence_epochs": 0,
    }
    moved = {"widths": "adam", "weights": "adam", "expert_variance": "adam"}
    start = tiny()
    training.initialise(start, check_data(SMALL, start.modalities), override(TRAINING, **held))
    held |= {"epochs": 1, "batch_size": 30}
    first, second = fitted(**held), fitted(**held | moved)
    for name in ("means", "log_variances", "logits"):
        assert np.array_equal(getattr(first, name), getattr(start, name))
    assert not first.expert_log_variance["curve"].numpy().any()
    slopes = "expert_parameters/curve"
    assert not np.array_equal(archive.state(first)[slopes], archive.state(start)[slopes])
    for name in ("log_variances", "logits", "expert_log_variance/curve"):
        assert not np.array_equal(archive.state(second)[name], archive.state(first)[name])
    assert np.array_equal(second.means, start.means)


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("mix", ["two images", "image, two curves", "image"])
def test_share_of_specimens_encoded_from_one_modality(
    share: float, mix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tf.Tensor | None] = []
    terms = fp.FingerprintModel.terms

    def watched(self: fp.FingerprintModel, *arguments, present=None, **rest) -> dict:
        seen.append(present)
        return terms(self, *arguments, present=present, **rest)

    monkeypatch.setattr(fp.FingerprintModel, "terms", watched)
    n = 400
    modalities = MIXES[mix]
    data = specimens(n, modalities=modalities)
    model = tiny(modalities)
    arrays = {k: tf.constant(v) for k, v in check_data(data, model.modalities).items()}
    config = override(TRAINING, modality_dropout=share, evidence_epochs=0)
    step = training._step_terms(model, arrays, None, None, config)
    step(tf.range(n), tf.constant([3, 4]))
    if share == 0 or len(modalities) == 1:
        assert seen == [None]
        return
    present = seen[0].numpy()  # (D, N)
    count = present.sum(axis=0)
    alone = count == 1
    assert set(count) <= {1, len(modalities)}
    error = np.sqrt(share * (1 - share) / n)
    assert abs(alone.mean() - share) <= BAND * error
    each = present[:, alone].mean(axis=1)
    error = np.sqrt(1 / len(modalities) * (1 - 1 / len(modalities)) / alone.sum())
    assert (np.abs(each - 1 / len(modalities)) <= BAND * error).all()


def test_residual_variance_is_measured_after_training() -> None:
    model, split = trained(), specimens()
    decoded = model.decode(model.transform(split))["image"]
    expected = np.mean(np.square(decoded.astype(np.float64) - split["image"]))
    assert float(model.residual_variance["image"]) == pytest.approx(expected, rel=1e-4)
    assert list(model.residual_variance) == ["image"]


def test_fit_forgets_unimodal_encoders_of_an_earlier_model() -> None:
    model = tiny()
    model.add_unimodal("image")
    assert fitted(model=model, epochs=1).unimodal == {}


def test_callback_sees_the_model_and_its_row() -> None:
    rows = []
    model = tiny()

    def callback(seen: fp.FingerprintModel, row: dict) -> None:
        assert seen is model
        rows.append(row)

    fitted(model=model, callback=callback)
    assert rows == model.history_
