"""The built book as one PDF: its pages joined in the order of the contents, printed by Chromium.

It is printed twice, because the pages on which chapters begin are known only after the first time.
"""

from __future__ import annotations

import posixpath
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml
from pypdf import PdfReader

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--allow-file-access-from-files",
    "--no-pdf-header-footer",
    "--generate-pdf-document-outline",
    "--virtual-time-budget=120000",
]
ARTICLE = re.compile(r"<article[^>]*>(.*)</article>", re.DOTALL)
DARK = re.compile(r'<img[^>]*class="[^"]*only-dark[^>]*>')
SCRIPT = re.compile(r"<script.*?</script>", re.DOTALL)
LINKED = re.compile(r'\b(id|for|aria-labelledby|aria-describedby|href|src)="([^"]*)"')
STYLES = re.compile(r'<link rel="stylesheet"[^>]*href="([^"?]*)[^>]*>|<link href="([^"?]*)[^>]*')
TITLE = re.compile(r"<h1>(.*?)<a class=\"headerlink|<h1>(.*?)</h1>", re.DOTALL)
FIT = """addEventListener("load", () => document.fonts.ready.then(() => {
  for (const table of document.querySelectorAll("table"))
    for (let size = 8; table.offsetWidth > table.parentElement.clientWidth + 1 && size > 4; size -= 0.5)
      table.style.fontSize = `${size}pt`;
}));"""
SHEET = """@page { size: A4; margin: 20mm 16mm; @bottom-right { content: counter(page);
  font: 9pt sans-serif; } }
@page front { @bottom-right { content: ""; } }
html, body { background: #fff; margin: 0; overflow: visible; }
body { width: 178mm; }
.bd-article-container { max-width: none; padding: 0; width: 178mm; display: block; }
.pdf-front { page: front; }
.pdf-front h1 { font-size: 30pt; margin: 60mm 0 6mm; }
.pdf-contents { break-before: page; }
.pdf-contents p { margin: 4mm 0 1mm; font-weight: 600; }
.pdf-contents a { display: flex; justify-content: space-between; color: #000; text-decoration: none; }
"""


@dataclass
class Chapter:
    """One page of the book.

    Attributes:
        name: of the document, such as book/data.
        part: caption of its part of the contents.
        title: with its number.
        body: HTML of the article.
    """

    name: str
    part: str
    title: str
    body: str


def write(root: Path, html: Path, target: Path) -> int:
    """Print a built book.

    Args:
        root: of the book.
        html: folder of the built pages.
        target: the PDF.

    Returns:
        The number of pages.

    Raises:
        FileNotFoundError: the book is not built, or there is no Chromium.
    """
    program = chromium()
    if program is None:
        raise FileNotFoundError("a PDF needs Chromium; install it (Debian: chromium)")
    found = list(chapters(root, html))
    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    joined = html / "book-in-one.html"  # beside the pages, so that what they show is found
    target.parent.mkdir(parents=True, exist_ok=True)
    starts: Mapping[str, int] = {}
    try:
        for _ in range(2):
            joined.write_text(join(config, found, html, starts), encoding="utf-8")
            _print(program, joined, target)
            reader = PdfReader(target)
            starts = _starts(reader, found)
    finally:
        joined.unlink(missing_ok=True)
    return len(reader.pages)


def chromium() -> str | None:
    """Path of Chromium, or None on a machine without it."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def chapters(root: Path, html: Path) -> Iterator[Chapter]:
    """The pages in the order of the table of contents."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    parts = toc.get("parts") or [{"caption": "", "chapters": toc.get("chapters", [])}]
    listed = [(c["file"], part["caption"]) for part in parts for c in part["chapters"]]
    for name, part in [(toc["root"], ""), *listed]:
        path = html / f"{name}.html"
        if not path.is_file():
            raise FileNotFoundError(f"{path}: the book is not built; `make book` builds it")
        article = ARTICLE.search(path.read_text(encoding="utf-8"))
        body = DARK.sub("", SCRIPT.sub("", article[1] if article else ""))
        body = body.replace(' loading="lazy"', "").replace(
            '<details class="sd-', '<details open class="sd-'
        )
        title = TITLE.search(body)
        words = unescape(re.sub(r"<[^>]*>", "", title[1] or title[2])) if title else name
        yield Chapter(name, part, " ".join(words.split()), body)


def join(config: Mapping, found: Sequence[Chapter], html: Path, starts: Mapping[str, int]) -> str:
    """All chapters as one page.

    Args:
        config: of the book.
        found: its chapters.
        html: folder of the built pages.
        starts: name -> page on which a chapter begins, as far as it is known.
    """
    marks = {chapter.name: f"chapter-{n}" for n, chapter in enumerate(found)}
    bodies, heads = [], []
    for chapter in found:
        mark = marks[chapter.name]
        heads.append(
            f"@page {mark} {{ @top-left {{ content: {_quoted(chapter.title)}; "
            f"font: 9pt sans-serif; color: #555; }} }}\n#{mark} {{ page: {mark}; }}"
        )
        bodies.append(f'<section id="{mark}">{_moved(chapter, marks)}</section>')
    first = (html / f"{found[0].name}.html").read_text(encoding="utf-8")
    here = posixpath.dirname(found[0].name)
    styles = [posixpath.normpath(posixpath.join(here, a or b)) for a, b in STYLES.findall(first)]
    links = "".join(f'<link rel="stylesheet" href="{s}">' for s in styles if s.endswith(".css"))
    printed = html / "_static" / "press" / "print.css"
    paper = (
        printed.read_text("utf-8").replace("@media print", "@media all")
        if printed.is_file()
        else ""
    )
    scripts = "".join(
        f'<script defer src="{name}"></script>'
        for name in ("katex/katex.min.js", "_static/press/mathematics.js")
        if (html / name).is_file()
    )
    title, author = escape(config.get("title", "")), escape(config.get("author", ""))
    return (
        f'<!DOCTYPE html><html lang="en" data-theme="light" data-mode="light"><head>'
        f'<meta charset="utf-8"><title>{title}</title>{links}'
        f"<style>{paper}{SHEET}{''.join(heads)}</style>{scripts}<script>{FIT}</script></head>"
        f'<body><div class="bd-article-container"><div class="pdf-front"><h1>{title}</h1>'
        f"<p>{author}</p>{_contents(found, marks, starts)}</div>{''.join(bodies)}</div></body></html>"
    )


def _contents(found: Sequence[Chapter], marks: Mapping[str, str], starts: Mapping[str, int]) -> str:
    lines, part = [], ""
    for chapter in found:
        if chapter.part != part:
            part = chapter.part
            lines.append(f"<p>{escape(part)}</p>")
        page = starts.get(chapter.name, "")
        title = escape(chapter.title)
        lines.append(
            f'<a href="#{marks[chapter.name]}"><span>{title}</span><span>{page}</span></a>'
        )
    return f'<nav class="pdf-contents">{"".join(lines)}</nav>'


def _moved(chapter: Chapter, marks: Mapping[str, str]) -> str:
    """A chapter's body, with names that are its own among all chapters."""
    mark, here = marks[chapter.name], posixpath.dirname(chapter.name)

    def moved(found: re.Match) -> str:
        kind, value = found.groups()
        if kind not in ("href", "src"):
            return f'{kind}="{" ".join(f"{mark}-{name}" for name in value.split())}"'
        address = urlsplit(value)
        if address.scheme or address.netloc:
            return found[0]
        path = posixpath.normpath(posixpath.join(here, unquote(address.path)))
        if kind == "src":
            return f'src="{escape(path)}"'
        target = marks.get(path.removesuffix(".html")) if address.path else mark
        if target is None:
            return ""  # leads to a file that no PDF has
        return f'href="#{target}-{address.fragment}"' if address.fragment else f'href="#{target}"'

    return LINKED.sub(moved, chapter.body)


def _print(program: str, page: Path, target: Path) -> None:
    with tempfile.TemporaryDirectory() as profile:
        words = [program, *OPTIONS, f"--user-data-dir={profile}", f"--print-to-pdf={target}"]
        done = subprocess.run(
            [*words, page.as_uri()], capture_output=True, text=True, check=False, timeout=900
        )
    if done.returncode or not target.is_file():
        raise RuntimeError(f"Chromium printed nothing: {done.stderr[-500:]}")


def _starts(reader: PdfReader, found: Sequence[Chapter]) -> dict[str, int]:
    """Name of each chapter -> its first page, counted from one."""
    places = reader.named_destinations
    starts = {}
    for n, chapter in enumerate(found):
        place = places.get(f"chapter-{n}") or places.get(f"/chapter-{n}")
        page = reader.get_destination_page_number(place) if place is not None else None
        if page is not None:
            starts[chapter.name] = page + 1
    return starts


def _quoted(words: str) -> str:
    """A text as a string of CSS in a page."""
    return '"' + words.replace("\\", "\\\\").replace('"', "\\22 ").replace("<", "\\3c ") + '"'
