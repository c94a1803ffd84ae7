"""Several pages at once: each in a process of its own, none before the pages that it reads.

While one page trains, another may draw its figures. Experiments that have something to compute take
turns (`experiments.TURNS`), so that their times are those of a machine that does one thing.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable

from paperbook import pages, provenance, runner
from paperbook.experiments import TURNS
from paperbook.pages import PageError
from paperbook.plan import Plan, Planner


def jobs() -> int:
    """How many pages are executed at once: PAPERBOOK_JOBS, or two where there are two cores."""
    return max(1, int(os.environ.get("PAPERBOOK_JOBS") or min(2, provenance.cores())))


def ensure(planner: Planner, names: Iterable[str], tell: Callable[[Plan], None]) -> None:
    """Execute every page that has no stored run with its key.

    Args:
        planner: of the book's runs.
        names: of the pages, in the order in which they may begin.
        tell: called before a page is executed.

    Raises:
        PageError: of the first page that failed; the others are stopped.
    """
    waiting = _with_what_they_read(planner, names)
    running: dict[str, subprocess.Popen[str]] = {}
    try:
        while waiting or running:
            for name in [n for n, process in running.items() if process.poll() is not None]:
                _finish(planner.plan(name), running.pop(name))
            unfinished = {*waiting, *running}
            ready = [n for n in waiting if not unfinished & {*planner.plan(n).reads}]
            for name in ready[: jobs() - len(running)]:
                waiting.remove(name)
                tell(planner.plan(name))
                running[name] = _start(planner.plan(name))
            time.sleep(0.05)
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            process.communicate()


def _with_what_they_read(planner: Planner, names: Iterable[str]) -> list[str]:
    """The pages without a stored run, each behind those that it reads."""
    found: list[str] = []

    def add(name: str) -> None:
        for other in planner.plan(name).reads:
            if other in pages.page_names(planner.root):
                add(other)
        if name not in found and runner.stored(planner.plan(name)) is None:
            found.append(name)

    for name in names:
        add(name)
    return found


def _start(plan: Plan) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "paperbook.cli", "run", plan.page, "--profile", plan.profile]
    return subprocess.Popen(
        words,
        cwd=plan.root,
        env=os.environ | {"PAPERBOOK_ROOT": str(plan.root), TURNS: "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def _finish(plan: Plan, process: subprocess.Popen[str]) -> None:
    _, told = process.communicate()
    if process.returncode:
        last = told.strip().splitlines()[-1:] or [f"page {plan.page} ended without a word"]
        raise PageError(last[0].removeprefix("paperbook: "))
