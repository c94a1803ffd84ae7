"""Resume: the state of a fit after every epoch, tied to the run it belongs to."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fplib import archive
from fplib.config import to_json


class Checkpoint:
    """One file of state; refuses to continue another run.

    Args:
        folder: where the file lies, or None for no checkpoints at all.
        stage: its name.
        identity: what makes the run this run, JSON-ready: model, data, options.
    """

    def __init__(self, folder: str | Path | None, stage: str, identity: Mapping[str, Any]) -> None:
        self.path = Path(folder) / f"{stage}.ckpt" if folder is not None else None
        self.identity = dict(identity)

    def load(self) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
        """Progress and arrays of the last epoch finished, or None at the beginning.

        Raises:
            ValueError: the file belongs to another run, or is damaged.
        """
        if self.path is None or not self.path.exists():
            return None
        meta, arrays = archive.read(self.path)
        for key, wanted in self.identity.items():
            found = meta.get("identity", {}).get(key)
            if found != wanted:
                raise ValueError(
                    f"{self.path} belongs to another run: its {key} is {found!r}, this run's is {wanted!r}. "
                    "Choose another checkpoint folder or delete the file."
                )
        return meta["progress"], arrays

    def save(self, progress: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
        """Replace the file."""
        if self.path is not None:
            meta = {"kind": "checkpoint", "identity": self.identity, "progress": dict(progress)}
            archive.write(self.path, meta, arrays)


def identity(
    model, arrays: Mapping[str, np.ndarray], options: Any, folder: str | Path | None
) -> dict[str, Any]:
    """What must agree for a run to be continued; empty (and free of charge) without a folder."""
    if folder is None:
        return {}
    digest = hashlib.sha256()
    for name, array in arrays.items():
        digest.update(f"{name}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array))
    return {
        "modalities": [to_json(m) for m in model.modalities.values()],
        "clusters": model.clusters,
        "latent_dim": model.latent_dim,
        "seed": model.seed,
        "architecture": _plain(to_json(model.architecture)),
        "options": _plain(to_json(options)),
        "data": digest.hexdigest(),
    }


def _plain(values: dict) -> dict:
    """Tuples as lists, as JSON gives them back."""
    return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}
