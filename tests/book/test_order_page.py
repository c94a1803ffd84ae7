"""The page on permuted slopes: its references lead somewhere, and its published runs can decide."""

import re

import pytest

from book.analysis import paired, starts
from paperbook import pages, parameters
from tests.support.tinybook import ROOT

PATH = pages.page_path(ROOT, "order")
TEXT = PATH.read_text(encoding="utf-8")
BOOK = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "book").glob("*.py"))


def told(profile: str) -> dict:
    known = pages.defaults(pages.read_page(PATH), "order")
    return known | parameters.read_profile(ROOT, profile).get("order", {})


def test_references_lead_somewhere():
    targets = re.findall(r"(?m)^#\| label: ((?:tbl|fig)-[\w-]+)$", TEXT)
    assert set(re.findall(r"\{numref\}`([\w-]+)`", TEXT)) == set(targets)
    assert len(targets) == len(set(targets)) >= 6
    sections = set(re.findall(r"(?m)^# \(([\w-]+)\)=$", BOOK))
    assert set(re.findall(r"\{ref\}`([\w-]+)`", TEXT)) <= sections


@pytest.mark.parametrize("profile", ["smoke", "quick", "full"])
def test_profiles_ask_for_what_there_is(profile):
    known = told(profile)
    assert set(known["starts"]) <= set(starts.STARTS)
    assert set(known["readings"]) <= {"clean", "std"}
    assert min(known["seeds_untrained"]) > 0  # the first permutation takes nothing apart


def test_the_published_runs_are_enough_for_verdicts():
    known = told("full")
    assert set(known["starts"]) == set(starts.STARTS)
    assert sum(k > 0 for k in known["permutations"]) >= paired.FEWEST
    assert len(known["seeds_untrained"]) >= paired.FEWEST
