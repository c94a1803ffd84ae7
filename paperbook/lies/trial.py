"""The trial of an audit: lies are planted one at a time, and it has to notice."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from paperbook import checks
from paperbook.lies import code, pages, records
from paperbook.lies.planter import Edits, Lie, Plant, Planter

Audit = Callable[[], list[checks.Finding]]

# kind -> what plants it, and the checks that are there to notice it whatever the sums say
KINDS: dict[str, tuple[Plant, tuple[str, ...]]] = {
    "a digit in prose": (pages.in_page("prose"), ("numbers", "citations")),
    "a digit in a table": (pages.in_page("a table"), ("numbers",)),
    "a number of a figure, equation or section": (
        pages.in_page("numbering"),
        ("counted", "references", "citations"),
    ),
    "a digit in code or its output": (pages.in_page("code"), ("code",)),
    "a digit in a docstring": (
        pages.in_page("docstrings"),
        ("docstrings", "numbers", "references"),
    ),
    "a digit in a drawing": (pages.in_page("a drawing"), ("drawings",)),
    "an old table": (pages.old_table, ("numbers",)),
    "a stale figure": (pages.stale_figure, ("pictures",)),
    "a glued number, in run and page": (pages.glued, ("runs",)),
    "a digit in a record": (records.in_record, ("records",)),
    "a digit in a record, signed again": (records.signed_again, ("records",)),
    "a digit in a record of the build": (records.in_record_of_a_run, ("runs",)),
    "a record of another revision": (records.another_revision, ("records",)),
    "a seed dropped": (records.dropped, ("records",)),
    "a seed counted twice": (records.added, ("records",)),
    "a digit in the README": (records.in_readme, ("front",)),
    "a result typed into prose": (code.typed_result, ("typed",)),
    "labels given to training": (code.labels_taught, ("leaks",)),
    "test data given to training": (code.test_learned, ("leaks",)),
    "test data given to selection": (code.test_chosen, ("leaks",)),
}


@dataclass(frozen=True)
class Verdict:
    """What became of one lie.

    Attributes:
        lie: it.
        noticed: whether the audit failed.
        meant: whether a check that is there for such lies did, and not only a sum or a key.
    """

    lie: Lie
    noticed: bool
    meant: bool


def trial(planter: Planter, each: int, audit: Audit) -> Iterator[Verdict]:
    """Plant lies of every kind, one at a time, and take each back.

    Args:
        planter: of a copy of a book; its files are changed.
        each: number of lies of a kind.
        audit: of that book.

    Raises:
        ValueError: the audit finds something before anything is planted.
    """
    alarms = [finding for finding in audit() if finding.serious]
    if alarms:
        raise ValueError(f"the book is not in order before lies are planted: {alarms[0]}")
    for lie in planter.lies({kind: plant for kind, (plant, _) in KINDS.items()}, each):
        with_times = {path: path.stat() for path in lie.edits if path.exists()}
        before = {path: path.read_bytes() if path in with_times else None for path in lie.edits}
        _put(lie.edits, with_times)
        try:
            found = {finding.check for finding in audit() if finding.serious}
        finally:
            _put(before, with_times)
        yield Verdict(lie, bool(found), bool(found & set(KINDS[lie.kind][1])))


def _put(edits: Edits, times: dict[Path, os.stat_result]) -> None:
    """Write files, with the times that they had: a book may show when a page was executed."""
    for path, content in edits.items():
        if content is None:
            path.unlink()
            continue
        path.write_bytes(content)
        if path in times:
            os.utime(path, ns=(times[path].st_atime_ns, times[path].st_mtime_ns))
