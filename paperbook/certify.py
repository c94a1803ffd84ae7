"""Certify that a change of the code changes no bit: both revisions compute, the results are compared.

Pages are executed at both revisions by the code of each, press included, at a small size, one after
the other. Records whose key of the code is equal need no certificate; where all else agrees, an
entry carries the old key over to the new one.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from paperbook import bits, certificates, planned, records, schema, worktrees
from paperbook.planned import Planned
from paperbook.worktrees import Worktree

PROFILE = "smoke"


@dataclass
class Verdict:
    """What a comparison of two revisions found.

    Attributes:
        entries: of a certificate, one for each experiment that agrees under another key.
        equal: "page/experiment" whose key is the same.
        refused: "page/experiment" to what differs first.
        unreached: "page/experiment" that was not run, or not in all its ways, with the reason.
        packages: versions that it ran with.
    """

    entries: list[dict[str, Any]] = field(default_factory=list)
    equal: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    unreached: dict[str, str] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        """The findings, a line each."""
        for entry in self.entries:
            runs = len(entry["runs"])
            yield f"certified: {_shown(entry)} {entry['old'][:7]} -> {entry['new'][:7]} ({runs} runs)"
        yield from (f"unchanged: {name}" for name in self.equal)
        yield from (f"not run:   {name} ({why})" for name, why in self.unreached.items())
        yield from (f"refused:   {name}: {what}" for name, what in self.refused.items())


def certify(
    root: Path,
    old: str,
    new: str,
    names: Iterable[str] | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> tuple[Verdict, Path | None]:
    """Compare two revisions and write the certificate of what agrees.

    Args:
        root: of the book.
        old: the revision whose records are to stand.
        new: the revision whose code they are to stand for.
        names: of pages; all when omitted.
        tell: called before a page is executed.

    Returns:
        What was found, and the file of the certificate, if there is one.
    """
    old, new = worktrees.resolve(root, old), worktrees.resolve(root, new)
    verdict = compared(root, old, new, names, tell)
    if not verdict.entries:
        return verdict, None
    file = certificates.path(root, old, new)
    kept = certificates.read(file)["entries"] if file.exists() else []
    judged = {_shown(entry) for entry in verdict.entries} | {*verdict.refused}
    certificate = {
        "schema": 1,
        "old": old,
        "new": new,
        "profile": PROFILE,
        "created": datetime.now(UTC).strftime(schema.TIME_FORMAT),
        "packages": verdict.packages,
        "entries": [e for e in kept if _shown(e) not in judged] + verdict.entries,
    }
    return verdict, certificates.write(root, certificate)


def compared(
    root: Path,
    old: str,
    new: str,
    names: Iterable[str] | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Verdict:
    """Compare two commits; arguments as of `certify`."""
    verdict = Verdict()
    with worktrees.checked_out(root, old) as before, worktrees.checked_out(root, new) as after:
        full = planned.profile_of(after.root)
        books = planned.Book(before.root, PROFILE), planned.Book(after.root, PROFILE)
        wanted = planned.Book(after.root, full)
        alike = _reading(before) == _reading(after)
        for page in wanted.pages() if names is None else names:
            both = page in books[0].pages() and page in books[1].pages()
            if both and alike and _keys(books[0], page) == _keys(books[1], page):
                verdict.equal += [f"{page}/{name}" for name in wanted.experiments(page)]
                continue
            failed = "" if both else "the page is not in both revisions"
            for tree in (before, after) if both else ():
                tell(f"running {page} at {tree.revision[:7]}")
                failed = failed or tree.run(page, PROFILE)
            _judge(page, wanted, (before, after), failed, verdict)
        verdict.packages = after.packages()
    return verdict


def recheck(
    root: Path, number: int, seed: int, tell: Callable[[str], None] = lambda line: None
) -> list[str]:
    """Compute a sample of the certificates' entries again; return what is wrong with them.

    Args:
        root: of the book.
        number: how many entries.
        seed: of the sample.
        tell: called before a page is executed.
    """
    known = certificates.stored(root)
    every = [(file, entry) for file, each in known.items() for entry in each["entries"]]
    chosen = random.Random(seed).sample(every, min(number, len(every)))
    wrong = []
    for file in sorted({file for file, _ in chosen}):
        entries = [entry for of, entry in chosen if of == file]
        pages = sorted({entry["page"] for entry in entries})
        try:
            old, new = (worktrees.resolve(root, known[file][which]) for which in ("old", "new"))
            verdict = compared(root, old, new, pages, tell)
        except LookupError as error:
            wrong.append(f"{file.name}: {error}")
            continue
        if verdict.packages != known[file]["packages"]:
            tell(f"{file.name} was made with other versions of packages than these")
        again = {_shown(entry): entry for entry in verdict.entries}
        for entry in entries:
            why = _unlike(entry, again.get(_shown(entry)), verdict)
            wrong += [f"{file.name}: {_shown(entry)}: {why}"] if why else []
    return wrong


def _unlike(entry: Mapping[str, Any], again: Mapping[str, Any] | None, verdict: Verdict) -> str:
    """How an entry differs from the one that was computed again; empty if it does not."""
    name = _shown(entry)
    if again is None:
        return verdict.refused.get(name) or verdict.unreached.get(name) or "it needs no certificate"
    for key in ("old", "new"):
        if entry[key] != again[key]:
            return f"{key} key is {again[key][:7]}, not {entry[key][:7]}"
    told, computed = ({run["name"]: run for run in each["runs"]} for each in (entry, again))
    for run in [*told, *(run for run in computed if run not in told)]:
        if told.get(run) != computed.get(run):
            return f"run {run} is not what was computed"
    return ""


def _keys(book: planned.Book, page: str) -> dict[str, str]:
    """Key of the code of each planned run of a page: equal ones need not be run."""
    return {plan.name: f"{plan.experiment} {plan.code}" for plan in book.page(page)}


def _reading(tree: Worktree) -> list[bytes]:
    """The files of a press of the book's own that decide what a key is."""
    files = (tree.root / "paperbook" / name for name in ("dependencies.py", "syntax.py"))
    return [file.read_bytes() for file in files if file.is_file()]


def _judge(
    page: str,
    wanted: planned.Book,
    trees: tuple[Worktree, Worktree],
    failed: str,
    verdict: Verdict,
) -> None:
    """Compare what one page wrote at both revisions, experiment by experiment."""
    files = [{} if failed else tree.files(page) for tree in trees]
    both = {
        name: tuple(records.read(each[name]) for each in files)
        for name in files[0]
        if name in files[1]
    }
    for experiment in wanted.experiments(page):
        name = f"{page}/{experiment}"
        runs = {n: r for n, r in both.items() if all(x.get("experiment") == experiment for x in r)}
        if not runs:
            verdict.unreached[name] = failed or f"profile {PROFILE} runs it not at both revisions"
            continue
        difference, entry = _entry(page, experiment, runs, trees)
        if difference:
            verdict.refused[name] = difference
        elif entry["old"] == entry["new"]:
            verdict.equal.append(name)
        else:
            verdict.entries.append(entry)
            plans = [plan for plan in wanted.page(page) if plan.experiment == experiment]
            words = _unreached_words(entry, plans)
            if words:
                verdict.unreached[name] = f"its certificate does not hold for {', '.join(words)}"


def _entry(
    page: str,
    experiment: str,
    runs: Mapping[str, tuple[dict[str, Any], ...]],
    trees: tuple[Worktree, Worktree],
) -> tuple[str, dict[str, Any]]:
    """What differs first between the runs of an experiment, and the entry if nothing does."""
    listed, keys = [], []
    for name, pair in sorted(runs.items(), key=lambda item: records.natural(item[0])):
        told = [certificates.without_keys(record["parameters"]) for record in pair]
        if told[0] != told[1]:
            return f"parameters of {name}", {}
        found = [
            bits.contents(record, tree.cache) for record, tree in zip(pair, trees, strict=True)
        ]
        difference = bits.first_difference(*found)
        if difference:
            return f"{difference} of {name}", {}
        keys.append(tuple(record["code"].get("key") for record in pair))
        run = {"name": name, "parameters": told[0]}
        listed.append(run | {"compared": len(found[0]), "digest": bits.digest(found[0])})
    old, new = keys[0]
    if None in keys[0] or any(pair != keys[0] for pair in keys):
        return "key of the code", {}
    entry = {"page": page, "experiment": experiment, "old": old, "new": new, "runs": listed}
    return "", entry


def _unreached_words(entry: Mapping[str, Any], plans: Iterable[Planned]) -> list[str]:
    """Words among the planned parameters that no compared run was told."""
    missing = {
        word for plan in plans for word in certificates.missing_words(entry, plan.parameters)
    }
    return sorted(missing)


def _shown(entry: Mapping[str, Any]) -> str:
    return f"{entry['page']}/{entry['experiment']}"
