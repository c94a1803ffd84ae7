"""The kernel that executes pages: this environment's Python, and nothing of the user's."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from paperbook import only
from paperbook.plan import Plan


@contextlib.contextmanager
def environment(plan: Plan, records: Path) -> Iterator[None]:
    """Set what the kernel inherits, and put the caller's environment back.

    Args:
        plan: the page.
        records: folder for its records.
    """
    before = dict(os.environ)
    home = plan.root / "runs" / ".kernel"
    _write_kernel(home)
    for name in [name for name in os.environ if name.startswith(("GIT_", "MATPLOTLIBRC"))]:
        del os.environ[name]
    os.environ.pop(only.NAMES, None)
    if plan.only:
        os.environ[only.NAMES] = json.dumps(plan.only)
    paths = [str(plan.root), *filter(None, [before.get("PYTHONPATH")])]
    os.environ |= {
        "PAPERBOOK_ROOT": str(plan.root),
        "PAPERBOOK_PROFILE": plan.profile,
        "PAPERBOOK_RECORDS": str(records),
        "PAPERBOOK_PAGE": plan.page,
        "PAPERBOOK_STARTED": repr(time.time()),
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONHASHSEED": "0",
        "JUPYTER_PATH": str(home),  # comes before every other place of kernels
        "IPYTHONDIR": str(home / "ipython"),  # no start-up files of the user's
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _write_kernel(home: Path) -> None:
    folder = home / "kernels" / "python3"
    folder.mkdir(parents=True, exist_ok=True)
    (home / "ipython").mkdir(exist_ok=True)
    start = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    about = {"argv": start, "display_name": "Python 3", "language": "python"}
    (folder / "kernel.json").write_text(json.dumps(about), encoding="utf-8")


@contextlib.contextmanager
def standard_error_to(path: str | os.PathLike[str]) -> Iterator[TextIO]:
    """Send what is written past Python (start-up lines of libraries, at any log level) to a file.

    Args:
        path: the file.

    Yields:
        The standard error of before.
    """
    sys.stderr.flush()
    terminal = os.dup(2)
    with open(path, "wb") as log, os.fdopen(os.dup(terminal), "w") as stream:
        os.dup2(log.fileno(), 2)
        try:
            yield stream
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)
