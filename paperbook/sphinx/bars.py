"""The bars above folded code say whose code it is: "Code for Fig. 5.2"."""

from collections.abc import Iterator
from html import escape
from typing import Any

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

MADE = {nodes.figure: "figure", nodes.table: "table"}


class Bar(nodes.Element):
    """Folded code, under `label`."""


def setup(app: Sphinx) -> None:
    """Add the node and the transform."""
    app.add_node(Bar, html=(visit, depart))
    app.add_post_transform(Bars)


def visit(translator: Any, bar: Bar) -> None:
    """Open the fold."""
    # the number is Sphinx's, as one in a reference: no number of the page's own
    label = f'<span class="code-of">{escape(bar["label"])}</span>'
    translator.body.append('<details class="admonition hide above-input"><summary>')
    translator.body.append(f'<p class="admonition-title">{label}</p></summary>\n')


def depart(translator: Any, bar: Bar) -> None:
    """Close the fold."""
    translator.body.append("</details>\n")


class Bars(SphinxPostTransform):
    """Give folded input its label."""

    default_priority = 250  # after myst-nb has folded it
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Label the folds of one document."""
        for cell in self.document.findall(nodes.container):
            for place, fold in enumerate(cell.children):
                if isinstance(fold, HideCodeCellNode) and "above-input" in fold["classes"]:
                    made = list(self._made(cell))
                    label = f"Code for {' and '.join(made)}" if made else "Code of this step"
                    cell[place] = Bar("", *fold.children, label=label)

    def _made(self, cell: nodes.Element) -> Iterator[str]:
        """Numbers of the figures and tables that a cell makes, such as "Fig. 5.2"."""
        numbers = self.env.toc_fignumbers.get(self.env.docname, {})
        for kind, name in MADE.items():
            for node in cell.findall(kind):
                place = next((i for i in node["ids"] if i in numbers.get(name, {})), None)
                if place:
                    number = ".".join(map(str, numbers[name][place]))
                    yield self.config.numfig_format[name] % number
