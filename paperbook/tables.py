"""Tables of the book: records summarised over runs, with the paper's numbers beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from paperbook import schema as _schema

NOT_RECOVERED = "not recovered"


def table(records: Sequence[Mapping[str, Any]], metrics: Iterable[str]) -> list[dict[str, Any]]:
    """Median, mean, standard deviation, extremes and count of metrics over records.

    Args:
        records: runs to summarise; one that lacks a metric is not counted for it.
        metrics: names of scalar metrics.

    Returns:
        One row a metric: metric, n, median, mean, std (sample, needs n ≥ 2), min, max, values.
        What cannot be computed is None.

    Raises:
        ValueError: if a metric is a list, or its name is misspelt.
    """
    rows = []
    for metric in metrics:
        _schema.metric_name("metrics", metric)
        values = [r["metrics"][metric] for r in records if metric in r["metrics"]]
        if any(isinstance(value, list) for value in values):
            raise ValueError(f"metrics: expected scalars, but {metric!r} is a list in a record.")
        rows.append(
            {
                "metric": metric,
                "n": len(values),
                "median": float(np.median(values)) if values else None,
                "mean": float(np.mean(values)) if values else None,
                "std": float(np.std(values, ddof=1)) if len(values) > 1 else None,
                "min": float(min(values)) if values else None,
                "max": float(max(values)) if values else None,
                "values": [float(value) for value in values],
            }
        )
    return rows


def percent(fraction: float | None, digits: int = 2, missing: str = "–") -> str:
    """A fraction as percent, never rounded up to a perfect score nor down to nothing.

    Args:
        fraction: in [0, 1], or None when unknown.
        digits: digits after the point.
        missing: text for None.

    Returns:
        Such as "98.71 %"; 0.99999 gives "99.99 %" because only 1 is "100.00 %".
    """
    if fraction is None:
        return missing
    value, step = round(100 * fraction, digits), 10.0**-digits
    if value >= 100 > 100 * fraction:
        value = 100 - step
    if value <= 0 < fraction:
        value = step
    return f"{value:.{digits}f} %"


def markdown(
    rows: Sequence[Mapping[str, Any]],
    *,
    names: Mapping[str, str] | None = None,
    paper: Mapping[str, float | None] | None = None,
    digits: int = 2,
) -> str:
    """A Markdown table of `table` rows of fractions, with the paper's numbers beside them.

    Args:
        rows: from `table`; metrics must be fractions.
        names: metric to the words printed for it; by default the metric's name.
        paper: metric to the paper's fraction; None or absent prints "not recovered".
        digits: digits after the point of a percentage.

    Returns:
        The table as text, one line a row.
    """
    header = ["", "median", "mean ± std", "min", "max", "runs"]
    lines = []
    for row in rows:
        spread = "" if row["std"] is None else f" ± {100 * row['std']:.{digits}f}"
        mean = "–" if row["mean"] is None else percent(row["mean"], digits)[:-2] + f"{spread} %"
        cells = [
            (names or {}).get(row["metric"], f"`{row['metric']}`"),
            percent(row["median"], digits),
            mean,
            percent(row["min"], digits),
            percent(row["max"], digits),
            str(row["n"]),
        ]
        if paper is not None:
            cells.append(percent(paper.get(row["metric"]), digits, missing=NOT_RECOVERED))
        lines.append(cells)
    if paper is not None:
        header.append("paper")
    rule = [":--"] + ["--:"] * (len(header) - 1)
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (header, rule, *lines))
