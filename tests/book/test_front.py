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
        extremes = [tables.percent(value) for value in (values[0], values[-1])]
        assert cells[1] == tables.percent(median)
        assert cells[5] == f"{extremes[0].removesuffix(' %')}–{extremes[1]}"
        assert cells[6] == str(len(values))


def test_the_perfect_score_of_the_paper_stands_beside_its_own_estimator(front) -> None:
    lines = front.table().splitlines()
    (perfect,) = [line for line in lines if line.rstrip("| ").endswith("| 100.00 %")]
    assert perfect.startswith("| image + curve, from Z")
    (mean_field,) = [line for line in lines if line.startswith("| image + curve, mean field")]
    assert mean_field.rstrip("| ").endswith("not claimed")


def test_the_readme_shows_intervals_and_ranges(front) -> None:
    header, _, *lines = front.table().splitlines()
    names = [cell.strip() for cell in header.strip("|").split("|")]
    of = {cells[0].strip(): cells for cells in (line.strip("|").split("|") for line in lines[:4])}
    perfect = of["image + curve, mean field"]
    assert perfect[names.index("95 % interval")].strip() == "99.96–100.00 %"
    assert perfect[names.index("further seed, 90 %")].strip() == "99.99–100.00 %"


def test_another_record_would_change_the_table(front, tmp_path: Path) -> None:
    folder = tmp_path / "mnist_clean"
    folder.mkdir()
    first = sorted((ROOT / "results" / "mnist_clean").glob("*.json"))[0]
    text = first.read_text()
    value = records.read(first)["metrics"]["accuracy.image.from_z"]
    (folder / "seed_0.json").write_text(text.replace(str(value), "0.5"))
    assert front.table(tmp_path) != front.table()
    assert "50.00 %" in front.table(tmp_path)
