"""Records as data frames, and data frames as tables of the book.

A frame has one row a run: parameters, metrics, and seconds as "seconds.<stage>" and "seconds.total".
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paperbook import records, workspace
from paperbook.cache import Entry
from paperbook.experiments import Run

if TYPE_CHECKING:
    import pandas as pd
    from IPython.display import Markdown

MISSING = "–"
MINUS = "\N{MINUS SIGN}"


def frame(runs: Iterable[Run | Mapping[str, Any]]) -> pd.DataFrame:
    """Runs or records as a data frame, one row each.

    A parameter and a metric of one name do not occur; a list stays a list.
    """
    import pandas as pd

    rows = []
    for run in runs:
        record = run.record if isinstance(run, Run) else run
        seconds = {f"seconds.{name}": value for name, value in record["seconds"].items()}
        total = {"seconds.total": sum(record["seconds"].values())}
        told = {"profile": record["profile"], "peak_memory_mb": record["peak_memory_mb"]}
        rows.append(told | record["parameters"] | record["metrics"] | seconds | total)
    return pd.DataFrame(rows)


def published(page: str, **only: Any) -> pd.DataFrame:
    """Published records of a page as a data frame.

    Args:
        page: its name.
        only: parameters that a record must have.
    """
    found = records.load(page, workspace.published())
    return frame(r for r in found if all(r["parameters"].get(k) == v for k, v in only.items()))


def runs(page: str, load: Callable[[Path], Any] | None = None) -> list[Run]:
    """The runs that another page of this profile shows.

    Args:
        page: its name; it has to stand among `reads` in the header of the page that asks.
        load: opens what its runs kept.

    Raises:
        LookupError: the page has no runs in this profile.
    """
    book, profile = workspace.root(), workspace.profile()
    folder = workspace.runs(book, profile) / "records"
    found = []
    for path in records.paths(page, folder):
        record = records.read(path)
        entry = Entry(workspace.cache(book), record["experiment"], record["key"])

        def get(name: str, entry: Entry = entry) -> Any:
            return entry.get(name, load)

        found.append(Run(path.stem, partial(dict, record), get))
    if not found:
        raise LookupError(
            f"page {page!r} has no runs in profile {profile!r}; run it first: "
            f"paperbook run {page} --profile {profile}"
        )
    return found


def summary(
    of: pd.DataFrame, metrics: Mapping[str, str], by: str | Sequence[str] | None = None
) -> pd.DataFrame:
    """Median, mean, sample standard deviation, extremes and count of metrics over runs.

    Args:
        of: from `frame` or `published`.
        metrics: name of a metric -> the words for it.
        by: parameters whose values are kept apart.

    Returns:
        One row a metric (and group): index of words; columns median, mean, std, min, max, runs.
    """
    import pandas as pd

    columns = ["median", "mean", "std", "min", "max", "count"]
    if by is None:
        known = of.reindex(columns=list(metrics)).astype(float)
        found = known.agg(columns).T
        found.index = pd.Index([metrics[m] for m in found.index], name="")
    else:
        keys = [by] if isinstance(by, str) else list(by)
        known = of.reindex(columns=[*keys, *metrics])
        long = known.melt(keys, var_name="metric").assign(value=lambda x: x["value"].astype(float))
        found = long.groupby([*keys, "metric"], sort=False)["value"].agg(columns).reset_index()
        found["metric"] = found["metric"].map(metrics)
        found = found.set_index([*keys, "metric"])
    found["count"] = found["count"].astype(int)
    return found.rename(columns={"count": "runs"})


def percent(fraction: float | None, digits: int = 2) -> str:
    """A fraction as percent, never rounded up to a perfect score nor down to nothing.

    Args:
        fraction: in [0, 1], or None or NaN when unknown.
        digits: digits after the point.

    Returns:
        Such as "98.71 %"; 0.99999 gives "99.99 %" because only 1 is "100.00 %".
    """
    if fraction is None or math.isnan(fraction):
        return MISSING
    value, step = round(100 * fraction, digits), 10.0**-digits
    if value >= 100 > 100 * fraction:
        value = 100 - step
    if value <= 0 < fraction:
        value = step
    return f"{value:.{digits}f} %"


def number(value: float | None, digits: int = 3) -> str:
    """A number with a true minus sign and powers of ten as such.

    Args:
        value: or None or NaN when unknown.
        digits: significant ones; an integer is shown whole, its thousands apart from 10 000 on.

    Returns:
        Such as "−682" or "8.66 × 10⁻¹⁵".
    """
    if value is None or math.isnan(value):
        return MISSING
    if isinstance(value, Integral):
        whole = f"{value:,}" if abs(value) >= 10_000 else str(value)
        return whole.replace(",", "\N{NO-BREAK SPACE}").replace("-", MINUS)
    text = f"{value:.{digits}g}"
    mantissa, _, power = text.partition("e")
    if power:
        raised = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        mantissa = f"{mantissa} × 10{raised}"
    return mantissa.replace("-", MINUS)


def table(
    of: pd.DataFrame,
    *,
    formats: Mapping[str, str | Callable[[Any], str]] | None = None,
    percents: Sequence[str] = (),
    index: bool = True,
    caption: str | None = None,
    name: str | None = None,
) -> Markdown:
    """A data frame as a table of the book.

    Its number and caption come from the cell's first lines, `#| label: tbl-...` and
    `#| caption: ...`, unless they are given here.

    Args:
        of: what to show; texts may hold Markdown and mathematics, a bar among them is escaped.
        formats: column -> format specification (such as ".2f") or function.
        percents: columns of fractions.
        index: whether the index is shown, as the first columns.
        caption: MyST text.
        name: label for references.

    Returns:
        What a cell displays.
    """
    from IPython.display import Markdown
    from tabulate import tabulate

    shown = of.reset_index() if index else of
    chosen = dict.fromkeys(percents, percent) | dict(formats or {})
    numeric = [n for n in shown.columns if all(_is_number(v) for v in shown[n])]
    cells = [
        [_cell(value, chosen.get(column)) for value in shown[column]] for column in shown.columns
    ]
    header = ["" if n in ("index", "") else str(n) for n in map(_flat, shown.columns)]
    sides = ["right" if n in numeric or n in chosen else "left" for n in shown.columns]
    rows = list(zip(*cells, strict=True))
    text = tabulate(rows, header, "pipe", colalign=sides, disable_numparse=True)
    return Markdown(framed(text, name, caption) if name else text)


def framed(text: str, name: str, caption: str | None) -> str:
    """A Markdown table as a numbered one."""
    return f":::{{table}} {caption or ''}\n:name: {name}\n\n{text.strip()}\n:::"


def _flat(name: Any) -> Any:
    return " ".join(map(str, name)) if isinstance(name, tuple) else name


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _cell(value: Any, how: str | Callable[[Any], str] | None) -> str:
    if callable(how):
        text = how(value)
    elif value is None or (isinstance(value, float) and math.isnan(value)):
        text = MISSING
    elif how is not None:
        text = format(value, how).replace("-", MINUS)
    elif _is_number(value):
        text = number(value)
    else:
        text = str(value)
    return re.sub(r"(?<!\\)\|", r"\\|", text.replace("\n", " "))
