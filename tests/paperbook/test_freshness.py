"""Fresh, stale, missing and surplus records of a book in a repository."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from paperbook import audit, certificates, cli, freshness, records, seals
from tests.support.gitbook import GitBook

OTHER = "0" * 64


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> GitBook:
    """A tiny book under git with two planned records, none of them made."""
    made = GitBook(tmp_path / "book")
    monkeypatch.chdir(made.root)
    monkeypatch.setenv("PAPERBOOK_ROOT", str(made.root))
    (made.root / "params/full.yml").write_text("measure: {factor: 5.0, seeds: [0, 1]}\n")
    made.commit("two seeds")
    return made


def state(book: GitBook) -> freshness.Page:
    """That of the one page with experiments."""
    found = freshness.of(book.root)
    assert (found.wrong, [page.name for page in found.pages]) == ([], ["measure"])
    return found.pages[0]


def change(path: Path, **changes: object) -> None:
    """Edit a record by hand."""
    record = json.loads(path.read_text())
    record.pop("digest")  # or the edit would be all that is noticed
    for name, value in changes.items():
        record[name] = record[name] | value if isinstance(value, dict) else value
    path.write_text(json.dumps(record))


def certify(book: GitBook, old: str, new: str, word: str = "calm") -> None:
    """A certificate as the command writes it, of runs that nobody made."""
    run = {"name": "a", "parameters": {"word": word}, "compared": 1, "digest": OTHER}
    entry = {"page": "measure", "experiment": "measure", "old": old, "new": new, "runs": [run]}
    certificates.write(
        book.root,
        {
            "schema": 1,
            "old": old[:40],
            "new": new[:40],
            "profile": "smoke",
            "created": "2026-01-01T00:00:00Z",
            "packages": {},
            "entries": [entry],
        },
    )


def test_records_of_the_code_beside_them_are_fresh(book: GitBook, capsys) -> None:
    for name in ("seed_0", "seed_1"):
        book.publish(name)
    assert state(book) == freshness.Page("measure", fresh=["seed_0", "seed_1"])
    book.edit("tiny/tide.py", "# of the moon", "# of the moon and the sun")
    assert state(book).fresh == ["seed_0", "seed_1"]
    assert cli.main(["audit", "--strict"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "measure                 2 fresh, 0 stale, 0 missing" in lines


def test_each_missing_and_stale_record_is_named_and_the_audit_fails(book: GitBook, capsys) -> None:
    book.publish()
    assert cli.main(["audit", "--strict"]) == 1
    assert "missing: measure/seed_1\n" in capsys.readouterr().out
    book.publish("seed_1", code_key=OTHER)
    assert cli.main(["audit", "--strict"]) == 1
    assert "stale:   measure/seed_1 (code: 0000000 is now " in capsys.readouterr().out


def test_a_change_of_the_code_makes_records_stale(book: GitBook) -> None:
    book.publish()
    book.edit("tiny/tide.py", "SCALE = 2.0", "SCALE = 3.0")
    assert "code: " in state(book).stale["seed_0"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"parameters": {"factor": 4.0}}, "parameter factor: 4.0 is now 5.0"),
        ({"parameters": {"more": 1}}, "parameter more: 1 is now absent"),
        ({"code": {"revision": "a" * 40}}, "revision aaaaaaa is not in the history"),
        ({"code": {"revision": None, "dirty": None}}, "no revision"),
        ({"environment": {"numpy": "1.0"}}, "numpy: 1.0 is now "),
        ({"experiment": "weigh"}, "experiment weigh is now measure"),
        ({"metrics": {"accuracy": 7.0}}, "not valid: "),
        ({"key": OTHER}, "key: it is not that of the record's code, parameters and packages"),
    ],
)
def test_what_has_changed_is_said(book: GitBook, changes: dict, why: str) -> None:
    change(book.publish(), **changes)
    assert why in state(book).stale["seed_0"]


def test_a_record_that_nobody_planned_is_surplus_and_no_fault(book: GitBook) -> None:
    for name in ("seed_0", "seed_1"):
        book.publish(name)
    (book.root / "results/measure/seed_7.json").write_bytes(
        (book.root / "results/measure/seed_1.json").read_bytes()
    )
    assert state(book).surplus == ["seed_7"]
    assert freshness.of(book.root).whole


def test_a_revision_of_another_branch_is_not_in_the_history(book: GitBook) -> None:
    book.git("checkout", "--quiet", "-b", "aside")
    book.commit("aside")
    record = book.publish()
    assert state(book).fresh == ["seed_0"]
    kept = record.read_bytes()
    book.git("checkout", "--quiet", "main")
    record.write_bytes(kept)
    assert "is not in the history" in state(book).stale["seed_0"]


def test_without_a_history_revisions_are_left_out_with_the_reason(
    book: GitBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.publish()
    book.commit("a record")
    book.git("clone", "--quiet", "--depth", "1", book.root.as_uri(), str(tmp_path / "shallow"))
    monkeypatch.setenv("PAPERBOOK_ROOT", str(tmp_path / "shallow"))
    found = freshness.of(tmp_path / "shallow")
    assert found.pages[0].fresh == ["seed_0"]
    assert "shallow checkout" in found.skipped[0]
    (book.root / ".git").rename(tmp_path / "git")
    assert "no git checkout" in freshness.of(book.root).skipped[0]


def test_certificates_carry_a_record_over_one_change_after_another(book: GitBook) -> None:
    path = book.publish(code_key="a" * 64)
    now = freshness.planned.Book(book.root).page("measure")[0].code
    certify(book, "a" * 64, "b" * 64)
    assert "seed_0" in state(book).stale
    certify(book, "b" * 64, now)
    assert state(book).fresh == ["seed_0"]
    assert freshness.of(book.root).whole is False  # the other one is missing
    change(path, code={"key": "c" * 64})
    assert "seed_0" in state(book).stale


def test_a_certificate_holds_for_the_words_that_were_run(book: GitBook) -> None:
    certify(book, "a" * 64, "b" * 64, word="calm")
    chain = certificates.Chain(book.root)
    about = "measure", "measure"
    assert list(chain.older(*about, "b" * 64, {"word": "calm", "n": 3})) == ["a" * 64]
    assert list(chain.older(*about, "b" * 64, {"word": "storm"})) == []
    assert chain.uncovered(*about, "a" * 64, {"word": "storm"}) == ["word=storm"]
    assert list(chain.older("show", "measure", "b" * 64, {})) == []
    of_a_run = {"word": "calm", "run": "show/seed_0 0123456789abcdef"}
    assert list(chain.older(*about, "b" * 64, of_a_run)) == ["a" * 64]


def test_a_certificate_that_breaks_its_schema_is_an_error(book: GitBook, capsys) -> None:
    certify(book, "a" * 64, "b" * 64)
    file = next(certificates.folder(book.root).iterdir())
    good = file.read_text()
    for old, new in (('"measure"', '"Measure!"'), ('"schema": 1', '"schema": 9'), ("{", "[")):
        file.write_text(good.replace(old, new))
        assert freshness.of(book.root).wrong, new
    assert cli.main(["audit"]) == 1
    assert f"wrong:   certificates/{file.name}" in capsys.readouterr().out
    file.unlink()
    file.with_name("ccccccc-ddddddd.json").write_text(good)
    assert "expected the name aaaaaaa-bbbbbbb.json" in freshness.of(book.root).wrong[0]


def test_certificates_are_no_records_for_anyone(book: GitBook) -> None:
    record = book.publish()
    certify(book, "a" * 64, "b" * 64)
    assert records.every(book.root / "results") == [record]
    assert [*seals.published(book.root)] == ["measure/seed_0.json"]
    assert audit.published(book.root).broken == []
    assert {page.name for page in freshness.of(book.root).pages} == {"measure"}
