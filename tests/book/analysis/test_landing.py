"""The first page's numbers come from the published records, and do without them."""

from __future__ import annotations

import math

import pandas as pd
import pytest

import paperbook
from book.analysis import landing
from paperbook import records


@pytest.fixture
def nothing_published(tmp_path, monkeypatch):
    monkeypatch.setattr(paperbook.workspace, "published", lambda *_: tmp_path)


def test_numbers_are_means_of_the_records():
    found = landing.numbers()
    runs = [r["metrics"]["accuracy.image"] for r in records.load("mnist_clean")]
    assert found["image"] == paperbook.percent(sum(runs) / len(runs))
    noisy = [
        r["metrics"]["gain.fusion"]
        for r in records.load("mnist_noisy")
        if r["parameters"]["start"] == "physics" and r["parameters"]["reading"] == "std"
    ]
    assert found["gain"] == f"{100 * sum(noisy) / len(noisy):+.1f}"


def test_without_records_there_are_dashes(nothing_published):
    found = landing.numbers()
    missing = paperbook.percent(None)
    assert {found[n] for n in ("image", "two_steps", "gain", "covered", "lattice_both")} == {
        missing
    }


def test_points_have_a_sign_and_a_true_minus():
    assert landing.points(0.005) == "+0.5"
    assert landing.points(-0.01) == "−1.0"
    assert math.isnan(landing.mean(pd.DataFrame(), "x"))


def test_the_words_of_the_landing_hold_for_the_records():
    found = landing.numbers()
    share = {
        n: float(str(text).removesuffix(" %")) for n, text in found.items() if "%" in str(text)
    }
    assert share["two_steps"] > share["image"], "the baseline reaches more"
    assert str(found["gain"]).startswith("+"), "fusing pays when curves are noisy"
    assert share["lattice_both"] < share["lattice_image"], "on lattices it loses"
    clean = [r["metrics"] for r in records.load("mnist_clean")]
    gains = [r["accuracy.multimodal.from_z"] - r["accuracy.curve"] for r in clean]
    assert sum(gains) <= 0, "with clean curves it does not pay"
