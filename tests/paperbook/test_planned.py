"""Planned records are found without computing, and are those that a run writes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from paperbook import certificates, freshness, pages, planned, records
from paperbook.symbolic import Unknown
from tests.support.gitbook import GitBook
from tests.support.tinybook import HEADER, ROOT

PAGE = (
    HEADER % "# paperbook: {reads: [measure]}\n"
    + '''\
# %% tags=["parameters"]
sizes: list = [1, 2]
kind: str = "calm"

# %%
from itertools import product

import numpy as np

import paperbook
from tiny import logbook, ways

logbook.write("page tides")
ways_here = ["never"]
tides = {run.name: run for run in paperbook.runs("measure")}


# %%
@paperbook.experiment(name="{way}_{size}", parameters={"by": "hand"})
def weigh(size, way, checkpoint=None):
    """A weight."""
    return {"weight": size * deep() + len(kind)}


@paperbook.experiment(name="of_{depth}")
def ask(run, depth):
    return {"depth": run.metrics["value"]}


def deep():
    return float(np.pi)


def both(size):
    return [weigh(size, way) for way in ways_here]


# %%
ways_here = [way.lower() for way in ways.WAYS]
found = [run for size in sizes for run in both(size)]
for extra, way in product([7], ways_here[:1]):
    found += [weigh(extra, way)]
paperbook.glue("tides", weight=2 * found[0].metrics["weight"] + 1)
deepest = tides["seed_0"]["heights"][0]
asked = ask(tides["seed_0"], deepest)

# %%
kind = kind.upper() if asked.metrics["depth"] > 1 else "never"
'''
)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> GitBook:
    """A book with a page that plans in roundabout ways."""
    made = GitBook(tmp_path_factory.mktemp("planned") / "book")
    (made.root / "book/tides.py").write_text(PAGE)
    (made.root / "tiny/ways.py").write_text('STEPS = ("A", "B")\nWAYS = STEPS[:2]\n')
    return made


def test_calls_are_found_through_functions_loops_and_constants_of_modules(book: GitBook) -> None:
    found = {plan.name: plan for plan in planned.Book(book.root, "smoke").page("tides")}
    assert set(found) == {"a_1", "a_2", "b_1", "b_2", "a_7", "of_*"}
    expected = {"by": "hand", "kind": "calm", "size": 2, "way": "b"}
    assert found["b_2"].parameters == expected
    assert isinstance(found["of_*"].parameters["depth"], Unknown)
    assert found["of_*"].parameters["run"].name == "seed_0"
    assert book.log() == []  # nothing was computed


def test_the_profile_decides(book: GitBook) -> None:
    (book.root / "params/few.yml").write_text("tides: {sizes: [3], kind: storm}\n")
    found = {plan.name: plan for plan in planned.Book(book.root, "few").page("tides")}
    assert set(found) == {"a_3", "b_3", "a_7", "of_*"}
    assert found["a_3"].parameters["kind"] == "storm"


def test_a_plan_that_hangs_on_what_is_computed_is_refused(book: GitBook) -> None:
    source = book.root / "book/tides.py"
    text = source.read_text()
    for old, new in (
        ("for size in sizes for run in", "for size in tides['seed_0']['heights'] for run in"),
        ("asked = ask(", "asked = tides['seed_0'].metrics['value'] > 3 and ask("),
    ):
        assert old in text
        source.write_text(text.replace(old, new))
        try:
            with pytest.raises(pages.PageError, match=r"book/tides.py.*without computing"):
                planned.Book(book.root, "smoke").page("tides")
        finally:
            source.write_text(text)


@pytest.mark.slow
def test_a_run_writes_what_was_planned(book: GitBook, tmp_path: Path) -> None:
    done: subprocess.CompletedProcess = book.run(
        "run", "tides", "--profile", "smoke", "--records", str(tmp_path)
    )
    assert done.returncode == 0, done.stderr
    made = {path.stem: records.read(path) for path in records.paths("tides", tmp_path)}
    plans = planned.Book(book.root, "smoke").page("tides")
    chain = certificates.Chain(book.root)
    assert len(made) == len(plans) == 6
    for plan in plans:
        name = plan.name.replace("*", "4")
        assert freshness.changed(made[name], plan, chain, None) == ""
        known = freshness.run_keys(plan, chain)
        assert known is None or known == [made[name]["key"]]


def test_every_page_of_this_book_can_be_planned() -> None:
    book = planned.Book(ROOT, "smoke")
    found = {name: len(book.page(name)) for name in book.pages()}
    assert found
    assert all(found.values()), found
