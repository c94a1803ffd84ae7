"""How pages open: short titles, one box with question, method and finding, and no verdict typed."""

from __future__ import annotations

import re

import pytest
import yaml

from paperbook import closing, manifest, verdicts
from tests.support.tinybook import ROOT

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
PARTS = {part["caption"]: [c["file"] for c in part["chapters"]] for part in TOC["parts"]}
CHAPTERS = [name for part in ("Results", "Theory", "Reproduction") for name in PARTS[part]]
TEXT = {name: closing.text_of(ROOT, name) for name in closing.contents(ROOT)}
OPENING = re.compile(
    r"\A.*?^# [^\n]+\n+:::\{admonition\} In short\n:class: in-short\n\n"
    r"\*\*Question\.\*\* (?P<question>[^\n]+\?)\n\n"
    r"\*\*Method\.\*\* (?P<method>[^\n]+)\n\n"
    r"\*\*Finding\.\*\* (?P<finding>[^\n]+)\n:::\n",
    re.DOTALL | re.MULTILINE,
)
WORDS = [*verdicts.ORDER[:-2], "cannot be tested"]
TYPED = re.compile("|".join(rf"\b{re.escape(word)}\b" for word in WORDS), re.IGNORECASE)
MISSING = re.compile(r"\b(lost|not recovered|could not be recovered|restored|surviv\w+)\b", re.I)
JUDGES = {"book/ledger", "book/errata", "book/whats_new", "book/internals", "book/api"}


def prose(name):
    """What a page says: its Markdown, without code."""
    path = next(p for p in (ROOT / f"{name}.py", ROOT / f"{name}.md") if p.is_file())
    if path.suffix == ".md":
        return TEXT[name]
    cells = manifest.cells(path)
    captions = [
        about["caption"]
        for cell in cells
        for about in (
            cell["metadata"].get("table"),
            cell["metadata"].get("mystnb", {}).get("figure"),
        )
        if about
    ]
    return "\n\n".join([manifest.words(cells), *captions])


@pytest.mark.parametrize("name", TEXT)
def test_titles_fit_the_contents(name):
    title = re.search(r"^# (.+)$", TEXT[name], re.MULTILINE)[1]
    assert len(title) <= 32, title


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_opens_with_question_method_and_finding(name):
    found = OPENING.match(TEXT[name])
    assert found, TEXT[name][:600]
    assert "{glue:text}" in found["finding"], "a finding has a number from a run"
    assert not re.search(r"[{$*`]", found["question"]), "plain words: it stands on other pages, too"
    assert closing.QUESTION.search(TEXT[name])[1] == found["question"]


def test_the_landing_leads_to_every_page():
    led_to = set(re.findall(r"\{doc\}`(?:[^<`]*<)?(\w+)>?`", TEXT["book/index"]))
    led_to |= set(re.findall(r"^:link: (\w+)$", TEXT["book/index"], re.MULTILINE))
    listed = {name.removeprefix("book/") for name in TEXT} - {"index"}
    assert listed == led_to


def test_pages_are_named_by_their_titles_on_the_landing():
    where = TEXT["book/index"].split("## Where to go")[1]
    assert not re.findall(r"\{doc\}`[^`<]+<", where)


@pytest.mark.parametrize("name", [name for name in TEXT if name not in JUDGES])
def test_only_the_ledger_says_a_verdict(name):
    assert not TYPED.findall(prose(name))


def test_a_typed_verdict_would_be_noticed():
    for text in ("It is reproduced in part.", "The claim: not reproduced.", "Undecided, then."):
        assert TYPED.search(text)
    assert not TYPED.search("a reproduction, reproducible")


def test_what_our_copy_lacks_is_said_on_the_page_of_errata():
    said = {
        name: MISSING.findall(re.sub(r"\{ref\}`[^`]+`", "", prose(name)))
        for name in TEXT
        if name != "book/errata"
    }
    assert sum(map(len, said.values())) <= 10, {
        name: words for name, words in said.items() if words
    }
