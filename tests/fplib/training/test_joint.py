"""Joint training: what a fit may read and change, and what it reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

import fplib as fp
from fplib.arrays import check_data
from fplib.config import override
from fplib.data import Split
from fplib.training import joint as training
from fplib.training.initialization import Start, physics_start
from fplib.training.joint import StarvingClusterWarning
from tests.support.fits import SMALL, fitted, kill_after, usual
from tests.support.models import (
    MIXES,
    TRAINING,
    assert_same_bits,
    assert_same_history,
    complete,
    eagerly,
    scrambled,
    specimens,
    tiny,
    trained,
)
from tests.support.tolerances import SINGLE, assert_close

# -- what a fit depends on ----------------------------------------------------------------------


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
    bare = Sealed(SMALL.without_labels())
    models = [fitted(train, validation=train) for train in (shuffled, bare)]
    for model in models:
        assert_same_bits(model.state(), usual())  # trained with the right labels in sight
    assert_same_history(models[1].history_, models[0].history_)


def test_different_seeds_differ() -> None:
    first, second = usual(), fitted(model=tiny(seed=1)).state()
    same = [n for n in first if np.array_equal(first[n], second[n])]
    assert not [n for n in same if n.startswith(("encoders", "decoders", "means"))]


def test_a_fit_starts_afresh_whatever_the_model_holds() -> None:
    model = scrambled(tiny())
    model.add_unimodal("image")
    fitted(model=model)
    assert model.unimodal == {}
    assert_same_bits(model.state(), usual())


# -- what is reported -----------------------------------------------------------------------------


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


def test_seconds_are_measured_and_those_before_a_resume_count(tmp_path: Path) -> None:
    first = fitted(checkpoint=tmp_path)
    spent = first.history_[-1]["seconds"]
    assert spent <= first.seconds_["joint"] < spent + 5
    assert list(first.seconds_) == ["joint"]
    again = fitted(checkpoint=tmp_path)  # only read
    assert spent <= again.seconds_["joint"] < spent + 5
    assert "unimodal" in complete().seconds_
    assert complete().seconds_["unimodal"] >= complete().unimodal_history_[-1]["seconds"]


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
    assert_same_bits(fitted(validation=specimens(30, seed=8)).state(), usual())


def test_progress_line_and_silence(capsys: pytest.CaptureFixture) -> None:
    fitted(epochs=1)
    assert capsys.readouterr() == ("", "")
    fitted(epochs=1, progress=True)
    line = capsys.readouterr().err
    assert "joint model: 100%" in line
    assert "bound -" in line


def test_starving_cluster_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    start = physics_start

    def starved(*arguments: object, **options: object) -> Start:
        """The third cluster is far away and its expert fits nothing."""
        found = start(*arguments, **options)
        gamma = np.eye(3, dtype=np.float32)[SMALL.labels % 2]
        parameters = {"curve": np.array([[2.0], [2.5], [500.0]])}
        return Start(gamma, found.means, parameters, found.expert_variance, 0.0)

    fitted(epochs=1)  # a warning would be an error here
    monkeypatch.setattr("fplib.training.start.physics_start", starved)
    message = r"Cluster 2 holds 0\.00% of the data .*33%.* Fewer clusters, another seed"
    with pytest.warns(StarvingClusterWarning, match=message):
        fitted(epochs=1)


def test_first_term_that_is_not_finite_is_named() -> None:
    def spoil(model: fp.FingerprintModel, row: dict) -> None:
        model.decoders["image"].weights[-1].assign([np.nan])

    with pytest.raises(FloatingPointError, match=r"'reconstruction\.image' became nan in epoch 2"):
        fitted(epochs=2, callback=spoil)


def test_broken_expert_is_named_and_the_checkpoint_stays_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    epoch, model = training.Descent.epoch, tiny()

    def spoiled(self: training.Descent, number: int, progress: Callable | None = None) -> dict:
        if number == 1:
            model.expert_log_variance["curve"].assign([np.nan] * 3)
        return epoch(self, number, progress)

    options = {"expert_variance": "fixed", "epochs": 2, "checkpoint": tmp_path}
    message = r"Term 'expert\.curve' became nan in epoch 2, step .*Lower learning_rate, set gradi"
    with monkeypatch.context() as patch:
        patch.setattr(training.Descent, "epoch", spoiled)
        with pytest.raises(FloatingPointError, match=message):
            fitted(model=model, **options)
    model = fitted(**options)
    assert [row["epoch"] for row in model.history_] == [1, 2]
    assert all(np.isfinite(a).all() for a in model.state().values())


def test_wrong_data_and_options_are_refused() -> None:
    model = tiny()
    with pytest.raises(ValueError, match=r"as many specimens as clusters; received 2 for 3"):
        model.fit({name: array[:2] for name, array in SMALL.items()})
    with pytest.raises(ValueError, match=r"data\['curve'\] must hold numbers"):
        model.fit({**SMALL, "curve": [["steep"]]})
    with pytest.raises(ValueError, match=r"lacks the modalities \['curve'\]"):
        model.fit({"image": SMALL["image"]})
    with pytest.raises(ValueError, match=r"lacks the modalities \['image'\]"):
        model.fit(SMALL, validation={"curve": SMALL["curve"]})
    with pytest.raises(ValueError, match=r"pixels in \[0, 1\]"):
        model.fit({**SMALL, "image": 255 * SMALL["image"]})
    with pytest.raises(
        TypeError, match="Training has no option 'epoch'; its options are assignment"
    ):
        model.fit(SMALL, epoch=3)
    with pytest.raises(ValueError, match="keep must be one of 'best', 'last'; received 'first'"):
        model.fit(SMALL, keep="first")
    assert model.history_ == []


# -- the Adam epoch -------------------------------------------------------------------------------


def test_what_is_fixed_stays_and_what_is_left_to_adam_moves() -> None:
    fixed = {
        "centres": "fixed",
        "widths": "fixed",
        "weights": "fixed",
        "expert_variance": "fixed",
        "experts": "adam",
        "frozen_epochs": 0,
    }
    moved = {"widths": "adam", "weights": "adam", "expert_variance": "adam"}
    start = tiny()
    training.initialise(start, check_data(SMALL, start.modalities), override(TRAINING, **fixed))
    fixed |= {"epochs": 1, "batch_size": 30}
    first, second = fitted(**fixed), fitted(**fixed | moved)
    for name in ("means", "log_variances", "logits"):
        assert np.array_equal(getattr(first, name), getattr(start, name))
    assert not first.expert_log_variance["curve"].numpy().any()
    slopes = "expert_parameters/curve"
    assert not np.array_equal(first.state()[slopes], start.state()[slopes])
    for name in ("log_variances", "logits", "expert_log_variance/curve"):
        assert not np.array_equal(second.state()[name], first.state()[name])
    assert np.array_equal(second.means, start.means)


@pytest.mark.parametrize(("share", "size"), [(0.0, 12), (0.5, 12), (2 / 3, 9), (1.0, 7), (1.0, 3)])
@pytest.mark.parametrize("mix", ["two images", "image, two curves", "image"])
def test_share_of_specimens_encoded_from_one_modality(
    share: float, size: int, mix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def watched(self: fp.FingerprintModel, *arguments, n_unimodal: int = 0, **rest) -> dict:
        seen.append(n_unimodal)
        return {}

    monkeypatch.setattr(fp.FingerprintModel, "terms", watched)
    modalities = MIXES[mix]
    model = tiny(modalities)
    data = specimens(size, modalities=modalities)
    arrays = {k: tf.constant(v) for k, v in check_data(data, model.modalities).items()}
    config = override(TRAINING, modality_dropout=share, frozen_epochs=0)
    training._step_terms(model, None, config)({"data": arrays}, tf.constant([3, 4]))
    count = len(modalities)
    if count == 1:
        assert seen == [0]
        return
    assert seen[0] * count <= size  # nobody stands in two groups
    assert abs(seen[0] - share * size / count) < 1


def test_residual_variance_is_measured_after_training() -> None:
    model, split = trained(), specimens()
    decoded = model.decode(model.transform(split))["image"]
    expected = np.mean(np.square(decoded.astype(np.float64) - split["image"]))
    assert float(model.residual_variance["image"]) == pytest.approx(expected, rel=1e-4)
    assert list(model.residual_variance) == ["image"]


def test_time_in_a_callback_is_not_training(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(training, "time", SimpleNamespace(perf_counter=lambda: clock[0]))

    def look(model: fp.FingerprintModel, row: dict) -> None:
        clock[0] += 1000.0

    model = fitted(epochs=2, callback=look)
    assert [row["seconds"] for row in model.history_] == [0.0, 0.0]
    assert model.seconds_["joint"] == 0.0


def test_callback_sees_the_model_and_its_row() -> None:
    rows = []
    model = tiny()

    def callback(seen: fp.FingerprintModel, row: dict) -> None:
        assert seen is model
        rows.append(row)

    fitted(model=model, callback=callback)
    assert rows == model.history_


def test_callback_can_end_training_and_a_resumed_run_knows(tmp_path: Path) -> None:
    """A run that its callback has ended stays ended, and is the run of as many epochs."""

    def enough(model: fp.FingerprintModel, row: dict) -> bool:
        return row["epoch"] == 2

    options = {"schedule": "constant", "warmup_steps": 0, "epochs": 4, "batch_size": 30}
    model = fitted(callback=enough, checkpoint=tmp_path, **options)
    assert [row["epoch"] for row in model.history_] == [1, 2]
    assert_same_bits(model.state(), fitted(**options | {"epochs": 2}).state())
    again = fitted(callback=kill_after(3), checkpoint=tmp_path, **options)
    assert_same_bits(again.state(), model.state())
    assert_same_history(again.history_, model.history_)


def test_decoder_variance_is_learned_if_asked() -> None:
    """From one it goes towards the squared residual, and only then; the bound uses it."""
    options = {"epochs": 20, "batch_size": 30, "learning_rate": 0.1}
    options |= {"schedule": "constant", "warmup_steps": 0}
    fixed, free = fitted(**options), fitted(decoder_variance="adam", **options)
    assert fixed.decoder_log_variance["image"].numpy() == 0
    learned = float(np.exp(free.decoder_log_variance["image"]))
    residual = float(free.residual_variance["image"])
    assert abs(np.log(learned / residual)) < 0.7 < np.log(1 / residual)
    assert free.score(SMALL) > fixed.score(SMALL) + 50  # 144 pixels


# -- the whole ------------------------------------------------------------------------------------


def test_clusters_are_found() -> None:
    """Three seeds: all specimens from both modalities, nearly all from the latent point alone, for each of them."""
    split = specimens(200, seed=9)
    exact, latent = [], []
    for seed in (1, 2, 3):
        model = tiny(seed=seed)
        with eagerly():
            model.fit(SMALL, epochs=3, batch_size=30, progress=False)
            exact.append(fp.metrics.clustering_accuracy(split.labels, model.predict(split)))
            found = model.predict(split, "from_z")
            latent.append(fp.metrics.clustering_accuracy(split.labels, found))
    assert min(exact) > 0.99
    assert np.median(latent) > 0.9
