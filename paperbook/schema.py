"""What a record must look like; every violation raises with the key that is wrong.

The structure stands in `record.schema.json`. Here is what a schema cannot say: numbers are finite,
shares lie between 0 and 1, lists are even, and nothing tells about the machine.
"""

from __future__ import annotations

import functools
import json
import math
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema

SCHEMA = 2  # what is written; records of schema 1, without keys, are read too
TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"

_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.=-]*")
# A path from the root of a disk or from a home folder, anywhere in a string; not a URL.
_PATH = re.compile(
    r"^\s*(~?/|~$|[A-Za-z]:[\\/])|(?<![\w.:/\\])(~|[A-Za-z]:)?[\\/][\w.-]+[\\/][\w.-]+"
)
_SHARES = dict.fromkeys(("accuracy", "purity", "nmi", "occupancy", "coverage"), (0.0, 1.0))
_RANGES = _SHARES | {"ari": (-0.5, 1.0)}


def validate(record: Any) -> None:
    """Raise unless `record` follows the schema exactly.

    Args:
        record: what `json.load` returned, or what is about to be written.

    Raises:
        ValueError: naming the key, what was expected, what was received.
    """
    if isinstance(record, Mapping) and record.get("schema") not in (1, SCHEMA):
        raise ValueError(
            f"schema: expected 1 or {SCHEMA}, received {record.get('schema')!r}. The record was "
            "written by another version of the press; run the page again."
        )
    error = jsonschema.exceptions.best_match(_validator().iter_errors(record))
    if error is not None:
        where = ".".join(map(str, error.absolute_path)) or "record"
        hint = " Give fractions, not percent." if "maximum" in error.schema_path else ""
        raise ValueError(f"{where}: {error.message}.{hint}")
    code = record["code"]
    if (code["revision"] is None) != (code["dirty"] is None):
        raise ValueError("code.dirty: expected true or false beside a revision, null without one.")
    try:
        datetime.strptime(record["created"], TIME_FORMAT)
    except ValueError:
        raise ValueError(
            f"created: expected a time in UTC such as 2026-12-01T10:00:00Z, received "
            f"{record['created']!r}."
        ) from None
    for key in ("parameters", "metrics", "seconds", "environment"):
        _plain(key, record[key])
    _plain("notes", record.get("notes"))
    for name, value in record["metrics"].items():
        _within(
            f"metrics[{name!r}]", value, *_RANGES.get(name.split(".")[0], (-math.inf, math.inf))
        )


@functools.cache
def _validator() -> jsonschema.Draft202012Validator:
    text = Path(__file__).with_name("record.schema.json").read_text(encoding="utf-8")
    return jsonschema.Draft202012Validator(json.loads(text))


def page_name(key: str, value: Any) -> None:
    """Raise unless `value` can name a page or a profile: lower case, digits, underscores."""
    if not isinstance(value, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", value):
        raise ValueError(
            f"{key}: expected lower-case letters, digits and underscores such as 'my_page', "
            f"received {value!r}."
        )


def file_name(key: str, value: Any) -> None:
    """Raise unless `value` can name a record's file, without folder and suffix."""
    if not isinstance(value, str) or not _FILE.fullmatch(value):
        raise ValueError(
            f"{key}: expected a file name of letters, digits and '_.=-' such as 'seed_0', "
            f"received {value!r}."
        )


def looks_like_path(text: str) -> bool:
    """Whether a string holds an absolute path, which tells about a machine, not about a run."""
    return _PATH.search(text) is not None


def _plain(key: str, value: Any) -> None:
    """Finite numbers, words without paths, and nothing but JSON."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if not isinstance(name, str) or not name:
                raise ValueError(f"{key}: expected names as keys, received {name!r}.")
            _plain(f"{key}.{name}", item)
    elif isinstance(value, list):
        for item in value:
            _plain(key, item)
    elif isinstance(value, str):
        if looks_like_path(value):
            raise ValueError(
                f"{key}: expected no absolute path, received {value!r}. A record is published; "
                "keep the file name only."
            )
    elif value is None or isinstance(value, bool):
        return
    elif not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(
            f"{key}: expected a finite number, received {value!r}. Leave out what was not measured."
        )


def _within(key: str, value: Any, low: float, high: float) -> None:
    if isinstance(value, list):
        if len({len(row) if isinstance(row, list) else None for row in value}) > 1:
            raise ValueError(f"{key}: expected rows of one length, received ragged lists.")
        for row in value:
            _within(key, row, low, high)
    elif isinstance(value, bool):
        raise ValueError(f"{key}: expected a number, received {value!r}.")
    elif not low <= value <= high:
        hint = " Give fractions, not percent." if high == 1.0 else ""
        raise ValueError(f"{key}: expected {low:g} to {high:g}, received {value!r}.{hint}")
