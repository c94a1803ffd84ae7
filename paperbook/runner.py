"""Execution of a page through papermill, stored under `runs/` and reused while nothing changed.

`runs/<profile>/<page>.ipynb` is the run the book shows, `runs/<profile>/records/<page>/` holds what
it measured. A run with other parameters than its profile's is kept apart, in
`runs/<profile>/variants/`, so that an experiment never changes a number of the book.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from paperbook import pages
from paperbook.pages import PageError

if TYPE_CHECKING:
    from nbformat import NotebookNode


@dataclass(frozen=True)
class Run:
    """One page with its parameters: what is to be executed, and where it is stored."""

    root: Path
    page: str
    profile: str
    parameters: dict[str, Any]
    key: str
    notebook: Path
    records: Path
    own_records: bool = field(default=True)
    reads: tuple[str, ...] = field(default=())

    @property
    def source(self) -> Path:
        """The page's source file."""
        return pages.page_path(self.root, self.page)


class Planner:
    """Plans the runs of one profile; the profile and the library are read once."""

    def __init__(self, root: Path, profile: str = pages.DEFAULT_PROFILE) -> None:
        """Read the profile.

        Raises:
            PageError: unknown profile, or a page or parameter in it that does not exist.
        """
        self.root, self.profile = root, profile
        self.parameters = pages.read_profile(root, profile)
        self.library = pages.code_hash(root)
        self._planned: dict[str, Run] = {}
        for page in self.parameters:
            self.plan(page)

    def plan(self, page: str, _open: tuple[str, ...] = ()) -> Run:
        """Return the run of a page as the book shows it.

        Raises:
            PageError: unknown page or parameter, or pages that read each other in a circle.
        """
        if page in _open:
            raise PageError(f"pages read each other in a circle: {' -> '.join((*_open, page))}")
        if page not in self._planned:
            self._planned[page] = self._plan(page, self.parameters.get(page, {}), None, _open)
        return self._planned[page]

    def variant(self, page: str, overrides: Mapping[str, Any], records: Path | None = None) -> Run:
        """Return a run of a page with other parameters, or with its records in another folder.

        Args:
            page: name of the page.
            overrides: parameters that replace the profile's.
            records: folder of the records; beside the executed notebook when omitted.
        """
        known = pages.defaults(pages.read_page(pages.page_path(self.root, page)), page)
        pages.check_parameters(page, overrides, known, "the command line")
        parameters = self.parameters.get(page, {}) | dict(overrides)
        return self._plan(page, parameters, records or Path(), ())

    def _plan(
        self, page: str, given: Mapping[str, Any], records: Path | None, _open: tuple[str, ...]
    ) -> Run:
        notebook = pages.read_page(pages.page_path(self.root, page))
        known = pages.defaults(notebook, page)
        pages.check_parameters(page, given, known, f"params/{self.profile}.yml")
        parameters = ({"profile": self.profile} if "profile" in known else {}) | dict(given)
        reads = tuple(notebook.metadata.get("fplib", {}).get("reads", []))
        depends = [self.library]
        for name in reads:
            if name in pages.page_names(self.root):
                depends.append(self.plan(name, (*_open, page)).key)
            else:
                depends.append(pages.file_hash(self.root, name))
        key = pages.page_key(notebook, parameters, self.profile, depends)
        folder = self.root / "runs" / self.profile
        own = records is None or records == Path()
        if records is not None:
            folder = folder / "variants" / f"{page}-{key[:8]}"
        place = folder / "records" if own else records.resolve()
        path = folder / f"{page}.ipynb"
        return Run(self.root, page, self.profile, parameters, key, path, place, own, reads)


def stored(run: Run) -> NotebookNode | None:
    """Return the stored notebook of a run, or None when there is none with its key."""
    import nbformat

    try:
        notebook = nbformat.read(run.notebook, as_version=4)
    except (OSError, ValueError):  # absent, truncated, or not a notebook
        return None
    return notebook if notebook.metadata.get("fplib", {}).get("key") == run.key else None


def prepare(
    planner: Planner, run: Run, tell: Callable[[Run], None], progress: bool = False
) -> None:
    """Execute the pages that a page reads, where they have no stored run.

    Args:
        planner: plans the pages that are read.
        run: the page that reads them.
        tell: called before a page is executed.
        progress: whether to draw a bar of cells on standard error.
    """
    for name in run.reads:
        # records in a folder of the caller's are read there, where they may be already
        there = not run.own_records and any((run.records / name).glob("*.json"))
        if name in pages.page_names(run.root) and not there:
            ensure(planner, planner.plan(name), tell, progress)


def ensure(planner: Planner, run: Run, tell: Callable[[Run], None], progress: bool = False) -> None:
    """Execute a page after those that it reads, unless a run with its key is stored."""
    prepare(planner, run, tell, progress)
    if stored(run) is None:
        tell(run)
        execute(run, progress)


def execute(run: Run, progress: bool = False) -> Path:
    """Execute a page through papermill and store the notebook; return its path.

    Args:
        run: what to execute.
        progress: whether to draw a bar of cells on standard error.

    Raises:
        PageError: a cell raised; the notebook up to there is kept as `<page>.failed.ipynb`.
    """
    import nbformat
    import papermill
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    folder = run.notebook.parent
    folder.mkdir(parents=True, exist_ok=True)
    if run.own_records:  # a new run leaves nothing of the one before it
        run.notebook.unlink(missing_ok=True)
        shutil.rmtree(run.records / run.page, ignore_errors=True)
        for name in run.reads:  # a variant finds the records that it reads beside its own
            known = run.root / "runs" / run.profile / "records" / name
            if known.is_dir() and known.parent != run.records:
                shutil.copytree(known, run.records / name, dirs_exist_ok=True)
    unfinished = folder / f".{run.page}-{os.getpid()}.ipynb"
    failed = folder / f"{run.page}.failed.ipynb"
    log = folder / f"{run.page}.log"
    failed.unlink(missing_ok=True)
    try:
        with _environment(run), standard_error_to(log) as terminal:
            papermill.execute_notebook(
                pages.read_page(run.source),
                unfinished,
                parameters=run.parameters,
                cwd=run.source.parent,
                progress_bar={"desc": run.page, "file": terminal} if progress else False,
                extra_arguments=["--log-level=ERROR"],
            )
        _store(run, unfinished)
        os.replace(unfinished, run.notebook)
    except PapermillExecutionError as error:
        _store(run, unfinished)
        os.replace(unfinished, failed)
        notebook = nbformat.read(failed, as_version=4)
        shown = failed.relative_to(run.root).as_posix()
        reason = f"{error.ename}: {' '.join(str(error.evalue).split())}"
        raise PageError(
            f"book/{run.page}.py: code cell {_failing_cell(notebook)} raised {reason} (see {shown})"
        ) from None
    except DeadKernelError:
        raise PageError(
            f"book/{run.page}.py: the kernel died: out of memory, or killed from outside "
            f"(see {log.relative_to(run.root).as_posix()})"
        ) from None
    finally:
        unfinished.unlink(missing_ok=True)
    return run.notebook


@contextlib.contextmanager
def _environment(run: Run) -> Iterator[None]:
    """Set what the kernel inherits, and put the caller's environment back."""
    before = dict(os.environ)
    paths = [str(run.root), *filter(None, [before.get("PYTHONPATH")])]
    os.environ |= {
        "FPLIB_ROOT": str(run.root),
        "FPLIB_PROFILE": run.profile,
        "FPLIB_RECORDS": str(run.records),
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONHASHSEED": "0",
        "JUPYTER_PREFER_ENV_PATH": "1",  # this environment's kernel, not one of the user's folder
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextlib.contextmanager
def standard_error_to(path: str | os.PathLike[str]) -> Iterator[TextIO]:
    """Send what is written past Python (TensorFlow's start-up lines, at any log level) to a file.

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


def _store(run: Run, path: Path) -> None:
    """Label an executed notebook with its key and take the paths of this machine out of it."""
    text = path.read_text(encoding="utf-8")
    for folder, name in ((sys.prefix, "<python>"), (run.root, "."), (Path.home(), "~")):
        if len(str(folder)) > 1:
            text = text.replace(json.dumps(str(folder))[1:-1], name)
    notebook = json.loads(text)
    mill = notebook["metadata"].setdefault("papermill", {})
    mill["input_path"] = f"book/{run.page}.py"
    mill["output_path"] = run.notebook.relative_to(run.root).as_posix()
    label = {"key": run.key, "page": run.page, "profile": run.profile}
    notebook["metadata"]["fplib"] = notebook["metadata"].get("fplib", {}) | label
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _failing_cell(notebook: NotebookNode) -> int:
    """Return the number of the code cell that raised, as a reader of the source counts them."""
    number = 0
    for cell in notebook.cells:
        if cell.cell_type == "code" and "injected-parameters" not in cell.metadata.get("tags", []):
            number += 1
            if cell.metadata.get("papermill", {}).get("exception"):
                return number
    return number
