"""`experiment` on functions of a module: cached by what they reach, named, recorded, kept apart."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from paperbook import records, workspace

SOURCE = '''
import numpy as np
import paperbook

factor = 2.0
calls = list()


class Saved:
    """Something that saves itself."""

    seconds_ = {"first": 1.0, "second": 2.0}

    def __init__(self, text):
        self.text = text

    def save(self, path):
        path.write_text(self.text)


def scale(x):
    return x * factor


@paperbook.experiment(
    name="x{x}_{kind}", load=lambda path: Saved(path.read_text()), synthetic_data=True, notes="Tide."
)
def measure(x, kind="a", checkpoint=None):
    note(x)
    if checkpoint is not None:
        (checkpoint / "state").write_text("here")
    kept = {"model": Saved(f"{x}"), "curve": np.arange(3.0), "history": [{"loss": np.float32(1)}]}
    return {"score": scale(x)}, kept | {"data": {"set": "a" * 64}}


@paperbook.experiment
def plain(level):
    return {"level": level}


@paperbook.experiment
def ask(run):
    note(run["model"].text)
    return {"length": len(run["curve"])}


@paperbook.experiment
def odd():
    return {}, {"thing": object()}


def note(x):
    calls.append(x)
'''


@pytest.fixture
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A book that is not built: a root, and a folder for records."""
    (tmp_path / "_config.yml").touch()
    (tmp_path / "book").mkdir()
    # Python takes a compiled file for current when size and second of its source are the same
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for name in ("PROFILE", "STARTED"):
        monkeypatch.delenv(f"PAPERBOOK_{name}", raising=False)
    monkeypatch.setenv("PAPERBOOK_ROOT", str(tmp_path))
    monkeypatch.setenv("PAPERBOOK_RECORDS", str(tmp_path / "records"))
    monkeypatch.setenv("PAPERBOOK_PAGE", "tide")
    return tmp_path


def module(book: Path, source: str = SOURCE) -> ModuleType:
    """The functions as a module of the book's folder, in the state of this source."""
    path = book / "functions.py"
    path.write_text(source)
    specification = importlib.util.spec_from_file_location("functions", path)
    made = importlib.util.module_from_spec(specification)
    sys.modules["functions"] = made
    specification.loader.exec_module(made)
    return made


def test_the_second_call_computes_nothing(book: Path) -> None:
    functions = module(book)
    first, second = functions.measure(3), functions.measure(3)
    assert functions.calls == [3]
    assert first.metrics == second.metrics == {"score": 6.0}
    assert first.record == second.record
    assert first.record["parameters"] == {"x": 3, "kind": "a", "factor": 2.0}
    assert second.seconds == {"first": 1.0, "second": 2.0}  # as the model measured them
    assert second.record["data"] == {"set": "a" * 64}
    assert (second.record["synthetic_data"], second.record["notes"]) == (True, "Tide.")
    assert second["model"].text == "3"
    assert np.array_equal(second["curve"], np.arange(3.0))
    assert second["history"] == [{"loss": 1.0}]
    with pytest.raises(KeyError, match="'curves' was not kept; kept: curve, history, model"):
        second["curves"]


def test_records_go_to_their_folder_under_their_names(book: Path) -> None:
    functions = module(book)
    functions.measure(3, kind="b")
    functions.plain(0.25)
    found = records.load("tide", book / "records")
    assert {p.name for p in records.paths("tide", book / "records")} == {
        "x3_b.json",
        "level_0p25.json",
    }
    assert [r["experiment"] for r in found] == ["plain", "measure"]
    assert set(found[0]["seconds"]) == {"total"}


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("factor = 2.0", "factor = 3.0", True),
        ("return x * factor", "return x + factor", True),
        ('return {"score": scale(x)}', 'return {"score": scale(x) + 1}', True),
        ("def plain(level):", "def plain(level, more=1):", False),
        ('"""Something that saves itself."""', '"""Saves."""', False),
        ("def scale(x):", "def scale(x):  # of things", False),
        ('name="x{x}_{kind}"', 'name="{x}"', False),
    ],
)
def test_what_it_reaches_decides(book: Path, old: str, new: str, again: bool) -> None:
    module(book).measure(3)
    assert old in SOURCE
    functions = module(book, SOURCE.replace(old, new))
    functions.measure(3)
    assert (functions.calls == [3]) is again


def test_a_page_value_under_the_name_of_an_argument_counts(book: Path) -> None:
    source = SOURCE.replace("factor = 2.0", "factor = 2.0\nlevel = 1").replace(
        'return {"level": level}', 'note(level)\n    return {"level": read() + level}'
    )
    source += "\n\ndef read():\n    return level\n"
    assert module(book, source).plain(5).metrics == {"level": 6}
    other = module(book, source.replace("level = 1", "level = 2"))
    assert other.plain(5).metrics == {"level": 7}


def test_a_value_whose_name_begins_with_an_underscore_counts(book: Path) -> None:
    source = SOURCE.replace("factor", "_factor")
    assert module(book, source).measure(3).metrics == {"score": 6.0}
    other = source.replace("_factor = 2.0", "_factor = 4.0")
    assert module(book, other).measure(3).metrics == {"score": 12.0}


def test_a_killed_run_finds_its_checkpoint_and_no_other_does(book: Path) -> None:
    failing = SOURCE.replace("    kept = {", "    note(sorted(p.name for p in checkpoint.iterdir()))\n"
                             "    if len(calls) < 3:\n        raise KeyboardInterrupt\n    kept = {")  # fmt: skip
    functions = module(book, failing)
    with pytest.raises(KeyboardInterrupt):
        functions.measure(3)
    unfinished = list(workspace.cache(book).glob("*.unfinished"))
    assert [p.name for p in unfinished[0].iterdir()] == ["state"]
    (unfinished[0] / ".state.1234.tmp").write_text("half")
    assert functions.measure(3).metrics == {"score": 6.0}
    assert functions.calls[-1] == ["state"]  # the half-written file is swept away
    assert not unfinished[0].exists()


def test_a_damaged_entry_is_computed_again(book: Path) -> None:
    functions = module(book)
    functions.measure(3)
    for path in workspace.cache(book).glob("measure-*/record.json"):
        path.write_text(path.read_text()[:100])
    for path in (book / "records/tide").iterdir():
        path.unlink()
    functions.measure(3)
    assert functions.calls == [3, 3]


def test_what_cannot_be_kept_is_refused_by_name(book: Path) -> None:
    with pytest.raises(TypeError, match=r"'thing' cannot be kept: expected an array.*object"):
        module(book).odd()
    assert not list(workspace.cache(book).glob("odd-*/record.json"))


def test_a_run_as_an_argument_counts_by_its_key(book: Path) -> None:
    functions = module(book)
    run = functions.measure(3)
    first, second = (functions.ask(of) for of in (run, functions.measure(3)))
    assert functions.calls == [3, "3"]
    assert first.parameters["run"] == f"tide/x3_a {run.record['key'][:16]}"
    assert first.record == second.record
    other = module(book, SOURCE.replace("return x * factor", "return x + factor"))
    asked = other.ask(other.measure(3))
    assert other.calls == [3, "3"]
    assert asked.record["key"] != first.record["key"]


def test_outside_a_book_it_just_computes(tmp_path, monkeypatch) -> None:
    for name in ("ROOT", "RECORDS", "PAGE"):
        monkeypatch.delenv(f"PAPERBOOK_{name}", raising=False)
    monkeypatch.chdir(tmp_path)
    functions = module(tmp_path)
    run = functions.measure(3)
    assert (run.metrics, run["model"].text, run.name) == ({"score": 6.0}, "3", "x3_a")
    assert [p.name for p in tmp_path.iterdir() if p.name != "__pycache__"] == ["functions.py"]


def test_parameters_of_all_runs_stand_in_every_record(book: Path) -> None:
    told = "parameters={'method': 'tide', 'factor': 1.0}, name='{method}_{level}'"
    head = "@paperbook.experiment{}\ndef plain"
    once = SOURCE.replace(head.format(""), head.format(f"({told})"))
    run = module(book, once).plain(0.25)
    assert run.name == "tide_0p25"
    assert run.parameters == {"method": "tide", "factor": 1.0, "level": 0.25}
    other = module(book, once.replace("'tide'", "'ebb'")).plain(0.25)
    assert other.record["key"] != run.record["key"]


def test_what_is_said_of_a_run_is_what_the_page_says_now(book: Path) -> None:
    module(book).measure(3)
    later = module(book, SOURCE.replace('notes="Tide."', 'notes="Ebb."'))
    assert later.measure(3).record["notes"] == "Ebb."
    assert later.calls == []
    assert [r["notes"] for r in records.load("tide", book / "records")] == ["Ebb."]
    silent = module(book, SOURCE.replace(', notes="Tide."', ""))
    assert "notes" not in silent.measure(3).record
    assert silent.calls == []
