"""The command line: `fplib doctor`, `fplib data mnist`, `fplib run PAGE`."""

from __future__ import annotations

import argparse
import ast
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from paperbook import pages


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Args:
        arguments: the words after `fplib`; those of the process when omitted.
    """
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except (pages.PageError, OSError, RuntimeError) as error:
        print(f"fplib: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("fplib: stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fplib",
        description="Multimodal fingerprints: check, fetch data, run a page of the book.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    doctor = commands.add_parser("doctor", help="check Python, packages, devices and disk")
    doctor.set_defaults(command=_doctor)

    data = commands.add_parser("data", help="download and verify a data set")
    data.add_argument("name", choices=["mnist"], help="which data set")
    data.add_argument("--folder", type=Path, help="folder that already holds its files")
    data.set_defaults(command=_data)

    run = commands.add_parser("run", help="execute one page of the book through papermill")
    run.add_argument("page", help="name of the page, such as mnist_clean")
    run.add_argument(
        "--profile", default=pages.DEFAULT_PROFILE, help="parameters of params/PROFILE.yml"
    )
    run.add_argument(
        "-p",
        dest="parameters",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "VALUE"),
        help="a parameter of the page; may be repeated",
    )
    run.add_argument("--records", type=Path, help="folder for the records, such as results")
    run.set_defaults(command=_run)
    return parser


def _doctor(options: argparse.Namespace) -> int:
    from fplib import doctor

    return doctor.main()


def _data(options: argparse.Namespace) -> int:
    from fplib import data

    found = data.mnist(folder=options.folder)
    print(
        f"{found.name}: {found.train.n} training, {found.validation.n} validation and "
        f"{found.test.n} test specimens"
    )
    for name, value in found.info.items():
        print(f"  {name}: {value}")
    for name, value in found.hashes.items():
        print(f"  sha256 {value}  {name}")
    return 0


def _run(options: argparse.Namespace) -> int:
    from paperbook import records, runner

    root = records.root()
    planner = runner.Planner(root, options.profile)
    overrides = {name: parse_value(value) for name, value in options.parameters}
    if overrides or options.records:
        run = planner.variant(options.page, overrides, options.records)
    else:
        run = planner.plan(options.page)
    progress = sys.stderr.isatty()
    runner.prepare(planner, run, _announce, progress)
    _announce(run)
    notebook = runner.execute(run, progress)
    print(f"notebook: {_shown(notebook, root)}")
    written = sorted((run.records / run.page).glob("*.json"))
    print(f"records:  {_shown(run.records / run.page, root) if written else 'none written'}")
    return 0


def _announce(run: Any) -> None:
    given = ", ".join(f"{name}={value!r}" for name, value in run.parameters.items())
    print(f"running {run.page} ({given or 'default parameters'})", file=sys.stderr)


def _shown(path: Path, root: Path) -> Path:
    return path.relative_to(root) if path.is_relative_to(root) else path


def parse_value(text: str) -> Any:
    """Return a command-line value as Python would read it, or as text.

    Args:
        text: such as `3`, `1e-3`, `true`, `none`, `[1, 2]` or `fast`.
    """
    words = {"true": True, "false": False, "none": None, "null": None}
    if text.lower() in words:
        return words[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


if __name__ == "__main__":
    sys.exit(main())
