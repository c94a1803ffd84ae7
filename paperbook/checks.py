"""The audit of a book: every number that a reader meets is traced to what made it.

Records are what their digests and the list beside them say; a built page shows the numbers, the
pictures and the code of its source and its stored run; that run is one of the present code,
parameters and records; no result is typed by hand; neither labels nor test data reach what learns.
"""

from __future__ import annotations

import importlib.util
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from paperbook import leaks, records, seals, typed, workspace
from paperbook.built import Built
from paperbook.finding import Finding

HTML = "_build/html"


class Memo(dict[tuple, Any]):
    """Outcomes by what they depend on, so that an audit after a small change is quick."""

    def of(self, function: Callable, *given: Any) -> Any:
        """What a function gives, computed once; its arguments have to be hashable."""
        key = (function, *given)
        if key not in self:
            self[key] = function(*given)
        return self[key]


def audit(root: Path, memo: Memo | None = None, html: str = HTML) -> list[Finding]:
    """All that is wrong with a book.

    Args:
        root: of the book.
        memo: outcomes of an earlier audit of the same folder.
        html: folder of the built book; where there is none, only records and sources are looked at.

    Returns:
        The findings, the serious ones first.
    """
    memo = Memo() if memo is None else memo
    found = [*published(root, memo), *prose(root, memo), *taught(root, memo), *own(root)]
    if seals.written(root / html) is not None:
        found += Built(root, root / html, memo.of).findings()
    return sorted(found, key=lambda finding: (not finding.serious, finding))


def published(root: Path, memo: Memo) -> Iterator[Finding]:
    """Published records that are broken, changed, unlisted or lost."""
    folder = workspace.published(root)
    listed = seals.listed(root)
    if listed is None:
        yield Finding("records", folder.name, "has no list; `paperbook seal` makes it", False)
    unsigned = 0
    present = records.every(folder)
    for path in present:
        name = path.relative_to(folder).as_posix()
        digest, signed, page, error = memo.of(_read, path, path.read_bytes())
        unsigned += not signed
        if error:
            yield Finding("records", f"{folder.name}/{name}", error)
        elif page != path.parent.name:
            yield Finding("records", f"{folder.name}/{name}", f"belongs to page {page!r}")
        elif listed is not None and name not in listed:
            yield Finding("records", f"{folder.name}/{name}", f"is not in {seals.LIST}")
        elif listed is not None and listed[name] != digest:
            yield Finding("records", f"{folder.name}/{name}", f"differs from {seals.LIST}")
    for name in sorted((listed or {}).keys() - {p.relative_to(folder).as_posix() for p in present}):
        yield Finding("records", f"{folder.name}/{name}", f"is in {seals.LIST} and not there")
    if unsigned:
        message = f"{unsigned} of {len(present)} records are older than digests"
        yield Finding("records", folder.name, message, serious=False)


def _read(path: Path, content: bytes) -> tuple[str, bool, str, str]:
    """Digest of a record, whether it is signed, its page, and what is wrong with it."""
    try:
        record = records.read(path)
    except ValueError as error:
        return "", True, "", str(error).removeprefix(f"{path}: ")
    return records.digest(record), "digest" in record, record["page"], ""


def prose(root: Path, memo: Memo) -> Iterator[Finding]:
    """Results that were typed by hand, in the pages and the README."""
    paths = sorted([*(root / "book").glob("[a-z]*.py"), *(root / "book").glob("*.md")])
    readme = root / "README.md"
    paths += [readme] if readme.is_file() else []
    listed = root / "book" / typed.EXCEPTIONS
    contents = tuple(p.read_bytes() for p in (*paths, *([listed] if listed.is_file() else [])))
    yield from memo.of(_typed, tuple(paths), contents)


def _typed(paths: tuple[Path, ...], contents: tuple[bytes, ...]) -> list[Finding]:
    folder = next((path.parent for path in paths if path.parent.name == "book"), Path())
    try:
        allowed = typed.exceptions(folder)
    except ValueError as error:
        return [Finding("typed", typed.EXCEPTIONS, str(error))]
    return list(typed.findings({path.stem: path for path in paths}, allowed))


def taught(root: Path, memo: Memo) -> Iterator[Finding]:
    """Labels and test data that reach what learns or chooses."""
    folder = root / "book"
    paths = sorted([*folder.glob("[a-z]*.py"), *folder.glob("*/[a-z]*.py")])
    sources = tuple((p.relative_to(root).as_posix(), p.read_text("utf-8-sig")) for p in paths)
    told = folder / leaks.RULES
    rules = told.read_text(encoding="utf-8") if told.is_file() else ""
    yield from memo.of(_leaks, folder, sources, rules)


def _leaks(folder: Path, sources: tuple[tuple[str, str], ...], rules: str) -> list[Finding]:
    try:
        return list(leaks.findings(dict(sources), leaks.rules(folder)))
    except SyntaxError as error:
        return [Finding("leaks", "book", f"a page is no Python: {error}")]


def own(root: Path) -> Iterator[Finding]:
    """What the book's own checks find: functions that pyproject.toml names, given the root.

    `[tool.paperbook] audit = ["scripts/front.py:findings"]`
    """
    settings = root / "pyproject.toml"
    told = tomllib.loads(settings.read_text("utf-8")) if settings.is_file() else {}
    for entry in told.get("tool", {}).get("paperbook", {}).get("audit", []):
        name, _, function = entry.partition(":")
        spec = importlib.util.spec_from_file_location(Path(name).stem, root / name)
        if spec is None or spec.loader is None:
            raise FileNotFoundError(f"pyproject.toml names {name}, which is not there")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        try:
            for place, message in getattr(module, function)(root):
                yield Finding(Path(name).stem, place, message)
        except (OSError, LookupError, ValueError) as error:
            yield Finding(Path(name).stem, name, f"cannot check: {error}")
