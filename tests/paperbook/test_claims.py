"""Claims: what decides a verdict, and what may not."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pandas as pd
import pytest
import yaml

from paperbook import claims, pages, tables
from paperbook.claims import IN_PART, NO_RUNS, NOT_REPRODUCED, REPRODUCED, UNTESTABLE, Claim, judge

ROOT = Path(__file__).resolve().parents[2]
METRIC = "accuracy.image"


def claim(**changes) -> Claim:
    """A claim that an accuracy reaches 0.9, or nearly 0.8."""
    told = {"group": "g", "claim": "it works", "page": "p", "metric": METRIC}
    if not set(changes) & set(claims.RULES):
        told["at_least"] = (0.9, 0.8)
    return Claim(**told | changes)


def runs(*values: float, metric: str = METRIC, **parameters) -> pd.DataFrame:
    """Runs that hold what a verdict reads."""
    return pd.DataFrame({metric: values, "seconds.total": 60.0} | parameters)


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ((0.9, 0.95, 1.0), REPRODUCED),
        ((0.89, 0.95, 1.0), IN_PART),  # one run is below: not every run reaches it
        ((0.79, 0.8, 1.0), IN_PART),
        ((0.79, 0.79, 1.0), NOT_REPRODUCED),  # one good run does not save the median
        ((), NO_RUNS),
    ],
)
def test_every_run_has_to_reach_a_claim(values, verdict):
    judged = judge(claim(), runs(*values))
    assert judged.verdict == verdict
    assert judged.runs == len(values)


def test_the_median_may_decide_when_the_claim_says_so():
    values = runs(0.5, 0.95, 1.0)
    assert judge(claim(), values).verdict == IN_PART
    assert judge(claim(over="median"), values).verdict == REPRODUCED


def test_above_is_strict_and_at_least_is_not():
    assert judge(claim(at_least=(0.9, 0.9)), runs(0.9)).verdict == REPRODUCED
    assert judge(claim(above=(0.9, 0.9)), runs(0.9)).verdict == IN_PART
    assert judge(claim(above=(0.9, 0.9)), runs(0.91)).verdict == REPRODUCED


@pytest.mark.parametrize(
    ("values", "verdict"),
    [((0.1, 0.2), REPRODUCED), ((0.1, 0.4), IN_PART), ((0.6, 0.7), NOT_REPRODUCED)],
)
def test_at_most_turns_the_direction(values, verdict):
    assert judge(claim(at_most=(0.2, 0.5)), runs(*values)).verdict == verdict


def test_the_worst_of_several_metrics_decides():
    both = claim(metric=[METRIC, "accuracy.curve"])
    judged = judge(both, runs(0.95).assign(**{"accuracy.curve": 0.85}))
    assert judged.verdict == IN_PART
    assert judged.measured == "95.00 % / 85.00 %"


@pytest.mark.parametrize(
    ("at_three", "verdict", "said"),
    [
        (0.97, REPRODUCED, "97.00 % at 3"),
        (0.95, IN_PART, "95.00 % at 3, 96.00 % at 6"),
        (0.90, NOT_REPRODUCED, "90.00 % at 3, 96.00 % at 6"),
    ],
)
def test_best_at_compares_medians_between_settings(at_three, verdict, said):
    best = claim(best_at=(3, 0.02), by="latent_dim")
    values = [runs(0.1, 0.96, 0.97, latent_dim=6), runs(at_three, latent_dim=3)]
    judged = judge(best, pd.concat(values))
    assert (judged.verdict, judged.measured) == (verdict, said)


def test_best_at_needs_something_to_compare_with():
    best = claim(best_at=(3, 0.02), by="latent_dim")
    assert judge(best, runs(0.9, latent_dim=3)).verdict == NO_RUNS
    others = pd.concat([runs(0.9, latent_dim=2), runs(0.9, latent_dim=4)])
    assert judge(best, others).verdict == NO_RUNS
    silent = runs(0.9)  # a record that does not say its setting
    assert judge(best, silent).verdict == NO_RUNS
    mixed = pd.concat([runs(0.9, latent_dim=3), runs(0.95, latent_dim=2), silent])
    assert judge(best, mixed).measured == "90.00 % at 3, 95.00 % at 2"


@pytest.mark.parametrize(
    ("ours", "verdict"),
    [((0.6, 0.7), REPRODUCED), ((0.4, 0.7, 0.8), IN_PART), ((0.5, 0.5), NOT_REPRODUCED)],
)
def test_exceeds_compares_within_each_run(ours, verdict):
    values = runs(*ours).assign(**{"accuracy.curve": 0.5})
    judged = judge(claim(exceeds="accuracy.curve"), values)
    assert judged.verdict == verdict
    assert judged.measured.endswith(" against 50.00 %")
    assert judge(claim(exceeds="accuracy.other"), values).verdict == NO_RUNS


def test_the_records_may_be_those_of_another_page():
    assert claim(source="q").source == "q"
    assert claim().source == "p"


def test_only_records_with_the_right_parameters_and_metrics_count():
    silent = runs(0.1)  # says nothing of its noise
    without = runs(0.1, metric="other", noise=0.01)
    mixed = pd.concat([runs(1.0, noise=0.01), runs(0.1, noise=0.5), without, silent])
    judged = judge(claim(only={"noise": 0.01}), mixed)
    assert (judged.verdict, judged.runs, judged.measured) == (REPRODUCED, 1, "100.00 %")


def test_a_list_of_parameters_holds_alternatives():
    mixed = [runs(0.95, recipe="a"), runs(0.94, recipe="b"), runs(0.1, recipe="c")]
    assert judge(claim(only={"recipe": ["a", "b"]}), pd.concat(mixed)).runs == 2


def test_what_cannot_be_tested_is_shown_and_not_judged():
    lost = claim(cannot="the number is lost")
    assert judge(lost, runs(0.1, 0.2)).verdict == UNTESTABLE
    assert judge(lost, runs(0.1, 0.2)).measured == "15.00 % (10.00–20.00)"
    assert judge(lost, runs()).verdict == UNTESTABLE
    assert judge(lost, runs()).measured == ""
    assert judge(lost, pd.DataFrame()).measured == ""  # a page without any record


@pytest.mark.parametrize(
    ("unit", "metric", "said"),
    [
        ("minutes", "seconds.total", "1.0 min"),
        ("nats", METRIC, "0.5 nats"),
        ("number", METRIC, "0.5"),
    ],
)
def test_units(unit, metric, said):
    assert judge(claim(unit=unit, metric=metric, cannot="why"), runs(0.5)).measured == said


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"at_least": (1, 1), "at_most": (1, 1)}, "exactly one of"),
        ({"at_least": None}, "received none"),
        ({"metric": ()}, "expected a metric"),
        ({"unit": "metres"}, "expected a unit among"),
        ({"over": "best"}, "over 'every' or 'median'"),
        ({"best_at": (3, 0.1)}, "best_at needs `by`"),
        ({"at_least": (1, 2, 3)}, "two numbers for at_least"),
        ({"exceeds": "x", "metric": ["a", "b"]}, "expected one metric for exceeds"),
    ],
)
def test_malformed_claims_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        claim(**changes)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("claim: x", "expected a list"),
        ("- {group: g, claim: x, page: p, at_lest: [1, 1]}", "unknown fields \\['at_lest'\\]"),
        ("- {group: g, claim: x}", "missing \\['page'\\]"),
    ],
)
def test_a_file_of_claims_is_checked(text, message):
    with pytest.raises(ValueError, match=message):
        claims.parse(yaml.safe_load(text))


def test_the_ledger_as_a_table_has_headings_links_and_badges():
    one = judge(claim(group="first", note="on a rainy day"), runs(0.95))
    two = judge(claim(group="second", paper="90 %", cannot="too late"), runs())
    shown = claims.rows([one, one, two])
    assert shown["claim"].tolist() == [
        "**first**",
        "it works",
        "it works",
        "**second**",
        "it works",
    ]
    assert shown["paper"].tolist() == ["", "not recovered", "not recovered", "", "90 %"]
    assert shown["measured"][1] == "{doc}`95.00 % <p>` on a rainy day"
    assert shown["measured"][4] == "{doc}`– <p>`"
    assert shown["runs"].tolist() == ["", "1", "1", "", "–"]
    assert shown["verdict"][2] == "{bdg-success}`reproduced`"
    assert shown["verdict"][4] == "{bdg-muted}`cannot be tested` too late"
    assert claims.tally([one, two, one]) == "2 reproduced, 1 cannot be tested"


@pytest.fixture(scope="module")
def book() -> list[Claim]:
    """The claims of the book."""
    return claims.parse(yaml.safe_load((ROOT / "book" / "claims.yml").read_text("utf-8")))


def test_the_book_judges_claims_of_pages_that_exist(book):
    assert {name for c in book for name in (c.page, c.source)} <= set(pages.page_names(ROOT))


def test_each_metric_of_the_ledger_is_spelt_as_records_spell_it(book):
    published = {source: tables.published(source) for source in {c.source for c in book}}
    for c in book:
        for metric in filter(None, [*c.metric, c.exceeds]):
            assert metric in published[c.source], c.claim


def test_the_ledger_needs_no_records(book, tmp_path, monkeypatch):
    monkeypatch.setenv("PAPERBOOK_ROOT", str(tmp_path))
    judged = claims.ledger(book)
    assert {j.verdict for j in judged} == {NO_RUNS, UNTESTABLE}
    assert all(j.runs == 0 and j.measured == "" for j in judged)


def test_the_ledger_reads_the_published_records(book):
    judged = claims.ledger(book)
    perfect = next(j for j in judged if j.claim.metric == ("accuracy.multimodal.mean_field",))
    published = tables.published("mnist_clean")
    assert perfect.runs == len(published) > 0
    reached = (published["accuracy.multimodal.mean_field"] == 1.0).all()
    assert (perfect.verdict == REPRODUCED) == reached


def test_a_claim_does_not_change():
    with pytest.raises(dataclasses.FrozenInstanceError):
        claim().page = "other"
