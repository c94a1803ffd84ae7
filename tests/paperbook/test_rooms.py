"""Rooms and arrows of a small project, and those of this one beside another reader of imports."""

from __future__ import annotations

from pathlib import Path

import grimp
import pytest

from paperbook import cli
from paperbook.rooms import Rooms, describe, packages
from tests.support.tinybook import ROOT

FILES = {
    "tide/__init__.py": '"""Tides."""\n',
    "tide/core.py": "import math\nimport tide.moon.phase\n\n\ndef late():\n    from tide import sun\n",
    "tide/sun.py": "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from tide.core import late\n",
    "tide/moon/__init__.py": "from .phase import full\n",
    "tide/moon/phase.py": "from ..sun import *\nfull = 1\n",
    "tide/report.py": "from tide import core as c, moon\nfrom tide.moon import full, phase\n",
    "press/__init__.py": "",
    "press/ink.py": "try:\n    import tide.core\nexcept ImportError:\n    pass\n",
    "tests/__init__.py": "import press\n",
    "alone.py": "import tide\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of two packages and tests."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_packages_are_those_at_the_top_but_the_tests(project: Path) -> None:
    (project / "not a name").mkdir()
    (project / "not a name" / "__init__.py").write_text("")
    assert packages(project) == ["press", "tide"]


def test_every_kind_of_import_leads_to_the_file_it_means(project: Path) -> None:
    found = {name: set(m.imports) for name, m in Rooms(project, ["tide", "press"]).modules.items()}
    assert found == {
        "tide": set(),
        "tide.core": {"tide.moon.phase", "tide.sun"},  # the late one too
        "tide.sun": set(),  # for type checkers alone
        "tide.moon": {"tide.moon.phase"},
        "tide.moon.phase": {"tide.sun"},
        "tide.report": {"tide.core", "tide.moon", "tide.moon.phase"},
        "press": set(),
        "press.ink": {"tide.core"},
    }


def test_concepts_stand_above_what_they_import(project: Path) -> None:
    rooms = Rooms(project, ["tide", "press"])
    assert rooms.ordered("tide") == [
        "tide.report",
        "tide.core",
        "tide.moon",
        "tide.sun",
        "tide.__init__",
    ]
    assert [c for c in rooms.inside("tide") if rooms.is_folder(c)] == ["tide.moon"]
    assert rooms.between_rooms == {"tide": frozenset(), "press": frozenset({"tide"})}
    assert rooms.crossing("press", "tide") == ["press.ink"]
    assert rooms.circles == rooms.upward("tide") == []


def test_lines_are_those_of_the_files(project: Path) -> None:
    rooms = Rooms(project, ["tide"])
    total = sum(text.count("\n") for name, text in FILES.items() if name.startswith("tide"))
    assert rooms.lines("tide") == total
    assert rooms.lines("tide.moon") == 3
    assert rooms.lines("tide", without={"tide.moon"}) == total - 3


def test_a_circle_of_files_and_of_folders_is_found(project: Path) -> None:
    (project / "tide/sun.py").write_text("import tide.core\n")
    rooms = Rooms(project, ["tide"])
    assert rooms.circles == [["tide.core", "tide.moon.phase", "tide.sun"]]
    assert len(rooms.upward("tide")) == 1
    text = describe(project)
    assert "import circles: tide.core tide.moon.phase tide.sun" in text
    assert "upward arrows:  tide." in text


def test_a_circle_of_folders_alone_is_an_arrow_upwards(project: Path) -> None:
    (project / "tide/moon/tug.py").write_text("import tide.core\n")
    rooms = Rooms(project, ["tide"])
    assert rooms.circles == []
    assert len(rooms.upward("tide")) == 1


def test_text_names_rooms_concepts_and_arrows(project: Path) -> None:
    lines = describe(project).splitlines()
    assert lines[0] == "press: 2 files, 4 lines; imports tide"
    assert "  ink               1 file, 4 lines       -> tide.core" in lines
    assert "  moon/             2 files, 3 lines      -> sun" in lines
    assert lines[-2:] == ["import circles: none", "upward arrows:  none"]
    assert describe(project, ["tide"]).splitlines()[0].startswith("tide: 6 files")


def test_an_unknown_package_is_refused_by_name(project: Path) -> None:
    with pytest.raises(LookupError, match="no package 'tides'; there are press, tide"):
        Rooms(project, ["tides"])


def test_the_command_prints_the_rooms(project: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("PAPERBOOK_ROOT", str(project))
    assert cli.main(["rooms"]) == 0
    assert capsys.readouterr().out.strip() == describe(project)


def test_arrows_of_this_project_are_those_that_grimp_finds() -> None:
    names = ["fplib", "paperbook", "book"]
    rooms = Rooms(ROOT, names)
    graph = grimp.build_graph(*names, exclude_type_checking_imports=True, cache_dir=None)
    assert rooms.modules.keys() == graph.modules
    for name, module in rooms.modules.items():
        assert module.imports == graph.find_modules_directly_imported_by(name), name


def test_this_project_has_no_circle_and_its_rooms_face_one_way() -> None:
    rooms = Rooms(ROOT, ["book", "fplib", "paperbook"])
    assert rooms.circles == []
    assert [arrow for room in rooms.names for arrow in rooms.upward(room)] == []
    assert "book" not in rooms.between_rooms["fplib"] | rooms.between_rooms["paperbook"]
    assert rooms.between_rooms["paperbook"] == set()
