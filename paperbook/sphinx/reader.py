"""The reader that myst-nb calls for a page: its present text with the outputs of the stored run."""

import re
from collections.abc import Mapping
from typing import Any

from myst_nb.sphinx_ import NbMetadataCollector
from nbformat import NotebookNode
from sphinx.application import Sphinx

from paperbook import pages, runner, tables
from paperbook.sphinx import images, runs

_app: Any = None  # the Sphinx application: myst-nb hands the reader a text and nothing else


def setup(app: Sphinx) -> None:
    """Remember the application whose documents are read."""
    global _app
    _app = app


def read(text: str) -> NotebookNode:
    """Return the page being read as an executed notebook.

    Args:
        text: source of the page.
    """
    run = runs.plan_of(_app, _app.env.docname)
    done = None if run is None else runner.stored(run)
    if run is None or done is None:
        raise LookupError(f"{_app.env.docname} has no stored run")
    notebook = merge(pages.parse_page(text), done, run.parameters)
    starts = cell_lines(text)
    if len(starts) == len(notebook.cells):
        notebook.metadata["source_map"] = starts
    images.extract(_app, notebook)
    NbMetadataCollector.set_exec_data(
        _app.env,
        _app.env.docname,
        {
            "mtime": run.notebook.stat().st_mtime,
            "method": f"papermill/{run.profile}",
            "runtime": done.metadata.papermill.get("duration"),
            "succeeded": True,
            "error": None,
            "traceback": None,
        },
    )
    return notebook


def merge(page: NotebookNode, done: NotebookNode, parameters: Mapping[str, Any]) -> NotebookNode:
    """Return the page with the outputs of its run.

    The parameters cell shows the values of the run; the cell that papermill injected is left out.

    Args:
        page: the page as it is written now.
        done: the executed notebook; its code is the page's code, or its key would differ.
        parameters: values that replaced the defaults.
    """
    executed = (
        cell
        for cell in done.cells
        if cell.cell_type == "code" and "injected-parameters" not in cell.metadata.get("tags", [])
    )
    code = [cell for cell in page.cells if cell.cell_type == "code"]
    for number, (cell, source) in enumerate(zip(code, executed, strict=True), start=1):
        cell["outputs"] = source.outputs
        cell["execution_count"] = number
        finish(cell)
        if pages.is_parameters(cell):
            cell["source"] = pages.with_values(cell.source, parameters)
    page.metadata["language_info"] = done.metadata.get("language_info", {"name": "python"})
    for key in ("paperbook", "jupytext"):  # settings of the page, not metadata to be shown
        page.metadata.pop(key, None)
    return page


def finish(cell: NotebookNode) -> None:
    """Give what a cell displays the caption and the text for the blind that stand above the cell."""
    about, alt = cell.metadata.get("table"), cell.metadata.get("alt")
    for output in cell.outputs:
        data = output.get("data", {})
        if about and "text/markdown" in data:
            text = "".join(data["text/markdown"])
            data["text/markdown"] = tables.framed(text, about["name"], about["caption"])
            about = None  # of several outputs the first is the table
        if alt and "image/png" in data:
            data["text/plain"] = alt


def cell_lines(text: str) -> list[int]:
    """Return the first line of every cell, counted from 0, so that warnings name the right line."""
    lines = text.splitlines()
    start = 0
    if lines and lines[0].strip() == "# ---":
        start = next((i for i, line in enumerate(lines[1:], 1) if line.strip() == "# ---"), -1) + 1
    marks = [i for i, line in enumerate(lines) if i >= start and re.match(r"# %%", line)]
    first = next((i for i, line in enumerate(lines) if i >= start and line.strip()), start)
    return marks if marks and marks[0] == first else [first, *marks]
