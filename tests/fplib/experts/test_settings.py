"""Experts remember what they were made with: comparison, words, files, and classes that changed."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
from typing import Any

import numpy as np
import pytest

from fplib.experts import (
    Affine,
    Expert,
    LinearHardening,
    Proportional,
    RoundedHardening,
    ScaledHardening,
    Standardised,
    from_config,
)
from fplib.experts import settings as module

T = np.linspace(0.0, 1.0, 20)


@pytest.fixture(autouse=True)
def _forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Classes of a test are not known after it."""
    monkeypatch.setattr(module, "KINDS", dict(module.KINDS))


class Power(Expert):
    """factor t^exponent: the setting decides the curve, and nothing is said about storage."""

    parameter_names = ("factor",)

    def __init__(self, exponent: Any = 1.0) -> None:
        self.exponent = exponent

    def predict(self, t, parameters):
        return parameters[:, 0:1] * t ** np.asarray(self.exponent)


@dataclasses.dataclass
class Offset(Expert):
    parameter_names = ("slope",)
    intercept: float = 1.0

    def predict(self, t, parameters):
        return self.intercept + parameters[:, 0:1] * t


class Sum(Expert):
    """Settings by position, by name and in any number, experts among them."""

    parameter_names = ("factor",)

    def __init__(self, *laws: Expert, scale: float = 1.0, **shifts: float) -> None:
        self.laws, self.scale, self.shifts = laws, scale, shifts

    def predict(self, t, parameters):
        shift = sum(self.shifts.values())
        return self.scale * sum(law.predict(t, parameters) for law in self.laws) + shift


EVERY = [
    Proportional(),
    Affine(),
    LinearHardening(),
    LinearHardening(toe=True),
    LinearHardening(offset=True),
    ScaledHardening(0.2, stress=55.0),
    ScaledHardening(toe=True, offset=True),
    RoundedHardening(strain=0.3),
    Standardised(Affine(), T, np.stack([T, T**2], axis=1), 0.1),
    Power(3),
    Power(np.float64(0.5)),
    Power(np.linspace(1, 2, 20)),
    Offset(2.0),
    Sum(Power(2.0), Proportional(), scale=3.0, low=1.0, high=2.0),
]
VALUES = [
    *(None, True, 3, 0.1, "text", (1, (2.0, "a")), [1, [2]], {"a": 1, 2: (3,)}),
    *(np.arange(3), np.ones((2, 2), np.float32), Affine(), [Affine(), Power(2)]),
]


@pytest.mark.parametrize("expert", EVERY, ids=repr)
def test_every_expert_comes_back_from_its_configuration(expert: Expert) -> None:
    config = json.loads(json.dumps(expert.to_config()))
    before = copy.deepcopy(config)
    loaded = from_config(config)
    assert config == before
    assert type(loaded) is type(expert)
    assert loaded == expert
    assert loaded.parameter_names == expert.parameter_names
    theta = np.full((2, len(expert.parameter_names)), 0.4)
    assert np.array_equal(loaded.predict(T, theta), expert.predict(T, theta))
    for twin in (copy.deepcopy(expert), pickle.loads(pickle.dumps(expert))):
        assert twin == expert
        assert twin.to_config() == expert.to_config()


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_settings_come_back_with_value_and_type(value: Any) -> None:
    found = from_config(json.loads(json.dumps(Power(value).to_config()))).exponent
    assert type(found) is type(value)
    if isinstance(value, np.ndarray):
        assert found.dtype == value.dtype
    assert np.array_equal(found, value) if isinstance(value, np.ndarray) else found == value


def test_settings_are_compared() -> None:
    assert Power(3) == Power(3)
    assert Power(3) == Power(exponent=3.0)
    assert Power() == Power(1.0)
    assert Power(3) != Power(1)
    assert Power(T) == Power(T.copy())
    assert Power(T) != Power(T + 1)
    assert Power(3) != Offset(3)
    assert Proportional() != "Proportional()"
    assert len({Power(3), Power(3), Power(1), Affine()}) == 3


def test_settings_are_shown() -> None:
    assert repr(Power(3)) == "Power(exponent=3)"
    assert repr(Affine()) == "Affine()"
    assert repr(Power(T)) == "Power(exponent=array(20,))"
    assert repr(Power({"a": (1, [2.0])})) == "Power(exponent={'a': (1, [2.0])})"
    assert repr(ScaledHardening(0.2)).startswith("ScaledHardening(strain=0.2, stress=1.0, ")
    assert "law=Affine()" in repr(EVERY[8])


def test_settings_are_those_of_the_making() -> None:
    """What the caller does with its arrays afterwards does not change what is saved."""
    given = np.ones(3)
    expert = Power(given)
    given[0] = 5
    assert expert == Power(np.ones(3))
    with pytest.raises(AttributeError, match=r"is fixed; make another one to change 'exponent'"):
        expert.exponent = 2


@pytest.mark.parametrize(
    "value",
    [np.sin, {1, 2}, np.array([None]), 1j, lambda t: t],
    ids=["ufunc", "set", "objects", "complex", "lambda"],
)
def test_what_cannot_be_rebuilt_is_refused_when_saved_and_not_before(value: Any) -> None:
    expert = Power(value)
    assert expert == Power(value)
    inside = Sum(expert)
    for one, name in ((expert, "exponent"), (inside, "exponent")):
        with pytest.raises(
            ValueError, match=rf"cannot be saved: its setting '{name}' must consist"
        ):
            one.to_config()


def test_a_class_of_today_is_known_without_being_registered() -> None:
    class Late(Power):
        pass

    assert type(from_config(Late(2).to_config())) is Late


def test_unknown_expert_is_named_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="Unknown expert 'Spline'; known: Affine, .*Proportional"):
        from_config({"name": "Spline"})


def test_a_class_that_has_changed_is_refused() -> None:
    saved = Power(3).to_config()

    class Power_(Expert):
        parameter_names = ("factor", "shift")

        def __init__(self, exponent: float) -> None:
            pass

    module.KINDS["Power"] = Power_
    said = r"Power has changed .* its parameters were \['factor'\] and are \['factor', 'shift'\]"
    with pytest.raises(ValueError, match=said):
        from_config(saved)
    module.KINDS["Power"] = Affine
    with pytest.raises(ValueError, match="Power has changed .* it has no setting 'exponent'"):
        from_config(saved)
    module.KINDS["Power"] = Standardised
    with pytest.raises(ValueError, match=r"Power has changed .* missing 4 required .* 'law'"):
        from_config({"name": "Power"})


def test_two_classes_of_one_name_are_not_saved() -> None:
    class Twin(Power):
        pass

    first = Twin(2)
    type("Twin", (Power,), {})
    with pytest.raises(ValueError, match="Twin cannot be saved: another class of this name"):
        first.to_config()


def test_a_cell_that_is_run_again_defines_the_same_class() -> None:
    """As in a notebook: what was made before can still be compared and saved."""
    cell = """
class Cell(Expert):
    parameter_names = ("slope",)

    def predict(self, t, parameters):
        return parameters[:, 0:1] * t
"""
    scope = {"Expert": Expert, "__name__": "__main__"}
    exec(cell, scope)
    first = scope["Cell"]()
    exec(cell, scope)
    assert scope["Cell"]() == first
    assert from_config(first.to_config()) == first


def test_an_expert_of_fplib_cannot_be_replaced_by_its_name() -> None:
    with pytest.raises(ValueError, match="Affine is an expert of fplib already"):
        type("Affine", (Expert,), {"parameter_names": ("a",)})


def test_files_of_the_first_format_are_read() -> None:
    """Settings stood beside the name, arrays as lists, and parameters were not named."""
    scaled = {"name": "ScaledHardening", "strain": 0.2, "stress": 55.0}
    assert from_config(scaled) == ScaledHardening(0.2, 55.0)
    assert from_config({"name": "Proportional"}) == Proportional()
    old = {"name": "Standardised", "law": scaled, "centre": T.tolist(), "noise": 0.1}
    found = from_config(old | {"directions": T[:, np.newaxis].tolist()})
    wanted = Standardised(ScaledHardening(0.2, 55.0), T, T[:, np.newaxis], 0.1)
    assert np.array_equal(found.standardise(T), wanted.standardise(T))
    assert found.law == wanted.law
