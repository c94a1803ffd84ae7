"""What an expert was made with: remembered, shown, saved, and an expert made from it again."""

from __future__ import annotations

import abc
import inspect
import json
from typing import Any

import numpy as np

KINDS: dict[str, Any] = {}  # every expert class by name, the latest definition


class Remembering(abc.ABCMeta):
    """The type of expert classes: knows each by name, and keeps what its instances are made with."""

    def __init__(cls, name: str, bases: tuple, namespace: dict, **options: Any) -> None:
        super().__init__(name, bases, namespace, **options)
        module = KINDS.get(name, cls).__module__
        if module.startswith("fplib.") and module != cls.__module__:
            raise ValueError(
                f"{name} is an expert of fplib already, and saved models could not tell the two "
                "apart. Choose another name."
            )
        if bases:
            KINDS[name] = cls

    def __call__(cls, *given: Any, **settings: Any) -> Any:
        expert = super().__call__(*given, **settings)
        bound = _arguments(cls).bind(*given, **settings)
        bound.apply_defaults()
        expert.__dict__["_settings"] = {k: _plain(v) for k, v in bound.arguments.items()}
        return expert


def to_config(expert: Any) -> dict:
    """Name, parameters and settings of an expert, JSON-ready.

    Raises:
        ValueError: a setting of a kind that no file can hold, or a name that two classes have.
    """
    name = type(expert).__name__
    settings = {}
    for key, value in expert._settings.items():
        try:
            settings[key] = json.loads(json.dumps(value, default=lambda inner: inner.to_config()))
        except (AttributeError, TypeError) as error:
            raise ValueError(
                f"{name} cannot be saved: its setting {key!r} must consist of numbers, text, "
                f"arrays, lists, dictionaries or experts; received {value!r}."
            ) from error
    config = {"name": name, "parameter_names": list(expert.parameter_names), "settings": settings}
    if from_config(config) != expert:
        raise ValueError(f"{name} cannot be saved: another class of this name is defined as well.")
    return config


def from_config(config: dict) -> Any:
    """The expert that `to_config` described.

    Raises:
        ValueError: its class is not known, or no longer what it was.
    """
    others = dict(config)
    name, names = others.pop("name"), others.pop("parameter_names", None)
    settings = others.get("settings", others)  # the first format had them beside the name
    if name not in KINDS:
        raise ValueError(
            f"Unknown expert {name!r}; known: {', '.join(sorted(KINDS))}. Define or import its "
            "class before opening a model that uses it."
        )
    changed = f"The class {name} has changed since this was saved: "
    bound = _arguments(KINDS[name]).bind_partial()
    bound.arguments |= {key: _rebuilt(value) for key, value in settings.items()}
    unknown = sorted(set(settings) - set(bound.signature.parameters))
    if unknown:
        raise ValueError(f"{changed}it has no setting {unknown[0]!r} any more.")
    try:
        expert = KINDS[name](*bound.args, **bound.kwargs)
    except TypeError as error:
        raise ValueError(f"{changed}{error}.") from error
    if names is not None and list(expert.parameter_names) != names:
        now = list(expert.parameter_names)
        raise ValueError(f"{changed}its parameters were {names} and are {now}.")
    return expert


def shown(value: Any) -> str:
    """A remembered setting on one line."""
    if isinstance(value, dict):
        if "array" in value:
            return f"array{np.shape(value['array'])}"
        if "tuple" in value:
            return f"({', '.join(map(shown, value['tuple']))})"
        return "{" + ", ".join(f"{shown(k)}: {shown(v)}" for k, v in value["pairs"]) + "}"
    return f"[{', '.join(map(shown, value))}]" if isinstance(value, list) else repr(value)


def place(kind: type) -> tuple[str, str]:
    """Where a class is defined: a notebook cell that is run again defines the same class anew."""
    return kind.__module__, kind.__qualname__


def _arguments(kind: Any) -> inspect.Signature:
    """What a class is called with."""
    whole = inspect.signature(kind.__init__)
    return whole.replace(parameters=list(whole.parameters.values())[1:])


def _plain(value: Any) -> Any:
    """A copy that JSON can hold and `_rebuilt` undoes; what is of no such kind stays as it is."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return {"array": value.tolist(), "dtype": value.dtype.name}
    if isinstance(value, dict):
        return {"pairs": [[_plain(k), _plain(v)] for k, v in value.items()]}
    if isinstance(value, tuple):
        return {"tuple": [_plain(v) for v in value]}
    return [_plain(v) for v in value] if isinstance(value, list) else value


def _rebuilt(value: Any) -> Any:
    """The setting behind what `_plain` made of it."""
    if isinstance(value, list):
        return [_rebuilt(v) for v in value]
    if not isinstance(value, dict):
        return value
    if "array" in value:
        return np.array(value["array"], value["dtype"])
    if "tuple" in value:
        return tuple(_rebuilt(v) for v in value["tuple"])
    if "pairs" in value:
        return {_rebuilt(k): _rebuilt(v) for k, v in value["pairs"]}
    return from_config(value)
