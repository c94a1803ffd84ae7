"""What prose and API entries lead to by themselves: names, words, tests; in a small book."""

import pytest

from paperbook.sphinx.glossary import first, words
from paperbook.usages import Usages
from tests.support.smallbook import SmallBook

GLOSSARY = """\
# Glossary

| letter | meaning |
|---|---|
| $s$ | a side |

| word | meaning |
|---|---|
| **area** | what a *square* covers |
| **side**, **edge** | where it ends; `squares.area` |
| **SI** | metres |
"""
FILES = {
    "squares/__init__.py": '"""Squares."""\n\nfrom squares.inner import Square, area\n\n'
    '__all__ = ["Square", "area"]\n',
    "squares/inner.py": """\
def area(side):
    '''Area of a square.'''
    return side**2


def untested(side):
    '''No test of this.'''


class Square:
    '''A square.'''

    def double(self):
        '''Twice as large.'''

    def copy(self):
        '''The same.'''
""",
    "tests/test_inner.py": "import squares as sq\n\n\ndef test_area():\n    assert sq.area(2) == 4\n",
    "tests/test_more.py": """\
from squares import inner
from tests.helpers import square

CHECKS = {"area": []}


def test_double():
    assert inner.area(1) == 1
    square().double()
    [].copy()
""",
    "tests/helpers.py": "from squares import Square\n\n\ndef square():\n    return Square()\n",
    "tests/test_copy.py": "def test_copy():\n    assert [].copy() == []\n",
    "GLOSSARY.md": GLOSSARY,
    "index.md": "# Index\n\n```{toctree}\nbook/api\nbook/prose\nbook/glossary\n```\n",
    "book/api.md": "# API\n\n```{eval-rst}\n.. automodule:: squares\n   :members:\n"
    "   :undoc-members:\n   :imported-members:\n"
    ".. automodule:: squares.inner\n   :members: untested\n```\n",
    "book/prose.md": "# The area\n\nAn area and its side, more areas, two edges; si, SI. An area-wise **edge**.\n\n"
    "`sq.area(side=2)`, `squares.inner.area`, `squares`, `numpy.array`, `GLOSSARY.md`.\n",
    "book/glossary.md": "```{include} ../GLOSSARY.md\n```\n",
}


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    return SmallBook(tmp_path, FILES)


def links(page, kind):
    """Text and target of the links around elements of a kind."""
    found = page.select(f"article a:has({kind}), div.body a:has({kind})")
    return [(link.get_text(), link["href"]) for link in found]


def test_names_of_the_packages_lead_to_the_api_and_others_do_not(book):
    assert book.build()[0] == ""
    assert links(book.html("prose"), "code") == [
        ("sq.area(side=2)", "api.html#squares.area"),
        ("squares.inner.area", "api.html#squares.area"),
    ]


def test_a_name_that_leads_nowhere_is_a_warning_but_for_pages_of_history(book):
    book.edit("index.md", "# Index\n", "# Index\n\n`sq.old`\n")
    assert book.build()[0] == ""
    book.edit("book/prose.md", "`sq.area(side=2)`", "`sq.arae`")
    assert "squares.arae" in book.build()[0]


def test_the_first_use_of_a_word_on_a_page_leads_to_the_glossary(book):
    assert book.build()[0] == ""
    assert links(book.html("prose"), ".std-term") == [
        ("area", "glossary.html#term-area"),
        ("edges", "glossary.html#term-edge"),
        ("SI", "glossary.html#term-si"),
    ]


def test_the_rows_of_the_glossary_are_entries(book):
    book.build()
    page = book.html("glossary")
    entries = page.select_one("dl.glossary")
    assert [t.get_text().rstrip("#¶") for t in entries.select("dt")] == [
        "area",
        "side",
        "edge",
        "SI",
    ]
    assert page.find(id="term-edge").name == "dt"
    assert entries.select_one("dd em").get_text() == "square"
    assert len(page.select("table")) == 1  # of letters
    assert not page.select("a .std-term")


def test_another_word_reads_all_pages_again(book):
    book.build()
    assert book.build()[1] == []
    book.edit("GLOSSARY.md", "| **SI** |", "| **two** |")
    assert "book/prose" in book.build()[1]
    assert ("two", "glossary.html#term-two") in links(book.html("prose"), ".std-term")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No modality of two modalities", ("modality", 3, 11)),
        ("Modalities.", ("modality", 0, 10)),
        ("a mixture of experts", ("mixture of experts", 2, 20)),
        ("two experts", ("expert", 4, 11)),
        ("em, EM", ("EM", 4, 6)),
        ("expertise, multi-expert", None),
    ],
)
def test_words_are_found_in_the_plural_and_the_longest_first(text, expected):
    assert first(text, ["expert", "modality", "mixture of experts", "EM"]) == expected


def test_words_of_a_table_are_those_in_bold_of_its_first_column():
    assert words(GLOSSARY) == ["area", "side", "edge", "SI"]


def test_an_entry_names_the_files_that_test_it_its_own_first(book):
    assert book.build()[0] == ""
    api = book.html("api")
    entry = api.find(id="squares.area").find_next("dd")
    line = next(p for p in entry.select("p") if p.get_text().startswith("Tests:"))
    assert [(a.get_text(), a["href"]) for a in line.select("a")] == [
        ("tests/test_inner.py", "../_tests/test_inner.html#L-5"),
        ("tests/test_more.py", "../_tests/test_more.html#L-4"),
    ]
    assert "Tests" not in api.find(id="squares.inner.untested").find_next("dd").get_text()


def test_the_page_of_a_test_file_leads_back(book):
    book.build()
    page = book.page("_tests/test_more")
    assert [(a.get_text(), a["href"]) for a in page.select("p a:has(code)")] == [
        ("squares.Square.copy", "../book/api.html#squares.Square.copy"),
        ("squares.Square.double", "../book/api.html#squares.Square.double"),
        ("squares.area", "../book/api.html#squares.area"),
    ]
    assert page.find(id="L-8").find_next(class_="k").get_text() == "assert"


def test_another_test_reads_the_api_again(book):
    book.build()
    book.edit("tests/test_copy.py", "[].copy() == []", "True")
    assert book.build()[1] == []
    book.edit("tests/test_inner.py", "def test_area", "import squares.inner\n\n\ndef test_area")
    assert book.build()[1] == ["book/api"]  # its line is another


def test_uses_are_counted(tmp_path):
    root = SmallBook(tmp_path, FILES).root
    used = Usages(root)
    uses = [(use.path, use.line, use.count) for use in used.of("squares.inner.area")]
    assert uses == [("tests/test_inner.py", 5, 1), ("tests/test_more.py", 4, 2)]
    assert [use.path for use in used.of("squares.inner.Square.double")] == ["tests/test_more.py"]
    assert [use.path for use in used.of("squares.inner.Square.copy")] == ["tests/test_more.py"]
    assert used.of("squares.inner.untested") == []
    assert Usages(root, "nowhere").of("squares.inner.area") == []
