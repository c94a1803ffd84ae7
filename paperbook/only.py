"""Runs chosen by name: the others of a page are computed only if a chosen one needs them."""

from __future__ import annotations

import fnmatch
import json
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paperbook.experiments import Run

NAMES = "PAPERBOOK_ONLY"  # the names, as a JSON list; a star stands for any characters
_waiting: set[str] | None = None


class Enough(BaseException):
    """All chosen runs are there, so the rest of the page is of no use."""


def run(one: Run) -> Run:
    """Compute a run now, unless others were chosen; stop the page after the last chosen one."""
    global _waiting
    if not os.environ.get(NAMES):
        _ = one.record
        return one
    if _waiting is None:
        _waiting = set(json.loads(os.environ[NAMES]))
    chosen = {pattern for pattern in _waiting if fnmatch.fnmatchcase(one.name, pattern)}
    if chosen:
        _ = one.record
        _waiting -= chosen
        if not _waiting:
            raise Enough
    return one
