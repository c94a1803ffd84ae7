"""The tests of what the API describes: a line in each entry, and a page of each test file.

The pages lie under `_tests/` in the built book, work without a network, and lead back to the API.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import Any, cast

from docutils import nodes
from docutils.parsers.rst.states import Inliner
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

from paperbook.sphinx.sources import Environment
from paperbook.usages import Usages

FOLDER = "_tests"
MOST = 4  # so many files are named in an entry


class Tested(Environment):
    """The environment, with the tests of every entry."""

    paperbook_tests: dict[str, list[tuple[str, int]]]  # full name -> files and their first lines


def setup(app: Sphinx) -> None:
    """Connect the lines and the pages."""
    app.add_role("tested", reference)
    app.connect("env-get-outdated", outdated)
    app.connect("autodoc-process-docstring", name_tests, priority=910)  # after the equations
    app.connect("missing-reference", resolve)
    app.connect("html-collect-pages", pages)


def outdated(
    app: Sphinx, env: Tested, added: set[str], changed: set[str], removed: set[str]
) -> Iterable[str]:
    """Return the documents with entries whose tests are no longer the same."""
    vars(app)["paperbook_usages"] = Usages(Path(app.srcdir))
    known = getattr(env, "paperbook_tests", {})
    differing = {name for name, tests in known.items() if tests != _tests(app, name)}
    env.paperbook_tests = {name: tests for name, tests in known.items() if name not in differing}
    entries = getattr(env, "paperbook_entries", {})
    return sorted({entries[name][0] for name in differing & entries.keys()} & env.found_docs)


def name_tests(
    app: Sphinx, what: str, name: str, item: object, options: object, lines: list[str]
) -> None:
    """Add to an entry the files that test it."""
    if what not in ("function", "class", "method"):
        return
    defined = f"{getattr(item, '__module__', '')}.{getattr(item, '__qualname__', '')}"
    tests = _tests(app, defined)
    cast(Tested, app.env).paperbook_tests[defined] = tests
    if tests:
        roles = ", ".join(f":tested:`{path}#{line}`" for path, line in tests)
        lines += ["", f"**Tests:** {roles}", ""]


def reference(
    name: str, rawtext: str, text: str, lineno: int, inliner: Inliner, *more: object
) -> tuple[list[nodes.Node], list[nodes.system_message]]:
    """The role: a line of a test file."""
    words = nodes.literal("", text.partition("#")[0], classes=["test-file"])
    node = addnodes.pending_xref("", words, reftype="tested", reftarget=text, refwarn=True)
    node["refdoc"] = inliner.document.settings.env.docname
    return [node], []


def resolve(
    app: Sphinx, env: Tested, node: addnodes.pending_xref, content: nodes.TextElement
) -> nodes.Node | None:
    """Lead to the page of a test file; in other formats its name stands alone."""
    if node.get("reftype") != "tested":
        return None
    if app.builder.format != "html":
        return content
    path, _, line = node["reftarget"].partition("#")
    page = app.builder.get_relative_uri(node["refdoc"], _page(path))
    return nodes.reference("", "", content, internal=True, refuri=f"{page}#L-{line}")


def pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield the pages of the test files that entries name."""
    env = cast(Tested, app.env)
    tested: dict[str, set[str]] = {}
    for name, tests in env.paperbook_tests.items():
        for path, _ in tests:
            tested.setdefault(path, set()).add(name)
    for path, names in sorted(tested.items()):
        page, title = _page(path), path.removeprefix("tests/")
        code = (Path(app.srcdir) / path).read_text(encoding="utf-8")
        entries = sorted(env.paperbook_entries[n] for n in names if n in env.paperbook_entries)
        links = ", ".join(
            f'<a href="{app.builder.get_relative_uri(page, document)}#{escape(entry)}">'
            f"<code>{escape(entry)}</code></a>"
            for document, entry in entries
        )
        shown = cast(StandaloneHTMLBuilder, app.builder).highlighter.highlight_block(
            code, "python", lineanchors="L"
        )
        body = f"<h1>{escape(title)}</h1><p>Tests of {links}.</p>{shown}"
        yield page, {"title": title, "body": body}, "page.html"


def _page(path: str) -> str:
    return f"{FOLDER}/{path.removeprefix('tests/').removesuffix('.py')}"


def _tests(app: Sphinx, name: str) -> list[tuple[str, int]]:
    """The files that test something, the most telling first, each with a line to begin at."""
    return [(use.path, use.line) for use in vars(app)["paperbook_usages"].of(name)[:MOST]]
