"""The command line of the press: `paperbook run PAGE`, `list`, `audit`, `seal`, `certify`, `jobs`, `pdf`, `rooms`."""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path

from paperbook import parameters, workspace
from paperbook.files import BusyError
from paperbook.pages import PageError
from paperbook.plan import Plan


def main(words: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Args:
        words: those after `paperbook`; those of the process when omitted.
    """
    try:
        rest, chosen = parameters.split(sys.argv[1:] if words is None else words)
        options = _parser().parse_args(rest)
        if chosen and options.command is not run:
            raise PageError("-p belongs to `paperbook run PAGE`")
        options.parameters = chosen
        return options.command(options)
    except (PageError, BusyError, OSError, RuntimeError, LookupError) as error:
        print(f"paperbook: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("paperbook: stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="paperbook", description="Run the pages of this book, and look after their records."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    one = commands.add_parser(
        "run",
        help="execute one page through papermill",
        usage="paperbook run PAGE [--profile NAME] [-p NAME VALUE ...] [--records FOLDER] "
        "[--only NAME ...]",
        epilog="examples: paperbook run PAGE -p seeds [1, 2] -p noise=1e-3; "
        "paperbook run PAGE --profile full --records results",
    )
    add_run(one)
    several = commands.add_parser("list", help="list the pages, and whether their runs are fresh")
    several.add_argument("--profile", default=workspace.DEFAULT_PROFILE)
    several.set_defaults(command=list_pages)
    check = commands.add_parser(
        "audit", help="trace every number of the records, the README and the built book"
    )
    check.add_argument("--strict", action="store_true", help="stale records are an error too")
    check.add_argument("--recheck", type=int, metavar="N", help="compute N certificates again")
    check.add_argument("--seed", type=int, help="of the sample; drawn and printed when omitted")
    check.set_defaults(command=audit)
    seal = commands.add_parser("seal", help="list the published records with their digests")
    seal.set_defaults(command=seal_records)
    same = commands.add_parser("certify", help="let records stand for code that computes the same")
    same.add_argument("old", help="the revision that made the records")
    same.add_argument("new", help="the revision whose code they shall stand for")
    same.add_argument("--pages", nargs="+", metavar="PAGE", help="all pages when omitted")
    same.set_defaults(command=certify)
    left = commands.add_parser("jobs", help="what to compute so that every record is fresh")
    left.add_argument("--profile", help="that plans the records; full when omitted")
    left.add_argument("--write", type=Path, metavar="FILE", help="the jobs as JSON")
    left.set_defaults(command=list_jobs)
    paper = commands.add_parser("pdf", help="print the built book as one PDF (needs Chromium)")
    paper.add_argument("--html", type=Path, help="folder of the built pages; _build/html")
    paper.add_argument("--output", type=Path, help="the file; _build/book.pdf when omitted")
    paper.set_defaults(command=print_book)
    rooms = commands.add_parser("rooms", help="print the packages, their files and their imports")
    rooms.set_defaults(command=print_rooms)
    return parser


def add_run(parser: argparse.ArgumentParser) -> None:
    """Give a parser the arguments of `run`."""
    parser.add_argument("page", help="name of the page")
    parser.add_argument(
        "--profile", default=workspace.DEFAULT_PROFILE, help="parameters of params/PROFILE.yml"
    )
    parser.add_argument(
        "-p",
        dest="given",
        metavar="NAME VALUE",
        help="a parameter of the page, also NAME=VALUE; may be repeated",
    )
    parser.add_argument("--records", type=Path, help="folder for the records, such as results")
    parser.add_argument(
        "--only",
        nargs="+",
        default=(),
        metavar="NAME",
        help="names of the records that are wanted; the page stops after the last of them",
    )
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Execute one page."""
    from paperbook import runner
    from paperbook.plan import Planner

    root = workspace.root()
    workspace.check_writable(root)
    planner = Planner(root, options.profile)
    if options.parameters or options.records or options.only:
        told = options.parameters, options.records, options.only
        plan = planner.variant(options.page, *told)
    else:
        plan = planner.plan(options.page)
    progress = sys.stderr.isatty()
    runner.prepare(planner, plan, _announce, progress)
    _announce(plan)
    notebook = runner.execute(plan, progress)
    if not plan.only:
        print(f"notebook: {_shown(notebook, root)}")
    written = any((plan.records / plan.page).glob("*.json"))
    print(f"records:  {_shown(plan.records / plan.page, root) if written else 'none written'}")
    return 0


def list_pages(options: argparse.Namespace) -> int:
    """Print each page with the state of its run."""
    from paperbook import pages, runner
    from paperbook.plan import Planner

    root = workspace.root()
    planner = Planner(root, options.profile)
    for name in pages.page_names(root):
        plan = planner.plan(name)
        fresh = runner.stored(plan) is not None
        state = "fresh" if fresh else "stale" if plan.notebook.is_file() else "not run"
        print(f"{name:<24}{state}")
    return 0


def audit(options: argparse.Namespace) -> int:
    """Print what is wrong with the published records, the certificates and the built book."""
    from paperbook import audit as auditing
    from paperbook import checks, freshness

    root = workspace.root()
    if options.recheck is not None:
        return recheck(root, options)
    broken, fresh, findings = (
        auditing.published(root).broken,
        freshness.of(root),
        checks.audit(root),
    )
    for line in (*(f"broken:  {line}" for line in broken), *fresh.lines(), *map(str, findings)):
        print(line)
    serious = sum(finding.serious for finding in findings)
    where = "with" if (root / checks.HTML).is_dir() else "without"
    print(f"{serious} findings in sources and records, {where} a built book")
    # records of other code are told, and fail with --strict only
    stale = options.strict and not fresh.whole
    return 1 if serious or broken or fresh.wrong or stale else 0


def recheck(root: Path, options: argparse.Namespace) -> int:
    """Compute a sample of the certificates again."""
    from paperbook import certify as certifying

    seed = random.randrange(10**6) if options.seed is None else options.seed
    print(f"seed of the sample: {seed}")
    wrong = certifying.recheck(root, options.recheck, seed, _tell)
    for line in wrong:
        print(f"wrong:   {line}")
    print("the certificates of the sample hold" if not wrong else f"{len(wrong)} do not hold")
    return 1 if wrong else 0


def seal_records(options: argparse.Namespace) -> int:
    """Write the list of the published records."""
    from paperbook import seals

    root = workspace.root()
    path = seals.seal_records(root)
    print(f"{_shown(path, root)}: {len(seals.listed(root) or {})} records")
    return 0


def certify(options: argparse.Namespace) -> int:
    """Compute two revisions, and write a certificate of what agrees to the bit."""
    from paperbook import certify as certifying

    root = workspace.root()
    verdict, file = certifying.certify(root, options.old, options.new, options.pages, _tell)
    for line in verdict.lines():
        print(line)
    print(f"certificate: {_shown(file, root)}" if file else "no certificate was written")
    return 1 if verdict.refused else 0


def list_jobs(options: argparse.Namespace) -> int:
    """Print the jobs that make stale and missing records again, and the hours they take."""
    from paperbook import jobs, planned

    root = workspace.root()
    profile = options.profile or planned.profile_of(root)
    found = jobs.plan(root, profile)
    if options.write:
        jobs.write(found, options.write, profile)
    else:
        for job in found:
            print(f"{job.name:<40}{len(job.only):>4} records{job.seconds / 60:>8.1f} minutes")
    print(jobs.summary(found))
    return 0


def print_book(options: argparse.Namespace) -> int:
    """Print the built book as one PDF."""
    from paperbook import pdf

    root = workspace.root()
    target = (options.output or root / "_build" / "book.pdf").absolute()
    pages = pdf.write(root, (options.html or root / "_build" / "html").absolute(), target)
    print(f"{_shown(target, root)}: {pages} pages")
    return 0


def print_rooms(options: argparse.Namespace) -> int:
    """Print the packages of the project, their files, lines and imports."""
    from paperbook import rooms

    print(rooms.describe(workspace.root()))
    return 0


def _tell(line: str) -> None:
    print(line, file=sys.stderr)


def _announce(plan: Plan) -> None:
    given = ", ".join(f"{name}={value!r}" for name, value in plan.parameters.items())
    print(f"running {plan.page} ({given or 'default parameters'})", file=sys.stderr)


def _shown(path: Path, root: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else path


if __name__ == "__main__":
    sys.exit(main())
