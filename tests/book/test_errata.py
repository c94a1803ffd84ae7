"""The errata: their list and their sections say the same, and tests are where it says."""

import re

import pytest

from book.analysis import errata
from paperbook import pages, parameters, prose
from tests.support.tinybook import ROOT

PAGE = pages.read_page(ROOT / "book" / "errata.py")
TEXT = "\n\n".join(cell.source for cell in PAGE.cells)
LISTED = errata.read(prose.data("errata.yml"))
SECTION = re.compile(r"\(erratum-(\d+)\)=\n## (.*)\n\n(\{bdg-\w+\}`\w+`) (.*)\n")


def sections():
    """Number of each section -> its head and its text."""
    heads = list(SECTION.finditer(TEXT))
    ends = [head.start() for head in heads[1:]] + [len(TEXT)]
    return {int(h[1]): (h, TEXT[h.end() : end]) for h, end in zip(heads, ends, strict=True)}


def plain(title):
    return title.replace(r"$\gamma$", "γ").replace("$", "")


def test_every_erratum_is_the_section_of_its_number():
    assert list(sections()) == [erratum.number for erratum in LISTED]
    heads = re.findall(r"(?m)^#{2,} .*$", TEXT)
    assert [plain(head.removeprefix("## ")) for head in heads[: len(LISTED)]] == [
        erratum.title for erratum in LISTED
    ]


@pytest.mark.parametrize("erratum", LISTED, ids=lambda e: str(e.number))
def test_list_and_section_say_the_same(erratum):
    head, text = sections()[erratum.number]
    assert plain(head[2]) == erratum.title
    assert (head[3], head[4]) == (erratum.badge, erratum.where)
    assert "**Here**" in text or erratum.kind == "copy"


@pytest.mark.parametrize("erratum", LISTED, ids=lambda e: str(e.number))
def test_what_is_called_tested_is_tested(erratum):
    _, text = sections()[erratum.number]
    assert ("**Test.**" in text) == bool(erratum.check)
    if erratum.check:
        module, function = erratum.check.split(".")
        called = f"{module.removeprefix('errata_')}.{function}("
        assert called in TEXT, "the page does not run it"
        shown = [e for e in LISTED if e.check == erratum.check]
        assert (f"{{source}} book.analysis.{erratum.check}\n" in text) == (erratum is shown[0])
    if erratum.page:
        assert f"{{doc}}`{erratum.page}`" in erratum.tested
        assert erratum.page in pages.page_names(ROOT)


def test_nobody_uses_a_bar_that_would_end_a_cell():
    for erratum in LISTED:
        for text in (erratum.printed, erratum.meant, erratum.why):
            assert "|" not in text, erratum.number


@pytest.mark.parametrize(
    ("entry", "error", "words"),
    [
        ({"kind": "nonsense"}, ValueError, "erratum 1: expected a kind among misprint"),
        ({"number": 2}, ValueError, r"expected the numbers 1 to 1, received \[2\]"),
        ({"colour": "red"}, TypeError, "colour"),
    ],
)
def test_the_list_is_checked(entry, error, words):
    first = {"number": 1, "title": "t", "where": "w", "kind": "gap"}
    first |= {"printed": "p", "meant": "m", "why": "y"}
    assert errata.read([first])[0].tested == "–"
    with pytest.raises(error, match=words):
        errata.read([first | entry])


def test_the_summary_has_all_errata_once_and_once_more_by_kind():
    text = errata.summary(LISTED, "tbl-errata", "Caption.").data
    for erratum in LISTED:
        assert text.count(f"<erratum-{erratum.number}>`") == 2
    for kind in errata.KINDS:
        count = sum(erratum.kind == kind for erratum in LISTED)
        assert f"{{tab-item}} {kind.capitalize()} ({count})" in text
    assert text.count(":name: tbl-errata") == 1


def test_the_comparison_keeps_the_order_that_is_asked_for():
    table = errata.compared(LISTED, [12, 4])
    assert list(table.index) == [12, 4]
    assert table["here"][4] == LISTED[3].meant


def test_the_proofs_list_numbers_of_this_page():
    text = (ROOT / "book" / "proofs.py").read_text(encoding="utf-8")
    (numbers,) = re.findall(r"numbers = \[([\d, ]+)\]\n.*errata\.compared\(listed, numbers\)", text)
    assert {int(n) for n in numbers.split(",")} <= set(sections())


def test_profiles_ask_for_recipes_that_exist():
    source = (ROOT / "book" / "paper_preset.py").read_text(encoding="utf-8")
    known = set(re.findall(r'"(\w+)": \(', re.search(r"^LAPSES = \{.*\}", source, re.MULTILINE)[0]))
    assert "paper" in known
    for profile in parameters.profile_names(ROOT):
        told = parameters.read_profile(ROOT, profile).get("paper_preset", {})
        assert {recipe for recipe, *_ in told.get("runs", [])} <= known
