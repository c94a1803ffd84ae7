"""Modalities, architectures and recipes: what they refuse, what they keep, what the presets say."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import Any

import numpy as np
import pytest

import fplib as fp
from fplib import checks, config, document
from fplib.config import (
    PRESETS,
    Architecture,
    Crossmodal,
    Curve,
    Image,
    Optimization,
    Preset,
    Training,
)
from fplib.experts import Affine, LinearHardening, Proportional

T = np.linspace(0, 1, 20)


def test_image() -> None:
    assert Image("image").shape == (28, 28)
    assert Image("image", [12, np.int64(9)]).shape == (12, 9)
    assert Image("photo", (16, 16, 3)).shape == (16, 16, 3)
    assert Image("image").expert is None


@pytest.mark.parametrize(
    "shape", [(28,), (7, 28), (28, 7), (0, 28), (28, 28, 0), (28, 28, 3, 1), (-28, -28)]
)
def test_image_shape_is_refused(shape: tuple[int, ...]) -> None:
    message = (
        rf"Image 'photo': shape must be .* at least 8 pixels; received {re.escape(str(shape))}"
    )
    with pytest.raises(ValueError, match=message):
        Image("photo", shape)


def test_curve() -> None:
    curve = Curve("curve", T, Proportional())
    assert curve.shape == (20,)
    assert curve.t == tuple(T.tolist())
    assert curve == Curve("curve", list(T), Proportional())
    assert curve != Curve("curve", T, Affine())
    assert curve != Curve("curve", T)
    assert Curve("curve", T).expert is None


@pytest.mark.parametrize(
    "t",
    [
        T[::-1],
        np.zeros(20),
        T[:7],
        T.reshape(4, 5),
        np.where(T == 1, np.inf, T),
        np.where(T == 0, np.nan, T),
        0.5,
    ],
    ids=["falling", "constant", "seven points", "matrix", "infinite", "nan", "scalar"],
)
def test_curve_points_are_refused(t: Any) -> None:
    message = rf"Curve 'stress': t must hold at least 8 .* {re.escape(str(np.shape(t)))}"
    with pytest.raises(ValueError, match=message):
        Curve("stress", t)


@pytest.mark.parametrize("expert", ["Proportional", 3, max])
def test_curve_expert_is_refused(expert: Any) -> None:
    with pytest.raises(TypeError, match=r"Curve 'stress': expert must be .* Pass an instance"):
        Curve("stress", T, expert)


@pytest.mark.parametrize(
    ("expert", "noise", "said"),
    [
        (None, "per_point", "Curve 'stress': noise is an expert's; without one"),
        (Proportional(), "free", "Curve.noise must be one of 'constant', 'per_point'"),
    ],
)
def test_curve_noise_is_refused(expert: Any, noise: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Curve("stress", T, expert, noise)


def test_expert_class_without_brackets_is_refused() -> None:
    with pytest.raises(TypeError, match="Pass an instance"):
        Curve("stress", T, Proportional)


@pytest.mark.parametrize("kind", [Architecture, Optimization, Training, Crossmodal, Preset])
def test_choices_cannot_be_changed_in_place(kind: type) -> None:
    choices = kind()
    name = dataclasses.fields(kind)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(choices, name, 1)
    assert choices == kind()


WRONG: dict[type, dict[str, list]] = {
    Training: {
        "epochs": [0, -1, 2.0, True, "4", None],
        "batch_size": [0, 1.5],
        "shards": [0, 2.0],
        "learning_rate": [0, -1e-3, np.inf, np.nan, True, "fast", None],
        "schedule": ["linear", None],
        "warmup_steps": [-1, 0.5],
        "gradient_clip": [0, -1.0, np.nan],
        "assignment": ["z", "mean field"],
        "start": ["kmeans"],
        "frozen_epochs": [-1, 0.5],
        "separation": [0, np.inf],
        "centres": ["adam"],
        "widths": ["em"],
        "weights": [True],
        "experts": ["fixed"],
        "expert_variance": ["least_squares"],
        "decoder_variance": ["least_squares"],
        "separation_of": ["least_squares"],
        "modality_dropout": [-0.1, 1.1, np.nan, "half"],
        "shift": [-1, 0.5],
        "keep": ["first"],
    },
    Crossmodal: {
        "epochs": [0, 1.5],
        "batch_size": [0],
        "shards": [0],
        "learning_rate": [0, np.nan],
        "curve_learning_rate": [0, -1.0],
        "schedule": ["step"],
        "warmup_steps": [-1],
        "gradient_clip": [0],
        "direction": ["forward"],
        "cluster_weight": [-0.5, np.inf],
        "shift": [-1, 0.5],
    },
    Architecture: {
        "stride": [0, 3, "1"],
        "log_variance_bound": [0, -8, np.inf],
        "image_channels": [(0, 4), (4.0, 4)],
        "curve_channels": [(4, -1)],
        "image_hidden": [(0,)],
        "curve_hidden": [("8",)],
        "decoder_hidden": [(True,)],
        "decoder_channels": [(4, 0, 4)],
        "precision": ["float16", None],
    },
}


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (k, name, v)
        for k, fields in WRONG.items()
        for name, values in fields.items()
        for v in values
    ],
)
def test_wrong_value_is_refused(kind: type, name: str, value: Any) -> None:
    received = value[0] if isinstance(value, tuple) and value[0] != 4 else value
    received = value[1] if isinstance(value, tuple) and value[0] == 4 else received
    with pytest.raises(ValueError, match=rf"{name} must .*; received {re.escape(repr(received))}"):
        kind(**{name: value})


@pytest.mark.parametrize("kind", list(WRONG))
def test_every_choice_is_checked(kind: type) -> None:
    """A new field has to come with wrong values above; Booleans have none."""
    names = {f.name for f in dataclasses.fields(kind) if f.type != "bool"}
    assert set(WRONG[kind]) == names


@pytest.mark.parametrize("name", list(PRESETS))
def test_presets_differ_only_by_their_fields(name: str) -> None:
    preset = PRESETS[name]
    assert isinstance(preset, Preset)
    assert PRESETS["paper"] != PRESETS["fast"]


def test_paper_preset_is_appendix_a() -> None:
    """Printed numbers, and the resolutions of what Appendix A leaves open."""
    paper = PRESETS["paper"]
    assert paper.architecture == Architecture(
        image_channels=(32, 64),
        curve_channels=(8, 16),
        stride=1,
        image_hidden=(),
        curve_hidden=(),
        decoder_hidden=(),
        decoder_channels=(32, 64, 32),
        log_variance_bound=None,
    )
    one, two = paper.training, paper.crossmodal
    assert (one.learning_rate, one.schedule, one.gradient_clip) == (1.97e-5, "constant", None)
    assert (one.assignment, one.experts, one.centres) == ("from_z", "adam", "closed_form")
    assert (one.widths, one.weights, one.expert_variance) == ("adam", "adam", "fixed")
    assert (one.modality_dropout, one.frozen_epochs, one.keep) == (0.0, 0, "best")
    assert (two.learning_rate, two.curve_learning_rate) == (4.398e-5, 4.398e-3)
    assert (two.direction, two.cluster_weight) == ("unimodal_to_joint", 0.0)
    assert (two.warm_start, two.shift) == (False, 0)


@pytest.mark.parametrize(
    "modality",
    [
        Image("image", (12, 9, 3)),
        Curve("curve", T, Proportional()),
        Curve("stress", T**2, LinearHardening()),
        Curve("free", T),
    ],
)
def test_modality_to_json_and_back(modality: Image | Curve) -> None:
    text = json.dumps(document.modality_to_json(modality))
    assert document.modality_from_json(json.loads(text)) == modality


@pytest.mark.parametrize("name", list(PRESETS))
def test_model_to_json_and_back(name: str) -> None:
    model = fp.FingerprintModel([Image("image"), Curve("curve", T)], 3, preset=name, seed=2)
    found = document.arguments(json.loads(json.dumps(document.document(model))))
    assert found == {
        "modalities": [Image("image"), Curve("curve", T)],
        "clusters": 3,
        "latent_dim": 3,
        "seed": 2,
        "preset": PRESETS[name],
        "architecture": PRESETS[name].architecture,
    }


def test_unknown_modality_kind() -> None:
    with pytest.raises(ValueError, match="'Video'; expected 'Image' or 'Curve'"):
        document.modality_from_json({"kind": "Video"})


def test_override() -> None:
    before = Training(epochs=7, keep="best")
    after = config.override(before, epochs=9, gradient_clip=None)
    assert after == Training(epochs=9, keep="best", gradient_clip=None)
    assert before == Training(epochs=7, keep="best")


def test_override_refuses_unknown_options_and_wrong_values() -> None:
    with pytest.raises(TypeError, match="Training has no option 'epoch'; .*batch_size.* epochs"):
        config.override(Training(), epoch=3)
    with pytest.raises(ValueError, match="epochs must .*; received 0"):
        config.override(Training(), epochs=0)


def test_single_values() -> None:
    assert checks.natural("n", np.int64(3)) == 3
    assert type(checks.natural("n", np.int64(3))) is int
    assert checks.natural("n", 0, least=0) == 0
    assert checks.positive("x", np.float32(0.5)) == 0.5
    assert checks.positive("x", 0, zero=True) == 0.0
    assert [checks.fraction("p", p) for p in (0, 0.5, 1)] == [0.0, 0.5, 1.0]
    assert checks.choice("c", "b", ("a", "b")) == "b"
    with pytest.raises(ValueError, match="n must be a whole number of at least 0; received -1"):
        checks.natural("n", -1, least=0)
    with pytest.raises(ValueError, match="x must be a finite number above 0; received 0"):
        checks.positive("x", 0)
    with pytest.raises(ValueError, match="x must be a finite number of at least 0; received -1"):
        checks.positive("x", -1, zero=True)
    with pytest.raises(ValueError, match=r"p must lie in \[0, 1\]; received 2"):
        checks.fraction("p", 2)
    with pytest.raises(ValueError, match="c must be one of 'a', 'b'; received 'd'"):
        checks.choice("c", "d", ("a", "b"))


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Image("x", 28), r"Image\.shape must be a tuple of whole numbers; received 28"),
        (lambda: Architecture(image_hidden=4), r"architecture\.image_hidden must be a tuple"),
        (
            lambda: Architecture(decoder_channels=(4, 4)),
            r"architecture\.decoder_channels must hold 3 sizes; received \(4, 4\)",
        ),
    ],
)
def test_one_number_or_too_few_are_named(build: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()
