"""What a record must look like, version 1; every violation raises with the key that is wrong."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

SCHEMA = 1
TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"
ENVIRONMENT = ("python", "tensorflow", "keras", "numpy", "device", "cores", "platform")
CODE = ("revision", "dirty", "library")

WORD = r"[a-z][a-z0-9_]*"
_NAME = re.compile(rf"{WORD}(\.[a-z0-9][a-z0-9_]*)*")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.=-]*")
_SHA256 = re.compile(r"(sha256:)?[0-9a-f]{64}")
# A path from the root of a disk or from a home folder, anywhere in a string; not a URL.
_PATH = re.compile(
    r"^\s*(~?/|~$|[A-Za-z]:[\\/])|(?<![\w.:/\\])(~|[A-Za-z]:)?[\\/][\w.-]+[\\/][\w.-]+"
)

_RANGES = {
    "accuracy": (0.0, 1.0),
    "purity": (0.0, 1.0),
    "nmi": (0.0, 1.0),
    "occupancy": (0.0, 1.0),
    "coverage": (0.0, 1.0),
    "ari": (-0.5, 1.0),
}
# Scores that mean nothing without saying what the clusters were inferred from.
_NEED_SOURCE = ("accuracy", "purity", "nmi", "ari")
# Segments with one spelling in the whole project.
_CANONICAL = {word.replace("_", ""): word for word in ("multimodal", "mean_field", "from_z")}


def validate(record: Any) -> None:
    """Raise unless `record` follows the schema exactly.

    Args:
        record: what `json.load` returned, or what is about to be written.

    Raises:
        ValueError: naming the key, what was expected, what was received.
    """
    if not isinstance(record, Mapping):
        raise ValueError(f"record: expected a JSON object, received {type(record).__name__}.")
    if record.get("schema") != SCHEMA:
        raise ValueError(
            f"schema: expected {SCHEMA}, received {record.get('schema')!r}. The record was written "
            "by another version of fplib; run the page again."
        )
    _keys("record", record, tuple(_FIELDS), optional=("notes",))
    for key, check in _FIELDS.items():
        check(key, record[key])
    if "notes" in record:
        _text("notes", record["notes"])


def page_name(key: str, value: Any) -> None:
    """Raise unless `value` can name a page or a profile: lower case, digits, underscores."""
    if not isinstance(value, str) or not re.fullmatch(WORD, value):
        raise ValueError(
            f"{key}: expected lower-case letters, digits and underscores such as 'mnist_clean', "
            f"received {value!r}."
        )


def file_name(key: str, value: Any) -> None:
    """Raise unless `value` can name a record's file, without folder and suffix."""
    if not isinstance(value, str) or not _FILE.fullmatch(value):
        raise ValueError(
            f"{key}: expected a file name of letters, digits and '_.=-' such as 'seed_0', "
            f"received {value!r}. Folders are chosen by `page` and `profile`."
        )


def metric_name(key: str, value: Any) -> None:
    """Raise unless `value` is a dotted lower-case name in the project's one spelling."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(
            f"{key}: expected a dotted lower-case name such as 'accuracy.image', "
            f"received {value!r}."
        )
    head, *rest = value.split(".")
    if head in _NEED_SOURCE and not 1 <= len(rest) <= 3:
        raise ValueError(
            f"{key}: expected '{head}.<multimodal|image|curve|…>[.<mean_field|from_z|…>]', "
            f"received {value!r}."
        )
    for segment in (head, *rest):
        spelling = _CANONICAL.get(segment.replace("_", ""), segment)
        if spelling != segment:
            raise ValueError(f"{key}: expected {spelling!r} for {segment!r} in {value!r}.")


def looks_like_path(text: str) -> bool:
    """Whether a string holds an absolute path, which tells about a machine, not about a run."""
    return _PATH.search(text) is not None


def _keys(where: str, value: Mapping, needed: tuple[str, ...], optional: tuple[str, ...] = ()):
    missing = [key for key in needed if key not in value]
    unknown = [key for key in value if key not in needed and key not in optional]
    if missing or unknown:
        raise ValueError(
            f"{where}: expected the keys {', '.join(needed)}; "
            f"missing: {', '.join(missing) or 'none'}; unknown: {', '.join(unknown) or 'none'}."
        )


def _text(key: str, value: Any) -> None:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{key}: expected a non-empty string, received {value!r}.")
    if looks_like_path(value):
        raise ValueError(
            f"{key}: expected no absolute path, received {value!r}. A record is published; "
            "keep the file name only."
        )


def _number(key: str, value: Any, low: float = -math.inf, high: float = math.inf) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(
            f"{key}: expected a finite number, received {value!r}. Leave out what was not measured."
        )
    if not low <= value <= high:
        hint = " Give fractions, not percent." if high == 1.0 else ""
        raise ValueError(f"{key}: expected {low:g} to {high:g}, received {value!r}.{hint}")


def _numbers(key: str, value: Any, low: float, high: float) -> None:
    if not isinstance(value, list):
        return _number(key, value, low, high)
    if not value:
        raise ValueError(f"{key}: expected a number or a non-empty list, received [].")
    if len({len(row) if isinstance(row, list) else None for row in value}) > 1:
        raise ValueError(f"{key}: expected rows of one length, received ragged lists.")
    for row in value:
        _numbers(key, row, low, high)


def _plain(key: str, value: Any) -> None:
    if isinstance(value, Mapping):
        for name, item in value.items():
            if not isinstance(name, str) or not name:
                raise ValueError(f"{key}: expected names as keys, received {name!r}.")
            _plain(f"{key}.{name}", item)
    elif isinstance(value, list):
        for item in value:
            _plain(key, item)
    elif isinstance(value, str):
        if value:
            _text(key, value)
    elif value is not None and not isinstance(value, bool):
        _number(key, value)


def _mapping(key: str, value: Any) -> None:
    if not isinstance(value, Mapping):
        raise ValueError(f"{key}: expected an object, received {type(value).__name__}.")


def _parameters(key: str, value: Any) -> None:
    _mapping(key, value)
    _plain(key, value)


def _metrics(key: str, value: Any) -> None:
    _mapping(key, value)
    for name, number in value.items():
        metric_name(key, name)
        low, high = _RANGES.get(name.split(".")[0], (-math.inf, math.inf))
        _numbers(f"{key}[{name!r}]", number, low, high)


def _seconds(key: str, value: Any) -> None:
    _mapping(key, value)
    for name, number in value.items():
        metric_name(key, name)
        _number(f"{key}[{name!r}]", number, 0.0)


def _data(key: str, value: Any) -> None:
    _mapping(key, value)
    for name, digest in value.items():
        if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
            raise ValueError(f"{key}[{name!r}]: expected a sha256 sum, received {digest!r}.")


def _code(key: str, value: Any) -> None:
    _mapping(key, value)
    _keys(key, value, CODE)
    if value["revision"] is not None and not re.fullmatch(r"[0-9a-f]{40,64}", value["revision"]):
        raise ValueError(
            f"{key}.revision: expected a git revision or null, received {value['revision']!r}."
        )
    _boolean(f"{key}.dirty", value["dirty"], null=value["revision"] is None)
    _data(key, {"library": value["library"]})


def _environment(key: str, value: Any) -> None:
    _mapping(key, value)
    _keys(key, value, ENVIRONMENT)
    for name in ENVIRONMENT:
        if name == "cores":
            _number(f"{key}.cores", value[name], 1)
        else:
            _text(f"{key}.{name}", value[name])


def _boolean(key: str, value: Any, null: bool = False) -> None:
    if not isinstance(value, bool) and not (null and value is None):
        raise ValueError(f"{key}: expected true or false, received {value!r}.")


def _created(key: str, value: Any) -> None:
    try:
        datetime.strptime(value, TIME_FORMAT)
    except (TypeError, ValueError):
        raise ValueError(
            f"{key}: expected a time in UTC such as 2026-12-01T10:00:00Z, received {value!r}."
        ) from None


def _memory(key: str, value: Any) -> None:
    if value is not None:  # Windows has no resource module
        _number(key, value, 0.0)


def _version(key: str, value: Any) -> None:
    _number(key, value)


_FIELDS: dict[str, Callable[[str, Any], None]] = {
    "schema": _version,
    "page": page_name,
    "profile": page_name,
    "created": _created,
    "synthetic_data": _boolean,
    "parameters": _parameters,
    "metrics": _metrics,
    "seconds": _seconds,
    "peak_memory_mb": _memory,
    "data": _data,
    "code": _code,
    "environment": _environment,
}
