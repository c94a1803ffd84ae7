"""What two runs of an experiment computed, compared bit by bit; times are left out.

Arrays are compared, not the files that hold them: a zip file has dates. JSON inside an archive
counts without its times.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from paperbook.cache import ARRAYS, RECORD, VALUES, Entry

_TIME = re.compile(r"(^|[._])(micro|milli)?(second|minute|hour)s?($|[._])")


def contents(record: Mapping[str, Any], cache: Path) -> dict[str, str]:
    """Digest of each thing that a run measured or kept, by its name.

    Args:
        record: of the run.
        cache: folder of its entry.
    """
    found = {f"metric {name}": _json(v) for name, v in _timeless(record["metrics"]).items()}
    found |= {f"data {name}": _json(value) for name, value in record["data"].items()}
    entry = Entry(cache, record["experiment"], record["key"])
    for path in sorted(p for p in entry.path.rglob("*") if p.is_file()):
        name = path.relative_to(entry.path).as_posix()
        if name == VALUES:
            values = json.loads(path.read_text(encoding="utf-8"))
            found |= {f"value {n}": _json(v) for n, v in _timeless(values).items()}
        elif zipfile.is_zipfile(path):
            prefix = "array" if name == ARRAYS else f"array {name}:"
            found |= {f"{prefix} {n}": digest for n, digest in _arrays(path)}
        elif name != RECORD:
            found[f"file {name}"] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def first_difference(old: Mapping[str, str], new: Mapping[str, str]) -> str | None:
    """Name of the first thing that differs or that only one has; None if all agree."""
    for name in [*old, *(name for name in new if name not in old)]:
        if name not in new:
            return f"{name} (only the old run has it)"
        if name not in old:
            return f"{name} (only the new run has it)"
        if old[name] != new[name]:
            return name
    return None


def digest(found: Mapping[str, str]) -> str:
    """One digest of all things."""
    return _json(sorted(found.items()))


def _arrays(path: Path) -> Iterator[tuple[str, str]]:
    with np.load(path, allow_pickle=False) as archive:
        for name in archive.files:
            array = archive[name]
            text = array if isinstance(array, bytes) else array.item() if _is_text(array) else None
            try:
                if text is not None:
                    yield name, _json(_timeless(json.loads(text)))
                    continue
            except ValueError:  # a text that is no JSON counts as it stands
                pass
            whole = np.asarray(array)
            about = f"{whole.dtype.str} {whole.shape} ".encode()
            yield name, hashlib.sha256(about + whole.tobytes()).hexdigest()


def _is_text(array: np.ndarray) -> bool:
    return array.ndim == 0 and array.dtype.kind in "US"


def _timeless(value: Any) -> Any:
    """Plain values without those whose names speak of time."""
    if isinstance(value, dict):
        return {name: _timeless(v) for name, v in value.items() if not _TIME.search(name)}
    if isinstance(value, list):
        return [_timeless(item) for item in value]
    return value


def _json(value: Any) -> str:
    """Digest of plain values; a float is written with all of its digits."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
