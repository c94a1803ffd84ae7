"""paperbook: the press of a book whose pages run.

A page is a percent script in `book/`. The press finds pages and runs them through papermill, caches
their experiments under a hash of the code that they reach, keeps records of what was measured, and
hands pages and numbers to Sphinx. It knows nothing of what the book is about.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from paperbook.experiments import Run, experiment
    from paperbook.intervals import prediction_range
    from paperbook.prose import data, glue
    from paperbook.tables import frame, number, percent, published, runs, summary, table

_HOMES = {
    "Run": "experiments",
    "data": "prose",
    "experiment": "experiments",
    "frame": "tables",
    "glue": "prose",
    "number": "tables",
    "percent": "tables",
    "prediction_range": "intervals",
    "published": "tables",
    "runs": "tables",
    "summary": "tables",
    "table": "tables",
}
__all__ = [
    "Run",
    "data",
    "experiment",
    "frame",
    "glue",
    "number",
    "percent",
    "prediction_range",
    "published",
    "runs",
    "summary",
    "table",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'paperbook' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"paperbook.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
