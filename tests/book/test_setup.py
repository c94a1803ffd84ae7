"""The files that set the project up agree with each other; the set-up fails in one clear line."""

import re
import shutil
import subprocess
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from paperbook import pages, parameters
from paperbook.plan import Planner
from tests.support.tinybook import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCK = {
    requirement.name: requirement
    for line in (ROOT / "requirements.lock").read_text().splitlines()
    if line and not line.startswith("#")
    for requirement in [Requirement(line)]
}
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
PROFILES = parameters.profile_names(ROOT)
PAGES = pages.page_names(ROOT)


def version(name):
    (pin,) = LOCK[name].specifier
    assert pin.operator == "=="
    return Version(pin.version)


def test_every_package_of_the_lock_is_pinned():
    assert len(LOCK) > 100
    for name in LOCK:
        assert version(name).release


def test_lock_meets_what_the_project_asks_for():
    wanted = PROJECT["dependencies"] + EXTRAS["book"] + EXTRAS["dev"]
    for requirement in map(Requirement, wanted):
        assert requirement.specifier.contains(version(requirement.name)), requirement


def test_lock_names_no_index_and_no_path():
    text = (ROOT / "requirements.lock").read_text()
    assert not re.search(r"https?:|--index|--find-links|file:|@|\s/", text)


def test_conda_environment_has_the_same_pins():
    (pip,) = [entry["pip"] for entry in CONDA if isinstance(entry, dict)]
    assert pip == ["-r requirements.lock", "-e ."]
    (python,) = [entry for entry in CONDA if str(entry).startswith("python")]
    assert python.split("=")[1] in SpecifierSet(PROJECT["requires-python"])
    names = {re.split("[=<> ]", entry)[0] for entry in CONDA if isinstance(entry, str)}
    assert names == {"python", "pip"}  # no package comes from two places


def test_gpu_extra_is_the_locked_tensorflow():
    (gpu,) = map(Requirement, EXTRAS["gpu"])
    assert (gpu.name, gpu.extras) == ("tensorflow", {"and-cuda"})
    assert gpu.specifier == SpecifierSet(f"=={version('tensorflow')}")


def test_there_are_the_promised_profiles():
    assert {"smoke", "quick", "full"} <= set(PROFILES)


@pytest.mark.parametrize("profile", PROFILES)
def test_profile_names_pages_and_parameters_that_exist(profile):
    planner = Planner(ROOT, profile)
    assert {planner.plan(page).page for page in PAGES} == set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_page_has_one_parameters_cell_and_survives_jupytext(page):
    import jupytext

    notebook = pages.read_page(pages.page_path(ROOT, page))
    assert sum(map(pages.is_parameters, notebook.cells)) <= 1
    again = jupytext.reads(jupytext.writes(notebook, fmt="py:percent"), fmt="py:percent")
    assert [cell.source for cell in again.cells] == [cell.source for cell in notebook.cells]


def test_every_page_is_in_the_table_of_contents():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    listed = [toc["root"]] + [c["file"] for part in toc["parts"] for c in part["chapters"]]
    prose = [path.stem for path in (ROOT / "book").glob("*.md")]
    there = [f"book/{name}" for name in [*PAGES, *prose]]
    assert sorted(listed) == sorted(there)


def test_default_target_lists_every_target():
    shown = subprocess.run(
        ["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {line.split()[0] for line in shown.splitlines()} == targets
    assert {"help", "book", "test", "check", "clean"} <= targets


def test_ci_runs_the_readers_commands():
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    commands = [line for line in lines if line and not line.startswith(("#", "set", "cd"))]
    commands = [line.split(" #")[0] for line in commands]
    assert [c for c in commands if c.startswith("make ")] == [
        "make check",
        "make test",
        "make book",
        "make audit",
    ]
    assert commands[-4].startswith("make ")  # what comes before them sees to a browser
    assert any("install" in c and "chromium" in c for c in commands[:-4])


def set_up(tmp_path, commands, **fakes):
    """Run the set-up with nothing on the path but some commands and some fakes."""
    place = tmp_path / "bin"
    place.mkdir()
    for name in commands:
        (place / name).symlink_to(shutil.which(name))
    for name, script in fakes.items():
        (place / name).write_text(f"#!/bin/sh\n{script}\n")
        (place / name).chmod(0o755)
    return subprocess.run(
        [shutil.which("sh"), str(ROOT / "scripts" / "environment.sh"), "new-venv"],
        cwd=tmp_path,
        env={"PATH": str(place)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


OTHER_PYTHON = 'exit 1  # as "python -c" of a version outside the range does'
RIGHT_PYTHON = """case "$*" in *-c*) exit 0;; *--version*) echo Python 3.12.9;; *) {};; esac"""


@pytest.mark.parametrize(
    ("fakes", "said"),
    [
        ({"python3": OTHER_PYTHON}, "no Python 3.11, 3.12 or 3.13 found"),
        (
            {"python3": RIGHT_PYTHON.format("exit 1"), "df": "echo; echo d 1 1 12 1% /"},
            "not enough disk: the environment needs 4000 MB here, 12 MB are free",
        ),
        (
            {"python3": RIGHT_PYTHON.format("echo Temporary failure in name resolution; exit 1")},
            "the package index cannot be reached",
        ),
        (
            {"python3": RIGHT_PYTHON.format("echo ensurepip is not available; exit 1")},
            "this Python lacks the venv module",
        ),
        (
            {"python3": RIGHT_PYTHON.format("echo No space left on device; exit 1")},
            "the disk is full",
        ),
    ],
)
def test_set_up_fails_in_one_clear_line(tmp_path, fakes, said):
    commands = ["awk", "df", "grep", "rm", "tail"]
    done = set_up(tmp_path, [name for name in commands if name not in fakes], **fakes)
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
