"""The errata page: its summary and its sections say the same, and tests are where it says."""

import ast
import re
from pathlib import Path

import pytest

from paperbook import pages

ROOT = Path(__file__).resolve().parents[2]
PAGE = pages.read_page(ROOT / "book" / "errata.py")
COUNT = 29


def constant(name):
    """The literal nodes of a list that the page assigns."""
    for cell in PAGE.cells:
        if cell.cell_type == "code" and f"{name} = [" in cell.source:
            for node in ast.parse(cell.source).body:
                if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
                    return [[ast.unparse(part) for part in entry.elts] for entry in node.value.elts]
    raise LookupError(name)


def sections():
    """Number, kind and code of each section, in the order of the page."""
    found = []
    for cell in PAGE.cells:
        if cell.cell_type == "markdown":
            for part in re.split(r"(?=^\(erratum-\d+\)=$)", cell.source, flags=re.MULTILINE):
                head = re.match(
                    r"\(erratum-(\d+)\)=\n### No\. (\d+) · .*\{bdg-(\w+)\}`(\w+)`\n", part
                )
                if head:
                    assert head[1] == head[2]
                    found.append(
                        {"number": int(head[1]), "kind": head[4], "code": "", "text": part}
                    )
                elif part.startswith("#") and re.search(r"^## ", part, re.MULTILINE) and found:
                    found[-1] |= {"over": True}
        elif found and not found[-1].get("over"):
            found[-1]["code"] += cell.source
    return found


@pytest.fixture(scope="module")
def listed():
    """Rows of the summary."""
    return constant("ERRATA")


def test_every_erratum_has_a_row_and_a_section(listed):
    assert len(listed) == COUNT
    assert [section["number"] for section in sections()] == list(range(1, COUNT + 1))


def test_row_and_section_name_the_same_kind(listed):
    assert [row[2].lower() for row in listed] == [section["kind"] for section in sections()]


def test_what_is_called_tested_here_is_tested_here(listed):
    for row, section in zip(listed, sections(), strict=True):
        where = row[5]
        if where == "HERE" or "here" in where:
            assert "**Test.**" in section["text"], row[0]
        if where == "HERE" and section["number"] != 23:  # whose test is the table of No. 1
            assert "assert " in section["code"], row[0]
        if where == "NOT":
            assert "**Test.**" not in section["text"], row[0]


def test_every_section_says_what_this_book_does():
    for section in sections():
        assert "**Here**" in section["text"] or section["number"] == 28


def test_the_derivation_lists_numbers_of_this_page():
    text = (ROOT / "book" / "derivation.py").read_text(encoding="utf-8")
    table = text[text.index(":name: tbl-derivation-errata") :]
    numbers = [int(n) for n in re.findall(r"^# \| (\d+) \| ", table, re.MULTILINE)]
    assert numbers
    assert set(numbers) <= set(range(1, COUNT + 1))


def test_profiles_ask_for_recipes_that_exist():
    source = (ROOT / "book" / "paper_preset.py").read_text(encoding="utf-8")
    keys = re.search(r"^RECIPES = \{.*?^\}", source, re.DOTALL | re.MULTILINE)[0]
    known = set(re.findall(r'^    "(\w+)": \(', keys, re.MULTILINE))
    for profile in pages.profile_names(ROOT):
        told = pages.read_profile(ROOT, profile).get("paper_preset", {})
        assert set(told.get("runs", {})) <= known
