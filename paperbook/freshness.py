"""Whether every published record is of the code beside it, and every planned one is there.

A record is fresh if the code that its experiment reaches now has the key that the record names,
directly or through certificates; if the profile plans its parameters; if its packages are those
that are installed; and if its revision is in the history. That is when a run would reuse it.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from paperbook import certificates, pages, planned, provenance, records, workspace
from paperbook.experiments import run_key
from paperbook.planned import Planned, PlannedRun
from paperbook.symbolic import Unknown


@dataclass
class Page:
    """The records of one page.

    Attributes:
        name: of the page.
        fresh: names of records that a run would reuse.
        stale: names of records that it would make again, with what has changed.
        missing: names of planned records that are not there.
        surplus: names of records that nobody planned.
    """

    name: str
    fresh: list[str] = field(default_factory=list)
    stale: dict[str, str] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    surplus: list[str] = field(default_factory=list)


@dataclass
class Freshness:
    """The records of a book.

    Attributes:
        pages: those that plan records or have some.
        skipped: what could not be looked at, with the reason.
        wrong: certificates that are not valid, pages that cannot be planned.
    """

    pages: list[Page]
    skipped: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether every planned record is there and fresh."""
        return not self.wrong and not any(page.stale or page.missing for page in self.pages)

    def lines(self) -> Iterator[str]:
        """Every stale and missing record by name, then a line for each page."""
        yield from (f"wrong:   {line}" for line in self.wrong)
        for page in self.pages:
            yield from (f"missing: {page.name}/{name}" for name in page.missing)
            yield from (f"stale:   {page.name}/{n} ({why})" for n, why in page.stale.items())
        yield from (f"skipped: {line}" for line in self.skipped)
        for page in self.pages:
            counts = {kind: len(getattr(page, kind)) for kind in ("fresh", "stale", "missing")}
            counts |= {"surplus": len(page.surplus)} if page.surplus else {}
            told = ", ".join(f"{number} {kind}" for kind, number in counts.items())
            yield f"{page.name:<24}{told}"


def of(root: Path, book: planned.Book | None = None) -> Freshness:
    """Compare the published records of a book with what it plans and with its code.

    Args:
        root: of the book.
        book: what it plans; the profile `full`, where the book has it, when omitted.
    """
    book = book or planned.Book(root, planned.profile_of(root))
    found = Freshness([])
    try:
        chain = certificates.Chain(root)
    except ValueError as error:
        found.wrong.append(str(error))
        return found
    told = provenance.history(root)
    history = None if isinstance(told, str) else told
    if isinstance(told, str):
        found.skipped.append(f"whether the revisions of records exist: {told}")
    folder = workspace.published(root)
    known = {*book.pages(), *(p.name for p in folder.glob("[!.]*") if p.is_dir())}
    for name in sorted(known - {certificates.FOLDER}):
        try:
            plans = book.page(name) if name in pages.page_names(root) else []
        except pages.PageError as error:
            found.wrong.append(str(error))
            continue
        found.pages.append(_page(name, plans, folder, chain, history))
    return found


def _page(
    name: str,
    plans: Iterable[Planned],
    folder: Path,
    chain: certificates.Chain,
    history: set[str] | None,
) -> Page:
    page = Page(name)
    there = {path.stem: path for path in records.paths(name, folder)}
    for plan in plans:
        matches = fnmatch.filter(there, plan.name)
        if not matches:
            page.missing.append(plan.name)
        for match in matches:
            try:
                why = changed(records.read(there.pop(match)), plan, chain, history)
            except ValueError as error:
                why = f"not valid: {str(error).replace(f'{folder}/', '')}"
            if why:
                page.stale[match] = why
            else:
                page.fresh.append(match)
    page.surplus = list(there)
    return page


def changed(
    record: Mapping[str, Any], plan: Planned, chain: certificates.Chain, history: set[str] | None
) -> str:
    """What has changed since a record was made; empty for a fresh one.

    Args:
        record: as it was read.
        plan: for the record of its name.
        chain: the certificates.
        history: revisions of the history; None leaves them out.
    """
    key, told = record["code"].get("key"), record["parameters"]
    if record.get("experiment") not in (None, plan.experiment):
        return f"experiment {record['experiment']} is now {plan.experiment}"
    why = [
        f"parameter {name}: {_shown(told.get(name))} is now {_shown(plan.parameters.get(name))}"
        for name in sorted({*told, *plan.parameters})
        if name not in told
        or name not in plan.parameters
        or not _alike(told[name], plan.parameters[name], chain)
    ]
    if key is None:
        why.append("code: the record names no key")
    elif key not in (plan.code, *chain.older(plan.page, plan.experiment, plan.code, told)):
        words = chain.uncovered(plan.page, plan.experiment, key, told)
        hint = f"; its certificate ran no {', '.join(words)}" if words else ""
        why.append(f"code: {key[:7]} is now {plan.code[:7]}{hint}")
    for package, version in plan.packages.items():
        was = record["environment"].get(package)
        if was != version and key is not None:
            why.append(f"{package}: {was} is now {version}")
    revision = record["code"]["revision"]
    if history is not None and revision not in history:
        why.append(f"revision {revision[:7]} is not in the history" if revision else "no revision")
    keys = run_keys(plan, chain)
    if not why and keys is not None and record.get("key") not in keys:
        why.append("key: it is not that of the record's code, parameters and packages")
    return "; ".join(why)


def _alike(told: Any, wanted: Any, chain: certificates.Chain) -> bool:
    """Whether a parameter of a record is the planned one."""
    if isinstance(wanted, Unknown):
        return True
    if isinstance(wanted, PlannedRun):
        found = certificates.split_reference(told)
        if found is None:
            return False
        plan = wanted.planned
        if not fnmatch.fnmatch(found[0], f"{plan.page}/{plan.name}"):
            return False
        keys = run_keys(plan, chain)
        return keys is None or found[1] in {key[:16] for key in keys}
    if isinstance(wanted, list) and isinstance(told, list):
        same = len(wanted) == len(told)
        return same and all(_alike(a, b, chain) for a, b in zip(told, wanted, strict=True))
    return told == wanted


def run_keys(plan: Planned, chain: certificates.Chain) -> list[str] | None:
    """Keys of a planned run that count as its own; None if it is told what only runs know."""
    if any(isinstance(value, Unknown | PlannedRun) for value in plan.parameters.values()):
        return None
    told = dict(plan.parameters)
    codes = (plan.code, *chain.older(plan.page, plan.experiment, plan.code, told))
    return [run_key(code, told | dict(plan.shadowed), plan.packages) for code in codes]


def _shown(value: Any) -> str:
    if isinstance(value, PlannedRun):
        return f"{value.planned.page}/{value.name} of the code now"
    return "absent" if value is None else "?" if isinstance(value, Unknown) else repr(value)
