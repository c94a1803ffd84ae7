"""From an equation to its code, its API entry and its tests, and back: crawled in the built book.

Which function computes which equation is read from the pages' `source` directives; everything else
from the HTML.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup

from paperbook.definitions import find
from paperbook.sphinx.sources import uses
from tests.support.smokebook import DOCUMENTS
from tests.support.tinybook import ROOT

pytestmark = pytest.mark.slow
NAME = re.compile(r"(fp|fplib|paperbook)(\.\w+)+(\(.*\))?", re.DOTALL)


def computed():
    """Pairs of the definition of a function of the library and an equation that it computes."""
    texts = (p.read_text(encoding="utf-8") for p in (ROOT / "book").glob("*.[mp][dy]"))
    pairs = {
        (find(name, ROOT).name, label)
        for text in texts
        for name, labels in uses(text)
        if name.startswith("fplib.")
        for label in labels
    }
    return sorted(pairs)


class Site:
    """Pages of the built book, and where their links lead."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pages: dict[Path, BeautifulSoup] = {}

    def page(self, file: Path) -> BeautifulSoup:
        if file not in self.pages:
            self.pages[file] = BeautifulSoup(file.read_text(encoding="utf-8"), "lxml")
        return self.pages[file]

    def follow(self, file: Path, link):
        """File and element that a link of a file leads to."""
        path, _, fragment = unquote(link["href"]).partition("#")
        target = Path(os.path.normpath(file.parent / path)) if path else file
        element = self.page(target).find(id=fragment)
        assert element is not None, f"{file.name}: {link['href']} leads nowhere"
        return target, element

    def followed(self, file: Path, links):
        """The same of several links: file -> element."""
        return [self.follow(file, link) for link in links]


@pytest.fixture(scope="module")
def site(book):
    return Site(book.folder)


@pytest.fixture(scope="module")
def equations(book, site):
    """Label of each numbered equation -> its file and element."""
    found = {}
    for name in DOCUMENTS:
        file = book.folder / f"{name}.html"
        for element in site.page(file).select('[id^="equation-"]'):
            found[element["id"].removeprefix("equation-")] = file, element
    return found


def line(entry, word):
    """Links in the line of an API entry that begins with a word."""
    told = [p for p in entry.select("p") if p.find_parent("dd") is entry]
    return [a for p in told if re.match(rf"{word}s?:", p.get_text()) for a in p.select("a")]


def code_blocks(site, equations, label):
    """File and block of the codes that stand one click from an equation."""
    file, element = equations[label]
    below = element.find_next("p", class_="equation-code")
    between = element.find_next(id=re.compile("^equation-"))
    assert below is not None, f"{label}: no code"
    assert between is None or between in below.find_all_next(), f"{label}: no code"
    return site.followed(file, below.select("a"))


def test_enough_equations_are_computed(equations):
    labels = {label for _, label in computed()}
    assert len(labels) >= 40
    assert labels <= equations.keys()


@pytest.mark.parametrize(("name", "label"), computed(), ids="-".join)
def test_an_equation_leads_to_code_entry_and_tests_and_back(site, equations, name, label):
    for file, block in code_blocks(site, equations, label):
        assert block.select(".highlight"), "code is shown"
        captions = block.select(".code-block-caption a")
        entries = [(f, e) for f, e in site.followed(file, captions) if e.name == "dt"]
        assert len(entries) == 1, "code leads to its entry"
        back = site.followed(file, captions)
        assert equations[label] in back, "code leads to its equation"
        ((place, head),) = entries
        if not head["id"].endswith(name.rpartition(".")[2]):
            continue  # of another function
        entry = head.find_next_sibling("dd")
        assert equations[label] in site.followed(place, line(entry, "Equation"))
        tests = site.followed(place, line(entry, "Test"))
        assert tests, f"{head['id']}: no tests"
        for test, _ in tests:
            links = site.page(test).select("article a:has(code)")
            assert head in [element for _, element in site.followed(test, links)]
        return
    raise AssertionError(f"{label}: no code of {name}")


def test_every_equation_of_an_entry_leads_back_to_it(site, equations):
    compared = 0
    for name in ("book/api", "book/internals"):
        file = site.folder / f"{name}.html"
        for head in site.page(file).select("dl.py > dt[id]"):
            for _, element in site.followed(file, line(head.find_next_sibling("dd"), "Equation")):
                label = element["id"].removeprefix("equation-")
                blocks = code_blocks(site, equations, label)
                captions = [
                    element
                    for place, block in blocks
                    for _, element in site.followed(place, block.select(".code-block-caption a"))
                ]
                assert head in captions, f"{label} does not lead to {head['id']}"
                compared += 1
    assert compared >= len({label for _, label in computed()})


def test_names_of_the_packages_in_prose_lead_to_the_api(book):
    linked, alone = 0, []
    for document, page in book.documents.items():
        if document == "book/whats_new":
            continue  # names of earlier versions stand there
        for code in page.select("article code"):
            if not NAME.fullmatch(code.get_text()) or code.find_parent(
                re.compile(r"^(h\d|dt|pre)$")
            ):
                continue
            if (ROOT / code.get_text()).exists():
                continue
            if code.find_parent("a"):
                linked += 1
            else:
                alone.append(f"{document}: {code.get_text()}")
    assert not alone
    assert linked > 30


def test_words_lead_to_the_glossary_once_a_page(book):
    counts = {}
    for document, page in book.documents.items():
        links = [span.find_parent("a") for span in page.select("a .std-term")]
        leading = [link["href"] for link in links if "glossary" in link["href"]]
        assert len(leading) == len(set(leading)) == len(links), document
        counts[document] = len(links)
    assert sum(counts.values()) >= 40
    assert counts["book/glossary"] == 0
