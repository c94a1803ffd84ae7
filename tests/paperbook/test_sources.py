"""Code beside its equations, and the API that leads back, in a small book built by Sphinx."""

import re

import pytest

from paperbook.sphinx.sources import uses
from tests.support.smallbook import SmallBook

FILES = {
    "squares/__init__.py": '"""Squares."""\n\nfrom squares.inner import area\n\n__all__ = ["area"]\n',
    "squares/inner.py": '''\
"""Inside."""


def area(side):
    """Area of a square.

    What there is:

    - `side`: its `length`, *not* squared, of q(a|b)
    - `top.<name>`: more

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


@pytest.fixture
def book(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    return SmallBook(tmp_path, FILES)


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


def test_under_an_equation_stand_its_codes_those_of_its_page_first(book):
    book.build()
    first, second = book.html("first"), book.html("second")
    lines = first.select("p.equation-code")
    assert [line.get_text() for line in lines] == ["code: area, area", "code: area"]
    links = [link["href"] for link in lines[0].select("a")]
    assert links == ["#source-squares-area", "second.html#source-squares-inner-area"]
    assert first.find(id="source-squares-area").select(".highlight")
    assert second.find(id="source-squares-inner-area").select(".highlight")
    before = lines[0].find_previous_sibling()
    assert "eq-area" in (before.get("id") or "")


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


def test_a_docstring_is_plain_text_with_code_in_it(book):
    book.build()
    listed = book.html("api").find(id="squares.area").find_next("ul")
    assert [item.get_text().strip() for item in listed.select("li")] == [
        "side: its length, *not* squared, of q(a|b)",
        "top.<name>: more",
    ]
    assert [c.get_text() for c in listed.select("code")] == ["side", "length", "top.<name>"]


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
    assert sorted(read) == ["book/api", "book/first", "book/second"]
    entry = book.html("api").find(id="squares.inner.diagonal").find_next("dd")
    assert "Equation: (2.2)" in entry.get_text()
    assert book.html("first").select("p.equation-code")[1].get_text() == "code: area, diagonal"


def test_uses_are_found_in_prose_and_in_scripts():
    text = (
        "```{source} a.b\n:equations: one two\n```\n# ```{source} c.d\n# :equations: three\n# ```\n"
    )
    assert list(uses(text)) == [("a.b", ["one", "two"]), ("c.d", ["three"])]
    assert list(uses(":::{source} a.b\n:::\n```{sources} a.c\n```")) == [("a.b", [])]
