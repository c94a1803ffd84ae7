"""Names of the project in prose lead to the API: `package.module.function` needs no role."""

from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

NAME = re.compile(r"(\w+(?:\.\w+)+)(?:\(.*\))?", re.DOTALL)
APART = (nodes.title, nodes.reference, addnodes.pending_xref, addnodes.desc_signature)


def setup(app: Sphinx) -> None:
    """Connect the transform.

    `abbreviations` are names by which prose calls a package; documents of `history` may name what
    is no longer there.
    """
    app.add_config_value("abbreviations", {}, "env")
    app.add_config_value("history", [], "env")
    app.add_transform(Linked)


class Linked(SphinxTransform):
    """Make cross-references of the literals that are names of the project's packages.

    A name that leads nowhere is a warning.
    """

    default_priority = 450

    def apply(self, **options: object) -> None:
        """Go through the literals of a document."""
        for literal in list(self.document.findall(nodes.literal)):
            target = self.target(literal.astext())
            if target is None or "xref" in literal["classes"] or _inside(literal, APART):
                continue
            link = addnodes.pending_xref("", refdomain="py", reftype="obj", reftarget=target)
            here = self.env.docname
            link.update_all_atts({"refdoc": here, "refwarn": here not in self.config.history})
            link.source, link.line = literal.source, literal.line
            literal.replace_self(link)
            link += literal

    def target(self, text: str) -> str | None:
        """Full name of what a literal names, None for other literals."""
        found = NAME.fullmatch(text)
        if found is None:
            return None
        first, _, rest = found[1].partition(".")
        package = self.config.abbreviations.get(first, first)
        is_package = (Path(self.app.srcdir) / package / "__init__.py").is_file()
        is_file = (Path(self.app.srcdir) / found[1]).is_file()
        return f"{package}.{rest}" if is_package and not is_file else None


def _inside(node: nodes.Node, kinds: tuple[type[nodes.Node], ...]) -> bool:
    while (parent := node.parent) is not None:
        if isinstance(parent, kinds):
            return True
        node = parent
    return False
