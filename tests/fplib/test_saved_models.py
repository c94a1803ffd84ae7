"""Models on disk: they come back whole, and answer as before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

import fplib as fp
from fplib import experts
from fplib.config import Curve
from fplib.document import describe, modality_to_json, upgraded
from fplib.experts import settings
from fplib.gaussians import LOG_2PI
from fplib.training.checkpoint import Checkpoint
from tests.support.models import (
    CURVE,
    FREE_CURVE,
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
from tests.support.tolerances import SINGLE, assert_close

FILES = Path(__file__).parents[1] / "files"


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


def test_a_file_of_format_1_opens_and_answers_as_it_did() -> None:
    """Written by the revision before the words of the options changed: image, expert curves, a free curve."""
    model = fp.load(FILES / "model_format_1.zip")
    with np.load(FILES / "model_format_1_answers.npz") as file:
        answers = dict(file)
    data = {m: answers.pop(f"data/{m}") for m in ("image", "curve", "free", "load")}
    image, load = ({name: data[name]} for name in ("image", "load"))
    terms = model.elbo(data)
    found = {
        "transform": model.transform(data),
        "responsibilities": model.responsibilities(data),
        "image_alone": model.responsibilities(image, "from_z"),
        "image_mean": model.infer(load, "image", samples=3)[0],
        "elbo": terms["elbo"],
    }
    found["infer_mean"], found["infer_variance"] = model.infer(image, "load")
    # a black-box curve had a variance of one in its own unit then, and has it in standard units now
    scale, points = float(model.scaling["free"][1]), len(model.modalities["free"].t)
    squares = (
        -2 * (terms["reconstruction.free"] + points * (np.log(scale) + LOG_2PI / 2)) * scale**2
    )
    found["elbo"] += -0.5 * (points * LOG_2PI + squares) - terms["reconstruction.free"]
    assert found.keys() == answers.keys()
    for name, expected in answers.items():
        assert_close(found[name], expected, SINGLE)
    training = model.preset.training
    assert (training.assignment, training.frozen_epochs, training.epochs) == ("mean_field", 1, 2)
    assert (training.centres, training.widths) == ("closed_form", "fixed")
    assert list(model.unimodal) == ["image", "curve", "free", "load"]
    assert [row["epoch"] for row in model.history_] == [1, 2]
    assert (model.unimodal_history_, model.seconds_) == ([], {})


@pytest.mark.parametrize("mix", list(MIXES))
def test_every_mix_comes_back(mix: str, tmp_path: Path) -> None:
    model = scrambled(tiny(MIXES[mix], seed=3))
    loaded = fp.load(model.save(tmp_path / "model.fpmodel.npz"))
    assert loaded.modalities == model.modalities
    assert loaded.seed == 3
    assert loaded.unimodal == {}
    assert_same_bits(loaded.state(), model.state())


def test_loaded_model_continues_as_the_saved_one(tmp_path: Path) -> None:
    """Unimodal training after loading gives the bits of the same without it."""
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
    wanted = {"name": "Proportional", "parameter_names": ["slope"], "settings": {}}
    assert meta["modalities"][1]["expert"] == wanted
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


class Monomial(experts.Expert):
    """An expert with a setting, of which nothing is said about storage."""

    parameter_names = ("factor",)

    def __init__(self, exponent: Any = 1.0) -> None:
        self.exponent = exponent

    def predict(self, t, parameters):
        return parameters[:, 0:1] * t**self.exponent


def saved(expert: experts.Expert, folder: Path, noise: str = "constant") -> Path:
    """A file of a model with this expert."""
    model = scrambled(tiny([Curve("stress", T, expert, noise)]))
    return model.save(folder / "model.fpmodel.npz")


@pytest.mark.parametrize("noise", ["constant", "per_point"])
def test_settings_of_an_expert_come_back(noise: str, tmp_path: Path) -> None:
    loaded = fp.load(saved(Monomial(exponent=3), tmp_path, noise))
    assert loaded.modalities["stress"] == Curve("stress", T, Monomial(3), noise)
    theta = loaded.expert_parameters["stress"].numpy()
    assert_close(loaded.expert_curves("stress"), theta * T**3, SINGLE)
    assert loaded.expert_log_variance["stress"].shape == ((3, 12) if noise == "per_point" else (3,))


def test_a_setting_that_cannot_be_rebuilt_is_refused_when_saving(tmp_path: Path) -> None:
    constant = tf.Variable(2.0)
    with pytest.raises(ValueError, match="Monomial cannot be saved: its setting 'exponent' must"):
        saved(Monomial(constant), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_class_that_is_not_what_it_was_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(Monomial(3), tmp_path)

    class Another(Monomial):
        def predict(self, t, parameters):
            return 2 * super().predict(t, parameters)

    kinds = {k: v for k, v in settings.KINDS.items() if k != "Monomial"}
    for known, said in (
        (kinds, r"Unknown expert 'Monomial'; known: Affine, .* Define or import its class"),
        (kinds | {"Monomial": Another}, r"Another has changed .* it predicts other curves"),
        (
            kinds | {"Monomial": experts.Affine},
            r"Monomial has changed .* no setting 'exponent' any more",
        ),
    ):
        monkeypatch.setattr(settings, "KINDS", known)
        with pytest.raises(ValueError, match=rf"does not describe a model: .*{said}"):
            fp.load(path)


def test_a_class_that_was_edited_makes_another_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a checkpoint compares tells two versions of a class apart, and two kinds of noise."""
    monkeypatch.setattr(settings, "KINDS", dict(settings.KINDS))
    methods = {"predict": lambda self, t, p: 2 * p[:, 0:1] * t**3, "__module__": __name__}
    edited = type("Monomial", (Monomial,), methods)
    curves = [Curve("stress", T, kind(3)) for kind in (Monomial, Monomial, edited)]
    curves.append(Curve("stress", T, Monomial(3), "per_point"))
    one, same, other, noisy = (modality_to_json(curve) for curve in curves)
    assert one == same
    assert other["expert"] == one["expert"]
    assert len({str(m) for m in (one, other, noisy)}) == 3


def test_decoders_of_the_first_format_are_brought_to_standard_units() -> None:
    """They gave a black-box curve in its own unit."""
    model = scrambled(tiny([FREE_CURVE]))
    old, z = model.state(), tf.random.stateless_normal([5, 2], [0, 0])
    raw = model.decoders["curve"](z)
    model.restore(upgraded(describe(model) | {"format": 1}, old))
    assert_close(model.decoded("curve", z), raw, SINGLE)
    assert_same_bits(upgraded(describe(model) | {"format": 2}, old), old)


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
