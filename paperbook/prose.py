"""What pages hand to their prose: numbers, and data that lie beside them."""

from __future__ import annotations

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
        value = _Text(value) if isinstance(value, str) else value
        one(f"{prefix}-{name.replace('_', '-')}", value, display=False)


def data(name: str) -> Any:
    """A YAML file that lies beside the pages.

    Args:
        name: such as "claims.yml"; write it as it is, so that the file counts in the page's key.
    """
    import yaml

    return yaml.safe_load((workspace.beside_pages() / name).read_text(encoding="utf-8-sig"))


class _Text(str):
    """A text that is glued as it is: Python would write its spaces between thousands as codes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"'{self}'"
