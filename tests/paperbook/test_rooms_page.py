"""The drawing of the rooms and their numbers on a page, in a small book built by Sphinx."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from paperbook.rooms import Rooms
from paperbook.sphinx.floorplan import drawing

FILES = {
    "above/__init__.py": "",
    "above/page.py": "import left.core\nimport right\n",
    "left/__init__.py": "",
    "left/core.py": "from left import base, parts\nfrom left.parts import bolt\n",
    "left/parts/__init__.py": "",
    "left/parts/bolt.py": "import left.base\n",
    "left/parts/a_nut_with_a_very_long_name.py": "\n",
    "left/base.py": "x = 1\n",
    "left/command.py": "import right\n",
    "right/__init__.py": "\n" * 1200,
    "index.md": """# Index

```{rooms} above / left right
:name: fig-rooms

The rooms, {room}`files left` files in `left`.
```

See {numref}`fig-rooms`: {room}`lines right` lines, {room}`lines left without parts` lines,
{room}`names left` names, {room}`circles` circles, {room}`upward` upwards.
""",
}
OPTIONS = {"extensions": ["myst_parser", "paperbook.sphinx.rooms"], "numfig": True}


class Book:
    """A project whose only page shows its rooms."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name, text in FILES.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)

    def build(self, builder: str = "html") -> tuple[str, list[str]]:
        """Warnings, and the documents that were read."""
        warnings = io.StringIO()
        folders = [str(self.root), None, str(self.root / builder), str(self.root / "trees")]
        with patch_docutils(), docutils_namespace():
            app = Sphinx(*folders, builder, OPTIONS, io.StringIO(), warnings)
            read: list[str] = []
            app.connect("source-read", lambda app, name, source: read.append(name))
            app.build()
        return re.sub(r"\x1b\[[\d;]*m", "", warnings.getvalue()), read

    def page(self) -> BeautifulSoup:
        """The rendered page."""
        return BeautifulSoup((self.root / "html/index.html").read_text(), "lxml")

    def write(self, name: str, text: str) -> None:
        """Change a file, so that its time changes too."""
        (self.root / name).write_text(text)
        later = (self.root / name).stat().st_mtime + 2
        os.utime(self.root / name, (later, later))


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """The project, not yet built."""
    return Book(tmp_path)


def numbers(element: Tag, *names: str) -> list[float]:
    """Attributes of a drawn element."""
    return [float(element[name]) for name in names]


def test_numbers_are_those_of_the_files(book: Book) -> None:
    assert book.build() == ("", ["index"])
    text = " ".join(book.page().select_one("section").get_text().split())
    assert "See Fig. 1: 1 200 lines, 4 lines, 4 names" in text
    assert "0 circles, 0 upwards" in text
    assert "The rooms, 7 files in left." in text


def test_both_drawings_show_every_file_and_hold_their_text(book: Book) -> None:
    book.build()
    figure = book.page().select_one("figure#fig-rooms")
    drawings = figure.select("svg")
    assert [d["class"] for d in drawings] == [["wide"], ["narrow"]]
    for d in drawings:
        assert d["aria-label"]
        shown = {text.get_text() for text in d.select("text")}
        files = {"page", "core", "parts/", "bolt", "a_nut_with_a_very_long_name", "base", "command"}
        assert files | {"above/", "left/", "right/"} <= shown
        width = float(d["viewbox"].split()[2])
        for box in d.select("rect.box, rect.file"):
            x, wide = numbers(box, "x", "width")
            assert 0 < x < x + wide < width
        letters = [(len(t.get_text()) * 6.4, t) for t in d.select("text.file")]
        assert all(long < float(t.find_previous("rect")["width"]) for long, t in letters)
    assert drawings[1]["viewbox"].split()[2] == "340"  # a telephone's page


def test_boxes_stand_above_what_they_import_and_titles_say_so(book: Book) -> None:
    book.build()
    tall = book.page().select_one("svg.narrow")
    order = [title.get_text().split(" imports ")[0] for title in tall.select("title")]
    assert order == [
        "above.page",
        "above.__init__",
        "left.core",
        "left.parts",
        "left.base",
        "left.command",
        "left.__init__",
        "right.__init__",
    ]
    words = [title.get_text() for title in tall.select("title")]
    assert "left.core imports left.base, left.parts" in words
    assert not tall.select("path.up")


def lines(d: Tag) -> list[tuple[int, int]]:
    """Boxes of `left` that each drawn line joins: rows of the start and of the end."""
    room = next(g for g in d.select("svg > g") if g.text.startswith("left/"))
    tops = [float(box["y"]) for box in room.select("rect.box")]
    found = []
    for path in room.select("path:not(.head)"):
        start, end = re.fullmatch(r"M\S+ (\S+?)H.*V(\S+?)q.*", path["d"]).groups()
        way = 4 if float(end) > float(start) else -4

        def row(y: float) -> int:
            return max(n for n, top in enumerate(tops) if top < y)

        found.append((row(float(start)), row(float(end) + way)))
    return found


def test_lines_join_importers_and_imported_without_shortcuts(tmp_path: Path) -> None:
    Book(tmp_path)
    html = drawing(Rooms(tmp_path, ["left"]), [["left"]])
    for d in BeautifulSoup(html, "lxml").select("svg"):
        assert lines(d) == [(0, 1), (1, 2)]  # core -> base follows and is left out


def test_a_line_upwards_stands_on_the_other_side_in_another_colour(tmp_path: Path) -> None:
    Book(tmp_path).write("left/base.py", "import left.core\n")
    d = BeautifulSoup(drawing(Rooms(tmp_path, ["left"]), [["left"]]), "lxml").svg
    assert len(d.select("path.up:not(.head)")) == 1
    assert lines(d) == [
        (2, 3),
        (2, 4),
        (3, 4),
        (4, 2),
    ]  # core -> parts, base; parts -> base -> core


def test_rooms_are_joined_by_what_imports_across(book: Book) -> None:
    book.build()
    for d in book.page().select("svg"):
        outside = [path for path in d.find_all("path", recursive=False) if not path.get("class")]
        assert len(outside) == 3  # above -> left, above -> right, left.command -> right


def test_a_changed_file_reads_the_page_again_and_another_does_not(book: Book) -> None:
    book.build()
    assert book.build() == ("", [])
    book.write("left/base.py", "x = 2\n")  # as many lines, the same imports
    assert book.build() == ("", [])
    book.write("left/parts/washer.py", "import left.core\n")
    assert book.build()[1] == ["index"]
    assert "0 circles, 1 upwards" in " ".join(book.page().get_text().split())
    assert "washer" in book.page().select_one("svg").get_text()


def test_a_printed_book_has_the_text(book: Book) -> None:
    assert book.build("text")[0] == ""
    text = (book.root / "text/index.txt").read_text()
    assert "import circles: none" in text
    assert "<svg" not in text


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("{rooms} above", "{rooms} abvoe", "no package 'abvoe'; there are above, left, right"),
        ("lines right", "lines rihgt", "room: .*above, left, right"),
        ("without parts", "without prats", "room: no concept left.prats"),
        ("`names left", "`nmaes left", "room: unknown number 'nmaes'"),
    ],
)
def test_what_does_not_exist_is_a_warning_with_its_line(
    book: Book, old: str, new: str, said: str
) -> None:
    text = FILES["index.md"]
    assert old in text
    book.write("index.md", text.replace(old, new))
    assert re.search(rf"index\.md:\d+: WARNING: {said}", book.build()[0])
