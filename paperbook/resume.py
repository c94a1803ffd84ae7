"""A run that is already recorded need not be run again: finds its record, and nothing else.

For pages that train many models one after the other. A run is the same when its page, name, profile
and parameters are, and when the same library would compute it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from paperbook import provenance as _environment
from paperbook import records


def finished(
    page: str, name: str, *, profile: str, parameters: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The record of exactly this run by exactly this library, if its folder holds one.

    Args:
        page: name of the page.
        name: of the record, such as "clean_L3_seed_0".
        profile: name of the parameter profile.
        parameters: what the run would be told: plain numbers, words and lists.

    Returns:
        The record, or None when the run has to be made (or its record cannot be read).
    """
    path = records.run_folder(profile) / page / f"{name}.json"
    try:
        found = records.read(path)
    except (FileNotFoundError, ValueError):
        return None
    same = (
        found["page"] == page
        and found["profile"] == profile
        and found["parameters"] == json.loads(json.dumps(parameters))
        and found["code"]["library"] == _environment.library_hash()
    )
    return found if same else None
