"""Code beside its equations, and the API that leads back, in a small book built by Sphinx."""

import io
import os
import re
import sys

import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from paperbook.sphinx.sources import uses

FILES = {
    "squares/__init__.py": '"""Squares."""\n\nfrom squares.inner import area\n\n__all__ = ["area"]\n',
    "squares/inner.py": '''\
"""Inside."""


def area(side):
    """Area of a square.

    | name | meaning of q(a|b) |
    |---|---|
    | `side` | its `length`, *not* squared |

    Args:
        side: metres.
    """
    return side**2


def diagonal(side):
    """Of a square."""
    return 2**0.5 * side
''',
    "book/helper.py": '"""Helper."""\n\n\ndef helped():\n    """Helped."""\n    return 1\n',
    "index.md": "# Index\n\n```{toctree}\n:numbered:\nbook/api\nbook/first\nbook/second\n```\n",
    # the API is read first
    "book/api.md": "# API\n\n```{eval-rst}\n.. automodule:: squares\n   :members:\n"
    ".. automodule:: squares.inner\n   :members: diagonal\n```\n",
    "book/first.md": "# First\n\n$$\na=s^2\n$$ (eq-area)\n\n$$\nb=s\n$$ (eq-side)\n\n"
    "```{source} squares.area\n:equations: eq-area eq-side\n```\n\n"
    "See {func}`squares.area`, {func}`squares.inner.area`.\n",
    "book/second.md": "# Second\n\n```{source} squares.inner.area\n:equations: eq-area\n```\n\n"
    "```{source} squares.inner.diagonal\n```\n\n```{source} book.helper.helped\n```\n",
}
OPTIONS = {
    "extensions": [
        "myst_parser",
        "sphinx.ext.autodoc",
        "sphinx.ext.napoleon",
        "paperbook.sphinx.docstrings",
        "paperbook.sphinx.sources",
    ],
    "myst_enable_extensions": ["dollarmath"],
    "numfig": True,
    "add_module_names": False,
}


class Book:
    def __init__(self, root):
        self.root = root
        for name, text in FILES.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def build(self):
        """Warnings and the documents that were read."""
        for name in [n for n in sys.modules if n.split(".")[0] == "squares"]:
            del sys.modules[name]
        warnings, status = io.StringIO(), io.StringIO()
        folders = [str(self.root), None, str(self.root / "html"), str(self.root / "trees")]
        with patch_docutils(), docutils_namespace():
            app = Sphinx(*folders, "html", OPTIONS, status, warnings)
            read = []
            app.connect("source-read", lambda app, name, source: read.append(name))
            app.build()
        return warnings.getvalue(), read

    def html(self, page):
        text = (self.root / "html" / "book" / f"{page}.html").read_text()
        return BeautifulSoup(text, "lxml")

    def edit(self, name, old, new):
        path = self.root / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        later = path.stat().st_mtime + 2  # Sphinx compares times of modification
        os.utime(path, (later, later))


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    return Book(tmp_path)


def blocks(page):
    return page.select(".library-source")


def test_code_stands_under_links_to_its_api_and_to_its_equations(book):
    warnings, _ = book.build()
    assert warnings == ""
    (block,) = blocks(book.html("first"))
    caption = block.select_one(".code-block-caption")
    assert caption.get_text() == "squares.area, code of (2.1), (2.2)"
    assert [link["href"] for link in caption.select("a")] == [
        "api.html#squares.area",
        "#equation-eq-area",
        "#equation-eq-side",
    ]
    assert block.select_one(".highlight").get_text().strip() == (
        "def area(side):\n    return side**2"
    )
    assert block.select(".highlight .k")  # keywords are marked


def test_the_api_leads_back_from_whatever_page_it_is_read_before(book):
    book.build()
    entry = book.html("api").find(id="squares.area").find_next("dd")
    line = next(p for p in entry.select("p") if p.get_text().startswith("Equations:"))
    assert line.get_text() == "Equations: (2.1), (2.2)"
    assert [link["href"] for link in line.select("a")] == [
        "first.html#equation-eq-area",
        "first.html#equation-eq-side",
    ]
    other = book.html("api").find(id="squares.inner.diagonal").find_next("dd")
    assert "Equations" not in other.get_text()


def test_names_lead_to_the_api_entry_of_the_same_function(book):
    assert book.build()[0] == ""
    roles = [a for a in book.html("first").select("p a.reference") if "()" in a.get_text()]
    assert [link["href"] for link in roles] == 2 * ["api.html#squares.area"]
    captions = book.html("second").select(".code-block-caption")
    assert captions[0].a["href"] == "api.html#squares.area"  # called squares.inner.area here
    assert captions[1].a["href"] == "api.html#squares.inner.diagonal"


def test_code_of_the_pages_themselves_needs_no_api_entry(book):
    warnings, _ = book.build()
    assert warnings == ""
    caption = blocks(book.html("second"))[2].select_one(".code-block-caption")
    assert caption.get_text() == "book.helper.helped"
    assert not caption.select("a")


def test_a_table_in_a_docstring_is_a_table(book):
    book.build()
    table = book.html("api").find(id="squares.area").find_next("table")
    rows = [[c.get_text() for c in row.select("td, th")] for row in table.select("tr")]
    assert rows == [["name", "meaning of q(a|b)"], ["side", "its length, *not* squared"]]
    assert [c.get_text() for c in table.select("code")] == ["side", "length"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "} squares.area",
            "} squares.arae",
            r"unknown name 'squares\.arae': did you mean 'squares",
        ),
        (":equations: eq-area", ":equations: eq-nothing", "eq.*eq-nothing"),
        ("{source} squares.area", "{source} json.dumps", r"json\.dumps"),  # no API entry
    ],
)
def test_what_leads_nowhere_is_a_warning_with_its_line(book, old, new, expected):
    book.edit("book/first.md", old, new)
    warnings, _ = book.build()
    text = re.sub(r"\x1b\[[\d;]*m", "", warnings)
    assert re.search(rf"first\.md:11: WARNING: .*{expected}", text)
    assert "second.md" not in text


def test_an_edit_of_the_code_reads_again_the_pages_that_show_it(book):
    book.build()
    assert book.build() == ("", [])
    book.edit("squares/inner.py", "return side**2", "return side * side")
    _, read = book.build()
    assert sorted(read) == ["book/api", "book/first", "book/second"]
    assert "side * side" in blocks(book.html("first"))[0].get_text()


def test_another_equation_reads_the_api_again(book):
    book.build()
    book.edit("book/second.md", "diagonal\n", "diagonal\n:equations: eq-side\n")
    _, read = book.build()
    assert sorted(read) == ["book/api", "book/second"]
    entry = book.html("api").find(id="squares.inner.diagonal").find_next("dd")
    assert "Equations: (2.2)" in entry.get_text()


def test_uses_are_found_in_prose_and_in_scripts():
    text = (
        "```{source} a.b\n:equations: one two\n```\n# ```{source} c.d\n# :equations: three\n# ```\n"
    )
    assert list(uses(text)) == [("a.b", ["one", "two"]), ("c.d", ["three"])]
    assert list(uses(":::{source} a.b\n:::\n```{sources} a.c\n```")) == [("a.b", [])]
