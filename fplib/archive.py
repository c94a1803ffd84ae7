"""Arrays and one JSON document in a file: what models and checkpoints are stored as.

The file is what `numpy.savez` writes, the document being a string among its arrays. Nothing is
pickled, so opening a stranger's file runs no code. A file is written under a temporary name and
then renamed: it is whole or it is not there.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from fplib.files import write_atomically

FORMAT = 2
META = "meta.json"  # format 1 had it as a file of its own in the zip, format 2 has it as an array


def write(path: str | Path, meta: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> Path:
    """Write a JSON-ready mapping and named arrays to one file, atomically.

    Returns:
        The path written.

    Raises:
        ValueError: an array of Python objects, which would have to be pickled.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    members: dict[str, Any] = {META: np.array(_json({"format": FORMAT, **meta}))} | dict(arrays)
    objects = [name for name, array in members.items() if np.asarray(array).dtype.hasobject]
    if objects:
        raise ValueError(f"Object arrays cannot be saved: {', '.join(objects)}.")
    content = io.BytesIO()
    np.savez(content, **members)
    write_atomically(path, content.getvalue())
    return path


def read(
    path: str | Path, remedy: str = "Write it again."
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read what `write` wrote, in this format or an older one.

    Args:
        path: the file.
        remedy: what the reader of an error message is told to do about a damaged file.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: the file is not such an archive, is damaged, or has a newer format.
    """
    with open(path, "rb") as file:
        try:
            if file.read(2) != b"PK":
                raise ValueError("it is no zip file")
            file.seek(0)
            with np.load(file, allow_pickle=False) as members:
                arrays = {name: members[name] for name in members.files}
            text = arrays.pop(META)
            meta = json.loads(text if isinstance(text, bytes) else str(text))
            if not isinstance(meta, dict):
                raise ValueError(f"{META} holds no object")
            arrays = {name: array for name, array in arrays.items() if not isinstance(array, bytes)}
        except Exception as error:  # a damaged zip fails in many ways
            raise ValueError(
                f"{path} is not an fplib archive or is damaged ({error}). {remedy}"
            ) from error
    if meta.get("format") not in range(1, FORMAT + 1):
        raise ValueError(
            f"{path} has format {meta.get('format')!r}; this fplib reads formats 1 to {FORMAT}. "
            "Update fplib."
        )
    return meta, arrays


def _json(meta: Mapping[str, Any]) -> str:
    """JSON text; NumPy numbers become plain ones."""
    return json.dumps(meta, indent=1, sort_keys=True, default=lambda number: number.item())
