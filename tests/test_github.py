"""The files that GitHub and pre-commit read agree with the project."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from tests.support.tinybook import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
FORMS = [p for p in sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml")) if p.stem != "config"]
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def steps(path: Path) -> list[dict[str, Any]]:
    """All steps of a workflow."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [step for job in found["jobs"].values() for step in job["steps"]]


def test_one_workflow_checks_and_one_publishes() -> None:
    said = {path.stem: [step.get("run") for step in steps(path)] for path in WORKFLOWS}
    assert ".ci/run" in said["check"]
    assert "make book" in said["book"]
    uploads = [s for s in steps(ROOT / ".github/workflows/book.yml") if "path" in s.get("with", {})]
    published = [step["with"]["path"] for step in uploads]
    assert published == ["_build/html"]  # where `make book` says it is
    assert "_build/html" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflow_names_versions_and_says_that_it_was_not_run(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "has not been run there" in text.splitlines()[0]
    found = yaml.safe_load(text)
    assert found["permissions"] == {"contents": "read"}
    assert all("timeout-minutes" in job for job in found["jobs"].values() if "steps" in job)
    for step in steps(path):
        assert ("uses" in step) != ("run" in step)
        if "uses" in step:
            assert re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"])
        else:
            words = step["run"].split()
            assert (ROOT / words[0]).exists() or (words[0] == "make" and set(words[1:]) <= TARGETS)
        python = step.get("with", {}).get("python-version")
        assert python is None or python in SpecifierSet(PROJECT["requires-python"])


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_form_asks_what_can_be_answered(path: Path) -> None:
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert form.keys() == {"name", "description", "labels", "body"}
    assert len({field["id"] for field in form["body"]}) == len(form["body"])
    assert any(field["validations"]["required"] for field in form["body"])
    assert all(field["attributes"]["label"] for field in form["body"])


def test_there_is_a_form_for_a_bug_a_question_and_a_page() -> None:
    assert {path.stem for path in FORMS} == {"bug", "question", "page"}


def test_pre_commit_runs_the_tools_of_make_check_in_the_same_versions() -> None:
    found = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    hooks = {hook["id"]: (repo, hook) for repo in found["repos"] for hook in repo["hooks"]}
    assert {"ruff-check", "ruff-format", "check-yaml", "end-of-file-fixer", "mypy"} <= hooks.keys()
    wanted = map(Requirement, PROJECT["optional-dependencies"]["dev"])
    (ruff,) = [requirement.specifier for requirement in wanted if requirement.name == "ruff"]
    assert str(ruff) == f"=={hooks['ruff-check'][0]['rev'].removeprefix('v')}"
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for repo, hook in hooks.values():
        if repo["repo"] == "local":
            assert hook["entry"].replace(".venv/bin", "$(BIN)") in makefile


def test_every_text_ends_with_one_line_end() -> None:
    """What the hook of pre-commit would change."""
    places = [
        "*.md",
        "*.yml",
        "*.cff",
        "*.toml",
        "book/**/*",
        "docs/*",
        "scripts/*",
        ".github/**/*",
    ]
    texts = [
        p for place in places for p in ROOT.glob(place) if p.suffix not in ("", ".png", ".pyc")
    ]
    assert len(texts) > 50
    for path in texts:
        text = path.read_text(encoding="utf-8")
        assert not text or re.search(r"[^\n]\n\Z", text), path
