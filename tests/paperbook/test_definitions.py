"""Definitions found by name, and their code without docstrings; the file raises when imported."""

import pytest

from paperbook.definitions import UnknownNameError, find

SHAPES = '''\
"""Shapes."""

raise RuntimeError("nobody imports this file")


def area(side):
    """Of a square.

    Args:
        side: metres.
    """
    # why: one line
    return side**2


@staticmethod
def marked(x):
    """Decorated."""

    return x


class Square:
    """A square."""

    side: float = 1.0  # metres

    def area(self):
        """Of this one."""
        return area(self.side)

    def nothing(self):
        """Only words."""


def plain(): return "no docstring"
'''
FILES = {
    "thing/__init__.py": "from thing.inner import area as surface\n",
    "thing/inner/__init__.py": (
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from .shapes import Square, area\n"
    ),
    "thing/inner/shapes.py": SHAPES,
    "thing/circle.py": "from thing.circle import round\n",
}


@pytest.fixture
def project(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_code_has_no_docstring_and_keeps_its_comments(project):
    found = find("thing.inner.shapes.area", project)
    assert found.name == "thing.inner.shapes.area"
    assert found.code == "def area(side):\n    # why: one line\n    return side**2"
    assert found.files == (project / "thing/inner/shapes.py",)


@pytest.mark.parametrize("name", ["thing.surface", "thing.inner.area"])
def test_reexports_lead_to_the_definition(project, name):
    found = find(name, project)
    assert found.name == "thing.inner.shapes.area"
    assert found.files[-1] == project / "thing/inner/shapes.py"
    assert project / "thing/inner/__init__.py" in found.files


def test_methods_are_dedented(project):
    assert find("thing.inner.Square.area", project).code == (
        "def area(self):\n    return area(self.side)"
    )


def test_a_class_loses_all_its_docstrings_and_stays_python(project):
    code = find("thing.inner.Square", project).code
    compile(code, "class", "exec")
    assert "A square" not in code
    assert "Of this one" not in code
    assert code.startswith("class Square:\n    side: float = 1.0  # metres\n")
    assert code.endswith("def nothing(self):\n        ...")


def test_decorators_and_functions_without_docstring_are_shown(project):
    assert find("thing.inner.shapes.marked", project).code == (
        "@staticmethod\ndef marked(x):\n    return x"
    )
    assert find("thing.inner.shapes.plain", project).code == 'def plain(): return "no docstring"'


def test_installed_packages_are_found_without_the_project(project):
    found = find("json.dumps", project)
    assert found.name == "json.dumps"
    assert found.code.startswith("def dumps(")
    assert not found.files[-1].is_relative_to(project)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("thing.inner.shapes.aera", ": did you mean 'thing.inner.shapes.area'?"),
        ("thing.inner.Square.arae", ": did you mean 'thing.inner.shapes.Square.area'?"),
        ("nowhere_at_all.function", ""),
    ],
)
def test_unknown_names_say_what_is_near(project, name, hint):
    with pytest.raises(UnknownNameError) as error:
        find(name, project)
    assert str(error.value) == f"unknown name {name!r}{hint}"


def test_a_name_that_leads_back_to_itself_is_unknown(project):
    with pytest.raises(UnknownNameError, match=r"unknown name 'thing\.circle\.round'"):
        find("thing.circle.round", project)
