"""Certificates: two revisions of an experiment's code computed the same numbers, to the bit.

A certificate carries a record from the key of the code that made it to the key of the code that
would make it now. It is written by `paperbook certify` and by nothing else.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema

from paperbook import records, workspace
from paperbook.files import write_atomically

FOLDER = records.CERTIFICATES  # in that of the published records
_REFERENCE = re.compile(r"([a-z][a-z0-9_]*/\S+) ([0-9a-f]{16})")


def folder(root: Path) -> Path:
    """Folder of the certificates of a book."""
    return workspace.published(root) / FOLDER


def path(root: Path, old: str, new: str) -> Path:
    """File of the certificate from one revision to another."""
    return folder(root) / f"{old[:7]}-{new[:7]}.json"


def validate(certificate: Any) -> None:
    """Raise ValueError, naming the key, unless a certificate follows its schema."""
    error = jsonschema.exceptions.best_match(_validator().iter_errors(certificate))
    if error is not None:
        where = ".".join(map(str, error.absolute_path)) or "certificate"
        raise ValueError(f"{where}: {error.message}.")


def read(file: Path) -> dict[str, Any]:
    """Read one certificate and validate it.

    Raises:
        ValueError: it is no JSON, breaks the schema, or has the name of another.
    """
    try:
        certificate = json.loads(file.read_text(encoding="utf-8"))
        validate(certificate)
        name = f"{certificate['old'][:7]}-{certificate['new'][:7]}"
        if file.stem != name:
            raise ValueError(f"expected the name {name}.json for its revisions.")
    except ValueError as error:
        raise ValueError(f"{FOLDER}/{file.name}: {error}") from error
    return certificate


def write(root: Path, certificate: Mapping[str, Any]) -> Path:
    """Validate a certificate and store it under the name of its revisions."""
    validate(certificate)
    file = path(root, certificate["old"], certificate["new"])
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(certificate, indent=1, ensure_ascii=False, allow_nan=False)
    write_atomically(file, f"{text}\n".encode())
    return file


def stored(root: Path) -> dict[Path, dict[str, Any]]:
    """All certificates of a book.

    Raises:
        ValueError: one of them is not valid.
    """
    return {file: read(file) for file in sorted(folder(root).glob("[!.]*.json"))}


class Chain:
    """Which older keys certificates carry over to a newer one.

    Args:
        root: of the book.
    """

    def __init__(self, root: Path) -> None:
        self._entries = [entry for each in stored(root).values() for entry in each["entries"]]

    def older(
        self, page: str, experiment: str, key: str, parameters: Mapping[str, Any]
    ) -> Iterator[str]:
        """Older keys of the code, the nearest first, whose runs of these parameters stand.

        Args:
            page: name of the page.
            experiment: name of its function.
            key: of the code now.
            parameters: of the run; words among them have to be words that were run.
        """
        waiting, known = [key], {key}
        while waiting:
            now = waiting.pop(0)
            for entry in self._entries:
                about = entry["page"], entry["experiment"], entry["new"]
                if about != (page, experiment, now) or entry["old"] in known:
                    continue
                if not missing_words(entry, parameters):
                    known.add(entry["old"])
                    waiting.append(entry["old"])
                    yield entry["old"]

    def uncovered(
        self, page: str, experiment: str, old: str, parameters: Mapping[str, Any]
    ) -> list[str]:
        """Parameters that keep certificates for this code from holding for a run."""
        found = [
            missing_words(entry, parameters)
            for entry in self._entries
            if (entry["page"], entry["experiment"], entry["old"]) == (page, experiment, old)
        ]
        return min(found, key=len, default=[])


def missing_words(entry: Mapping[str, Any], parameters: Mapping[str, Any]) -> list[str]:
    """Parameters whose word chose a way through the code that no certified run took."""
    missing = []
    for name, value in parameters.items():
        if isinstance(value, str) and not _REFERENCE.fullmatch(value):
            run = {r["parameters"].get(name) for r in entry["runs"] if _plain(r, name)}
            if value not in run:
                missing.append(f"{name}={value}")
    return missing


def _plain(run: Mapping[str, Any], name: str) -> bool:
    return isinstance(run["parameters"].get(name), str)


def without_keys(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters in which runs of other pages are named without their keys."""
    return {
        name: found[1]
        if isinstance(value, str) and (found := _REFERENCE.fullmatch(value))
        else value
        for name, value in records.plain(parameters).items()
    }


def split_reference(text: Any) -> tuple[str, str] | None:
    """Page with name, and key, of a run that was an argument; None for anything else."""
    found = _REFERENCE.fullmatch(text) if isinstance(text, str) else None
    return (found[1], found[2]) if found else None


@functools.cache
def _validator() -> jsonschema.Draft202012Validator:
    text = Path(__file__).with_name("certificate.schema.json").read_text(encoding="utf-8")
    return jsonschema.Draft202012Validator(json.loads(text))
