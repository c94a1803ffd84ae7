"""Two recipes compared field by field, with a reason for every difference."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import pandas as pd

import paperbook

GROUPS = {
    "architecture": "Networks",
    "training": "Joint model",
    "crossmodal": "Unimodal encoders",
}


def differences(
    recipes: Mapping[str, Any], reasons: Mapping[str, Mapping[str, str]]
) -> pd.DataFrame:
    """Every field in which two recipes differ, grouped, a line above each group.

    Args:
        recipes: name -> `fplib.config.Preset`; two.
        reasons: group -> field -> why they differ.

    Raises:
        ValueError: a difference without a reason, or a reason without a difference.
    """
    rows, known, first, second = [], set(), *map(dataclasses.asdict, recipes.values())
    for group, title in GROUPS.items():
        rows.append((f"**{title}**", "", "", ""))
        for field, value in first[group].items():
            other = second[group][field]
            if value != other:
                known.add((group, field))
                why = reasons.get(group, {}).get(field, "")
                rows.append((f"`{field}`", shown(value), shown(other), why))
    given = {(group, field) for group, why in reasons.items() for field in why}
    if given != known:
        unlike = ", ".join(".".join(pair) for pair in sorted(given ^ known))
        raise ValueError(f"reasons: expected one for each difference and no other; see {unlike}.")
    names = (f"`{name}`" for name in recipes)
    return pd.DataFrame(rows, columns=["setting", *names, "why"])


def shown(value: object) -> str:
    """A setting in a table."""
    if value is None or value == ():
        return "none"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return paperbook.number(value)
    return str(value)
