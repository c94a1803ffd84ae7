"""The directive `source`: code of the library beside the equation that it computes.

    ```{source} package.module.function
    :equations: eq-one eq-two
    ```

shows the code as it stands when the book is built, without docstrings, under a line that leads to
its entry in the API and to the equations. Under each equation stands a line that leads to its code,
and the entry leads back to the equations and on to the tests of the function. These directives are
the only place where it is written which function computes which equation. The library is read, not
imported.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar, cast

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from paperbook.definitions import UnknownNameError, find

LOGGER = logging.getLogger(__name__)
USE = re.compile(r"(?:# ?)?(`{3,}|:{3,}|~{3,})\{source\}[ \t]+(\S+)")
OPTION = re.compile(r"(?:# ?)?:equations:[ \t]*(.*)")


class Environment(BuildEnvironment):
    """The environment, as Sphinx's types do not know it: with what is kept on it between builds."""

    paperbook_equations: dict[str, list[str]]  # full name of a function -> labels of equations
    paperbook_entries: dict[str, tuple[str, str]]  # the same -> document and name of its API entry
    paperbook_places: dict[str, list[tuple[str, str]]]  # label -> documents and names of its code


def setup(app: Sphinx) -> None:
    """Connect the directive and the lines of the API that lead back."""
    app.add_directive("source", Source)
    app.connect("env-get-outdated", outdated)
    app.connect("autodoc-process-docstring", lead_back, priority=900)  # after napoleon
    app.connect("missing-reference", by_definition)
    app.connect("doctree-resolved", lead_to_code)


class Source(SphinxDirective):
    """The directive."""

    required_arguments = 1
    option_spec: ClassVar = {"equations": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Return the code under its caption."""
        name, root = self.arguments[0], Path(self.env.srcdir)
        try:
            found = find(name, root)
        except UnknownNameError as error:
            LOGGER.warning("%s", error, location=self.get_location(), type="paperbook")
            return []
        for path in found.files:
            self.env.note_dependency(str(path))
        caption = nodes.paragraph(classes=["code-block-caption"])
        title = nodes.literal(name, name, classes=["xref", "py", "py-obj"])
        own = found.files[-1].is_relative_to(root / "book")  # code of the pages has no API entry
        caption += title if own else self.link("py", "obj", name, title)
        for number, label in enumerate(self.options.get("equations", "").split()):
            caption += nodes.Text(", " if number else ", code of ")
            caption += self.link("math", "eq", label, nodes.inline())
        block = nodes.literal_block(found.code, found.code, language="python")
        classes = ["literal-block-wrapper", "docutils", "library-source"]
        whole = nodes.container("", caption, block, classes=classes)
        whole["ids"] = [] if anchor(name) in self.state.document.ids else [anchor(name)]
        self.state.document.ids.setdefault(anchor(name), whole)
        return [whole]

    def link(self, domain: str, kind: str, target: str, inner: nodes.Node) -> nodes.Node:
        """A reference that warns when it leads nowhere."""
        return addnodes.pending_xref(
            "",
            inner,
            refdomain=domain,
            reftype=kind,
            reftarget=target,
            refdoc=self.env.docname,
            refexplicit=False,
            refwarn=True,
        )


def outdated(
    app: Sphinx, env: Environment, added: set[str], changed: set[str], removed: set[str]
) -> Iterable[str]:
    """Gather the directives of all documents; return those whose API entries lead back elsewhere.

    This happens before any document is read, so that the order of reading does not matter.
    """
    definition.cache_clear()
    before, placed = (getattr(env, f"paperbook_{kind}", {}) for kind in ("equations", "places"))
    now: dict[str, list[str]] = {}
    places: dict[str, list[tuple[str, str]]] = {}
    for document in sorted(env.found_docs):
        text = Path(env.doc2path(document)).read_text(encoding="utf-8-sig")
        for name, labels in uses(text):
            listed = now.setdefault(definition(name, app.srcdir), [])
            listed += [label for label in labels if label not in listed]
            for label in labels:
                places.setdefault(label, []).append((document, name))
    env.paperbook_equations, env.paperbook_places = now, places
    env.paperbook_entries = entries = getattr(env, "paperbook_entries", {})
    equations = env.get_domain("math").data["objects"]
    affected = {entries[name][0] for name in _differing(before, now) & entries.keys()}
    affected |= {equations[label][0] for label in _differing(placed, places) & equations.keys()}
    return sorted(affected & env.found_docs)


def _differing(before: Mapping[str, object], now: Mapping[str, object]) -> set[str]:
    return {key for key in {*before, *now} if before.get(key) != now.get(key)}


def lead_to_code(app: Sphinx, document: nodes.document, name: str) -> None:
    """Put under each equation the line that leads to the code that computes it."""
    if app.builder.format != "html":
        return
    places = cast(Environment, app.env).paperbook_places
    for equation in list(document.findall(nodes.math_block)):
        line = nodes.paragraph("", "code: ", classes=["equation-code"])
        shown = places.get(equation.get("label") or "", [])
        for number, (place, code) in enumerate(sorted(shown, key=lambda found: found[0] != name)):
            page = "" if place == name else app.builder.get_relative_uri(name, place)
            words = nodes.literal("", code.rpartition(".")[2])
            line += nodes.Text(", " if number else "")
            line += nodes.reference("", "", words, internal=True, refuri=f"{page}#{anchor(code)}")
        if shown:
            equation.parent.insert(equation.parent.index(equation) + 1, line)


def anchor(name: str) -> str:
    """Name of the place on a page where code is shown."""
    return nodes.make_id(f"source-{name}")


def lead_back(
    app: Sphinx, what: str, name: str, item: object, options: object, lines: list[str]
) -> None:
    """Add to the API entry of a function the equations that it computes."""
    module = getattr(item, "__module__", None) or ""
    defined = f"{module}.{getattr(item, '__qualname__', '')}"
    env = cast(Environment, app.env)
    env.paperbook_entries[defined] = env.docname, name
    file = getattr(sys.modules.get(module), "__file__", None)
    if file and Path(file).is_relative_to(app.srcdir):
        env.note_dependency(file)  # autodoc notes only the file that it was asked for
    labels = env.paperbook_equations.get(defined, [])
    if labels:
        word = "Equation" if len(labels) == 1 else "Equations"
        lines += ["", f"**{word}:** {', '.join(f':eq:`{label}`' for label in labels)}", ""]


def by_definition(
    app: Sphinx, env: Environment, node: addnodes.pending_xref, content: nodes.TextElement
) -> nodes.Node | None:
    """Resolve a name of the library whose API entry stands under another name for the same thing."""
    name = node.get("reftarget", "")
    if node.get("refdomain") != "py" or not (Path(app.srcdir) / name.split(".")[0]).is_dir():
        return None
    _, entry = env.paperbook_entries.get(definition(name, app.srcdir), ("", ""))
    arguments = env, node["refdoc"], app.builder, "obj", entry, node, content
    return env.get_domain("py").resolve_xref(*arguments) if entry else None


@functools.cache
def definition(name: str, root: str) -> str:
    """Name of the place where something is defined; an unknown name as it is."""
    try:
        return find(name, Path(root)).name
    except UnknownNameError:
        return name


def uses(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the names that a page shows the source of, each with the labels of its equations.

    Args:
        text: a page, Markdown or a percent script.
    """
    lines = text.splitlines()
    for number, line in enumerate(lines):
        if start := USE.match(line):
            option = OPTION.match(lines[number + 1]) if number + 1 < len(lines) else None
            yield start[2], option[1].split() if option else []
