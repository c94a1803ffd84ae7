"""Models and checkpoints on disk: a zip of one JSON document and plain arrays.

Nothing is pickled, so opening a stranger's file runs no code. A file is written under a temporary
name and then renamed: it is whole or it is not there.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fplib.config import Preset, architecture_from_json, modality_from_json, to_json
from fplib.files import write_atomically

if TYPE_CHECKING:
    from fplib.model import FingerprintModel

FORMAT = 1
META = "meta.json"


def write(path: str | Path, meta: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Path:
    """Write a JSON-ready mapping and named arrays to one file, atomically.

    Returns:
        The path written.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(META, _json({"format": FORMAT, **meta}))
        for name, array in arrays.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.asarray(array), allow_pickle=False)
            archive.writestr(f"{name}.npy", buffer.getvalue())
    write_atomically(path, content.getvalue())
    return path


def read(path: str | Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read what `write` wrote.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not such an archive, is damaged, or has a newer format.
    """
    with open(path, "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                meta = json.loads(archive.read(META))
                arrays = {
                    name.removesuffix(".npy"): np.lib.format.read_array(
                        io.BytesIO(archive.read(name)), allow_pickle=False
                    )
                    for name in archive.namelist()
                    if name.endswith(".npy")
                }
            if not isinstance(meta, dict):
                raise ValueError(f"{META} holds no object")
        except Exception as error:  # a damaged zip fails in many ways
            raise ValueError(
                f"{path} is not an fplib archive or is damaged ({error}); write it again."
            ) from error
    if meta.get("format") != FORMAT:
        raise ValueError(
            f"{path} has format {meta.get('format')!r}; this fplib reads format {FORMAT}. Update fplib."
        )
    return meta, arrays


def save(model: FingerprintModel, path: str | Path) -> Path:
    """Write a model; see `FingerprintModel.save`."""
    meta = {
        "kind": "model",
        "modalities": [to_json(m) for m in model.modalities.values()],
        "clusters": model.clusters,
        "latent_dim": model.latent_dim,
        "seed": model.seed,
        "preset": to_json(model.preset),
        "architecture": to_json(model.architecture),
        "unimodal": list(model.unimodal),
        "history": model.history_,
    }
    return write(path, meta, state(model))


def load(path: str | Path) -> FingerprintModel:
    """Open a model; see `fplib.model.load`."""
    from fplib.config import Crossmodal, Training
    from fplib.model import FingerprintModel

    meta, arrays = read(path)
    if meta.get("kind") != "model":
        raise ValueError(f"{path} holds a {meta.get('kind')}, not a model.")
    try:
        preset = meta["preset"]
        model = FingerprintModel(
            [modality_from_json(m) for m in meta["modalities"]],
            meta["clusters"],
            meta["latent_dim"],
            preset=Preset(
                architecture_from_json(preset["architecture"]),
                Training(**preset["training"]),
                Crossmodal(**preset["crossmodal"]),
            ),
            architecture=architecture_from_json(meta["architecture"]),
            seed=meta["seed"],
        )
        for name in meta["unimodal"]:
            model.add_unimodal(name)
        restore(model, arrays)
        model.history_ = meta["history"]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path} does not describe a model: {error}") from error
    return model


def state(model: FingerprintModel) -> dict[str, np.ndarray]:
    """A copy of every array of the model."""
    return {name: np.array(variable) for name, variable in model.variables().items()}


def restore(model: FingerprintModel, arrays: Mapping[str, np.ndarray]) -> None:
    """Put arrays from `state` back.

    Raises:
        ValueError: an array is missing or has another shape.
    """
    variables = model.variables()
    for name, variable in variables.items():
        if name not in arrays or arrays[name].shape != tuple(variable.shape):
            found = arrays[name].shape if name in arrays else "nothing"
            raise ValueError(
                f"Array {name!r}: the model needs shape {tuple(variable.shape)}, the file has {found}."
            )
    for name, variable in variables.items():
        variable.assign(arrays[name])


def _json(meta: Mapping[str, Any]) -> str:
    """JSON text; NumPy numbers become plain ones."""
    return json.dumps(meta, indent=1, sort_keys=True, default=lambda number: number.item())
