"""The executed notebook of a page as a download."""

import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def setup(app: Sphinx) -> None:
    """Connect before the theme (priority 501) makes its buttons."""
    app.connect("html-page-context", offer_notebook, priority=500)


def offer_notebook(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Copy the notebook that myst-nb rendered to where the theme's download button looks for it."""
    notebook = Path(app.outdir).parent / "jupyter_execute" / f"{pagename}.ipynb"
    is_page = doctree is not None and Path(app.env.doc2path(pagename)).suffix == ".py"
    if is_page and notebook.is_file():
        target = Path(app.outdir) / "_sources" / f"{pagename}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(notebook, target)
        context["ipynb_source"] = f"{pagename}.ipynb"
