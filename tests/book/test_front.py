"""The README's numbers are those of the published records."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from paperbook import records, tables

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def front():
    """The script that writes the table."""
    specification = importlib.util.spec_from_file_location("front", ROOT / "scripts" / "front.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_the_readme_shows_the_published_table(front) -> None:
    readme = (ROOT / "README.md").read_text()
    assert front.with_table(readme) == readme
    runs = records.load("mnist_clean", folder=ROOT / "results")
    for metric, words in front.NAMES.items():
        values = sorted(run["metrics"][metric] for run in runs)
        assert len(values) % 2 == 0
        median = sum(values[len(values) // 2 - 1 :][:2]) / 2
        (line,) = [line for line in readme.splitlines() if line.startswith(f"| {words} ")]
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        shown = [tables.percent(value) for value in (median, values[0], values[-1])]
        assert [cells[1], cells[3], cells[4], cells[5]] == [*shown, str(len(values))]


def test_another_record_would_change_the_table(front, tmp_path: Path) -> None:
    folder = tmp_path / "mnist_clean"
    folder.mkdir()
    first = sorted((ROOT / "results" / "mnist_clean").glob("*.json"))[0]
    text = first.read_text()
    value = records.read(first)["metrics"]["accuracy.image.from_z"]
    (folder / "seed_0.json").write_text(text.replace(str(value), "0.5"))
    assert front.table(tmp_path) != front.table()
    assert "50.00 %" in front.table(tmp_path)
