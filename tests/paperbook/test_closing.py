"""How a chapter ends: what is told is its records', and the audit would notice another number."""

from __future__ import annotations

import re

import pytest

from paperbook import closing, compare, records
from paperbook.manifest import Manifest
from paperbook.shown import read
from paperbook.sphinx import closing as rendering
from tests.support.tinybook import HEADER

BOX = """# :::{admonition} In short
# :class: in-short
#
# **Question.** %s
#
# **Method.** Look.
#
# **Finding.** Seven.
# :::
"""
PAGE = (
    HEADER % ""
    + "# %% [markdown]\n# # Tides\n#\n"
    + BOX % "How high\n# is the tide?"
    + """
# %% tags=["parameters"]
days: int = 3  # that are watched
places: list = ["pier"]

# %%
days
"""
)


@pytest.fixture
def root(tmp_path):
    book = tmp_path / "book"
    book.mkdir()
    (book / "tides.py").write_text(PAGE)
    (book / "index.md").write_text("# Home\n")
    (book / "after.md").write_text(
        "# After\n\n" + re.sub("^# ?", "", BOX % "Why?", flags=re.MULTILINE)
    )
    (tmp_path / "_toc.yml").write_text(
        "format: jb-book\nroot: book/index\nparts:\n"
        "  - chapters: [{file: book/tides}, {file: book/after}]\n"
    )
    for day, seconds in enumerate((30.0, 120.0, 200.0)):
        record = records.new(
            "tides",
            parameters={"day": day},
            metrics={"height": 1.5, "course": [1, 2]},
            seconds={"total": seconds},
            code_key="0" * 64,
            profile="full",
            experiment="watch",
        )
        records.write(record, f"day_{day}", tmp_path / "results")
    return tmp_path


RUN = Manifest("key", None, "", parameters={"days": 5}, seconds=100.0)


def test_the_end_tells_records_parameters_and_neighbours(root):
    found = closing.of(root, "book/tides", RUN)
    (cost,) = found.cost
    assert cost.startswith("watch: 3 published runs, 2.0 min each (median) on ")
    assert found.parameters == ("days = 5", 'places = ["pier"]')
    assert found.command == "papermill nb:book/tides.py out.ipynb -p days 5 --cwd book"
    assert found.taken == ("tides",)
    assert (found.before.title, found.before.question) == ("Home", "")
    assert (found.after.title, found.after.question) == ("After", "Why?")
    assert closing.neighbour(root, "book/tides").question == "How high is the tide?"


def test_a_run_that_took_much_longer_is_named(root):
    runs = records.load("tides", root / "results")
    runs[0]["seconds"]["total"] = 7200.0
    (cost,) = closing.costs(runs)
    assert "3.3 min each (median), 2.0 h at most, on" in cost


def test_a_page_that_opens_without_the_box_has_no_end(root):
    assert closing.of(root, "book/index", None) is None
    assert closing.of(root, "book/after", None).command == ""


def test_without_records_the_page_says_what_it_took_itself(root):
    for path in (root / "results" / "tides").iterdir():
        path.unlink()
    found = closing.of(root, "book/tides", RUN)
    assert (found.cost, found.taken) == (("this page ran in 1.7 min",), ())


def test_a_table_has_a_line_a_run(root):
    header, *lines = closing.table("tides", root / "results").splitlines()
    assert header.startswith("record,")
    assert [line.split(",")[0] for line in lines] == ["day_0", "day_1", "day_2"]
    assert '"[1, 2]"' in lines[0]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "less than a second"), (89, "89 s"), (90, "1.5 min"), (5400, "1.5 h")],
)
def test_durations_have_the_unit_that_suits_them(seconds, words):
    assert closing.duration(seconds) == words


def test_another_number_at_the_end_is_noticed(root):
    found = closing.of(root, "book/tides", RUN)

    def shown(html):
        page = read(f'<article class="bd-article"><p>Prose with 3.</p>{html}</article>')
        assert [number for number, _, _ in page.numbers()] == ["3"]
        return list(compare.closing("tides.html", found.words(), page))

    html = rendering.rendered(found, "book/tides", True, lambda name, *_: name)
    assert shown(html) == []
    assert len(shown(html.replace("2.0 min", "1.0 min"))) == 1
    assert len(shown("")) == 1
