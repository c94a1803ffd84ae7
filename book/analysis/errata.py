"""The paper's errata as data, and the two tables that are made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from IPython.display import Markdown

import paperbook

KINDS = {  # kind -> colour of its badge
    "misprint": "danger",
    "ambiguity": "warning",
    "gap": "muted",
    "conflict": "info",
    "copy": "secondary",
}


@dataclass(frozen=True)
class Erratum:
    """One place where the paper cannot be followed to the letter.

    Args:
        number: the same on every page.
        title: of its section.
        where: place in the paper.
        kind: one of `KINDS`.
        printed: what the paper has.
        meant: what this book does.
        why: what it affects.
        check: module and function in `book.analysis` that test it.
        page: another page that tests it.
    """

    number: int
    title: str
    where: str
    kind: str
    printed: str
    meant: str
    why: str
    check: str | None = None
    page: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(
                f"erratum {self.number}: expected a kind among {', '.join(KINDS)}; received {self.kind!r}."
            )

    @property
    def badge(self) -> str:
        """The kind as the pages show it."""
        return f"{{bdg-{KINDS[self.kind]}}}`{self.kind}`"

    @property
    def tested(self) -> str:
        """Where it is tested, in words."""
        places = ["here"] * bool(self.check) + [f"{{doc}}`{self.page}`"] * bool(self.page)
        return ", ".join(places) or "–"


def read(entries: Iterable[Mapping[str, Any]]) -> list[Erratum]:
    """The errata of a parsed YAML list.

    Raises:
        TypeError: a field that is unknown or missing.
        ValueError: an unknown kind, or numbers that do not count from one.
    """
    found = [Erratum(**entry) for entry in entries]
    numbers = [erratum.number for erratum in found]
    if numbers != list(range(1, len(found) + 1)):
        raise ValueError(f"errata: expected the numbers 1 to {len(found)}, received {numbers}.")
    return found


def summary(errata: Sequence[Erratum], name: str, caption: str) -> Markdown:
    """All errata in a numbered table, and those of each kind behind a tab."""
    tabs = [_tab(f"All {len(errata)}", paperbook.table(_rows(errata), name=name, caption=caption))]
    for kind in KINDS:
        chosen = [erratum for erratum in errata if erratum.kind == kind]
        tabs.append(_tab(f"{kind.capitalize()} ({len(chosen)})", paperbook.table(_rows(chosen))))
    return Markdown("\n".join([":::::{tab-set}", *tabs, ":::::"]))


def compared(errata: Sequence[Erratum], numbers: Iterable[int]) -> pd.DataFrame:
    """What the paper has beside what this book does, a row each of the chosen errata."""
    chosen = [errata[number - 1] for number in numbers]
    index = pd.Index([erratum.number for erratum in chosen], name="no.")
    columns = {"in the paper": [e.printed for e in chosen], "here": [e.meant for e in chosen]}
    return pd.DataFrame(columns, index)


def _rows(errata: Sequence[Erratum]) -> pd.DataFrame:
    subjects = [f"{{ref}}`{e.number} · {e.title} <erratum-{e.number}>`" for e in errata]
    columns = {
        "kind, place": [f"{e.badge} {e.where}" for e in errata],
        "printed": [e.printed for e in errata],
        "here": [e.meant for e in errata],
        "it affects": [e.why for e in errata],
        "tested": [e.tested for e in errata],
    }
    return pd.DataFrame(columns, pd.Index(subjects, name="no., subject"))


def _tab(title: str, table: Markdown) -> str:
    return f"::::{{tab-item}} {title}\n{table.data}\n::::"
