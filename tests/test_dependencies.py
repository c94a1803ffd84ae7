"""What pyproject.toml asks for is used, and what is used is asked for.

A file may import what a plain installation brings; those that only a build of the book, the tests or
the benchmarks run may import the extras of their names too.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support.tinybook import ROOT

OWN = {"fplib", "paperbook", "book", "benchmarks", "tests"}
EXTRAS = {  # of the files below a folder; the others have none
    "fplib": set(),
    "paperbook": set(),
    "paperbook/sphinx": {"book"},
    "book": set(),
    "benchmarks": {"bench"},
    "scripts": set(),
    "tests": {"book", "dev"},
    "tests/benchmarks": {"bench", "book", "dev"},
}
NAMES = {  # of distributions that are imported under another name
    "IPython": "ipython",
    "PIL": "pillow",
    "bs4": "beautifulsoup4",
    "sklearn": "scikit-learn",
    "yaml": "pyyaml",
}
USED = {  # distributions that are not imported -> a file that uses them, and the words there
    "import-linter": ("Makefile", "lint-imports"),
    "ipykernel": ("paperbook/kernel.py", '"ipykernel_launcher"'),
    "jupyter-book": ("Makefile", "jupyter-book build"),
    "lxml": ("tests/support/smokebook.py", '"lxml"'),  # the parser of beautifulsoup4
    "mypy": ("Makefile", "/mypy"),
    "pydantic": ("scripts/bench_environment.sh", "wanted pydantic"),  # for pythae
    "pytest-xdist": ("Makefile", "pytest -n 2"),
    "ruff": ("Makefile", "/ruff check"),
    "snakemake": ("Makefile", "bin/snakemake"),
    "snakemake-executor-plugin-kubernetes": (
        "workflow/profiles/kubernetes/config.yaml",
        "executor: kubernetes",
    ),
    "snakemake-executor-plugin-slurm": ("workflow/profiles/slurm/config.yaml", "executor: slurm"),
    "snakemake-storage-plugin-fs": (
        "workflow/profiles/kubernetes/config.yaml",
        "default-storage-provider: fs",
    ),
    "sphinx-book-theme": ("pyproject.toml", "newer themes"),  # jupyter-book's, held back
    "sphinx-proof": ("_config.yml", "sphinx_proof"),
}


def imported(path: Path) -> set[str]:
    """Top-level names of others that a file imports, anywhere in it.

    Args:
        path: a Python file; `pytest.importorskip` counts.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.add(node.module or "")
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.importorskip":
            found.add(ast.literal_eval(node.args[0]))
    return {name.split(".")[0] for name in found} - set(sys.stdlib_module_names) - OWN


def distribution(name: str) -> str:
    """Name of the distribution that is imported under a name."""
    return NAMES.get(name, canonicalize_name(name))


def declared(project: Mapping) -> dict[str, set[str]]:
    """Distributions of a plain installation ("") and of each extra but `gpu`, which adds none."""
    groups = {"": project["dependencies"]} | project["optional-dependencies"]
    groups.pop("gpu")
    return {
        group: {canonicalize_name(Requirement(line).name) for line in lines}
        for group, lines in groups.items()
    }


def files(root: Path) -> Iterable[tuple[str, Path]]:
    """Every Python file of the project, with the folder of EXTRAS that says what it may import."""
    for top in sorted({name.split("/")[0] for name in EXTRAS}):
        for path in sorted((root / top).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            yield max((f for f in EXTRAS if name.startswith(f"{f}/")), key=len), path


def faults(root: Path) -> list[str]:
    """What is wrong between pyproject.toml and the files of a project."""
    groups = declared(tomllib.loads((root / "pyproject.toml").read_text())["project"])
    found, seen = [], set()
    for folder, path in files(root):
        name = path.relative_to(root).as_posix()
        allowed = groups[""].union(*(groups[extra] for extra in EXTRAS[folder]))
        asked = {distribution(module) for module in imported(path)}
        seen |= asked
        for missing in sorted(asked - allowed):
            found.append(f"{name} imports {missing}, which is not declared for it")
    for group, names in groups.items():
        for name in sorted(names - seen):
            stub_of = name.removeprefix("types-")
            where, words = USED.get(name, ("", ""))
            if stub_of != name and stub_of in seen:
                continue  # types of a distribution that has none
            if not where or words not in (root / where).read_text():
                found.append(f"{name} of [{group}] is nowhere used")
    return found


def test_what_is_declared_is_used_and_what_is_used_is_declared() -> None:
    assert faults(ROOT) == []


def test_the_tables_of_this_file_hold_nothing_that_is_past() -> None:
    groups = declared(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"])
    every = set().union(*groups.values())
    modules = {module for _, path in files(ROOT) for module in imported(path)}
    assert set(USED) <= every
    assert not set(USED) & {distribution(module) for module in modules}
    assert set(NAMES) <= modules
    assert all((ROOT / folder).is_dir() for folder in EXTRAS)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project without faults."""
    for folder in EXTRAS:
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    (tmp_path / "fplib/model.py").write_text("import numpy as np\nimport fplib\nfrom . import x\n")
    (tmp_path / "paperbook/sphinx/a.py").write_text(
        "def f():\n    from sphinx import application\n"
    )
    (tmp_path / "tests/test_model.py").write_text("import pytest, yaml\nimport os.path\n")
    (tmp_path / "Makefile").write_text("\t.venv/bin/ruff check .\n")
    (tmp_path / "pyproject.toml").write_text(
        '[project]\ndependencies = ["numpy>=2"]\n[project.optional-dependencies]\ngpu = ["numpy"]\n'
        'book = ["Sphinx>=7"]\ndev = ["pytest", "pyyaml", "types-pyyaml", "ruff==1"]\nbench = []\n'
    )
    return tmp_path


def test_the_check_passes_a_project_without_faults(project: Path) -> None:
    assert faults(project) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("fplib/model.py", "numpy", "scipy.linalg", "fplib/model.py imports scipy, which"),
        ("fplib/model.py", "numpy", "sphinx", "fplib/model.py imports sphinx, which"),
        ("fplib/model.py", "numpy", "json", "numpy of [] is nowhere used"),
        ("tests/test_model.py", "yaml", "sys", "pyyaml of [dev] is nowhere used"),
        ("tests/test_model.py", "yaml", "sys", "types-pyyaml of [dev] is nowhere used"),
        ("Makefile", "ruff", "flake8", "ruff of [dev] is nowhere used"),
        ("pyproject.toml", '"pytest", ', "", "tests/test_model.py imports pytest, which"),
        ("tests/test_model.py", "import pytest", "pytest.importorskip('torch')#", "imports torch,"),
    ],
)
def test_the_check_finds_every_kind_of_fault(
    project: Path, file: str, old: str, new: str, said: str
) -> None:
    text = (project / file).read_text()
    assert re.search(old, text)
    (project / file).write_text(text.replace(old, new, 1))
    assert any(said in fault for fault in faults(project))
