"""Claims: what a file may say, and what is refused by name."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import yaml

from paperbook import claims, pages, tables
from paperbook.claims import Claim, Rival
from tests.support.ledger import claim

ROOT = Path(__file__).resolve().parents[2]

# What the ledger waits for: pages without any published record, and metrics that records of others
# do not hold yet. Each has to be missing, so that the lists are empty when all is there.
AWAITED_PAGES = {"factorial", "fashion", "order", "paper_preset", "proofs"}
AWAITED_METRICS = {
    ("crossmodal", "coverage.curve.noisy_misread"),
    ("crossmodal", "divergence.image.noisy_first_encoder"),
    ("crossmodal", "divergence.image.noisy_second_encoder"),
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"at_least": 1, "at_most": 1}, "exactly one of"),
        ({"at_least": None}, "received none"),
        ({"reason": None}, "'it works' \\(r\\): expected a reason"),
        ({"reason": ""}, "expected a reason"),
        ({"metric": ()}, "expected a metric"),
        ({"covers": {"a": "b"}}, "expected a metric, or covers,"),
        ({"unit": "metres"}, "expected a unit among"),
        ({"specimens": None}, "expected specimens"),
        ({"specimens": None, "cannot": "why"}, "expected specimens"),
        ({"best_at": 3}, "need `by`"),
        ({"steadiest_at": 3}, "need `by`"),
        ({"at_least": 1, "by": "latent_dim"}, "need `by`"),
        ({"best_at": 3, "by": "latent_dim", "specimens": "tested"}, "specimens as a number"),
        ({"exceeds": {"metric": "x"}, "metric": ["a", "b"]}, "expected one metric for exceeds"),
        ({"equal_within": 0.1}, "two metrics, or a rival"),
        ({"equal_within": 0.1, "rival": {"metric": "x"}, "metric": ["a", "b"]}, "expected one"),
    ],
)
def test_malformed_claims_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        claim(**changes)


def test_what_cannot_be_tested_needs_neither_metric_nor_threshold():
    assert claim(metric=(), specimens=None, reason=None, cannot="it is lost").rule == "cannot"


def test_a_claim_knows_its_rule_and_its_opponent():
    assert claim().rule == "at_least"
    assert claim().opponent is None
    rival = {"metric": "x", "source": "q", "only": {"method": "m"}}
    assert claim(exceeds=rival).opponent == Rival("x", "q", {"method": "m"})
    assert claim(equal_within=0.1, rival=rival).opponent == Rival("x", "q", {"method": "m"})
    assert (claim().source, claim(source="q").source) == ("p", "q")


def test_quantities_that_hold_their_truth_are_the_specimens_of_a_run():
    found = claim(metric=(), specimens=None, covers={"a": "a", "b": "c"})
    assert (found.specimens, found.shared) == (2, False)


def test_a_claim_does_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        claim().page = "other"


TEXT = """
recipes:
  ours: {means: as we do it}
  theirs: {means: as they do it, page: printed, only: {recipe: paper}}
groups:
  First:
    - claim: it works
      page: p
      metric: accuracy.image
      specimens: 100
      at_least: 0.9
      reason: because
      only: {noise: 0.1}
      tests:
        - {recipe: ours, only: {preset: fast}}
        - {recipe: theirs}
        - {recipe: theirs, page: own, metric: other}
  Second:
    - {claim: lost, page: p, recipe: ours, cannot: it is lost}
"""


def test_a_row_is_what_the_claim_its_recipe_and_its_test_say():
    ours, theirs, own, lost = claims.parse(yaml.safe_load(TEXT))
    assert [c.group for c in (ours, theirs, own, lost)] == ["First"] * 3 + ["Second"]
    assert [c.recipe for c in (ours, theirs, own, lost)] == ["ours", "theirs", "theirs", "ours"]
    assert [c.source for c in (ours, theirs, own, lost)] == ["p", "printed", "own", "p"]
    assert ours.only == {"noise": 0.1, "preset": "fast"}
    assert theirs.only == {"recipe": "paper", "noise": 0.1}
    assert own.metric == ("other",)
    assert {c.reason for c in (ours, theirs, own)} == {"because"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- claim: x", "expected recipes and groups"),
        ("{recipes: {}, groups: {g: x}}", "g: expected a list"),
        (
            TEXT.replace("recipe: ours, only", "recipe: our, only"),
            "'it works': unknown recipe 'our'",
        ),
        (TEXT.replace("recipe: ours, cannot", "cannot"), "'lost': unknown recipe None"),
        (TEXT.replace("at_least", "at_lest"), "unknown fields \\['at_lest'\\]"),
        (TEXT.replace("lost, page: p,", "lost,"), "missing \\['page'\\]"),
        (TEXT.replace("      reason: because\n", ""), "'it works' \\(ours\\): expected a reason"),
    ],
)
def test_a_file_of_claims_is_checked(text, message):
    with pytest.raises(ValueError, match=message):
        claims.parse(yaml.safe_load(text))


@pytest.fixture(scope="module")
def book() -> list[Claim]:
    """The claims of the book."""
    return claims.parse(yaml.safe_load((ROOT / "book" / "claims.yml").read_text("utf-8")))


def test_the_book_tests_enough_claims_by_both_recipes(book):
    assert len({c.claim for c in book}) >= 35
    recipes = {c.recipe for c in book if c.claim.startswith("Image and curve together cluster")}
    assert {"paper", "fast"} <= recipes


def test_the_papers_perfect_score_stands_beside_its_own_estimator(book):
    perfect = [c for c in book if c.paper == "100 %"]
    assert perfect
    assert {c.metric for c in perfect} == {("accuracy.multimodal.from_z",)}


def test_the_book_judges_claims_of_pages_that_exist(book):
    exist = set(pages.page_names(ROOT))
    assert {c.page for c in book} <= exist
    sources = {c.source for c in book} | {c.opponent.source for c in book if c.opponent}
    assert sources - {""} <= exist
    assert {page for page in sources - {""} if tables.published(page).empty} == AWAITED_PAGES


def needed(c: Claim) -> set[tuple[str, str]]:
    """Pages and the columns that a claim reads in their records."""
    names = {*c.metric, *({c.by} if c.by else ())}
    names |= {c.specimens} if isinstance(c.specimens, str) else set()
    names |= {f"{name}.{part}" for name in c.covers for part in ("low", "high")}
    names |= {f"{name}.truth" for name in c.covers.values()}
    found = {(c.source, name) for name in names}
    if c.opponent:
        found.add((c.opponent.source or c.source, c.opponent.metric))
    return found


def test_each_metric_of_the_ledger_is_spelt_as_records_spell_it(book):
    asked = {pair for c in book for pair in needed(c) if pair[0] not in AWAITED_PAGES}
    published = {source: tables.published(source) for source, _ in asked}
    missing = {(source, name) for source, name in asked if name not in published[source]}
    assert missing == AWAITED_METRICS
