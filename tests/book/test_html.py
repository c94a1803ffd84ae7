"""The rendered book, as its HTML says it; `test_browser.py` and others open it."""

import hashlib
import itertools
import json
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

from paperbook import pages
from tests.support.smokebook import DOCUMENTS
from tests.support.tinybook import ROOT

pytestmark = pytest.mark.slow
GLUE = re.compile(r"\{glue:text\}`(?:([\w./]+)::)?([\w.:-]+?)(?::([^:`]+))?`")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_page_has_no_failure_in_it(book, name):
    page = book.documents[name]
    assert page.find("h1"), "a page without a title"
    assert not page.select(".problematic, .system-message, mjx-merror")
    assert "Traceback (most recent call last)" not in page.get_text()
    assert not page.select(".output.stderr")
    assert "WARNING:" not in page.get_text()  # TensorFlow's go to standard output in a notebook


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_picture_is_there_and_described(book, name):
    for image in book.documents[name].select("article img"):
        assert image.get("alt", "").strip(), f"no alternative text: {image['src']}"
        assert not re.search(r"\.png$|_build|^<", image["alt"]), image["alt"]
        if not image["src"].startswith("data:"):
            file = book.folder / Path(name).parent / unquote(image["src"])
            assert file.resolve().is_file(), image["src"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_figure_is_numbered_and_in_both_schemes(book, name):
    for figure in book.documents[name].select("article figure"):
        assert figure.select_one(".caption-number"), figure.get("id")
        assert figure.select_one(".caption-text").get_text().strip()
        schemes = [
            next(c for c in image["class"] if c.startswith("only-"))
            for image in figure.select("img[class*=only-]")
        ]
        assert sorted(schemes) in ([], ["only-dark", "only-light"])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_internal_links_lead_somewhere(book, name):
    for link in book.documents[name].find_all("a", href=True):
        target = urlsplit(link["href"])
        if target.scheme or target.netloc:
            continue
        file = book.folder / Path(name).parent / unquote(target.path) if target.path else None
        file = (file or book.folder / f"{name}.html").resolve()
        assert file.exists(), f"{name}: {link['href']}"
        if target.fragment and file.suffix == ".html":
            known = _names(file)
            assert unquote(target.fragment) in known, f"{name}: {link['href']}"


def _names(file, cache={}):  # noqa: B006 the cache is the point
    if file not in cache:
        page = BeautifulSoup(file.read_text(encoding="utf-8"), "lxml")
        cache[file] = {tag["id"] for tag in page.find_all(id=True)}
    return cache[file]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_nothing_is_loaded_from_another_server(book, name):
    loaded = book.documents[name].find_all(["script", "link", "img", "iframe"])
    sources = [tag.get("src") or tag.get("href") or "" for tag in loaded]
    assert not [source for source in sources if source.startswith(("http:", "https:", "//"))]


def test_the_book_names_no_path_of_this_machine(book):
    for name, page in book.documents.items():
        assert str(ROOT) not in str(page), name
        assert str(Path.home()) + "/" not in str(page), name


def test_mathematics_is_set_by_the_script_in_the_book(book):
    with_mathematics = {n for n, page in book.documents.items() if page.select(".math")}
    loads = {n for n, page in book.documents.items() if page.select('script[src*="katex.min.js"]')}
    assert with_mathematics
    assert loads == with_mathematics
    assert not [n for n, page in book.documents.items() if page.select('script[src*="mathjax"]')]
    sums = (book.folder / "katex" / "SHA256SUMS").read_text().splitlines()
    for digest, name in map(str.split, sums):  # unchanged, as its README says
        assert hashlib.sha256((book.folder / "katex" / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("page", pages.page_names(ROOT))
def test_page_offers_its_executed_notebook(book, page):
    offered = json.loads((book.folder / "_sources" / "book" / f"{page}.ipynb").read_text())
    code = [cell for cell in offered["cells"] if cell["cell_type"] == "code"]
    assert code
    assert any(cell["outputs"] for cell in code)


def _sources():
    for name in DOCUMENTS:
        for path in (ROOT / f"{name}.md", ROOT / f"{name}.py"):
            if path.exists():
                yield name, path, path.read_text(encoding="utf-8")


def test_glued_numbers_are_those_of_the_run(book):
    compared = 0
    for name, path, text in _sources():
        shown = [span.get_text() for span in book.documents[name].select("span.pasted-text")]
        for source, key, form in GLUE.findall(text):
            stem = Path(source).stem if source else path.stem
            value = book.glue[stem][key]["data"]["text/plain"]
            expected = format(float(value), form) if form else value.strip("'")
            assert expected in shown, f"{name}: {key} is {value}, shown: {shown}"
            compared += 1
    assert compared > 10


def test_glued_metrics_are_those_of_the_record(book):
    """On a page with one record, keys that end in the name of a metric hold its value, or its percentage."""
    compared = 0
    for page, glued in book.glue.items():
        files = list((ROOT / "runs" / "smoke" / "records" / page).glob("*.json"))
        if len(files) != 1:
            continue
        metrics = json.loads(files[0].read_text())["metrics"]
        for key, metric in itertools.product(glued, metrics):
            if not key.endswith(f"-{metric}"):
                continue
            text = glued[key]["data"]["text/plain"].strip("'")
            shown, value = float(text.removesuffix(" %")), metrics[metric]
            places = len(text.removesuffix(" %").partition(".")[2])
            # a share below one is not rounded up to it
            rounded = {"abs": 1.01 * 10**-places} if text.endswith("%") else {}
            assert shown in (pytest.approx(value), pytest.approx(100 * value, **rounded)), key
            compared += 1
    assert compared >= 3
