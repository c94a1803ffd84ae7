"""What a computation depends on: every edit that can change a number changes the key, no other does."""

from __future__ import annotations

from pathlib import Path

import pytest

from paperbook.dependencies import Project, functions, versions

FILES = {
    "lab/__init__.py": '"""The lab."""\n\nfrom typing import TYPE_CHECKING\n\n'
    "if TYPE_CHECKING:\n    from lab import plots, tools\n    from lab.model import Model\n\n\n"
    "def __getattr__(name):\n    import importlib\n\n    return importlib.import_module(name)\n",
    "lab/model.py": '"""Model."""\n\nfrom lab.core import step\n\n\nclass Model:\n    def fit(self):\n'
    "        return step(1)\n",
    "lab/core.py": '"""Core."""\n\nfrom typing import TYPE_CHECKING\n\nimport numpy as np\n\n'
    "from . import tools\n\nif TYPE_CHECKING:\n    from lab.plots import style\n\n\n"
    'def step(x):\n    """One step."""\n    return np.sqrt(tools.rate() * x)  # why\n',
    "lab/tools.py": '"""Tools."""\n\n\ndef rate():\n    return 0.1\n',
    "lab/plots/__init__.py": "from lab.plots.style import draw\n",
    "lab/plots/style.py": '"""Style."""\n\nCOLOUR = "red"\n\n\ndef draw(x):\n    return COLOUR, x\n',
    "lab/sets/__init__.py": '"""Sets."""\n\nfrom lab.sets import deep\n\n\ndef load(n):\n'
    "    return deep.read(n)\n",
    "lab/sets/deep.py": "def read(n):\n    return list(range(n))\n",
}
CELLS = [
    "rate: float = 0.5  # of learning\nseeds = [0]",
    "rate = 0.25",
    "import lab\nimport paperbook\nfrom lab import plots\nfrom lab.sets import load",
    "OFFSET = load(3)\nUNUSED = load(4)",
    'def helper(x):\n    """Help."""\n    return x + len(OFFSET)',
    '@paperbook.experiment(name="seed_{seed}")\ndef train(seed):\n    model = lab.Model()\n'
    "    return helper(model.fit() * rate + seed)",
    "plots.draw(train(1))",
]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small package."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def edit(project: Path, name: str, old: str, new: str) -> None:
    path = project / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def train(project: Path, cells: list[str] = CELLS) -> str:
    return Project(project).function(cells, "train").key


def page(project: Path, cells: list[str] = CELLS) -> str:
    return Project(project).page(cells).key


def test_a_function_reaches_what_it_uses_and_nothing_else(project: Path) -> None:
    found = Project(project).function(CELLS, "train")
    assert found.files == (
        "lab/core.py",
        "lab/model.py",
        "lab/sets/__init__.py",
        "lab/sets/deep.py",
        "lab/tools.py",
    )
    assert found.parameters == ("rate",)
    assert found.packages == ("numpy",)


def test_a_page_reaches_its_figures_too(project: Path) -> None:
    found = Project(project).page(CELLS)
    assert "lab/plots/style.py" in found.files
    assert "lab/plots/__init__.py" not in found.files  # it only passes a name on


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("lab/core.py", "sqrt", "cbrt"),
        ("lab/tools.py", "0.1", "0.2"),
        ("lab/model.py", "step(1)", "step(2)"),
        ("lab/sets/deep.py", "range(n)", "range(n + 1)"),
        ("lab/sets/__init__.py", "read(n)", "read(n - 1)"),
    ],
)
def test_code_that_is_reached_changes_both_keys(project, name, old, new) -> None:
    before = train(project), page(project)
    edit(project, name, old, new)
    assert train(project) != before[0]
    assert page(project) != before[1]


def test_a_colour_changes_the_page_and_not_the_training(project: Path) -> None:
    before = train(project), page(project)
    edit(project, "lab/plots/style.py", "red", "blue")
    assert train(project) == before[0]
    assert page(project) != before[1]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("lab/core.py", "One step.", "A step."),
        ("lab/core.py", "# why", "# because"),
        ("lab/core.py", "from lab.plots import style", "from lab.plots import draw"),
        ("lab/tools.py", "\n\n\ndef", "\n\n\n\n\ndef"),
        ("lab/__init__.py", "The lab.", "Lab."),
    ],
)
def test_words_and_layout_change_nothing(project, name, old, new) -> None:
    before = train(project), page(project)
    edit(project, name, old, new)
    assert (train(project), page(project)) == before


@pytest.mark.parametrize(
    ("cell", "old", "new", "changes"),
    [
        (0, "0.5", "0.7", False),  # a parameter: its value counts beside the key
        (1, "0.25", "0.3", False),
        (3, "load(3)", "load(5)", True),
        (3, "load(4)", "load(5)", False),
        (4, "len(OFFSET)", "2 * len(OFFSET)", True),
        (4, "Help.", "Helps.", False),
        (5, "+ seed", "- seed", True),
        (5, 'name="seed_{seed}"', 'name="{seed}"', False),  # the press's own
        (6, "train(1)", "train(2)", False),
    ],
)
def test_cells_count_as_far_as_the_function_reaches_them(project, cell, old, new, changes) -> None:
    assert old in CELLS[cell]
    other = [*CELLS]
    other[cell] = other[cell].replace(old, new)
    assert (train(project, other) != train(project)) is changes


def test_a_name_made_on_demand_stands_for_its_whole_package(project: Path) -> None:
    cells = ["import lab", "def f():\n    return lab.unknown"]
    found = Project(project).function(cells, "f")
    assert {"lab/core.py", "lab/plots/style.py", "lab/sets/deep.py"} <= set(found.files)


def test_a_package_passed_around_stands_for_all_of_it(project: Path) -> None:
    found = Project(project).function(["import lab", "def f(g):\n    return g(lab)"], "f")
    assert "lab/plots/style.py" in found.files


def test_a_cell_that_is_no_python_counts_as_it_stands(project: Path) -> None:
    keys = {page(project, [*CELLS, cell]) for cell in ("%time x", "%time y")}
    assert len(keys) == 2


def test_circles_of_imports_end(project: Path) -> None:
    edit(project, "lab/tools.py", '"""Tools."""\n', '"""Tools."""\n\nfrom lab.model import Model\n')
    assert "lab/model.py" in Project(project).function(CELLS, "train").files


def test_a_module_beside_the_page_is_found(project: Path) -> None:
    (project / "book").mkdir()
    (project / "book/helper.py").write_text("X = 1\n")
    cells = ["import helper", "def f():\n    return helper.X"]
    first = Project(project, [project / "book"]).function(cells, "f")
    assert first.files == ("book/helper.py",)
    (project / "book/helper.py").write_text("X = 2\n")
    assert Project(project, [project / "book"]).function(cells, "f").key != first.key


def test_functions_of_a_page_are_listed_and_others_are_unknown(project: Path) -> None:
    assert functions(CELLS) == ["helper", "train"]
    with pytest.raises(KeyError):
        Project(project).function(CELLS, "nobody")


def test_versions_name_distributions() -> None:
    import numpy

    assert versions(["numpy", "no_such_package"]) == {
        "no_such_package": "absent",
        "numpy": numpy.__version__,
    }
