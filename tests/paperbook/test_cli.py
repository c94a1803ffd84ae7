"""The command line, and papermill's own, on pages of the tiny book."""

import json
import os
import shutil
import subprocess
import sys

import nbformat
import pytest

from fplib import cli, doctor
from paperbook import pages, runner
from tests.support.tinybook import ROOT, TinyBook

QUIET = "import {}; import sys; print([m for m in ('tensorflow', 'sklearn') if m in sys.modules])"
PAPERMILL = """
import sys
from papermill.cli import papermill
from papermill.iorw import papermill_io
from fplib.pages import PageHandler
papermill_io.register("nb:", PageHandler)  # an installed fplib does this by its entry point
sys.exit(papermill())
"""


def python(*arguments, cwd=ROOT, **environment):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A tiny book whose pages are run, never built."""
    return TinyBook(tmp_path_factory.mktemp("cli") / "book")


@pytest.fixture
def inside(project, monkeypatch):
    """The tiny book as working directory."""
    monkeypatch.chdir(project.root)
    monkeypatch.delenv("FPLIB_ROOT", raising=False)
    project.executed()
    return project


def test_start_is_quick():
    done = python("-c", QUIET.format("fplib, fplib.cli, fplib.pages, paperbook.runner"))
    assert done.stdout.strip() == "[]", done.stderr
    assert "COMMAND" in python("-m", "fplib.cli", "--help").stdout


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("1e-3", 1e-3),
        ("true", True),
        ("None", None),
        ("fast", "fast"),
        ("[1, 2]", [1, 2]),
        ("a b", "a b"),
    ],
)
def test_values_of_the_command_line(text, value):
    assert cli.parse_value(text) == value
    assert type(cli.parse_value(text)) is type(value)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "measur"], "unknown page 'measur': did you mean 'measure'?"),
        (["run", "measure", "--profile", "ful"], "unknown profile 'ful': did you mean 'full'?"),
        (["run", "measure", "-p", "fctor", "1"], "unknown parameter 'fctor' of page 'measure'"),
        (["run", "measure", "-p", "factor", "x"], "expected float like 1.0, got 'x'"),
    ],
)
def test_misspelt_words_are_refused_in_one_line(inside, capsys, arguments, said):
    assert cli.main(arguments) == 1
    told = capsys.readouterr()
    assert said in told.err
    assert told.err.count("\n") == 1
    assert inside.executed() == []


def test_run_makes_the_run_that_the_book_shows(inside, capfd):
    assert cli.main(["run", "measure"]) == 0
    assert inside.executed() == ["measure quick 3.0"]
    told = capfd.readouterr()
    assert told.out.splitlines() == [
        "notebook: runs/quick/measure.ipynb",
        "records:  runs/quick/records/measure",
    ]
    assert "running measure (profile='quick', factor=3.0)" in told.err
    assert runner.stored(runner.Planner(inside.root, "quick").plan("measure")) is not None


def test_run_first_runs_what_a_page_reads(inside):
    assert cli.main(["run", "show", "--profile", "full"]) == 0
    assert inside.executed() == ["measure full 5.0", "show"]


def test_other_parameters_leave_the_book_alone(inside, capsys):
    run = runner.Planner(inside.root, "quick").plan("measure")
    if runner.stored(run) is None:
        cli.main(["run", "measure"])
    before = run.notebook.read_bytes(), (run.records / "measure/one.json").read_bytes()
    inside.executed()
    assert cli.main(["run", "measure", "-p", "factor", "7", "-p", "seed", "1"]) == 0
    assert inside.executed() == ["measure quick 7"]
    assert (run.notebook.read_bytes(), (run.records / "measure/one.json").read_bytes()) == before
    shown = capsys.readouterr().out.splitlines()[-1].split()[-1]
    assert shown.startswith("runs/quick/variants/measure-")
    assert json.loads((inside.root / shown / "one.json").read_text())["value"] == 14.0


def test_records_go_where_they_are_asked_to(inside, tmp_path):
    (tmp_path / "measure").mkdir()
    (tmp_path / "measure" / "older.json").write_text("{}")
    assert cli.main(["run", "measure", "--records", str(tmp_path)]) == 0
    names = {path.name for path in (tmp_path / "measure").iterdir()}
    assert names == {"older.json", "one.json"}


def test_records_already_in_the_folder_asked_for_are_not_made_again(inside, tmp_path):
    """Hours of training lie in results/; a page that reads them there must not start it all over."""
    shutil.rmtree(inside.root / "runs", ignore_errors=True)
    (tmp_path / "measure").mkdir()
    (tmp_path / "measure" / "one.json").write_text('{"value": 8.0}')
    assert cli.main(["run", "show", "--records", str(tmp_path)]) == 0
    assert inside.executed() == ["show"]


def test_failing_page_keeps_its_notebook(inside, capsys):
    source = inside.root / "book/measure.py"
    text = source.read_text()
    source.write_text(text.replace("value = SCALE * factor", "value = SCALE / 0"))
    try:
        assert cli.main(["run", "measure"]) == 1
    finally:
        source.write_text(text)
    assert "book/measure.py: code cell 2 raised ZeroDivisionError" in capsys.readouterr().err
    failed = nbformat.read(inside.root / "runs/quick/measure.failed.ipynb", as_version=4)
    assert str(inside.root) not in json.dumps(failed)


def test_truncated_run_is_not_used(inside):
    cli.main(["run", "measure"])
    run = runner.Planner(inside.root, "quick").plan("measure")
    assert runner.stored(run) is not None
    run.notebook.write_text(run.notebook.read_text()[:500])
    assert runner.stored(run) is None


def test_papermill_runs_a_page(inside):
    out = inside.root / "out.ipynb"
    arguments = ["nb:book/measure.py", str(out), "-p", "factor", "4.0", "--cwd", "book"]
    folders = {"FPLIB_ROOT": str(inside.root), "FPLIB_RECORDS": str(inside.root / "elsewhere")}
    folders["PYTHONPATH"] = str(inside.root)
    done = python("-c", PAPERMILL, *arguments, cwd=inside.root, **folders)
    assert done.returncode == 0, done.stderr
    assert "does not end in" not in done.stderr
    assert inside.executed() == ["measure quick 4.0"]
    assert nbformat.read(out, as_version=4).cells[1].metadata.tags == ["parameters"]


def test_the_entry_point_of_papermill_exists():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    module, name = project["entry-points"]["papermill.io"]["nb:"].split(":")
    assert module == pages.__name__
    assert getattr(pages, name) is pages.PageHandler
    assert project["scripts"]["fplib"] == f"{cli.__name__}:{cli.main.__name__}"


@pytest.mark.slow
def test_doctor_runs_a_step_on_every_device(capfd):
    assert doctor.main() == 0
    told = capfd.readouterr()
    assert "FAIL" not in told.out
    assert "CPU:0 one Conv2D step: " in told.out
    assert "oneDNN custom operations" not in told.err  # none of TensorFlow's start-up lines


def test_doctor_says_what_is_missing(monkeypatch, capsys):
    monkeypatch.setattr(doctor, "PACKAGES", ("numpy", "no-such-package"))
    monkeypatch.setattr(doctor, "DISK_GB", 1e9)
    assert doctor.main() == 1
    told = capsys.readouterr().out
    assert "FAIL  no-such-package is not installed" in told
    assert "FAIL  disk:" in told
    assert "ok    numpy" in told
