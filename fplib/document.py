"""A model as a JSON document: what is saved beside its arrays, and how it is read again.

Documents of format 1 have older names; they are understood.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from fplib import experts, runtime
from fplib.config import Architecture, Crossmodal, Curve, Image, Preset, Training
from fplib.core import Core


def describe(core: Core) -> dict[str, Any]:
    """What kind of model this is, JSON-ready: the arguments of its constructor but the preset."""
    return {
        "modalities": [modality_to_json(m) for m in core.modalities.values()],
        "clusters": core.clusters,
        "latent_dim": core.latent_dim,
        "seed": core.seed,
        "architecture": dataclasses.asdict(core.architecture),
    }


def document(core: Core) -> dict[str, Any]:
    """Everything about a model that is not an array, JSON-ready.

    Raises:
        ValueError: an expert that could not be built again from what is written.
    """
    return describe(core) | {
        "kind": "model",
        "preset": dataclasses.asdict(core.preset),
        "unimodal": list(core.unimodal),
        "history": core.history_,
        "unimodal_history": core.unimodal_history_,
        "seconds": core.seconds_,
    }


def arguments(values: Mapping[str, Any]) -> dict[str, Any]:
    """The constructor's arguments from a `document`.

    Raises:
        KeyError, TypeError, ValueError: the document does not describe a model.
    """
    preset = values["preset"]
    return {
        "modalities": [modality_from_json(m) for m in values["modalities"]],
        "clusters": values["clusters"],
        "latent_dim": values["latent_dim"],
        "seed": values["seed"],
        "preset": Preset(
            _architecture(preset["architecture"]),
            _training(preset["training"]),
            Crossmodal(**preset["crossmodal"]),
        ),
        "architecture": _architecture(values["architecture"]),
    }


def upgraded(values: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Arrays as this format has them: in format 1 a black-box curve was decoded in its own unit,
    and the variance of a black box was one."""
    names = [m["name"] for m in values["modalities"] if m["kind"] == "Image" or not m["expert"]]
    ones = {f"decoder_log_variance/{name}": np.zeros((), np.float32) for name in names}
    new = dict(arrays) | {name: one for name, one in ones.items() if name not in arrays}
    for modality in values["modalities"] if values["format"] == 1 else []:
        if modality["kind"] == "Curve" and modality["expert"] is None:
            offset, scale = arrays[f"scaling/{modality['name']}"]
            layers = [name for name in arrays if name.startswith(f"decoders/{modality['name']}/")]
            kernel, bias = sorted(layers, key=lambda name: int(name.split("/")[-1]))[-2:]
            new |= {kernel: arrays[kernel] / scale, bias: (arrays[bias] - offset) / scale}
    return new


def modality_to_json(modality: Image | Curve) -> dict[str, Any]:
    """A modality, JSON-ready."""
    if isinstance(modality, Image):
        return {"kind": "Image", "name": modality.name, "shape": list(modality.shape)}
    expert = modality.expert.to_config() if modality.expert is not None else None
    described = {"kind": "Curve", "name": modality.name, "t": list(modality.t), "expert": expert}
    if expert is None:
        return described
    law = experts.digest(modality.expert, modality.t)
    return described | {"noise": modality.noise, "law": law}


def modality_from_json(values: Mapping[str, Any]) -> Image | Curve:
    """Rebuild a modality from `modality_to_json`.

    Raises:
        ValueError: an unknown kind or expert.
    """
    if values["kind"] == "Image":
        return Image(values["name"], tuple(values["shape"]))
    if values["kind"] == "Curve":
        config = values["expert"]
        expert: Any = experts.from_config(config) if config is not None else None
        curve = Curve(values["name"], tuple(values["t"]), expert, values.get("noise", "constant"))
        runtime.start()  # the law may start TensorFlow
        if "law" in values and values["law"] != experts.digest(expert, curve.t):
            raise ValueError(
                f"The class {type(expert).__name__} has changed since this was saved: for the same "
                "parameters it predicts other curves."
            )
        return curve
    raise ValueError(f"Unknown modality kind {values['kind']!r}; expected 'Image' or 'Curve'.")


def _architecture(values: Mapping[str, Any]) -> Architecture:
    sizes: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    return Architecture(**sizes)


def _training(values: Mapping[str, Any]) -> Training:
    """Format 1 called an assignment "responsibilities", and what stays fixed "held"."""
    names = {"responsibilities": "assignment", "evidence_epochs": "frozen_epochs"}
    words = {"em": "closed_form", "held": "fixed"}
    return Training(**{names.get(k, k): words.get(v, v) for k, v in values.items()})
