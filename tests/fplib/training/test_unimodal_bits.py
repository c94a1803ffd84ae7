"""Stage two: what its bits depend on, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import fplib as fp
from fplib import archive
from fplib.training import unimodal as crossmodal
from tests.support.fits import SHORT, SMALL, Killed, second_stage
from tests.support.models import assert_same_bits, assert_same_history, eagerly, scrambled, tiny


def unimodal(model: fp.FingerprintModel) -> dict[str, np.ndarray]:
    return {n: a for n, a in archive.state(model).items() if n.startswith("unimodal/")}


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
    if number == 4:
        again, same = second_stage(checkpoint=tmp_path)  # a finished run is only read
        assert len(calls) == 1
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
        model.fit_crossmodal(SMALL.without_labels(), **SHORT | {"batch_size": 30})
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
