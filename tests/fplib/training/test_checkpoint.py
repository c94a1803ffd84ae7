"""Killed fits: what continues is what would have been, and nothing else is continued."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

import fplib as fp
from fplib import archive, inference
from fplib.config import override
from fplib.training import joint as training
from tests.support.fits import SMALL, Killed, fitted, kill_after, usual
from tests.support.models import (
    ARCHITECTURE,
    BOTH,
    CURVE,
    IMAGE,
    PRESET,
    TRAINING,
    assert_same_bits,
    assert_same_history,
    specimens,
    tiny,
    trained,
)


def test_continued_equals_uninterrupted_when_compiled(tmp_path: Path) -> None:
    """Also: one seed gives one sequence of bits, and nothing is traced so often that TensorFlow warns."""
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append
    tf.get_logger().addHandler(handler)
    epochs: list[int] = []
    try:
        expected = trained()
        (tmp_path / "joint.ckpt").write_bytes(expected.checkpoint_after_two_epochs)
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
    assert_same_bits(model.state(), expected.state())
    assert_same_history(model.history_, expected.history_)
    assert [r.getMessage() for r in records if r.levelno >= logging.WARNING] == []


EVERYTHING_BY_ADAM = {
    "start": "random",
    "frozen_epochs": 0,
    "assignment": "from_z",
    "weights": "adam",
    "widths": "adam",
    "experts": "adam",
    "expert_variance": "adam",
}


@pytest.mark.parametrize("options", [{"keep": "best"}, EVERYTHING_BY_ADAM], ids=["best", "adam"])
def test_continued_equals_uninterrupted(
    options: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With keep="best", the best epoch is the first: it must survive in the checkpoint of the second."""
    scores = [-1.0, -5.0, -3.0]
    monkeypatch.setattr(inference, "score", lambda model, *_: scores[len(model.history_)])
    options = options | {"epochs": 3, "batch_size": 30, "validation": SMALL}
    states: list[dict] = []

    def keep(model: fp.FingerprintModel, row: dict) -> None:
        states.append(model.state())
        if row["epoch"] == 3:  # its own checkpoint follows
            (tmp_path / "half").mkdir()
            shutil.copy(tmp_path / "whole" / "joint.ckpt", tmp_path / "half")

    expected = fitted(**options, callback=keep, checkpoint=tmp_path / "whole")
    model = fitted(**options, checkpoint=tmp_path / "half")
    assert_same_bits(model.state(), expected.state())
    assert_same_history(model.history_, expected.history_)
    kept = states[0 if options.get("keep") == "best" else 2]
    networks = [name for name in kept if not name.startswith("residual_variance")]
    final = expected.state()
    assert_same_bits({n: final[n] for n in networks}, {n: kept[n] for n in networks})
    assert any(not np.array_equal(states[0][n], states[2][n]) for n in networks)


def test_killed_between_epochs(tmp_path: Path) -> None:
    with pytest.raises(Killed):
        fitted(checkpoint=tmp_path, callback=kill_after(2))
    epochs: list[int] = []
    model = fitted(checkpoint=tmp_path, callback=lambda _, row: epochs.append(row["epoch"]))
    assert epochs[0] == 2
    assert_same_bits(model.state(), usual())


def test_what_a_callback_adds_outlives_a_kill(tmp_path: Path) -> None:
    def note(model: fp.FingerprintModel, row: dict) -> None:
        row["note"] = 10 * row["epoch"]

    def note_and_kill(model: fp.FingerprintModel, row: dict) -> None:
        note(model, row)
        kill_after(2)(model, row)

    with pytest.raises(Killed):
        fitted(checkpoint=tmp_path, callback=note_and_kill)
    history = fitted(checkpoint=tmp_path, callback=note).history_
    assert [row["note"] for row in history] == [10 * row["epoch"] for row in history]


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
    assert_same_bits(fitted(checkpoint=tmp_path).state(), usual())


def test_a_finished_run_is_only_read(tmp_path: Path) -> None:
    expected = fitted(checkpoint=tmp_path, epochs=1)
    calls = []
    model = fitted(checkpoint=tmp_path, epochs=1, callback=lambda *_: calls.append(1))
    assert not calls
    assert_same_bits(model.state(), expected.state())
    assert model.history_ == expected.history_
    assert [p.name for p in tmp_path.iterdir()] == ["joint.ckpt"]  # no temporary file is left


def test_a_finished_run_goes_on_to_more_epochs(tmp_path: Path) -> None:
    steady = {"schedule": "constant", "warmup_steps": 0}
    fitted(checkpoint=tmp_path, epochs=2, **steady)
    asked: list[int] = []
    longer = fitted(
        checkpoint=tmp_path, epochs=3, callback=lambda _, row: asked.append(row["epoch"]), **steady
    )
    assert asked == [3]
    assert_same_bits(longer.state(), fitted(epochs=3, **steady).state())
    with pytest.raises(ValueError, match=r"holds 3 epochs, this run asks for 2\. Choose another"):
        fitted(checkpoint=tmp_path, epochs=2, **steady)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a short run."""
    folder = tmp_path_factory.mktemp("run")
    fitted(checkpoint=folder, epochs=1)
    return folder


OTHER_RUNS = {  # what the message says about them
    r"options\.separation is 8\.0 there and 9\.0 here": {"separation": 9.0},
    "data differ": {"data": specimens(60, seed=5)},
    "seed is 0 there and 1 here": {"model": lambda: tiny(seed=1)},
    "clusters is 3 there and 2 here": {"model": lambda: tiny(clusters=2)},
    "latent_dim is 2 there and 4 here": {
        "model": lambda: fp.FingerprintModel(BOTH, 3, 4, preset=PRESET)
    },
    r"architecture\.log_variance_bound is 8\.0 there and 7\.0 here": {
        "model": lambda: tiny(architecture=override(ARCHITECTURE, log_variance_bound=7.0))
    },
    r"modalities\.0\.kind is 'Image' there and 'Curve' here": {
        "model": lambda: tiny((CURVE, IMAGE))
    },
}


@pytest.mark.parametrize("said", list(OTHER_RUNS))
def test_checkpoint_of_another_run_is_refused(said: str, checkpoint: Path) -> None:
    """One short sentence on what differs, and what to do."""
    changes = {k: v() if k == "model" else v for k, v in OTHER_RUNS[said].items()}
    message = rf"belongs to another run: {said}\. Choose another checkpoint folder, or delete"
    with pytest.raises(ValueError, match=message):
        fitted(**{"epochs": 1} | changes, checkpoint=checkpoint)


def test_checkpoint_with_other_validation_data_is_refused(tmp_path: Path) -> None:
    options = {"epochs": 1, "keep": "best", "checkpoint": tmp_path}
    fitted(**options, validation=SMALL)
    with pytest.raises(ValueError, match="belongs to another run"):
        fitted(**options, validation=specimens(60, seed=5))


def test_numpy_numbers_as_options(tmp_path: Path) -> None:
    options = {"epochs": np.int64(1), "learning_rate": np.float32(0.01)}
    assert len(fitted(**options, checkpoint=tmp_path).history_) == 1


def test_what_a_killed_process_left_behind_is_removed(tmp_path: Path) -> None:
    (tmp_path / ".joint.ckpt.0123456789abcdef.tmp").write_bytes(b"half a file")
    (tmp_path / ".mine.tmp").write_bytes(b"not ours")
    fitted(checkpoint=tmp_path, epochs=1)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".mine.tmp", "joint.ckpt"]


DAMAGES: dict[str, Callable] = {
    "no history": lambda meta, arrays: meta.pop("history"),
    "empty history": lambda meta, arrays: meta.update(history=[]),
    "history of another kind": lambda meta, arrays: meta.update(history=[1, 2]),
    "no seconds": lambda meta, arrays: meta["history"][0].pop("seconds"),
    "no identity": lambda meta, arrays: meta.pop("identity"),
    "no weight": lambda meta, arrays: arrays.pop("encoders/image/0"),
    "no optimiser": lambda meta, arrays: arrays.pop("optimizer/joint/3"),
    "other shape": lambda meta, arrays: arrays.update({"means": np.zeros((1, 2), np.float32)}),
    "other shape of the optimiser": lambda meta, arrays: arrays.update(
        {"optimizer/joint/3": np.zeros((1, 2), np.float32)}
    ),
}


@pytest.mark.parametrize("damage", list(DAMAGES))
def test_damaged_checkpoint_is_refused_with_the_remedy(
    damage: str, checkpoint: Path, tmp_path: Path
) -> None:
    meta, arrays = archive.read(checkpoint / "joint.ckpt")
    DAMAGES[damage](meta, arrays)
    archive.write(tmp_path / "joint.ckpt", meta, arrays)
    with pytest.raises(
        ValueError, match=r"joint\.ckpt is damaged .* Delete it; training then start"
    ):
        fitted(checkpoint=tmp_path, epochs=1)


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.999])
def test_truncated_checkpoint_is_refused(keep: float, checkpoint: Path, tmp_path: Path) -> None:
    whole = (checkpoint / "joint.ckpt").read_bytes()
    (tmp_path / "joint.ckpt").write_bytes(whole[: int(keep * len(whole))])
    with pytest.raises(ValueError, match=r"joint\.ckpt .*damaged .*Delete it; training then st"):
        fitted(checkpoint=tmp_path, epochs=1)
