"""The executed notebook of a page as a download that says what it needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from sphinx.application import Sphinx

NEEDS = (
    "*From the book “{title}”. To run this notebook, install the book's packages, which bring "
    "everything that it imports: {command}.*"
)


def setup(app: Sphinx) -> None:
    """Connect before the theme (priority 501) makes its buttons."""
    app.connect("html-page-context", offer_notebook, priority=500)


def offer_notebook(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Put the notebook that myst-nb rendered where the theme's download button looks for it."""
    made = Path(app.outdir).parent / "jupyter_execute" / f"{pagename}.ipynb"
    is_page = doctree is not None and Path(app.env.doc2path(pagename)).suffix == ".py"
    if is_page and made.is_file():
        target = Path(app.outdir) / "_sources" / f"{pagename}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        notebook = nbformat.read(made, as_version=4)
        address = app.config.html_theme_options.get("repository_url")
        command = f"`pip install git+{address}`" if address else "`pip install .` in its repository"
        needs = NEEDS.format(title=app.config.html_title or app.config.project, command=command)
        notebook.cells.insert(0, nbformat.v4.new_markdown_cell(needs, id="cell-needs"))
        nbformat.write(notebook, target)
        context["ipynb_source"] = f"{pagename}.ipynb"
