"""The extension on a tiny book of another subject, built by the command that a reader types."""

import json
import re

import pytest
from bs4 import BeautifulSoup

pytestmark = pytest.mark.slow
FIRST = ["page measure", "measure 0 3.0", "epoch 0", "epoch 1", "epoch 2", "page show"]


@pytest.fixture(scope="module")
def built(tiny):
    """The tiny book, built once."""
    done = tiny.build()
    assert done.returncode == 0, done.stdout + done.stderr
    assert tiny.executed() == FIRST  # though "show" stands first
    assert tiny.numbers() == ["6.00", "6.00"]
    return tiny


@pytest.fixture
def book(built):
    """The built book; edits of a test are taken back."""
    texts = {path: path.read_bytes() for path in built.sources()}
    built.executed()
    yield built
    for path in built.sources():
        if path not in texts:
            path.unlink()
    for path, text in texts.items():
        if path.read_bytes() != text:
            path.write_bytes(text)
    built.run("run", "measure")


def reason(done):
    """The last line that a reader sees."""
    return done.stderr.strip().splitlines()[-1]


def test_second_build_executes_nothing(book):
    done = book.build()
    assert done.returncode == 0
    assert "0 added, 0 changed, 0 removed" in re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    assert book.executed() == []


def test_words_and_captions_execute_nothing_and_are_shown(book):
    book.edit("tiny/tide.py", '"""Height of the water, m."""', '"""Height."""  # with a comment')
    book.edit("book/measure.py", "One figure.", "Another caption.")
    book.edit("book/measure.py", "One table.", "Other words above the table.")
    book.edit("book/measure.py", "Prose of", "Words of")
    assert book.build().returncode == 0
    assert book.executed() == []
    shown = BeautifulSoup(book.html("measure"), "lxml").get_text()
    assert "Another caption." in shown
    assert "Other words above the table." in shown
    assert "Words of the measuring page." in shown


def test_a_colour_runs_the_page_and_no_experiment(book):
    book.edit("tiny/pictures.py", '"grey"', '"blue"')
    assert book.build().returncode == 0
    assert book.executed() == ["page measure", "page show"]


def test_code_that_an_experiment_reaches_computes_again_and_no_number_stays_stale(book):
    book.edit("tiny/tide.py", "SCALE = 2.0", "SCALE = 4.0")
    assert book.build().returncode == 0
    assert book.executed() == FIRST
    assert book.numbers() == ["12.00", "12.00"]


def test_profile_decides_the_parameters(book):
    assert book.build("full").returncode == 0
    assert book.executed("measure") == ["measure 0 5.0"]
    assert book.numbers() == ["10.00", "10.00"]
    assert book.build().returncode == 0
    assert book.executed("measure") == []  # the runs of both profiles are kept
    assert book.numbers() == ["6.00", "6.00"]


def test_failing_cell_fails_the_build_in_one_line_and_keeps_the_last_run(book):
    before = (book.root / "runs/quick/measure.ipynb").read_bytes()
    book.edit("book/measure.py", "runs = [", 'raise RuntimeError("no luck")\nruns = [')
    done = book.build()
    assert done.returncode == 1
    assert reason(done) == (
        "The book was not built: book/measure.py: code cell 4 raised RuntimeError: no luck "
        "(see runs/quick/measure.failed.ipynb)"
    )
    assert "Traceback" not in done.stderr
    assert "no luck" in (book.root / "runs/quick/measure.failed.ipynb").read_text()
    assert (book.root / "runs/quick/measure.ipynb").read_bytes() == before
    assert (book.root / "runs/quick/records/measure/seed_0.json").is_file()


def test_after_a_failure_the_book_is_right_again(book):
    assert book.build().returncode == 0
    assert book.executed("measure") == []
    assert book.numbers() == ["6.00", "6.00"]


def test_misspelt_profile_stops_the_build(book):
    done = book.build("quik")
    assert done.returncode == 1
    assert reason(done).endswith("unknown profile 'quik': did you mean 'quick'?")
    assert book.executed() == []


def test_a_helper_module_and_a_data_file_beside_a_page_count(book):
    (book.root / "book/helper.py").write_text("FACTOR = 1\n")
    (book.root / "book/words.yml").write_text("name: tide\n")
    book.edit("book/measure.py", "import numpy as np\n", "import numpy as np\n\nimport helper\n")
    book.edit("book/measure.py", "runs = [", 'paperbook.data("words.yml")\nruns = [')
    assert book.run("run", "measure").returncode == 0
    assert book.executed("page") == ["page measure"]
    for name, text in (("book/helper.py", "FACTOR = 2\n"), ("book/words.yml", "name: ebb\n")):
        (book.root / name).write_text(text)
        assert "helper" not in book.run("list").stdout
        assert "measure                 stale" in book.run("list").stdout
        assert book.run("run", "measure").returncode == 0
        assert "measure                 fresh" in book.run("list").stdout
    (book.root / "book/words.yml").unlink()


def test_what_editors_leave_behind_is_no_page_and_no_code(book):
    for name in ("book/.#measure.py", "book/._show.py", "tiny/._tide.py"):
        (book.root / name).write_bytes(b"\x00\xff\xfe not Python")
    (book.root / "book/measure (conflict).py").write_text("this is = not Python\n")
    (book.root / "tiny/.#tide.py").symlink_to("nobody@nowhere.123")
    try:
        done = book.build()
        assert done.returncode == 0, done.stderr[-2000:]
        assert book.executed() == []
    finally:
        for path in (*book.root.glob("*/.[#_]*"), book.root / "book/measure (conflict).py"):
            path.unlink()


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(book):
    for name in ("book/show.py", "tiny/tide.py"):
        path = book.root / name
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    done = book.build()
    assert done.returncode == 0, done.stderr[-2000:]
    assert book.executed() == []


def test_figure_has_four_versions_one_number_and_words(book):
    html = BeautifulSoup(book.html("measure"), "lxml")
    figure = html.find("figure", id="fig-one")
    light, dark = figure.find_all("img")
    assert "only-light" in light["class"]
    assert "only-dark" in dark["class"]
    assert light["alt"] == dark["alt"] == "a single dot"
    assert light["src"] != dark["src"]
    for image in (light, dark):
        source = image.find_parent("picture").find("source")
        assert source["media"] == "screen and (max-width: 600px)"
        assert source["srcset"].endswith(".phone.dark.png" if image is dark else ".phone.png")
        for shown in (image["src"], source["srcset"]):
            assert (book.root / "_build/html/book" / shown).resolve().is_file()
    told = figure.find("script", class_="turn")
    assert told["type"] == "application/json"
    assert json.loads(told.string) == ["</script>"]
    assert told.find_previous_sibling() is figure.find(class_="light-and-dark")
    assert len(figure.find_all("figcaption")) == 1
    # the theme hides a caption that directly follows an image of the other scheme
    assert "only-dark" not in figure.find("figcaption").find_previous_sibling().get("class")


def test_table_has_a_number_and_a_caption(book):
    table = BeautifulSoup(book.html("measure"), "lxml").find("table", id="tbl-one")
    assert "One table." in table.find("caption").get_text()
    assert [cell.get_text() for cell in table.find_all("td")] == ["0", "6"]


def test_page_shows_and_offers_the_parameters_of_the_run(book):
    shown = BeautifulSoup(book.html("measure"), "lxml").get_text()
    assert "factor: float = 3.0  # what the number is multiplied by" in shown
    assert "# Parameters" not in shown  # the cell that papermill injects
    assert "#| label" not in shown
    offered = json.loads((book.root / "_build/html/_sources/book/measure.ipynb").read_text())
    sources = ["".join(cell["source"]) for cell in offered["cells"]]
    assert "pip install" in sources[0]  # what a notebook needs outside of its book
    assert sum("factor: float = 3.0" in source for source in sources) == 1
    outputs = [output for cell in offered["cells"] for output in cell.get("outputs", [])]
    assert len(outputs) == 2
    assert "vnd.paperbook.versions" not in json.dumps(outputs)
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
