"""The words of the glossary, and the first use of each on a page leading there.

The glossary is a table of Markdown with the head `word | meaning`, so that it reads well without
this extension. In the book its rows become entries, and prose needs no roles to lead to them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import cast

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains.std import StandardDomain
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform

ROW = re.compile(r"^\|\s*(\*\*.+?)\s*\|")
APART = (
    *(nodes.title, nodes.rubric, nodes.term, nodes.caption, nodes.table, nodes.raw),
    *(nodes.literal, nodes.literal_block, nodes.math, nodes.reference, nodes.image),
    *(addnodes.pending_xref, addnodes.desc, addnodes.glossary, nodes.comment),
)


class Environment(BuildEnvironment):
    """The environment, with the words of the glossary."""

    paperbook_words: list[str]


def setup(app: Sphinx) -> None:
    """Connect both transforms; `everyday_words` have too many other meanings to be found by name."""
    app.add_config_value("glossary", "GLOSSARY.md", "env")
    app.add_config_value("everyday_words", [], "env")
    app.connect("env-get-outdated", outdated)
    app.add_transform(Entries)
    app.add_transform(FirstUses)


def words(text: str) -> list[str]:
    """Return the words that a glossary explains, as they are written there."""
    rows = (ROW.match(line) for line in text.splitlines())
    return [word for row in rows if row for word in re.findall(r"\*\*(.+?)\*\*", row[1])]


def outdated(
    app: Sphinx, env: Environment, added: set[str], changed: set[str], removed: set[str]
) -> Iterable[str]:
    """Read every document again when the glossary has other words."""
    path = Path(app.srcdir) / app.config.glossary
    now = words(path.read_text(encoding="utf-8")) if path.is_file() else []
    before, env.paperbook_words = getattr(env, "paperbook_words", now), now
    return sorted(env.found_docs) if before != now else []


class Entries(SphinxTransform):
    """Make entries of the rows of a glossary."""

    default_priority = 400

    def apply(self, **options: object) -> None:
        """Replace the tables whose head is `word | meaning`."""
        for table in list(self.document.findall(nodes.table)):
            head, *rows = [
                [cast(nodes.entry, entry) for entry in row] for row in table.findall(nodes.row)
            ]
            if [entry.astext().strip() for entry in head] == ["word", "meaning"]:
                items = nodes.definition_list("", *(self.item(*row) for row in rows))
                items["classes"] = ["simple", "glossary"]
                table.replace_self(addnodes.glossary("", items, sorted=False))

    def item(self, named: nodes.entry, meaning: nodes.entry) -> nodes.definition_list_item:
        """Entry of one row; the words in bold are its names."""
        domain = cast(StandardDomain, self.env.get_domain("std"))
        item = nodes.definition_list_item()
        for strong in named.findall(nodes.strong):
            word = strong.astext()
            term = nodes.term("", word, ids=[nodes.make_id(f"term-{word}")])
            self.document.note_explicit_target(term)
            domain._note_term(word, term["ids"][0], location=term)
            item += term
        content = nodes.paragraph("", "", *(n for part in meaning for n in part.children))
        item += nodes.definition("", content)
        return item


class FirstUses(SphinxTransform):
    """Make the first use of each word on a page lead to the glossary."""

    default_priority = 460  # after the names, which may hold words

    def apply(self, **options: object) -> None:
        """Go through the prose of a document."""
        everyday = self.config.everyday_words
        left = [w for w in cast(Environment, self.env).paperbook_words if w not in everyday]
        if any(self.document.findall(addnodes.glossary)):
            return
        for text in list(self.document.findall(nodes.Text)):
            if left and not _inside(text):
                parts = self.linked(text.astext(), left)
                if len(parts) > 1:
                    parent = text.parent
                    place = parent.index(text)
                    parent[place : place + 1] = parts

    def linked(self, text: str, left: list[str]) -> list[nodes.Node]:
        """A text in parts, some of them references; the words found are taken from `left`."""
        found = first(text, left)
        if found is None:
            return [nodes.Text(text)] if text else []
        word, begin, end = found
        left.remove(word)
        inner = nodes.inline("", text[begin:end], classes=["xref", "std", "std-term"])
        about = {"refdomain": "std", "reftype": "term", "reftarget": word, "refwarn": True}
        link = addnodes.pending_xref("", inner, refdoc=self.env.docname, refexplicit=True, **about)
        before = [nodes.Text(text[:begin])] if begin else []
        return [*before, link, *self.linked(text[end:], left)]


def first(text: str, left: Iterable[str]) -> tuple[str, int, int] | None:
    """Return the word that comes first in a text, the longest of several, with its place.

    Args:
        text: prose.
        left: words to look for; capital letters count in those that are more than a first letter.
    """
    found = []
    for word in left:
        flags = re.NOFLAG if word[1:] != word[1:].lower() else re.IGNORECASE
        stem = re.escape(word)
        many = f"{stem[:-1]}ies" if word.endswith("y") else f"{stem}e?s"
        pattern = rf"(?<![\w-])(?:{stem}|{many})(?![\w-])"
        if match := re.search(pattern, text, flags):
            found.append((match.start(), -len(word), word, match.end()))
    return (min(found)[2], min(found)[0], min(found)[3]) if found else None


def _inside(node: nodes.Node) -> bool:
    while (parent := node.parent) is not None:
        if isinstance(parent, APART):
            return True
        node = parent
    return False
