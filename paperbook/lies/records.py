"""Lies about records, and about what is made of them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from paperbook import records
from paperbook.lies.planter import DIGIT, Lie, Planter


def in_record(of: Planter, kind: str) -> Lie | None:
    """A digit of what a published record measured."""
    path = of.random.choice(of.published())
    record, what = _forged(of, path)
    return of.lie(kind, what, {path: records.dumps(record).encode()}) if what else None


def in_record_of_a_run(of: Planter, kind: str) -> Lie | None:
    """The same in a record of the profile that was built."""
    paths = sorted(of.runs.glob("records/*/[!.]*.json"))
    if not paths:
        return None
    path = of.random.choice(paths)
    record, what = _forged(of, path)
    return of.lie(kind, what, {path: records.dumps(record).encode()}) if what else None


def signed_again(of: Planter, kind: str) -> Lie | None:
    """A digit of a record, with a digest that fits it."""
    path = of.random.choice(of.published())
    record, what = _forged(of, path)
    record["digest"] = records.digest(record)
    return of.lie(kind, what, {path: records.dumps(record).encode()}) if what else None


def _forged(of: Planter, path: Path) -> tuple[dict[str, Any], str]:
    record = json.loads(path.read_text(encoding="utf-8"))
    part = of.random.choice(["metrics", "metrics", "seconds"])
    names = [n for n, v in record[part].items() if isinstance(v, float) and 0 < v < 10**4]
    if not names:
        return record, ""
    name = of.random.choice(names)
    text, what = of.other_digit(f"{record[part][name]:.12f}"[:8])
    record[part][name] = float(text)
    return record, f"{name}: {what}"


def another_revision(of: Planter, kind: str) -> Lie | None:
    """A record that says to be of another revision and other code, signed as such."""
    path = of.random.choice(of.published())
    record = json.loads(path.read_text(encoding="utf-8"))
    for name in ("revision", "key", "library"):
        if record["code"].get(name):
            record["code"][name] = of.random.randbytes(len(record["code"][name]) // 2).hex()
    record["digest"] = records.digest(record)
    return of.lie(kind, record["code"]["revision"] or "", {path: records.dumps(record).encode()})


def dropped(of: Planter, kind: str) -> Lie | None:
    """A published record is lost."""
    return of.lie(kind, "removed", {of.random.choice(of.published()): None})


def added(of: Planter, kind: str) -> Lie | None:
    """A seed is counted twice, under another name."""
    path = of.random.choice(of.published())
    new = path.with_name(f"{path.stem}_9{of.random.randrange(10)}.json")
    return of.lie(kind, f"a copy of {path.name}", {new: path.read_bytes()})


def in_readme(of: Planter, kind: str) -> Lie | None:
    """A digit of what a script wrote into the README."""
    path = of.root / "README.md"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    made = re.search(r"<!-- \S.*? written by .*?-->(.*?)<!-- end of .*?-->", text, re.DOTALL)
    if made is None or not DIGIT.search(made[1]):
        return None
    new, what = of.other_digit(made[1])
    return of.lie(kind, what, {path: (text[: made.start(1)] + new + text[made.end(1) :]).encode()})
