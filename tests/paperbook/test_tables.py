"""Records as data frames, and data frames as tables of the book."""

from __future__ import annotations

import json
import re

import numpy as np
import pandas as pd
import pytest

import paperbook
from tests.support.records import make


@pytest.fixture
def frame():
    """Four runs, one of which lacks a metric."""
    runs = [make(seed=seed) for seed in (0, 1, 2, 7)]
    del runs[3]["metrics"]["nmi.multimodal"]
    return paperbook.frame(runs)


def test_frame_has_a_row_a_run(frame) -> None:
    assert list(frame["seed"]) == [0, 1, 2, 7]
    assert list(frame["seconds.total"]) == [15.5] * 4
    assert frame.loc[0, "occupancy.multimodal"] == [0.25, 0.75]
    assert pd.isna(frame.loc[3, "nmi.multimodal"])


def test_summary_over_runs(frame) -> None:
    words = {"accuracy.image": "image", "nmi.multimodal": "nmi", "accuracy.curve": "lost"}
    found = paperbook.summary(frame, words)
    values = np.array([0.97, 0.971, 0.972, 0.977])
    image, nmi, lost = (found.loc[name] for name in words.values())
    assert (image["runs"], image["min"], image["max"]) == (4, 0.97, 0.977)
    assert image["median"] == pytest.approx(0.9715)
    assert image["mean"] == pytest.approx(values.mean())
    assert image["std"] == pytest.approx(np.sqrt(((values - values.mean()) ** 2).sum() / 3))
    assert (nmi["runs"], nmi["std"]) == (3, 0.0)
    assert lost["runs"] == 0
    assert np.isnan(lost["median"])


def test_summary_keeps_groups_apart(frame) -> None:
    frame = frame.assign(kind=["a", "b", "a", "b"])
    found = paperbook.summary(frame, {"accuracy.image": "image"}, by="kind")
    assert found.loc[("a", "image"), "max"] == 0.972
    assert found.loc[("b", "image"), "runs"] == 2


@pytest.mark.parametrize(
    ("fraction", "text"),
    [
        (1.0, "100.00 %"),
        (0.99999, "99.99 %"),
        (0.999949, "99.99 %"),
        (0.99985, "99.98 %"),
        (0.9712, "97.12 %"),
        (0.0, "0.00 %"),
        (1e-7, "0.01 %"),
        (None, "–"),
        (float("nan"), "–"),
    ],
)
def test_percent_never_rounds_up_to_perfect(fraction, text) -> None:
    assert paperbook.percent(fraction) == text


def test_percent_with_other_digits() -> None:
    assert paperbook.percent(0.99999, digits=0) == "99 %"
    assert paperbook.percent(0.5, digits=1) == "50.0 %"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-682.4, "−682"),
        (8.66e-15, "8.66 × 10⁻¹⁵"),
        (0.5, "0.5"),
        (2e7, "2 × 10⁷"),
        (9999, "9999"),
        (-1_234_567, "−1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567"),
        (None, "–"),
    ],
)
def test_numbers_have_a_minus_sign_and_powers_of_ten(value, text) -> None:
    assert paperbook.number(value) == text


def test_table_of_a_frame() -> None:
    frame = pd.DataFrame(
        {"name": ["a|b", r"$\|Z\|$"], "share": [0.5, np.nan], "count": [3, -1]},
        index=pd.Index(["x", "y"], name=""),
    )
    shown = paperbook.table(frame, percents=["share"], formats={"count": "+d"}).data
    lines = [re.sub(r" +", " ", re.sub(r"-+", "-", line)) for line in shown.splitlines()]
    assert lines == [
        "| | name | share | count |",
        "|:-|:-|-:|-:|",
        r"| x | a\|b | 50.00 % | +3 |",
        r"| y | $\|Z\|$ | – | −1 |",
    ]
    assert "share" in paperbook.table(frame[["share"]], index=False).data


def test_table_with_a_caption_of_its_own() -> None:
    text = paperbook.table(pd.DataFrame({"a": [1]}), name="tbl-a", caption="Words.").data
    assert text.startswith(":::{table} Words.\n:name: tbl-a\n\n|")
    assert text.endswith("\n:::")


def test_published_records_are_selected_by_parameters(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PAPERBOOK_ROOT", str(tmp_path))
    folder = tmp_path / "results/mnist_clean"
    folder.mkdir(parents=True)
    for seed in (0, 1):
        (folder / f"seed_{seed}.json").write_text(json.dumps(make(seed=seed)))
    assert list(paperbook.published("mnist_clean")["seed"]) == [0, 1]
    assert list(paperbook.published("mnist_clean", seed=1)["seed"]) == [1]
    assert paperbook.published("nothing").empty
