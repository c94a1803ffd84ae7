"""Unimodal training: what its bits depend on, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import fplib as fp
from fplib.training import unimodal
from tests.support.fits import SHORT, SMALL, Killed, with_unimodal
from tests.support.models import (
    assert_same_bits,
    assert_same_history,
    declared_trained,
    eagerly,
    scrambled,
    tiny,
)


def encoders(model: fp.FingerprintModel) -> dict[str, np.ndarray]:
    return {n: a for n, a in model.state().items() if n.startswith("unimodal/")}


@pytest.fixture(scope="module")
def uninterrupted() -> tuple[fp.FingerprintModel, list[dict]]:
    return with_unimodal()


def kill_in_epoch(number: int) -> Callable:
    """Replaces `Descent.epoch`; its n-th call dies after the work and before it is saved."""
    epoch, calls = unimodal.Descent.epoch, []

    def broken(self: unimodal.Descent, *arguments: object) -> dict:
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
        patch.setattr(unimodal.Descent, "epoch", kill_in_epoch(number))
        with pytest.raises(Killed):
            with_unimodal(checkpoint=tmp_path)
    calls: list[int] = []
    epoch = unimodal.Descent.epoch

    def counted(self: unimodal.Descent, *arguments: object) -> dict:
        calls.append(1)
        return epoch(self, *arguments)

    monkeypatch.setattr(unimodal.Descent, "epoch", counted)
    model, history = with_unimodal(checkpoint=tmp_path)
    assert len(calls) == 4 - (number - 1)  # what was saved is not done again
    assert_same_bits(model.state(), uninterrupted[0].state())
    assert_same_history(history, uninterrupted[1])
    if number == 4:
        again, same = with_unimodal(checkpoint=tmp_path)  # a finished run is only read
        assert len(calls) == 1
        assert_same_bits(again.state(), model.state())
        assert same == history


def test_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    with_unimodal(checkpoint=tmp_path, epochs=1)
    with pytest.raises(ValueError, match=r"another run: options\.shift is 1 there and 0 here\. "):
        with_unimodal(checkpoint=tmp_path, epochs=1, shift=0)
    with pytest.raises(ValueError, match="another run: seed is 0 there and 1 here"):
        with_unimodal(scrambled(tiny(seed=1)), checkpoint=tmp_path, epochs=1)
    file = tmp_path / "unimodal.ckpt"
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(ValueError, match=r"unimodal\.ckpt .*damaged .*Delete it; training then st"):
        with_unimodal(checkpoint=tmp_path, epochs=1)


def test_checkpoint_for_another_joint_model_is_refused(tmp_path: Path) -> None:
    with_unimodal(checkpoint=tmp_path, epochs=1)
    with pytest.raises(ValueError, match="belongs to another run"):
        with_unimodal(scrambled(tiny(), seed=1), checkpoint=tmp_path, epochs=1)


def test_different_seeds_differ(uninterrupted: tuple[fp.FingerprintModel, list[dict]]) -> None:
    """The joint model is the same; order of the data and shifts of the images are not."""
    first = uninterrupted[0]
    second = declared_trained(tiny(seed=1))
    second.restore({n: a for n, a in first.state().items() if "unimodal" not in n})
    with_unimodal(second)
    mine, other = encoders(first), encoders(second)
    assert not any(np.array_equal(mine[n], other[n]) for n in mine)


def test_labels_are_not_read(uninterrupted: tuple[fp.FingerprintModel, list[dict]]) -> None:
    model = scrambled(tiny())
    with eagerly():
        model.fit_crossmodal(SMALL.without_labels(), **SHORT | {"batch_size": 30})
    assert_same_bits(encoders(model), encoders(uninterrupted[0]))


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
    with pytest.raises(FloatingPointError, match=r"Term 'kl' became (nan|inf) in epoch \d, step"):
        with_unimodal(scrambled(tiny()), learning_rate=1e30)
    model = scrambled(tiny())
    model.encoders["image"].weights[-1].assign(np.full(4, np.nan))
    with pytest.raises(ValueError, match=r"specimen 0 is not finite: .* training has failed"):
        with_unimodal(model)


def test_finished_encoders_go_on_to_more_epochs(tmp_path: Path) -> None:
    steady = {"schedule": "constant", "warmup_steps": 0}
    with_unimodal(checkpoint=tmp_path, epochs=1, **steady)
    longer, _ = with_unimodal(checkpoint=tmp_path, epochs=2, **steady)
    assert_same_bits(encoders(longer), encoders(with_unimodal(epochs=2, **steady)[0]))
    with pytest.raises(ValueError, match="holds 2 epochs, this run asks for 1"):
        with_unimodal(checkpoint=tmp_path, epochs=1, **steady)
