"""A notebook taken out of the book, beside the installed packages and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import nbformat
import pytest

from paperbook import pages, parameters
from tests.support.tinybook import ROOT

pytestmark = pytest.mark.slow
RUN = "import sys; from papermill.cli import papermill; sys.exit(papermill())"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what `pip install` of this repository would install, less its dependencies."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    sources = folder / "sources"
    for name in ("book", "fplib", "paperbook", "results"):
        (sources / name).parent.mkdir(exist_ok=True)
        (sources / name).symlink_to(ROOT / name)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (sources / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run([*command, "-w", str(folder), str(sources)], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.mark.parametrize("page", ["ledger", "presets", "mnist_clean"])
def test_a_page_runs_where_there_is_no_book(page: str, installed: Path, tmp_path: Path) -> None:
    source = pages.page_path(ROOT, page)
    notebook = pages.read_page(source)
    nbformat.write(notebook, tmp_path / f"{page}.ipynb")
    given = parameters.read_profile(ROOT, "smoke").get(page, {})
    words = [w for name, value in given.items() for w in ("-p", name, str(value))]
    for name, value in given.items():  # plain papermill reads numbers only
        if isinstance(value, list):
            cell = next(c for c in notebook.cells if pages.is_parameters(c))
            cell.source = pages.with_values(cell.source, {name: value})
            nbformat.write(notebook, tmp_path / f"{page}.ipynb")
            index = words.index(name)
            del words[index - 1 : index + 2]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PAPERBOOK")}
    done = subprocess.run(
        [sys.executable, "-c", RUN, f"{page}.ipynb", "out.ipynb", *words, "--no-progress-bar"],
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    out = nbformat.read(tmp_path / "out.ipynb", as_version=4)
    assert all(cell.get("execution_count") for cell in out.cells if cell.cell_type == "code")
    assert str(ROOT / "fplib") not in (tmp_path / "out.ipynb").read_text()


def test_every_package_is_listed_for_installation() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    found = {
        path.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for room in ("book", "fplib", "paperbook")
        for path in (ROOT / room).rglob("__init__.py")
    }
    assert set(listed) == found | {"book.published"}
