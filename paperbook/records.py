"""The record of one run: what went in, what came out, on what; written and read here only.

A record is one JSON file. The reader's own runs lie in runs/<profile>/records/<page>/, published
ones in results/<page>/; everything that the book prints comes from one of the two.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np

from paperbook import provenance as _environment
from paperbook import schema as _schema
from paperbook.files import write_atomically
from paperbook.tables import NOT_RECOVERED, markdown, percent, table

__all__ = [
    "NOT_RECOVERED",
    "load",
    "markdown",
    "new",
    "percent",
    "published_folder",
    "read",
    "root",
    "run_folder",
    "scratch_folder",
    "table",
    "write",
]


def new(
    page: str,
    *,
    profile: str,
    parameters: Mapping[str, Any],
    metrics: Mapping[str, Any],
    seconds: Mapping[str, float],
    data: Mapping[str, str] | None = None,
    synthetic_data: bool = False,
    notes: str | None = None,
) -> dict[str, Any]:
    """A complete, validated record; time, code, versions, device and memory are filled in.

    Args:
        page: name of the page that ran, such as "mnist_clean".
        profile: name of its parameter profile, such as "quick".
        parameters: what the run was told; an absolute path is shortened to its last part.
        metrics: dotted names to a number or a list of numbers; NumPy values are welcome.
        seconds: stage to wall-clock time, s.
        data: data set to sha256 sum.
        synthetic_data: whether any modality was generated rather than measured.
        notes: anything a reader of the numbers should know.

    Returns:
        The record, JSON types only.

    Raises:
        ValueError: if something does not follow the schema, with its key.
    """
    record = {
        "schema": _schema.SCHEMA,
        "page": page,
        "profile": profile,
        "created": datetime.now(UTC).strftime(_schema.TIME_FORMAT),
        "synthetic_data": bool(synthetic_data),
        "parameters": _without_paths(_plain(parameters)),
        "metrics": _plain(metrics),
        "seconds": _plain(seconds),
        "peak_memory_mb": _environment.peak_memory_mb(),
        "data": dict(data or {}),
        "code": _environment.code(),
        "environment": _environment.environment(),
    }
    if notes is not None:
        record["notes"] = notes
    _schema.validate(record)
    return record


def write(record: Mapping[str, Any], name: str) -> Path:
    """Validate a record and store it atomically as <folder>/<page>/<name>.json.

    The folder is the environment variable FPLIB_RECORDS when set, else runs/<profile>/records.

    Args:
        record: what `new` returned.
        name: file name without suffix, such as "seed_0"; an existing record is replaced.

    Returns:
        The path of the file.

    Raises:
        ValueError: if the record breaks the schema or the name is not a plain file name.
        FileNotFoundError: if the project's root cannot be found.
    """
    record = _plain(record)
    _schema.validate(record)
    _schema.file_name("name", name)
    target = run_folder(record["profile"]) / record["page"] / f"{name}.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, _dumps(record).encode())
    return target


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read one record and validate it.

    Args:
        path: the JSON file.

    Returns:
        The record.

    Raises:
        ValueError: if the file is not JSON, repeats a key, holds NaN, or breaks the schema.
        FileNotFoundError: if there is no such file.
    """
    text = Path(path).read_text(encoding="utf-8")
    try:
        record = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
        _schema.validate(record)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return record


def load(page: str, *, folder: str | os.PathLike[str]) -> list[dict[str, Any]]:
    """All records of a page, sorted by name with numbers in numerical order.

    Args:
        page: name of the page.
        folder: `run_folder(profile)`, `published_folder()`, or another of the same form.

    Returns:
        The records; empty when the page has none there.

    Raises:
        ValueError: if a file is not a valid record, or belongs to another page.
    """
    _schema.page_name("page", page)
    records = []
    for path in sorted(Path(folder, page).glob("*.json"), key=_natural):
        record = read(path)
        if record["page"] != page:
            raise ValueError(
                f"{path}: expected a record of page {page!r}, received {record['page']!r}. "
                "Move the file to the folder of its page."
            )
        records.append(record)
    return records


def run_folder(profile: str) -> Path:
    """Where the reader's own runs of a profile are recorded.

    Args:
        profile: name of the parameter profile.

    Returns:
        The environment variable FPLIB_RECORDS when set, else runs/<profile>/records of the root.

    Raises:
        FileNotFoundError: if the project's root cannot be found.
    """
    _schema.page_name("profile", profile)
    chosen = os.environ.get("FPLIB_RECORDS")
    return Path(chosen) if chosen else root() / "runs" / profile / "records"


def scratch_folder(profile: str, name: str) -> Path:
    """Folder for the state of an unfinished run; another version of the library gets another one.

    Args:
        profile: name of the profile.
        name: plain name of the run.

    Returns:
        runs/<profile>/checkpoints/<name>-<library hash>, which need not exist.

    Raises:
        ValueError: if a name is not plain.
        FileNotFoundError: if the project's root cannot be found.
    """
    _schema.page_name("profile", profile)
    _schema.file_name("name", name)
    version = _environment.library_hash()[:8]
    return root() / "runs" / profile / "checkpoints" / f"{name}-{version}"


def published_folder() -> Path:
    """Where the records of published full runs lie: results/ of the root.

    Raises:
        FileNotFoundError: if the project's root cannot be found.
    """
    return root() / "results"


def root() -> Path:
    """The project's root: FPLIB_ROOT when set, else the nearest folder above with _config.yml.

    Raises:
        FileNotFoundError: if neither leads to a folder.
    """
    chosen = os.environ.get("FPLIB_ROOT")
    if chosen:
        if not Path(chosen).is_dir():
            raise FileNotFoundError(f"FPLIB_ROOT: expected a folder, received {chosen!r}.")
        return Path(chosen)
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "_config.yml").is_file():
            return folder
    raise FileNotFoundError(
        "root: expected a folder with _config.yml here or above, found none. Run inside the "
        "project, or set FPLIB_ROOT (the project) or FPLIB_RECORDS (where records go)."
    )


def _plain(value: Any) -> Any:
    """The value in JSON's own types: arrays become lists, NumPy scalars numbers, tuples lists."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, range)):
        return [_plain(item) for item in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "numpy"):  # a TensorFlow tensor
        value = value.numpy()
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    return value


def _without_paths(value: Any) -> Any:
    """Absolute paths cut to their last part: a record tells about a run, not about a machine."""
    if isinstance(value, dict):
        return {key: _without_paths(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_paths(item) for item in value]
    if isinstance(value, str) and _schema.looks_like_path(value):
        kind = PureWindowsPath if "\\" in value else PurePosixPath
        return kind(value).name
    return value


def _dumps(record: Mapping[str, Any]) -> str:
    """JSON with one line an entry, so that two records can be compared line by line."""
    entries = []
    for key, value in record.items():
        if isinstance(value, dict) and value:
            inner = ",\n".join(f"  {_json(name)}: {_json(item)}" for name, item in value.items())
            entries.append(f" {_json(key)}: {{\n{inner}\n }}")
        else:
            entries.append(f" {_json(key)}: {_json(value)}")
    return "{\n" + ",\n".join(entries) + "\n}\n"


def _json(value: Any) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen = dict(pairs)
    if len(seen) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"repeated key {next(k for k in keys if keys.count(k) > 1)!r}")
    return seen


def _refuse_constant(name: str) -> None:
    raise ValueError(f"expected finite numbers, received {name}")


def _natural(path: Path) -> list[tuple[int, int | str]]:
    parts = re.split(r"(\d+)", path.stem)
    return [(1, int(part)) if part.isdigit() else (0, part) for part in parts]
