"""The pages on latent dimensions and on Table 1: references lead somewhere, no lost number is printed."""

import re

import pytest

from paperbook import pages, parameters
from tests.support.tinybook import ROOT

PAGES = ("latent_dimension", "table1")
TEXT = {name: pages.page_path(ROOT, name).read_text(encoding="utf-8") for name in PAGES}
BOOK = "\n".join(
    path.read_text(encoding="utf-8")
    for path in [*(ROOT / "book").glob("*.py"), *(ROOT / "book").glob("*.md")]
)


@pytest.mark.parametrize("name", PAGES)
def test_numbered_references_have_one_target(name):
    targets = re.findall(r"(?m)^(?:#\| label|# :name): ((?:tbl|fig)-[\w-]+)$", TEXT[name])
    used = set(re.findall(r"\{numref\}`([\w-]+)`", TEXT[name]))
    elsewhere = set(re.findall(r"(?m)^#\| label: ((?:tbl|fig)-[\w-]+)$", BOOK))
    assert used & set(targets)
    assert used <= set(targets) | elsewhere
    assert len(targets) == len(set(targets)) >= 4


@pytest.mark.parametrize("name", PAGES)
def test_references_to_other_pages_and_works_lead_somewhere(name):
    sections = set(re.findall(r"(?m)^#? ?\(([\w-]+)\)=$", BOOK))
    equations = set(re.findall(r"(?m)^#? ?\$\$ \(([\w-]+)\)$", BOOK))
    works = set(re.findall(r"@\w+\{(\w+),", (ROOT / "references.bib").read_text("utf-8")))
    assert set(re.findall(r"\{ref\}`([\w-]+)`", TEXT[name])) <= sections
    assert set(re.findall(r"\{eq\}`([\w-]+)`", TEXT[name])) <= equations
    assert set(re.findall(r"\{cite:[pt]\}`(\w+)`", TEXT[name])) <= works


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("profile", ["smoke", "quick", "full"])
def test_profiles_make_enough_runs_for_what_the_page_says(name, profile):
    notebook = pages.read_page(pages.page_path(ROOT, name))
    known = pages.defaults(notebook, name)
    known |= parameters.read_profile(ROOT, profile).get(name, {})
    if name == "latent_dimension":
        assert known["latent_dims"] == sorted(set(known["latent_dims"]))
        assert 3 in known["latent_dims"]
        assert profile != "full" or (len(known["seeds"]) >= 3 and len(known["latent_dims"]) >= 7)
    else:
        counts = [len(known[f"seeds_{kind}"]) for kind in ("clustering", "vade", "supervised")]
        assert min(counts) >= 1
        assert counts[0] >= 3  # or the table of restarts would be empty
        assert profile != "full" or counts >= [10, 5, 3]


def test_the_only_accuracies_of_others_are_those_with_a_source():
    start = TEXT["table1"].index("# :name: tbl-table1-literature")
    rows = TEXT["table1"][start : TEXT["table1"].index("# :::\n", start)]
    numbers = re.findall(r"\{cite:p\}`\w+` \|.*\| (\d+\.\d+) % \|", rows)
    assert numbers == ["99.91", "94.46", "96.92"]
    rest = TEXT["table1"].replace(rows, "")
    assert not re.findall(r"\b0\.9\d+|\b9\d\.\d+ %", rest)
    assert '{"paper": each.size().map(lambda _: "–")}' in rest
