"""Cards that show what a link leads to: a term of the glossary, a source, an equation.

They are taken from the written pages, so that they show what these show, and stand in one script that
is loaded when the reader first rests on such a link; so they work from a disk too, and cost nothing
before.
"""

import json
import re
from collections.abc import Iterator
from html import escape
from html.parser import HTMLParser
from pathlib import Path

from sphinx.application import Sphinx

from paperbook.files import write_atomically

PLACE = "_static/press/cards-data.js"
VOID = {"br", "hr", "img", "wbr"}
DROPPED = {"a", "span"}  # tags, not what they hold: a card has no links; formulas keep theirs


class Cards(HTMLParser):
    """Collects the cards of one page.

    Attributes:
        found: id -> HTML.
    """

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._name = ""  # of the card that is being read
        self._depth = 0  # open tags within it
        self._parts: list[str] = []
        self._skipped = 0  # open tags within a link that only leads to its own place
        self._kept: list[bool] = []  # for each open tag, whether it was kept
        self._waiting = ""  # a term whose definition comes next

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a card, or add to one."""
        about = {name: value or "" for name, value in attrs}
        classes = about.get("class", "").split()
        if not self._name:
            self._begin(tag, about, classes)
            return
        if tag in VOID:
            return
        self._depth += 1
        if self._skipped or "headerlink" in classes or "eqno" in classes:
            self._skipped += 1
        kept = not self._skipped and (tag not in DROPPED or "math" in classes)
        self._kept.append(kept)
        if kept:
            shown = f' class="{escape(" ".join(classes))}"' if classes else ""
            self._parts.append(f"<{tag}{shown}>")

    def _begin(self, tag: str, about: dict[str, str], classes: list[str]) -> None:
        name = about.get("id", "")
        if tag == "dt" and name.startswith("term-"):
            self._waiting = name
        elif tag == "dd" and self._waiting:
            self._name, self._waiting = self._waiting, ""
        elif name and ("citation" in classes or name.startswith(("equation-", "term-"))):
            self._name = name
        if self._name and "math" in classes:
            self._parts.append(f'<div class="{escape(" ".join(classes))}">')

    def handle_endtag(self, tag: str) -> None:
        """End a card, or add to one."""
        if not self._name or tag in VOID:
            return
        if self._depth == 0:
            ended = "</div>" if self._parts and "math" in self._parts[0] else ""
            self.found[self._name] = ("".join(self._parts) + ended).strip()
            self._name, self._parts = "", []
            return
        self._depth -= 1
        self._skipped = max(0, self._skipped - 1)
        if self._kept.pop():
            self._parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Add words."""
        if self._name and not self._skipped:
            self._parts.append(escape(data, quote=False))


def setup(app: Sphinx) -> None:
    """Connect to the end of the build."""
    app.connect("build-finished", write_cards)


def cards(text: str) -> dict[str, str]:
    """Cards of one written page, by id."""
    reader = Cards()
    reader.feed(text)
    return reader.found


def write_cards(app: Sphinx, error: Exception | None) -> None:
    """Write the cards of all pages that links lead to."""
    if error or app.builder.name != "html":
        return
    folder = Path(app.outdir)
    every = dict(_every(app, folder))
    content = f"window.pressCards = {json.dumps(every, ensure_ascii=False)};\n"
    write_atomically(folder / PLACE, content.encode())


def _every(app: Sphinx, folder: Path) -> Iterator[tuple[str, str]]:
    pages = {name: (folder / f"{name}.html") for name in sorted(app.env.found_docs)}
    texts = {n: p.read_text(encoding="utf-8") for n, p in pages.items() if p.is_file()}
    for name, text in texts.items():
        if re.search(r'id="(term|equation)-|class="citation"', text):
            for mark, card in cards(text).items():
                yield f"{name}.html#{mark}", card
