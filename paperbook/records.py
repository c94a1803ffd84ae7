"""The record of one run: what went in, what came out, on what; written and read here only.

A record is one JSON file, <folder>/<page>/<name>.json. Those of the book that was built last lie in
runs/<profile>/records, published ones in results.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import numpy as np

from paperbook import provenance, schema, workspace
from paperbook.files import write_atomically

CERTIFICATES = "certificates"  # a folder beside those of the pages (`certificates`)


def new(
    page: str,
    *,
    parameters: Mapping[str, Any],
    metrics: Mapping[str, Any],
    seconds: Mapping[str, float],
    code_key: str,
    profile: str | None = None,
    experiment: str | None = None,
    key: str | None = None,
    packages: Mapping[str, str] | None = None,
    data: Mapping[str, str] | None = None,
    synthetic_data: bool = False,
    notes: str | None = None,
) -> dict[str, Any]:
    """A complete, validated record; time, revision, device and memory are filled in.

    Args:
        page: name of the page that ran, such as "mnist_clean".
        parameters: what the run was told; an absolute path is shortened to its last part.
        metrics: dotted names to a number or a list of numbers; NumPy values are welcome.
        seconds: stage to wall-clock time, s.
        code_key: hash of the code that the run reaches (`dependencies.Reached.key`).
        profile: name of its parameter profile; that of this process when omitted.
        experiment: name of the function that ran.
        key: hash of code, parameters and versions together.
        packages: versions of the packages that the code uses.
        data: data set to sha256 sum.
        synthetic_data: whether any of the data was generated rather than measured.
        notes: anything a reader of the numbers should know.

    Returns:
        The record, JSON types only.

    Raises:
        ValueError: if something does not follow the schema, with its key.
    """
    record = {
        "schema": schema.SCHEMA,
        "page": page,
        "profile": profile or workspace.profile(),
        "experiment": experiment,
        "key": key,
        "created": datetime.now(UTC).strftime(schema.TIME_FORMAT),
        "synthetic_data": bool(synthetic_data),
        "parameters": without_paths(plain(parameters)),
        "metrics": plain(metrics),
        "seconds": plain(seconds),
        "peak_memory_mb": provenance.peak_memory_mb(),
        "data": dict(data or {}),
        "code": provenance.code(workspace.root_or_none()) | {"key": code_key},
        "environment": provenance.environment(packages),
        "notes": notes,
    }
    for optional in ("experiment", "key", "notes"):
        if record[optional] is None:
            del record[optional]
    schema.validate(record)
    return record


def write(record: Mapping[str, Any], name: str, folder: str | os.PathLike[str]) -> Path:
    """Validate a record, sign it with its digest, and store it as <folder>/<page>/<name>.json.

    Args:
        record: what `new` returned.
        name: file name without suffix, such as "seed_0"; an existing record is replaced.
        folder: of the records of all pages.

    Returns:
        The path of the file.

    Raises:
        ValueError: if the record breaks the schema or the name is not a plain file name.
    """
    record = plain(record)
    schema.validate(record)
    record = {**record, "digest": digest(record)}
    schema.file_name("name", name)
    target = Path(folder, record["page"], f"{name}.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, dumps(record).encode())
    return target


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read one record and validate it.

    Args:
        path: the JSON file.

    Returns:
        The record; those of schema 1 have no "experiment" and no "key", older ones no "digest".

    Raises:
        ValueError: if the file is not JSON, repeats a key, holds NaN, breaks the schema, or is
            not what its digest says.
        FileNotFoundError: if there is no such file.
    """
    text = Path(path).read_text(encoding="utf-8")
    try:
        record = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
        schema.validate(record)
        if record.get("digest", digest(record)) != digest(record):
            raise ValueError("digest: the record was changed after it was written; make it again")
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return record


def digest(record: Mapping[str, Any]) -> str:
    """sha256 sum of a record's content, in whatever order its keys stand."""
    content = {key: value for key, value in record.items() if key != "digest"}
    text = json.dumps(content, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def load(page: str, folder: str | os.PathLike[str] | None = None) -> list[dict[str, Any]]:
    """All records of a page, sorted by name with numbers in numerical order.

    Args:
        page: name of the page.
        folder: of the records of all pages; the published ones when omitted.

    Returns:
        The records; empty when the page has none there.

    Raises:
        ValueError: if a file is not a valid record, or belongs to another page.
    """
    schema.page_name("page", page)
    found = []
    for path in paths(page, folder):
        record = read(path)
        if record["page"] != page:
            raise ValueError(
                f"{path}: expected a record of page {page!r}, received {record['page']!r}. "
                "Move the file to the folder of its page."
            )
        found.append(record)
    return found


def paths(page: str, folder: str | os.PathLike[str] | None = None) -> list[Path]:
    """Files of a page's records, numbers in numerical order."""
    place = Path(folder) if folder is not None else workspace.published()
    return sorted((place / page).glob("[!.]*.json"), key=lambda path: natural(path.stem))


def every(folder: Path) -> list[Path]:
    """Files of the records of all pages; the certificates beside them are none."""
    found = folder.glob("*/[!.]*.json")
    return sorted(path for path in found if path.parent.name != CERTIFICATES)


def plain(value: Any) -> Any:
    """The value in JSON's own types: arrays become lists, NumPy scalars numbers, tuples lists."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | range):
        return [plain(item) for item in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "numpy"):  # a tensor
        value = value.numpy()
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return value


def without_paths(value: Any) -> Any:
    """Absolute paths cut to their last part: a record tells about a run, not about a machine."""
    if isinstance(value, dict):
        return {key: without_paths(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_paths(item) for item in value]
    if isinstance(value, str) and schema.looks_like_path(value):
        kind = PureWindowsPath if "\\" in value else PurePosixPath
        return kind(value).name
    return value


def dumps(record: Mapping[str, Any]) -> str:
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


def natural(name: str) -> list[tuple[int, int | str]]:
    """Key that sorts names with numbers in numerical order."""
    parts = re.split(r"(\d+)", name)
    return [(1, int(part)) if part.isdigit() else (0, part) for part in parts]
