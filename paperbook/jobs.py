"""What has to be computed so that every published record is fresh, cut into jobs for a workflow.

Freshness decides, not the dates of files. A job is some runs of one page: enough of them to be
worth the start of a process, and no more, so that several machines can share them.
"""

from __future__ import annotations

import fnmatch
import json
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from paperbook import freshness, pages, planned, records, workspace
from paperbook.files import write_atomically
from paperbook.planned import Planned

WORTH = 900.0  # seconds that a job should take at least
UNTIMED = 10  # runs of a job at most, where nobody knows how long they take
MADE = "made"  # folder in runs/<profile> of marks of jobs whose records have no names before


@dataclass(frozen=True)
class Job:
    """Some runs of one page.

    Attributes:
        name: of the job.
        page: whose runs they are.
        only: names of the runs.
        outputs: files, below the root, that are there afterwards.
        marks: those of them that say no more than that the job is done: the names of its records
            are known when they are made.
        needs: files of other jobs that have to be there before.
        seconds: expected from earlier records of the same runs, of their experiment, or of their
            page; runs of a page without any add nothing.
        guessed: how many of the runs have no earlier record of their own.
        untimed: how many of these add nothing.
    """

    name: str
    page: str
    only: tuple[str, ...]
    outputs: tuple[str, ...]
    marks: tuple[str, ...]
    needs: tuple[str, ...]
    seconds: float
    guessed: int
    untimed: int


def plan(root: Path, profile: str | None = None) -> list[Job]:
    """The jobs that make every stale and missing record, and nothing else.

    Args:
        root: of the book.
        profile: that plans the records; `full` where the book has it.

    Raises:
        PageError: a page cannot be planned.
        ValueError: a certificate is not valid.
    """
    profile = profile or planned.profile_of(root)
    book = planned.Book(root, profile)
    state = freshness.of(root, book)
    if state.wrong:
        raise ValueError("; ".join(state.wrong))
    found: list[Job] = []
    for page in state.pages:
        again = [*page.stale, *page.missing]
        plans = [p for p in _planned(book, page.name) if _named(p.name, again)]
        for group in _groups(plans, _seconds(root, page.name)):
            found.append(_job(root, profile, page.name, len(found), group))
    made: dict[str, list[str]] = {}
    for job in found:
        made.setdefault(job.page, []).extend(job.outputs)
    return [_after(root, job, made) for job in found]


def write(jobs: Iterable[Job], file: Path, profile: str) -> None:
    """Write jobs as JSON for a workflow.

    Args:
        jobs: of `plan`.
        file: that is written.
        profile: the records' profile.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    content = {"profile": profile, "jobs": [asdict(job) for job in jobs]}
    write_atomically(file, json.dumps(content, indent=1).encode())


def summary(jobs: list[Job]) -> str:
    """How much there is to do, in a line."""
    if not jobs:
        return "every planned record is there and fresh: nothing to do"
    runs, guessed = sum(len(job.only) for job in jobs), sum(job.guessed for job in jobs)
    hours = sum(job.seconds for job in jobs) / 3600
    told = f"{runs} records in {len(jobs)} jobs, about {hours:.1f} hours one after the other"
    told += f", by the times of earlier records ({guessed} have none of their own)"
    untimed = sum(job.untimed for job in jobs)
    return (
        f"{told}; {untimed} of them are not counted: their pages have no records"
        if untimed
        else told
    )


def _planned(book: planned.Book, page: str) -> list[Planned]:
    return book.page(page) if page in pages.page_names(book.root) else []


def _named(pattern: str, names: Iterable[str]) -> bool:
    return any(name == pattern or fnmatch.fnmatchcase(name, pattern) for name in names)


def _seconds(root: Path, page: str) -> Mapping[str, float]:
    """Seconds that the published runs of a page took, by name."""
    found = {}
    for path in records.paths(page, workspace.published(root)):
        try:
            found[path.stem] = float(sum(records.read(path)["seconds"].values()))
        except ValueError:
            continue
    return found


def _groups(
    plans: Iterable[Planned], known: Mapping[str, float]
) -> list[list[tuple[Planned, float, bool]]]:
    """Runs of one experiment each, joined until they are worth a process."""
    by_experiment: dict[str, list[Planned]] = {}
    for plan in plans:
        by_experiment.setdefault(plan.experiment, []).append(plan)
    found = []
    for each in by_experiment.values():
        group: list[tuple[Planned, float, bool]] = []
        for run in _timed(each, known):
            group.append(run)
            untimed = sum(not seconds for _, seconds, _ in group)
            if sum(seconds for _, seconds, _ in group) >= WORTH or untimed >= UNTIMED:
                found.append(group)
                group = []
        found += [group] if group else []
    return found


def _timed(plans: list[Planned], known: Mapping[str, float]) -> list[tuple[Planned, float, bool]]:
    """Runs of one experiment, each with its seconds and whether they are only those of the others."""
    own = [[known[name] for name in fnmatch.filter(known, plan.name)] for plan in plans]
    every = [seconds for each in own for seconds in each]
    guess = statistics.median(every or known.values()) if known else 0.0
    return [
        (plan, statistics.median(each) if each else guess, not each)
        for plan, each in zip(plans, own, strict=True)
    ]


def _job(root: Path, profile: str, page: str, number: int, group: list[Any]) -> Job:
    name = f"{page}_{group[0][0].experiment}_{number}"
    only = tuple(plan.name for plan, _, _ in group)
    folder = workspace.published(root).relative_to(root).as_posix()
    files = tuple(f"{folder}/{page}/{run}.json" for run in only)
    marks: tuple[str, ...] = ()
    if any("*" in run for run in only):
        folder = workspace.runs(root, profile).relative_to(root).as_posix()
        files = marks = (f"{folder}/{MADE}/{name}",)
    seconds = round(sum(seconds for _, seconds, _ in group), 1)
    guessed, untimed = sum(guess for _, _, guess in group), sum(not known for _, known, _ in group)
    return Job(name, page, only, files, marks, (), seconds, guessed, untimed)


def _after(root: Path, job: Job, made: Mapping[str, list[str]]) -> Job:
    """The job with what it has to wait for: the pages that its page reads."""
    reads = pages.reads(pages.read_page(pages.page_path(root, job.page)))
    needs = tuple(file for page in reads if page != job.page for file in made.get(page, []))
    return Job(**(asdict(job) | {"needs": needs}))
