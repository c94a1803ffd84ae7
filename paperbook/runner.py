"""Execution of a page through papermill, stored under `runs/` and reused while nothing changed.

`runs/<profile>/<page>.ipynb` is the run the book shows, `runs/<profile>/records/<page>/` holds what
it measured; both are replaced when the page has succeeded, and not before. A run with other
parameters than its profile's is kept apart, in `runs/<profile>/variants/`, so that an experiment
never changes a number of the book.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from paperbook import kernel, only, pages, scrub, workspace
from paperbook.files import alone, folder_atomically, sweep
from paperbook.pages import PageError
from paperbook.plan import Plan, Planner

if TYPE_CHECKING:
    from nbformat import NotebookNode

LOCK = "runs/.building"


def building(root: Path, what: str = "a build of this book") -> contextlib.AbstractContextManager:
    """Be the only process that builds this book.

    Raises:
        PermissionError: the book's folder cannot be written.
        BusyError: another build is at work.
    """
    workspace.check_writable(root)
    return alone(root / LOCK, what, wait=False)


def stored(plan: Plan) -> NotebookNode | None:
    """Return the stored notebook of a run, or None when there is none with its key."""
    import nbformat

    try:
        notebook = nbformat.read(plan.notebook, as_version=4)
    except (OSError, ValueError):  # absent, truncated, or not a notebook
        return None
    label = notebook.metadata.get("paperbook", {})
    return notebook if label.get("key") == plan.key else None


def prepare(
    planner: Planner, plan: Plan, tell: Callable[[Plan], None], progress: bool = False
) -> None:
    """Execute the pages that a page reads, where they have no stored run.

    Args:
        planner: plans the pages that are read.
        plan: the page that reads them.
        tell: called before a page is executed.
        progress: whether to draw a bar of cells on standard error.
    """
    for name in plan.reads:
        if name in pages.page_names(plan.root):
            ensure(planner, planner.plan(name), tell, progress)


def ensure(
    planner: Planner, plan: Plan, tell: Callable[[Plan], None], progress: bool = False
) -> None:
    """Execute a page after those that it reads, unless a run with its key is stored."""
    prepare(planner, plan, tell, progress)
    if stored(plan) is None:
        tell(plan)
        execute(plan, progress)


def execute(plan: Plan, progress: bool = False) -> Path:
    """Execute a page through papermill and store the notebook; return its path.

    With `plan.only` the page stops after the last run that is wanted, and no notebook is stored.

    Args:
        plan: what to execute.
        progress: whether to draw a bar of cells on standard error.

    Raises:
        PageError: a cell raised; the notebook up to there is kept as `<page>.failed.ipynb`.
    """
    folder = plan.notebook.parent
    folder.mkdir(parents=True, exist_ok=True)
    with alone(folder / f".{plan.page}.lock", f"a run of page {plan.page!r}"):
        sweep(plan.records, f"{plan.page}.")
        unfinished = folder / f".{plan.page}.unfinished.ipynb"
        if plan.published:
            _run(plan, unfinished, plan.records, progress)
        else:
            with folder_atomically(plan.records / plan.page) as new:
                staging = new / "staging"
                _run(plan, unfinished, staging, progress)
                for record in (staging / plan.page).glob("*.json"):
                    os.replace(record, new / record.name)
                shutil.rmtree(staging, ignore_errors=True)
        if not plan.only:
            os.replace(unfinished, plan.notebook)
    return plan.notebook


def _run(plan: Plan, unfinished: Path, records: Path, progress: bool) -> None:
    """Execute a page into a file; its records go into a folder."""
    import nbformat
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    folder = plan.notebook.parent
    failed, log = folder / f"{plan.page}.failed.ipynb", folder / f"{plan.page}.log"
    failed.unlink(missing_ok=True)
    try:
        with kernel.environment(plan, records), kernel.standard_error_to(log) as terminal:
            papermill.execute_notebook(
                pages.read_page(plan.source),
                unfinished,
                parameters=plan.parameters,
                cwd=plan.source.parent,
                progress_bar={"desc": plan.page, "file": terminal} if progress else False,
                extra_arguments=["--log-level=ERROR"],
            )
        if plan.only:
            raise PageError(
                f"page {plan.page!r} came to its end without all of: {', '.join(plan.only)}"
            )
        scrub.label(plan, unfinished)
    except PapermillExecutionError as error:
        if error.ename == only.Enough.__name__:
            unfinished.unlink()
            return
        scrub.label(plan, unfinished)
        os.replace(unfinished, failed)
        notebook = nbformat.read(failed, as_version=4)
        shown = failed.relative_to(plan.root).as_posix()
        reason = f"{error.ename}: {' '.join(str(error.evalue).split())}"
        raise PageError(
            f"book/{plan.page}.py: code cell {_failing_cell(notebook)} raised {reason} (see {shown})"
        ) from None
    except DeadKernelError:
        raise PageError(
            f"book/{plan.page}.py: the kernel died: out of memory, or killed from outside "
            f"(see {log.relative_to(plan.root).as_posix()})"
        ) from None
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _failing_cell(notebook: NotebookNode) -> int:
    """Return the number of the code cell that raised, as a reader of the source counts them."""
    number = 0
    for cell in notebook.cells:
        if cell.cell_type == "code" and "injected-parameters" not in cell.metadata.get("tags", []):
            number += 1
            if cell.metadata.get("papermill", {}).get("exception"):
                return number
    return number
