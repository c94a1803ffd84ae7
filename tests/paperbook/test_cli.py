"""The command line, and papermill's own, on pages of the tiny book."""

import json
import os
import shutil
import subprocess
import sys

import nbformat
import pytest

from paperbook import cli, pages, parameters, runner
from paperbook.plan import Planner
from tests.support.tinybook import ROOT, TinyBook

FIRST = ["page measure", "measure 0 3.0", "epoch 0", "epoch 1", "epoch 2"]
QUIET = "import {}; import sys; print([m for m in ('tensorflow', 'sklearn') if m in sys.modules])"
PAPERMILL = """
import sys
from papermill.cli import papermill
from papermill.iorw import papermill_io
from paperbook.pages import PageHandler
papermill_io.register("nb:", PageHandler)  # an installed press does this by its entry point
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
    monkeypatch.delenv("PAPERBOOK_ROOT", raising=False)
    project.executed()
    return project


def test_start_is_quick():
    done = python("-c", QUIET.format("fplib, fplib.cli, paperbook, paperbook.cli, paperbook.pages"))
    assert done.stdout.strip() == "[]", done.stderr
    assert "COMMAND" in python("-m", "fplib.cli", "--help").stdout
    assert "COMMAND" in python("-m", "paperbook.cli", "--help").stdout


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("1e-3", 1e-3),
        ("true", True),
        ("None", None),
        ("-inf", float("-inf")),
        ("fast", "fast"),
        ("[1, 2]", [1, 2]),
        ("a b", "a b"),
    ],
)
def test_values_of_the_command_line(text, value):
    assert parameters.parse(text) == value
    assert type(parameters.parse(text)) is type(value)


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
    assert inside.executed() == FIRST
    told = capfd.readouterr()
    assert told.out.splitlines() == [
        "notebook: runs/quick/measure.ipynb",
        "records:  runs/quick/records/measure",
    ]
    assert "running measure (factor=3.0)" in told.err
    assert runner.stored(Planner(inside.root, "quick").plan("measure")) is not None


def test_run_first_runs_what_a_page_reads(inside):
    assert cli.main(["run", "show", "--profile", "full"]) == 0
    assert inside.executed("page") == ["page measure", "page show"]


def test_other_parameters_leave_the_book_alone(inside, capsys):
    run = Planner(inside.root, "quick").plan("measure")
    if runner.stored(run) is None:
        cli.main(["run", "measure"])
    before = run.notebook.read_bytes(), (run.records / "measure/seed_0.json").read_bytes()
    inside.executed()
    assert cli.main(["run", "measure", "-p", "factor", "7", "-p", "seeds=[0]"]) == 0
    assert inside.executed("measure") == ["measure 0 7"]
    assert (run.notebook.read_bytes(), (run.records / "measure/seed_0.json").read_bytes()) == before
    shown = capsys.readouterr().out.splitlines()[-1].split()[-1]
    assert shown.startswith("runs/quick/variants/measure-")
    assert json.loads((inside.root / shown / "seed_0.json").read_text())["metrics"]["value"] == 14.0


def test_records_go_where_they_are_asked_to_and_are_not_made_again(inside, tmp_path):
    """Hours of training lie in results/; a page must not start it all over."""
    (tmp_path / "measure").mkdir()
    (tmp_path / "measure" / "older.json").write_text("{}")
    words = ["run", "measure", "-p", "factor", "9", "--records", str(tmp_path)]
    assert cli.main(words) == 0
    names = {path.name for path in (tmp_path / "measure").iterdir()}
    assert names == {"older.json", "seed_0.json"}
    record = json.loads((tmp_path / "measure/seed_0.json").read_text())
    assert record["parameters"] == {"factor": 9, "seed": 0}
    assert record["metrics"] == {"value": 18.0}
    shutil.rmtree(inside.root / "runs/cache")  # another machine: the records alone are here
    inside.executed()
    before = (tmp_path / "measure/seed_0.json").read_bytes()
    assert cli.main([*words[:2], "-p", "factor", "9", "-p", "seeds", "[0,", "1]", *words[-2:]]) == 0
    # the page asks for what the first run kept, so it is computed once more; its record stands
    assert inside.executed("measure") == ["measure 1 9", "measure 0 9"]
    assert (tmp_path / "measure/seed_0.json").read_bytes() == before


def test_failing_page_keeps_its_notebook(inside, capsys):
    source = inside.root / "book/measure.py"
    text = source.read_text()
    source.write_text(text.replace("runs = [", "1 / 0\nruns = ["))
    try:
        assert cli.main(["run", "measure"]) == 1
    finally:
        source.write_text(text)
    assert "book/measure.py: code cell 4 raised ZeroDivisionError" in capsys.readouterr().err
    failed = nbformat.read(inside.root / "runs/quick/measure.failed.ipynb", as_version=4)
    assert str(inside.root) not in json.dumps(failed)


def test_truncated_run_is_not_used(inside):
    cli.main(["run", "measure"])
    run = Planner(inside.root, "quick").plan("measure")
    assert runner.stored(run) is not None
    run.notebook.write_text(run.notebook.read_text()[:500])
    assert runner.stored(run) is None


def test_papermill_runs_a_page(inside):
    out = inside.root / "out.ipynb"
    arguments = ["nb:book/measure.py", str(out), "-p", "factor", "4.0", "--cwd", "book"]
    folders = {"PAPERBOOK_ROOT": str(inside.root), "PYTHONPATH": f"{inside.root}:{ROOT}"}
    done = python("-c", PAPERMILL, *arguments, cwd=inside.root, **folders)
    assert done.returncode == 0, done.stderr
    assert "does not end in" not in done.stderr
    assert inside.executed("measure") == ["measure 0 4.0"]
    assert nbformat.read(out, as_version=4).cells[1].metadata.tags == ["parameters"]


def test_papermill_hands_over_text_and_the_page_reads_it(inside):
    words = ["nb:book/measure.py", str(inside.root / "out.ipynb"), "--cwd", "book", "-p", "seeds"]
    folders = {"PAPERBOOK_ROOT": str(inside.root), "PYTHONPATH": f"{inside.root}:{ROOT}"}
    done = python("-c", PAPERMILL, *words, "[3, 4]", cwd=inside.root, **folders)
    assert done.returncode == 0, done.stderr
    assert inside.executed("measure") == ["measure 3 1.0", "measure 4 1.0"]
    done = python("-c", PAPERMILL, *words, "many", cwd=inside.root, **folders)
    assert "parameter 'seeds' of page 'measure' in the parameters given: expected list" in (
        done.stderr
    )
    assert inside.executed("measure") == []


def test_the_entry_point_of_papermill_exists():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    module, name = project["entry-points"]["papermill.io"]["nb:"].split(":")
    assert module == pages.__name__
    assert getattr(pages, name) is pages.PageHandler
    assert project["scripts"]["paperbook"] == f"{cli.__name__}:{cli.main.__name__}"
