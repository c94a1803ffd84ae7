"""The command line of the press: `paperbook run PAGE`, `list`, `audit`, `seal`, `rooms`."""

from __future__ import annotations

import argparse
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
        usage="paperbook run PAGE [--profile NAME] [-p NAME VALUE ...] [--records FOLDER]",
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
    check.set_defaults(command=audit)
    seal = commands.add_parser("seal", help="list the published records with their digests")
    seal.set_defaults(command=seal_records)
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
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Execute one page."""
    from paperbook import runner
    from paperbook.plan import Planner

    root = workspace.root()
    workspace.check_writable(root)
    planner = Planner(root, options.profile)
    if options.parameters or options.records:
        plan = planner.variant(options.page, options.parameters, options.records)
    else:
        plan = planner.plan(options.page)
    progress = sys.stderr.isatty()
    runner.prepare(planner, plan, _announce, progress)
    _announce(plan)
    notebook = runner.execute(plan, progress)
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
    """Print what is wrong with the published records and the built book."""
    from paperbook import audit as auditing
    from paperbook import checks

    root = workspace.root()
    records = auditing.published(root)
    findings = checks.audit(root)
    for line in [*records.lines(), *map(str, findings)]:
        print(line)
    serious = sum(finding.serious for finding in findings)
    where = "with" if (root / checks.HTML).is_dir() else "without"
    print(f"{serious} findings in sources and records, {where} a built book")
    # records of other code are told, and fail with --strict only
    return 1 if serious or records.broken or (options.strict and records.stale) else 0


def seal_records(options: argparse.Namespace) -> int:
    """Write the list of the published records."""
    from paperbook import seals

    root = workspace.root()
    path = seals.seal_records(root)
    print(f"{_shown(path, root)}: {len(seals.listed(root) or {})} records")
    return 0


def print_rooms(options: argparse.Namespace) -> int:
    """Print the packages of the project, their files, lines and imports."""
    from paperbook import rooms

    print(rooms.describe(workspace.root()))
    return 0


def _announce(plan: Plan) -> None:
    given = ", ".join(f"{name}={value!r}" for name, value in plan.parameters.items())
    print(f"running {plan.page} ({given or 'default parameters'})", file=sys.stderr)


def _shown(path: Path, root: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else path


if __name__ == "__main__":
    sys.exit(main())
