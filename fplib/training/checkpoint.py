"""Resume: the state of a fit after every epoch, tied to the run it belongs to."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fplib import archive
from fplib.core import Core
from fplib.document import describe

REMEDY = "Delete it; training then starts from the beginning."


class Checkpoint:
    """One file of state; refuses to continue another run.

    Args:
        folder: where the file lies, or None for no checkpoints at all.
        name: of the training.
        identity: what makes the run this run, JSON-ready: model, data, options.
    """

    def __init__(self, folder: str | Path | None, name: str, identity: Mapping[str, Any]) -> None:
        self.path = Path(folder) / f"{name}.ckpt" if folder is not None else None
        self.identity = json.loads(json.dumps(identity))  # tuples as lists, as the file has them

    def load(self) -> tuple[list[dict], dict[str, np.ndarray]]:
        """History and arrays of the last epoch finished; both empty at the beginning.

        Raises:
            ValueError: the file belongs to another run, or is damaged.
        """
        if self.path is None:
            return [], {}
        for orphan in self.path.parent.glob(f".{self.path.name}.*.tmp"):
            orphan.unlink(missing_ok=True)  # left by a process that was killed while it wrote
        if not self.path.exists():
            return [], {}
        meta, arrays = archive.read(self.path, REMEDY)
        with self.reading():
            history = list(meta["history"])
            if not all(isinstance(row["seconds"], float) for row in history) or not history:
                raise ValueError("it holds no epochs")
            meta["identity"].get("options", {}).pop("epochs", None)  # as older files have it
            different = _differences(meta["identity"], self.identity)
        for what, found, wanted in different:
            values = f" is {found!r} there and {wanted!r} here" if what != "data" else " differ"
            raise ValueError(
                f"{self.path} belongs to another run: {what}{values}. Choose another checkpoint "
                "folder, or delete the file to start from the beginning."
            )
        return history, arrays

    @contextlib.contextmanager
    def reading(self) -> Iterator[None]:
        """Whatever cannot be read within is reported as damage of the file."""
        try:
            yield
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{self.path} is damaged ({error!r}). {REMEDY}") from error

    def save(self, history: list[dict], arrays: Callable[[], Mapping[str, np.ndarray]]) -> None:
        """Replace the file; `arrays` is called only if there is one."""
        if self.path is not None:
            meta = {"kind": "checkpoint", "identity": self.identity, "history": history}
            archive.write(self.path, meta, arrays())


def check_epochs(done: int, asked: int, path: Path | None) -> None:
    """Raise unless a run that goes on to `asked` epochs contains those that are done."""
    if done > asked:
        raise ValueError(
            f"{path} holds {done} epochs, this run asks for {asked}. Choose another checkpoint "
            "folder, or delete the file to start from the beginning."
        )


def identity(
    core: Core, arrays: Mapping[str, np.ndarray], options: Any, folder: str | Path | None
) -> dict[str, Any]:
    """What must agree for a run to be continued; empty (and free of charge) without a folder.

    How many epochs are asked for may differ: a finished run goes on to more of them.
    """
    if folder is None:
        return {}
    digest = hashlib.sha256()
    for name, array in arrays.items():
        digest.update(f"{name}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    chosen = {k: v for k, v in dataclasses.asdict(options).items() if k != "epochs"}
    return describe(core) | {"options": chosen, "data": digest.hexdigest()}


def _differences(found: Any, wanted: Any, what: str = "") -> list[tuple[str, Any, Any]]:
    """The innermost values in which two JSON documents differ: name, first and second value."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        keys = dict.fromkeys((*wanted, *found))
        pairs = {key: (found.get(key), wanted.get(key)) for key in keys}
    elif isinstance(found, list) and isinstance(wanted, list) and len(found) == len(wanted):
        pairs = {str(i): pair for i, pair in enumerate(zip(found, wanted, strict=True))}
    else:
        return [] if found == wanted else [(what, found, wanted)]
    return [
        difference
        for key, pair in pairs.items()
        for difference in _differences(*pair, f"{what}.{key}" if what else key)
    ]
