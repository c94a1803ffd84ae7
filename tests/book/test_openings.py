"""How the built pages open and end: the landing, the box "In short", the end of a chapter, numbers."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests.support.smokebook import DOCUMENTS, TOC
from tests.support.tinybook import ROOT

pytestmark = pytest.mark.slow
CHAPTERS = [
    c["file"]
    for part in TOC["parts"]
    if part["caption"] in ("Results", "Theory", "Reproduction")
    for c in part["chapters"]
]


@pytest.mark.parametrize("name", CHAPTERS)
def test_in_short_is_short_and_says_a_number(book, name):
    (box,) = book.documents[name].select(".admonition.in-short")
    question, method, finding = box.select("p:not(.admonition-title)")
    said = [part.get_text(" ", strip=True) for part in (question, method, finding)]
    assert sum(len(re.findall(r"\w[\w.,–’'-]*", text)) for text in said) <= 60, said
    assert re.search(r"\d", said[2]), said[2]


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_ends_with_its_cost_and_what_comes_next(book, name):
    (end,) = book.documents[name].select(".closing")
    said = end.get_text(" ", strip=True)
    if (ROOT / f"{name}.py").is_file():
        assert f"papermill nb:{name}.py" in said
        assert re.search(r"\d+(\.\d)? (s|min|h)\b|less than a second", said), said
        notebook, *tables = end.select("a[download]")
        assert notebook["href"].endswith(f"{name}.ipynb")
        assert tables or "published" not in said
    place = DOCUMENTS.index(name)
    led_to = [Path(a["href"].split("#")[0]).stem for a in end.select("nav a")]
    beside = DOCUMENTS[place - 1 : place] + DOCUMENTS[place + 1 : place + 2]
    assert led_to == [Path(document).name for document in beside]


def test_the_landing_says_what_was_found_before_anything_else(book):
    page = book.documents[TOC["root"]].find("article")
    first = [tag for tag in page.find("h2").find_all_previous() if tag in page.find_all()]
    finding = next(tag for tag in first if "landing-finding" in (tag.get("class") or []))
    assert len(re.findall(r"\d+\.\d+ ?%|\d\.\d points", finding.get_text())) >= 2
    assert "PIMA" in page.find("h1").get_text()
    assert [tag for tag in first if tag.name == "img"]
    doors = page.select(".landing-doors .sd-card a")
    assert [Path(a["href"]).stem for a in doors] == ["derivation", "ledger", "quickstart"]
    about = page.select_one(".landing-about").get_text()
    for words in ("make book", "make test", "fplib developers", "MIT", "how to cite"):
        assert words in about
    assert "repository" not in about  # none is set


@pytest.mark.parametrize("name", DOCUMENTS)
def test_numbers_have_one_minus_and_powers_of_ten(book, name):
    page = BeautifulSoup(str(book.documents[name].find("article")), "lxml")
    for code in page.select("pre, code, .math, dl.py, svg, script, .dataframe"):
        code.decompose()
    text = " ".join(page.stripped_strings)
    assert not re.findall(r"(?<![\w\N{MINUS SIGN}–-])-\d[\d.]*", text)
    assert not re.findall(r"\b\d+(?:\.\d+)?e[-+]?\d+\b", text)
