"""`make full`: Snakemake runs the jobs of a tiny book, and plans them for clusters.

Snakemake has an environment of its own; where it has not been made, these tests are skipped.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
import yaml

from paperbook import freshness, jobs
from tests.support.gitbook import GitBook
from tests.support.tinybook import ROOT

SNAKEMAKE = ROOT / ".venv-full/bin/snakemake"
PROFILES = sorted(path.name for path in (ROOT / "workflow/profiles").iterdir())
needs_snakemake = pytest.mark.skipif(
    not SNAKEMAKE.exists(), reason="no Snakemake: `make .venv-full/.ready` installs it"
)


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitBook:
    """A book that plans two records, one of which is there."""
    made = GitBook(tmp_path / "book")
    monkeypatch.setenv("PAPERBOOK_ROOT", str(made.root))
    (made.root / "params/full.yml").write_text("measure: {factor: 5.0, seeds: [0, 1]}\n")
    made.commit("two seeds")
    made.publish()
    jobs.write(jobs.plan(made.root), made.root / "runs/full/plan.json", "full")
    return made


def start(book: GitBook, profile: str, *words: str, **more: str) -> subprocess.Popen[str]:
    """Start the workflow in a book as `make full` does."""
    where = ["--snakefile", str(ROOT / "workflow/Snakefile")]
    where += ["--workflow-profile", str(ROOT / "workflow/profiles" / profile)]
    return subprocess.Popen(
        [str(SNAKEMAKE), *where, "--config", "book=.", f"python={sys.executable}", *words],
        cwd=book.root,
        env=book.environment(**more) | {"XDG_CACHE_HOME": str(book.root / "runs/xdg")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def finished(book: GitBook, profile: str, *words: str) -> str:
    """What the workflow said until it ended well."""
    process = start(book, profile, *words)
    said, _ = process.communicate(timeout=300)
    assert process.returncode == 0, said
    return said


@needs_snakemake
@pytest.mark.slow
@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_plans_the_jobs(book: GitBook, profile: str) -> None:
    said = finished(book, profile, "-n")
    assert "measure_measure_0" in said
    assert "This was a dry-run" in said
    assert not (book.root / "results/measure/seed_1.json").exists()


@needs_snakemake
@pytest.mark.slow
def test_missing_records_are_made_and_fresh_ones_left(book: GitBook) -> None:
    there = (book.root / "results/measure/seed_0.json").read_bytes()
    finished(book, "local", "-j", "1")
    assert book.executed("measure") == ["measure 1 5.0"]
    assert (book.root / "results/measure/seed_0.json").read_bytes() == there
    assert freshness.of(book.root).whole
    assert jobs.plan(book.root) == []
    jobs.write([], book.root / "runs/full/plan.json", "full")
    finished(book, "local", "-j", "1")
    assert book.executed() == []


@needs_snakemake
@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="kills a group of processes")
def test_a_killed_workflow_goes_on_where_it_was(book: GitBook) -> None:
    stale = book.publish("seed_1", code_key="0" * 64)
    old = stale.read_bytes()
    process = start(book, "local", "-j", "1", TINY_SLEEP="3")
    deadline = time.monotonic() + 120
    while "epoch 1" not in book.log() and time.monotonic() < deadline:
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    time.sleep(1)  # the kernel has a group of its own and ends when its parent is gone
    assert "epoch 1" in book.log()
    assert stale.read_bytes() == old  # a stale record stays until the new one is there
    jobs.write(jobs.plan(book.root), book.root / "runs/full/plan.json", "full")
    finished(book, "local", "-j", "1")
    assert book.log().count("epoch 0") == 1
    assert freshness.of(book.root).whole


def test_the_workflow_reads_what_the_press_writes(book: GitBook) -> None:
    plan = json.loads((book.root / "runs/full/plan.json").read_text())
    text = (ROOT / "workflow/Snakefile").read_text()
    assert plan["jobs"]
    for name in ("name", "page", "only", "outputs", "marks", "needs", "seconds"):
        assert name in plan["jobs"][0]
        assert f'job["{name}"]' in text


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_ends_in_the_same_records(profile: str) -> None:
    told = yaml.safe_load((ROOT / "workflow/profiles" / profile / "config.yaml").read_text())
    assert told["forceall"]  # dates must not decide
    assert told["rerun-incomplete"]
    assert told["nolock"]  # a killed run needs no unlocking
    wanted = {f"snakemake-executor-plugin-{told['executor']}"} if "executor" in told else set()
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert wanted <= {line.split("==")[0] for line in extras["optional-dependencies"]["full"]}
