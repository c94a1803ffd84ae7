"""No page loads anything from another server.

Jupyter Book adds the scripts of its live-code button to every page, twice, whether there is such a
button or not; they would fetch a kernel from a public service, and their second copy is an error in
the browser.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def setup(app: Sphinx) -> None:
    """Connect after those that add the scripts."""
    app.connect("doctree-resolved", remove_settings, priority=900)
    app.connect("html-page-context", remove_scripts, priority=900)


def remove_settings(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Remove the settings of the live-code button from a document."""
    for node in list(doctree.findall(nodes.raw)):
        if "x-thebe-config" in node.astext():
            node.parent.remove(node)


def remove_scripts(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document
) -> None:
    """Remove the scripts and the style of the live-code button from a page."""
    for kind in ("script_files", "css_files"):
        context[kind] = [
            item
            for item in context.get(kind, [])
            if "thebe" not in f"{item.filename} {item.attributes.get('body', '')}"
        ]
