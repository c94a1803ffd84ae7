"""The extension on a tiny book, built by the command that a reader types."""

import json
import re

import pytest
from bs4 import BeautifulSoup

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def built(tiny):
    """The tiny book, built once."""
    done = tiny.build()
    assert done.returncode == 0, done.stdout + done.stderr
    assert tiny.executed() == ["measure quick 3.0", "show"]  # though "show" stands first
    assert tiny.numbers() == ["6.00", "6.00"]
    return tiny


@pytest.fixture
def book(built):
    """The built book; edits of a test are taken back."""
    texts = {path: path.read_text() for path in built.sources()}
    built.executed()
    yield built
    for path, text in texts.items():
        if path.read_text() != text:
            path.write_text(text)


def reason(done):
    """The last line that a reader sees."""
    return done.stderr.strip().splitlines()[-1]


def test_second_build_executes_nothing(book):
    done = book.build()
    assert done.returncode == 0
    assert "0 added, 0 changed, 0 removed" in re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    assert book.executed() == []


def test_words_and_captions_execute_nothing_and_are_shown(book):
    book.edit("fplib/numbers.py", '"""Numbers."""', '"""Some numbers."""  # with a comment')
    book.edit("book/measure.py", "One figure.", "Another caption.")
    book.edit("book/measure.py", "Prose of", "Words of")
    assert book.build().returncode == 0
    assert book.executed() == []
    assert "Another caption." in book.html("measure")
    assert "Words of the measuring page." in book.html("measure")


def test_profile_decides_the_parameters(book):
    assert book.build("full").returncode == 0
    assert book.executed() == ["measure full 5.0", "show"]
    assert book.numbers() == ["10.00", "10.00"]
    assert book.build().returncode == 0
    assert book.executed() == []  # the runs of both profiles are kept
    assert book.numbers() == ["6.00", "6.00"]


def test_failing_cell_fails_the_build_in_one_line(book):
    book.edit("book/measure.py", "value = SCALE * factor", 'raise RuntimeError("no luck")')
    done = book.build()
    assert done.returncode == 1
    assert reason(done) == (
        "The book was not built: book/measure.py: code cell 2 raised RuntimeError: no luck "
        "(see runs/quick/measure.failed.ipynb)"
    )
    assert "Traceback" not in done.stderr
    assert "no luck" in (book.root / "runs/quick/measure.failed.ipynb").read_text()
    assert book.executed() == []


def test_after_a_failure_the_page_runs_again(book):
    assert book.build().returncode == 0
    assert book.executed() == ["measure quick 3.0"]  # "show" read nothing that changed
    assert not (book.root / "runs/quick/measure.failed.ipynb").exists()


def test_library_edit_executes_again_and_no_number_stays_stale(book):
    book.edit("fplib/numbers.py", "SCALE = 2.0", "SCALE = 4.0")
    assert book.build().returncode == 0
    assert book.executed() == ["measure quick 3.0", "show"]
    assert book.numbers() == ["12.00", "12.00"]


def test_misspelt_profile_stops_the_build(book):
    done = book.build("quik")
    assert done.returncode == 1
    assert reason(done).endswith("unknown profile 'quik': did you mean 'quick'?")
    assert book.executed() == []


def test_figure_has_two_versions_one_number_and_words(book):
    html = BeautifulSoup(book.html("measure"), "lxml")
    figure = html.find("figure", id="fig-one")
    light, dark = figure.find_all("img")
    assert "only-light" in light["class"]
    assert "only-dark" in dark["class"]
    assert light["alt"] == dark["alt"] == "a single dot"
    assert light["src"] != dark["src"]
    for image in (light, dark):
        assert (book.root / "_build/html/book" / image["src"]).resolve().is_file()
    assert len(figure.find_all("figcaption")) == 1
    # the theme hides a caption that directly follows an image of the other scheme
    assert "only-dark" not in figure.find("figcaption").find_previous_sibling().get("class")


def test_page_shows_and_offers_the_parameters_of_the_run(book):
    shown = BeautifulSoup(book.html("measure"), "lxml").get_text()
    assert "factor: float = 3.0  # what the number is multiplied by" in shown
    assert "# Parameters" not in shown  # the cell that papermill injects
    offered = json.loads((book.root / "_build/html/_sources/book/measure.ipynb").read_text())
    sources = ["".join(cell["source"]) for cell in offered["cells"]]
    assert sum("factor: float = 3.0" in source for source in sources) == 1
    outputs = [output for cell in offered["cells"] for output in cell.get("outputs", [])]
    assert len(outputs) == 1
    assert "vnd.paperbook.dark" not in json.dumps(outputs)
    assert '_sources/book/measure.ipynb"' in book.html("measure")


def test_runs_hold_no_path_of_this_machine(book):
    runs = list((book.root / "runs").rglob("*.ipynb"))
    assert len(runs) >= 2
    assert all(str(book.root) not in path.read_text() for path in runs)


def test_execution_table_lists_the_pages(book):
    table = BeautifulSoup(book.html("index"), "lxml").find("table").get_text()
    assert "book/measure" in table
    assert "papermill/quick" in table


def test_nothing_comes_from_another_server(book):
    html = BeautifulSoup(book.html("measure"), "lxml")
    sources = [tag.get("src") or tag.get("href") for tag in html.find_all(["script", "link"])]
    assert not [source for source in sources if source and source.startswith("http")]
    assert "unpkg" not in book.html("measure")
