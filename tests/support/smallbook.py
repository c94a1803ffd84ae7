"""A book of a few pages of prose and a package of a few functions, built by Sphinx alone."""

import io
import os
import sys

from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

OPTIONS = {
    "extensions": [
        "myst_parser",
        "sphinx.ext.autodoc",
        "sphinx.ext.napoleon",
        "paperbook.sphinx.docstrings",
        "paperbook.sphinx.sources",
        "paperbook.sphinx.tested",
        "paperbook.sphinx.names",
        "paperbook.sphinx.glossary",
    ],
    "myst_enable_extensions": ["dollarmath"],
    "numfig": True,
    "exclude_patterns": ["GLOSSARY.md"],
    "add_module_names": False,
    "abbreviations": {"sq": "squares"},
    "everyday_words": ["side"],
    "history": ["index"],
}


class SmallBook:
    def __init__(self, root, files):
        self.root = root
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def build(self):
        """Warnings and the documents that were read."""
        for name in [n for n in sys.modules if n.split(".")[0] == "squares"]:
            del sys.modules[name]
        warnings, status = io.StringIO(), io.StringIO()
        folders = [str(self.root), None, str(self.root / "html"), str(self.root / "trees")]
        with patch_docutils(), docutils_namespace():
            app = Sphinx(*folders, "html", OPTIONS, status, warnings)
            read = []
            app.connect("source-read", lambda app, name, source: read.append(name))
            app.build()
        return warnings.getvalue(), read

    def html(self, page):
        return self.page(f"book/{page}")

    def page(self, name):
        return BeautifulSoup((self.root / "html" / f"{name}.html").read_text(), "lxml")

    def edit(self, name, old, new):
        path = self.root / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        later = path.stat().st_mtime + 2  # Sphinx compares times of modification
        os.utime(path, (later, later))
