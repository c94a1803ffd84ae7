"""The table of the two recipes has a reason for every difference and for nothing else."""

from __future__ import annotations

import copy
import dataclasses

import pytest

from book.analysis import presets
from fplib.config import PRESETS
from paperbook import prose

REASONS = prose.data("presets.yml")


def different():
    sides = [dataclasses.asdict(PRESETS[name]) for name in ("paper", "fast")]
    return [
        (group, field)
        for group, settings in sides[0].items()
        for field, value in settings.items()
        if sides[1][group][field] != value
    ]


def test_every_difference_is_in_the_table_with_its_reason() -> None:
    table = presets.differences(PRESETS, REASONS)
    assert list(table.columns) == ["setting", "`paper`", "`fast`", "why"]
    rows = table[table["why"] != ""]
    assert list(rows["setting"]) == [f"`{field}`" for _, field in different()]
    assert list(rows["why"]) == [REASONS[group][field] for group, field in different()]
    assert list(table["setting"][table["why"] == ""]) == [
        "**Networks**",
        "**Joint model**",
        "**Unimodal encoders**",
    ]


@pytest.mark.parametrize("change", ["missing", "field", "group"])
def test_a_reason_too_many_or_too_few_is_named(change) -> None:
    reasons = copy.deepcopy(REASONS)
    if change == "missing":
        del reasons["training"]["widths"]
        name = "training.widths"
    elif change == "field":
        reasons["training"]["batch_size"] = "They do not differ."
        name = "training.batch_size"
    else:
        reasons["training_"] = {"widths": "No such group."}
        name = "training_.widths"
    with pytest.raises(ValueError, match=rf"one for each difference and no other; see {name}\.$"):
        presets.differences(PRESETS, reasons)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "none"),
        ((), "none"),
        ((128, 128), "128, 128"),
        (1.97e-5, "1.97 × 10⁻⁵"),
        (2 / 3, "0.667"),
        (True, "True"),
        (0, "0"),
        ("adam", "adam"),
    ],
)
def test_settings_in_words(value, words) -> None:
    assert presets.shown(value) == words
