"""Finished experiments, kept under the key of all that they depend on.

An entry is a folder `<experiment>-<key>`: `record.json`, and what the experiment wants to be kept:
`arrays.npz`, `values.json`, and a file for each object that can save itself. It appears whole, by a
rename. Beside it, while the experiment runs, `<experiment>-<key>.unfinished` holds its checkpoints,
so that a killed run goes on where it was and another run never meets them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from paperbook import records
from paperbook.files import folder_atomically

RECORD, ARRAYS, VALUES = "record.json", "arrays.npz", "values.json"


class Entry:
    """Where one experiment's outcome lies, or will lie.

    Args:
        folder: of the cache.
        experiment: name of the function.
        key: hash of what it depends on.
    """

    def __init__(self, folder: Path, experiment: str, key: str) -> None:
        self.path = folder / f"{experiment}-{key[:20]}"
        self.unfinished = self.path.with_name(f"{self.path.name}.unfinished")
        self.lock = folder / ".locks" / self.path.name
        self.key = key

    def record(self) -> dict[str, Any] | None:
        """The record of the finished experiment, or None."""
        try:
            found = records.read(self.path / RECORD)
        except (OSError, ValueError):
            return None
        return found if found.get("key") == self.key else None

    def store(self, record: Mapping[str, Any], kept: Mapping[str, Any]) -> None:
        """Write the outcome.

        Args:
            record: of the run.
            kept: name to array, JSON value, or object with a method `save(path)`.

        Raises:
            TypeError: something can be neither written as an array or JSON nor save itself.
        """
        with folder_atomically(self.path) as new:
            arrays, values = {}, {}
            for name, thing in kept.items():
                if isinstance(thing, np.ndarray):
                    arrays[name] = thing
                elif hasattr(thing, "save"):
                    thing.save(new / name)
                else:
                    values[name] = _checked(name, thing)
            if arrays:
                np.savez(new / ARRAYS, allow_pickle=False, **arrays)
            if values:
                (new / VALUES).write_text(json.dumps(values), encoding="utf-8")
            (new / RECORD).write_text(records.dumps(records.plain(record)), encoding="utf-8")
        shutil.rmtree(self.unfinished, ignore_errors=True)

    def get(self, name: str, load: Callable[[Path], Any] | None) -> Any:
        """One thing that was kept.

        Args:
            name: its name.
            load: opens an object that saved itself.

        Raises:
            KeyError: no such thing was kept; the message names those that were.
        """
        saved = [p for p in self.path.glob("*") if p.name not in (RECORD, ARRAYS, VALUES)]
        values = self._values()
        arrays = self._arrays()
        if name in values:
            return values[name]
        if name in arrays:
            return arrays[name]
        for path in saved:
            if path.name == name or path.name.startswith(f"{name}."):
                if load is None:
                    raise KeyError(f"{name!r} saved itself; the experiment needs load= to open it")
                return load(path)
        known = sorted([*values, *arrays, *(p.name for p in saved)])
        raise KeyError(f"{name!r} was not kept; kept: {', '.join(known) or 'nothing'}")

    def _values(self) -> dict[str, Any]:
        path = self.path / VALUES
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}

    def _arrays(self) -> Mapping[str, np.ndarray]:
        path = self.path / ARRAYS
        if not path.is_file():
            return {}
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}


def _checked(name: str, thing: Any) -> Any:
    try:
        value = records.plain(thing)
        json.dumps(value)
    except TypeError:
        raise TypeError(
            f"{name!r} cannot be kept: expected an array, plain values, or an object with "
            f"save(path); received {type(thing).__name__}"
        ) from None
    return value
