"""A built book beside its sources, its stored runs and the records that these read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from paperbook import closing, compare, derived, manifest, pages, rooms, seals, shown, workspace
from paperbook.finding import Finding
from paperbook.manifest import Manifest, Texts

Cells = Sequence[Mapping[str, Any]]


class Built:
    """One built book.

    Args:
        root: of the book.
        html: folder of the built pages.
        memo: calls a function, or knows what it gave.
    """

    def __init__(self, root: Path, html: Path, memo: Callable[..., Any]) -> None:
        self.root, self.html, self.memo = root, html, memo
        self.written = seals.written(html) or {}
        about = seals.sealed(html)
        self.seal = about["files"] if about else None
        self.profile = about["profile"] if about else self._guessed()
        self.runs = workspace.runs(root, self.profile)

    def findings(self) -> Iterator[Finding]:
        """All that is wrong with the built pages."""
        if self.seal is None:
            yield Finding("seal", self.html.name, "the built book has no sums", serious=False)
        else:
            for name, what in seals.broken(self.html, self.seal):
                yield Finding("seal", name, what)
        yield from self._fresh()
        for page in self.sources:
            if page not in self.shown:
                yield Finding("seal", f"book/{page}.html", "is listed and not there")
                continue
            try:
                yield from self._page(page)
            except manifest.GlueError as error:
                yield Finding("numbers", self._place(page), str(error))
        pictures = {p.name for p in self.html.glob("_images/*")}
        for name in sorted(pictures - self._wanted()):
            yield Finding("pictures", f"_images/{name}", "belongs to no run of this book")

    def _fresh(self) -> Iterator[Finding]:
        """Pages whose stored run is not of the present code, parameters and records."""
        keys = self.memo(derived.keys, self.root, self.profile, self.code, self._read())
        unsigned = 0
        for page, run in self.manifests.items():
            place = f"runs/{self.profile}/{page}.ipynb"
            document = f"book/{page}"
            if document not in self.written:
                continue
            if run is None:
                yield Finding("runs", place, "is gone, and the built page shows it")
                continue
            if keys[page] != run.key:
                yield Finding("runs", place, "is of other code, parameters or records than these")
            if self.written[document] != run.key:
                yield Finding("runs", self._place(page), "shows another run than the stored one")
            unsigned += run.digest is None
            if run.digest not in (None, run.computed):
                yield Finding("runs", place, "was changed after it was executed")
        if unsigned:
            message = f"{unsigned} stored runs are older than digests"
            yield Finding("runs", f"runs/{self.profile}", message, serious=False)
        for path in sorted(self.runs.glob("records/*/[!.]*.json")):
            error = self.memo(derived.unreadable, path, path.read_bytes())
            if error:
                yield Finding("runs", path.relative_to(self.root).as_posix(), error)

    def _page(self, page: str) -> Iterator[Finding]:
        """What one page shows that it should not."""
        place, cells, run = self._place(page), self.cells[page], self.manifests.get(page)
        here = self.shown[page]
        expected = manifest.expected(page, cells, run, self.texts)
        automatic = any("eval-rst" in cell["source"] for cell in cells)
        yield from compare.page_numbers(place, expected, here, self.documented if automatic else ())
        yield from compare.docstrings(place, here, self.documented)
        yield from compare.code(place, here, self.lines | self._lines(page))
        ending = closing.of(self.root, f"book/{page}", run)
        yield from compare.closing(place, ending.words() if ending else "", here)
        yield from compare.pictures(place, here, run, self.pictures)
        yield from compare.counted(place, here, self.chapters.get(page, ""))
        yield from compare.drawings(place, here, self._drawn(cells))
        yield from compare.references(place, page, self.shown)
        yield from compare.citations(place, here, self.bibliography)

    def _place(self, page: str) -> str:
        return f"{self.html.name}/book/{page}.html"

    def _guessed(self) -> str:
        """The profile whose stored runs the pages show, of a book that names none."""
        for folder in sorted((self.root / "runs").glob("[a-z]*")):
            for document, key in self.written.items():
                path = folder / f"{Path(document).name}.ipynb"
                if path.is_file() and key in path.read_text(encoding="utf-8"):
                    return folder.name
        return workspace.DEFAULT_PROFILE

    @cached_property
    def sources(self) -> dict[str, Path]:
        """Source of every page that was built."""
        book = self.root / "book"
        named = {p.stem for p in self.html.glob("book/*.html")} | {
            Path(document).name for document in self.written
        }
        found = sorted([*book.glob("*.py"), *book.glob("*.md")])
        return {path.stem: path for path in found if path.stem in named}

    @cached_property
    def shown(self) -> dict[str, shown.Shown]:
        """Every built page."""
        paths = {page: self.html / "book" / f"{page}.html" for page in self.sources}
        return {
            page: self.memo(shown.read, path.read_text(encoding="utf-8"))
            for page, path in paths.items()
            if path.is_file()
        }

    @cached_property
    def cells(self) -> dict[str, Cells]:
        """Cells of every page."""
        return {
            p: self.memo(derived.cells, path, path.read_bytes()) for p, path in self.sources.items()
        }

    @cached_property
    def manifests(self) -> dict[str, Manifest | None]:
        """The stored run of every page that has one."""
        paths = {p: self.runs / f"{p}.ipynb" for p, s in self.sources.items() if s.suffix == ".py"}
        return {
            page: self.memo(derived.manifest, path.read_bytes()) if path.is_file() else None
            for page, path in paths.items()
        }

    @cached_property
    def texts(self) -> Texts:
        """What turns texts into what they show."""
        glued = {page: run.glued for page, run in self.manifests.items() if run}
        headings = {page: manifest.words(cells) for page, cells in self.cells.items()}
        made: dict[str, Callable[[str], str]] = {
            "room": lambda words: rooms.number(self.drawn, words.split()),
            "rooms": lambda _: "",
            "include": lambda name: (self.root / "book" / name.strip()).read_text("utf-8"),
            "nb-exec-table": lambda _: "\n".join(self._executed()),
        }
        return Texts(glued, manifest.titles(headings), made)

    def _executed(self) -> Iterator[str]:
        """Lines of the table of executed pages."""
        for page, run in self.manifests.items():
            if run is not None:
                made = (self.runs / f"{page}.ipynb").stat().st_mtime
                when = datetime.fromtimestamp(made).strftime("%Y-%m-%d %H:%M")
                yield f"book/{page} {when} {round(run.seconds, 2)}"

    @cached_property
    def code(self) -> tuple[tuple[Path, bytes], ...]:
        """Every file of Python of the book's packages."""
        folders = {*rooms.packages(self.root), "book"}
        paths = sorted(p for name in folders for p in (self.root / name).rglob("*.py"))
        return tuple((path, path.read_bytes()) for path in paths)

    @cached_property
    def drawn(self) -> rooms.Rooms:
        """The book's packages."""
        return self.memo(derived.rooms, self.root, self.code)

    def _drawn(self, cells: Cells) -> list[str]:
        """Texts of the drawings that a page asks for."""
        asked = re.findall(r"^`{3,}\{rooms\} (.+)$", manifest.words(cells), re.MULTILINE)
        if not asked:
            return []
        from paperbook.sphinx import floorplan

        rows = ([row.split() for row in line.split("/")] for line in asked)
        pictures = (floorplan.drawing(self.drawn, row) for row in rows)
        return [t for svg in pictures for t in shown.read(f"<article>{svg}</article>").drawings]

    @cached_property
    def chapters(self) -> dict[str, str]:
        """Numbers of the pages that the table of contents numbers."""
        path = self.root / "_toc.yml"
        parts = yaml.safe_load(path.read_text("utf-8")).get("parts", []) if path.is_file() else []
        named = [c["file"] for part in parts if part.get("numbered") for c in part["chapters"]]
        return {Path(name).name: str(number) for number, name in enumerate(named, start=1)}

    @cached_property
    def library(self) -> tuple[bytes, ...]:
        """The files of Python that are no pages."""
        book = self.root / "book"
        return tuple(content for path, content in self.code if path.parent != book)

    @cached_property
    def documented(self) -> set[compare.Context]:
        """Contexts of the numbers of docstrings and signatures."""
        return self.memo(derived.documented, self.library)

    @cached_property
    def lines(self) -> set[str]:
        """Lines of code that the book may show."""
        words = [*self.root.glob("*.md"), *(self.root / "book").glob("*.md")]
        texts = tuple(path.read_bytes() for path in sorted(words))
        return self.memo(derived.lines, self.library + texts)

    def _lines(self, page: str) -> set[str]:
        """Lines of a page's own code, of what it printed, and of its parameters."""
        run = self.manifests.get(page)
        texts = [cell["source"] for cell in self.cells[page]]
        texts += run.printed if run else []
        for cell in self.cells[page]:
            if run and pages.is_parameters(cell):
                texts.append(pages.with_values(cell["source"], run.parameters))
        return {compare.squeezed(line) for text in texts for line in text.splitlines()}

    @cached_property
    def pictures(self) -> dict[str, bytes]:
        """Name and content of every picture of the built book."""
        return {path.name: path.read_bytes() for path in self.html.glob("_images/*")}

    def _read(self) -> tuple[tuple[Path, bytes], ...]:
        """Everything besides code that the runs of pages may depend on."""
        folders = (self.root / name for name in ("book", "params", "results"))
        found = [p for folder in folders for p in folder.rglob("*.*") if p.suffix != ".py"]
        return tuple((p, p.read_bytes()) for p in sorted(found) if p.is_file())

    def _wanted(self) -> set[str]:
        """Names of the pictures of all stored runs, and of those that lie beside the pages."""
        beside = {p.name for p in (self.root / "book").rglob("*.*") if p.suffix != ".py"}
        runs = [run for run in self.manifests.values() if run]
        return beside.union(*(compare.names(run) for run in runs))

    @cached_property
    def bibliography(self) -> str:
        """The book's sources."""
        return "\n".join(p.read_text("utf-8") for p in sorted(self.root.glob("*.bib")))
