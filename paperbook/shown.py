"""What a built page shows a reader: its prose, its code, its pictures and its numbered things.

A page is read with the parser of Python's own library, so that the audit of a book needs nothing of
what built it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

NUMBER = re.compile(r"[\N{MINUS SIGN}]?\d+(?:[.,]\d+)*|⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
# what Sphinx writes by itself, and what stands in no source as it is shown
SKIPPED = {"headerlink", "viewcode-link", "toctree-wrapper", "sd-hide-link-text", "code-of"}
CITING = {"bibtex-citation", "citation"}
COUNTED = {"caption-number", "eqno", "section-number"}
TITLED = {"doc", "std-ref", "xref", "std-doc"}  # a reference that is shown as words
GENERATED = {"py"}


@dataclass
class Shown:
    """One page.

    Attributes:
        prose: texts of prose, captions and tables, in order, each with the line of the file.
        code: texts of code and of what it printed.
        docs: texts that Sphinx took from docstrings and from lists that it made.
        signatures: texts of signatures, with defaults.
        drawings: texts in drawings.
        images: file name of each picture.
        counted: id -> number of an equation, a figure, a section, such as "1.37" or "Fig. 5.1".
        references: target -> numbers by which the text refers to it.
        citations: texts of citations.
        closing: texts of the end that the press gives a chapter.
    """

    prose: list[tuple[str, int]] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    docs: list[tuple[str, int]] = field(default_factory=list)
    signatures: list[tuple[str, int]] = field(default_factory=list)
    drawings: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    counted: dict[str, str] = field(default_factory=dict)
    references: list[tuple[str, str]] = field(default_factory=list)
    citations: list[str] = field(default_factory=list)
    closing: list[str] = field(default_factory=list)

    def numbers(self) -> Iterator[tuple[str, str, int]]:
        """Every number of the prose with the words around it and its line."""
        for text, line in self.prose:
            yield from ((number, words, line) for number, words in numbers(text))


def numbers(text: str) -> Iterator[tuple[str, str]]:
    """Every number of a text with the words around it."""
    for match in NUMBER.finditer(text):
        words = text[max(0, match.start() - 30) : match.end() + 30]
        yield match.group(), " ".join(words.split())


@functools.lru_cache(maxsize=256)
def read(html: str) -> Shown:
    """The page that a file of HTML holds."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.shown


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown = Shown()
        self.open: list[tuple[str, str]] = []  # tag, and how the text within it counts
        self.ids: list[str] = []
        self.text = ""
        self.target = ""
        self.line = 0

    @property
    def mode(self) -> str:
        return self.open[-1][1] if self.open else "outside"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "img" and self.mode not in ("outside", "skip"):
            self.shown.images.append(told.get("src", ""))
        if tag == "source" and self.mode not in ("outside", "skip"):
            self.shown.images.append(told.get("srcset", ""))
        if tag in VOID:
            return
        before = self.mode
        mode = self._mode(tag, told)
        if mode != before:
            self._finish()
        self.open.append((tag, mode))
        self.ids.append(told.get("id", ""))
        if mode != before:
            self.target = told.get("href", "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open:
            last, mode = self.open[-1]
            if len(self.open) == 1 or self.open[-2][1] != mode or last in _BLOCKS:
                self._finish()
            self.open.pop()
            self.ids.pop()
            if last == tag:
                return

    def handle_data(self, data: str) -> None:
        if not self.text:
            self.line = self.getpos()[0]
        self.text += data

    def _mode(self, tag: str, told: dict[str, str]) -> str:
        mode, classes = self.mode, set(told.get("class", "").split())
        if mode == "reference" and classes & TITLED:
            return "prose"
        if mode == "outside":
            return "prose" if tag == "article" else mode
        if mode not in ("prose", "docs"):
            return mode
        if "closing" in classes:
            return "closing"
        if classes & SKIPPED or tag in ("script", "style"):
            return "skip"
        if tag == "svg":
            return "drawings"
        if classes & COUNTED:
            return "counted"
        if classes & CITING:
            return "citation"
        if tag == "pre":
            return "code"
        if tag == "a" and {"reference", "internal"} <= classes:
            return "reference"
        if tag == "dt" and "sig" in classes:
            return "signatures"
        return "docs" if classes & GENERATED else mode

    def _finish(self) -> None:
        text, mode, self.text = self.text, self.mode, ""
        if not text.strip():
            return
        if mode in ("prose", "docs", "signatures"):
            getattr(self.shown, mode).append((text, self.line))
        elif mode in ("code", "drawings", "closing"):
            getattr(self.shown, mode).append(text)
        elif mode == "counted":
            owner = next((name for name in reversed(self.ids) if name), "")
            self.shown.counted[owner] = text.strip(" #()\n")
        elif mode == "reference":
            self.shown.references.append((self.target, text.strip(" ()\n")))
        elif mode == "citation":
            self.shown.citations.append(text)


_BLOCKS = {
    "p",
    "li",
    "td",
    "th",
    "dt",
    "dd",
    "figcaption",
    "h1",
    "h2",
    "h3",
    "h4",
    "div",
    "caption",
}
