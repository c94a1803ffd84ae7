"""The command line: `fplib doctor`, `fplib data mnist`; `fplib run PAGE` is `paperbook run PAGE`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Args:
        arguments: the words after `fplib`; those of the process when omitted.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    if words[:1] == ["run"]:
        from paperbook import cli

        return cli.main(words)
    options = _parser().parse_args(words)
    try:
        return options.command(options)
    except (OSError, RuntimeError) as error:
        print(f"fplib: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("fplib: stopped", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fplib", description="Multimodal fingerprints: check a machine, fetch data."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    doctor = commands.add_parser("doctor", help="check Python, packages, devices and disk")
    doctor.set_defaults(command=_doctor)
    data = commands.add_parser("data", help="download and verify a data set")
    data.add_argument("name", choices=["mnist", "fashion_mnist"], help="which data set")
    data.add_argument("--folder", type=Path, help="folder that already holds its files")
    data.set_defaults(command=_data)
    commands.add_parser("run", help="execute one page of the book; see `paperbook run --help`")
    return parser


def _doctor(options: argparse.Namespace) -> int:
    from fplib import doctor

    return doctor.main()


def _data(options: argparse.Namespace) -> int:
    from fplib import data

    found = getattr(data, options.name)(folder=options.folder)
    print(
        f"{found.name}: {found.train.n} training, {found.validation.n} validation and "
        f"{found.test.n} test specimens"
    )
    for name, value in found.info.items():
        print(f"  {name}: {value}")
    for name, value in found.hashes.items():
        print(f"  sha256 {value}  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
