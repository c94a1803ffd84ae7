"""The jobs of `make full`: what is stale or missing, with its time, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from paperbook import cli, jobs
from tests.support.gitbook import GitBook

WAITS = (  # a page that reads another, with a record whose name only the computation knows
    "\n\n# %%\n@paperbook.experiment(name='of_{depth}')\ndef ask(depth):\n    return {'d': depth}\n"
    "\n\nasked = ask(paperbook.runs('measure')[0]['heights'][0])\n"
)


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitBook:
    """A book that plans six records on one page and one on another."""
    made = GitBook(tmp_path / "book")
    monkeypatch.chdir(made.root)
    monkeypatch.setenv("PAPERBOOK_ROOT", str(made.root))
    show = made.root / "book/show.py"
    show.write_text(show.read_text() + WAITS)
    seeds = "seeds: [0, 1, 2, 3, 4, 5]"
    (made.root / "params/full.yml").write_text(f"measure: {{factor: 5.0, {seeds}}}\n")
    made.commit("more")
    return made


def test_nothing_else_than_the_stale_and_the_missing(book: GitBook) -> None:
    for seed in (0, 2, 4):
        book.publish(f"seed_{seed}")
    book.publish("seed_5", code_key="0" * 64)
    measured, asked = jobs.plan(book.root)
    assert measured.only == ("seed_1", "seed_3", "seed_5")
    assert measured.outputs == tuple(f"results/measure/{name}.json" for name in measured.only)
    assert (measured.needs, measured.marks) == ((), ())
    assert (asked.page, asked.only) == ("show", ("of_*",))
    assert asked.outputs == asked.marks == ("runs/full/made/show_ask_1",)
    assert asked.needs == measured.outputs  # of what is made again; fresh records are there


def test_dates_of_files_do_not_count(book: GitBook) -> None:
    for seed in range(6):
        book.publish(f"seed_{seed}")
    (book.root / "book/measure.py").touch()
    assert [job.page for job in jobs.plan(book.root)] == ["show"]
    book.edit("tiny/tide.py", "SCALE = 2.0", "SCALE = 4.0")
    assert [len(job.only) for job in jobs.plan(book.root)] == [6, 1]


def test_times_are_those_of_earlier_records_even_stale_ones(book: GitBook) -> None:
    for seed, seconds in enumerate((100.0, 500.0, 500.0)):
        book.publish(f"seed_{seed}", code_key="0" * 64, seconds={"a": seconds, "b": 200.0})
    found = [job for job in jobs.plan(book.root) if job.page == "measure"]
    # a job is closed when it is worth 900 s; seeds 3, 4 and 5 are guessed at the median, 700 s
    assert [(job.only, job.seconds, job.guessed) for job in found] == [
        (("seed_0", "seed_1"), 1000.0, 0),
        (("seed_2", "seed_3"), 1400.0, 1),
        (("seed_4", "seed_5"), 1400.0, 2),
    ]
    assert jobs.summary(found) == (
        "6 records in 3 jobs, about 1.1 hours one after the other, "
        "by the times of earlier records (3 have none of their own)"
    )


def test_runs_of_unknown_time_are_shared_out_and_said(book: GitBook) -> None:
    seeds = list(range(25))
    (book.root / "params/full.yml").write_text(f"measure: {{factor: 5.0, seeds: {seeds}}}\n")
    found = [job for job in jobs.plan(book.root) if job.page == "measure"]
    assert [(len(job.only), job.seconds, job.untimed) for job in found] == [
        (10, 0.0, 10),
        (10, 0.0, 10),
        (5, 0.0, 5),
    ]
    assert "; 25 of them are not counted: their pages have no records" in jobs.summary(found)
    old = book.publish("seed_3", seconds={"total": 450.0})
    old.rename(old.with_name("renamed.json"))  # of the page, though nobody plans it any more
    found = [job for job in jobs.plan(book.root) if job.page == "measure"]
    assert [len(job.only) for job in found] == [2] * 12 + [1]
    assert sum(job.untimed for job in found) == 0


def test_the_command_prints_them_or_writes_them(book: GitBook, capsys) -> None:
    assert cli.main(["jobs"]) == 0
    assert capsys.readouterr().out.splitlines()[0].split()[:2] == ["measure_measure_0", "6"]
    assert cli.main(["jobs", "--write", "runs/full/plan.json"]) == 0
    written = json.loads((book.root / "runs/full/plan.json").read_text())
    assert written["profile"] == "full"
    assert [job["name"] for job in written["jobs"]] == ["measure_measure_0", "show_ask_1"]
    assert cli.main(["jobs", "--profile", "quick"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("2 records in 2 jobs")


@pytest.mark.slow
def test_only_the_chosen_runs_are_computed(book: GitBook, tmp_path: Path, capsys) -> None:
    words = ["run", "measure", "--profile", "full", "--records", str(tmp_path / "r")]
    assert cli.main([*words, "--only", "seed_4", "seed_1"]) == 0
    assert book.executed("measure") == ["measure 1 5.0", "measure 4 5.0"]
    assert {path.name for path in (tmp_path / "r/measure").iterdir()} == {
        "seed_1.json",
        "seed_4.json",
    }
    assert capsys.readouterr().out.startswith("records: ")
    assert cli.main([*words, "--only", "seed_9"]) == 1
    assert "came to its end without all of: seed_9" in capsys.readouterr().err
