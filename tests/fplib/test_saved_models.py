"""Models on disk: they come back whole, and answer as before."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import fplib as fp
from fplib import experts
from fplib.config import Curve
from fplib.training.checkpoint import Checkpoint
from tests.support.models import (
    CURVE,
    MIXES,
    PRESET,
    T,
    assert_same_bits,
    complete,
    copy,
    declared_trained,
    eagerly,
    scrambled,
    specimens,
    tiny,
)


def test_saved_model_comes_back(tmp_path: Path) -> None:
    """Variables and history to the bit, and the same answers to every question."""
    model = complete()
    path = model.save(tmp_path / "model.fpmodel.npz")
    assert path == tmp_path / "model.fpmodel.npz"
    loaded = fp.load(path)
    assert_same_bits(loaded.state(), model.state())
    assert loaded.history_ == model.history_ != []
    assert loaded.unimodal_history_ == model.unimodal_history_ != []
    assert loaded.seconds_ == model.seconds_
    assert loaded.modalities == model.modalities
    assert (loaded.preset, loaded.architecture) == (model.preset, model.architecture)
    assert (loaded.clusters, loaded.latent_dim, loaded.seed) == (3, 2, 0)
    assert list(loaded.unimodal) == ["image", "curve"]
    split = specimens(20, seed=3)
    with eagerly():
        twin = copy(model)  # asked in the same way: compiled and plain operations may round apart
        for data in (split, {"image": split["image"]}, {"curve": split["curve"]}):
            assert np.array_equal(loaded.responsibilities(data), twin.responsibilities(data))
            for name in split:
                for mine, other in zip(
                    loaded.infer(data, name, samples=2),
                    twin.infer(data, name, samples=2),
                    strict=True,
                ):
                    assert np.array_equal(mine, other)
        for name, array in twin.generate(1).items():
            assert np.array_equal(loaded.generate(1)[name], array)
        assert loaded.score(split) == twin.score(split)


@pytest.mark.parametrize("mix", list(MIXES))
def test_every_mix_comes_back(mix: str, tmp_path: Path) -> None:
    model = scrambled(tiny(MIXES[mix], seed=3))
    loaded = fp.load(model.save(tmp_path / "model.fpmodel.npz"))
    assert loaded.modalities == model.modalities
    assert loaded.seed == 3
    assert loaded.unimodal == {}
    assert_same_bits(loaded.state(), model.state())


def test_loaded_model_continues_as_the_saved_one(tmp_path: Path) -> None:
    """Stage two after loading gives the bits of stage two without it."""
    split = specimens(40)
    model = scrambled(tiny())
    path = model.save(tmp_path / "model.fpmodel.npz")
    loaded = fp.load(path)
    with eagerly():
        for m in (model, loaded):
            m.fit_crossmodal(split, epochs=1, batch_size=40, progress=False)
    assert_same_bits(loaded.state(), model.state())


def test_saved_file_holds_the_recipe_readably(tmp_path: Path) -> None:
    """With NumPy alone."""
    path = scrambled(tiny()).save(tmp_path / "model.fpmodel.npz")
    with np.load(path, allow_pickle=False) as saved:
        meta = json.loads(str(saved["meta.json"]))
        assert saved["means"].shape == (3, 2)
    assert meta["kind"] == "model"
    assert meta["modalities"][0] == {"kind": "Image", "name": "image", "shape": [12, 12]}
    assert meta["modalities"][1]["expert"] == {"name": "Proportional"}
    assert meta["preset"]["training"]["epochs"] == PRESET.training.epochs


def test_saving_replaces_the_file(tmp_path: Path) -> None:
    path = tmp_path / "model.fpmodel.npz"
    declared_trained(tiny()).save(path)
    changed = scrambled(tiny())
    changed.save(str(path))
    assert_same_bits(fp.load(str(path)).state(), changed.state())


def test_truncated_model_is_refused(tmp_path: Path) -> None:
    path = scrambled(tiny()).save(tmp_path / "model.fpmodel.npz")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(
        ValueError, match=r"model\.fpmodel\.npz is not an fplib archive or is damaged"
    ):
        fp.load(path)


def test_checkpoint_is_not_a_model(tmp_path: Path) -> None:
    Checkpoint(tmp_path, "joint", {}).save([], dict)
    with pytest.raises(ValueError, match=r"joint\.ckpt holds a checkpoint, not a model"):
        fp.load(tmp_path / "joint.ckpt")


class Quadratic(experts.Expert):
    """An expert that nobody has registered."""

    parameter_names = ("curvature",)

    def predict(self, t, parameters):
        return parameters[:, 0:1] * t**2


def test_model_with_an_expert_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experts, "_EXPERTS", dict(experts._EXPERTS))
    model = tiny([Curve("stress", T, Quadratic())])
    path = model.save(tmp_path / "model.fpmodel.npz")
    with pytest.raises(ValueError, match=r"Unknown expert 'Quadratic'; .*experts\.register"):
        fp.load(path)
    experts.register(Quadratic)
    assert fp.load(path).modalities == model.modalities


def test_arrays_of_another_model_are_refused_and_nothing_is_changed() -> None:
    model = tiny([CURVE])
    before = model.state()
    other = scrambled(tiny([CURVE], clusters=4)).state()
    message = r"Array 'logits': the model needs shape \(3,\), the file has \(4,\)"
    with pytest.raises(ValueError, match=message):
        model.restore(other)
    same = scrambled(tiny([CURVE])).state()
    last = list(same)[-1]
    with pytest.raises(ValueError, match=rf"Array '{last}': .* the file has nothing"):
        model.restore({n: a for n, a in same.items() if n != last})
    assert_same_bits(model.state(), before)


def test_state_is_a_copy() -> None:
    model = tiny([CURVE])
    state = model.state()
    model.means.assign_add(np.ones((3, 2)))
    assert not state["means"].any()
