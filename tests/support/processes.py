"""Code in a fresh interpreter, for what is settled once a process."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(
    code: str,
    *arguments: str,
    options: Sequence[str] = ("-W", "error"),
    without: Sequence[str] = (),
    **environment: str,
) -> str:
    """Standard output of a process; it fails with the process's standard error.

    Args:
        code: what is run at the root of the project.
        arguments: `sys.argv[1:]` of the process.
        options: of the interpreter; warnings are errors unless told otherwise.
        without: names that are taken out of the environment.
        environment: what is added to it.
    """
    inherited = {name: value for name, value in os.environ.items() if name not in without}
    done = subprocess.run(
        [sys.executable, *options, "-c", textwrap.dedent(code), *arguments],
        cwd=ROOT,
        env=inherited | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout
