"""A recorded run is found again, and only that run."""

from __future__ import annotations

import json

import pytest

from paperbook import provenance as _environment
from paperbook import records
from paperbook.resume import finished

TOLD = {"seed": 0, "noise": "std", "sizes": [1, 2], "rate": 0.5}


@pytest.fixture
def recorded(tmp_path, monkeypatch):
    """The path of a record of the run `TOLD`, and the folder in use."""
    monkeypatch.setenv("FPLIB_RECORDS", str(tmp_path))
    record = records.new(
        "measure", profile="full", parameters=TOLD, metrics={"accuracy.image": 0.5}, seconds={}
    )
    return records.write(record, "one")


def find(name: str = "one", profile: str = "full", **changes):
    return finished("measure", name, profile=profile, parameters=TOLD | changes)


def test_the_same_run_is_found(recorded):
    assert find()["metrics"] == {"accuracy.image": 0.5}
    assert find(sizes=(1, 2)) is not None  # JSON knows lists only


@pytest.mark.parametrize(
    "change", [{"seed": 1}, {"more": 1}, {"name": "two"}, {"profile": "quick"}]
)
def test_another_run_is_not(recorded, change):
    assert find(**change) is None


def test_a_run_of_another_library_is_not(recorded, monkeypatch):
    monkeypatch.setattr(_environment, "library_hash", lambda: "0" * 64)
    assert find() is None


@pytest.mark.parametrize("content", ["", "{", json.dumps({"schema": 1})])
def test_a_broken_record_is_as_good_as_none(recorded, content):
    recorded.write_text(content)
    assert find() is None
