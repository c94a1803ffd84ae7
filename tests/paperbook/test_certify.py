"""`paperbook certify` and the recheck of certificates, on a tiny book in a repository."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest

from paperbook import bits, certificates, certify, cli, freshness
from paperbook.cache import Entry
from tests.support.gitbook import GitBook

pytestmark = pytest.mark.slow
REFACTORED = "    moon = factor\n    return moon * SCALE"
OTHER = (  # an experiment that only the full profile runs
    "\n\n# %%\n@paperbook.experiment\ndef rare(level):\n    return {'value': height(level)}\n"
    "\n\nrares = [rare(level) for level in seeds if factor > 4]\n"
)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> GitBook:
    """A book with four revisions: first, a comment, a refactoring, another bit."""
    made = GitBook(tmp_path_factory.mktemp("certify") / "book")
    page = made.root / "book/measure.py"
    page.write_text(page.read_text().replace("\n\n# %%\nruns = [", f"{OTHER}\n# %%\nruns = ["))
    made.commit("a rare experiment")
    made.git("tag", "first")
    made.edit("tiny/tide.py", "# of the moon", "# of the moon alone")
    made.commit("a comment")
    made.git("tag", "comment")
    made.edit("tiny/tide.py", "    return SCALE * factor", REFACTORED)
    made.commit("a refactoring")
    made.git("tag", "refactored")
    made.edit("tiny/tide.py", "SCALE = 2.0", "SCALE = 2.0000000000000004")
    made.commit("a bit")
    made.git("tag", "bit")
    return made


@pytest.fixture
def at(book: GitBook, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Check a revision out, without records and certificates, and work in it."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # others may certify at the same time
    monkeypatch.chdir(book.root)
    monkeypatch.setenv("PAPERBOOK_ROOT", str(book.root))

    def go(revision: str) -> None:
        book.git("checkout", "--quiet", "--force", revision)
        book.git("clean", "--quiet", "-d", "--force", "results")

    return go


def left_behind(book: GitBook) -> list[str]:
    """Worktrees and temporary folders that should be gone."""
    folders = [path.name for path in Path(tempfile.gettempdir()).glob("paperbook-*/book")]
    return [*book.git("worktree", "list").splitlines()[1:], *folders]


def test_a_comment_needs_no_certificate(book: GitBook, at) -> None:
    at("comment")
    verdict, file = certify.certify(book.root, "first", "comment", tell=pytest.fail)
    assert (verdict.equal, file) == (["measure/measure", "measure/rare"], None)
    assert left_behind(book) == []


def test_a_refactoring_is_certified_and_its_records_stand(book: GitBook, at, capsys) -> None:
    at("comment")
    path = book.publish()
    text = path.read_bytes()
    at("refactored")
    path.parent.mkdir(parents=True)
    path.write_bytes(text)
    assert "code: " in freshness.of(book.root).pages[0].stale["seed_0"]

    assert cli.main(["certify", "comment", "refactored"]) == 0
    told = capsys.readouterr().out
    assert "certified: measure/measure" in told
    assert "not run:   measure/rare (profile smoke runs it not at both revisions)" in told
    file = next(certificates.folder(book.root).iterdir())
    certificate = certificates.read(file)
    assert [entry["experiment"] for entry in certificate["entries"]] == ["measure"]
    run = certificate["entries"][0]["runs"][0]
    # the metric, the array of heights and the value of notes
    assert (run["parameters"], run["compared"]) == ({"factor": 2.0, "seed": 0}, 3)
    assert certificate["packages"]["numpy"] == np.__version__
    page = freshness.of(book.root).pages[0]
    assert (page.fresh, page.missing) == (["seed_0"], ["level_0"])

    # a run takes the record as it is, and computes the one that is missing
    book.executed()
    words = ["run", "measure", "--profile", "full", "--records", "results"]
    assert cli.main([*words, "--only", "level_0", "seed_0"]) == 0
    assert book.executed("measure") == []
    assert json.loads(path.read_text())["metrics"] == {"value": 1.0}
    assert freshness.of(book.root).whole

    # what a hand changes in the certificate, the recheck finds
    assert cli.main(["audit", "--recheck", "3", "--seed", "1"]) == 0
    assert "seed of the sample: 1\n" in capsys.readouterr().out
    certificate["entries"][0]["old"] = "a" * 64
    certificates.write(book.root, certificate)
    assert cli.main(["audit", "--recheck", "1"]) == 1
    assert f"wrong:   {file.name}: measure/measure: old key is " in capsys.readouterr().out
    assert left_behind(book) == []


def test_another_bit_is_refused_by_name(book: GitBook, at, capsys) -> None:
    at("bit")
    assert cli.main(["certify", "refactored", "bit"]) == 1
    told = capsys.readouterr().out
    assert "refused:   measure/measure: metric value of seed_0\n" in told
    assert "no certificate was written" in told
    assert not certificates.folder(book.root).exists()


def test_a_page_that_fails_is_not_certified_and_leaves_nothing(book: GitBook, at, capsys) -> None:
    at("refactored")
    book.edit("tiny/tide.py", "moon = factor", "moon = factor / 0")
    broken = book.commit("broken")
    assert cli.main(["certify", "refactored", broken]) == 0
    assert "not run:   measure/measure (paperbook: book/measure.py: " in capsys.readouterr().out
    assert left_behind(book) == []
    assert cli.main(["certify", "refactored", "nowhere"]) == 1
    assert "no revision 'nowhere'" in capsys.readouterr().err


def test_each_edit_of_an_entry_is_seen() -> None:
    run = {"name": "a", "parameters": {"n": 1}, "compared": 2, "digest": "0" * 64}
    entry = {"page": "p", "experiment": "e", "old": "1" * 64, "new": "2" * 64, "runs": [run]}
    verdict = certify.Verdict(refused={"p/f": "metric x of a"})
    assert certify._unlike(entry, entry, verdict) == ""
    for change in ({"n": 2}, {"n": 1, "m": 1}):
        other = entry | {"runs": [run | {"parameters": change}]}
        assert certify._unlike(other, entry, verdict) == "run a is not what was computed"
    for name, value in (("digest", "3" * 64), ("compared", 3), ("name", "b")):
        assert certify._unlike(entry | {"runs": [run | {name: value}]}, entry, verdict)
    assert certify._unlike(entry | {"runs": [run, run | {"name": "b"}]}, entry, verdict)
    assert "new key is 2222222" in certify._unlike(entry | {"new": "4" * 64}, entry, verdict)
    assert certify._unlike(entry | {"experiment": "f"}, None, verdict) == "metric x of a"
    assert certify._unlike(entry, None, verdict) == "it needs no certificate"


class Model:
    """Something that saves itself as an archive with a document."""

    def __init__(self, seconds: float, weight: float) -> None:
        self.document = {"history": [{"loss": 1.0, "seconds": seconds}], "kind": "m"}
        self.weight = weight

    def save(self, path: Path) -> None:
        arrays = {"w": np.array([self.weight]), "meta.json": np.array(json.dumps(self.document))}
        with open(path, "wb") as file:  # under a name that does not tell what it is
            np.savez(file, **arrays)


def contents(folder: Path, seconds: float = 1.0, weight: float = 2.0, **metrics) -> dict:
    """What counts of a run that kept all kinds of things."""
    record = {
        "schema": 2,
        "page": "p",
        "profile": "smoke",
        "experiment": "e",
        "key": "a" * 64,
        "created": "2026-01-01T00:00:00Z",
        "synthetic_data": False,
        "parameters": {},
        "metrics": {"score": 1.0, "by_epoch.seconds": [seconds], "images_per_second": seconds}
        | metrics,
        "seconds": {"total": seconds},
        "peak_memory_mb": seconds,
        "data": {"set": "b" * 64},
        "code": {"revision": None, "dirty": None, "key": "c" * 64},
        "environment": {"python": "3.11", "device": "CPU: x", "cores": 1, "platform": "L"},
    }
    kept = {
        "model": Model(seconds, weight),
        "curve": np.arange(3.0),
        "rows": [{"seconds": seconds}],
    }
    Entry(folder, "e", "a" * 64).store(record, kept)
    return bits.contents(record, folder)


def test_times_do_not_count_and_everything_else_does(tmp_path: Path) -> None:
    first = contents(tmp_path / "1")
    assert set(first) == {
        "metric score",
        "data set",
        "array curve",
        "array model: w",
        "array model: meta.json",
        "value rows",
    }
    assert bits.first_difference(first, contents(tmp_path / "2", seconds=9.0)) is None
    bit = contents(tmp_path / "3", weight=np.nextafter(2.0, 3.0))
    assert bits.first_difference(first, bit) == "array model: w"
    score = contents(tmp_path / "4", score=np.nextafter(1.0, 2.0))
    assert bits.first_difference(first, score) == "metric score"
    more = contents(tmp_path / "5", second_score=1.0)
    assert bits.first_difference(first, more | {"x": ""}) == "x (only the new run has it)"
    assert bits.digest(first) != bits.digest(bit)
