"""What pages hand to their prose: numbers, and data that lie beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from paperbook import workspace


def glue(prefix: str, **values: Any) -> None:
    """Make values available to the prose of all pages.

    Args:
        prefix: of their names, such as "clean".
        values: number or text by name; `glue("clean", slope_error=1e-4)` is read by
            {glue:text}`clean-slope-error:.1e`.
    """
    from myst_nb import glue as one

    for name, value in values.items():
        value = value.item() if hasattr(value, "item") else value
        one(f"{prefix}-{name.replace('_', '-')}", value, display=False)


def data(name: str) -> Any:
    """A YAML file that lies beside the pages.

    Args:
        name: such as "claims.yml"; write it as it is, so that the file counts in the page's key.
    """
    import yaml

    book = workspace.root_or_none()
    folder = book / "book" if book else Path(__file__).resolve().parent / "published" / "book"
    return yaml.safe_load((folder / name).read_text(encoding="utf-8-sig"))
